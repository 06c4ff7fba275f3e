internal import ModelFile
internal import TensorStats

// The order of rows and columns in which two tensors agree, and what conversions did to their numbers.
extension TensorMatch {
  /// Looks for the order of rows and columns in which the two agree.
  mutating func align(_ a: DiffSide, _ b: DiffSide, _ samplers: Samplers) {
    guard !isRaw else { return }
    let part = Slot(self, a, b)
    if regroupHeads(part, a, b, samplers) { return }
    guard let pair else { return }
    if a.model.format != b.model.format { convert(part, b.plan.tensors[other].role, samplers) }
    let orders = part.orders(of: pair, a, b)
    let isInPlace = a.model.format == b.model.format && part.hasSameAxes
    // Files of one format mostly have one order: a few rows tell.
    if !orders.isEmpty, !isInPlace || !Self.isRelated(pair, samplers, rows: 8, columns: 512) {
      choose(orders, samplers)
    }
    if isPartial, let pair = self.pair {
      // Where the first rows of one are not those of the other, it is no vocabulary but a pruned matrix,
      // of which some may be in place.
      let least = part.isTable ? DiffThresholds.related : DiffThresholds.sameHead
      if Self.agreement(pair, samplers) ?? 0 < least {
        self.pair = nil
        isPartial = false
      }
    }
  }

  /// Takes the order in which the two correlate best, if by far.
  private mutating func choose(_ orders: [ReadingPair.Order], _ samplers: Samplers) {
    guard var pair else { return }
    if pair.other.rows == 1 {
      // The bias of a permuted projection: each value is a row.
      pair.reference = .init(Self.column(pair.reference))
      pair.other = .init(Self.column(pair.other))
    }
    var best = Self.agreement(pair, samplers) ?? 0
    for order in orders {
      pair.order = order
      let agreement = Self.agreement(pair, samplers) ?? 0
      if agreement > best + DiffThresholds.betterOrder {
        best = agreement
        self.pair = pair
      }
    }
  }

  /// Undoes what conversions to GGUF did to single numbers.
  private mutating func convert(_ part: Slot, _ role: Role, _ samplers: Samplers) {
    guard var pair = self.pair else { return }
    if part.isDecay {
      guard let values = samplers.values(of: pair, rows: 64, columns: 64) else { return }
      let (a, b) = (values.reference, values.other)
      // Decay is negative, and its logarithm mostly is not.
      if b.allSatisfy({ $0 < 0 }), !a.allSatisfy({ $0 < 0 }) {
        pair.reference.conversion = .negatedExponential
      } else if a.allSatisfy({ $0 < 0 }), !b.allSatisfy({ $0 < 0 }) {
        pair.other.conversion = .negatedExponential
      }
    } else if role == .norm, let values = samplers.values(of: pair, rows: 1, columns: 512) {
      let sum = zip(values.reference, values.other).reduce(0.0) { $0 + Double($1.1 - $1.0) }
      let shift = sum / Double(max(1, values.other.count))
      guard (shift.magnitude - 1).magnitude < 0.05 else { return }
      if shift > 0 {
        pair.reference.conversion = .addingOne
      } else {
        pair.other.conversion = .addingOne
      }
    }
    self.pair = pair
  }

  /// Finds keys and values that have another number of heads: repeated ones, as runtimes without grouped
  /// queries need them, or means of some, from which grouped queries are trained (arXiv 2305.13245).
  private mutating func regroupHeads(
    _ part: Slot, _ a: DiffSide, _ b: DiffSide, _ samplers: Samplers
  ) -> Bool {
    guard part.isKeyOrValue, let sideA = a.side(of: reference), let sideB = b.side(of: other),
      sideA.columns == sideB.columns, sideA.rows != sideB.rows
    else { return false }
    let (most, least) = (max(sideA.rows, sideB.rows), min(sideA.rows, sideB.rows))
    guard least > 0, most.isMultiple(of: least) else { return false }
    let times = most / least
    func pair(_ order: ReadingPair.Order) -> ReadingPair {
      ReadingPair(reference: sideA, other: sideB, order: order)
    }
    for head in part.heads(rows: least, a, b) {
      if sideB.rows == most {
        guard isSameHead(pair(.repeated(head: head, times: times)), samplers) else { continue }
        self.pair = pair(.repeated(head: head, times: times))
      } else if times <= Self.mostPooled {
        let copies = (0..<times).map { pair(.selected(head: head, times: times, place: $0)) }
        if copies.allSatisfy({ isSameHead($0, samplers) }) {
          self.pair = copies[0]
        } else if Self.isMean(copies, samplers) {
          pooledHeads = times
          self.pair = nil
        } else {
          continue
        }
      } else {
        continue
      }
      isPartial = false
      return true
    }
    return false
  }

  private static let mostPooled = 128

  private func isSameHead(_ pair: ReadingPair, _ samplers: Samplers) -> Bool {
    Self.agreement(pair, samplers) ?? 0 >= DiffThresholds.sameHead
  }

