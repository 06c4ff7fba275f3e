internal import ModelFile
internal import TensorStats

/// The zeros of a model's weights, summed.
struct ZeroFacet {
  /// The large matrices that pruning acts on, after measuring: two-valued ones are buffers.
  var prunable: [Int] = []
  /// Their logical weights.
  var prunableParameters = 0
  /// Weights and zeros that were counted in them.
  var counted = 0
  var zeros = 0
  /// The same over all weights.
  var countedAll = 0
  var zerosAll = 0
  /// The parameters of prunable tensors with at least ``Thresholds/prunedZeros``.
  var parametersWithZeros = 0

  init(_ plan: Plan, _ measurements: [Int: Measurement], excluding ignored: Set<Int>) {
    for (index, tensor) in plan.tensors.enumerated() where !ignored.contains(index) {
      let measured = measurements[index]
      if tensor.role.holdsParameters, let measured, measured.count > 0 {
        countedAll = countedAll.addingClamped(measured.count)
        zerosAll = zerosAll.addingClamped(measured.zeros)
      }
      guard tensor.isPrunable else { continue }
      prunable.append(index)
      prunableParameters = prunableParameters.addingClamped(tensor.parameters)
      guard let measured, measured.count > 0 else { continue }
      counted = counted.addingClamped(measured.count)
      zeros = zeros.addingClamped(measured.zeros)
      if Double(measured.zeros) >= Thresholds.prunedZeros * Double(measured.count) {
        parametersWithZeros = parametersWithZeros.addingClamped(tensor.parameters)
      }
    }
  }

  /// Zeros of the prunable weights.
  var fraction: Double? { counted > 0 ? Double(zeros) / Double(counted) : nil }
  /// Zeros of all weights.
  var fractionAll: Double? { countedAll > 0 ? Double(zerosAll) / Double(countedAll) : nil }

  /// The band of a share of zeros.
  static func level(_ fraction: Double) -> Verdict.Sparsity.Level {
    if fraction < Thresholds.incidentalZeros { return .none }
    if fraction < Thresholds.prunedZeros { return .incidental }
    if fraction < Thresholds.halfZeros { return .partial }
    return fraction < Thresholds.highZeros ? .half : .high
  }
}
