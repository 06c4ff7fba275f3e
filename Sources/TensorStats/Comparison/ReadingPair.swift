import ModelFile

/// Two readings whose numbers belong together: one of a reference, one of what is compared with it.
public struct ReadingPair: Sendable {
  /// Whose numbers are taken for granted.
  public var reference: Side
  /// What is compared with it.
  public var other: Side
  /// How the reference's rows and columns lie against the other's.
  public var order: Order

  /// Pairs two readings of as many weights.
  public init(reference: Side, other: Side, order: Order = .same) {
    self.reference = reference
    self.other = other
    self.order = order
  }

  /// A matrix, or rows of one.
  public struct Side: Sendable {
    /// How it is read.
    public var reading: Reading
    /// The first row that takes part, of all matrices of a stack together.
    public var firstRow: Int
    /// Rows that take part.
    public var rows: Int
    /// Weights of a row.
    public var columns: Int
    /// What is added to each weight: some conversions store gains less one.
    public var addend: Float

    /// All rows of a reading, or some.
    public init(_ reading: Reading, rows: Range<Int>? = nil, addend: Float = 0) {
      let columns = reading.shape.last ?? 1
      let all = reading.shape.dropLast().reduce(1) { $0.multipliedClamped(by: $1) }
      self.reading = reading
      self.columns = columns
      firstRow = rows?.lowerBound ?? 0
      self.rows = rows?.count ?? all
      self.addend = addend
    }

    /// How many weights take part.
    public var count: Int { rows.multipliedClamped(by: columns) }
  }

  /// How two matrices with the same numbers lie against each other.
  public enum Order: Sendable, Hashable {
    /// Row by row.
    case same
    /// The reference keeps the two halves of each head's rows apart, as transformers does for rotary
    /// positions; the other interleaves them (llama.cpp, `LlamaModel.permute`). `head` is the rows of
    /// a head.
    case interleaved(head: Int)
    /// The other way round.
    case separated(head: Int)
    /// The reference's columns are the other's rows.
    case transposed

    /// The reference's row for a row of the other; of a transposed matrix its column.
    public func referenceRow(_ row: Int) -> Int {
      switch self {
      case .same, .transposed: row
      case .interleaved(let head):
        row / head * head + row % head % 2 * (head / 2) + row % head / 2
      case .separated(let head):
        row / head * head + row % head % (head / 2) * 2 + row % head / (head / 2)
      }
    }
  }

  /// How many pairs of weights there are.
  public var count: Int { other.count }
}

extension Int {
  /// The product, or the greatest number where it does not fit.
  func multipliedClamped(by other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }
}
