/// The last rows that were read together, kept because what follows is mostly asked for next.
struct RowPanel: Sendable {
  /// Rows of a matrix, and how many of them are stored together.
  private let rows: Int
  private let tileRows: Int
  /// The bytes of a row.
  private let rowBytes: Int
  /// How many rows to read at once.
  private let panelRows: Int
  private var held: (rows: Range<Int>, matrix: Int, bytes: [UInt8]) = (0..<0, 0, [])

  /// An empty panel.
  init(rows: Int, tileRows: Int = 1, rowBytes: Int, panelRows: Int) {
    self.rows = rows
    self.tileRows = tileRows
    self.rowBytes = rowBytes
    self.panelRows = panelRows
  }

  /// The tiles to read for rows that are not held; `nil` where they are.
  func missing(_ range: Range<Int>, matrix: Int) -> Range<Int>? {
    if held.matrix == matrix, held.rows.clamped(to: range) == range { return nil }
    let end = max(range.upperBound, min(range.lowerBound + panelRows, rows))
    return range.lowerBound / tileRows..<(end - 1) / tileRows + 1
  }

  /// Keeps the rows of tiles instead of those before.
  mutating func hold(_ bytes: [UInt8], of tiles: Range<Int>, matrix: Int) {
    held = (tiles.lowerBound * tileRows..<tiles.upperBound * tileRows, matrix, bytes)
  }

  /// Rows that are held.
  func bytes(of range: Range<Int>) -> [UInt8] {
    let start = (range.lowerBound - held.rows.lowerBound) * rowBytes
    return Array(held.bytes[start..<start + range.count * rowBytes])
  }
}
