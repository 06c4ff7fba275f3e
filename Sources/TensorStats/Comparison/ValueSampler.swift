public import ModelFile

/// Reads chosen rows and columns of a model's weights.
public struct ValueSampler: Sendable {
  /// Whose weights are read.
  public let model: Model
  private let files: [FileReader?]

  /// Opens a model's files.
  public init(_ model: Model) {
    self.model = model
    files = model.openFiles()
  }

  /// The weights where rows and columns cross, row by row.
  ///
  /// - Parameters:
  ///   - side: the matrix.
  ///   - rows: ascending, below ``ReadingPair/Side/rows``.
  ///   - columns: below ``ReadingPair/Side/columns``.
  /// - Returns: `nil` where they cannot be read.
  public func values(of side: ReadingPair.Side, rows: [Int], columns: [Int]) -> [Float]? {
    guard let last = rows.last, last < side.rows, side.columns <= Self.longestRow,
      columns.allSatisfy({ (0..<side.columns).contains($0) })
    else { return rows.isEmpty ? [] : nil }
    var rawByteCount = 0
    if case .plain(let type) = side.reading.decoder {
      rawByteCount = ElementReader.rawByteCount(of: type)
    }
    let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: rawByteCount, alignment: 64)
    defer { raw.deallocate() }
    guard var reader = try? RowReader(side, model: model, files: files, raw: raw) else {
      return nil
    }
    // Rows that are read together anyway are read once.
    let band = min(reader.preferredRowCount, max(1, side.rows))
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: band * side.columns)
    defer { buffer.deallocate() }
    var values: [Float] = []
    values.reserveCapacity(rows.count * columns.count)
    var held = 0..<0
    for row in rows {
      if !held.contains(row) {
        held = row / band * band..<min((row / band + 1) * band, side.rows)
        guard (try? reader.read(held, into: buffer)) != nil else { return nil }
      }
      let start = (row - held.lowerBound) * side.columns
      for column in columns { values.append(buffer[start + column]) }
    }
    return values
  }

  /// Whether an array of the model's metadata has the elements of one of another model; not where one
  /// of them cannot be read.
  public func hasElements(
    _ array: MetadataArray, of other: MetadataArray, in sampler: ValueSampler
  ) -> Bool {
    guard model.parts.indices.contains(array.part), let file = files[array.part],
      sampler.model.parts.indices.contains(other.part), let otherFile = sampler.files[other.part]
    else { return false }
    let isSame = try? array.hasElements(
      of: other, in: file, model.parts[array.part], and: otherFile, sampler.model.parts[other.part])
    return isSame ?? false
  }

  /// Longer rows would take too much memory for a sample.
  private static let longestRow = 1 << 24
}

/// Numbers below a limit at even distances, all of them where there are no more than `count`.
public func evenlySpaced(_ count: Int, below limit: Int) -> [Int] {
  guard limit > count else { return Array(0..<max(0, limit)) }
  return (0..<count).map { index in
    // Half a step in: the first rows of an embedding are padding and control tokens.
    Int((Double(index) + 0.5) / Double(count) * Double(limit))
  }
}
