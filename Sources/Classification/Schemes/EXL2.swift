internal import ModelFile
internal import TensorStats

/// ExLlamaV2: groups of inputs whose codes have 2, 3, 4, 5, 6 or 8 bits.
///
///     q_weight     I32 [Σ in·b/32, out]   codes along the inputs, in the order of `q_invperm`
///     q_groups     I16 [2·G]              for each group its bits and its first row of q_weight
///     q_scale      I32 [G, out/8]         a nibble s for each output: the scale is (s + 1)²/256 ·
///     q_scale_max  F16 [G]                the group's largest
///     q_invperm    I32 [in]               where each input is stored
///
/// exllamav2, `ext/cuda/q_matrix.cu` and `pack_tensor.cu`; the middle of the codes is zero.
enum EXL2 {
  static let signatures = [
    Signature(".q_weight", [.i32], with: [".q_scale", ".q_groups", ".q_invperm"], match: match)
  ]

  private static func match(_ module: Module) -> PackedWeight? {
    guard let matrix = module.matrix, let inputs = module.elements(".q_invperm"), inputs > 0,
      let groups = module.shape(".q_scale")?.first, groups > 0
    else { return nil }
    let bands = bands(module, inputs: inputs, words: matrix.rows, groups: groups)
    // What contradicts itself is something else.
    guard bands != nil || module.integers(".q_groups") == nil else { return nil }

    let mean = Double(matrix.rows.multipliedClamped(by: 32)) / Double(inputs)
    var widths: [Int: Int] = [:]
    for band in bands ?? [] { widths[band.bits, default: 0] += band.count }
    let nominal = widths.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    let names = widths.keys.sorted(by: >).map(String.init).joined(separator: " and ")
    return PackedWeight(
      .exl2,
      names.isEmpty ? "\(decimal(mean)) bits" : "\(names) bits",
      module,
      auxiliary: [".q_scale", ".q_scale_max", ".q_groups", ".q_invperm", ".q_perm"],
      shape: [matrix.columns, inputs],
      codes: .integer(zeroCode: 128),
      bits: nominal.map(Double.init) ?? mean,
      groupSize: groups > 1 && inputs % groups == 0 ? inputs / groups : nil,
      decoder: bands.flatMap { decoder(module, $0) }
    )
  }

  private static func decoder(_ module: Module, _ bands: [BandedCodes.Band]) -> PackedDecoder? {
    guard let scale = module[".q_scale"], let largest = module[".q_scale_max"],
      module.elements(".q_scale_max") == bands.count
    else { return nil }
    var ends: [Int] = []
    for band in bands { ends.append((ends.last ?? 0) + band.count) }
    let order = module[".q_invperm"]
    func sharing(_ isSame: Bool) -> GroupValues.Sharing {
      .bands(ends: ends, order: order, sameForAllRows: isSame)
    }
    let root = Scale(
      GroupValues(
        .codes(StoredCodes(tensor: scale, bits: 4, packing: module.packing(4)), plus: 1),
        sharing: sharing(false), arrangement: .transposed))
    return PackedDecoder(
      storage: .banded(BandedCodes(tensor: module.carrier, bands: bands, order: order)),
      zero: GroupValues(.constant(128), sharing: .matrix),
      scales: [
        root, root, Scale(GroupValues(.constant(1 / 256), sharing: .matrix)),
        Scale(
          GroupValues(
            .elements(tensor: largest, as: module.scene.model.tensors[largest].type),
            sharing: sharing(true))),
      ])
  }

  /// The widths and sizes of the groups; `nil` where they are not known or do not fill the tensor.
  private static func bands(
    _ module: Module, inputs: Int, words: Int, groups: Int
  ) -> [BandedCodes.Band]? {
    guard let pairs = module.integers(".q_groups")?.map({ $0 & 0xFFFF }),
      pairs.count == groups.multipliedClamped(by: 2)
    else { return nil }
    var bands: [BandedCodes.Band] = []
    var first = 0
    for group in 0..<groups {
      let (bits, start) = (pairs[2 * group], pairs[2 * group + 1])
      let end = group + 1 < groups ? pairs[2 * group + 3] : words
      guard (1...8).contains(bits), start == first, end > start, (end - start) % bits == 0 else {
        return nil
      }
      bands.append(BandedCodes.Band(bits: bits, count: (end - start) / bits * 32))
      first = end
    }
    return bands.reduce(0) { $0 + $1.count } == inputs ? bands : nil
  }
}
