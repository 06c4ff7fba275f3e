internal import ModelFile
internal import TensorStats

/// What is said of zeros.
extension SparsityFacet {
  mutating func describeZeros(
    _ fraction: Double, _ isQuantized: Bool, _ isPatterned: Bool, _ observed: Observation
  ) {
    guard zeros > 0 || !isQuantized else {
      add("none of \(inUnits(counted)) decoded weights is zero", confidence)
      return
    }
    let matrices = counting(prunable.count, "prunable matrix", "prunable matrices")
    let part = countedMatrices < prunable.count ? "\(countedMatrices) of " : ""
    let scope = "\(inUnits(counted)) weights in \(part)\(matrices)"
    let share = "\(percent(fraction)) of \(scope)"
    guard isQuantized else {
      return add("\(share) are zero" + sampledInterval(fraction, observed), confidence)
    }
    let zeros = "\(share) decode to zero" + sampledInterval(fraction, observed)
    let more = percent(excess / Double(max(counted, 1)))
    if excess > Double(self.zeros) {
      // Codes with an offset.
      add("\(zeros), but \(more) more than of dense weights lie within 0.05 σ of it", confidence)
    } else if !sparsity.measurable {
      add("\(zeros), which tells nothing of pruning", confidence)
    } else if excess > 0 || isPatterned {
      add("\(zeros); \(more) are more than dense weights have", confidence)
    } else if fraction < Threshold.prunedZeros.value {
      add("\(zeros), too few for pruning", confidence)
    } else {
      add(
        "\(zeros), as those of dense weights may in these codes; pruning of the smallest \(percent(fraction)) "
          + "or fewer would not show", Threshold.hiddenPruning.value)
    }
  }

  /// The 95 % interval of a sampled share: from those of the tensors, which know how zeros cluster in
  /// pages; what is missed in one tensor is independent of what is missed in another.
  func interval(_ fraction: Double, _ observed: Observation) -> ClosedRange<Double> {
    var (below, above) = (0.0, 0.0)
    for index in prunable {
      guard let measured = observed.measurements[index], measured.count > 0,
        let interval = measured.zeroShareInterval
      else { continue }
      let weight = Double(measured.countInAll) / Double(counted)
      let share = Double(measured.zeros) / Double(measured.count)
      below += weight * weight * (share - interval.lowerBound) * (share - interval.lowerBound)
      above += weight * weight * (interval.upperBound - share) * (interval.upperBound - share)
    }
    let least = max(0, fraction - below.squareRoot())
    let most = min(1, fraction + above.squareRoot())
    return min(least, most)...max(least, most)
  }

  private func sampledInterval(_ fraction: Double, _ observed: Observation) -> String {
    guard observed.mode == .sample, counted > 0 else { return "" }
    let interval = interval(fraction, observed)
    return
      " (95 % interval \(percent(interval.lowerBound)) to \(percent(interval.upperBound)), sampled)"
  }

  mutating func describe(_ structure: ZeroedStructure) {
    let names: [Verdict.Sparsity.Pattern: String] = [
      .experts: "experts", .neurons: "feed-forward neurons", .heads: "attention heads",
      .rows: "rows", .columns: "columns",
    ]
    add(
      "\(structure.zeroed) of \(structure.all) \(names[structure.pattern] ?? "parts") are zero throughout",
      0.95)
  }

  mutating func describePassedOver(_ observed: Observation) {
    guard !observed.passedOver.isEmpty else { return }
    let layers = observed.passedOver.sorted().map(String.init).joined(separator: ", ")
    add("every matrix of layer \(layers) is zero: the network passes it over", 0.95)
  }

  /// Some matrices are pruned, but not enough for the model to be.
  mutating func describePart(_ observed: Observation) {
    sparsity.prunedPart = Verdict.Sparsity.PrunedPart(
      matrices: prunedMatrices.count, all: prunable.count)
    let names = prunedMatrices.prefix(3).map { observed.model.tensors[$0].name }
    let others = prunedMatrices.count - names.count
    add(
      "\(prunedMatrices.count) of \(counting(prunable.count, "matrix", "matrices")) have zeros as pruning makes, with "
        + "\(percent(Double(excessParameters), of: Double(max(judgedParameters, 1)))) of the prunable "
        + "parameters: \(names.joined(separator: ", "))"
        + (others > 0 ? " and \(others) more" : ""), 0.95)
  }

  mutating func explainHidden(_ observed: Observation) {
    guard prunableParameters > 0 else { return }
    let share = percent(Double(hiddenParameters), of: Double(prunableParameters))
    add(
      "zeros cannot be measured in \(share) of the prunable parameters: their codes have none, tell no "
        + "single weight, or lie in an order that is not known", 1)
    let near = Double(nearZeros)
    guard offsetCount > 0, near > Threshold.nearZeros.value * Double(offsetCount) else { return }
    add(
      "\(percent(near, of: Double(offsetCount))) of the weights in codes with an offset lie within 0.05 σ of "
        + "zero, where dense weights have 4 to 7 %: they may have been pruned before", 0.6)
  }

  mutating func add(_ statement: String, _ confidence: Double) {
    evidence.append(
      Verdict.Evidence(facet: .sparsity, statement: statement, confidence: confidence))
  }
}
