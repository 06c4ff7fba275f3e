/// What a stretch of text means, from which its colour follows.
public enum Ink: Sendable {
  case plain, title, dim, good, warning, error, bar
}

/// Writes text with or without colours.
public struct Painter: Sendable {
  /// Whether escape sequences are written at all.
  public var isColored: Bool

  /// Chooses colours or none.
  public init(isColored: Bool) {
    self.isColored = isColored
  }

  /// The text in the colour of its meaning (ECMA-48, "Select graphic rendition").
  public func paint(_ text: String, _ ink: Ink) -> String {
    guard isColored, !text.isEmpty else { return text }
    let code =
      switch ink {
      case .plain: ""
      case .title: "1"
      case .dim: "2"
      case .good: "32"
      case .warning: "33"
      case .error: "31"
      case .bar: "36"
      }
    return code.isEmpty ? text : "\u{1b}[\(code)m\(text)\u{1b}[0m"
  }
}

/// A text broken into lines of at most `width` columns between its words.
public func wrapped(_ text: String, to width: Int) -> [String] {
  var lines: [String] = []
  var line = ""
  for word in text.split(separator: " ") {
    if !line.isEmpty, displayWidth(line) + 1 + displayWidth(String(word)) > width {
      lines.append(line)
      line = ""
    }
    line += (line.isEmpty ? "" : " ") + word
  }
  return line.isEmpty ? lines : lines + [line]
}
