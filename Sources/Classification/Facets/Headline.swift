/// The one line that a person can repeat.
enum Headline {
  static func text(
    _ labels: [Verdict.Label], _ precision: Verdict.Precision,
    _ quantization: Verdict.Quantization?, _ sparsity: Verdict.Sparsity, _ plan: Plan
  ) -> String {
    var parts: [String] = []
    if labels.contains(.quantized), let quantization {
      parts.append(codes(quantization, precision))
    }
    if let label = labels.first(where: { $0.floatBits != nil || $0 == .mixed }) {
      parts.append(storage(label, precision))
    }
    if labels.contains(.none) { parts.append(none(plan)) }
    if let zeros = zeros(labels, sparsity) {
      parts.append(zeros)
    } else if let part = sparsity.prunedPart {
      parts.append("zeros in \(part.matrices) of \(part.all) matrices")
    }
    if labels.contains(.distilled) { parts.append("said to be distilled") }
    let role = roles[plan.fileRole]
    return (role.map { [$0] } ?? []).appending(parts).joined(separator: " · ")
  }

  /// `Quantized 4-bit (GPTQ, group 128, act-order)`.
  private static func codes(
    _ quantization: Verdict.Quantization, _ precision: Verdict.Precision
  ) -> String {
    let bits = quantization.bits.map { " \(decimal($0, digits: 1))-bit" } ?? ""
    var details = [name(quantization)]
    if quantization.scheme != "ggml" {
      if let group = quantization.groupSize { details.append("group \(group)") }
      if quantization.actOrder == true { details.append("act-order") }
    } else if let bits = quantization.bitsPerWeight {
      details.append("\(decimal(bits)) bits per weight")
    }
    return "Quantized\(bits) (\(details.joined(separator: ", ")))"
  }

  private static func name(_ quantization: Verdict.Quantization) -> String {
    let names = [
      "gptq": "GPTQ", "awq": "AWQ", "bnb-nf4": "bitsandbytes NF4", "bnb-fp4": "bitsandbytes FP4",
      "bnb-int8": "bitsandbytes INT8", "fp8": "FP8", "fp8-block": "FP8 block", "mlx": "MLX",
      "hqq": "HQQ",
      "quanto": "Quanto", "aqlm": "AQLM", "vptq": "VPTQ", "quip#": "QuIP#", "exl2": "EXL2",
      "exl3": "EXL3", "mxfp4": "MXFP4", "bitnet": "BitNet", "svdquant": "SVDQuant",
      "modelopt": "ModelOpt", "comfy-quant": "ComfyUI", "comfy-fp8-scaled": "ComfyUI scaled FP8",
      "int8": "INT8", "unknown-packed": "unknown packing",
    ]
    let base = names[quantization.scheme] ?? quantization.scheme
    guard let variant = quantization.variant else { return base }
    return switch quantization.scheme {
    case "ggml": variant
    case "bnb-nf4": variant.hasSuffix("double-quant") ? base + " double-quantized" : base
    case "gptq", "bnb-fp4", "bnb-int8", "comfy-fp8-scaled", "bitnet": base
    // A variant may repeat the last word of the scheme's name.
    default: base.hasSuffix(variant) ? base : "\(base) \(variant)"
    }
  }

  /// `FP32 storage, BF16 content`.
  private static func storage(_ label: Verdict.Label, _ precision: Verdict.Precision) -> String {
    let name = label == .mixed ? "Mixed precision" : label.rawValue.uppercased()
    if let grid = precision.grid {
      if grid.kind == .fp8Tile {
        return "\(name) storage, FP8 numbers (looks dequantized)"
      }
      if grid.kind == .codebook {
        return "\(name) storage, tables of \(grid.bits) bits (looks dequantized)"
      }
      return "\(name) storage, on \(article(grid.bits)) \(grid.bits)-bit grid (looks dequantized)"
    }
    if let container = precision.container {
      return "\(name), losslessly compressed (\(container))"
    }
    if let part = precision.partOnGrids {
      let share = part.share < 1 ? "\(percent(part.share)) of the weights" : "all weights"
      return "\(name) storage, \(share) on grids of \(part.described) (looks dequantized)"
    }
    guard let effective = precision.effective, effective != label.rawValue, label != .mixed else {
      return name
    }
    return "\(name) storage, \(effective.uppercased().replacing("_", with: " ")) content"
  }

  private static func zeros(_ labels: [Verdict.Label], _ sparsity: Verdict.Sparsity) -> String? {
    // Codes with an offset show pruning near zero rather than at it.
    let share =
      sparsity.zeroFraction.map { zeros in
        let excess = sparsity.excessZeroFraction ?? 0
        return excess > zeros ? " about \(percent(excess))" : " \(percent(zeros))"
      } ?? ""
    var text: String
    switch sparsity.pattern {
    case .nOfM:
      guard let n = sparsity.n, let m = sparsity.m else { return nil }
      text =
        labels.contains(.sparse)
        ? "\(n):\(m) sparse"
        : sparsity.axis == .output
          ? "\(n):\(m) pruned along the outputs" : "pruned\(share) in part, \(n):\(m)"
    case .block: text = "block sparse\(share)"
    case .rows, .columns, .neurons, .heads, .experts:
      guard labels.contains(.pruned) else { return nil }
      let parts = sparsity.structureShare.map { " \(percent($0))" } ?? share
      text = "pruned \(sparsity.pattern?.rawValue ?? "")\(parts)"
    case .unstructured?, Verdict.Sparsity.Pattern.none?, nil:
      guard labels.contains(.pruned) || labels.contains(.sparse) else { return nil }
      text = "pruned\(share)" + (sparsity.pattern == .unstructured ? " unstructured" : "")
      switch sparsity.methodHint {
      case .magnitude: text += " (by magnitude)"
      case .perRow: text += " (every row alike, as Wanda does)"
      case .score, .random, nil: break
      }
    }
    guard labels.contains(.sparse) || labels.contains(.pruned) else { return nil }
    return text + (sparsity.storage == .dense ? "" : ", stored sparsely")
      + (sparsity.storage == .dense ? " · stored densely" : "")
  }

  private static func none(_ plan: Plan) -> String {
    if plan.fileRole == .vocabulary { return "no weights" }
    return plan.totals.tensors == 0 ? "No tensors" : "No weights"
  }

  private static let roles: [FileRole: String] = [
    .part: "One part of a model", .adapter: "Adapter", .delta: "Difference between models",
    .vocabulary: "Vocabulary", .importanceMatrix: "Importance matrix", .projector: "Projector",
    .embedding: "Embeddings",
  ]
}

extension [String] {
  fileprivate func appending(_ others: [String]) -> [String] { self + others }
}
