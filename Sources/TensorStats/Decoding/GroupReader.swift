import ModelFile

/// Reads the numbers that the weights of some rows share.
struct GroupReader: Sendable {
  private var source: Source
  private let sharing: GroupValues.Sharing
  private let rows: Int
  private let columns: Int
  /// The groups of a matrix: rows of tiles, and tiles in such a row.
  ///
  /// One row where the rows of the matrix do not matter.
  private let groupRows: Int
  private let groupColumns: Int
  /// For each column of each matrix the number of its group, where a tensor says so.
  private var indexes: [Int32] = []
  /// In runs of so many outputs, the place where each one's values stand; empty for their own order.
  private let order: [Int]

  private enum Source {
    case constant(Float)
    case elements(CellReader, ElementType)
    case pairs(CellReader, ElementType, second: Bool)
    case codes(CellReader, plus: Int)
    /// An array of one, since a reader of packed numbers may hold another.
    case packed([PackedReader])
  }

  /// Prepares to read the numbers for a stack of matrices.
  init(
    _ values: GroupValues,
    rows: Int,
    columns: Int,
    matrices: Int,
    panelRows: Int,
    order: [Int],
    model: Model,
    files: [FileReader?]
  ) throws(DecodingError) {
    self.rows = rows
    self.columns = columns
    self.order = values.rowOrder.isEmpty ? order : values.rowOrder
    guard Set(self.order) == Set(0..<self.order.count) else {
      throw values.mismatch("the order of the rows is none")
    }
    var sharing = values.sharing
    let weights = rows * columns
    let groups: (rows: Int, columns: Int)
    switch sharing {
    case .matrix: groups = (1, 1)
    case .tiles(let height, let width):
      guard height > 0, width > 0 else { throw values.mismatch("a tile has no size") }
      groups = ((rows - 1) / height + 1, (columns - 1) / width + 1)
    case .runs(let length):
      guard length > 0 else { throw values.mismatch("a run has no length") }
      groups = (1, (weights - 1) / length + 1)
    case .every(let count):
      guard count > 0, count <= weights else { throw values.mismatch("the groups have no size") }
      groups = (1, count)
    case .indexed(let tensor):
      indexes = try Self.indexes(
        tensor, columns: columns, matrices: matrices, model: model, files: files)
      groups = (rows, Int(indexes.max() ?? 0) + 1)
      // Mostly the groups follow each other, and nothing need be looked up.
      let width = indexes.firstIndex { $0 != 0 } ?? indexes.count
      if matrices == 1, width > 0, zip(indexes, 0...).allSatisfy({ Int($0) == $1 / width }) {
        sharing = .tiles(rows: 1, columns: width)
        indexes = []
      }
    case .bands(let ends, let order, let isShared):
      guard matrices == 1, let last = ends.last, last == columns, (ends.first ?? 0) > 0,
        zip(ends, ends.dropFirst()).allSatisfy({ $0 < $1 })
      else { throw values.mismatch("the bands do not fill a row") }
      var bands: [Int32] = []
      for (band, end) in ends.enumerated() {
        bands += [Int32](repeating: Int32(band), count: end - bands.count)
      }
      if let order {
        let places = try Self.indexes(
          order, columns: columns, matrices: 1, model: model, files: files)
        bands = places.map { bands[Int($0)] }
      }
      indexes = bands
      groups = (isShared ? 1 : rows, ends.count)
    }
    self.sharing = sharing
    (groupRows, groupColumns) = groups

    func cells(_ content: CellReader.Content) throws(DecodingError) -> CellReader {
      try CellReader(
        content, rows: groups.rows, columns: groups.columns, matrices: matrices,
        panelRows: panelRows, arrangement: values.arrangement, storedColumns: values.storedColumns,
        model: model,
        files: files)
    }
    switch values.source {
    case .constant(let number): source = .constant(number)
    case .elements(let tensor, let type):
      guard type.layout?.elements == 1, let width = type.layout?.bytes, type != .c64 else {
        throw values.mismatch("\(type.name) holds no numbers that weights could share")
      }
      source = .elements(try cells(.elements(tensor: tensor, bytes: width)), type)
    case .pairs(let tensor, let type, let second):
      guard type.layout?.elements == 1, let width = type.layout?.bytes, width <= 4 else {
        throw values.mismatch("\(type.name) holds no numbers that weights could share")
      }
      source = .pairs(
        try cells(.elements(tensor: tensor, bytes: 2 * width)), type, second: second)
    case .codes(let codes, let plus): source = .codes(try cells(.codes(codes)), plus: plus)
    case .packed(let decoder):
      let (count, overflow) = (groups.rows * groups.columns).multipliedReportingOverflow(
        by: matrices)
      guard !overflow else { throw values.mismatch("the description is too large") }
      source = .packed([
        try PackedReader(line: decoder, count: count, model: model, files: files)
      ])
    }
  }

