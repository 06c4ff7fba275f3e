@testable import Browser
@testable import Report

/// Comparisons made for tests.
extension Sample {
  static func numbers(error: Double, equal: Double = 0, newZeros: Int = 0) -> DiffReport.Numbers {
    .init(
      weights: 16_384, maxAbs: error / 5, meanAbs: error / 50, rmse: error / 40,
      relativeRMSE: error, cosine: 1 - error * error / 2,
      snrDecibels: error > 0 ? 20 - error * 40 : nil, identicalFraction: error > 0 ? equal : 1,
      signFlips: error > 0.2 ? 12 : 0, newZeros: newZeros, filledZeros: 0, notFinite: 0)
  }

  private static func side(_ path: String, bytes: Int) -> DiffReport.Side {
    .init(
      path: path, format: "gguf", tensors: 26, parameters: 425_000, storedBytes: bytes,
      status: .ok, problems: [])
  }

  /// A quantized model against its original: later layers lose more.
  static let comparison: DiffReport = {
    var tensors: [DiffReport.Tensor] = []
    func add(
      _ name: String, role: String, layer: Int?, change: String, numbers: DiffReport.Numbers?
    ) {
      tensors.append(
        .init(
          name: name, referenceName: "model." + name, role: role, layer: layer,
          referenceStorage: "BF16", storage: change == "identical" ? "BF16" : "Q4_K",
          referenceShape: [128, 128], shape: change == "reshaped" ? [64, 128] : [128, 128],
          order: "same", partial: false, change: change, numbers: numbers))
    }
    add(
      "token_embd.weight", role: "embedding", layer: nil, change: "identical",
      numbers: numbers(error: 0))
    for layer in 0..<8 {
      for (index, part) in ["attn_q", "ffn_up", "ffn_down"].enumerated() {
        add(
          "blk.\(layer).\(part).weight", role: "weight", layer: layer,
          change: layer == 7 ? "pruned" : "quantized",
          numbers: numbers(
            error: 0.06 + Double(layer) / 100 + Double(index) / 1000 + (layer == 7 ? 0.3 : 0),
            equal: 0.01, newZeros: layer == 7 ? 8000 : 0))
      }
    }
    add("output\u{1b}[31m.weight", role: "head", layer: nil, change: "reshaped", numbers: nil)
    func group(_ name: String, _ error: Double, _ count: Int) -> DiffReport.Group {
      .init(name: name, tensors: count, numbers: numbers(error: error))
    }
    var histogram = DiffReport.Histogram.empty
    for tensor in tensors {
      if let error = tensor.numbers?.relativeRMSE {
        histogram.tensors[histogram.bin(of: error)] += 1
      }
    }
    return .init(
      tool: .init(name: "inspect", version: "1"),
      reference: side("models/original.gguf", bytes: 850_000),
      other: side("models/small\u{7}.gguf", bytes: 240_000), same: false,
      account: .init(
        kind: "quantized",
        headline: "Quantized from the reference to Q4_K: the error is what the type costs.",
        confidence: 0.95,
        evidence: [
          "24 tensors quantized: error 0.102 σ, 1.03 times that of the best codes",
          "1 tensor identical",
        ], changes: ["quantized", "identical"]),
      structure: .init(
        added: ["rope_freqs.weight"], removed: [], addedBookkeeping: 0, removedBookkeeping: 0,
        metadata: [.init(key: "general.file_type", reference: nil, other: .integer(15))],
        layerMaps: []),
      totals: numbers(error: 0.12, equal: 0.05, newZeros: 24_000),
      roles: [group("weight", 0.13, 24), group("embedding", 0, 1)],
      layers: (0..<8).map { group("\($0)", 0.06 + Double($0) / 100, 3) },
      types: [group("BF16 → Q4_K", 0.13, 24), group("BF16 → BF16", 0, 1)],
      histogram: histogram, ranks: [], tensors: tensors)
  }()
}
