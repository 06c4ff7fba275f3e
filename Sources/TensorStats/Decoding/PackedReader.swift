public import ModelFile

/// Reads packed weights by rows, with memory for the rows that are asked for.
///
/// A value: copies read independently of each other, from any thread.
public struct PackedReader: Sendable {
  /// Rows of all matrices of the stack together.
  public let rows: Int
  /// The weights of a row.
  public let columns: Int
  /// How many codes there are, 2ᵇ; `nil` where the weights are stored as numbers or vectors.
  public let codeCount: Int?

  /// The rows of one matrix of the stack.
  private let matrixRows: Int
  private let content: Content
  private let zero: GroupReader?
  private let scales: [(reader: GroupReader, divides: Bool)]
  private let bias: GroupReader?
  private let subtractsBias: Bool

  /// What codes or numbers are read from.
  private enum Content {
    case codes(CellReader, table: [Float])
    case marlin(MarlinReader, table: [Float])
    case bitmask(BitmaskReader)
    case vectors(VectorReader)
  }

  /// No row is longer: it would take more than 16 MiB, and the widest matrices known have less than
  /// a tenth of it.
  static let columnLimit = 1 << 22

  /// Prepares to read weights, and reads the small tensors that every row needs.
  ///
  /// - Parameters:
  ///   - decoder: how the weights are packed.
  ///   - shape: the logical dimensions, as in ``Reading/shape``.
  ///   - model: where the tensors are.
  ///   - files: the parts of the model, opened; `nil` for those that cannot be.
  /// - Throws: where the tensors do not fit the description.
  public init(
    _ decoder: PackedDecoder, shape: [Int], model: Model, files: [FileReader?]
  ) throws(DecodingError) {
    let tensor = decoder.storage.tensor
    let columns = shape.last ?? 1
    let matrixRows = shape.dropLast().last ?? 1
    var matrices = 1
    for dimension in shape.dropLast(2) {
      let (product, overflow) = matrices.multipliedReportingOverflow(by: dimension)
      guard !overflow else { throw DecodingError(tensor, .mismatch("the shape is too large")) }
      matrices = product
    }
    try self.init(
      decoder, matrices: matrices, matrixRows: matrixRows, columns: columns, model: model,
      files: files)
  }

  /// Prepares to read numbers that lie in one line, as rows of one number.
  init(
    line decoder: PackedDecoder, count: Int, model: Model, files: [FileReader?]
  ) throws(DecodingError) {
    var decoder = decoder
    guard case .codes(let codes, _) = decoder.storage else {
      throw DecodingError(
        decoder.storage.tensor, .mismatch("numbers that weights share must be codes"))
    }
    decoder.storage = .codes(codes, .lines(count))
    func flat(_ values: GroupValues?) -> GroupValues? {
      guard var values else { return nil }
      if case .tiles(1, let width) = values.sharing { values.sharing = .runs(width) }
      return values
    }
    decoder.zero = flat(decoder.zero)
    decoder.bias = flat(decoder.bias)
    for i in decoder.scales.indices {
      decoder.scales[i].values = flat(decoder.scales[i].values) ?? decoder.scales[i].values
    }
    try self.init(
      decoder, matrices: 1, matrixRows: count, columns: 1, model: model, files: files)
  }

