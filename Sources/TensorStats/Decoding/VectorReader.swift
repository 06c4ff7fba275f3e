import ModelFile

/// Reads weights that are sums of entries of codebooks.
struct VectorReader: Sendable {
  private var cells: CellReader
  private let rows: Int
  private let columns: Int
  private let tileRows: Int
  private let tileColumns: Int
  private let codebookCount: Int
  private let entries: Int
  /// [codebooks, entries, tileRows, tileColumns], row-major.
  private let codebooks: [Float]

  /// Codebooks stay in memory; AQLM's largest have 65,536 entries of 8 weights.
  private static let codebookLimit = 1 << 22

  init(
    _ description: VectorCodes, rows: Int, columns: Int, matrices: Int, model: Model,
    files: [FileReader?]
  ) throws(DecodingError) {
    let bytes = try TensorBytes(description.codebooks, in: model, files: files)
    let tensor = model.tensors[description.codebooks]
    let shape = tensor.shape.compactMap { Int(exactly: $0) }
    guard shape.count == 4, shape.allSatisfy({ $0 > 0 }), tensor.type.family == .float,
      tensor.type.layout?.elements == 1, tensor.elementCount <= Self.codebookLimit
    else {
      throw DecodingError(description.codebooks, .mismatch("the codebooks cannot be read"))
    }
    (codebookCount, entries, tileRows, tileColumns) = (shape[0], shape[1], shape[2], shape[3])
    codebooks = tensor.type.floats(try bytes.readAll())
    let tensors = model.tensors
    let type =
      tensors.indices.contains(description.codes) ? tensors[description.codes].type : .u8
    guard type.family == .integer, let width = type.layout?.bytes else {
      throw DecodingError(description.codes, .mismatch("\(type.name) holds no codes"))
    }
    let (codesInRow, overflow) = ((columns - 1) / tileColumns + 1).multipliedReportingOverflow(
      by: codebookCount)
    guard !overflow else {
      throw DecodingError(description.codes, .mismatch("the description is too large"))
    }
    cells = try CellReader(
      .elements(tensor: description.codes, bytes: width), rows: (rows - 1) / tileRows + 1,
      columns: codesInRow, matrices: matrices, panelRows: 1, arrangement: .rowMajor, model: model,
      files: files)
    self.rows = rows
    self.columns = columns
  }

  /// Decodes rows of one matrix.
  mutating func read(
    _ range: Range<Int>, matrix: Int, into floats: UnsafeMutableBufferPointer<Float>
  ) throws(DecodingError) {
    let tiles = range.lowerBound / tileRows..<(range.upperBound - 1) / tileRows + 1
    let bytes = try cells.read(tiles, matrix: matrix)
    let codesInRow = ((columns - 1) / tileColumns + 1) * codebookCount
    for row in range {
      let out = (row - range.lowerBound) * columns
      let codes = (row / tileRows - tiles.lowerBound) * codesInRow
      for tile in 0...(columns - 1) / tileColumns {
        let first = tile * tileColumns
        for column in first..<min(first + tileColumns, columns) {
          let element = row % tileRows * tileColumns + column - first
          var sum: Float = 0
          for book in 0..<codebookCount {
            let code = code(in: bytes, at: codes + tile * codebookCount + book)
            guard code < entries else {
              throw DecodingError(cells.tensor, .mismatch("a code is beyond its codebook"))
            }
            let number = codebooks[
              (book * entries + code) * tileRows * tileColumns + element]
            sum = book == 0 ? number : sum + number
          }
          floats[out + column] = sum
        }
      }
    }
  }

  private func code(in bytes: [UInt8], at index: Int) -> Int {
    let width = cells.cellBytes
    var code = 0
    // More than four bytes are beyond any codebook.
    for i in 0..<min(width, 4) { code |= Int(bytes[index * width + i]) << (8 * i) }
    return code
  }
}
