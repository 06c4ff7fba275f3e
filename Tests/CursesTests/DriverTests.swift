@testable import Browser
import CNcurses
import Foundation
import Synchronization
import Testing

@testable import Curses

/// The driver on a temporary file in the place of a terminal; ncurses keeps one state for the
/// process, so one test after the other.
@Suite(.serialized) struct DriverTests {
  /// A terminal of 24 × 80 that nobody sees, and what was sent to it.
  private final class Unseen {
    /// Gives ncurses the size that no terminal tells it.
    static func setSize() {
      setenv("LINES", "24", 1)
      setenv("COLUMNS", "80", 1)
      use_env(true)
      use_tioctl(false)
    }

    let terminal: Terminal
    private let output: UnsafeMutablePointer<FILE>
    private let input: UnsafeMutablePointer<FILE>

    init?(type: String = "xterm-256color", color: Bool = true) {
      Self.setSize()
      guard let output = tmpfile(), let input = fopen("/dev/null", "r") else { return nil }
      do {
        terminal = try Terminal(
          type: type, output: output, input: input, inputDescriptor: fileno(input), color: color,
          isGuarded: false)
      } catch {
        return nil
      }
      (self.output, self.input) = (output, input)
    }

    deinit {
      terminal.close()
      fclose(output)
      fclose(input)
    }

