internal import ModelFile
internal import TensorStats

/// GPTQ: codes packed along the inputs, zero points packed along the outputs.
///
///     qweight I32 [in·b/32, out]   qzeros I32 [⌈in/g⌉, out·b/32]
///     scales  F16 [⌈in/g⌉, out]    g_idx  I32 [in], the group of every input
///
/// AutoGPTQ (`auto_gptq/nn_modules/qlinear`) stores zero − 1 ("v1"), GPTQModel's `gptq_v2` the zero
/// itself. The same tensors with rotation angles beside them are ParoQuant's.
enum GPTQ {
  static let signatures = [
    Signature(".qweight", [.i32, .u32], with: [".qzeros", ".scales"], match: match)
  ]

  private static let suffixes = [
    ".qzeros", ".scales", ".g_idx", ".theta", ".pairs", ".channel_scales", ".qweight_type",
    ".input_scale",
  ]

  private static func match(_ module: Module) -> PackedWeight? {
    guard let packed = module.matrix, let scales = module.shape(".scales"), scales.count == 2,
      let zeros = module.shape(".qzeros"), zeros.count == 2, scales[1] > 0, scales[0] > 0,
      module.type(".scales")?.family == .float, packed.columns == scales[1], zeros[0] == scales[0],
      let bits = module.packedBits(words: zeros[1], codes: scales[1])
    else { return nil }
    let outputs = packed.columns
    let inputs = module.elements(".g_idx") ?? packed.rows * 32 / bits
    guard inputs > 0, ceilingQuotient(inputs * bits, 32) <= packed.rows else { return nil }

    let group = module.groupSize(of: inputs, groups: scales[0])
    let order = module.integers(".g_idx").map { isPermuted($0, group: group ?? inputs) }
    let form = zeroForm(module, bits)
    let isParo = module[".theta"] != nil || module[".pairs"] != nil
    let isPlanar = module.claims.settings?["checkpoint_format"]?.string == "gptq_p"
    var variant = form.isV2 ? "v2" : "v1"
    if isPlanar { variant = "planar" }

    let words = module.packing(bits)
    let sharing: GroupValues.Sharing =
      module[".g_idx"].map { .indexed(by: $0) } ?? .tiles(rows: 1, columns: group ?? inputs)
    // GPTQModel's planar form splits codes into bit planes, which no even packing describes.
    let decoder = PackedDecoder(
      storage: .codes(
        StoredCodes(tensor: module.carrier, bits: bits, packing: words, direction: .downColumn),
        .transposed
      ),
      zero: module[".qzeros"].map {
        GroupValues(
          .codes(StoredCodes(tensor: $0, bits: bits, packing: words), plus: form.isV2 ? 0 : 1),
          sharing: sharing,
          arrangement: .transposed
        )
      },
      scales: module.scale(".scales", sharing: sharing, arrangement: .transposed)
    )
    return PackedWeight(
      isParo ? .paroquant : .gptq,
      isParo ? "\(bits)-bit" : variant,
      module,
      auxiliary: suffixes,
      shape: [outputs, inputs],
      codes: .integer(zeroCode: form.isSymmetric == true ? 1 << (bits - 1) : nil),
      bits: Double(bits),
      groupSize: group,
      symmetric: form.isSymmetric,
      actOrder: order ?? false,
      // A rotation of the inputs follows, so that zero codes are no zero weights.
      decoder: isPlanar || isParo ? nil : decoder
    )
  }

  /// Whether inputs belong to other groups than their order says.
  private static func isPermuted(_ groups: [Int], group: Int) -> Bool {
    groups.enumerated().contains { $0.element != $0.offset / max(group, 1) }
  }

  /// Which form of zero points it is, and whether all of them are the middle of the codes.
  ///
  /// Symmetric quantization makes every word of `qzeros` the same, and that word differs by form:
  /// with 4 bits `0x77777777` in v1 and `0x88888888` in v2.
  private static func zeroForm(_ module: Module, _ bits: Int) -> (isV2: Bool, isSymmetric: Bool?) {
    let declared =
      (module.claims.settings?["checkpoint_format"] ?? module.claims.settings?["format"])?
      .string
    let isDeclaredV2 = declared == "gptq_v2" || declared == "gptq_p"
    let isDeclaredSymmetric = module.claims.settings?["sym"]?.bool
    guard let words = module.integers(".qzeros"), !words.isEmpty else {
      return (isDeclaredV2, isDeclaredSymmetric)
    }
    let codes = unpack(words, bits)
    let middle = 1 << (bits - 1)
    if codes.allSatisfy({ $0 == middle - 1 }) { return (false, true) }
    if codes.allSatisfy({ $0 == middle }) { return (true, true) }
    return (isDeclaredV2, false)
  }

  /// The codes of dense 32-bit words, from the lowest bit up.
  private static func unpack(_ words: [Int], _ bits: Int) -> [Int] {
    (0..<words.count * 32 / bits).map { code in
      var value = 0
      for bit in 0..<bits {
        let place = code * bits + bit
        value |= (words[place / 32] >> (place % 32) & 1) << bit
      }
      return value
    }
  }
}
