internal import TensorStats

extension Diff.Account {
  /// Tells what happened from what was found.
  init(_ diff: Diff) {
    let tally = Tally(diff)
    var evidence: [String] = []
    if let maps = Self.layers(diff) { evidence.append(maps) }
    evidence += tally.sentences
    evidence += Self.ranks(diff)
    evidence += Self.widths(diff)
    evidence += Self.structure(diff)
    (kind, headline, confidence) = Self.judge(diff, tally)
    self.evidence = evidence
  }

  private static func judge(_ diff: Diff, _ tally: Tally) -> (Kind, String, Double) {
    if diff.isSame { return (.identical, "The two are the same: tensors, types and metadata.", 1) }
    if diff.tensors.isEmpty {
      return (.unrelated, "The two have no tensor in common.", 0.95)
    }
    let moved = diff.layerMaps.filter { !$0.isIdentity && $0.isFound }
    if let map = moved.max(by: { $0.sources.count < $1.sources.count }) {
      return (.layersMoved, layersHeadline(map, tally), 0.95)
    }
    if !diff.widths.isEmpty, diff.widths.count(where: \.isSubset) * 2 > diff.widths.count {
      return (
        .widthPruned,
        "Width-pruned from the reference: rows and columns of its matrices are a part of the "
          + "reference's.", 0.9
      )
    }
    if tally.share(.unrelated) > DiffThresholds.majority {
      return (.unrelated, "Unrelated: matrices of the same name have nothing in common.", 0.95)
    }
    if tally.share(.reshaped) > DiffThresholds.majority {
      return (
        .unrelated,
        "No relation was found: most matrices have other dimensions, and their rows are not the "
          + "reference's.", 0.7
      )
    }
    let untouched = tally.share(.identical) + tally.share(.cast)
    if tally.share(.pruned) > 0, tally.share(.pruned) + untouched > DiffThresholds.majority {
      return (.pruned, prunedHeadline(diff), 0.95)
    }
    if tally.share(.quantized) > DiffThresholds.majority
      || tally.share(.quantized) > 0 && tally.share(.changed) == 0
        && tally.share(.unrelated) == 0
    {
      return (.quantized, quantizedHeadline(diff), 0.95)
    }
    for (kind, account, words) in Self.reversals
    where tally.share(kind) > 0 && tally.share(kind) + untouched > DiffThresholds.majority {
      return (account, "The other way round: the reference was \(words) the other model.", 0.9)
    }
    if tally.share(.changed) > 0, tally.share(.changed) + untouched > DiffThresholds.majority {
      let low = diff.ranks.filter(\.isLow)
      if low.count * 5 >= diff.ranks.count * 4, !low.isEmpty {
        let ranks = low.map(\.rank).sorted()
        return (
          .loraMerged,
          "A low-rank adapter was merged: the changes have rank "
            + "\(range(ranks)), as a LoRA of that rank makes them.", 0.9
        )
      }
      return (.fineTuned, fineTunedHeadline(diff, tally), 0.85)
    }
    if tally.share(.rounded) > 0, tally.share(.rounded) + untouched > 0.99 {
      return (
        .rounded, "The same weights rounded to \(list(storages(diff, .rounded))).", 0.97
      )
    }
    if untouched > 0.999, diff.tensors.allSatisfy({ $0.kind == .identical || $0.kind == .cast }) {
      if diff.tensors.contains(where: { $0.kind == .cast }) {
        return (
          .cast,
          "The same numbers in \(list(storages(diff, .cast))): nothing was lost.", 1
        )
      }
      return (
        .restructured, "The numbers are the same; \(list(restructured(diff))).", 1
      )
    }
    return (.mixed, "Several things happened; see the evidence.", 0.5)
  }

  /// What the reference became from the other model.
  private static let reversals: [(TensorChange.Kind, Kind, String)] = [
    (.unquantized, .referenceQuantized, "quantized from"),
    (.filled, .referencePruned, "pruned from"),
    (.unrounded, .referenceRounded, "rounded from"),
  ]

  // MARK: - Headlines

  private static func layersHeadline(_ map: LayerMap, _ tally: Tally) -> String {
    let found = map.sources.compactMap(\.self)
    let sure = map.correlations.filter { $0 >= DiffThresholds.copiedLayer }
    let mean = sure.reduce(0, +) / Double(max(1, sure.count))
    let stack = map.stack.isEmpty ? "" : "\(map.stack) "
    let what =
      map.hasRepeats
      ? "Built from repeated layers of the reference"
      : map.sources.count < map.referenceCount
        ? "Initialised from layers of the reference" : "The reference's layers in another order"
    let end =
      map.hasRepeats || map.sources.count >= map.referenceCount
      ? "" : "; consistent with distillation or layer-dropping"
    return "\(what): \(stack)layers 0–\(map.sources.count - 1) are its "
      + "\(found.map(String.init).joined(separator: ", ")) (correlation \(decimal(mean)))\(end)."
  }

