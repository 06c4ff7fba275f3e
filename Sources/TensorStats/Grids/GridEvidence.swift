/// What samples of a tensor's values say about grids that the values lie on: numbers, no judgement.
///
/// A tensor whose type is finer than its content, such as dequantized 4-bit weights stored in BF16,
/// shows few different values in each group of neighbours, and steps between them that are multiples of
/// one another. Each measure is `nil` where the samples do not allow it.
public struct GridEvidence: Sendable, Equatable {
  /// Values that were looked at.
  public var sampleCount = 0
  /// How many different values there are in windows of growing length.
  public var distinctCurve: [DistinctCount] = []
  /// Different values of whole rows.
  public var distinctInRows: DistinctCount?
  /// The different values of all samples, where there are no more than 8 bits can name, and more than
  /// three.
  public var table: ValueTable?
  /// Whether values lie on equal steps, in windows of 16, 32 and 128 values; longer ones instead of 32
  /// where zeros leave too few others.
  public var lattices: [Lattice] = []
  /// The largest window of a power of two, from 16 values up, whose values lie on equal steps as well
  /// as those of 32; `nil` where those do not.
  public var latticeGroup: Int?
  /// The frequency of windows as long as ``latticeGroup``.
  public var groupFrequency: Double?
  /// The levels that windows as long as ``latticeGroup`` use together.
  public var groupLevels: Int?
  /// How well the ratios of neighbouring columns fit those of small whole numbers; only of values with
  /// zeros as codes have them.
  public var columnRatios: ColumnRatios?
  /// The share of the values that are the least or the largest of their row: clipping makes many.
  public var extremeShare: Double?
  /// Different values in tiles of 128 × 128, and how well they fit scaled F8_E4M3.
  public var fp8Tiles: FP8Tiles?
  /// How well values fit floats of 8 bits with one scale: of all samples, of each row, of each tile.
  public var floats: [FloatGrid] = []
  /// How well values fit a codebook with one scale a group: NF4 and E2M1 with groups of 16, 32 and 64.
  public var codebooks: [CodebookFit] = []
  /// The values of a tensor, or of its rows, that has two or three different ones.
  public var fewValues: FewValues?
  /// How near values are to the symmetric 8-bit grid whose 127 steps are the largest magnitude: of
  /// their row, of groups of 128 and of 32.
  public var int8Residuals: [GridResidual] = []
  /// Whether values step as their storage type does and span two exponents at most; F16, BF16, F32.
  ///
  /// The guard against norm weights, whose floats lie on a uniform grid by nature.
  public var isStorageGrid: Bool?
  /// The magnitude of the mean divided by the standard deviation, over the samples.
  public var meanOverDeviation: Double?

  /// Of no samples.
  public init() {}

  /// Different values in windows of one length.
  public struct DistinctCount: Sendable, Equatable {
    /// Values of a window.
    public var window: Int
    /// Windows that were looked at.
    public var windows: Int
    /// The mean of their different values.
    public var mean: Double
    /// The median.
    public var median: Int
    /// The most.
    public var most: Int
    /// The mean of the values that could differ: all zeros of a window count as one.
    public var values: Double
    /// The mean of the different values that natural weights of the same magnitudes would have in the
    /// storage type, which has so many numbers in each power of two.
    public var natural: Double
  }

  /// The periodogram of windows of one length: T = max |Σ exp(2πi·f·y)|² / n², y scaled to 0…1.
  ///
  /// Zeros are left out: pruning makes them lie on any grid. In a window that has some, y is the
  /// magnitude, as a grid with a zero is the same on both sides of it.
  public struct Lattice: Sendable, Equatable {
    /// Values of a window.
    public var window: Int
    /// Windows that were looked at; those with fewer than four different values are not.
    public var windows: Int
    /// The median over windows of the values other than zero, n.
    public var values: Int
    /// The median over windows of the peak T, 0…1; equal steps give 1, normal values 0.31, 0.20 and 0.05
    /// for 16, 32 and 128.
    public var medianPeak: Double
    /// The 95th percentile over windows of the peak's frequency: the levels less one.
    public var frequency: Double
    /// Values by their distance from zero, in the steps of their window.
    public var nearZero = CodesNearZero()
    /// The levels from the least to the largest code: of a window where most have the same number, else of
    /// all windows together.
    public var levels: Int? = nil
    /// How many of the codes that windows would use are used, if values spread evenly over each four
    /// neighbouring codes: integer codes make 0.97 to 1 on more than 64 steps, sums of two coarser
    /// grids 0.5 to 0.94, as they leave out most of the fine steps that they have in common.
    public var occupancy = 1.0
    /// The share of odd codes among those from 3 on: half, or less where most values are on every second
    /// step.
    public var oddShare = 0.5
  }

