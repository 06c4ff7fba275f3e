import CKernels
import ModelFile

/// Reads rows of a logical matrix of cells out of a stored one; a cell is a code in a byte, or an
/// element as it is stored.
struct CellReader: Sendable {
  /// The bytes of a cell.
  let cellBytes: Int

  private var bytes: TensorBytes
  /// The tensor that they are read from.
  var tensor: Int { bytes.index }

  /// How the codes are packed; `nil` for elements.
  private let codes: StoredCodes?
  private let rows: Int
  private let columns: Int
  private let arrangement: Arrangement
  /// The cells of a stored row.
  private let storedColumns: Int
  /// The bytes of a row of words, or of elements.
  private let rowBytes: Int
  /// The last rows of a transposed matrix that were read.
  private var panel: RowPanel
  /// How many rows of a transposed matrix to read ahead; 0 for none.
  var rowsAhead = 0
  /// The rows that were read ahead.
  private var ahead = 0..<0
  private var aheadMatrix = 0

  /// What is read.
  enum Content {
    case codes(StoredCodes)
    /// Elements of so many bytes.
    case elements(tensor: Int, bytes: Int)
  }

  /// Prepares to read a stack of matrices of `rows` × `columns` cells.
  ///
  /// - Parameters:
  ///   - panelRows: how many rows to read at once where the matrix is stored transposed, so that each
  ///     row's cells are spread over all of it.
  ///   - storedColumns: the cells of a stored row where it is longer than needed.
  init(
    _ content: Content,
    rows: Int,
    columns: Int,
    matrices: Int,
    panelRows: Int,
    arrangement: Arrangement,
    storedColumns: Int? = nil,
    model: Model,
    files: [FileReader?]
  ) throws(DecodingError) {
    let tensor: Int
    switch content {
    case .codes(let codes):
      tensor = codes.tensor
      self.codes = codes
      cellBytes = 1
    case .elements(let index, let width):
      tensor = index
      codes = nil
      cellBytes = width
    }
    func mismatch(_ sentence: String) -> DecodingError {
      DecodingError(tensor, .mismatch(sentence))
    }

    var bytes = try TensorBytes(tensor, in: model, files: files)
    let (cells, overflow) = rows.multipliedReportingOverflow(by: columns)
    // Cells take at least a bit, so more of them than this are not in any file.
    guard rows > 0, columns > 0, !overflow, cells < 1 << 56 else {
      throw mismatch("\(rows) × \(columns) weights are not in any file")
    }
    var natural: (rows: Int, columns: Int)
    switch arrangement {
    case .rowMajor: natural = (rows, columns)
    case .transposed: natural = (columns, rows)
    case .lines(let length):
      guard length > 0 else { throw mismatch("a line has no length") }
      natural = length >= cells ? (1, cells) : ((cells + length - 1) / length, length)
    case .blocked:
      guard codes == nil else { throw mismatch("codes do not lie in blocks") }
      natural = ((rows + 127) / 128 * 128, (columns + 3) / 4 * 4)
    }
    if let storedColumns {
      guard storedColumns >= natural.columns, storedColumns < 1 << 32 else {
        throw mismatch("a stored row of \(storedColumns) values is shorter than what it holds")
      }
      natural.columns = storedColumns
    }
    if let codes {
      let needed = try codes.byteCounts(rows: natural.rows, columns: natural.columns)
      try bytes.divide(among: matrices, needing: needed.all)
      rowBytes = needed.row
      if codes.direction == .rowsApart {
        // The number of rows of words says how far apart the codes of a word are.
        guard bytes.byteCount % needed.row == 0 else {
          throw mismatch("the tensor is no whole number of rows of \(needed.row) bytes")
        }
      }
    } else {
      let (row, overflow) = natural.columns.multipliedReportingOverflow(by: cellBytes)
      let (all, overflow2) = row.multipliedReportingOverflow(by: natural.rows)
      guard !overflow, !overflow2 else { throw mismatch("the description is too large") }
      // A line that is not full is not stored in full.
      var needed = all
      if case .lines = arrangement { needed = cells * cellBytes }
      try bytes.divide(among: matrices, needing: needed)
      rowBytes = row
    }
    self.bytes = bytes
    self.rows = rows
    self.columns = columns
    self.arrangement = arrangement
    panel = RowPanel(rows: rows, rowBytes: columns * cellBytes, panelRows: panelRows)
    self.storedColumns = natural.columns
  }

  /// Reads rows of the logical matrix, row by row.
  mutating func read(_ range: Range<Int>, matrix: Int) throws(DecodingError) -> [UInt8] {
    switch arrangement {
    case .rowMajor:
      return try region(rows: range, columns: 0..<columns, matrix: matrix)
    case .lines:
      return try line(range.lowerBound * columns..<range.upperBound * columns, matrix: matrix)
    case .blocked:
      return try blocks(range, matrix: matrix)
    case .transposed:
      if let rows = panel.missing(range, matrix: matrix) {
        try readAhead(from: rows, matrix: matrix)
        let cells = try region(rows: 0..<columns, columns: rows, matrix: matrix)
        panel.hold(
          transposed(cells, rows: columns, columns: rows.count), of: rows, matrix: matrix)
      }
      return panel.bytes(of: range)
    }
  }