  private static func prunedHeadline(_ diff: Diff) -> String {
    let sum = sum(diff, .pruned)
    let share = percent(Double(sum.zeros), of: Double(sum.count))
    var text = "Pruned from the reference: \(share) of the weights of its pruned matrices are zero"
    if let ratio = sum.removedMagnitude {
      text +=
        ratio < DiffThresholds.removedByMagnitude
        ? ", the smallest ones" : ", chosen with little regard to magnitude"
    }
    return text + "."
  }

  private static func quantizedHeadline(_ diff: Diff) -> String {
    let sum = sum(diff, .quantized)
    let error = sum.relativeRootMeanSquare.map { ", with an error of \(decimal($0, digits: 3)) σ" }
    return "Quantized from the reference to \(list(storages(diff, .quantized)))\(error ?? "")."
  }

  private static func fineTunedHeadline(_ diff: Diff, _ tally: Tally) -> String {
    let sum = sum(diff, .changed)
    let error = sum.relativeRootMeanSquare.map { decimal($0, digits: 3) } ?? "?"
    return "Fine-tuned from the reference: \(percent(tally.share(.changed))) of the weights are in "
      + "matrices that changed, by \(error) of their deviation, in many dimensions."
  }

  // MARK: - Evidence

  private static func layers(_ diff: Diff) -> String? {
    let maps = diff.layerMaps.filter { !$0.isIdentity && $0.isFound }
    guard !maps.isEmpty else { return nil }
    return maps.map { map in
      let sources = map.sources.map { $0.map(String.init) ?? "–" }.joined(separator: ", ")
      let least = map.correlations.min().map { decimal($0) } ?? "?"
      return "\(map.stack.isEmpty ? "layers" : "\(map.stack) layers") come from \(sources) of "
        + "\(map.referenceCount), the least correlation is \(least)"
    }.joined(separator: "; ")
  }

  private static func ranks(_ diff: Diff) -> [String] {
    guard !diff.ranks.isEmpty else { return [] }
    let low = diff.ranks.filter(\.isLow)
    let ranks = range(diff.ranks.map(\.rank).sorted())
    let energy = diff.ranks.map(\.energy).min() ?? 0
    return [
      "changes of \(diff.ranks.count) sampled matrices: \(low.count) are of low rank; "
        + "\(ranks) dimensions stand out from noise and have at least \(percent(energy)) of the energy"
    ]
  }

  private static func widths(_ diff: Diff) -> [String] {
    diff.widths.map { width in
      "\(width.name): \(width.found) of \(width.sampled) sampled rows are found in the reference"
        + (width.found > 1 ? (width.isOrdered ? ", in its order" : ", in another order") : "")
    }
  }

  private static func structure(_ diff: Diff) -> [String] {
    var sentences: [String] = []
    if !diff.removed.isEmpty { sentences.append("\(diff.removed.count) tensors are gone") }
    if !diff.added.isEmpty { sentences.append("\(diff.added.count) tensors are new") }
    if diff.removedBookkeeping + diff.addedBookkeeping > 0 {
      sentences.append(
        "scales and other bookkeeping: \(diff.addedBookkeeping) tensors are new, "
          + "\(diff.removedBookkeeping) gone")
    }
    let permuted = diff.tensors.count {
      switch $0.order {
      case .interleaved, .separated: true
      case .same, .transposed: false
      }
    }
    if permuted > 0 { sentences.append("rows of \(permuted) tensors are permuted within heads") }
    let transposed = diff.tensors.count { $0.order == .transposed }
    if transposed > 0 { sentences.append("\(transposed) tensors are transposed") }
    let partial = diff.tensors.count(where: \.isPartial)
    if partial > 0 {
      sentences.append("\(partial) tensors have more rows in one than in the other")
    }
    return sentences
  }

  private static func restructured(_ diff: Diff) -> [String] {
    var parts: [String] = []
    if diff.tensors.contains(where: { $0.name != $0.referenceName }) {
      parts.append("names differ")
    }
    if !diff.added.isEmpty || !diff.removed.isEmpty
      || diff.addedBookkeeping + diff.removedBookkeeping > 0
    {
      parts.append("the sets of tensors differ")
    }
    if diff.tensors.contains(where: \.isPartial) {
      parts.append("some have more rows in one of the two")
    } else if diff.tensors.contains(where: { $0.shape != $0.referenceShape }) {
      parts.append("dimensions are written differently")
    }
    if !diff.metadata.isEmpty { parts.append("metadata differs") }
    return parts.isEmpty ? ["only their order differs"] : parts
  }