  /// Ratios of neighbouring columns in tiles, over the rows of each.
  public struct ColumnRatios: Sendable, Equatable {
    /// Pairs of columns that were looked at.
    public var pairs: Int
    /// The median over pairs of the share of rows whose ratio is that of two whole numbers up to 8, times
    /// one number for the pair; continuous values have a third.
    public var share: Double
  }

  /// Tiles of 128 × 128 values as block-wise FP8 leaves them.
  public struct FP8Tiles: Sendable, Equatable {
    /// Tiles that were looked at.
    public var tiles: Int
    /// The median of the different values in a tile; F8_E4M3 has at most 253.
    public var medianDistinct: Int
    /// The most different values in a tile.
    public var mostDistinct: Int
    /// The share of values other than zero within 2⁻⁷ of a number of F8_E4M3, the largest of a tile being
    /// 448.
    public var share: Double
  }

  /// How well values fit floats with 3 or 2 bits of mantissa times a scale, whatever it is.
  public struct FloatGrid: Sendable, Equatable {
    /// Which values share a scale, up to powers of two.
    public var scope: Scope
    /// 3 as of E4M3, 2 as of E5M2.
    public var mantissaBits: Int
    /// Windows that were looked at.
    public var windows: Int
    /// The share of the values other than zero that are on it; natural ones have 0.2 at most.
    public var share: Double
    /// The median over windows of the octaves between the smallest and the largest magnitude.
    public var octaves: Int

    /// Which values share a scale.
    public enum Scope: Sendable, Equatable {
      /// All.
      case tensor
      /// Each row.
      case row
      /// Tiles of 128 × 128.
      case tile
    }
  }

  /// How well values fit a codebook.
  public struct CodebookFit: Sendable, Equatable {
    /// The entries.
    public var codebook: Codebook
    /// Values that share a scale, the largest magnitude being the largest entry's.
    public var group: Int
    /// Groups that were looked at.
    public var groups: Int
    /// The share of values other than zero within 2⁻⁸ of an entry, relative to the group's largest.
    public var share: Double
    /// Values by the place of their entry, counted from that of zero.
    public var nearZero = CodesNearZero()
  }

  /// A codebook.
  public enum Codebook: Sendable, Equatable {
    /// The 16 entries of NF4 (arXiv 2305.14314).
    case nf4
    /// F4: 0, ½, 1, 1½, 2, 3, 4, 6 and their negatives.
    case e2m1
  }

  /// The different values of all samples together.
  public struct ValueTable: Sendable, Equatable {
    /// How many there are.
    public var distinct: Int
    /// How many natural weights of the same magnitudes would have in the storage type.
    public var natural: Double
    /// From the least to the largest value in even steps; `nil` where the values are not evenly spaced.
    public var levels: Int?
    /// The samples by their distance from zero: in such steps, or in entries of the table.
    public var nearZero = CodesNearZero()
  }

  /// Two or three different values.
  public struct FewValues: Sendable, Equatable {
    /// Of the whole sample where it has no more than three, else of each row.
    public var scope: Scope
    /// Different values: the sample's, or the most of a row.
    public var distinct: Int
    /// Whether they are −a, a, or −a, 0, a.
    public var isSymmetric: Bool
    /// Whether there is one value below zero and one above.
    public var hasBothSigns: Bool
    /// The share of zeros.
    public var zeroShare: Double

    /// What has few values.
    public enum Scope: Sendable, Equatable {
      /// All values.
      case tensor
      /// Each row.
      case row
    }
  }

  /// How far values are from a uniform grid with a given step.
  public struct GridResidual: Sendable, Equatable {
    /// Values that share a step; `nil` for a row.
    public var group: Int?
    /// Groups that were looked at.
    public var groups: Int
    /// The root mean square over values other than zero of the distance to the next grid point other than
    /// zero, in steps; values that are on no grid have 0.289.
    public var residual: Double
    /// The share of those values within 1/16 of a step.
    public var share: Double
    /// Values by their distance from zero, in steps.
    public var nearZero = CodesNearZero()
  }
}
