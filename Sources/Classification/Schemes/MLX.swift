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
      let (bits, group, isAssumed) = width(module, words: words, groups: groups)
    else { return nil }
    let columns = groups * group
    var found = PackedWeight(
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
    if isAssumed {
      found.assumption =
        "bits and group size, only their product of \(bits * group): taken as \(bits) × \(group)"
    }
    return found
  }

  /// Bits and group size: as configured for this module, else as its inputs tell, else those of most
  /// modules; without all of these the usual ones of the same product.
  private static func width(
    _ module: Module, words: Int, groups: Int
  ) -> (bits: Int, group: Int, isAssumed: Bool)? {
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
      return (bits, group, false)
    }
    let pairs = pairs(product / groups)
    if let inputs = inputs(module.prefix, module.scene),
      let pair = pairs.first(where: { $0.group * groups == inputs })
    {
      return (pair.bits, pair.group, false)
    }
    for usual in [module.scene.mlxGroups[product / groups], module.scene.mlxGroups[0]] {
      if let pair = pairs.first(where: { $0.group == usual }) {
        return (pair.bits, pair.group, false)
      }
    }
    return pairs.first.map { ($0.bits, $0.group, pairs.count > 1) }
  }

  /// The widths and group sizes that MLX has for a product of both, the more usual first.
  private static func pairs(_ product: Int) -> [(bits: Int, group: Int)] {
    [64, 32, 128].flatMap { group in
      [4, 8, 6, 5, 3, 2].map { (bits: $0, group: group) }
    }.filter { $0.bits * $0.group == product }
  }

  /// The group size for each product of bits and group size, and for 0 that of all, as most of the
  /// modules have it whose inputs are known.
  static func groups(_ scene: Module.Scene) -> [Int: Int] {
    var votes: [Int: [Int: Int]] = [:]
    for tensor in scene.model.tensors where tensor.name.hasSuffix(".scales") {
      let prefix = String(tensor.name.dropLast(7))
      guard let index = scene.indexes[prefix + ".weight"],
        case let weight = scene.model.tensors[index], weight.type == .u32,
        let words = weight.shape.last, words < 1 << 40, let last = tensor.shape.last, last > 0,
        words * 32 % last == 0, let inputs = inputs(prefix, scene)
      else { continue }
      let product = Int(clamping: words * 32 / last)
      guard
        let pair = pairs(product).first(where: {
          $0.group.multipliedClamped(by: Int(clamping: last)) == inputs
        })
      else { continue }
      for key in [product, 0] { votes[key, default: [:]][pair.group, default: 0] += 1 }
    }
    return votes.compactMapValues { counts in
      counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }
  }

  /// The inputs of a module that reads the stream between the layers, or what the modules beside it
  /// put out, by the names of transformers.
  private static func inputs(_ prefix: String, _ scene: Module.Scene) -> Int? {
    let parts = prefix.split(separator: ".", omittingEmptySubsequences: false)
    guard let name = parts.last else { return nil }
    func outputs(_ sibling: String) -> Int? {
      let name = (parts.dropLast() + [Substring(sibling)]).joined(separator: ".")
      return scene.indexes[name + ".weight"].flatMap { index in
        let shape = scene.model.tensors[index].shape
        return shape.count > 1 ? Int(clamping: shape[shape.count - 2]) : nil
      }
    }
    switch name {
    case "q_proj", "k_proj", "v_proj", "qkv_proj", "gate_proj", "up_proj", "gate_up_proj":
      return NetworkContext.layerName(of: prefix).flatMap {
        scene.context.streams[$0] ?? scene.context.hiddenSize
      }
    case "embed_tokens", "lm_head": return scene.context.hiddenSize
    case "down_proj":
      return outputs("up_proj") ?? outputs("gate_proj") ?? outputs("gate_up_proj").map { $0 / 2 }
    default: return nil
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