  // MARK: - Numbers

  private static func sum(_ diff: Diff, _ kind: TensorChange.Kind) -> Difference {
    diff.tensors.filter { $0.kind == kind }.reduce(into: Difference()) { sum, tensor in
      if let difference = tensor.difference { sum.merge(difference) }
    }
  }

  /// The types of tensors of a kind, by their weights.
  private static func storages(_ diff: Diff, _ kind: TensorChange.Kind) -> [String] {
    var sums: [String: Int] = [:]
    for tensor in diff.tensors where tensor.kind == kind {
      sums[tensor.storage, default: 0] += tensor.parameters
    }
    return sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
  }

  private static func list(_ items: [String]) -> String {
    items.count < 2
      ? items.first ?? "nothing"
      : items.dropLast().joined(separator: ", ") + " and " + (items.last ?? "")
  }

  private static func range(_ numbers: [Int]) -> String {
    guard let first = numbers.first, let last = numbers.last else { return "none" }
    return first == last ? "\(first)" : "\(first)–\(last)"
  }
}

/// How many weights each kind of change has.
private struct Tally {
  private var weights: [TensorChange.Kind: Double] = [:]
  private var tensors: [TensorChange.Kind: Int] = [:]
  private var sums: [TensorChange.Kind: Difference] = [:]
  private var errors: [(storage: String, tensors: Int, sum: Difference)] = []
  /// Weights of the matrices that training works on; of all tensors where there are none.
  private let matrices: Double

  init(_ diff: Diff) {
    for tensor in diff.tensors {
      tensors[tensor.kind, default: 0] += 1
      if let difference = tensor.difference {
        sums[tensor.kind, default: Difference()].merge(difference)
        if tensor.kind == .quantized {
          let place = errors.firstIndex { $0.storage == tensor.storage }
          let index = place ?? errors.count
          if place == nil { errors.append((tensor.storage, 0, Difference())) }
          errors[index].tensors += 1
          errors[index].sum.merge(difference)
        }
      }
    }
    let isNetwork = diff.tensors.contains(where: \.isWeightMatrix)
    for tensor in diff.tensors where tensor.isWeightMatrix || !isNetwork {
      weights[tensor.kind, default: 0] += Double(max(1, tensor.parameters))
    }
    matrices = weights.values.reduce(0, +)
  }

  /// The share of the matrices' weights.
  func share(_ kind: TensorChange.Kind) -> Double {
    guard matrices > 0 else { return 0 }
    return (weights[kind] ?? 0) / matrices
  }

  /// A sentence for each kind, and one for each type that was quantized to.
  var sentences: [String] {
    var all: [String] = TensorChange.Kind.allCases.compactMap { kind in
      guard let count = tensors[kind], let words = Self.words[kind] else { return nil }
      var text = "\(count) \(count == 1 ? "tensor" : "tensors") \(words)"
      if let sum = sums[kind], kind != .identical, kind != .cast {
        if let error = sum.relativeRootMeanSquare {
          text += ": error \(decimal(error, digits: 4)) σ"
        }
        if let cosine = sum.cosine { text += ", cosine \(decimal(cosine, digits: 4))" }
        if kind == .pruned {
          text += ", \(percent(Double(sum.newZeros), of: Double(sum.count))) newly zero"
          if sum.referenceZeros > 0 {
            let kept = percent(Double(sum.commonZeros), of: Double(sum.referenceZeros))
            text += ", \(kept) of the reference's zeros kept"
          }
          let survivors = sum.identical - sum.commonZeros
          let rest = sum.count - sum.zeros
          text += ", \(percent(Double(survivors), of: Double(rest))) of the others unchanged"
        }
      }
      return text
    }
    for (storage, count, sum) in errors.sorted(by: { $0.sum.count > $1.sum.count }) {
      guard let error = sum.relativeRootMeanSquare else { continue }
      var text =
        "\(storage), \(count) \(count == 1 ? "tensor" : "tensors"): error "
        + "\(decimal(error, digits: 4)) σ"
      if let expected = GaussianError.of(typeNamed: storage) {
        text += " (rounding normal weights to the nearest: \(expected) σ)"
      }
      all.append(text)
    }
    return all
  }

  private static let words: [TensorChange.Kind: String] = [
    .identical: "identical", .cast: "with the same numbers in another type",
    .rounded: "rounded to a narrower type", .unrounded: "with more digits than the reference",
    .quantized: "quantized", .unquantized: "quantized in the reference only",
    .pruned: "pruned", .filled: "pruned in the reference only",
    .changed: "changed", .unrelated: "unrelated", .reshaped: "with other dimensions",
    .unread: "not compared",
  ]
}