    /// The characters of a line as ncurses has them.
    func text(row: Int32) -> String {
      var bytes = [CChar](repeating: 0, count: 1024)
      mvinnstr(row, 0, &bytes, 1023)
      let end = bytes.firstIndex(of: 0) ?? bytes.count
      return String(decoding: bytes[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        .trimmingCharacters(in: .whitespaces)
    }

    /// Everything that was sent to the terminal so far.
    var sent: String {
      fflush(output)
      rewind(output)
      var bytes: [UInt8] = []
      while case let byte = fgetc(output), byte != EOF { bytes.append(UInt8(byte)) }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  private func screen(_ text: String, style: Style = .plain) -> Screen {
    var screen = Screen(rows: 24, columns: 80)
    screen.put(text, row: 2, column: 3, style: style)
    return screen
  }

  @Test func showsAScreen() throws {
    let unseen = try #require(Unseen())
    #expect(unseen.terminal.size == (24, 80))
    unseen.terminal.show(screen("weights 中文 é █▌ ⣿"))
    #expect(unseen.text(row: 2) == "weights 中文 é █▌ ⣿")
    unseen.terminal.show(screen("other"))
    #expect(unseen.text(row: 2) == "other")
  }

  @Test func sendsColoursWhereThereAreSome() throws {
    do {
      let unseen = try #require(Unseen())
      unseen.terminal.show(screen("x", style: .error))
      #expect(unseen.sent.contains("\u{1b}[38;5;203m"))
    }
    let unseen = try #require(Unseen(color: false))
    unseen.terminal.show(screen("x", style: .error))
    #expect(!unseen.sent.contains("[38;5"))
    #expect(unseen.text(row: 2) == "x")
  }

  @Test(arguments: ["xterm-256color", "xterm", "screen", "linux", "vt100", "ansi"])
  func showsEveryStyleOnEveryTerminal(type: String) throws {
    let unseen = try #require(Unseen(type: type))
    var screen = Screen(rows: 24, columns: 80)
    for (index, style) in Style.allCases.enumerated() {
      screen.put("█x", row: index % 24, column: index / 24 * 10, style: style)
    }
    unseen.terminal.show(screen)
    #expect(unseen.text(row: 0).hasPrefix("█x"))
  }

  @Test func showsLargerAndSmallerScreensThanItsOwn() throws {
    let unseen = try #require(Unseen())
    for (rows, columns) in [(0, 0), (1, 1), (100, 300)] {
      var screen = Screen(rows: rows, columns: columns)
      screen.put(String(repeating: "中", count: columns), row: rows - 1, column: 0)
      screen.put("end", row: 0, column: max(columns - 3, 0))
      unseen.terminal.show(screen)
    }
    #expect(unseen.terminal.size == (24, 80))
  }

  @Test func saysWhyThereCanBeNone() throws {
    #expect(throws: Terminal.Unavailable.unknownType("no\u{1b}such")) {
      try Terminal(
        type: "no\u{1b}such", output: nil, input: nil, inputDescriptor: 0, color: true,
        isGuarded: false)
    }
    #expect(Terminal.Unavailable.unknownType("a\u{1b}b").description.contains("a\\u001bb"))
    let output = try #require(tmpfile())
    defer { fclose(output) }
    Unseen.setSize()
    #expect(throws: Terminal.Unavailable.tooSimple("dumb")) {
      try Terminal(
        type: "dumb", output: output, input: nil, inputDescriptor: 0, color: true,
        isGuarded: false)
    }
  }

  @Test func yieldsWakesAndTheEndOfInput() throws {
    let unseen = try #require(Unseen())
    // /dev/null is always at its end.
    #expect(unseen.terminal.nextEvent(waiting: false) == .hangUp)
    let wake = unseen.terminal.wake
    Thread { wake() }.start()
    var event: Event?
    while event != .wake { event = unseen.terminal.nextEvent() }
    unseen.terminal.close()
    unseen.terminal.show(screen("after"))
    #expect(unseen.terminal.nextEvent(waiting: false) == nil)
    #expect(unseen.terminal.nextEvent() == .hangUp)
  }

  /// Runs a body with a terminal that reads from a pipe, and the pipe's other end, which the body
  /// closes.
  private func withTerminal<Result>(_ body: (Terminal, Int32) throws -> Result) throws -> Result {
    Unseen.setSize()
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    let output = try #require(tmpfile())
    let input = try #require(fdopen(ends[0], "r"))
    let terminal = try Terminal(
      type: "xterm-256color", output: output, input: input, inputDescriptor: ends[0], color: true,
      isGuarded: false)
    defer {
      terminal.close()
      fclose(output)
      fclose(input)
    }
    return try body(terminal, ends[1])
  }

  /// What a terminal makes of bytes, up to their end.
  private func events(of text: String) throws -> [Event] {
    try withTerminal { terminal, end in
      let bytes = Array(text.utf8)
      #expect(write(end, bytes, bytes.count) == bytes.count)
      close(end)
      var events: [Event] = []
      while let event = terminal.nextEvent(), event != .hangUp { events.append(event) }
      return events
    }
  }

  @Test func decodesKeysAndMouse() throws {
    // é as two bytes, a wheel notch and a press in SGR form.
    let events = try events(
      of: "j\u{1b}[A\u{1b}OB\u{1b}[5~\r\t\u{7f}é\u{1b}[<65;3;4M\u{1b}[<0;10;5M"
        + "\u{1b}[<0;10;5m\u{1b}[<0;11;5M\u{1b}[<0;11;5m\u{1b}[Z")
    #expect(events.first == .key(.character("j")))
    for event in [
      Event.key(.up), .key(.down), .key(.pageUp), .key(.enter), .key(.tab), .key(.backspace),
      .key(.character("é")), .wheel(rows: 3, row: 3, column: 2), .press(row: 4, column: 9),
      .key(.backTab),
    ] {
      #expect(events.contains(event), "\(event)")
    }
    // Those of one moment keep their order.
    let presses = events.filter { if case .press = $0 { true } else { false } }
    #expect(presses == [.press(row: 4, column: 9), .press(row: 4, column: 10)])
  }

  /// A slow connection brings a character in pieces, and others send bytes of other encodings.
  @Test func waitsForTheRestOfACharacterAndSkipsWhatIsNone() throws {
    try withTerminal { terminal, end in
      func send(_ bytes: [UInt8]) -> [Event] {
        #expect(write(end, bytes, bytes.count) == bytes.count)
        var events: [Event] = []
        while let event = terminal.nextEvent(waiting: false) { events.append(event) }
        return events
      }
      #expect(send([0xC3]) == [])
      #expect(send([0xA9]) == [.key(.character("é"))])
      #expect(send([0xE2]) == [] && send([0x82]) == [] && send([0xAC, 0x6A]).count == 2)
      #expect(send([0xE9]) == [])
      #expect(send([0x6A]) == [.key(.character("j"))])
      #expect(send([0x80, 0xFF, 0xFE, 0xF0, 0x9F]) == [])
      #expect(send([0xC3, 0xA9]) == [.key(.character("é"))])
      close(end)
      #expect(terminal.nextEvent() == .hangUp)
    }
  }

  /// A report of the mouse that never ends blocks nothing, and one in pieces is whole.
  @Test(.timeLimit(.minutes(1))) func doesNotWaitForTheRestOfAReport() throws {
    try withTerminal { terminal, end in
      defer { close(end) }
      func send(_ text: String) -> [Event] {
        let bytes = Array(text.utf8)
        #expect(write(end, bytes, bytes.count) == bytes.count)
        var events: [Event] = []
        while let event = terminal.nextEvent(waiting: false) { events.append(event) }
        return events
      }
      for beginning in ["\u{1b}[<", "\u{1b}[<0", "\u{1b}[<0;5;5"] {
        #expect(send(beginning) == [])
        #expect(send("jk") == [.key(.character("j")), .key(.character("k"))])
      }
      let later = Thread {
        usleep(20_000)
        _ = Glibc.write(end, ";5M", 3)
      }
      later.start()
      #expect(send("\u{1b}[<0;10") == [.press(row: 4, column: 9)])
      // Too many numbers, too great ones, none, a movement.
      for report in ["0;1", "0;1;2;3", "0;99999999999999999999;1", "0;0;0", ";;", "35;1;1"] {
        #expect(send("\u{1b}[<\(report)Mj") == [.key(.character("j"))], "\(report)")
      }
      #expect(
        send("\u{1b}[<16;3;4M\u{1b}[<64;3;4M") == [
          .press(row: 3, column: 2), .wheel(rows: -3, row: 3, column: 2),
        ])
    }
  }

