import Report

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The system's `write`, under a name that no method hides; returns what it does.
func writeBytes(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Int {
  write(file, bytes.baseAddress, bytes.count)
}

/// Standard output and standard error.
enum Output {
  /// Writes to standard output; a closed pipe ends the program quietly, any other failure loudly.
  static func write(_ bytes: [UInt8]) {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { writeBytes($0, to: STDOUT_FILENO) }
      if count >= 0 {
        written += count
      } else if errno == EPIPE {
        exit(0)
      } else if errno != EINTR {
        complain("inspect: cannot write to standard output: \(String(cString: strerror(errno)))")
        exit(1)
      }
    }
  }

  /// Writes text to standard output.
  static func write(_ text: String) {
    write(Array(text.utf8))
  }

  /// Writes a line to standard error.
  static func complain(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    _ = bytes.withUnsafeBytes { writeBytes($0, to: STDERR_FILENO) }
  }

  /// Writes over the line on standard error that the cursor is in.
  static func complainInPlace(_ line: String) {
    let bytes = Array("\r\u{1b}[K\(line)".utf8)
    _ = bytes.withUnsafeBytes { writeBytes($0, to: STDERR_FILENO) }
  }

  /// Whether standard output is a terminal.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Whether a person sits at the terminal: standard input and output are one.
  static var isInteractive: Bool { isTerminal && isatty(STDIN_FILENO) == 1 }

  /// Whether standard error is a terminal.
  static var complainsToTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Columns of the terminal, 80 where there is none; wider lines are hard to read.
  static var width: Int {
    var size = winsize()
    guard isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return 80
    }
    return min(Int(size.ws_col), 120)
  }

  /// Whether text is coloured: the option beats NO_COLOR, which beats CLICOLOR_FORCE.
  static func isColored(_ option: When) -> Bool {
    let environment = Environment.variables
    func isSet(_ name: String) -> Bool { environment[name].map { !$0.isEmpty } ?? false }
    switch option {
    case .always: return true
    case .never: return false
    case .auto:
      if isSet("NO_COLOR") { return false }
      if isSet("CLICOLOR_FORCE"), environment["CLICOLOR_FORCE"] != "0" { return true }
      return isTerminal && environment["TERM"] != "dumb"
    }
  }
}
