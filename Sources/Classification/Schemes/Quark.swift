internal import ModelFile
internal import TensorStats

/// AMD Quark: integers in words, and OCP microscaling.
///
///     int4, groups    weight I32 [in, out/8], weight_scale [in/g, out], weight_zero_point I32 [in/g, out/8]
///     int4, rows      weight I32 [out, in/8], weight_scale [out], weight_zero_point I32 [out/8]
///     int4 of fp8     the same, the names with `_2` behind, and weight_scale [] of the FP8 before
///     mxfp4, mxfp6    weight U8 [out, in·b/8], weight_scale U8 [out, in/32]: exponents
///     amdfp4          weight U8 [out, in/2], weight_scale U8 [out, in/16 or in/32]: E5M3, and
///                     weight_scale_2 F32 [] where the scales have one
///
/// `quark/torch/utils/pack.py`: nibbles in AWQ's order unless `pack_method` is "order"; `int4` codes are
/// in two's complement, `uint4` codes have a zero point. NVFP4 is stored as ModelOpt does.
enum Quark {
  static let signatures = [
    Signature(
      ".weight", [.i32], with: [".weight_scale", ".weight_scale_2", ".weight_zero_point_2"]
    ) { int4($0, stage: "_2") },
    Signature(".weight", [.i32], with: [".weight_scale", ".weight_zero_point"]) {
      int4($0, stage: "")
    },
    Signature(".weight", [.u8], with: [".weight_scale"], match: microscaled),
  ]

  /// Codes of 4 bits; those of a second stage are of numbers that were FP8, with a scale of their own.
  private static func int4(_ module: Module, stage: String) -> PackedWeight? {
    let (scales, zeros) = (".weight_scale" + stage, ".weight_zero_point" + stage)
    guard let matrix = module.matrix, let scale = module.shape(scales),
      module.type(scales)?.family == .float
    else { return nil }
    let isByRows = scale.count == 1 && scale[0] == matrix.rows
    guard isByRows || scale.count == 2 && scale[1] == matrix.columns.multipliedClamped(by: 8)
    else { return nil }
    let shape =
      isByRows
      ? [matrix.rows, matrix.columns.multipliedClamped(by: 8)] : [scale[1], matrix.rows]
    let group = isByRows ? nil : module.groupSize(of: matrix.rows, groups: scale[0])
    // Without a configuration zero points tell: those of two's complement are all zero.
    let type = claims(module, "dtype").first { $0.hasSuffix("int4") }
    let isSigned = type.map { $0 == "int4" } ?? (module.isZero(zeros) == true)
    let isConfigured = module.claims.settings != nil
    let keepsOrder = isConfigured || isByRows ? nil : module.scene.keepsOrder
    let words =
      keepsOrder ?? (module.claims.settings?["export"]?["pack_method"]?.string == "order")
      ? module.packing(4) : Packing.awq
    let arrangement = isByRows ? Arrangement.rowMajor : .transposed
    let sharing = GroupValues.Sharing.tiles(rows: 1, columns: group ?? shape[1])
    var found = PackedWeight(
      .quark,
      stage.isEmpty ? "int4" : "int4 of fp8",
      module,
      auxiliary: [".weight_scale", ".input_scale", scales, zeros],
      shape: shape,
      codes: .integer(zeroCode: isSigned ? 0 : nil),
      bits: 4,
      groupSize: group,
      symmetric: isSigned,
      actOrder: false,
      decoder: PackedDecoder(
        storage: .codes(
          StoredCodes(tensor: module.carrier, bits: 4, packing: words), arrangement),
        numbers: isSigned ? .signed : .unsigned,
        zero: isSigned
          ? nil
          : module[zeros].map {
            GroupValues(
              .codes(StoredCodes(tensor: $0, bits: 4, packing: words), plus: 0),
              sharing: sharing, arrangement: .transposed)
          },
        scales: module.scale(scales, sharing: sharing, arrangement: arrangement)
          + (stage.isEmpty ? [] : module.scale(".weight_scale", sharing: .matrix))
      )
    )
    if !isConfigured, keepsOrder == nil {
      found.assumption =
        "the order of the codes in a word (pack_method): taken as Quark's usual one"
    }
    return found
  }

