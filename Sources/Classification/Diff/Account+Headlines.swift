internal import ModelFile
internal import TensorStats

// What happened, as one sentence each.
extension Diff.Account {
  /// Why nothing can be said; `nil` where something can.
  static func nothingToCompare(_ diff: Diff, _ plan: DiffPlan) -> String? {
    for (side, name) in [(plan.reference, "reference"), (plan.other, "other")]
    where side.model.tensors.isEmpty {
      guard let problem = side.model.problems.first(where: { $0.severity == .error }) else {
        return "Nothing can be compared: the \(name) has no tensors."
      }
      return "Nothing can be compared: the \(name) cannot be read (\(problem.message))."
    }
    let read = diff.tensors.count { $0.kind != .unread }
    let isUnread = zip(diff.tensors, plan.matches).contains { $0.kind == .unread && !$1.isRaw }
    return read == 0 && isUnread ? "Nothing could be compared: no tensor can be read." : nil
  }

  /// That the other holds additions to the reference and no model; `nil` where that is not so.
  static func adapterHeadline(_ plan: DiffPlan) -> String? {
    guard plan.other.plan.fileRole == .adapter, plan.reference.plan.fileRole != .adapter else {
      return nil
    }
    let names = Set(
      plan.other.model.tensors.compactMap { tensor in
        [".lora_A", ".lora_B"].first { tensor.name.contains($0) }.map {
          tensor.name.replacing($0, with: "").replacing("base_model.model.", with: "")
        }
      })
    guard !names.isEmpty else { return "The other is an adapter, not a model." }
    let found = names.count { plan.reference.keys.names[$0] != nil }
    return "The other is a LoRA adapter, not a model: it changes \(names.count) matrices, of which "
      + "the reference has \(found == names.count ? "all" : "\(found)")."
  }

  /// That only a few values differ; `nil` where that is not so.
  static func fewHeadline(_ diff: Diff) -> String? {
    let changed = diff.tensors.filter { $0.kind != .identical && $0.kind != .cast }
    guard !changed.isEmpty, diff.removed.isEmpty, diff.added.isEmpty,
      changed.allSatisfy({ $0.difference != nil && $0.kind != .rounded })
    else { return nil }
    let values = changed.reduce(0) {
      $0 + ($1.difference.map { $0.count - $0.identical } ?? 0)
    }
    let places = "of \(changed.count == 1 ? changed[0].name : "\(changed.count) tensors")"
    let number = values == 1 ? "One value" : "\(values) values"
    if changed.allSatisfy({ $0.difference?.isOnlyNotFinite == true }) {
      return "\(number) \(places) \(values == 1 ? "is" : "are") not finite in one of the two; "
        + "all others are the same."
    }
    let all = diff.tensors.reduce(0) { $0 + $1.parameters }
    guard values <= DiffThresholds.fewValues, values * 100 <= all else { return nil }
    return "\(number) \(places) changed; all others are the same."
  }

  /// That the vocabulary has another size; `nil` where it has not, or more has.
  static func vocabularyHeadline(_ diff: Diff) -> String? {
    let others = diff.tensors.filter { $0.isPartial || $0.kind == .reshaped }
    guard let first = others.first,
      others.allSatisfy({ tensor in
        (tensor.role == .embedding || tensor.role == .head) && tensor.shape.count == 2
          && tensor.referenceShape.count == 2 && tensor.shape[1] == tensor.referenceShape[1]
      })
    else { return nil }
    let (rows, before) = (first.shape[0], first.referenceShape[0])
    guard others.contains(where: { $0.kind == .reshaped }) else {
      return "The vocabulary was \(rows < before ? "trimmed" : "extended") from \(before) rows to "
        + "\(rows)"
    }
    let known = others.map(\.name)
    let matches = diff.widths.filter { known.contains($0.name) }
    guard matches.contains(where: \.isSubset) else { return nil }
    return "The vocabulary was trimmed to \(rows) of \(before) rows"
  }

  static func prunedHeadline(_ diff: Diff, _ tally: Tally) -> String {
    let sum = tally.sum(.pruned)
    let share = percent(Double(sum.zeros), of: Double(sum.count))
    let codes = diff.tensors.filter { $0.kind == .pruned && !$0.isFloat }
    let types = codes.isEmpty ? "" : " and quantized to \(list(storages(codes)))"
    var text =
      "Pruned from the reference\(types): \(share) of the weights of its pruned matrices are zero"
    if let isSmallest = sum.hasLostTheSmallest {
      text += isSmallest ? ", the smallest ones" : ", chosen with little regard to magnitude"
    }
    let isRounded = diff.tensors.contains {
      $0.kind == .pruned && $0.storage != $0.referenceStorage
    }
    if codes.isEmpty, !isRounded, sum.survivorShare < DiffThresholds.survivors {
      text += "; the others were changed, too"
    }
    return text + "."
  }

