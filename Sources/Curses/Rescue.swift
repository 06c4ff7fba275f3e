#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Puts the terminal back when the program is interrupted, killed or crashes.
///
/// Stops (TSTP) are ncurses's own affair; interrupts are not, as it would end with status 1 where
/// shells expect death by the signal.
enum Rescue {
  fileprivate static let signals = [
    SIGABRT, SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGHUP, SIGQUIT, SIGINT, SIGTERM,
  ]

  /// Remembers how the terminal is now and installs the handlers; call before ncurses starts, from
  /// the thread that will use the terminal.
  static func install() {
    unblockSignals()
    tcgetattr(STDIN_FILENO, &rescue.termios)
    var action = sigaction()
    action.sa_flags = CInt(SA_SIGINFO | SA_ONSTACK)
    #if canImport(Darwin)
    action.__sigaction_u.__sa_sigaction = putBackAndRaise
    #else
    action.__sigaction_handler.sa_sigaction = putBackAndRaise
    #endif
    for signal in signals { sigaction(signal, &action, rescue.previous + Int(signal)) }
  }

  /// Lets the signals through that the terminal lives by.
  ///
  /// A program inherits what its parent blocks, and a parent with threads blocks all sorts: then a
  /// new size of the window would go unnoticed.
  private static func unblockSignals() {
    var set = sigset_t()
    sigemptyset(&set)
    for signal in signals + [SIGWINCH, SIGTSTP, SIGCONT] { sigaddset(&set, signal) }
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  /// Gives the signals back.
  static func remove() {
    for signal in signals { sigaction(signal, rescue.previous + Int(signal), nil) }
  }
}

/// What the signal handler may touch: plain memory, allocated before it is installed.
private struct RescueState {
  var termios = termios_t()
  let previous = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
  let bytes: UnsafeMutableBufferPointer<UInt8>

  init(_ sequence: String) {
    bytes = .allocate(capacity: sequence.utf8.count)
    _ = bytes.initialize(from: sequence.utf8)
  }
}

// Mouse reports off, the last line for terminals without a second screen, main screen, cursor on,
// plain attributes, normal cursor keys and keypad.
private nonisolated(unsafe) var rescue = RescueState(
  "\u{1b}[?1006l\u{1b}[?1000l\u{1b}[0m\u{1b}[999;1H\u{1b}[2K\u{1b}[?1049l\u{1b}[?25h\u{1b}[?1l\u{1b}>\r"
)

private func putBackAndRaise(
  _ number: Int32, _ info: UnsafeMutablePointer<siginfo_t>?, _ context: UnsafeMutableRawPointer?
) {
  _ = write(STDOUT_FILENO, rescue.bytes.baseAddress, rescue.bytes.count)
  tcsetattr(STDIN_FILENO, TCSANOW, &rescue.termios)
  // Swift's backtracer was there before and gets its turn, but not for Ctrl-\, which is no crash.
  let previous = rescue.previous[Int(number)]
  if number != SIGQUIT, previous.sa_flags & CInt(SA_SIGINFO) != 0 {
    #if canImport(Darwin)
    previous.__sigaction_u.__sa_sigaction?(number, info, context)
    #else
    previous.__sigaction_handler.sa_sigaction?(number, info, context)
    #endif
  }
  // It returns, and a signal that somebody sent would not come again by itself.
  signal(number, SIG_DFL)
  raise(number)
}

#if canImport(Darwin)
private typealias termios_t = Darwin.termios
#elseif canImport(Musl)
private typealias termios_t = Musl.termios
#else
private typealias termios_t = Glibc.termios
#endif
