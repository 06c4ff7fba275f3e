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
  private var scalars: [Unicode.Scalar]
  /// The scalars before the cursor.
  private var cursor: Int

  /// What was typed.
  var text: String { String(String.UnicodeScalarView(scalars)) }

  /// Longer texts are no names and no paths.
  private static let limit = 4096

  init(_ purpose: Purpose, text: String = "") {
    self.purpose = purpose
    scalars = Array(text.unicodeScalars)
    cursor = scalars.count
  }

  /// What to do with the path that was typed; `nil` where there is none.
  func exportEffect<Effect>(_ effect: (String) -> Effect) -> Effect? {
    var path = text[...]
    while path.first == " " { path.removeFirst() }
    while path.last == " " { path.removeLast() }
    return path.isEmpty ? nil : effect(String(path))
  }

  var title: String {
    switch purpose {
    case .search: "search: "
    case .filter: "filter: "
    case .export: "export the report as JSON to: "
    case .overwrite: ""
    case .goTo: "go to index, or row, column: "
    }
  }

  /// Whether it asks for text and not for a yes.
  var takesText: Bool {
    if case .overwrite = purpose { false } else { true }
  }

  /// Takes characters that came at once.
  mutating func insert(_ text: [Unicode.Scalar]) {
    for scalar in text { _ = edit(.character(scalar)) }
  }

  /// Takes a key that edits the text, as in a shell.
  ///
  /// - Returns: whether it was one.
  mutating func edit(_ key: Key) -> Bool {
    switch key {
    case .left, .control("B"): cursor = max(cursor - 1, 0)
    case .right, .control("F"): cursor = min(cursor + 1, scalars.count)
    case .home, .control("A"): cursor = 0
    case .end, .control("E"): cursor = scalars.count
    case .backspace: remove(from: cursor - 1, to: cursor)
    case .delete, .control("D"): remove(from: cursor, to: cursor + 1)
    case .control("U"): remove(from: 0, to: cursor)
    case .control("K"): remove(from: cursor, to: scalars.count)
    case .control("W"):
      var start = cursor
      while start > 0, scalars[start - 1] == " " { start -= 1 }
      while start > 0, scalars[start - 1] != " " { start -= 1 }
      remove(from: start, to: cursor)
    case .character(let scalar) where scalar.value >= 0x20:
      guard scalars.count < Self.limit else { return true }
      scalars.insert(scalar, at: cursor)
      cursor += 1
    default: return false
    }
    return true
  }

  private mutating func remove(from start: Int, to end: Int) {
    guard start >= 0, start < end, end <= scalars.count else { return }
    scalars.removeSubrange(start..<end)
    cursor = start
  }

  /// Whether a key is a yes.
  func agrees(_ key: Key) -> Bool { key == .character("y") || key == .character("Y") }

  /// The question with what was typed and the cursor in it.
  ///
  /// - Parameter remark: what is wrong with it.
  func line(columns: Int, remark: String? = nil) -> StyledLine {
    if case .overwrite(let path) = purpose {
      return StyledLine(
        " \(shortenedInMiddle(escapedForTerminal(path), to: max(columns - 32, 8))) exists. ",
        .warning
      ).adding("Overwrite it? y/n", .key)
    }
    // The cursor is where one types.
    let room = max(columns - displayWidth(title) - 3, 0)
    let shown = scalars.map { escapedForTerminal(String($0)) }
    var before = shown[..<cursor]
    var width = before.reduce(0) { $0 + displayWidth($1) }
    while width > room, let first = before.popFirst() { width -= displayWidth(first) }
    var line = StyledLine(" " + title, .key).adding(before.joined())
    if cursor < shown.count {
      line.add(shown[cursor], .selected)
      line.add(shown[(cursor + 1)...].joined())
    } else {
      line.add("▏", .key)
    }
    if let remark, line.width + displayWidth(remark) + 2 <= columns {
      line.add("  " + remark, .warning)
    }
    return line
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
