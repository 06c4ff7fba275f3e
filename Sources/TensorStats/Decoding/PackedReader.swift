import CKernels
public import ModelFile

/// Reads packed weights by rows, with memory for the rows that are asked for.
///
/// Copies read independently of each other, each from any one thread.
public struct PackedReader: Sendable {
  /// Rows of all matrices of the stack together.
  public let rows: Int
  /// The weights of a row.
  public let columns: Int
  /// How many codes there are, 2ᵇ; `nil` where the weights are stored as numbers or vectors.
  public let codeCount: Int?

  /// How many rows to give to one worker: those that are read together.
  ///
  /// Where the stored matrix is transposed, each row's codes are spread over the whole tensor; those of
  /// a batch, about a million weights, are read when its first row is asked for, and kept. So batches
  /// of rows from a multiple of this on, read in order with one copy, cost least.
  public let batchRowCount: Int

  /// The rows of one matrix of the stack.
  private let matrixRows: Int
  private var content: Content
  private var zero: GroupReader?
  private var scales: [(reader: GroupReader, divides: Bool)]
  private var bias: GroupReader?
  private let subtractsBias: Bool

  /// What codes or numbers are read from.
  private enum Content {
    case codes(CellReader, table: [Float])
    case numbers(CellReader, ElementType)
    case marlin(MarlinReader, table: [Float])
    case bitmask(BitmaskReader)
    case tiled(TiledReader, table: [Float])
    case banded(BandedReader, table: [Float])
    case sparse(SparseReader)
    case vectors(VectorReader)
    case indexed(IndexedVectorReader)
    case outlierTiles(OutlierTileReader)
  }

  /// No row is longer: it would take more than 16 MiB, and the widest matrices known have less than
  /// a tenth of it.
  static let columnLimit = 1 << 22

  /// The weights of a batch.
  private static let batchWeights = 1 << 20

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
    // Scans go by bands of 64 rows.
    let most = Self.batchWeights / columns
    let panelRows = max(1, min(matrixRows, most >= 64 ? most / 64 * 64 : most))
    batchRowCount = panelRows
    var order: [Int] = []
    switch decoder.storage {
    case .codes(let codes, let arrangement):
      let cells = try CellReader(
        .codes(codes), rows: matrixRows, columns: columns, matrices: matrices,
        panelRows: panelRows, arrangement: arrangement, model: model, files: files)
      content = .codes(
        cells, table: try decoder.numbers.table(bits: codes.bits, of: tensor, model, files))
      codeCount = 1 << codes.bits
    case .numbers(let numbers, let type):
      guard type.family == .float, type.layout?.elements == 1, let width = type.layout?.bytes else {
        throw DecodingError(tensor, .mismatch("\(type.name) holds no weights"))
      }
      content = .numbers(
        try CellReader(
          .elements(tensor: numbers, bytes: width), rows: matrixRows, columns: columns,
          matrices: matrices, panelRows: panelRows, arrangement: .rowMajor, model: model,
          files: files), type)
      codeCount = nil
    case .marlin24(let marlin):
      let reader = try MarlinReader(
        marlin, rows: matrixRows, columns: columns, matrices: matrices, panelRows: panelRows,
        model: model, files: files)
      content = .marlin(
        reader, table: try decoder.numbers.table(bits: marlin.bits, of: tensor, model, files))
      codeCount = 1 << marlin.bits
      order = Marlin24.scaleOrder(of: decoder, columns: columns)
    case .bitmask(let mask):
      content = .bitmask(
        try BitmaskReader(mask, rows: rows, columns: columns, model: model, files: files))
      codeCount = nil
    case .tiled(let tiled):
      let reader = try TiledReader(
        tiled, rows: matrixRows, columns: columns, matrices: matrices, panelRows: panelRows,
        model: model, files: files)
      content = .tiled(
        reader, table: try decoder.numbers.table(bits: tiled.bits, of: tensor, model, files))
      codeCount = 1 << tiled.bits
      order = tiled.rowOrder
      guard Set(order) == Set(0..<order.count) else {
        throw DecodingError(tensor, .mismatch("the order of the rows is none"))
      }
    case .banded(let banded):
      let reader = try BandedReader(
        banded, rows: matrixRows, columns: columns, matrices: matrices, panelRows: panelRows,
        model: model, files: files)
      content = .banded(
        reader, table: try decoder.numbers.table(bits: 8, of: tensor, model, files))
      codeCount = 256
    case .sparse(let sparse):
      content = .sparse(
        try SparseReader(sparse, rows: rows, columns: columns, model: model, files: files))
      codeCount = nil
    case .outlierTiles(let tiles):
      content = .outlierTiles(
        try OutlierTileReader(
          tiles, rows: matrixRows, columns: columns, matrices: matrices, model: model,
          files: files))
      codeCount = nil
    case .indexed(let vectors):
      content = .indexed(
        try IndexedVectorReader(
          vectors, rows: matrixRows, columns: columns, matrices: matrices, model: model,
          files: files))
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
        values, rows: matrixRows, columns: columns, matrices: matrices, panelRows: panelRows,
        order: order, model: model, files: files)
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