  /// Reads so many rows ahead.
  mutating func readAhead(_ rows: Int) {
    switch source {
    case .elements(var cells, let type):
      cells.rowsAhead = rows
      source = .elements(cells, type)
    case .pairs(var cells, let type, let second):
      cells.rowsAhead = rows
      source = .pairs(cells, type, second: second)
    case .codes(var cells, let plus):
      cells.rowsAhead = rows
      source = .codes(cells, plus: plus)
    case .constant, .packed: break
    }
  }

  /// Reads what rows of one matrix need.
  mutating func values(for range: Range<Int>, matrix: Int) throws(DecodingError) -> GroupRows {
    var result = GroupRows(sharing: sharing, columns: columns, groupColumns: groupColumns)
    if case .constant(let number) = source {
      result.sharing = .matrix
      result.values = [number]
      return result
    }
    let weights = range.lowerBound * columns..<range.upperBound * columns
    switch sharing {
    case .matrix:
      result.values = try numbers(rows: 0..<1, matrix: matrix)
    case .tiles(let height, _):
      let tiles = range.lowerBound / height..<(range.upperBound - 1) / height + 1
      result.first = tiles.lowerBound
      result.values = try numbers(rows: tiles, matrix: matrix)
    case .runs(let length):
      let groups = weights.lowerBound / length..<(weights.upperBound - 1) / length + 1
      result.first = groups.lowerBound
      result.values = try numbers(line: groups, matrix: matrix)
    case .every(let count):
      // A ring of values; the part of it that the rows see, beginning with the first weight's.
      let start = weights.lowerBound % count
      let end = start + min(count, weights.count)
      result.first = weights.lowerBound
      result.values = try numbers(line: start..<min(end, count), matrix: matrix)
      if end > count { result.values += try numbers(line: 0..<end - count, matrix: matrix) }
    case .indexed:
      result.first = range.lowerBound
      result.values = try numbers(rows: range, matrix: matrix)
      let start = indexes.count > columns ? matrix * columns : 0
      result.indexes = indexes[start..<start + columns]
    case .bands(_, _, let isShared):
      result.first = range.lowerBound
      result.values = try numbers(rows: isShared ? 0..<1 : range, matrix: matrix)
      result.indexes = indexes[...]
    }
    return result
  }

  /// Rows of groups, one behind the other.
  private mutating func numbers(rows: Range<Int>, matrix: Int) throws(DecodingError) -> [Float] {
    guard case .packed = source else {
      guard !order.isEmpty else { return try numbers(unordered: rows, matrix: matrix) }
      // Read the runs that the rows lie in, then pick each row from its place.
      let run = order.count
      let runs =
        rows.lowerBound / run * run..<min((rows.upperBound - 1) / run * run + run, groupRows)
      let stored = try numbers(unordered: runs, matrix: matrix)
      return rows.flatMap { row in
        let place = row - row % run + order[row % run] - runs.lowerBound
        return stored[place * groupColumns..<(place + 1) * groupColumns]
      }
    }
    return try numbers(
      line: rows.lowerBound * groupColumns..<rows.upperBound * groupColumns, matrix: matrix)
  }

  private mutating func numbers(unordered rows: Range<Int>, matrix: Int) throws(DecodingError)
    -> [Float]
  {
    switch source {
    case .elements(var cells, let type):
      let bytes = try cells.read(rows, matrix: matrix)
      source = .elements(cells, type)
      return type.floats(bytes)
    case .pairs(var cells, let type, let second):
      let bytes = try cells.read(rows, matrix: matrix)
      source = .pairs(cells, type, second: second)
      return type.floats(bytes.half(of: cells.cellBytes, second: second))
    case .codes(var cells, let plus):
      let codes = try cells.read(rows, matrix: matrix)
      source = .codes(cells, plus: plus)
      return codes.map { Float(Int($0) + plus) }
    case .constant, .packed: return []
    }
  }

  /// Groups by their numbers in row-major order.
  private mutating func numbers(line: Range<Int>, matrix: Int) throws(DecodingError) -> [Float] {
    switch source {
    case .constant(let number): return [number]
    case .elements(let cells, let type): return type.floats(try cells.line(line, matrix: matrix))
    case .pairs(let cells, let type, let second):
      let bytes = try cells.line(line, matrix: matrix)
      return type.floats(bytes.half(of: cells.cellBytes, second: second))
    case .codes(let cells, let plus):
      return try cells.line(line, matrix: matrix).map { Float(Int($0) + plus) }
    case .packed(let readers):
      guard var reader = readers.first else { return [] }
      let start = matrix * groupRows * groupColumns
      var floats = [Float](repeating: 0, count: line.count)
      try floats.withUnsafeMutableBufferPointer { buffer throws(DecodingError) in
        try reader.read(rows: line.lowerBound + start..<line.upperBound + start, into: buffer)
      }
      source = .packed([reader])
      return floats
    }
  }

