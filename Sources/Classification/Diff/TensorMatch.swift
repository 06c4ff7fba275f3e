internal import ModelFile
public import TensorStats

/// A tensor of the reference and the tensor of the other model that it became.
public struct TensorMatch: Sendable {
  /// The index in the reference's tensors.
  public var reference: Int
  /// The index in the other's tensors.
  public var other: Int
  /// What is compared; `nil` where the dimensions do not allow it or something is not readable.
  public var pair: ReadingPair?
  /// Whether only the rows that both have are compared.
  public var isPartial = false
  /// Whether bytes are compared because the numbers cannot be decoded.
  public var isRaw = false
  /// What one is of the other.
  var part: Part

  /// How much of two tensors belongs together.
  enum Part {
    /// All of both.
    case whole
    /// All of one, which is one expert of the stack that the other is.
    case expert(Int)
    /// Rows of both.
    case rows(reference: Range<Int>, other: Range<Int>)
  }

  /// Whether matrices are joined in one of the two that are apart in the other.
  var isJoined: Bool {
    if case .rows = part { true } else { false }
  }
}

extension TensorMatch {
  /// Finds out how two tensors can be compared.
  init(_ indexA: Int, _ indexB: Int, _ part: Part, _ a: DiffSide, _ b: DiffSide) {
    reference = indexA
    other = indexB
    self.part = part
    if case .rows(let rowsA, let rowsB) = part {
      if let sideA = a.side(of: indexA), let sideB = b.side(of: indexB) {
        pair = ReadingPair(
          reference: .init(sideA.reading, rows: rowsA), other: .init(sideB.reading, rows: rowsB))
      }
      return
    }
    var expert: Int?
    if case .expert(let number) = part { expert = number }
    guard let readingA = a.reading(of: indexA), let readingB = b.reading(of: indexB) else {
      let (headerA, headerB) = (a.model.tensors[indexA], b.model.tensors[indexB])
      if headerA.type == headerB.type, headerA.shape == headerB.shape,
        headerA.byteCount == headerB.byteCount, let bytesA = a.bytes(of: indexA),
        let bytesB = b.bytes(of: indexB)
      {
        pair = ReadingPair(reference: .init(bytesA), other: .init(bytesB))
        isRaw = true
      }
      return
    }
    var sideA = ReadingPair.Side(readingA)
    var sideB = ReadingPair.Side(readingB)
    if let expert {
      // One holds all experts, one below the other.
      if sideA.rows > sideB.rows {
        Self.take(expert, of: &sideA, rows: a.stackedRows(of: indexA) ?? sideB.rows)
      } else {
        Self.take(expert, of: &sideB, rows: b.stackedRows(of: indexB) ?? sideA.rows)
      }
    }
    if sideA.columns == sideB.columns, sideA.rows == sideB.rows {
      pair = ReadingPair(reference: sideA, other: sideB)
    } else if sideA.columns == sideB.rows, sideA.rows == sideB.columns, readingA.shape.count > 1,
      readingB.shape.count > 1
    {
      pair = ReadingPair(reference: sideA, other: sideB, order: .transposed)
    } else if sideA.count == sideB.count, case .plain = readingA.decoder,
      case .plain = readingB.decoder, expert == nil
    {
      // The same elements under other dimensions: [1, n] and [n].
      var flatA = readingA
      var flatB = readingB
      flatA.shape = [sideA.count]
      flatB.shape = [sideB.count]
      pair = ReadingPair(reference: .init(flatA), other: .init(flatB))
    } else if sideA.columns == sideB.columns, readingA.shape.count == 2, readingB.shape.count == 2,
      expert == nil
    {
      // Vocabularies are padded and extended at their end.
      let rows = 0..<min(sideA.rows, sideB.rows)
      pair = ReadingPair(
        reference: .init(readingA, rows: rows), other: .init(readingB, rows: rows))
      isPartial = true
    }
  }

