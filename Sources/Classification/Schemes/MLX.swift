internal import ModelFile
internal import TensorStats

/// MLX: codes without gaps along the inputs.
///
///     affine            weight U32 [out, in·b/32], scales and biases [out, in/g]
///     mxfp4, mxfp8      weight U32, scales U8 [out, in/32]: exponents
///     nvfp4             weight U32, scales U8 [out, in/16]: E4M3
///     Metal             as affine, with `qbiases` F32 (transformers)
///
/// `mlx/backend/common/quantized.cpp`. Shapes give only bits × group size; the configuration, with
/// exceptions by module path, or a known width decides.
enum MLX {
  static let signatures = [
    Signature(".weight", [.u32], with: [".scales", ".biases"]) { affine($0, ".biases", .mlx) },
    Signature(".weight", [.u32], with: [".scales", ".qbiases"]) { affine($0, ".qbiases", .metal) },
    Signature(".weight", [.u32], with: [".scales"], match: microscaled),
  ]

  private static func affine(_ module: Module, _ biases: String, _ scheme: Scheme) -> PackedWeight?
  {
    guard let scale = module.shape(".scales"), module.shape(biases) == scale,
      let (rows, words) = module.lastMatrix, scale.count == module.shape.count,
      let groups = scale.last, groups > 0, scale[scale.count - 2] == rows,
      module.type(".scales")?.family == .float,
      let (bits, group) = width(module, words: words, groups: groups)
    else { return nil }
    let columns = groups * group
    return PackedWeight(
      scheme,
      "affine",
      module,
      auxiliary: [".scales", biases],
      shape: module.shape.dropLast() + [columns],
      codes: .offsetInteger,
      bits: Double(bits),
      groupSize: group,
      symmetric: false,
      actOrder: false,
      decoder: PackedDecoder(
        storage: .codes(
          StoredCodes(tensor: module.carrier, bits: bits, packing: module.packing(bits)),
          .rowMajor
        ),
        scales: module.scale(".scales", sharing: .tiles(rows: 1, columns: group)),
        bias: module.values(biases, sharing: .tiles(rows: 1, columns: group))
      )
    )
  }

  /// Bits and group size: as configured for this module, else the usual pair that gives a known width.
  private static func width(_ module: Module, words: Int, groups: Int) -> (bits: Int, group: Int)? {
    let product = words.multipliedClamped(by: 32)
    guard product % groups == 0 else { return nil }
    let own = module.claims.settings?[module.prefix]
    let claimed = (
      own?["bits"]?.integer ?? module.claims.bits,
      own?["group_size"]?.integer ?? module.claims.groupSize
    )
    if let bits = claimed.0, let group = claimed.1, bits > 0, group > 0, group < 1 << 20, bits < 33,
      bits * group == product / groups
    {
      return (bits, group)
    }
    let pairs = [64, 32, 128].flatMap { group in
      [4, 8, 6, 5, 3, 2].map { (bits: $0, group: group) }
    }.filter { $0.bits * $0.group == product / groups }
    let group = module.scene.mlxGroups[product / groups]
    return pairs.first { $0.group == group } ?? pairs.first
  }

  /// The group size for each product of bits and group size, as most of the modules say that read the
  /// stream between the layers: all modules of a model have the same.
  static func groups(
    _ model: Model, _ indexes: [String: Int], _ context: NetworkContext
  ) -> [Int: Int] {
    guard let hidden = context.hiddenSize else { return [:] }
    var votes: [Int: [Int: Int]] = [:]
    for tensor in model.tensors where tensor.name.hasSuffix(".scales") {
      guard let index = indexes[tensor.name.dropLast(7) + ".weight"],
        model.tensors[index].type == .u32, let words = model.tensors[index].shape.last,
        words < 1 << 40, let last = tensor.shape.last, last > 0, last <= hidden,
        hidden % Int(last) == 0, words * 32 % last == 0
      else { continue }
      let group = hidden / Int(last)
      let product = Int(words * 32 / last)
      guard [32, 64, 128].contains(group), product % group == 0,
        [2, 3, 4, 5, 6, 8].contains(product / group)
      else { continue }
      votes[product, default: [:]][group, default: 0] += 1
    }
    return votes.compactMapValues { counts in
      counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }
  }

  private static func microscaled(_ module: Module) -> PackedWeight? {
    guard let scale = module.shape(".scales"), module.type(".scales") == .u8,
      let (rows, words) = module.lastMatrix, scale.count == module.shape.count,
      let groups = scale.last, groups > 0, scale[scale.count - 2] == rows, words % groups == 0
    else { return nil }
    // Words of 32 bits for each group: 16 × 4, 32 × 4 and 32 × 8 bits.
    let (mode, bits, group): (String, Int, Int)
    switch words / groups {
    case 2: (mode, bits, group) = ("nvfp4", 4, 16)
    case 4: (mode, bits, group) = ("mxfp4", 4, 32)
    case 8: (mode, bits, group) = ("mxfp8", 8, 32)
    default: return nil
    }
    let scales = module.scale(
      ".scales",
      as: mode == "nvfp4" ? .f8e4m3 : .f8e8m0,
      sharing: .tiles(rows: 1, columns: group)
    )
    return PackedWeight(
      .mlx,
      mode,
      module,
      auxiliary: [".scales"],
      shape: module.shape.dropLast() + [groups.multipliedClamped(by: group)],
      codes: bits == 4 ? .float4 : .scaledFloat,
      bits: Double(bits),
      groupSize: group,
      symmetric: true,
      actOrder: false,
      decoder: bits == 4
        ? .float4(module, scales: scales) : .bytes(module, .float(.f8e4m3), scales: scales)
    )
  }
}
