internal import ModelFile
internal import TensorStats

/// HQQ: groups as rows of a matrix of their own, packed with rows far apart in one word.
///
///     W_q U8 (3 bits: I32 with ten codes) packed along the groups, scale and zero for each group,
///     shape I64 [2], and scalars: nbits, group_size, axis, …
///
/// `hqq/core/quantize.py`, `bitpack.py`; value = (code − zero) · scale with a float zero. Codes of 5
/// and 6 bits have a byte each, and the three values of "1.58 bits" two bits.
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
    // A float can only be the 1.58 bits of three values.
    let isTernary = module.type(".nbits")?.family == .float
    guard
      let bits = module.integers(".nbits")?.first
        ?? (isTernary ? 2 : is32Bit ? 3 : module.claims.nbits),
      [1, 2, 3, 4, 5, 6, 8].contains(bits), is32Bit == (bits == 3)
    else { return nil }
    let width = bits > 4 ? 8 : bits
    let wordCodes = is32Bit ? 10 : 8 / width
    let stated = module.integers(".shape")?.filter { $0 > 0 } ?? []
    let product = stated.reduce(1) { $0.multipliedClamped(by: $1) }
    let codes = module.tensor.elementCount.multipliedClamped(by: wordCodes)
    let shape = stated.count == 2 && product <= codes ? stated : [codes]
    let weights = shape.reduce(1, *)
    guard weights > 0, weights % groups == 0 else { return nil }
    let group = weights / groups
    let axis = module.integers(".axis")?.first ?? 1
    let isPlain = (module.integers(".quant_scale")?.first ?? 0) == 0

    let words = Packing.highFirst(bits: width, wordBits: is32Bit ? 32 : 8)
    let line = axis == 0 ? groups : group
    let sharing: GroupValues.Sharing = axis == 0 ? .every(groups) : .runs(group)
    let decoder = PackedDecoder(
      storage: .codes(
        StoredCodes(tensor: module.carrier, bits: width, packing: words, direction: .rowsApart),
        .lines(line)
      ),
      zero: module.values(".zero", sharing: sharing),
      scales: module.scale(".scale", sharing: sharing)
    )
    return PackedWeight(
      .hqq,
      "\(isTernary ? "1.58" : "\(bits)")-bit axis \(axis)",
      module,
      auxiliary: suffixes,
      shape: shape,
      codes: .offsetInteger,
      bits: isTernary ? 1.58 : Double(bits),
      // One group for each output or, along the other axis, for each input.
      groupSize: shape.count == 2 && group == shape[axis == 0 ? 0 : 1] ? nil : group,
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