  /// Narrows a stack to one of its matrices, where it is there.
  private static func take(_ expert: Int, of side: inout ReadingPair.Side, rows: Int) {
    let (end, overflow) = (expert + 1).multipliedReportingOverflow(by: rows)
    if rows > 0, !overflow, end <= side.rows {
      side = .init(side.reading, rows: end - rows..<end)
    }
  }

  /// Looks for the order of rows and columns in which the two agree.
  mutating func align(_ a: DiffSide, _ b: DiffSide, _ samplers: Samplers) {
    guard var pair, !isRaw else { return }
    let orders = otherOrders(pair, a, b)
    let role = b.plan.tensors[other].role
    if !orders.isEmpty {
      if pair.other.rows == 1, case .interleaved = orders[0] {
        // The bias of a permuted projection: each value is a row.
        pair.reference = .init(column(pair.reference))
        pair.other = .init(column(pair.other))
      }
      var best = Self.agreement(pair, samplers) ?? 0
      for order in orders {
        var candidate = pair
        candidate.order = order
        let agreement = Self.agreement(candidate, samplers) ?? 0
        if agreement > best + DiffThresholds.betterOrder {
          best = agreement
          self.pair = candidate
        }
      }
    } else if a.model.format != b.model.format, role == .norm,
      let values = samplers.values(of: pair, rows: 1, columns: 512)
    {
      // Conversions of Gemma add the 1 that the network's code adds to its gains.
      let sum = zip(values.reference, values.other).reduce(0.0) { $0 + Double($1.1 - $1.0) }
      let shift = sum / Double(max(1, values.other.count))
      if (shift.magnitude - 1).magnitude < 0.05 {
        pair.reference.addend = shift > 0 ? 1 : -1
        self.pair = pair
      }
    }
    if isPartial, let pair = self.pair,
      Self.agreement(pair, samplers) ?? 0 < DiffThresholds.related
    {
      // The first rows of one are not those of the other: no vocabulary, but a pruned matrix.
      self.pair = nil
    }
  }

  private func column(_ side: ReadingPair.Side) -> Reading {
    var reading = side.reading
    reading.shape = [side.count, 1]
    return reading
  }

  /// The orders that could be meant besides the pair's own.
  private func otherOrders(_ pair: ReadingPair, _ a: DiffSide, _ b: DiffSide) -> [ReadingPair.Order]
  {
    let slot = b.keys.keys[other].slot
    let differ = a.model.format != b.model.format
    let permuted = ["attn_q.weight", "attn_k.weight", "attn_q.bias", "attn_k.bias"]
    var orders: [ReadingPair.Order] = []
    let rows = pair.other.rows == 1 ? pair.other.columns : pair.other.rows
    if differ, permuted.contains(slot), pair.order == .same,
      let head = a.plan.architecture?.headDim ?? b.plan.architecture?.headDim, head > 1,
      head.isMultiple(of: 2), rows.isMultiple(of: head)
    {
      let isPlain: Bool
      if case (.plain, .plain) = (pair.reference.reading.decoder, pair.other.reading.decoder) {
        isPlain = true
      } else {
        isPlain = false
      }
      if pair.other.rows > 1 || isPlain {
        orders += [.interleaved(head: head), .separated(head: head)]
      }
    }
    let axes = (
      a.plan.tensors[reference].matrix?.inputAxis, b.plan.tensors[other].matrix?.inputAxis
    )
    if pair.order == .same, pair.other.rows == pair.other.columns, pair.other.rows > 1,
      differ || axes.0 != axes.1
    {
      orders.append(.transposed)
    }
    return orders
  }

  /// Whether some of the numbers correlate.
  func isRelated(_ samplers: Samplers) -> Bool {
    guard let pair else { return false }
    // Vectors may be constant.
    return pair.other.columns == 1
      || Self.agreement(pair, samplers) ?? 0 >= DiffThresholds.related
  }

  private static func agreement(_ pair: ReadingPair, _ samplers: Samplers) -> Double? {
    samplers.values(of: pair, rows: 64, columns: 64)
      .flatMap { correlation($0.reference, $0.other) }
  }
}
