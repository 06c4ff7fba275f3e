internal import ModelFile
internal import TensorStats

/// Whether the rows or columns of a matrix are those of another that is as wide or wider.
public struct WidthMatch: Sendable, Equatable {
  /// The narrower matrix.
  public var name: String
  /// Rows that were looked for.
  public var sampled: Int
  /// Rows that were found in the reference.
  public var found: Int
  /// The mean of the cosines of those that were found and their sources; 0 where none was.
  public var cosine: Double
  /// Whether they stand in the reference's order.
  public var isOrdered: Bool

  /// Whether those that were found were changed since, more than rounding to 16 bits does.
  public var isChanged: Bool { cosine < DiffThresholds.unchangedRow }

  /// Whether most of the rows were found.
  public var isSubset: Bool {
    sampled > 0 && Double(found) >= DiffThresholds.foundRows * Double(sampled)
  }
}

extension WidthMatch {
  /// Rows that are looked for, and columns that they are compared in.
  private static let rows = 48
  private static let columns = 192

  /// Looks for the rows of one matrix in another with as many columns.
  ///
  /// - Returns: `nil` where they have not, or cannot be read.
  init?(_ match: TensorMatch, _ a: DiffSide, _ b: DiffSide, _ samplers: Samplers) {
    guard let readingA = a.reading(of: match.reference), let readingB = b.reading(of: match.other)
    else { return nil }
    let wide = ReadingPair.Side(readingA)
    let narrow = ReadingPair.Side(readingB)
    let columns = evenlySpaced(Self.columns, below: narrow.columns)
    guard wide.columns == narrow.columns, wide.rows >= narrow.rows,
      wide.rows <= Self.mostRows, columns.count > 1,
      let some = samplers.other.values(
        of: narrow, rows: evenlySpaced(Self.rows, below: narrow.rows), columns: columns),
      let all = samplers.reference.values(
        of: wide, rows: Array(0..<wide.rows), columns: columns)
    else { return nil }
    self.init(
      name: b.model.tensors[match.other].name, Self.vectors(some, columns.count),
      in: Self.vectors(all, columns.count))
  }

  /// Looks for the columns of one table in another with as many rows: the dimensions of an embedding.
  init?(columnsOf match: TensorMatch, _ a: DiffSide, _ b: DiffSide, _ samplers: Samplers) {
    guard let readingA = a.reading(of: match.reference), let readingB = b.reading(of: match.other)
    else { return nil }
    let wide = ReadingPair.Side(readingA)
    let narrow = ReadingPair.Side(readingB)
    let rows = evenlySpaced(Self.columns, below: narrow.rows)
    guard wide.rows == narrow.rows, wide.columns >= narrow.columns, rows.count > 1,
      wide.columns <= Self.mostRows
    else { return nil }
    let columns = evenlySpaced(Self.rows, below: narrow.columns)
    guard let some = samplers.other.values(of: narrow, rows: rows, columns: columns),
      let all = samplers.reference.values(of: wide, rows: rows, columns: Array(0..<wide.columns))
    else { return nil }
    self.init(
      name: b.model.tensors[match.other].name, Self.columns(some, columns.count),
      in: Self.columns(all, wide.columns))
  }

  /// A sample is compared with at most so many rows.
  private static let mostRows = 1 << 17

  private init(name: String, _ some: [[Double]], in all: [[Double]]) {
    var places: [Int] = []
    var cosines = 0.0
    for vector in some {
      var best = (place: 0, cosine: -1.0)
      for (place, other) in all.enumerated() {
        let cosine = dot(vector, other)
        if cosine > best.cosine { best = (place, cosine) }
      }
      if best.cosine >= DiffThresholds.sameRow {
        places.append(best.place)
        cosines += best.cosine
      }
    }
    self.name = name
    sampled = some.count
    found = places.count
    cosine = cosines / Double(max(1, found))
    isOrdered = zip(places, places.dropFirst()).allSatisfy { $0 < $1 }
  }

  private static func vectors(_ values: [Float], _ width: Int) -> [[Double]] {
    stride(from: 0, to: values.count, by: max(1, width)).map { start in
      unit(values[start..<min(start + width, values.count)].map(Double.init))
    }
  }

  private static func columns(_ values: [Float], _ width: Int) -> [[Double]] {
    (0..<width).map { column in
      unit(stride(from: column, to: values.count, by: width).map { Double(values[$0]) })
    }
  }

  /// The vector with length 1; of zeros as it is.
  private static func unit(_ vector: [Double]) -> [Double] {
    let length = dot(vector, vector).squareRoot()
    return length > 0 && length.isFinite ? vector.map { $0 / length } : vector.map { _ in 0 }
  }
}
