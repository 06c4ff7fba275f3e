import ModelFile

/// Reads rows of which only some weights are stored.
struct BitmaskReader: Sendable {
  private let values: TensorBytes
  private let type: ElementType
  private let mask: TensorBytes
  private var offsets: CellReader?
  private let offsetType: ElementType
  private let rows: Int
  private let columns: Int
  /// Weights stored in all.
  private let stored: Int

  init(
    _ description: BitmaskRows, rows: Int, columns: Int, model: Model, files: [FileReader?]
  ) throws(DecodingError) {
    values = try TensorBytes(description.values, in: model, files: files)
    var mask = try TensorBytes(description.mask, in: model, files: files)
    type = description.type
    guard let width = type.layout?.bytes, type.layout?.elements == 1, type != .c64 else {
      throw DecodingError(description.values, .mismatch("\(type.name) holds no weights"))
    }
    stored = values.byteCount / width
    let (maskBytes, overflow) = rows.multipliedReportingOverflow(by: (columns + 7) / 8)
    guard !overflow else {
      throw DecodingError(description.mask, .mismatch("the shape is too large"))
    }
    try mask.divide(among: 1, needing: maskBytes)
    self.mask = mask
    self.rows = rows
    self.columns = columns
    if let tensor = description.rowOffsets {
      offsetType = model.tensors.indices.contains(tensor) ? model.tensors[tensor].type : .i64
      guard offsetType == .i64 || offsetType == .i32 || offsetType == .u32 || offsetType == .u64
      else { throw DecodingError(tensor, .mismatch("offsets of rows must be integers")) }
      offsets = try CellReader(
        .elements(tensor: tensor, bytes: offsetType.layout?.bytes ?? 8), rows: rows, columns: 1,
        matrices: 1, panelRows: 1, arrangement: .rowMajor, model: model, files: files)
    } else {
      offsets = nil
      offsetType = .i64
      guard stored % rows == 0 else {
        throw DecodingError(
          description.values, .mismatch("\(stored) weights do not fill \(rows) rows evenly"))
      }
    }
  }

  /// Decodes rows; weights that are not stored are 0.
  mutating func read(
    _ range: Range<Int>, into floats: UnsafeMutableBufferPointer<Float>
  ) throws(DecodingError) {
    let maskRow = (columns + 7) / 8
    let bits = try mask.read(rows: range, of: maskRow, piece: 0..<maskRow, matrix: 0)
    var starts: [Int] = []
    if let bytes = try offsets?.read(range, matrix: 0) {
      starts = (0..<range.count).map { integer(in: bytes, at: $0) }
    } else {
      starts = range.map { $0 * (stored / rows) }
    }
    let counts = (0..<range.count).map { row in
      (0..<maskRow).reduce(0) { count, k in
        count + (bits[row * maskRow + k] & usedBits(of: k)).nonzeroBitCount
      }
    }
    // Rows must follow each other: the bytes to read, and their number, come from the file.
    var end = starts[0]
    for (start, count) in zip(starts, counts) {
      guard start == end, count <= stored - end, start >= 0 else {
        throw DecodingError(
          mask.index, .mismatch("the mask and the number of stored weights contradict each other"))
      }
      end += count
    }
    let width = type.layout?.bytes ?? 1
    let weights = type.floats(
      try values.read(
        rows: 0..<1, of: values.byteCount, piece: starts[0] * width..<end * width, matrix: 0))
    var next = 0
    for row in 0..<range.count {
      for column in 0..<columns {
        let isStored = bits[row * maskRow + column / 8] >> UInt8(column % 8) & 1 == 1
        floats[row * columns + column] = isStored ? weights[next] : 0
        if isStored { next += 1 }
      }
    }
  }

  /// The bits of a mask byte that stand for columns: all but in the last byte of a row.
  private func usedBits(of byte: Int) -> UInt8 {
    let columnsLeft = columns - 8 * byte
    return columnsLeft >= 8 ? 0xFF : UInt8(1 << columnsLeft - 1)
  }

  /// An offset; −1 for one that no file has.
  private func integer(in bytes: [UInt8], at index: Int) -> Int {
    let width = offsetType.layout?.bytes ?? 8
    let word = (0..<width).reduce(UInt64(0)) {
      $0 | UInt64(bytes[index * width + $1]) << UInt64(8 * $1)
    }
    return word <= UInt64(stored) ? Int(word) : -1
  }
}
