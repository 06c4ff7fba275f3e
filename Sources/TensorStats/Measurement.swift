/// What a pass over one tensor's values found.
///
/// Counts are over all decoded values; minimum, maximum, moments, quantiles and entropy over the
/// finite ones. What was not or cannot be measured is `nil`.
public struct Measurement: Sendable, Equatable {
  /// The share of the tensor's bytes that was read, 0…1; 1 is exact.
  public var coverage = 1.0
  /// Decoded values that were read.
  public var count = 0
  /// Values that are +0 or −0.
  public var zeros = 0
  /// Where the share of zeros of the whole tensor lies with 95 % confidence; `nil` where all was read.
  public var zeroShareInterval: ClosedRange<Double>?
  /// Values with |w| < 0.05 standard deviations.
  ///
  /// Exact for types of 16 bits and less; of wider types those at the limit, 0.0003 of normal weights,
  /// are taken as spread evenly.
  public var nearZeros: Int?
  /// Values that are no numbers.
  public var nans = 0
  /// Values of infinite magnitude.
  public var infinities = 0
  /// The smallest finite value.
  public var minimum: Scalar?
  /// The largest finite value.
  public var maximum: Scalar?
  /// The arithmetic mean.
  public var mean: Double?
  /// The standard deviation of the population.
  public var standardDeviation: Double?
  /// Values at ``quantileShares``: the smallest v with at least that share of values ≤ v.
  ///
  /// Exact for types of 16 bits and less, else within 1/256 of the value.
  public var quantiles: [Double]?
  /// Different finite values, ±0 as one; types of 16 bits and less.
  public var distinct: Int?
  /// Order-0 entropy of the finite values in bits; types of 16 bits and less.
  public var entropyBits: Double?
  /// Rows of the matrix that hold zeros only.
  public var zeroRows: Int?
  /// Columns of the matrix that hold zeros only.
  public var zeroColumns: Int?
  /// Equal bins between minimum and maximum.
  public var linearHistogram: Histogram?
  /// Bins of powers of two of the magnitude.
  public var magnitudeHistogram: Histogram?
  /// How many values a narrower float type would hold exactly; float types of 16 bits and more.
  public var lossless: LosslessCounts?
  /// How often each code occurs, where the type or the decoder has integer or 4- or 8-bit float
  /// codes; index is the code as stored, unsigned.
  public var codes: [Int]?
  /// How the magnitudes of the values other than zero spread.
  public var gap: GapStatistics?
  /// How many different codes blocks use; Q8_0.
  public var blockCodes: BlockCodes?
  /// How many of the codes are used that natural weights would use, in some blocks of Q5_0, Q6_K and
  /// Q8_0: about 1, less where weights had fewer bits before; `nil` of too few blocks.
  public var codeUse: Double?
  /// How often codes are zero and near it, of some blocks of Q4_0, Q5_0, Q6_K and Q8_0 and of some runs
  /// of packed weights of at most 4 bits.
  public var codesNearZero: CodesNearZero?
  /// Where the zeros lie; `nil` for a tensor that is no matrix or was read in part.
  public var structure: ZeroStructure?

  /// An empty measurement.
  public init() {}

  /// Values of the whole tensor, of which `count` were read.
  public var countInAll: Int { inAll(count) }

  /// Zeros of the whole tensor, as far as those that were read tell.
  public var zerosInAll: Int { inAll(zeros) }

  private func inAll(_ number: Int) -> Int {
    coverage < 1 ? Int(exactly: (Double(number) / coverage).rounded()) ?? number : number
  }

  /// The shares of ``quantiles``.
  public static let quantileShares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
}

/// A value that is exact for integers of any width.
public enum Scalar: Sendable, Equatable {
  case integer(Int128)
  case real(Double)

  /// The nearest floating-point number.
  public var double: Double {
    switch self {
    case .integer(let value): Double(value)
    case .real(let value): value
    }
  }
}

/// Counts of values between edges; bin i holds edges[i] ≤ value < edges[i + 1], the last bin its
/// upper edge too.
public struct Histogram: Sendable, Equatable {
  /// One more than `counts`, ascending.
  public var edges: [Double]
  /// Values in each bin.
  public var counts: [Int]

  /// Pairs edges with counts.
  public init(edges: [Double], counts: [Int]) {
    self.edges = edges
    self.counts = counts
  }
}
