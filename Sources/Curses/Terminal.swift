public import Browser
import CNcurses
import Report

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The terminal: shows a ``Browser/Screen``, yields ``Browser/Event``s, and is put back when this
/// object goes away, the program is interrupted or it crashes.
///
/// ncurses keeps its state in the process, so there is one terminal at a time, used from the main
/// thread only; ``wake`` alone may be called from others.
public final class Terminal {
  /// Why there can be no terminal interface.
  public enum Unavailable: Error, CustomStringConvertible, Equatable {
    /// Standard input or output is a pipe or a file.
    case notATerminal
    /// No description of this terminal is installed.
    case unknownType(String)
    /// The terminal cannot move its cursor.
    case tooSimple(String)

    /// A sentence for the user.
    public var description: String {
      switch self {
      case .notATerminal: "standard input and output are not a terminal"
      case .unknownType(let name):
        "TERM \"\(escapedForTerminal(name))\" is unknown here; --text writes a summary"
      case .tooSimple(let name):
        "TERM \"\(escapedForTerminal(name))\" cannot move the cursor; --text writes a summary"
      }
    }
  }

  private var screen: OpaquePointer?
  private let palette: Palette
  private let repertoire: Repertoire
  private let wakeUp: WakeUp
  private let inputDescriptor: Int32
  private let isGuarded: Bool
  /// Keys and codes that ncurses has handed out.
  private var inputCount = 0
  private var decoder = CharacterDecoder()
  /// What the mouse did and was not handed out yet.
  private var mouseEvents: [Event] = []

  /// Takes over the terminal of standard input and output.
  ///
  /// - Parameter color: whether to use colours where there are some.
  /// - Throws: ``Unavailable`` with the terminal untouched.
  public convenience init(color: Bool = true) throws(Unavailable) {
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { throw .notATerminal }
    try self.init(
      type: nil, output: nil, input: nil, inputDescriptor: STDIN_FILENO, color: color,
      isGuarded: true)
  }

  /// Starts ncurses on any pair of files; `nil` stands for TERM and the standard ones.
  init(
    type: String?, output: UnsafeMutablePointer<FILE>?, input: UnsafeMutablePointer<FILE>?,
    inputDescriptor: Int32, color: Bool, isGuarded: Bool
  ) throws(Unavailable) {
    let name = type ?? environment("TERM") ?? ""
    repertoire = Self.chooseRepertoire(terminalType: name)
    if isGuarded { Rescue.install() }
    guard let screen = cn_newterm(type, output, input) else {
      if isGuarded { Rescue.remove() }
      throw .unknownType(name)
    }
    // With TERM=dumb everything succeeds and nothing can be drawn.
    guard cn_can_move() != 0 else {
      endwin()
      delscreen(screen)
      if isGuarded { Rescue.remove() }
      throw .tooSimple(name)
    }
    self.screen = screen
    self.isGuarded = isGuarded
    self.inputDescriptor = inputDescriptor
    wakeUp = WakeUp()
    // A lone Escape is one after this many milliseconds: enough for a sequence from a far machine.
    set_escdelay(25)
    cbreak()
    noecho()
    nonl()
    cn_configure()
    if isatty(inputDescriptor) == 0 { cn_keep_eighth_bit() }
    curs_set(0)
    // Presses count at once, without waiting whether they become clicks.
    mouseinterval(0)
    mousemask(CN_BUTTONS | CN_WHEEL_DOWN, nil)
    cn_leave_mouse_reports()
    var colors = 0
    if color, has_colors() {
      start_color()
      use_default_colors()
      colors = Int(cn_colors())
    }
    palette = Palette(colors: colors)
  }

  deinit { close() }

  /// Gives the terminal back; calling it again does nothing.
  public func close() {
    guard let screen else { return }
    self.screen = nil
    // Where there is no second screen, the shell goes on in the last line.
    move(cn_rows() - 1, 0)
    clrtoeol()
    refresh()
    endwin()
    delscreen(screen)
    if isGuarded { Rescue.remove() }
  }

  /// Lines and characters of a line.
  public var size: (rows: Int, columns: Int) { (Int(cn_rows()), Int(cn_columns())) }

