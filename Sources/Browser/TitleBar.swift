import Report

/// The top line: the program, what is shown, and the views at its right end.
struct TitleBar: Sendable {
  /// Escaped.
  var name: String
  /// The views in the order of their numbers.
  var views: [String]
  /// The index of the one that is shown.
  var shown: Int
  var columns: Int

  /// Below this width only the shown view has its name.
  private static let columnsForNames = 70

  /// Each view with its column.
  var tabs: [(text: String, column: Int)] {
    let texts = views.enumerated().map { index, title in
      columns < Self.columnsForNames && index != shown
        ? " \(index + 1) " : " \(index + 1) \(title) "
    }
    var column = columns - texts.reduce(0) { $0 + displayWidth($1) }
    return texts.map { text in
      defer { column += displayWidth(text) }
      return (text, column)
    }
  }

  /// The view at a column; `nil` left of all.
  func view(at column: Int) -> Int? { tabs.lastIndex { $0.column <= column } }

  /// Columns for the name, behind the program's.
  var nameWidth: Int { max((tabs.first?.column ?? columns) - 10, 0) }

  func draw(on screen: inout Screen) {
    screen.paint(row: 0, column: 0, width: columns, style: .title)
    let tabs = tabs
    let start = tabs.first?.column ?? columns
    let name = shortenedInMiddle(name, to: nameWidth)
    let column = screen.put(" inspect ", row: 0, column: 0, width: start, style: .tab)
    screen.put(" " + name, row: 0, column: column, width: start - column, style: .title)
    for (index, tab) in tabs.enumerated() {
      screen.put(tab.text, row: 0, column: tab.column, style: index == shown ? .tab : .title)
    }
  }

  /// The last component of a path, escaped.
  static func name(of path: String) -> String {
    let end = path.lastIndex { $0 != "/" }.map { path[...$0] } ?? ""
    return escapedForTerminal(end.split(separator: "/").last.map(String.init) ?? path)
  }
}
