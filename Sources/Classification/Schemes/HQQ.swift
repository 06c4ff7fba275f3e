internal import ModelFile
internal import TensorStats

/// HQQ: groups as rows of a matrix of their own, packed with rows far apart in one word.
///
///     W_q U8 (3 bits: I32 with ten codes) packed along the groups, scale and zero for each group,
///     shape I64 [2], and scalars: nbits, group_size, axis, …
///
/// `hqq/core/quantize.py`, `bitpack.py`; value = (code − zero) · scale with a float zero.
enum HQQ {
  static let signatures = [Signature(".W_q", with: [".scale", ".zero"], match: match)]

  private static let suffixes = [
    ".scale", ".zero", ".shape", ".nbits", ".group_size", ".axis", ".packing", ".unpack_view_dtype",
    ".view_as_float", ".quant_scale", ".quant_zero", ".compute_dtype", ".offload_meta",
    ".encoded_state_dict", ".stores_quant_config", ".channel_wise", ".optimize", ".round_zero",
  ]

  private static func match(_ module: Module) -> PackedWeight? {
    guard let groups = module.elements(".scale"), groups > 0, module.elements(".zero") == groups
    else { return nil }
    let is32Bit = module.tensor.type == .i32
    guard let bits = module.integers(".nbits")?.first ?? (is32Bit ? 3 : module.claims.nbits),
      [1, 2, 3, 4, 8].contains(bits), is32Bit == (bits == 3)
    else { return nil }
    let capacity =
      module.byteCount.multipliedClamped(by: 8)
      / (is32Bit ? 32 : 8)
      .multipliedClamped(by: is32Bit ? 10 : 8 / bits)
    let stated = module.integers(".shape")?.filter { $0 > 0 } ?? []
    let product = stated.reduce(1) { $0.multipliedClamped(by: $1) }
    let codes = module.tensor.elementCount.multipliedClamped(by: is32Bit ? 10 : 8 / bits)
    let shape = stated.count == 2 && product <= codes ? stated : [codes]
    let weights = shape.reduce(1, *)
    guard weights > 0, weights % groups == 0, capacity > 0 else { return nil }
    let group = weights / groups
    let axis = module.integers(".axis")?.first ?? 1
    let isPlain = (module.integers(".quant_scale")?.first ?? 0) == 0

    let words = Packing.highFirst(bits: bits, wordBits: is32Bit ? 32 : 8)
    let line = axis == 0 ? groups : group
    let sharing: GroupValues.Sharing = axis == 0 ? .every(groups) : .runs(group)
    let decoder = PackedDecoder(
      storage: .codes(
        StoredCodes(tensor: module.carrier, bits: bits, packing: words, direction: .rowsApart),
        .lines(line)
      ),
      zero: module.values(".zero", sharing: sharing),
      scales: module.scale(".scale", sharing: sharing)
    )
    return PackedWeight(
      .hqq,
      "\(bits)-bit axis \(axis)",
      module,
      auxiliary: suffixes,
      shape: shape,
      codes: .offsetInteger,
      bits: Double(bits),
      groupSize: group,
      symmetric: false,
      actOrder: false,
      decoder: isPlain && (axis == 0 || axis == 1) ? decoder : nil
    )
  }
}

extension QuantizationClaims {
  /// HQQ's bits, two levels down.
  fileprivate var nbits: Int? {
    settings?["quant_config"]?["weight_quant_params"]?["nbits"]?.integer
  }
}
