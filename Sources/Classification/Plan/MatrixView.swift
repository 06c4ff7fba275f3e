/// A tensor as the matrices that it multiplies with.
///
/// A linear layer is one matrix of outputs × inputs; a convolution is out × (in · kernel); stacked
/// experts are one matrix each, one below the other.
public struct MatrixView: Sendable, Hashable {
  /// How many matrices it holds.
  public var count: Int
  /// Rows of each.
  public var rows: Int
  /// Columns of each.
  public var columns: Int
  /// Where the inputs lie: N:M patterns that hardware can use run along them.
  public var inputAxis: InputAxis
  /// Neighbours in a row that belong to one input channel of a convolution; else 1.
  public var kernel: Int

  /// Describes a view.
  public init(
    count: Int = 1, rows: Int, columns: Int, inputAxis: InputAxis = .columns, kernel: Int = 1
  ) {
    self.count = count
    self.rows = rows
    self.columns = columns
    self.inputAxis = inputAxis
    self.kernel = kernel
  }

  /// Which of a matrix's two dimensions runs over the inputs.
  public enum InputAxis: Sendable, Hashable {
    /// Neighbours in a row, as torch's `Linear` stores them.
    case columns
    /// Neighbours in a column, as GPT-2's `Conv1D` and some stacked experts store them.
    case rows
  }

  /// The shape as one matrix that a scan can walk.
  var scanShape: [Int] { [count * rows, columns] }

  /// Whether pruning acts on such a matrix: both dimensions at least 32.
  var isLarge: Bool {
    rows >= Threshold.prunableDimension.count && columns >= Threshold.prunableDimension.count
  }
}