  /// Sequences that this terminal's description does not have come from inside of tmux, or are of
  /// keys that mean nothing here; none is read as Escape and letters.
  @Test(
    arguments: [
      ("[1~", Key.home), ("[7~", .home), ("[H", .home), ("OH", .home), ("[4~", .end), ("[8~", .end),
      ("[F", .end), ("OF", .end), ("[3~", .delete), ("[A", .up), ("OB", .down), ("[1;5C", nil),
      ("[15~", nil), ("[[A", nil), ("OP", nil), ("[200~", nil), ("[M !!", nil), ("[?62;4c", nil),
    ] as [(String, Key?)])
  func readsForeignSequencesWhole(sequence: String, key: Key?) throws {
    var events = try events(of: "j\u{1b}\(sequence)k\u{1b}z")
    // A report of the mouse is none without a button.
    events.removeAll { if case .press = $0 { true } else { false } }
    let expected = [.character("j"), key, .character("k"), .escape, .character("z")]
      .compactMap { $0 as Key? }
    #expect(events == expected.map(Event.key))
  }

  /// A button is released long after it was pressed, and nothing follows it: a driver that waits
  /// there for a byte would show nothing until the next key.
  @Test(.timeLimit(.minutes(1)), arguments: [0, 1, 2]) func doesNotWaitBehindAMouse(button: Int)
    throws
  {
    try withTerminal { terminal, end in
      defer { close(end) }
      for (ending, event) in [("M", Event.press(row: 4, column: 9)), ("m", nil)] {
        let bytes = Array("\u{1b}[<\(button);10;5\(ending)".utf8)
        #expect(write(end, bytes, bytes.count) == bytes.count)
        // Should it wait after all, this ends it, as a key that it then takes for an event.
        let isDone = Mutex(false)
        Thread {
          for _ in 1...200 where !isDone.withLock({ $0 }) { usleep(10_000) }
          if !isDone.withLock({ $0 }) { _ = Glibc.write(end, "!", 1) }
        }.start()
        #expect(terminal.nextEvent(waiting: false) == (button == 0 ? event : nil))
        isDone.withLock { $0 = true }
      }
    }
  }
}
