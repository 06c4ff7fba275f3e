internal import ModelFile

/// SINQ: groups as HQQ packs them, with scales for outputs and inputs both, which are codes themselves.
///
///     W_q U8 (3 bits: I32 with ten codes) [rows, g], meta.zero.x U8 [groups, 1], meta.scale.x U8,
///     meta.scale.m, .s and meta.zero.m, .s F16, meta.scale2 F16 [1, in]
///
/// transformers' `SinqConfig`; no tensor states the shape or the bits, which follow from the number of
/// groups.
enum SINQ {
  static let signatures = [
    Signature(".W_q", [.u8, .i32], with: [".meta.scale2", ".meta.zero.x"], match: match)
  ]

  private static let suffixes = [
    ".meta.scale.x", ".meta.scale.m", ".meta.scale.s", ".meta.scale2", ".meta.zero.x",
    ".meta.zero.m", ".meta.zero.s",
  ]

  private static func match(_ module: Module) -> PackedWeight? {
    guard let matrix = module.matrix, let groups = module.elements(".meta.zero.x"), groups > 0,
      let inputs = module.elements(".meta.scale2"), inputs > 0
    else { return nil }
    let weights = groups.multipliedClamped(by: matrix.columns)
    let bits: Int
    switch (module.tensor.type, ceilingQuotient(groups, matrix.rows)) {
    case (.u8, 1): bits = 8
    case (.u8, 2): bits = 4
    case (.u8, 4): bits = 2
    case (.i32, 10): bits = 3
    default: return nil
    }
    guard weights % inputs == 0 else { return nil }
    return PackedWeight(
      .sinq, "\(bits)-bit", module, auxiliary: suffixes, shape: [weights / inputs, inputs],
      codes: .hidden, bits: Double(bits), groupSize: matrix.columns, symmetric: false,
      actOrder: false)
  }
}
