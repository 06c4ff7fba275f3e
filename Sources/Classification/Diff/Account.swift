extension Diff.Account {
  /// Tells what happened from what was found.
  init(_ diff: Diff, _ plan: DiffPlan) {
    let tally = Tally(diff)
    var evidence: [String] = []
    if let maps = Self.layers(diff) { evidence.append(maps) }
    changes = Array(repeating: nil, count: evidence.count) + tally.sentences.map(\.kind)
    evidence += tally.sentences.map(\.text)
    (kind, headline, confidence) = Self.judge(diff, plan, tally)
    if kind != .fewValues { evidence += Self.ranks(diff) }
    evidence += diff.notFinite
    evidence += Self.widths(diff)
    evidence += Self.structure(diff)
    self.evidence = evidence
    qualify(diff)
  }

  private static func judge(
    _ diff: Diff, _ plan: DiffPlan, _ tally: Tally
  ) -> (Kind, String, Double) {
    if diff.isSame { return (.identical, "The two are the same: tensors, types and metadata.", 1) }
    if let reason = nothingToCompare(diff, plan) { return (.unknown, reason, 0) }
    if let adapter = adapterHeadline(plan) { return (.adapter, adapter, 0.9) }
    if diff.tensors.isEmpty {
      return (.unrelated, "The two have no tensor in common.", 0.95)
    }
    if let few = fewHeadline(diff) { return (.fewValues, few, 1) }
    if let moves = moved(diff, tally) { return moves }
    if let pooled = pooled(diff) { return pooled }
    let vocabulary = vocabularyHeadline(diff)
    if vocabulary == nil, !diff.widths.isEmpty,
      diff.widths.count(where: \.isSubset) * 2 > diff.widths.count
    {
      let changed = diff.widths.contains { $0.isSubset && $0.isChanged } ? ", changed since" : ""
      return (
        .widthPruned,
        "Width-pruned from the reference: rows and columns of its matrices are a part of the "
          + "reference's\(changed).", 0.9
      )
    }
    if let foreign = unrelated(diff, tally, hasVocabulary: vocabulary != nil) { return foreign }
    return changed(diff, tally) ?? unchanged(diff, tally, vocabulary) ?? partly(diff, tally)
      ?? (.mixed, "Several things happened; see the evidence.", 0.5)
  }

  /// Layers and experts in other places.
  private static func moved(_ diff: Diff, _ tally: Tally) -> (Kind, String, Double)? {
    let moved = diff.layerMaps.filter { !$0.isIdentity && $0.isFound }
    if let map = moved.max(by: { $0.sources.count < $1.sources.count }) {
      return (.layersMoved, layersHeadline(map, diff), 0.95)
    }
    let gaps = diff.layerMaps.filter { $0.isIdentity && $0.isFound && $0.gaps != $0.referenceGaps }
    if let map = gaps.first { return (.layersMoved, gapsHeadline(map, diff), 0.95) }
    return expertsHeadline(diff).map { (.expertsMoved, $0, 0.95) }
  }

  /// Matrices that have nothing in common.
  private static func unrelated(
    _ diff: Diff, _ tally: Tally, hasVocabulary: Bool
  ) -> (Kind, String, Double)? {
    let share = tally.share(.unrelated)
    if share > 0, !diff.reorders.isEmpty,
      diff.reorders.count(where: \.isSubset) * 2 > diff.reorders.count
    {
      let rest = diff.rest(except: [.unrelated])
      let quantized = diff.tensors.filter { $0.kind == .quantized }
      let others =
        quantized.isEmpty ? "" : "; others are quantized to \(list(storages(quantized)))"
      return (
        .reordered,
        "The reference's rows or columns in another order: \(percent(share)) of the weights are in "
          + "matrices that differ by that\(rest.isEmpty ? others : rest).", 0.9
      )
    }
    if share > DiffThresholds.majority {
      guard tally.untouched >= DiffThresholds.partlySame else {
        return (.unrelated, "Unrelated: matrices of the same name have nothing in common.", 0.95)
      }
      return (
        .mixed,
        "Partly the reference: \(percent(tally.untouched)) of the weights are the same, "
          + "\(percent(share)) are in matrices that have nothing in common with it.", 0.8
      )
    }
    guard tally.share(.reshaped) > DiffThresholds.majority, !hasVocabulary else { return nil }
    return (
      .unrelated,
      "No relation was found: most matrices have other dimensions, and their rows are not the "
        + "reference's.", 0.7
    )
  }

  /// Weights that are not the reference's but come from them.
  private static func changed(_ diff: Diff, _ tally: Tally) -> (Kind, String, Double)? {
    let untouched = tally.untouched
    func explains(_ kind: TensorChange.Kind) -> Bool {
      tally.share(kind) > 0 && tally.share(kind) + untouched > DiffThresholds.majority
    }
    if explains(.pruned) { return (.pruned, prunedHeadline(diff, tally), 0.95) }
    let isOfReference = diff.tensors.contains {
      $0.kind == .quantizedChanged && $0.codeError == nil && !$0.isBookkeeping
        && $0.isWeightMatrix
    }
    if isOfReference, tally.share(.unquantized) + tally.share(.quantizedChanged) > untouched {
      return referenceQuantizedChanged(diff, tally)
    }
    if let quantized = quantized(diff, tally) { return quantized }
    for (kind, account, words) in reversals where explains(kind) {
      let doubt = doubt(diff, kind)
      return (
        account, "The other way round: the reference was \(words) the other model\(doubt ?? "").",
        doubt == nil ? 0.9 : 0.7
      )
    }
    if explains(.scaled) { return (.scaled, scaledHeadline(diff), 0.95) }
    guard explains(.changed) else { return nil }
    // Integers are no weights that were trained.
    guard diff.tensors.contains(where: { $0.kind == .changed && $0.isFloatOrCodes }) else {
      return nil
    }
    if let masks = masksHeadline(diff, tally) { return (.mixed, masks, 0.8) }
    if let ranks = lowRanks(diff) {
      return (
        .loraMerged,
        "A low-rank adapter was merged: the changes have rank \(ranks), as a LoRA of that rank makes "
          + "them\(scaledRows(diff))\(trainedTables(diff)).", 0.9
      )
    }
    return (.fineTuned, fineTunedHeadline(diff, tally), 0.85)
  }

  /// The ranks of changes that nearly all are of low rank; `nil` where they are not.
  static func lowRanks(_ diff: Diff) -> String? {
    let inside = diff.ranks.filter { $0.role == .weight }
    let ranks = inside.isEmpty ? diff.ranks : inside
    let low = ranks.filter(\.isLow)
    guard low.count * 5 >= ranks.count * 4, !low.isEmpty else { return nil }
    return range(low.map(\.rank).sorted())
  }

  /// That embeddings or output matrices were trained in full beside an adapter.
  private static func trainedTables(_ diff: Diff) -> String {
    let tables = diff.ranks.filter { $0.role != .weight && !$0.isLow }.map(\.name)
    guard !tables.isEmpty, diff.ranks.contains(where: { $0.role == .weight }) else { return "" }
    return "; \(list(tables)) changed in many dimensions besides"
  }

  /// That rows were scaled besides, if in most matrices.
  private static func scaledRows(_ diff: Diff) -> String {
    let scaled = diff.ranks.compactMap(\.rowScaling).sorted()
    guard scaled.count * 2 > diff.ranks.count else { return "" }
    return "; rows were scaled besides, by \(percent(scaled[scaled.count / 2])), as DoRA does"
  }

  /// The reference's weights, stored otherwise.
  private static func unchanged(
    _ diff: Diff, _ tally: Tally, _ vocabulary: String?
  ) -> (Kind, String, Double)? {
    let untouched = tally.untouched
    if tally.share(.rounded) > 0, tally.share(.rounded) + untouched > 0.99 {
      return (.rounded, roundedHeadline(diff, tally), 0.97)
    }
    if let vocabulary, diff.isRestSame(except: [.reshaped]) {
      return (.restructured, "\(vocabulary); all other weights are the same.", 0.95)
    }
    let weights = diff.tensors.filter { !$0.isBookkeeping }
    let compared = weights.filter { $0.kind != .unread }
    guard untouched > 0.999, compared.allSatisfy({ $0.kind == .identical || $0.kind == .cast })
    else { return nil }
    if compared.count < weights.count {
      // Bytes that differ are known to.
      if weights.allSatisfy({ $0.kind != .unread || $0.hasOtherBytes }) { return nil }
      return (
        .unknown,
        "What could be compared is the same, but \(weights.count - compared.count) of "
          + "\(weights.count) tensors could not.", 0.5
      )
    }
    let isPart = diff.removedParameters + diff.addedParameters > 0
    if compared.contains(where: { $0.kind == .cast }) {
      return (.cast, isPart ? partHeadline(diff) : castHeadline(diff), 1)
    }
    if let narrowed = narrowed(diff) { return narrowed }
    return isPart
      ? (.restructured, partHeadline(diff), 1)
      : (.restructured, "The numbers are the same; \(list(restructured(diff))).", 1)
  }

  /// What the reference became from the other model.
  private static let reversals: [(TensorChange.Kind, Kind, String)] = [
    (.unquantized, .referenceQuantized, "quantized from"),
    (.filled, .referencePruned, "pruned from"),
    (.unrounded, .referenceRounded, "rounded from"),
  ]
}