  static func scaledHeadline(_ diff: Diff) -> String {
    let scaled = diff.tensors.filter { $0.kind == .scaled }
    let gains = scaled.compactMap { $0.difference?.gain }.sorted()
    guard let first = gains.first, let last = gains.last else { return "Scaled." }
    let matrices = scaled.count == 1 ? scaled[0].name : "\(scaled.count) tensors"
    let rest = scaled.count < diff.tensors.count ? diff.rest(except: [.scaled]) : ""
    if last - first > 0.01 * first.magnitude {
      return "Scaled: \(matrices) of the reference were multiplied by \(decimal(first)) to "
        + "\(decimal(last))\(rest)."
    }
    if (first + 1).magnitude < DiffThresholds.scaled {
      return "Negated: \(matrices) changed sign\(rest)."
    }
    return
      "Scaled: \(matrices) of the reference \(scaled.count == 1 ? "was" : "were") multiplied by "
      + "\(decimal(first))\(rest)."
  }

  /// That both were pruned, each in its own way; `nil` where that is not so.
  static func masksHeadline(_ diff: Diff, _ tally: Tally) -> String? {
    let masked = diff.tensors.filter {
      $0.kind == .changed && $0.isWeightMatrix && $0.difference?.hasTwoMasks == true
    }
    let weights = masked.reduce(0) { $0 + $1.parameters }
    let all = diff.tensors.reduce(0) { $0 + ($1.kind == .changed ? $1.parameters : 0) }
    guard 2 * weights > all else { return nil }
    let sum = masked.reduce(into: Difference()) { $0.merge($1.difference ?? Difference()) }
    let kept = percent(Double(sum.commonZeros), of: Double(sum.referenceZeros))
    return
      "Both were pruned, with masks of their own: \(kept) of the reference's zeros are zero in "
      + "the other."
  }

  static func roundedHeadline(_ diff: Diff, _ tally: Tally) -> String {
    let rounded = diff.tensors.filter { $0.kind == .rounded }
    if rounded.allSatisfy({ $0.difference?.isUnderflowOfF16 == true && $0.storage == "F16" }) {
      let sum = tally.sum(.rounded)
      let share = percent(Double(sum.count - sum.identical), of: Double(sum.count))
      return "The same numbers in F16 but for the smallest: \(share) of the weights are below its "
        + "normal numbers and were rounded."
    }
    let codes = rounded.filter { !TensorChange.floats.contains($0.referenceStorage) }
    if !codes.isEmpty {
      return "Dequantized from the reference and stored as \(list(storages(codes))), with no error "
        + "but that of rounding."
    }
    let types = Set(rounded.compactMap(\.roundedTo))
    if !types.isEmpty, rounded.allSatisfy({ $0.roundedTo != nil }) {
      return "The same weights rounded to \(list(types.sorted())), stored as "
        + "\(list(storages(rounded)))."
    }
    return "The same weights rounded to \(list(storages(rounded)))."
  }

  static func castHeadline(_ diff: Diff) -> String {
    let cast = diff.tensors.filter { $0.kind == .cast }
    let repacked = cast.filter {
      !TensorChange.floats.contains($0.storage)
        && !TensorChange.floats.contains($0.referenceStorage)
        && $0.isWeightMatrix
    }
    if let first = repacked.first {
      return "The same numbers, repacked from \(first.referenceStorage) to "
        + "\(list(storages(repacked))): nothing was lost."
    }
    return "The same numbers in \(list(storages(cast))): nothing was lost."
  }

  static func fineTunedHeadline(_ diff: Diff, _ tally: Tally) -> String {
    let sum = tally.sum(.changed)
    let error = sum.relativeRootMeanSquare.map {
      ", by \(decimal($0, digits: 3)) of their deviation"
    }
    return "Fine-tuned from the reference, or merged with another: "
      + "\(percent(tally.share(.changed))) of the weights are in matrices that changed\(error ?? ""), "
      + "in many dimensions\(keptZeros(sum))\(tally.untouched > 0 ? diff.rest(except: [.changed]) : "")."
  }

  /// That training respected the zeros of a pruned model.
  private static func keptZeros(_ sum: Difference) -> String {
    guard Double(sum.referenceZeros) >= DiffThresholds.pruned * Double(sum.count),
      Double(sum.commonZeros) >= DiffThresholds.keptZeros * Double(sum.referenceZeros)
    else { return "" }
    return "; its zeros, \(percent(Double(sum.referenceZeros), of: Double(sum.count))), stayed zero"
  }

  /// The types of tensors, by their weights.
  static func storages(
    _ tensors: [TensorChange], _ storage: (TensorChange) -> String = { $0.storage }
  ) -> [String] {
    var sums: [String: Int] = [:]
    for tensor in tensors { sums[storage(tensor), default: 0] += tensor.parameters }
    return sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
  }

  static func list(_ items: [String]) -> String {
    items.count < 2
      ? items.first ?? "nothing"
      : items.dropLast().joined(separator: ", ") + " and " + (items.last ?? "")
  }

  static func range(_ numbers: [Int]) -> String {
    guard let first = numbers.first, let last = numbers.last else { return "none" }
    return first == last ? "\(first)" : "\(first)–\(last)"
  }
}
