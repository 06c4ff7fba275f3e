import Report

/// A line of text in several styles, not yet at a place of the screen.
struct StyledLine: Sendable, Equatable {
  var spans: [Span] = []

  /// A piece of a line.
  struct Span: Sendable, Equatable {
    var text: String
    var style: Style
  }

  /// An empty line.
  static let blank = StyledLine()

  init() {}

  init(_ text: String, _ style: Style = .plain) { spans = [Span(text: text, style: style)] }

  /// The line continued.
  func adding(_ text: String, _ style: Style = .plain) -> StyledLine {
    var line = self
    line.add(text, style)
    return line
  }

  mutating func add(_ text: String, _ style: Style = .plain) {
    if !text.isEmpty { spans.append(Span(text: text, style: style)) }
  }

  /// Adds spaces up to a column.
  mutating func pad(to column: Int) {
    let missing = column - width
    if missing > 0 { add(String(repeating: " ", count: missing)) }
  }

  /// The line in at most `width` columns; a longer one ends in `…`.
  func cut(to width: Int) -> StyledLine {
    guard self.width > width else { return self }
    var line = StyledLine()
    var room = width - 1
    for span in spans where room > 0 {
      let text = shortenedAtEnd(span.text, to: room)
      line.add(text, span.style)
      room = text == span.text ? room - displayWidth(text) : 0
    }
    return width > 0 ? line.adding("…", .dim) : line
  }

  /// Columns of the whole line.
  var width: Int { spans.reduce(0) { $0 + displayWidth($1.text) } }

  /// The characters of the whole line.
  var text: String { spans.map(\.text).joined() }
}

/// A part of the screen.
struct Area: Sendable, Equatable {
  var row: Int
  var column: Int
  var rows: Int
  var columns: Int

  /// Whether a cell lies in it.
  func contains(row: Int, column: Int) -> Bool {
    row >= self.row && row < self.row + rows && column >= self.column
      && column < self.column + columns
  }

  /// Without lines at the top and at the bottom.
  func inset(top: Int = 0, bottom: Int = 0, left: Int = 0, right: Int = 0) -> Area {
    Area(
      row: row + top, column: column + left, rows: max(rows - top - bottom, 0),
      columns: max(columns - left - right, 0))
  }
}

extension Screen {
  /// Writes a line, cut off at a width.
  mutating func draw(_ line: StyledLine, row: Int, column: Int, width: Int) {
    var position = column
    for span in line.spans where position < column + width {
      position = put(
        span.text, row: row, column: position, width: column + width - position, style: span.style)
    }
  }

  /// Writes lines below each other, as many as there is room for.
  mutating func draw(_ lines: some Sequence<StyledLine>, in area: Area) {
    for (offset, line) in lines.enumerated() {
      guard offset < area.rows else { return }
      draw(line, row: area.row + offset, column: area.column, width: area.columns)
    }
  }

  /// Shows at the right edge of an area which part of something longer is seen.
  mutating func drawScrollBar(top: Int, total: Int, in area: Area) {
    guard total > area.rows, area.rows > 1, area.columns > 1 else { return }
    // Lists may be longer than their product with the window's size can be written.
    let length = max(Int(Double(area.rows) * Double(area.rows) / Double(total)), 1)
    let room = area.rows - length
    let share = Double(top) / Double(max(total - area.rows, 1))
    let start = Int(Double(room) * min(max(share, 0), 1))
    for row in 0..<area.rows {
      let isThumb = row >= start && row < start + length
      put(
        isThumb ? "█" : "│", row: area.row + row, column: area.column + area.columns - 1,
        style: .dim)
    }
  }
}

/// A text of at most `width` columns; a longer one ends in `…`.
func cut(_ text: String, to width: Int) -> String {
  displayWidth(text) <= width ? text : width > 0 ? shortenedAtEnd(text, to: width - 1) + "…" : ""
}

/// A text in lines of at most `width` columns, broken at spaces where that is possible.
///
/// Line feeds of the text break too; control characters should be escaped before, line by line.
func wrappedLines(_ text: String, to width: Int) -> [String] {
  guard width > 0 else { return [] }
  var lines: [String] = []
  for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
    var line = String.UnicodeScalarView()
    var columns = 0
    // Where the line could be broken: the scalars up to the last space.
    var breakCount: Int?
    for scalar in paragraph.unicodeScalars {
      let scalarWidth = scalar.displayWidth
      if columns + scalarWidth > width, scalarWidth <= width {
        if scalar == " " {
          lines.append(String(line))
          line = String.UnicodeScalarView()
          columns = 0
          breakCount = nil
          continue
        }
        if let count = breakCount {
          let rest = line.dropFirst(count)
          var head = line.prefix(count)
          while head.last == " " { head.removeLast() }
          lines.append(String(head))
          line = String.UnicodeScalarView(rest)
          columns = line.reduce(0) { $0 + $1.displayWidth }
        } else {
          lines.append(String(line))
          line = String.UnicodeScalarView()
          columns = 0
        }
        breakCount = nil
      }
      line.append(scalar)
      columns += scalarWidth
      if scalar == " " { breakCount = line.count }
    }
    lines.append(String(line))
  }
  return lines
}

/// A text of exactly `width` columns, at the left of its field.
func leftAligned(_ text: String, _ width: Int) -> String {
  let text = shortenedInMiddle(text, to: width)
  return text + String(repeating: " ", count: max(width - displayWidth(text), 0))
}

/// A whole name of a tensor in exactly `width` columns: of a longer one the end, where it differs
/// from others, and with `…` for `.weight`, in which most are alike.
func leftAlignedName(_ name: String, _ width: Int) -> String {
  if displayWidth(name) <= width { return leftAligned(name, width) }
  var rest = String.UnicodeScalarView(name.unicodeScalars)
  var end = ""
  if name.hasSuffix(".weight") {
    rest.removeLast(".weight".unicodeScalars.count)
    end = "…"
  }
  if displayWidth(String(rest) + end) <= width { return leftAligned(String(rest) + end, width) }
  var tail: [Unicode.Scalar] = []
  var columns = 1
  while let scalar = rest.popLast(), columns + scalar.displayWidth <= width {
    columns += scalar.displayWidth
    tail.append(scalar)
  }
  return leftAligned("…" + String(String.UnicodeScalarView(tail.reversed())), width)
}

/// A text of exactly `width` columns, at the right of its field.
func rightAligned(_ text: String, _ width: Int) -> String {
  let text = shortenedInMiddle(text, to: width)
  return String(repeating: " ", count: max(width - displayWidth(text), 0)) + text
}

/// The beginning of a text, at most `width` columns.
func shortenedAtEnd(_ text: String, to width: Int) -> String {
  var result = String.UnicodeScalarView()
  var columns = 0
  for scalar in text.unicodeScalars {
    columns += scalar.displayWidth
    if columns > width { break }
    result.append(scalar)
  }
  return String(result)
}
