internal import TensorStats

/// What the weights that are left tell of how the others were chosen.
enum MethodHint {
  /// Judges unstructured zeros, weighted by parameters.
  static func find(_ observed: Observation, _ prunable: [Int]) -> Verdict.Sparsity.MethodHint? {
    var votes: [Verdict.Sparsity.MethodHint: Int] = [:]
    for index in prunable {
      guard let measured = observed.measurements[index], let hint = hint(measured) else { continue }
      votes[hint, default: 0] += observed.plan.tensors[index].parameters
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
    guard let gap = gap(measured) else { return nil }
    if gap > Threshold.magnitudeGap.value { return .magnitude }
    return gap > Threshold.scoreGap.value ? .score : .random
  }

  /// The 1st percentile of |w| over the median, of weights that are not zero, from the bins of
  /// powers of two; between their edges in proportion.
  private static func gap(_ measured: Measurement) -> Double? {
    guard let histogram = measured.magnitudeHistogram else { return nil }
    let total = histogram.counts.reduce(0, +)
    guard total >= Threshold.leastSample.count, let low = quantile(histogram, 0.01 * Double(total)),
      let middle = quantile(histogram, 0.5 * Double(total)), middle > 0
    else { return nil }
    return low / middle
  }

  private static func quantile(_ histogram: Histogram, _ rank: Double) -> Double? {
    var below = 0.0
    for (bin, count) in histogram.counts.enumerated() where count > 0 {
      if below + Double(count) >= rank {
        let (low, high) = (histogram.edges[bin], histogram.edges[bin + 1])
        return low + (high - low) * (rank - below) / Double(count)
      }
      below += Double(count)
    }
    return nil
  }
}