  /// Exponents as scales, of 4 or 6 bits.
  private static func microscaled(_ module: Module) -> PackedWeight? {
    guard let (rows, bytes) = module.lastMatrix, let scale = module.shape(".weight_scale"),
      module.type(".weight_scale") == .u8 || module.type(".weight_scale") == .f8e8m0,
      scale.count >= 2, scale[scale.count - 2] == rows
    else { return nil }
    if hasE5M3Scales(module) { return amdfp4(module) }
    let bits: Int
    switch bytes {
    case scale[scale.count - 1].multipliedClamped(by: 16): bits = 4
    case scale[scale.count - 1].multipliedClamped(by: 24): bits = 6
    default: return nil
    }
    let isModelOpt = module.claims.method == "modelopt"
    let scales = module.scale(
      ".weight_scale", as: .f8e8m0, sharing: .tiles(rows: 1, columns: 32))
    // Both types of 6 bits are written; only the configuration tells which.
    let type: ElementType? =
      switch claims(module, "dtype").first {
      case "fp6_e2m3": .f6e2m3
      case "fp6_e3m2": .f6e3m2
      default: nil
      }
    return PackedWeight(
      isModelOpt ? .modelopt : .quark,
      "mxfp\(bits)",
      module,
      auxiliary: [".weight_scale", ".input_scale"],
      shape: module.shape.dropLast() + [scale[scale.count - 1].multipliedClamped(by: 32)],
      codes: bits == 4 ? .float4 : .scaledFloat,
      bits: Double(bits),
      groupSize: 32,
      symmetric: true,
      decoder: bits == 4
        ? .float4(module, scales: scales)
        : type.map { .float6(module, $0, scales: scales) }
    )
  }

  /// E2M1 codes whose scales are floats without a sign.
  static func amdfp4(_ module: Module) -> PackedWeight? {
    guard let (_, half) = module.lastMatrix, let blocks = module.blockScale(".weight_scale"),
      let group = [16, 32].first(where: { blocks.multipliedClamped(by: $0 / 2) == half }),
      let scale = module[".weight_scale"], module.type(".weight_scale") == .u8
    else { return nil }
    let numbers = PackedDecoder(
      storage: .codes(
        StoredCodes(tensor: scale, bits: 8, packing: .dense(bits: 8, wordBits: 8)),
        .lines(module.elements(".weight_scale") ?? 1)),
      numbers: .table(e5m3))
    return PackedWeight(
      .quark,
      "amdfp4",
      module,
      auxiliary: [".weight_scale", ".weight_scale_2", ".input_scale", ".input_scale_2"],
      shape: module.shape.dropLast() + [half.multipliedClamped(by: 2)],
      codes: .float4,
      bits: 4,
      groupSize: group,
      symmetric: true,
      decoder: .float4(
        module,
        scales: [Scale(GroupValues(.packed(numbers), sharing: .tiles(rows: 1, columns: group)))]
          + module.scale(".weight_scale_2", sharing: .matrix))
    )
  }

  /// Whether bytes of scales are E5M3, which only the configuration tells from exponents and E4M3.
  static func hasE5M3Scales(_ module: Module) -> Bool {
    claims(module, "scale_format").contains("e5m3") || claims(module, "dtype").contains("fp8_e5m3")
  }

  /// The numbers of E5M3: no sign, 5 bits of exponent with bias 15, 3 of mantissa, the last is no number
  /// (`quark/torch/kernel/float8_e5m3/lookup.py`).
  private static let e5m3 = (0..<256).map { code -> Float in
    let (exponent, mantissa) = (code >> 3, Float(code & 7))
    if code == 255 { return .nan }
    return exponent == 0
      ? mantissa * 0x1p-17
      : Float(sign: .plus, exponent: exponent - 18, significand: 8 + mantissa)
  }

  /// A setting of the weights of all layers, of each of their stages; older releases have one.
  private static func claims(_ module: Module, _ key: String) -> [String] {
    let weight = module.claims.settings?["global_quant_config"]?["weight"]
    return (weight?.array ?? [weight].compactMap { $0 }).compactMap { $0[key]?.string }
  }
}