  /// Makes the terminal show a screen; ncurses sends only what has changed.
  public func show(_ shown: Screen) {
    guard screen != nil else { return }
    erase()
    for row in 0..<min(shown.rows, Int(cn_rows())) {
      for span in shown.spans(inRow: row) {
        // Untouched cells are spaces already.
        if span.style == .plain, span.text.utf8.allSatisfy({ $0 == 0x20 }) { continue }
        let look = palette[span.style]
        attr_set(look.attributes, look.pair, nil)
        mvaddnstr(Int32(row), Int32(span.column), limited(span.text, to: repertoire), -1)
      }
    }
    attr_set(CN_NORMAL, 0, nil)
    refresh()
  }

  /// Draws everything anew with the next ``show(_:)``: after something else wrote to the terminal.
  public func redrawAll() {
    guard screen != nil else { return }
    cn_clear_ok()
  }

  /// The next event.
  ///
  /// - Parameter waiting: whether to wait for one.
  /// - Returns: `nil` when there is none and it was not to wait.
  public func nextEvent(waiting: Bool = true) -> Event? {
    guard screen != nil else { return waiting ? .hangUp : nil }
    while true {
      if let event = pendingEvent() { return event }
      var sources = [
        pollfd(fd: inputDescriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: wakeUp.readEnd, events: Int16(POLLIN), revents: 0),
      ]
      // A change of the window's size interrupts this, and then there is a pending event.
      let ready = poll(&sources, 2, waiting ? -1 : 0)
      if ready < 0, errno == EINTR { continue }
      if ready > 0, sources[1].revents != 0 {
        wakeUp.drain()
        return .wake
      }
      if ready > 0, sources[0].revents != 0 {
        let before = inputCount
        if let event = pendingEvent() { return event }
        // Readable without a character: the other side has gone.
        if inputCount == before { return .hangUp }
      }
      if !waiting { return nil }
    }
  }

  /// Makes a waiting ``nextEvent(waiting:)`` return ``Browser/Event/wake``; for any thread.
  public var wake: @Sendable () -> Void {
    let wakeUp = wakeUp
    return { wakeUp.wake() }
  }

  private func pendingEvent() -> Event? {
    while true {
      if !mouseEvents.isEmpty { return mouseEvents.removeFirst() }
      let code = getch()
      guard code != ERR else { return nil }
      inputCount &+= 1
      if code == KEY_MOUSE {
        mouseEvents = takeMouseEvents()
      } else if code > 0xFF {
        if let event = event(forKeyCode: code) { return event }
      } else if let scalar = decoder.take(UInt8(truncatingIfNeeded: code)) {
        guard scalar == "\u{1B}" else { return .key(key(for: scalar)) }
        switch sequenceBehindEscape() {
        case .some(let meaning): if let meaning { return meaning }
        case .none: return .key(.escape)
        }
      }
    }
  }

  /// Reads on behind an Escape that ncurses took for a key, since this terminal's description does
  /// not have the sequence: inside of tmux, for one, it often is that of another terminal.
  ///
  /// - Returns: `nil` where no control sequence follows; else what it means, if anything.
  private func sequenceBehindEscape() -> Event?? {
    guard let introducer = nextByte() else { return nil }
    guard introducer == UInt8(ascii: "[") || introducer == UInt8(ascii: "O") else {
      ungetch(Int32(introducer))
      return nil
    }
    var sequence = ControlSequence(introducer: introducer)
    while !sequence.isComplete,
      let byte = nextByte(within: sequence.isMouse ? Self.reportTime : 0)
    {
      sequence.take(byte)
    }
    if sequence.isComplete { return .some(sequence.event) }
    // What is left of a report that never ends is no key.
    return sequence.isMouse ? .some(nil) : nil
  }

  /// Milliseconds to wait for the rest of a report of the mouse, which nobody types.
  private static let reportTime: Int32 = 100

  /// The next byte of the input, waiting for some milliseconds; others than ASCII are left.
  private func nextByte(within milliseconds: Int32 = 0) -> UInt8? {
    var code = getch()
    if code == ERR, milliseconds > 0 {
      var source = pollfd(fd: inputDescriptor, events: Int16(POLLIN), revents: 0)
      if poll(&source, 1, milliseconds) > 0 { code = getch() }
    }
    guard code != ERR else { return nil }
    guard let byte = UInt8(exactly: code), byte < 0x80 else {
      ungetch(code)
      return nil
    }
    return byte
  }

