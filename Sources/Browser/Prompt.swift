import Report

/// A question in the status line, answered with a text or a key.
struct Prompt: Sendable, Equatable {
  enum Purpose: Sendable, Equatable {
    case search
    case filter(before: String)
    case export
    case overwrite(path: String, isReadOnly: Bool)
    case goTo
  }

  var purpose: Purpose
  /// What the text could be completed to, shown instead of the keys.
  private var candidates: [String] = []
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
    candidates = []
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

  /// The path to complete; `nil` where something else is asked for or the cursor is not at its end.
  var pathToComplete: String? { purpose == .export && cursor == scalars.count ? text : nil }

  /// Completes a path as shells do: as far as all that it could be agree; where that is no further,
  /// they are shown.
  mutating func complete(_ path: String, to paths: [String]) {
    guard pathToComplete == path, var common = paths.first?.unicodeScalars[...] else { return }
    for other in paths.dropFirst() {
      common = common.prefix(zip(common, other.unicodeScalars).prefix { $0 == $1 }.count)
    }
    if common.count > scalars.count {
      scalars = Array(common.prefix(Self.limit))
      cursor = scalars.count
      candidates = []
    } else if paths.count > 1 {
      candidates = paths.map { path in
        let start = path.dropLast().lastIndex(of: "/").map { path.index(after: $0) }
        return escapedForTerminal(String(path[(start ?? path.startIndex)...]))
      }
    }
  }

  /// Whether a key is a yes.
  func agrees(_ key: Key) -> Bool { key == .character("y") || key == .character("Y") }

  /// The question with what was typed and the cursor in it.
  ///
  /// - Parameter remark: what is wrong with it.
  func line(columns: Int, remark: String? = nil) -> StyledLine {
    if case .overwrite(let path, let isReadOnly) = purpose {
      let state = isReadOnly ? "is READ-ONLY. " : "exists. "
      let question = isReadOnly ? "Replace it? y/n" : "Overwrite it? y/n"
      let room = columns - displayWidth(state + question) - 3
      return StyledLine(
        " \(shortenedInMiddle(escapedForTerminal(path), to: max(room, 8))) \(state)", .warning
      ).adding(question, .key)
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

  /// The keys that answer it, or what it could be completed to.
  var footer: StyledLine {
    if !candidates.isEmpty {
      return candidates.reduce(StyledLine()) { $0.adding(" " + $1, .key).adding(" ") }
    }
    if case .overwrite = purpose {
      return StyledLine(" ").adding("y", .key).adding(" overwrite  ", .dim).adding("n", .key)
        .adding(" keep", .dim)
    }
    var line = StyledLine(" ").adding("Enter", .key).adding(" accept  ", .dim)
    if purpose == .export { line = line.adding("Tab", .key).adding(" complete  ", .dim) }
    return line.adding("Esc", .key).adding(" cancel", .dim)
  }
}
