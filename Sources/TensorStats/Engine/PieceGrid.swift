/// How a matrix is cut into pieces that are read and measured each on its own.
///
/// Pieces are bands of rows, 64 or a multiple, so that groups and tiles of zeros lie in one piece.
/// Where 64 rows are too much, bands are cut across into ranges of columns, and a piece is read row by
/// row. A vector is one row.
struct PieceGrid: Equatable {
  /// Rows of the matrix.
  let rows: Int
  /// Columns of the matrix.
  let columns: Int
  /// Rows of a piece.
  let bandRows: Int
  /// Columns of a piece.
  let bandColumns: Int
  /// Whether the zeros are looked at as those of a matrix.
  let isMatrix: Bool

  /// Rows whose zeros are looked at together.
  static let bandHeight = 64
  /// The most columns of a matrix: each worker keeps a bit for every one.
  static let columnLimit = 1 << 25

  /// Cuts a tensor.
  ///
  /// - Parameters:
  ///   - shape: row-major.
  ///   - unit: elements of a block; a power of two.
  ///   - target: elements that a piece should have.
  init(shape: [Int], unit: Int, target: Int) {
    let elements = shape.reduce(1, *)
    let width = shape.last ?? 1
    let height = width == 0 ? 0 : elements / width
    let shortBand = min(Self.bandHeight, height)
    // Where a row does not start with a block it cannot be read on its own.
    let splits = shortBand * width > 4 * target
    isMatrix =
      shape.count >= 2 && elements > 0 && width <= Self.columnLimit
      && !(splits && width % unit != 0)
    rows = isMatrix ? height : 1
    columns = isMatrix ? width : elements
    let step = max(unit, 64)
    if !isMatrix {
      bandRows = 1
      bandColumns = max(step, target / step * step)
    } else if splits {
      bandRows = shortBand
      bandColumns = max(step, 4 * target / shortBand / step * step)
    } else {
      bandRows = max(Self.bandHeight, target / width / Self.bandHeight * Self.bandHeight)
      bandColumns = width
    }
  }

  /// Cuts a matrix of packed weights into bands of whole rows, as its codes are decoded by rows.
  init(rowsOf shape: [Int], target: Int) {
    columns = shape.last ?? 1
    rows = columns == 0 ? 0 : shape.dropLast().reduce(1, *)
    bandColumns = columns
    bandRows = max(
      Self.bandHeight, target / max(1, columns) / Self.bandHeight * Self.bandHeight)
    isMatrix = shape.count >= 2 && rows > 0 && columns <= Self.columnLimit
  }

  /// Pieces beside each other.
  var across: Int { columns == 0 ? 0 : (columns + bandColumns - 1) / bandColumns }
  /// Pieces in all.
  var count: Int { across * ((rows + bandRows - 1) / bandRows) }

  /// The rows and columns of a piece, by its number.
  func piece(_ index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    let row = index / across * bandRows
    let column = index % across * bandColumns
    return (
      row..<min(rows, row + bandRows), column..<min(columns, column + bandColumns)
    )
  }
}