  private init(
    _ decoder: PackedDecoder, matrices: Int, matrixRows: Int, columns: Int, model: Model,
    files: [FileReader?]
  ) throws(DecodingError) {
    let tensor = decoder.storage.tensor
    guard matrices > 0, matrixRows > 0, (1...Self.columnLimit).contains(columns) else {
      throw DecodingError(
        tensor, .mismatch("rows of \(columns) weights are not decoded"))
    }
    let (rows, overflow) = matrices.multipliedReportingOverflow(by: matrixRows)
    let (weights, overflow2) = rows.multipliedReportingOverflow(by: columns)
    guard !overflow, !overflow2, weights < 1 << 56 else {
      throw DecodingError(tensor, .mismatch("the shape is too large"))
    }
    self.rows = rows
    self.columns = columns
    self.matrixRows = matrixRows
    var order: [Int] = []
    switch decoder.storage {
    case .codes(let codes, let arrangement):
      let cells = try CellReader(
        .codes(codes), rows: matrixRows, columns: columns, matrices: matrices,
        arrangement: arrangement, model: model, files: files)
      content = .codes(
        cells, table: try decoder.numbers.table(bits: codes.bits, of: tensor, model, files))
      codeCount = 1 << codes.bits
    case .marlin24(let marlin):
      let reader = try MarlinReader(
        marlin, rows: matrixRows, columns: columns, matrices: matrices, model: model, files: files)
      content = .marlin(
        reader, table: try decoder.numbers.table(bits: marlin.bits, of: tensor, model, files))
      codeCount = 1 << marlin.bits
      order = Marlin24.scaleOrder(of: decoder, columns: columns)
    case .bitmask(let mask):
      content = .bitmask(
        try BitmaskReader(mask, rows: rows, columns: columns, model: model, files: files))
      codeCount = nil
    case .vectors(let vectors):
      content = .vectors(
        try VectorReader(
          vectors, rows: matrixRows, columns: columns, matrices: matrices, model: model,
          files: files))
      codeCount = nil
    }
    func reader(_ values: GroupValues) throws(DecodingError) -> GroupReader {
      try GroupReader(
        values, rows: matrixRows, columns: columns, matrices: matrices, order: order, model: model,
        files: files)
    }
    var zero: GroupReader?
    if let values = decoder.zero { zero = try reader(values) }
    self.zero = zero
    var scales: [(GroupReader, Bool)] = []
    for scale in decoder.scales { scales.append((try reader(scale.values), scale.divides)) }
    self.scales = scales
    var bias: GroupReader?
    if let values = decoder.bias { bias = try reader(values) }
    self.bias = bias
    subtractsBias = decoder.subtractsBias
  }

  /// How many rows are best read at once: about a quarter of a million weights.
  ///
  /// Where the stored matrix is transposed each row's codes are spread over the whole tensor, so that
  /// single rows would take a read for every few bytes.
  public var preferredRowCount: Int { max(1, min(rows, (1 << 18) / columns)) }

