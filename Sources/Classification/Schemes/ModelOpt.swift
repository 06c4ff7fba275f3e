internal import ModelFile
internal import TensorStats

/// NVIDIA ModelOpt: two weights a byte.
///
///     NVFP4      weight U8 [out, in/2], weight_scale F8_E4M3 [out, in/16], weight_scale_2 F32 []
///                that multiplies the scales, input_scale F32 []
///     INT4-AWQ   weight U8 [out/2, in] with pairs of output rows, weight_scale [out, in/g],
///                pre_quant_scale [in] for the activations
///
/// `modelopt/torch/export/quant_utils.py`; the low nibble is the even column, or row.
enum ModelOpt {
  static let signatures = [
    Signature(".weight", [.u8], with: [".weight_scale", ".weight_scale_2"], match: nvfp4),
    Signature(".weight", [.u8], with: [".weight_scale"], match: int4),
  ]

  private static let suffixes = [
    ".weight_scale", ".weight_scale_2", ".input_scale", ".pre_quant_scale", ".weight_zero_point",
  ]

  private static func nvfp4(_ module: Module) -> PackedWeight? {
    guard let (rows, half) = module.lastMatrix, let scale = module.shape(".weight_scale"),
      scale.count >= 2, scale[scale.count - 2] == rows,
      scale[scale.count - 1].multipliedClamped(by: 8) == half
    else { return nil }
    let isQuark = module.claims.method == "quark"
    return PackedWeight(
      isQuark ? .quark : .modelopt,
      isQuark ? "nvfp4" : module.claims.settings?["quant_algo"]?.string ?? "NVFP4",
      module,
      auxiliary: suffixes,
      shape: module.shape.dropLast() + [half.multipliedClamped(by: 2)],
      codes: .float4,
      bits: 4,
      groupSize: 16,
      symmetric: true,
      decoder: .float4(
        module,
        scales: module.scale(".weight_scale", as: .f8e4m3, sharing: .tiles(rows: 1, columns: 16))
          + module.scale(".weight_scale_2", sharing: .matrix)
      )
    )
  }

  private static func int4(_ module: Module) -> PackedWeight? {
    guard let matrix = module.matrix, let scale = module.shape(".weight_scale"), scale.count == 2,
      scale[0] == matrix.rows.multipliedClamped(by: 2), scale[1] > 0,
      module.type(".weight_scale")?.family == .float,
      module[".pre_quant_scale"] != nil || module.claims.method == "modelopt"
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