  /// How many rows are best decoded at once: about a quarter of a million weights, which stay in the
  /// cache of a core.
  public var preferredRowCount: Int { max(1, min(batchRowCount, (1 << 18) / columns)) }

  /// Reads the bytes of so many rows at once where those of each row are spread over the tensor, for
  /// whoever is going to read these rows one after another.
  mutating func readAhead(_ rows: Int) {
    if case .codes(var cells, let table) = content {
      cells.rowsAhead = rows
      content = .codes(cells, table: table)
    }
    zero?.readAhead(rows)
    for index in scales.indices { scales[index].reader.readAhead(rows) }
    bias?.readAhead(rows)
  }

  /// Decodes rows to float32, row by row.
  ///
  /// - Parameters:
  ///   - range: rows of 0 ..< ``rows``.
  ///   - floats: room for `range.count` × ``columns`` weights.
  ///   - codes: receives the codes as stored, where there are any (``codeCount``).
  /// - Throws: where bytes cannot be read or contradict each other.
  public mutating func read(
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

  private mutating func read(
    _ range: Range<Int>, of matrix: Int, into output: UnsafeMutablePointer<Float>,
    codes output2: UnsafeMutablePointer<UInt8>?
  ) throws(DecodingError) {
    // Of all matrices together, as what is no code is stored.
    let stacked =
      matrix * matrixRows + range.lowerBound..<matrix * matrixRows + range.upperBound
    let floats = UnsafeMutableBufferPointer(start: output, count: range.count * columns)
    switch content {
    case .codes(var cells, let table):
      lookUp(try cells.read(range, matrix: matrix), table, output, output2)
      content = .codes(cells, table: table)
    case .numbers(var cells, let type):
      let numbers = type.floats(try cells.read(range, matrix: matrix))
      for (index, number) in numbers.enumerated() { floats[index] = number }
      content = .numbers(cells, type)
    case .marlin(var reader, let table):
      lookUp(try reader.read(range, matrix: matrix), table, output, output2)
      content = .marlin(reader, table: table)
    case .bitmask(var reader):
      try reader.read(stacked, into: floats)
      content = .bitmask(reader)
    case .tiled(var reader, let table):
      lookUp(try reader.read(range, matrix: matrix), table, output, output2)
      content = .tiled(reader, table: table)
    case .banded(var reader, let table):
      lookUp(try reader.read(range, matrix: matrix), table, output, output2)
      content = .banded(reader, table: table)
    case .sparse(let reader):
      try reader.read(stacked, into: floats)
    case .indexed(let reader):
      try reader.read(range, into: floats)
    case .outlierTiles(let reader):
      try reader.read(range, into: floats)
    case .vectors(var reader):
      try reader.read(range, matrix: matrix, into: floats)
      content = .vectors(reader)
    }

    if let values = try zero?.values(for: range, matrix: matrix) {
      apply(values, range, output, packed_subtract)
    }
    try applyScales(range, matrix, output)
    if let values = try bias?.values(for: range, matrix: matrix) {
      apply(values, range, output, subtractsBias ? packed_subtract : packed_add)
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
        // The table has a number for every code of its width.
        packed_look_up(from, codes.count, numbers, floats)
      }
    }
  }

  /// Combines rows of weights with the numbers they share.
  private func apply(
    _ values: GroupRows, _ range: Range<Int>, _ output: UnsafeMutablePointer<Float>,
    _ combine: RowOperation
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: columns) { buffer in
      guard let shared = buffer.baseAddress else { return }
      var key: Int?
      var weights = output
      for row in range {
        let next = values.key(of: row)
        if next == nil || next != key { values.fill(shared, row: row) }
        key = next
        combine(weights, shared, columns)
        weights += columns
      }
    }
  }

  /// Combines the scales with each other, then with the weights.
  private mutating func applyScales(
    _ range: Range<Int>, _ matrix: Int, _ output: UnsafeMutablePointer<Float>
  ) throws(DecodingError) {
    guard !scales.isEmpty else { return }
    let values = try scales[0].reader.values(for: range, matrix: matrix)
    let combine: RowOperation = scales[0].divides ? packed_divide : packed_multiply
    guard scales.count > 1 else { return apply(values, range, output, combine) }

    var others: [(values: GroupRows, combine: RowOperation)] = []
    for i in scales.indices.dropFirst() {
      let values = try scales[i].reader.values(for: range, matrix: matrix)
      others.append((values, scales[i].divides ? packed_divide : packed_multiply))
    }
    var product = [Float](repeating: 1, count: range.count * columns)
    product.withUnsafeMutableBufferPointer { buffer in
      guard let factors = buffer.baseAddress else { return }
      apply(values, range, factors, packed_multiply)
      for other in others { apply(other.values, range, factors, other.combine) }
      combine(output, factors, buffer.count)
    }
  }

  /// A function of CKernels that combines weights with as many numbers.
  private typealias RowOperation =
    @convention(c) (
      UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, Int
    ) -> Void
}
