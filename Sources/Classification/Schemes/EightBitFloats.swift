internal import ModelFile
internal import TensorStats

/// FP8 weights with a scale for each tensor, row or tile.
///
///     DeepSeek    weight F8_E4M3 [out, in], weight_scale_inv F32 or F8_E8M0 by tiles of 128 × 128;
///                 it multiplies, despite its name
///     others      weight_scale F32 [], [1], [out, 1] or by tiles; FBGEMM, ModelOpt
///     Mistral     qscale_weight F32 []
///     GPTQModel   weight_scale_inv [out], [] or by tiles, which divides, as its name says
///                 (`gptqmodel/nn_modules/qlinear/fp8.py`)
///
/// DeepSeek's V4 keeps experts as pairs of E2M1 codes in I8, with an exponent for every 32.
/// Stacked experts have the same suffix without `.weight`: `gate_up_proj_scale_inv`.
enum EightBitFloats {
  static let signatures = [
    Signature("_scale_inv", with: [""]) { match($0, weight: "", scale: "_scale_inv") },
    Signature("_weight_scale", with: [""]) { match($0, weight: "", scale: "_weight_scale") },
    Signature("_scale", with: [""]) { match($0, weight: "", scale: "_scale") },
    Signature(".qscale_weight", with: [".weight"]) {
      match($0, weight: ".weight", scale: ".qscale_weight")
    },
    Signature(".scale", with: [".weight"]) { match($0, weight: ".weight", scale: ".scale") },
  ]

  private static let types: [ElementType] = [.f8e4m3, .f8e5m2, .f8e4m3fnuz, .f8e5m2fnuz]

  /// Looks at the tensor that a scale is named after.
  private static func match(_ found: Module, weight: String, scale: String) -> PackedWeight? {
    guard let carrier = found[weight], let scaleShape = found.shape(scale),
      let scaleType = found.type(scale)
    else { return nil }
    let module = Module(scene: found.scene, prefix: found.prefix, carrier: carrier)
    guard types.contains(module.tensor.type) else {
      return float4(module, scale, scaleShape, scaleType)
    }
    guard let (rows, columns) = module.lastMatrix else { return nil }
    let stack = module.shape.dropLast(2).reduce(1) { $0.multipliedClamped(by: $1) }
    let perMatrix =
      stack > 1 && scaleShape.first == stack ? Array(scaleShape.dropFirst()) : scaleShape
    // Bytes are exponents for every 32 (MXFP8).
    let isExponent =
      scaleType == .u8 && module.blockScale(scale) == ceilingQuotient(columns, 32)
    guard isExponent || scaleType.family == .float || scaleType.family == .scale,
      let sharing = isExponent
        ? .tiles(rows: 1, columns: 32)
        : module.sharing(of: perMatrix, rows: rows, columns: columns)
    else { return nil }
    let (scheme, variant) = name(module, sharing, isInverse: scale == "_scale_inv")
    var packed = PackedWeight(
      scheme,
      variant,
      module,
      auxiliary: [scale],
      shape: module.shape,
      codes: .scaledFloat,
      bits: 8,
      symmetric: true,
      decoder: .bytes(
        module,
        .float(module.tensor.type),
        scales: module.scale(
          scale, as: isExponent ? .f8e8m0 : nil, sharing: sharing,
          divides: scale == "_scale_inv" && module.scene.hasInverseScales)
      )
    )
    if case .tiles(1, let group) = sharing, group < columns { packed.groupSize = group }
    packed.auxiliary += module.activationScales
    return packed
  }

  private static func name(
    _ module: Module,
    _ sharing: GroupValues.Sharing,
    isInverse: Bool
  ) -> (Scheme, String) {
    let granularity =
      switch sharing {
      case .matrix: "per-tensor"
      case .tiles(1, _): "per-channel"
      default: "block"
      }
    return switch module.claims.method {
    case "fbgemm_fp8": (.fbgemmFP8, granularity)
    case "quark": (.quark, "fp8 " + granularity)
    case "modelopt": (.modelopt, module.claims.settings?["quant_algo"]?.string ?? "FP8")
    default:
      granularity == "block"
        ? (.fp8Block, isInverse ? "weight_scale_inv" : granularity) : (.fp8, granularity)
    }
  }

  /// How many scales called inverse are read to tell what they are.
  static let inverseScaleCount = 16

  /// Whether what is called an inverse scale is one.
  ///
  /// The largest code is always the largest of its type, 448 or 57344, so that a factor above 1 would
  /// make weights of hundreds. Where none was read, the configuration tells.
  static func hasInverseScales(
    _ model: Model, _ auxiliary: [Int: [UInt8]], _ claims: QuantizationClaims
  ) -> Bool {
    var (above, below) = (0, 0)
    for (index, bytes) in auxiliary where model.tensors[index].name.hasSuffix("_scale_inv") {
      // The upper half of a float of 32 bits is one of 16.
      let (width, one) =
        switch model.tensors[index].type {
        case .f32: (4, 0x3F80)
        case .bf16: (2, 0x3F80)
        case .f16: (2, 0x3C00)
        default: (0, 0)
        }
      guard width > 0 else { continue }
      for end in stride(from: width, through: bytes.count, by: width) {
        let isAbove = (Int(bytes[end - 1]) << 8 | Int(bytes[end - 2])) & 0x7FFF >= one
        if isAbove { above += 1 } else { below += 1 }
      }
    }
    guard above + below > 0 else {
      return claims.settings?["weight_scale_semantics"]?.string == "inverse"
    }
    return above > below
  }

  private static func float4(
    _ module: Module,
    _ scale: String,
    _ scaleShape: [Int],
    _ scaleType: ElementType
  ) -> PackedWeight? {
    let type = module.tensor.type
    guard type == .u8 && scaleType == .u8 || [.i8, .u8].contains(type) && scaleType == .f8e8m0,
      let (rows, half) = module.lastMatrix, scaleShape.count >= 2,
      scaleShape[scaleShape.count - 2] == rows,
      scaleShape[scaleShape.count - 1].multipliedClamped(by: 16) == half
    else { return nil }
    let isModelOpt = module.claims.method == "modelopt"
    return PackedWeight(
      isModelOpt ? .modelopt : .fp4,
      isModelOpt ? module.claims.settings?["quant_algo"]?.string ?? "MXFP4" : "e2m1 in int8",
      module,
      auxiliary: [scale],
      shape: module.shape.dropLast() + [half.multipliedClamped(by: 2)],
      codes: .float4,
      bits: 4,
      groupSize: 32,
      symmetric: true,
      decoder: .float4(
        module,
        scales: module.scale(scale, as: .f8e8m0, sharing: .tiles(rows: 1, columns: 32))
      )
    )
  }
}

extension Module {
  /// Rows and columns of the innermost matrices.
  var lastMatrix: (rows: Int, columns: Int)? {
    let shape = shape
    guard shape.count >= 2, shape[shape.count - 1] > 0, shape[shape.count - 2] > 0 else {
      return nil
    }
    return (shape[shape.count - 2], shape[shape.count - 1])
  }

  /// Scales of activations that stand beside a weight.
  fileprivate var activationScales: [Int] {
    guard prefix.hasSuffix(".weight") else { return [] }
    let layer = String(prefix.dropLast(".weight".count))
    return [".input_scale", ".input_scale_ub", ".activation_scale", ".qscale_act", ".output_scale"]
      .compactMap { scene.indexes[layer + $0] }
  }
}
