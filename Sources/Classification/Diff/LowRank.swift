internal import TensorStats

/// How many dimensions the change of one matrix has.
public struct LowRank: Sendable, Equatable {
  /// The matrix.
  public var name: String
  /// Dimensions that stand out from noise.
  public var rank: Int
  /// Dimensions of the sample.
  public var size: Int
  /// Their share of the change's energy.
  public var energy: Double
  /// The last singular value that stands out over the first that does not; infinite where nothing is
  /// left.
  public var step: Double

  /// Whether so few dimensions are the change.
  public var isLow: Bool {
    rank > 0 && Double(rank) <= DiffThresholds.lowRankShare * Double(size)
      && energy >= DiffThresholds.lowRankEnergy && step >= DiffThresholds.lowRankStep
  }
}

extension LowRank {
  /// Rows and columns of a sample: the rank of a submatrix is that of the whole where it is smaller
  /// than the sample, and 384 tell those of nearly all adapters.
  static let sampleSize = 384

  /// Measures the rank of the change of a pair on a sample of rows and columns.
  ///
  /// - Returns: `nil` where it cannot be read or nothing changed in it.
  init?(_ pair: ReadingPair, name: String, samplers: Samplers) {
    guard
      let sample = samplers.values(of: pair, rows: Self.sampleSize, columns: Self.sampleSize)
    else { return nil }
    let change = zip(sample.reference, sample.other).map { Double($1) - Double($0) }
    guard
      let values = singularValues(change, rows: sample.rows, columns: sample.columns),
      let first = values.first, first > 0
    else { return nil }
    self.name = name
    size = values.count
    rank = Self.rank(values, rows: sample.rows, columns: sample.columns)
    let all = values.reduce(0) { $0 + $1 * $1 }
    energy = values.prefix(rank).reduce(0) { $0 + $1 * $1 } / all
    let next = rank < values.count ? values[rank] : 0
    let last = rank > 0 ? values[rank - 1] : 0
    step = next > first * Self.precision ? last / next : .infinity
  }

  /// Smaller singular values, relative to the greatest, are noise of the arithmetic and of float32.
  private static let precision = 1e-5

  /// The singular values above the greatest that noise with the energy of the rest would have.
  private static func rank(_ values: [Double], rows: Int, columns: Int) -> Int {
    let floor = (values.first ?? 0) * precision
    var rank = 0
    // Each round takes what stands out away from the rest; a few settle it.
    for _ in 0..<values.count {
      let rest = values.dropFirst(rank).reduce(0) { $0 + $1 * $1 }
      let freedom = Double((rows - rank) * (columns - rank))
      guard freedom > 0 else { break }
      let deviation = (rest / freedom).squareRoot()
      let edge = deviation * (Double(rows).squareRoot() + Double(columns).squareRoot())
      let limit = max(edge * DiffThresholds.noiseMargin, floor)
      let next = values.prefix { $0 > limit }.count
      if next <= rank { break }
      rank = next
    }
    return rank
  }
}
