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
    /// What is done to each weight before it is compared.
    public var conversion = Conversion.none

    /// All rows of a reading, or some.
    public init(_ reading: Reading, rows: Range<Int>? = nil) {
      let columns = reading.shape.last ?? 1
      let all = reading.shape.dropLast().reduce(1) { $0.multipliedClamped(by: $1) }
      self.reading = reading
      self.columns = columns
      firstRow = rows?.lowerBound ?? 0
      self.rows = rows?.count ?? all
    }

    /// How many weights take part.
    public var count: Int { rows.multipliedClamped(by: columns) }
  }

  /// What conversions to GGUF do to weights, so that the network's code need not
  /// (llama.cpp, convert_hf_to_gguf.py).
  public enum Conversion: Sendable, Hashable {
    /// Nothing.
    case none
    /// Adds 1 to gains that are stored less one (Gemma, Nemotron, Qwen3-Next).
    case addingOne
    /// Takes −eˣ of logarithms of decay (Mamba's `A_log`).
    case negatedExponential
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
    /// The reference has the queries, the key and the value of each group of heads below each other
    /// (GPT-NeoX, BLOOM, Falcon), the other all queries, all keys and all values.
    case ungrouped(HeadGroups)
    /// The other way round.
    case grouped(HeadGroups)
    /// The other has each of the reference's heads several times.
    case repeated(head: Int, times: Int)
    /// The other has one of each so many of the reference's heads.
    case selected(head: Int, times: Int, place: Int)

    /// Rows that stay together; `nil` where they need not.
    var blockRows: Int? {
      switch self {
      case .same, .transposed, .interleaved, .separated: nil
      case .ungrouped(let groups), .grouped(let groups): groups.head
      case .repeated(let head, _), .selected(let head, _, _): head
      }
    }

    /// The reference's row for a row of the other; of a transposed matrix its column.
    public func referenceRow(_ row: Int) -> Int {
      switch self {
      case .same, .transposed: row
      case .ungrouped(let groups): groups.groupedRow(row)
      case .grouped(let groups): groups.ungroupedRow(row)
      case .repeated(let head, let times): row / head / times * head + row % head
      case .selected(let head, let times, let place):
        (row / head * times + place) * head + row % head
      case .interleaved(let head):
        row / head * head + row % head % 2 * (head / 2) + row % head / 2
      case .separated(let head):
        row / head * head + row % head % (head / 2) * 2 + row % head / (head / 2)
      }
    }
  }

  /// The heads of a matrix that joins queries, keys and values.
  public struct HeadGroups: Sendable, Hashable {
    /// Heads of keys, and of values.
    public var count: Int
    /// Heads of queries for each of them.
    public var queries: Int
    /// Rows of a head.
    public var head: Int

    /// Describes the heads of a matrix; `nil` where it does not consist of them, or of one group.
    public init?(heads: Int, keyHeads: Int, rows: Int) {
      guard keyHeads > 1, heads > 0, heads.isMultiple(of: keyHeads) else { return nil }
      let (all, overflow) = (heads / keyHeads + 2).multipliedReportingOverflow(by: keyHeads)
      guard !overflow, rows > 0, rows.isMultiple(of: all) else { return nil }
      count = keyHeads
      queries = heads / keyHeads
      head = rows / all
    }

    /// Where a row lies that is counted with all queries, all keys and all values below each other, if
    /// groups are.
    func groupedRow(_ row: Int) -> Int {
      let block = row / head
      let rest = block - count * queries
      let place =
        rest < 0
        ? block / queries * (queries + 2) + block % queries
        : rest % count * (queries + 2) + queries + rest / count
      return place * head + row % head
    }

    /// The other way round.
    func ungroupedRow(_ row: Int) -> Int {
      let (group, part) = (row / head / (queries + 2), row / head % (queries + 2))
      let place =
        part < queries
        ? group * queries + part : count * queries + (part - queries) * count + group
      return place * head + row % head
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