  /// Reads the bytes of more rows than are asked for, so that pieces of rows are fewer and longer.
  private mutating func readAhead(from range: Range<Int>, matrix: Int) throws(DecodingError) {
    let isThere = aheadMatrix == matrix && ahead.clamped(to: range) == range
    guard rowsAhead > range.count, !isThere else { return }
    ahead = range.lowerBound..<min(rows, range.lowerBound + rowsAhead)
    aheadMatrix = matrix
    var place = (
      rows: 0..<columns, piece: ahead.lowerBound * cellBytes..<ahead.upperBound * cellBytes
    )
    if let codes {
      place = codes.place(of: 0..<columns, ahead, wordRows: bytes.byteCount / rowBytes)
    }
    try bytes.keep(rows: place.rows, of: rowBytes, piece: place.piece, matrix: matrix)
  }

  /// Reads cells of a matrix in row-major order, by their numbers.
  func line(_ range: Range<Int>, matrix: Int) throws(DecodingError) -> [UInt8] {
    let length = arrangement == .rowMajor ? columns : storedColumns
    let (first, last) = (range.lowerBound / length, (range.upperBound - 1) / length)
    if first == last {
      let start = range.lowerBound - first * length
      return try region(
        rows: first..<first + 1, columns: start..<start + range.count, matrix: matrix)
    }
    // A part of a line, whole lines, a part of a line.
    var cells: [UInt8] = []
    cells.reserveCapacity(range.count * cellBytes)
    var position = range.lowerBound
    while position < range.upperBound {
      let (row, column) = position.quotientAndRemainder(dividingBy: length)
      let whole = (range.upperBound - position) / length
      if column == 0, whole > 0 {
        cells += try region(rows: row..<row + whole, columns: 0..<length, matrix: matrix)
        position += whole * length
      } else {
        let count = min(length - column, range.upperBound - position)
        cells += try region(
          rows: row..<row + 1, columns: column..<column + count, matrix: matrix)
        position += count
      }
    }
    return cells
  }

  /// Reads rows whose cells lie in blocks of 128 × 4.
  private func blocks(_ range: Range<Int>, matrix: Int) throws(DecodingError) -> [UInt8] {
    let bands = range.lowerBound / 128..<(range.upperBound - 1) / 128 + 1
    let stored = try region(
      rows: bands.lowerBound * 128..<bands.upperBound * 128, columns: 0..<storedColumns,
      matrix: matrix)
    var cells = [UInt8](repeating: 0, count: range.count * columns * cellBytes)
    for row in range {
      let band = (row / 128 - bands.lowerBound) * 128 * storedColumns
      let line = band + row % 32 * 16 + row % 128 / 32 * 4
      for column in 0..<columns {
        let from = (line + column / 4 * 512 + column % 4) * cellBytes
        let to = ((row - range.lowerBound) * columns + column) * cellBytes
        for byte in 0..<cellBytes { cells[to + byte] = stored[from + byte] }
      }
    }
    return cells
  }

  /// Reads a rectangle of the stored matrix, row by row.
  private func region(
    rows: Range<Int>, columns: Range<Int>, matrix: Int
  ) throws(DecodingError) -> [UInt8] {
    guard let codes else {
      return try bytes.read(
        rows: rows, of: rowBytes,
        piece: columns.lowerBound * cellBytes..<columns.upperBound * cellBytes, matrix: matrix)
    }
    return try codes.unpack(rows, columns, of: bytes, rowBytes: rowBytes, matrix: matrix)
  }

  private func transposed(_ cells: [UInt8], rows: Int, columns: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: cells.count) { result, count in
      cells.withUnsafeBytes { source in
        guard let from = source.baseAddress, let to = result.baseAddress else { return }
        let destination = UnsafeMutableRawPointer(to)
        switch cellBytes {
        case 1: packed_transpose(from.assumingMemoryBound(to: UInt8.self), rows, columns, to)
        case 2: transpose(from, destination, rows, columns, as: UInt16.self)
        case 4: transpose(from, destination, rows, columns, as: UInt32.self)
        default: transpose(from, destination, rows, columns, as: UInt64.self)
        }
      }
      count = cells.count
    }
  }
}

/// Turns rows × columns into columns × rows, in tiles that stay in the cache.
@inline(__always)
private func transpose<Cell: BitwiseCopyable>(
  _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ rows: Int, _ columns: Int,
  as type: Cell.Type
) {
  let size = MemoryLayout<Cell>.size
  let tile = 64
  for firstRow in stride(from: 0, to: rows, by: tile) {
    for column in 0..<columns {
      for row in firstRow..<min(firstRow + tile, rows) {
        let cell = from.loadUnaligned(
          fromByteOffset: (row * columns + column) * size, as: Cell.self)
        to.storeBytes(of: cell, toByteOffset: (column * rows + row) * size, as: Cell.self)
      }
    }
  }
}