  /// Reads which group each column belongs to.
  static func indexes(
    _ tensor: Int, columns: Int, matrices: Int, model: Model, files: [FileReader?]
  ) throws(DecodingError) -> [Int32] {
    let bytes = try TensorBytes(tensor, in: model, files: files)
    let type = model.tensors[tensor].type
    let count = model.tensors[tensor].elementCount
    guard type == .i32 || type == .i64 || type == .i16 || type == .u32 || type == .u8,
      count == columns || count == columns * matrices
    else {
      throw DecodingError(tensor, .mismatch("the groups of \(columns) columns cannot be read"))
    }
    let all = try bytes.readAll()
    let indexes = all.words(of: max(1, all.count / max(count, 1)))
    // There are no more groups than columns.
    guard indexes.allSatisfy({ $0 < UInt64(columns) }) else {
      throw DecodingError(tensor, .mismatch("a column belongs to a group that is not there"))
    }
    return indexes.map { Int32(truncatingIfNeeded: $0) }
  }
}

/// The numbers that the weights of some rows share, and which weight has which.
struct GroupRows {
  fileprivate(set) var sharing: GroupValues.Sharing
  fileprivate let columns: Int
  fileprivate let groupColumns: Int
  fileprivate(set) var values: [Float] = []
  /// The number of the first group (or row, or weight) that `values` begins with.
  fileprivate(set) var first = 0
  fileprivate(set) var indexes: ArraySlice<Int32> = []

  fileprivate init(sharing: GroupValues.Sharing, columns: Int, groupColumns: Int) {
    self.sharing = sharing
    self.columns = columns
    self.groupColumns = groupColumns
  }

  /// What rows with the same numbers have in common; `nil` where every row may differ.
  func key(of row: Int) -> Int? {
    switch sharing {
    case .matrix: 0
    case .tiles(let height, _): row / height
    case .bands(_, _, let isShared): isShared ? 0 : nil
    case .runs, .every, .indexed: nil
    }
  }

  /// Writes for each column the value of its group.
  private func pick(
    _ values: UnsafeBufferPointer<Float>, from base: Int, into floats: UnsafeMutablePointer<Float>
  ) {
    indexes.withUnsafeBufferPointer { indexes in
      for column in 0..<columns { floats[column] = values[base + Int(indexes[column])] }
    }
  }

  /// Writes the number of each weight of a row.
  func fill(_ floats: UnsafeMutablePointer<Float>, row: Int) {
    values.withUnsafeBufferPointer { values in
      switch sharing {
      case .matrix:
        floats.update(repeating: values[0], count: columns)
      case .tiles(let height, let width):
        let base = (row / height - first) * groupColumns
        for group in 0..<groupColumns {
          let start = group * width
          (floats + start).update(
            repeating: values[base + group], count: min(width, columns - start))
        }
      case .runs(let length):
        var (group, used) = (row * columns).quotientAndRemainder(dividingBy: length)
        var column = 0
        while column < columns {
          let count = min(length - used, columns - column)
          (floats + column).update(repeating: values[group - first], count: count)
          (group, used, column) = (group + 1, 0, column + count)
        }
      case .every:
        var place = (row * columns - first) % values.count
        for column in 0..<columns {
          floats[column] = values[place]
          place += 1
          if place == values.count { place = 0 }
        }
      case .indexed:
        pick(values, from: (row - first) * groupColumns, into: floats)
      case .bands(_, _, let isShared):
        pick(values, from: isShared ? 0 : (row - first) * groupColumns, into: floats)
      }
    }
  }
}

extension GroupValues {
  /// An error about the tensor with the numbers.
  fileprivate func mismatch(_ sentence: String) -> DecodingError {
    let tensor =
      switch source {
      case .constant, .packed: -1
      case .elements(let tensor, _), .pairs(let tensor, _, _): tensor
      case .codes(let codes, _): codes.tensor
      }
    return DecodingError(tensor, .mismatch(sentence))
  }
}

extension ElementType {
  /// The numbers of plain elements.
  func floats(_ bytes: [UInt8]) -> [Float] {
    let capacity = bytes.count / max(layout?.bytes ?? 1, 1) * (layout?.elements ?? 1)
    return [Float](unsafeUninitializedCapacity: capacity) { floats, count in
      count = bytes.withUnsafeBytes { decodeBlocks($0, into: floats) }
    }
  }
}

extension [UInt8] {
  /// The first or the second half of every cell.
  fileprivate func half(of cellBytes: Int, second: Bool) -> [UInt8] {
    stride(from: second ? cellBytes / 2 : 0, to: count, by: cellBytes).flatMap {
      self[$0..<$0 + cellBytes / 2]
    }
  }
}
