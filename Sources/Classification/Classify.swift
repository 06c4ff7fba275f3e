public import ModelFile
public import TensorStats

/// Judges what kind of model it is.
///
/// - Parameters:
///   - measurements: what was measured, by the index of the tensor in the model; empty for the
///     header alone.
///   - grids: what samples of the values of ``Plan/gridTensors(zeroShares:)`` say about grids.
///   - mode: how much was read.
public func classify(
  _ model: Model, plan: Plan, measurements: Measurements, grids: [Int: GridEvidence] = [:],
  mode: MeasuredMode
) -> Verdict {
  let observed = Observation(model, plan, measurements, grids, mode)
  let storage = StorageFacet(observed)
  let quantized = QuantizedFacet(observed)
  let precision = PrecisionFacet(observed, storage, quantized)
  let sparsity = SparsityFacet(observed)
  let distillation = DistillationFacet(observed).distillation
  let mismatches = Mismatches(observed, storage, quantized, sparsity)

  // The order in which properties decide how a file can be used.
  var labels: [Verdict.Label] = []
  if sparsity.isSparse { labels.append(.sparse) }
  if quantized.holdsMostWeights { labels.append(.quantized) }
  if sparsity.isPruned { labels.append(.pruned) }
  if !quantized.holdsMostWeights, storage.label != .none || labels.isEmpty {
    labels.append(storage.label)
  }
  if distillation.level != .none, labels.first != Verdict.Label.none { labels.append(.distilled) }

  let confidence: Double =
    switch labels[0] {
    case .sparse, .pruned: sparsity.confidence
    case .quantized: quantized.evidence.first?.confidence ?? 1
    case .fp64, .fp32, .fp16, .bf16, .mixed, .none, .distilled: 1
    }
  return Verdict(
    label: labels[0], labels: labels,
    headline: Headline.text(
      labels, precision.precision, quantized.quantization, sparsity.sparsity, plan),
    confidence: confidence, precision: precision.precision, quantization: quantized.quantization,
    sparsity: sparsity.sparsity, distillation: distillation,
    findings: StructureFacet(observed).findings + mismatches.notes, mismatches: mismatches.found,
    evidence: evidence(labels[0], precision, quantized, sparsity) + mismatches.evidence,
    details: TensorDetails(observed))
}

/// The facts behind the first label before the others.
private func evidence(
  _ label: Verdict.Label, _ precision: PrecisionFacet, _ quantized: QuantizedFacet,
  _ sparsity: SparsityFacet
) -> [Verdict.Evidence] {
  switch label {
  case .sparse, .pruned: sparsity.evidence + precision.evidence + quantized.evidence
  case .quantized: quantized.evidence + precision.evidence + sparsity.evidence
  case .fp64, .fp32, .fp16, .bf16, .mixed, .none, .distilled:
    precision.evidence + quantized.evidence + sparsity.evidence
  }
}
