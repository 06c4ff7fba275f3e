/// How the magnitudes of the values other than zero spread, to tell how zeros were chosen.
///
/// Where small weights were set to zero there is a gap below the rest. For types wider than 16 bits
/// the magnitudes are those of bins, within 1/256.
public struct GapStatistics: Sendable, Equatable {
  /// The first percentile of |w| divided by the median: 0.018 for normal weights, 0.59 where the smaller
  /// half is gone.
  public var percentileOverMedian: Double
  /// The smallest |w| divided by the median.
  public var smallestOverMedian: Double
  /// The fourth central moment over the squared variance: 3 for normal weights, 1.73 where the smaller
  /// half is gone; `nil` where all values are the same.
  public var kurtosis: Double?
}

/// How many different codes the blocks of a type use, of every eighth block.
///
/// Weights that were quantized to fewer bits before show it: 4-bit ones leave at most 16 different
/// codes in a block of Q8_0, where others have about 30.
public struct BlockCodes: Sendable, Equatable {
  /// Blocks that were looked at.
  public var blocks: Int
  /// The median of the different codes in a block.
  public var median: Int
  /// The most different codes in a block.
  public var most: Int
}
