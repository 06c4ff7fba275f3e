internal import ModelFile
internal import TensorStats

/// NVIDIA ModelOpt: two weights a byte.
///
///     NVFP4      weight U8 [out, in/2], weight_scale F8_E4M3 [out, in/16], weight_scale_2 F32 []
///                that multiplies the scales, input_scale F32 []; [out, in/32] for activations in FP8
///                fused experts, without `.weight` in their names: U8 [E, in/2, out], scales
///                [E, in/16, out]; in MXFP4 U8 [E, rows, columns/2], scales U8 [E, rows, columns/32]
///     INT4-AWQ   weight U8 [out/2, in] with pairs of output rows, weight_scale [out, in/g],
///                pre_quant_scale [in] for the activations
///
/// `modelopt/torch/export/quant_utils.py`; the low nibble is the even column, or row.
enum ModelOpt {
  static let signatures = [
    Signature(".weight", [.u8], with: [".weight_scale", ".weight_scale_2"]) {
      nvfp4($0, scales: ".weight_scale")
    },
    // Stacked experts, whose names have no `.weight`.
    Signature("_weight_scale_2", with: ["", "_weight_scale"]) {
      stacked($0, scales: "_weight_scale")
    },
    Signature("_scale_2", with: ["", "_scale"]) { stacked($0, scales: "_scale") },
    Signature(".weight", [.u8], with: [".weight_scale"], match: int4),
  ]

  private static let suffixes = [
    ".weight_scale", ".weight_scale_2", ".input_scale", ".pre_quant_scale", ".weight_zero_point",
    "_weight_scale", "_weight_scale_2", "_scale", "_scale_2", "_input_scale",
  ]

  private static func stacked(_ found: Module, scales: String) -> PackedWeight? {
    guard let carrier = found[""] else { return nil }
    let module = Module(scene: found.scene, prefix: found.prefix, carrier: carrier)
    guard module.tensor.type == .u8 else { return nil }
    return nvfp4(module, scales: scales) ?? transposed(module, scales: scales)
  }

  /// Experts stored as inputs × outputs, two inputs a byte.
  private static func transposed(_ module: Module, scales: String) -> PackedWeight? {
    guard let (half, outputs) = module.lastMatrix, let scale = module.innerShape(scales),
      scale[1] == outputs, scale[0].multipliedClamped(by: 8) == half
    else { return nil }
    return PackedWeight(
      .modelopt,
      module.claims.settings?["quant_algo"]?.string ?? "NVFP4",
      module,
      auxiliary: suffixes,
      shape: module.shape.dropLast(2) + [outputs, half.multipliedClamped(by: 2)],
      codes: .float4,
      bits: 4,
      groupSize: 16,
      symmetric: true,
      decoder: PackedDecoder(
        storage: .codes(
          StoredCodes(
            tensor: module.carrier, bits: 4, packing: .dense(bits: 4, wordBits: 8),
            direction: .downColumn),
          .transposed),
        numbers: .float(.f4),
        scales: module.scale(
          scales, as: .f8e4m3, sharing: .tiles(rows: 1, columns: 16), arrangement: .transposed)
          + module.scale(scales + "_2", sharing: .matrix))
    )
  }

  private static func nvfp4(_ module: Module, scales: String) -> PackedWeight? {
    guard let (_, half) = module.lastMatrix, let blocks = module.blockScale(scales),
      let group = [16, 32].first(where: { blocks.multipliedClamped(by: $0 / 2) == half })
    else { return nil }
    let isQuark = module.claims.method == "quark"
    if isQuark, Quark.hasE5M3Scales(module) { return Quark.amdfp4(module) }
    return PackedWeight(
      isQuark ? .quark : .modelopt,
      isQuark ? "nvfp4" : module.claims.settings?["quant_algo"]?.string ?? "NVFP4",
      module,
      auxiliary: suffixes,
      shape: module.shape.dropLast() + [half.multipliedClamped(by: 2)],
      codes: .float4,
      bits: 4,
      groupSize: group,
      symmetric: true,
      decoder: .float4(
        module,
        scales: module.scale(scales, as: .f8e4m3, sharing: .tiles(rows: 1, columns: group))
          + module.scale(scales + "_2", sharing: .matrix)
      )
    )
  }

  private static func int4(_ module: Module) -> PackedWeight? {
    guard let matrix = module.matrix, let scale = module.shape(".weight_scale"), scale.count == 2,
      scale[0] == matrix.rows.multipliedClamped(by: 2), scale[1] > 0,
      module.type(".weight_scale")?.family == .float
    else { return nil }
    let group = module.groupSize(of: matrix.columns, groups: scale[1])
    return PackedWeight(
      .modelopt,
      module.claims.settings?["quant_algo"]?.string ?? "W4A16_AWQ",
      module,
      auxiliary: suffixes,
      shape: [scale[0], matrix.columns],
      codes: .integer(zeroCode: 0),
      bits: 4,
      groupSize: group,
      symmetric: true,
      decoder: PackedDecoder(
        storage: .codes(
          StoredCodes(
            tensor: module.carrier,
            bits: 4,
            packing: .dense(bits: 4, wordBits: 8),
            direction: .downColumn
          ),
          .rowMajor
        ),
        numbers: .signed,
        scales: module.scale(
          ".weight_scale",
          sharing: .tiles(rows: 1, columns: group ?? matrix.columns)
        )
      )
    )
  }
}
