import Report

/// A grid of characters with styles: what a terminal shows.
///
/// Drawing outside of the grid is allowed and does nothing.
public struct Screen: Sendable, Equatable {
  /// Lines of the grid.
  public let rows: Int
  /// Characters of a line.
  public let columns: Int
  private var cells: [Cell]
  /// Combining characters by the index of their cell; nearly always empty.
  private var marks: [Int: [Unicode.Scalar]] = [:]

  private struct Cell: Equatable {
    var scalar: Unicode.Scalar = " "
    var style = Style.plain
    /// Columns: 1 or 2; 0 is the right half of a wide character.
    var width: UInt8 = 1
  }

  /// Combining characters that a cell may carry; ncurses holds five scalars in one (CCHARW_MAX).
  private static let markLimit = 4

  /// An empty grid; negative sizes count as 0.
  public init(rows: Int, columns: Int) {
    self.rows = max(rows, 0)
    self.columns = max(columns, 0)
    cells = Array(repeating: Cell(), count: self.rows * self.columns)
  }

  /// Writes a text, cut off at `width` columns and at the right edge.
  ///
  /// A wide character that does not fit becomes a space. Control characters, which nothing should
  /// pass here, are written as `?`.
  ///
  /// - Returns: the column behind the text.
  @discardableResult public mutating func put(
    _ text: String, row: Int, column: Int, width: Int = .max, style: Style = .plain
  ) -> Int {
    guard row >= 0, row < rows, width > 0 else { return column }
    let end = column > columns - min(width, columns) ? columns : column + min(width, columns)
    var position = column
    for scalar in text.unicodeScalars {
      let columnCount = scalar.displayWidth
      if columnCount == 0 {
        addMark(scalar, row: row, column: position - 1)
        continue
      }
      guard position < end else { break }
      if position + columnCount > end {
        set(" ", row: row, column: position, width: 1, style: style)
        position += 1
        break
      }
      let shown = isControl(scalar) ? "?" : scalar
      set(shown, row: row, column: position, width: columnCount, style: style)
      position += columnCount
    }
    return position
  }

  /// Gives a style to cells that have been written, or fills them up with it.
  public mutating func paint(row: Int, column: Int, width: Int, style: Style) {
    guard row >= 0, row < rows, width > 0 else { return }
    for position in max(column, 0)..<max(min(column + min(width, columns), columns), 0)
    where position >= 0 { cells[row * columns + position].style = style }
  }

  private mutating func set(
    _ scalar: Unicode.Scalar, row: Int, column: Int, width: Int, style: Style
  ) {
    guard column >= 0, column + width <= columns else { return }
    for position in column..<column + width { clear(row: row, column: position) }
    let index = row * columns + column
    cells[index] = Cell(scalar: scalar, style: style, width: UInt8(width))
    if width == 2 { cells[index + 1] = Cell(scalar: " ", style: style, width: 0) }
  }

  /// Empties a cell together with the other half of a wide character.
  private mutating func clear(row: Int, column: Int) {
    let index = row * columns + column
    if cells[index].width == 0, column > 0 {
      cells[index - 1].width = 1
      cells[index - 1].scalar = " "
    } else if cells[index].width == 2, column + 1 < columns {
      cells[index + 1].width = 1
    }
    if !marks.isEmpty { marks[index] = nil }
    cells[index].width = 1
  }

  private mutating func addMark(_ scalar: Unicode.Scalar, row: Int, column: Int) {
    guard column >= 0, column < columns, !isControl(scalar) else { return }
    var index = row * columns + column
    if cells[index].width == 0, column > 0 { index -= 1 }
    if marks[index, default: []].count < Self.markLimit { marks[index, default: []].append(scalar) }
  }

  private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
  }
}

extension Screen {
  /// A piece of a line in one style.
  public struct Span: Sendable, Equatable {
    /// Where it begins.
    public var column: Int
    /// Its characters.
    public var text: String
    /// Their style.
    public var style: Style
  }

  /// The pieces of a line from left to right, all of its columns.
  ///
  /// A piece ends where the style changes and behind each character whose width a terminal might
  /// judge differently, so that an error does not shift what follows.
  public func spans(inRow row: Int) -> [Span] {
    guard row >= 0, row < rows, columns > 0 else { return [] }
    var spans: [Span] = []
    var text = String.UnicodeScalarView()
    var start = 0
    func close(at column: Int, style: Style) {
      guard !text.isEmpty else { return }
      spans.append(Span(column: start, text: String(text), style: style))
      text = String.UnicodeScalarView()
    }
    for column in 0..<columns {
      let index = row * columns + column
      let cell = cells[index]
      if column > 0, cells[index - 1].style != cell.style || text.isEmpty {
        close(at: column, style: cells[index - 1].style)
        start = column
      }
      guard cell.width > 0 else {
        start = column + 1
        continue
      }
      text.append(cell.scalar)
      let combined = marks.isEmpty ? nil : marks[index]
      if let combined { text.append(contentsOf: combined) }
      if cell.width == 2 || combined != nil {
        close(at: column + 1, style: cell.style)
        start = column + 1
      }
    }
    close(at: columns, style: cells[row * columns + columns - 1].style)
    return spans
  }

  /// The characters of a line without the spaces at its end.
  public func text(inRow row: Int) -> String {
    var text = spans(inRow: row).map(\.text).joined()
    while text.last == " " { text.removeLast() }
    return text
  }

  /// The style of a cell; plain outside of the grid.
  public func style(row: Int, column: Int) -> Style {
    guard row >= 0, row < rows, column >= 0, column < columns else { return .plain }
    return cells[row * columns + column].style
  }
}

extension Screen: CustomStringConvertible {
  /// The text of all lines, a line `---`, and a letter for the style of each cell; what is plain
  /// or empty at the end of a line is left out.
  public var description: String {
    var lines = (0..<rows).map(text(inRow:))
    lines.append("---")
    for row in 0..<rows {
      var letters = (0..<columns).map { style(row: row, column: $0).rawValue }
      while letters.last == Style.plain.rawValue { letters.removeLast() }
      lines.append(String(letters))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
