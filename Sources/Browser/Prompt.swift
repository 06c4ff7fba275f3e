import Report

/// A question in the status line, answered with a text or a key.
struct Prompt: Sendable, Equatable {
  enum Purpose: Sendable, Equatable {
    case search
    case filter(before: String)
    case export
    case overwrite(path: String)
    case goTo
  }

  var purpose: Purpose
  private(set) var text: String

  /// Longer texts are no names and no paths.
  private static let limit = 4096

  init(_ purpose: Purpose, text: String = "") {
    self.purpose = purpose
    self.text = text
  }

  var title: String {
    switch purpose {
    case .search: "search: "
    case .filter: "filter: "
    case .export: "export the report as JSON to: "
    case .overwrite: ""
    case .goTo: "go to index: "
    }
  }

  /// Takes a key that edits the text.
  ///
  /// - Returns: whether it was one.
  mutating func edit(_ key: Key) -> Bool {
    switch key {
    case .character(let scalar) where scalar.value >= 0x20:
      if text.unicodeScalars.count < Self.limit { text.unicodeScalars.append(scalar) }
      return true
    case .backspace, .delete:
      if !text.isEmpty { text.removeLast() }
      return true
    case .control("U"):
      text = ""
      return true
    case .control("W"):
      while text.last == " " { text.removeLast() }
      while let last = text.last, last != " " { text.removeLast() }
      return true
    default: return false
    }
  }

  /// Whether a key is a yes.
  func agrees(_ key: Key) -> Bool { key == .character("y") || key == .character("Y") }

  /// The question with what was typed.
  func line(columns: Int) -> StyledLine {
    if case .overwrite(let path) = purpose {
      return StyledLine(
        " \(shortenedInMiddle(escapedForTerminal(path), to: max(columns - 32, 8))) exists. ",
        .warning
      ).adding("Overwrite it? y/n", .key)
    }
    // The end of a long text is where one types.
    let room = max(columns - displayWidth(title) - 3, 0)
    var shown = escapedForTerminal(text)
    while displayWidth(shown) > room { shown.removeFirst() }
    return StyledLine(" " + title, .key).adding(shown).adding("▏", .key)
  }

  /// The keys that answer it.
  var footer: StyledLine {
    if case .overwrite = purpose {
      return StyledLine(" ").adding("y", .key).adding(" overwrite  ", .dim).adding("n", .key)
        .adding(" keep", .dim)
    }
    return StyledLine(" ").adding("Enter", .key).adding(" accept  ", .dim).adding("Esc", .key)
      .adding(" cancel", .dim)
  }
}
