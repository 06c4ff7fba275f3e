public import ModelFile
public import TensorStats

/// Judges what kind of model it is.
///
/// - Parameters:
///   - measurements: what was measured, by the index of the tensor in the model; empty for the
///     header alone.
///   - mode: how much was read.
public func classify(
  _ model: Model,
  plan: Plan,
  measurements: [Int: Measurement],
  mode: MeasuredMode
) -> Verdict {
  let twoValued = Set(
    measurements.filter {
      plan.tensors[$0.key].isPrunable && ($0.value.distinct ?? 3) <= 2 && $0.value.coverage == 1
    }
    .filter { $0.value.zeros < $0.value.count }.keys
  )
  let storage = StorageFacet(model, plan, excluding: twoValued)
  let zeros = ZeroFacet(plan, measurements, excluding: twoValued)
  let quantized = QuantizedFacet(model, plan, storage)

  var evidence: [Verdict.Evidence] = []
  let precision = precisionOf(storage, quantized, plan)
  var precisionLabel = Verdict.Label.none
  if quantized.holdsMostWeights {
    evidence.append(quantized.evidence(plan))
  } else {
    precisionLabel = labelOf(storage)
  }
  if storage.byteCount > 0 {
    evidence.append(
      Verdict.Evidence(
        facet: .precision,
        statement: "\(counted(storage.parameters)) weights are stored as \(storage.description)",
        confidence: 1
      )
    )
  }

  let hidesZeros = quantized.hidesZeros
  let fraction = zeros.fraction
  let level = hidesZeros ? .none : fraction.map(ZeroFacet.level)
  // Zeros of quantized weights are judged against what their type makes of dense ones.
  let isPruned =
    !quantized.holdsMostWeights && (fraction ?? 0) >= Thresholds.prunedZeros
    && Double(zeros.parametersWithZeros)
      >= Thresholds.prunedParameterShare * Double(zeros.prunableParameters)
  if let fraction, !quantized.holdsMostWeights {
    evidence.append(
      Verdict.Evidence(
        facet: .sparsity,
        statement:
          "\(percent(fraction)) of \(counted(zeros.counted)) weights in \(zeros.prunable.count) "
          + "prunable matrices are zero",
        confidence: mode == .exact ? 0.97 : 0.9
      )
    )
  } else if hidesZeros, zeros.prunableParameters > 0 {
    evidence.append(
      Verdict.Evidence(
        facet: .sparsity,
        statement: "zeros cannot be measured: \(precision.storage) has no code for them",
        confidence: 1
      )
    )
  }

  var labels: [Verdict.Label] = []
  if quantized.holdsMostWeights { labels.append(.quantized) }
  if isPruned { labels.append(.pruned) }
  if !quantized.holdsMostWeights { labels.append(precisionLabel) }

  let sparsity = Verdict.Sparsity(
    zeroFraction: fraction,
    zeroFractionAll: zeros.fractionAll,
    prunableParameters: zeros.prunableParameters,
    excessZeroFraction: nil,
    measurable: fraction != nil && !hidesZeros,
    level: quantized.holdsMostWeights ? nil : level,
    pattern: nil,
    n: nil,
    m: nil,
    axis: nil,
    methodHint: nil,
    storage: .dense,
    naturalZeros: []
  )
  return Verdict(
    label: labels.first ?? .none,
    labels: labels,
    headline: headlineOf(
      labels,
      precision,
      quantized.quantization,
      sparsity,
      plan
    ),
    confidence: isPruned ? (mode == .exact ? 0.97 : 0.9) : storage.byteCount > 0 ? 1 : 0.9,
    precision: precision,
    quantization: quantized.quantization,
    sparsity: sparsity,
    distillation: Verdict.Distillation(
      level: .none,
      confidence: 0,
      statement:
        "No distillation evidence in this file. (Distillation usually leaves no trace in weights.)"
    ),
    findings: [],
    mismatches: [],
    evidence: evidence
  )
}

private func labelOf(_ storage: StorageFacet) -> Verdict.Label {
  guard storage.byteCount > 0 else { return .none }
  guard let dominant = storage.dominant else { return .mixed }
  return dominant.precisionLabel ?? .none
}

private func precisionOf(
  _ storage: StorageFacet,
  _ quantized: QuantizedFacet,
  _ plan: Plan
) -> Verdict.Precision {
  let name =
    storage.byteCount == 0
    ? "none" : storage.dominant?.precisionName ?? "mixed"
  return Verdict.Precision(
    storage: name,
    storageBits: storage.parameters > 0
      ? 8 * Double(storage.byteCount) / Double(storage.parameters) : nil,
    effective: nil,
    effectiveBits: nil,
    entropyBits: nil,
    losslessType: nil,
    losslessBytes: nil,
    container: nil,
    grid: nil
  )
}

private func headlineOf(
  _ labels: [Verdict.Label],
  _ precision: Verdict.Precision,
  _ quantization: Verdict.Quantization?,
  _ sparsity: Verdict.Sparsity,
  _ plan: Plan
) -> String {
  var parts: [String] = []
  for label in labels {
    switch label {
    case .quantized:
      let bits = quantization?.bits.map { "\(decimal($0, digits: 1))-bit" } ?? ""
      let name = [quantization?.scheme, quantization?.variant].compactMap { $0 }
      parts.append("Quantized \(bits) (\(name.joined(separator: " ")))")
    case .pruned:
      parts.append("pruned \(percent(sparsity.zeroFraction ?? 0))")
    case .fp64, .fp32, .fp16, .bf16: parts.append(label.rawValue.uppercased())
    case .mixed: parts.append("Mixed precision")
    case .none: parts.append(plan.totals.tensors == 0 ? "No tensors" : "No weights")
    case .sparse, .distilled: parts.append(label.rawValue)
    }
  }
  return parts.joined(separator: " · ")
}
