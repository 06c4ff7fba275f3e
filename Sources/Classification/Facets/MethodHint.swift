internal import TensorStats

/// What the weights that are left tell of how the others were chosen.
enum MethodHint {
  /// Judges unstructured zeros, weighted by parameters.
  static func find(_ observed: Observation, _ prunable: [Int]) -> Verdict.Sparsity.MethodHint? {
    var votes: [Verdict.Sparsity.MethodHint: Int] = [:]
    for index in prunable {
      guard let measured = observed.measurements[index], let hint = hint(measured) else { continue }
      votes[hint] = (votes[hint] ?? 0).addingClamped(observed.plan.tensors[index].parameters)
    }
    return votes.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key
  }

  private static func hint(_ measured: Measurement) -> Verdict.Sparsity.MethodHint? {
    let share = Double(measured.zeros) / Double(max(measured.count, 1))
    guard share >= Threshold.prunedZeros.value, share < 1 else { return nil }
    if let structure = measured.structure, structure.zeroRowCount == 0 {
      let binomial = share * (1 - share) * Double(structure.columns)
      // Rows pruned alike have the same count each; of few columns that means nothing.
      if binomial > 4, structure.zerosPerRow.variance < Threshold.equalRows.value * binomial {
        return .perRow
      }
    }
    guard let gap = measured.gap?.percentileOverMedian else { return nil }
    if gap > Threshold.magnitudeGap.value { return .magnitude }
    return gap > Threshold.scoreGap.value ? .score : .random
  }
}
