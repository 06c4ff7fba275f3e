import ModelFile

/// Reads rows of which the stored weights say in which column they stand.
struct SparseReader: Sendable {
  private let values: TensorBytes
  private let type: ElementType
  private let places: TensorBytes
  private let placeType: ElementType
  /// Where the columns begin among the places: behind the rows for coordinates.
  private let firstPlace: Int
  private let columns: Int
  /// For each row, and for the end, how many weights are stored before it.
  private let starts: [Int]

  /// Rows whose starts stay in memory; no published matrix has a tenth of them.
  private static let rowLimit = 1 << 24
  /// Row numbers that are read at once.
  private static let pieceCount = 1 << 17

  init(
    _ description: SparseRows, rows: Int, columns: Int, model: Model, files: [FileReader?]
  ) throws(DecodingError) {
    values = try TensorBytes(description.values, in: model, files: files)
    type = model.tensors[description.values].type
    places = try TensorBytes(description.places, in: model, files: files)
    placeType = model.tensors[description.places].type
    func mismatch(_ sentence: String) -> DecodingError {
      DecodingError(description.places, .mismatch(sentence))
    }
    guard let width = type.layout?.bytes, type.layout?.elements == 1, type.family == .float,
      type != .c64
    else { throw DecodingError(description.values, .mismatch("\(type.name) holds no weights")) }
    let stored = values.byteCount / width
    guard rows <= Self.rowLimit else { throw mismatch("\(rows) rows are too many") }
    let lists = description.rowStarts == nil ? 2 : 1
    guard let placeBytes = Self.width(placeType),
      places.byteCount / placeBytes / lists == stored,
      places.byteCount % (placeBytes * lists) == 0
    else { throw mismatch("there is not one place for each stored weight") }
    self.columns = columns
    firstPlace = (lists - 1) * stored
    var starts: [Int]
    if let tensor = description.rowStarts {
      let bytes = try TensorBytes(tensor, in: model, files: files)
      let type = model.tensors[tensor].type
      guard let width = Self.width(type), bytes.byteCount == width * (rows + 1) else {
        throw DecodingError(tensor, .mismatch("there is not one start for each row"))
      }
      starts = Self.integers(try bytes.readAll(), type)
    } else {
      starts = try Self.starts(places, placeType, rows: rows, stored: stored)
    }
    guard starts.first == 0, starts.last == stored,
      zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 })
    else { throw mismatch("the rows do not follow each other") }
    self.starts = starts
  }

  /// Decodes rows; weights that are not stored are 0.
  func read(
    _ range: Range<Int>, into floats: UnsafeMutableBufferPointer<Float>
  ) throws(DecodingError) {
    for index in 0..<range.count * columns { floats[index] = 0 }
    let stored = starts[range.lowerBound]..<starts[range.upperBound]
    guard !stored.isEmpty, let placeBytes = Self.width(placeType) else { return }
    let width = type.layout?.bytes ?? 1
    let weights = type.floats(
      try values.read(
        rows: 0..<1, of: values.byteCount,
        piece: stored.lowerBound * width..<stored.upperBound * width, matrix: 0))
    let first = (firstPlace + stored.lowerBound) * placeBytes
    let found = Self.integers(
      try places.read(
        rows: 0..<1, of: places.byteCount, piece: first..<first + stored.count * placeBytes,
        matrix: 0), placeType)
    for row in range {
      // Places ascend, as both libraries sort them; one that comes twice would be counted once.
      var last = -1
      for index in starts[row] - stored.lowerBound..<starts[row + 1] - stored.lowerBound {
        guard found[index] > last, found[index] < columns else {
          throw DecodingError(
            places.index, .mismatch("the columns of a row do not ascend within the matrix"))
        }
        last = found[index]
        floats[(row - range.lowerBound) * columns + last] = weights[index]
      }
    }
  }

  /// Counts the weights of each row of sorted coordinates.
  private static func starts(
    _ places: TensorBytes, _ type: ElementType, rows: Int, stored: Int
  ) throws(DecodingError) -> [Int] {
    var starts = [Int](repeating: 0, count: rows + 1)
    let width = Self.width(type) ?? 8
    var last = 0
    var done = 0
    while done < stored {
      let end = min(stored, done + pieceCount)
      let piece = try places.read(
        rows: 0..<1, of: places.byteCount, piece: done * width..<end * width, matrix: 0)
      for row in integers(piece, type) {
        guard row >= last, row < rows else {
          throw DecodingError(places.index, .mismatch("the rows do not follow each other"))
        }
        last = row
        starts[row + 1] += 1
      }
      done = end
    }
    for row in 0..<rows { starts[row + 1] += starts[row] }
    return starts
  }

  /// The bytes of an index.
  private static func width(_ type: ElementType) -> Int? {
    switch type {
    case .i32, .u32: 4
    case .i64, .u64: 8
    default: nil
    }
  }

  /// Indexes; −1 for those that no file has.
  private static func integers(_ bytes: [UInt8], _ type: ElementType) -> [Int] {
    let width = width(type) ?? 8
    return bytes.words(of: width).map { word in
      word < 1 << 31 || width == 8 && word < 1 << 56 ? Int(word) : -1
    }
  }
}
