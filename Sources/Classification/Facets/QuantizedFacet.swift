internal import ModelFile

/// The weights that are stored as codes, and in what convention.
struct QuantizedFacet {
  /// What the report says; `nil` where no weight is quantized.
  var quantization: Verdict.Quantization?
  /// Whether codes hold most of the matrices' parameters, so that the model is called quantized.
  var holdsMostWeights = false
  /// Whether most codes cannot stand for zero, so that no count of zeros says anything.
  var hidesZeros = false

  init(_ model: Model, _ plan: Plan, _ storage: StorageFacet) {
    var quantized = 0
    var quantizedBytes = 0
    var weightedBits = 0
    var matrices = 0
    var quantizedMatrices = 0
    var hiding = 0
    var byType: [ElementType: Int] = [:]
    for (index, tensor) in plan.tensors.enumerated() {
      guard tensor.role.decidesPrecision else { continue }
      if tensor.role == .weight { matrices = matrices.addingClamped(tensor.parameters) }
      let type = model.tensors[index].type
      guard let bits = type.codeBits else { continue }
      quantized = quantized.addingClamped(tensor.parameters)
      quantizedBytes = quantizedBytes.addingClamped(model.tensors[index].byteCount)
      weightedBits = weightedBits.addingClamped(tensor.parameters.multipliedClamped(by: bits))
      byType[type, default: 0] = byType[type, default: 0].addingClamped(tensor.parameters)
      if tensor.role == .weight {
        quantizedMatrices = quantizedMatrices.addingClamped(tensor.parameters)
      }
      if !type.canHoldZero { hiding = hiding.addingClamped(tensor.parameters) }
    }
    guard quantized > 0 else { return }
    let total = matrices > 0 ? matrices : storage.parameters
    holdsMostWeights =
      Double(matrices > 0 ? quantizedMatrices : quantized)
      >= Thresholds.quantizedShare * Double(total)
    hidesZeros = 2 * hiding > quantized
    let dominant = byType.max { ($0.value, $1.key.name) < ($1.value, $0.key.name) }?.key
    quantization = Verdict.Quantization(
      scheme: Self.scheme(of: dominant),
      bits: Double(weightedBits) / Double(quantized),
      groupSize: Self.groupSize(of: dominant),
      symmetric: nil,
      actOrder: nil,
      variant: Self.variant(of: dominant),
      bitsPerWeight: 8 * Double(quantizedBytes) / Double(quantized),
      parameters: quantized,
      share: plan.totals.parameters > 0 ? Double(quantized) / Double(plan.totals.parameters) : 0,
      declared: []
    )
  }

  func evidence(_ plan: Plan) -> Verdict.Evidence {
    let bits = quantization?.bitsPerWeight ?? 0
    return Verdict.Evidence(
      facet: .quantization,
      statement:
        "\(counted(quantization?.parameters ?? 0)) of \(counted(plan.totals.parameters)) parameters "
        + "are codes of \(decimal(bits)) bits each with their scales",
      confidence: 1
    )
  }

  private static func scheme(of type: ElementType?) -> String {
    switch type?.family {
    case .block, .foreign: "ggml"
    case .integer: "int8"
    case .float, .complex, .boolean, .scale, nil: type == .f4 ? "fp4" : "fp8"
    }
  }

  private static func variant(of type: ElementType?) -> String? {
    switch type?.family {
    case .block, .foreign: type?.name
    case .float, .integer, .complex, .boolean, .scale, nil: "unscaled cast"
    }
  }

  private static func groupSize(of type: ElementType?) -> Int? {
    guard let type, type.family == .block else { return nil }
    return type.scaleGroup
  }
}

extension ElementType {
  /// Whether a decoded value can be exactly zero in ordinary blocks: codebooks of the IQ types
  /// have none, and types with an offset reach it only by chance (reference values: 0.04 % and less).
  var canHoldZero: Bool {
    switch self {
    case .iq4NL, .iq4XS, .iq3XXS, .iq3S, .iq2XXS, .iq2XS, .iq2S, .iq1S, .iq1M, .q4_1, .q5_1, .q2K,
      .q4K, .q5K, .q1_0, .foreign:
      false
    default: true
    }
  }

  /// Weights that share a scale (ggml/src/ggml-common.h); `nil` where there is one for all.
  var scaleGroup: Int? {
    switch self {
    case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q8_1, .iq4NL, .mxfp4, .q4K, .q5K, .iq4XS: 32
    case .q2K, .q3K, .q6K, .nvfp4: 16
    case .iq2XXS, .iq3XXS, .iq3S, .iq1S: 32
    case .iq2XS, .iq2S, .iq1M: 16
    case .q8K, .tq1_0, .tq2_0: 256
    case .q1_0: 128
    case .q2_0: 64
    default: nil
    }
  }
}
