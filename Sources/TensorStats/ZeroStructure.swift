/// Where in a matrix the zeros lie, exactly.
///
/// A tensor of more than two dimensions is read as the matrix that its role makes of it: a
/// convolution as out × (in·kh·kw), stacked experts one matrix below the other.
public struct ZeroStructure: Sendable, Equatable {
  /// Rows of the matrix (outputs of a linear layer).
  public var rows: Int
  /// Columns of the matrix (inputs of a linear layer), the direction in which it is stored.
  public var columns: Int
  /// The rows that hold zeros only, ascending; at most ``indexLimit``, see `zeroRowCount`.
  public var zeroRows: [Int]
  /// How many rows hold zeros only.
  public var zeroRowCount: Int
  /// The columns that hold zeros only, ascending; at most ``indexLimit``.
  public var zeroColumns: [Int]
  /// How many columns hold zeros only.
  public var zeroColumnCount: Int
  /// The mean and the variance over rows of the zeros in a row.
  public var zerosPerRow: (mean: Double, variance: Double)
  /// Rows by their share of zeros, ten equal bins.
  public var rowDensity: [Int]
  /// Groups of M neighbours with at least M − N zeros, for each pattern and axis; empty where nothing
  /// is zero.
  ///
  /// The matrix is looked at in pieces of about a million weights. Groups of a piece with less than a
  /// quarter of zeros count as not compliant: no pattern could hold in more than half of them.
  public var groups: [GroupCounts]
  /// All-zero tiles, for each tile shape; empty where nothing is zero.
  public var tiles: [TileCounts]
  /// A small picture of the matrix: the share of zeros in each cell.
  public var map: ZeroMap

  /// How many zero rows or columns are named one by one.
  public static let indexLimit = 1 << 16

  /// N:M counts along one axis.
  public struct GroupCounts: Sendable, Equatable {
    /// Weights that may differ from zero in a group.
    public var n: Int
    /// Weights of a group.
    public var m: Int
    /// Along a row (neighbouring columns), down a column or along the channels.
    public var axis: Axis
    /// Whole, aligned groups.
    public var groups: Int
    /// Groups with at least M − N zeros.
    public var compliant: Int
    /// Groups with exactly M − N zeros.
    public var exact: Int
    /// Groups when the grouping is shifted by half of M, at most three elements: the control that a
    /// real pattern fails.
    public var shiftedGroups: Int
    /// Those of the shifted groups that comply.
    public var shiftedCompliant: Int
  }

  /// The direction of a group in the stored matrix.
  public enum Axis: Int, Sendable, Equatable {
    /// Neighbours in a row.
    case row
    /// Neighbours in a column.
    case column
    /// Neighbouring input channels at one place of a convolution's kernel; counted where there are
    /// some and rows are at most ``PieceGrid/channelColumnLimit`` wide.
    case channel
  }

  /// Zeros in tiles of one shape.
  public struct TileCounts: Sendable, Equatable {
    /// Rows of a tile.
    public var rows: Int
    /// Columns of a tile.
    public var columns: Int
    /// Whole, aligned tiles.
    public var tiles: Int
    /// Tiles that hold zeros only.
    public var zeroTiles: Int
  }

  /// Whether two accounts agree in everything.
  public static func == (a: ZeroStructure, b: ZeroStructure) -> Bool {
    a.rows == b.rows && a.columns == b.columns && a.zeroRows == b.zeroRows
      && a.zeroRowCount == b.zeroRowCount && a.zeroColumns == b.zeroColumns
      && a.zeroColumnCount == b.zeroColumnCount && a.zerosPerRow == b.zerosPerRow
      && a.rowDensity == b.rowDensity && a.groups == b.groups && a.tiles == b.tiles
      && a.map == b.map
  }
}

/// The share of zeros in each cell of a grid laid over a matrix, at most 256 × 256.
public struct ZeroMap: Sendable, Equatable {
  /// Cells from top to bottom.
  public var rows: Int
  /// Cells from left to right.
  public var columns: Int
  /// Row by row, 0 for none … 255 for all zeros; 0 only where there is none, 255 only where all are.
  public var densities: [UInt8]
}
