import Foundation

/// A terminal that a test types into and looks at: a tmux server of its own.
final class Tmux {
  /// Whether tmux is installed.
  static let isInstalled = run("tmux -V 2>/dev/null").hasPrefix("tmux")

  private let socket = "inspect-\(UUID().uuidString)"

  /// Starts a shell command in a terminal of a size; afterwards the terminal stays, so that its
  /// state can be looked at.
  ///
  /// - Parameter environment: assignments before the command.
  init(_ command: String, rows: Int = 24, columns: Int = 80, environment: String = "") {
    // Standard in xterm's ways, whatever the machine's terminal is called, without the tester's
    // own wishes for locale, size and colours.
    let clean =
      "env -u NO_COLOR -u LC_ALL -u LC_CTYPE -u LINES -u COLUMNS "
      + "LANG=C.UTF-8 TERM=xterm-256color"
    let shell = "\(clean) \(environment) \(command); echo ended: \\$?; exec cat"
    tmux("-f /dev/null new-session -d -x \(columns) -y \(rows) \"\(shell)\"")
  }

  deinit { tmux("kill-server") }

  /// Types keys by the names of tmux: `Enter`, `Down`, `C-z`, or letters.
  func press(_ keys: String...) {
    tmux("send-keys " + keys.map { "'\($0)'" }.joined(separator: " "))
  }

  /// Types text as it is.
  func type(_ text: String) { tmux("send-keys -l '\(text)'") }

  /// Sends an escape sequence behind its Escape.
  func send(escape text: String) {
    let bytes = ([0x1B] + Array(text.utf8)).map { String($0, radix: 16) }
    tmux("send-keys -H " + bytes.joined(separator: " "))
  }

  func resize(rows: Int, columns: Int) {
    tmux("resize-window -x \(columns) -y \(rows)")
  }

  /// The lines on the screen.
  var screen: String { tmux("capture-pane -p") }

  /// Whether the alternate screen, the mouse and the cursor are on, as three digits.
  var state: String {
    tmux("display-message -p '#{alternate_on}#{mouse_any_flag}#{cursor_flag}'")
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// The title that the program gave the terminal.
  var title: String { tmux("display-message -p '#{pane_title}'") }

  /// Sends a signal to the program, by the identifier of the process below the terminal's shell.
  func signal(_ name: String) {
    let shell = tmux("display-message -p '#{pane_pid}'").trimmingCharacters(
      in: .whitespacesAndNewlines)
    Self.run("kill -s \(name) $(pgrep -P \(shell) -x inspect)")
  }

  /// Waits until the screen is as wanted, at most twenty seconds.
  ///
  /// - Returns: whether it came to that.
  @discardableResult
  func until(_ condition: (String) -> Bool) -> Bool {
    let deadline = Date(timeIntervalSinceNow: 20)
    while Date() < deadline {
      if condition(screen) { return true }
      usleep(10_000)
    }
    return false
  }

  @discardableResult
  private func tmux(_ arguments: String) -> String {
    Self.run("tmux -L \(socket) \(arguments) 2>/dev/null </dev/null")
  }

  /// Runs a command; `popen`, since a tmux server inherits what Foundation's processes wait for.
  @discardableResult
  private static func run(_ command: String) -> String {
    guard let stream = popen(command, "r") else { return "" }
    defer { pclose(stream) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(stream), byte != EOF { bytes.append(UInt8(byte)) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
