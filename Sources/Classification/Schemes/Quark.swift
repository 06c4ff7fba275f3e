internal import ModelFile
internal import TensorStats

/// AMD Quark: integers in words, and OCP microscaling.
///
///     int4, groups    weight I32 [in, out/8], weight_scale [in/g, out], weight_zero_point I32 [in/g, out/8]
///     int4, rows      weight I32 [out, in/8], weight_scale [out], weight_zero_point I32 [out/8]
///     mxfp4, mxfp6    weight U8 [out, in·b/8], weight_scale U8 [out, in/32]: exponents
///
/// `quark/torch/utils/pack.py`: nibbles in AWQ's order unless `pack_method` is "order"; `int4` codes are
/// in two's complement, `uint4` codes have a zero point. NVFP4 is stored as ModelOpt does.
enum Quark {
  static let signatures = [
    Signature(".weight", [.i32], with: [".weight_scale", ".weight_zero_point"], match: int4),
    Signature(".weight", [.u8], with: [".weight_scale"], match: microscaled),
  ]

  private static func int4(_ module: Module) -> PackedWeight? {
    guard let matrix = module.matrix, let scale = module.shape(".weight_scale"),
      module.type(".weight_scale")?.family == .float
    else { return nil }
    let isByRows = scale.count == 1 && scale[0] == matrix.rows
    guard isByRows || scale.count == 2 && scale[1] == matrix.columns.multipliedClamped(by: 8)
    else { return nil }
    let shape =
      isByRows
      ? [matrix.rows, matrix.columns.multipliedClamped(by: 8)] : [scale[1], matrix.rows]
    let group = isByRows ? nil : module.groupSize(of: matrix.rows, groups: scale[0])
    // Without a configuration zero points tell: those of two's complement are all zero.
    let type = claimed(module, "dtype")
    let isSigned = type.map { $0 == "int4" } ?? (module.isZero(".weight_zero_point") == true)
    let words =
      module.claims.settings?["export"]?["pack_method"]?.string == "order"
      ? module.packing(4) : Packing.awq
    let arrangement = isByRows ? Arrangement.rowMajor : .transposed
    let sharing = GroupValues.Sharing.tiles(rows: 1, columns: group ?? shape[1])
    return PackedWeight(
      .quark,
      "int4",
      module,
      auxiliary: [".weight_scale", ".weight_zero_point", ".input_scale"],
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
          : module[".weight_zero_point"].map {
            GroupValues(
              .codes(StoredCodes(tensor: $0, bits: 4, packing: words), plus: 0),
              sharing: sharing, arrangement: .transposed)
          },
        scales: module.scale(".weight_scale", sharing: sharing, arrangement: arrangement)
      )
    )
  }

  /// Exponents as scales, of 4 or 6 bits.
  private static func microscaled(_ module: Module) -> PackedWeight? {
    guard let (rows, bytes) = module.lastMatrix, let scale = module.shape(".weight_scale"),
      module.type(".weight_scale") == .u8 || module.type(".weight_scale") == .f8e8m0,
      scale.count >= 2, scale[scale.count - 2] == rows
    else { return nil }
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
      switch claimed(module, "dtype") {
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

  /// A setting of the weights of all layers; newer releases list several.
  private static func claimed(_ module: Module, _ key: String) -> String? {
    let weight = module.claims.settings?["global_quant_config"]?["weight"]
    return (weight?[key] ?? weight?.array?.first?[key])?.string
  }
}
