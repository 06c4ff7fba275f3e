internal import TensorStats

// Accounts of models that have only a part in common, or of which only a part differs.
extension Diff.Account {
  static func partHeadline(_ diff: Diff) -> String {
    let cast = diff.tensors.filter { $0.kind == .cast }
    let types = cast.isEmpty ? "" : ", in \(list(storages(cast)))"
    return "What both have is the same\(types)."
  }

  /// Rows that one of the two has more of.
  static func narrowed(_ diff: Diff) -> (Kind, String, Double)? {
    let partial = diff.tensors.filter { $0.isPartial && $0.role == .weight }
    guard let first = partial.first, vocabularyHeadline(diff) == nil else { return nil }
    let tensors = "\(partial.count) \(partial.count == 1 ? "matrix" : "matrices")"
    let rows = "\(first.name) \(first.shape[0]) of \(first.referenceShape[0])"
    guard partial.allSatisfy({ $0.shape[0] < $0.referenceShape[0] }) else { return nil }
    return (
      .widthPruned,
      "Width-pruned from the reference: \(tensors) kept only the first rows (\(rows)); what is there "
        + "is the same.", 0.95
    )
  }

  /// Keys and values whose heads are means of the reference's; `nil` where more has happened.
  static func pooled(_ diff: Diff) -> (Kind, String, Double)? {
    let pooled = diff.tensors.filter { $0.pooledHeads != nil }
    guard let times = pooled.lazy.compactMap(\.pooledHeads).max() else { return nil }
    let others = diff.tensors.filter { $0.pooledHeads == nil && !$0.isBookkeeping }
    let isRestSame = others.allSatisfy { $0.kind == .identical || $0.kind == .cast }
    return (
      .partlyChanged,
      "Heads of keys and values were pooled for grouped queries: each is the mean of \(times) of the "
        + "reference's (\(pooled.count) tensors)"
        + (isRestSame ? "; all others are the same." : "; others changed, too."), 0.9
    )
  }

  /// A few tensors that differ among many that do not.
  static func partly(_ diff: Diff, _ tally: Tally) -> (Kind, String, Double)? {
    let weights = diff.tensors.filter { !$0.isBookkeeping }
    let other = weights.filter { $0.kind != .identical && $0.kind != .cast }
    guard !other.isEmpty else { return nil }
    let rest = weights.count > other.count ? diff.rest(except: Set(other.map(\.kind))) : ""
    if other.allSatisfy(\.hasOtherBytes) {
      return (
        .partlyChanged,
        "The bytes of \(counted(other, of: weights)) differ, whose "
          + "type (\(list(storages(other)))) cannot be read as numbers\(rest).", 0.9
      )
    }
    let isScalar = other.allSatisfy { !$0.isWeightMatrix || !$0.isFloatOrCodes }
    guard isScalar || tally.untouched > DiffThresholds.majority,
      other.allSatisfy({ $0.kind != .unread })
    else { return nil }
    var roles: [String] = []
    for tensor in other where !roles.contains(tensor.role.rawValue) {
      roles.append(tensor.role.rawValue)
    }
    let kinds = TensorChange.Kind.allCases.compactMap { kind in
      let count = other.count { $0.kind == kind }
      return count > 0 ? "\(count) \(Tally.words[kind] ?? kind.rawValue)" : nil
    }
    return (
      .partlyChanged,
      "\(counted(other, of: weights).capitalizingFirst) \(other.count == 1 ? "differs" : "differ") "
        + "(\(list(roles))): \(list(kinds))\(rest).", 0.9
    )
  }

  private static func counted(_ some: [TensorChange], of all: [TensorChange]) -> String {
    if some.count == all.count { return all.count == 1 ? "the only tensor" : "all tensors" }
    return "only \(some.count) of \(all.count) tensors"
  }

  /// Adds to the sentence what it leaves out: values that are no longer finite, and weights that have no
  /// counterpart.
  mutating func qualify(_ diff: Diff) {
    switch kind {
    case .identical, .unknown, .adapter, .fewValues: return
    default: break
    }
    let lost = diff.tensors.reduce(into: (values: 0, all: 0)) {
      guard let difference = $1.difference, difference.newNotFinite > 0 else { return }
      $0.values += difference.newNotFinite
      $0.all += difference.count
    }
    if lost.values > 0 {
      headline += " But \(lost.values) of \(lost.all) values are not finite in one of the two."
    }
    guard kind != .layersMoved, kind != .expertsMoved, !diff.tensors.isEmpty else { return }
    let weights = diff.tensors.filter { !$0.isBookkeeping }
    let common = weights.reduce(0) { $0 + $1.parameters }
    func share(_ parameters: Int) -> Double {
      Double(parameters) / Double(max(1, parameters + common))
    }
    let (gone, new) = (share(diff.removedParameters), share(diff.addedParameters))
    guard max(gone, new) >= DiffThresholds.withoutCounterpart else { return }
    var parts: [String] = []
    func tensors(_ names: [String]) -> String {
      "\(names.count) \(names.count == 1 ? "tensor" : "tensors")"
    }
    if !diff.removed.isEmpty {
      parts.append(
        "\(tensors(diff.removed)) with \(percent(gone)) of the reference's weights are gone")
    }
    if !diff.added.isEmpty {
      parts.append("\(tensors(diff.added)) with \(percent(new)) of the other's are new")
    }
    let text = Self.list(parts)
    if min(gone, new) > DiffThresholds.majority {
      // What happened to most weights cannot be told.
      kind = .mixed
      confidence = 0.5
      headline = "Most weights have no counterpart: \(text). Of the rest: \(headline)"
    } else {
      confidence = (confidence * (1 - min(gone, new)) * 100).rounded() / 100
      headline += " \(text.capitalizingFirst)."
    }
  }
}
