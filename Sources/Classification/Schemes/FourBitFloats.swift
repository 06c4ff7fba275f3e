internal import ModelFile
internal import TensorStats

/// E2M1 codes with exponents as scales, outside the large frameworks.
///
///     gpt-oss    …_blocks U8 [E, rows, in/32, 16], …_scales U8 [E, rows, in/32]; OpenAI's own files
///                have `.blocks` and `.scales`
///     FP-Quant   qweight U8 [out, in/2], scales U8 [out, in/32 or in/16], forward_hadamard_matrix,
///                weight_global_scale, act_global_scale: codes of a rotated basis
///     F4         weight F4 [out, in] (shapes count logical elements), weight_scale
enum FourBitFloats {
  static let signatures = [
    Signature("_blocks", [.u8], with: ["_scales"]) { blocks($0, "_scales") },
    Signature(".blocks", [.u8], with: [".scales"]) { blocks($0, ".scales") },
    Signature(".qweight", [.u8], with: [".scales", ".forward_hadamard_matrix"], match: fpQuant),
    Signature(".qweight", [.u8], with: [".scales", ".weight_global_scale"], match: fpQuant),
    Signature(".weight", [.f4], with: [".weight_scale"], match: float4),
  ]

  private static func blocks(_ module: Module, _ scales: String) -> PackedWeight? {
    let shape = module.shape
    guard shape.count >= 3, shape.last == 16, module.shape(scales) == Array(shape.dropLast()),
      module.type(scales) == .u8 || module.type(scales) == .f8e8m0
    else { return nil }
    let inputs = shape[shape.count - 2].multipliedClamped(by: 32)
    return PackedWeight(
      .mxfp4,
      "gpt-oss blocks",
      module,
      auxiliary: [scales],
      shape: shape.dropLast(2) + [inputs],
      codes: .float4,
      bits: 4,
      groupSize: 32,
      symmetric: true,
      decoder: .float4(
        module,
        scales: module.scale(scales, as: .f8e8m0, sharing: .tiles(rows: 1, columns: 32))
      )
    )
  }

  private static func fpQuant(_ module: Module) -> PackedWeight? {
    guard let matrix = module.matrix, let scale = module.shape(".scales"), scale.count == 2,
      scale[0] == matrix.rows, scale[1] > 0, matrix.columns.multipliedClamped(by: 2) % scale[1] == 0
    else { return nil }
    let group = matrix.columns * 2 / scale[1]
    guard group == 16 || group == 32 else { return nil }
    return PackedWeight(
      .fpQuant,
      group == 16 ? "nvfp4" : "mxfp4",
      module,
      auxiliary: [
        ".scales", ".weight_global_scale", ".act_global_scale", ".forward_hadamard_matrix",
        ".backward_hadamard_matrix",
      ],
      shape: [matrix.rows, matrix.columns * 2],
      codes: .hidden,
      bits: 4,
      groupSize: group,
      symmetric: true
    )
  }

  private static func float4(_ module: Module) -> PackedWeight? {
    guard let (rows, columns) = module.lastMatrix, let scale = module.shape(".weight_scale"),
      let last = scale.last, last > 0, scale.count >= 2, scale[scale.count - 2] == rows,
      columns % last == 0
    else { return nil }
    let group = columns / last
    let type: ElementType? =
      module.type(".weight_scale") == .u8 ? (group == 16 ? .f8e4m3 : .f8e8m0) : nil
    return PackedWeight(
      .fp4,
      "e2m1",
      module,
      auxiliary: [".weight_scale", ".weight_scale_2", ".input_scale"],
      shape: module.shape,
      codes: .float4,
      bits: 4,
      groupSize: group,
      symmetric: true,
      decoder: .float4(
        module,
        scales: module.scale(".weight_scale", as: type, sharing: .tiles(rows: 1, columns: group))
          + module.scale(".weight_scale_2", sharing: .matrix)
      )
    )
  }
}