  private func key(for scalar: Unicode.Scalar) -> Key {
    switch scalar.value {
    case 0x0D, 0x0A: .enter
    case 0x1B: .escape
    case 0x08, 0x7F: .backspace
    case 0x09: .tab
    default: .character(scalar)
    }
  }

  private func event(forKeyCode code: Int32) -> Event? {
    switch code {
    case KEY_UP: .key(.up)
    case KEY_DOWN: .key(.down)
    case KEY_LEFT: .key(.left)
    case KEY_RIGHT: .key(.right)
    case KEY_PPAGE: .key(.pageUp)
    case KEY_NPAGE: .key(.pageDown)
    case KEY_HOME: .key(.home)
    case KEY_END: .key(.end)
    case KEY_ENTER: .key(.enter)
    case KEY_BACKSPACE: .key(.backspace)
    case KEY_DC: .key(.delete)
    case KEY_BTAB: .key(.backTab)
    case KEY_RESIZE: .resize(rows: Int(cn_rows()), columns: Int(cn_columns()))
    default: nil
    }
  }

  /// What the mouse did since it was asked last: ncurses reports several events at once, and hands
  /// them out from the latest to the first.
  private func takeMouseEvents() -> [Event] {
    var events: [Event] = []
    var event = MEVENT()
    while getmouse(&event) == OK {
      let (row, column) = (Int(event.y), Int(event.x))
      if event.bstate & CN_PRESS != 0 {
        events.append(.press(row: row, column: column))
      } else if event.bstate & CN_WHEEL_UP != 0 {
        // Three rows for a notch, as pagers do.
        events.append(.wheel(rows: -3, row: row, column: column))
      } else if event.bstate & CN_WHEEL_DOWN != 0 {
        events.append(.wheel(rows: 3, row: row, column: column))
      }
    }
    return events.reversed()
  }
}

/// A pipe that interrupts a wait.
private final class WakeUp: Sendable {
  let readEnd: Int32
  private let writeEnd: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    // Without a pipe there are no wake-ups; results are then seen with the next key.
    if pipe(&ends) == 0 {
      for end in ends {
        _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      }
    }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  deinit {
    if readEnd >= 0 { _ = Curses.closeDescriptor(readEnd) }
    if writeEnd >= 0 { _ = Curses.closeDescriptor(writeEnd) }
  }

  func wake() {
    var byte: UInt8 = 0
    _ = write(writeEnd, &byte, 1)
  }

  func drain() {
    var bytes = [UInt8](repeating: 0, count: 64)
    while read(readEnd, &bytes, bytes.count) > 0 {}
  }
}

/// libc's `close`, which ``Terminal/close()`` hides.
private func closeDescriptor(_ descriptor: Int32) -> Int32 { close(descriptor) }

private func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

extension Terminal {
  /// Sets the locale by which ncurses decodes text and says what can be shown with it.
  ///
  /// Containers often have no locale at all, or one that is not installed, although their terminal
  /// understands UTF-8: then `C.UTF-8` is taken. A locale that names another encoding is believed,
  /// and so is `C` where somebody asks for it.
  private static func chooseRepertoire(terminalType: String) -> Repertoire {
    setlocale(LC_ALL, "")
    func codesetIsUTF8() -> Bool {
      nl_langinfo(nl_item(CODESET)).map { String(cString: $0) } == "UTF-8"
    }
    let wanted =
      ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(environment).first { !$0.isEmpty } ?? ""
    if !codesetIsUTF8(), !namesAnotherEncoding(wanted) {
      if setlocale(LC_CTYPE, "C.UTF-8") == nil { setlocale(LC_CTYPE, "UTF-8") }
    }
    guard codesetIsUTF8() else { return .ascii }
    return terminalType == "linux" ? .console : .unicode
  }

  private static func namesAnotherEncoding(_ locale: String) -> Bool {
    if locale == "C" || locale == "POSIX" { return true }
    guard let dot = locale.firstIndex(of: ".") else { return false }
    let codeset = locale[locale.index(after: dot)...].lowercased()
    return !codeset.hasPrefix("utf-8") && !codeset.hasPrefix("utf8")
  }
}