  /// Whether the other is the mean of what the pairs have as reference.
  private static func isMean(_ pairs: [ReadingPair], _ samplers: Samplers) -> Bool {
    let samples = pairs.compactMap { samplers.values(of: $0, rows: 32, columns: 64) }
    guard let first = samples.first, samples.count == pairs.count else { return false }
    let sums = first.reference.indices.map { index in
      samples.reduce(0) { $0 + $1.reference[index] }
    }
    return correlation(sums, first.other) ?? 0 >= DiffThresholds.sameHead
  }

  /// Whether some of the numbers correlate.
  func isRelated(_ samplers: Samplers) -> Bool {
    // Vectors may be constant.
    pair.map { $0.other.columns == 1 || Self.isRelated($0, samplers) } ?? false
  }

  private static func isRelated(
    _ pair: ReadingPair, _ samplers: Samplers, rows: Int = 64, columns: Int = 64
  ) -> Bool {
    agreement(pair, samplers, rows: rows, columns: columns) ?? 0 >= DiffThresholds.related
  }

  private static func agreement(
    _ pair: ReadingPair, _ samplers: Samplers, rows: Int = 64, columns: Int = 64
  ) -> Double? {
    samplers.values(of: pair, rows: rows, columns: columns)
      .flatMap { correlation($0.reference, $0.other) }
  }

  private static func column(_ side: ReadingPair.Side) -> Reading {
    var reading = side.reading
    reading.shape = [side.count, 1]
    return reading
  }
}

/// What two tensors are, as far as it tells the orders that their rows may have.
private struct Slot {
  private let slots: Set<String>
  /// Whether both have their inputs along the same axis.
  let hasSameAxes: Bool

  init(_ match: TensorMatch, _ a: DiffSide, _ b: DiffSide) {
    isTable = [.embedding, .head].contains(b.plan.tensors[match.other].role)
    slots = [a.keys.keys[match.reference].slot, b.keys.keys[match.other].slot]
    hasSameAxes =
      a.plan.tensors[match.reference].matrix?.inputAxis
      == b.plan.tensors[match.other].matrix?.inputAxis
  }

  private static let permuted: Set = [
    "attn_q.weight", "attn_k.weight", "attn_q.bias", "attn_k.bias",
  ]
  private static let joined: Set = ["attn_qkv.weight", "attn_qkv.bias"]
  private static let keysAndValues: Set = [
    "attn_k.weight", "attn_v.weight", "attn_k.bias", "attn_v.bias",
  ]

  /// Whether it holds the decay of a state space.
  var isDecay: Bool { slots.contains("ssm_a.weight") }

  /// Whether it has a row for each token.
  let isTable: Bool

  /// Whether it projects to keys or to values.
  var isKeyOrValue: Bool { !slots.isDisjoint(with: Self.keysAndValues) }

  /// The orders that could be meant besides the pair's own.
  func orders(of pair: ReadingPair, _ a: DiffSide, _ b: DiffSide) -> [ReadingPair.Order] {
    guard pair.order == .same else { return [] }
    var orders: [ReadingPair.Order] = []
    let isVector = pair.other.rows == 1
    let rows = isVector ? pair.other.columns : pair.other.rows
    if !isVector || pair.isPlain {
      if !slots.isDisjoint(with: Self.permuted) {
        orders += heads(rows: rows, a, b).filter { $0.isMultiple(of: 2) }
          .flatMap { [.interleaved(head: $0), .separated(head: $0)] }
      }
      if !slots.isDisjoint(with: Self.joined) {
        orders += groups(rows: rows, a, b).flatMap { [.ungrouped($0), .grouped($0)] }
      }
    }
    if pair.other.rows == pair.other.columns, !isVector { orders.append(.transposed) }
    return orders
  }

  /// The rows that a head may have: as the models say, else as is usual.
  func heads(rows: Int, _ a: DiffSide, _ b: DiffSide) -> [Int] {
    let known = [a, b].compactMap { $0.plan.architecture?.headDim }
    return (known.isEmpty ? Self.usualHeads : Array(Set(known))).filter {
      $0 > 1 && rows >= $0 && rows.isMultiple(of: $0)
    }.sorted()
  }

  private static let usualHeads = [32, 40, 48, 64, 72, 80, 96, 112, 128, 160, 192, 256]

  private func groups(
    rows: Int, _ a: DiffSide, _ b: DiffSide
  ) -> Set<ReadingPair.HeadGroups> {
    Set(
      [a, b].compactMap { side in
        side.plan.architecture.flatMap { network in
          network.heads.flatMap {
            ReadingPair.HeadGroups(heads: $0, keyHeads: network.kvHeads ?? $0, rows: rows)
          }
        }
      })
  }
}

extension ReadingPair {
  /// Whether both sides are stored as numbers of their own.
  fileprivate var isPlain: Bool {
    if case (.plain, .plain) = (reference.reading.decoder, other.reading.decoder) {
      true
    } else {
      false
    }
  }
}
