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
  /// Neighbours in a row that belong to one input channel; 1 where groups of zeros along channels are
  /// not counted.
  let kernel: Int

  /// Rows whose zeros are looked at together.
  static let bandHeight = 64
  /// The most columns of a matrix: each worker keeps a bit for every one.
  static let columnLimit = 1 << 25
  /// The most columns of a convolution whose groups along channels are counted: a worker keeps a word
  /// for every one.
  static let channelColumnLimit = 1 << 16

  /// Cuts a tensor.
  ///
  /// - Parameters:
  ///   - shape: row-major.
  ///   - elements: the product of the dimensions.
  ///   - unit: elements of a block, a power of two; `nil` where only whole rows can be read.
  ///   - kernel: neighbours in a row that belong to one input channel.
  ///   - target: elements that a piece should have.
  init(shape: [Int], elements: Int, unit: Int?, kernel: Int = 1, target: Int) {
    let width = elements == 0 ? 0 : shape.last ?? 1
    let height = elements == 0 ? 0 : elements / width
    let shortBand = min(Self.bandHeight, height)
    let splits = unit != nil && shortBand * width > 4 * target
    // Where a row does not start with a block it cannot be read on its own.
    isMatrix =
      shape.count >= 2 && elements > 0 && width <= Self.columnLimit
      && !(splits && width % (unit ?? 1) != 0)
    let keepsRows = isMatrix || unit == nil
    rows = keepsRows ? height : 1
    columns = keepsRows ? width : elements
    let hasChannels =
      isMatrix && !splits && kernel > 1 && width % kernel == 0 && width > kernel
      && width <= Self.channelColumnLimit
    self.kernel = hasChannels ? kernel : 1
    let step = max(unit ?? 1, 64)
    if !keepsRows {
      bandRows = 1
      bandColumns = max(step, target / step * step)
    } else if splits {
      bandRows = shortBand
      bandColumns = max(step, 4 * target / shortBand / step * step)
    } else {
      bandRows = max(
        Self.bandHeight, target / max(width, 1) / Self.bandHeight * Self.bandHeight)
      bandColumns = width
    }
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