  /// Decodes rows to float32, row by row.
  ///
  /// - Parameters:
  ///   - range: rows of 0 ..< ``rows``.
  ///   - floats: room for `range.count` × ``columns`` weights.
  ///   - codes: receives the codes as stored, where there are any (``codeCount``).
  /// - Throws: where bytes cannot be read or contradict each other.
  public func read(
    rows range: Range<Int>,
    into floats: UnsafeMutableBufferPointer<Float>,
    codes: UnsafeMutableBufferPointer<UInt8>? = nil
  ) throws(DecodingError) {
    let count = range.count * columns
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rows && floats.count >= count
        && codes?.count ?? count >= count)
    guard let output = floats.baseAddress, !range.isEmpty else { return }
    var row = range.lowerBound
    while row < range.upperBound {
      // A matrix of the stack at a time.
      let (matrix, first) = row.quotientAndRemainder(dividingBy: matrixRows)
      let taken = min(range.upperBound - row, matrixRows - first)
      let done = (row - range.lowerBound) * columns
      try read(
        first..<first + taken, of: matrix, into: output + done,
        codes: codes?.baseAddress.map { $0 + done })
      row += taken
    }
  }

  private func read(
    _ range: Range<Int>, of matrix: Int, into output: UnsafeMutablePointer<Float>,
    codes output2: UnsafeMutablePointer<UInt8>?
  ) throws(DecodingError) {
    let count = range.count * columns
    switch content {
    case .codes(let cells, let table):
      lookUp(try cells.read(range, matrix: matrix), table, output, output2)
    case .marlin(let reader, let table):
      lookUp(try reader.read(range, matrix: matrix), table, output, output2)
    case .bitmask(let reader):
      let start = matrix * matrixRows
      try reader.read(
        range.lowerBound + start..<range.upperBound + start,
        into: UnsafeMutableBufferPointer(start: output, count: count))
    case .vectors(let reader):
      try reader.read(
        range, matrix: matrix, into: UnsafeMutableBufferPointer(start: output, count: count))
    }

    if let zero {
      apply(try zero.values(for: range, matrix: matrix), range, output) { $0 - $1 }
    }
    try applyScales(range, matrix, output)
    if let bias {
      let values = try bias.values(for: range, matrix: matrix)
      if subtractsBias {
        apply(values, range, output) { $0 - $1 }
      } else {
        apply(values, range, output) { $0 + $1 }
      }
    }
  }

  private func lookUp(
    _ codes: [UInt8], _ table: [Float], _ floats: UnsafeMutablePointer<Float>,
    _ copy: UnsafeMutablePointer<UInt8>?
  ) {
    codes.withUnsafeBufferPointer { codes in
      table.withUnsafeBufferPointer { table in
        guard let from = codes.baseAddress, let numbers = table.baseAddress else { return }
        copy?.update(from: from, count: codes.count)
        // The table has an entry for every code of its width.
        for i in 0..<codes.count { floats[i] = numbers[Int(from[i])] }
      }
    }
  }

  /// Combines each weight with the number it shares.
  @inline(__always)
  private func apply(
    _ values: GroupRows, _ range: Range<Int>, _ output: UnsafeMutablePointer<Float>,
    _ operation: (Float, Float) -> Float
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: columns) { buffer in
      guard let shared = buffer.baseAddress else { return }
      shared.initialize(repeating: 0, count: columns)
      var key: Int?
      var weights = output
      for row in range {
        let next = values.key(of: row)
        if next == nil || next != key { values.fill(shared, row: row) }
        key = next
        for column in 0..<columns {
          weights[column] = operation(weights[column], shared[column])
        }
        weights += columns
      }
    }
  }

  /// Combines the scales with each other, then with the weights.
  private func applyScales(
    _ range: Range<Int>, _ matrix: Int, _ output: UnsafeMutablePointer<Float>
  ) throws(DecodingError) {
    guard let first = scales.first else { return }
    let values = try first.reader.values(for: range, matrix: matrix)
    guard scales.count > 1 else {
      if first.divides {
        apply(values, range, output) { $0 / $1 }
      } else {
        apply(values, range, output) { $0 * $1 }
      }
      return
    }
    var product = [Float](repeating: 0, count: range.count * columns)
    var others: [(GroupRows, Bool)] = []
    for scale in scales.dropFirst() {
      others.append((try scale.reader.values(for: range, matrix: matrix), scale.divides))
    }
    product.withUnsafeMutableBufferPointer { buffer in
      guard let factors = buffer.baseAddress else { return }
      apply(values, range, factors) { $1 }
      for (values, divides) in others {
        if divides {
          apply(values, range, factors) { $0 / $1 }
        } else {
          apply(values, range, factors) { $0 * $1 }
        }
      }
      if first.divides {
        for i in 0..<buffer.count { output[i] /= factors[i] }
      } else {
        for i in 0..<buffer.count { output[i] *= factors[i] }
      }
    }
  }
}

extension CodeNumbers {
  /// The number of every code of a width.
  func table(
    bits: Int, of carrier: Int, _ model: Model, _ files: [FileReader?]
  ) throws(DecodingError) -> [Float] {
    let count = 1 << bits
    let table: [Float]
    switch self {
    case .unsigned: table = (0..<count).map { Float($0) }
    case .signed: table = (0..<count).map { Float($0 < count / 2 ? $0 : $0 - count) }
    case .float(let type): table = type.valueTable ?? []
    case .table(let numbers): table = numbers
    case .tensor(let index):
      let bytes = try TensorBytes(index, in: model, files: files)
      // Wider than any number, so that a false description cannot ask for much memory.
      guard bytes.byteCount <= 8 * count else {
        throw DecodingError(index, .mismatch("a table of \(count) numbers is too long"))
      }
      table = model.tensors[index].type.floats(try bytes.readAll())
    }
    guard table.count == count else {
      throw DecodingError(
        carrier, .mismatch("codes of \(bits) bits have a table of \(table.count) numbers"))
    }
    return table
  }
}

extension PackedDecoder.Storage {
  /// The tensor with the codes, by its index in ``Model/tensors``.
  var tensor: Int {
    switch self {
    case .codes(let codes, _): codes.tensor
    case .bitmask(let mask): mask.values
    case .marlin24(let marlin): marlin.codes
    case .vectors(let vectors): vectors.codes
    }
  }
}
