internal import ModelFile

/// Finds the layers of a model that are stored in a scheme.
enum SchemeFinder {
  /// Compares all tensors with all signatures, the most specific first; a tensor belongs to one layer.
  static func packedWeights(
    of model: Model,
    _ names: NameIndex,
    _ context: NetworkContext,
    auxiliary: [Int: [UInt8]]
  ) -> [PackedWeight] {
    let templates = candidates(names)
    let isListed = model.metadata.contains {
      $0.key == "znn_compressed_vectors" || $0.key == "_quantization_metadata"
    }
    guard isListed || templates.contains(where: { !$0.isEmpty }) else { return [] }

    var indexes: [String: Int] = [:]
    indexes.reserveCapacity(model.tensors.count)
    for (index, tensor) in model.tensors.enumerated() { indexes[tensor.name] = index }
    let claims = QuantizationClaims(model)
    var scene = Module.Scene(
      model: model,
      indexes: indexes,
      auxiliary: auxiliary,
      claims: claims,
      context: context,
      hasInverseScales: EightBitFloats.hasInverseScales(model, auxiliary, claims)
    )
    scene.mlxGroups = MLX.groups(scene)
    scene.storesZeroPoints = GPTQ.storesZeroPoints(scene)
    scene.keepsOrder = Quark.keepsOrder(scene)

    var found: [PackedWeight] = []
    var isTaken = [Bool](repeating: false, count: model.tensors.count)
    func take(_ weight: PackedWeight) {
      guard !isTaken[weight.carrier], !weight.auxiliary.contains(where: { isTaken[$0] }) else {
        return
      }
      isTaken[weight.carrier] = true
      for index in weight.auxiliary { isTaken[index] = true }
      found.append(weight)
    }
    for weight in LosslessContainers.zipNN(scene) { take(weight) }
    for weight in Comfy.described(inMetadataOf: scene) { take(weight) }
    for (number, signature) in Signature.all.enumerated() {
      for index in templates[number] where !isTaken[index] {
        let tensor = model.tensors[index]
        guard signature.types.isEmpty || signature.types.contains(tensor.type) else { continue }
        guard tensor.name.hasSuffix(signature.suffix) else { continue }
        let module = Module(
          scene: scene,
          prefix: String(tensor.name.dropLast(signature.suffix.count)),
          carrier: index
        )
        guard signature.siblings.allSatisfy({ module[$0] != nil }) else { continue }
        if let weight = signature.match(module) { take(weight) }
      }
    }
    for weight in unknown(scene, names) { take(weight) }
    return found.sorted { $0.carrier < $1.carrier }
  }

  /// Integers that are called weights and have scales beside them, or that are too many words for
  /// anything else, in no layout that is known here.
  private static func unknown(_ scene: Module.Scene, _ names: NameIndex) -> [PackedWeight] {
    let scales = Set(
      names.templates.lazy.filter { template in
        ["scale", "zero", "absmax", "codebook", "lut"].contains { template.leaf.contains($0) }
      }.map { $0.parts.dropLast() })
    let isCalledWeight = names.templates.map { template in
      ["weight", "packed", "codes", "qdata"].contains { template.leaf.contains($0) }
        && !template.leaf.contains("scale")
        && (scales.contains(template.parts.dropLast()) || scales.contains(template.parts[...]))
    }
    return scene.model.tensors.indices.compactMap { index in
      let tensor = scene.model.tensors[index]
      let hasScale =
        (scene.indexes[tensor.name + "_weight_scale"] ?? scene.indexes[tensor.name + "_scale"])
        != nil
      guard isCalledWeight[names.places[index].template] || hasScale,
        [.u8, .i8, .i16, .u16, .i32, .u32, .i64].contains(tensor.type), tensor.shape.count >= 2,
        tensor.byteCount >= leastUnknownBytes
      else { return nil }
      let module = Module(scene: scene, prefix: tensor.name, carrier: index)
      // How many weights the words hold is not known; their own number is the least it can be.
      return PackedWeight(
        .unknown, tensor.type.name, module, auxiliary: [], shape: module.shape, codes: .hidden,
        bits: nil)
    }
  }

  /// Smaller integer tensors are tables.
  private static let leastUnknownBytes = 1024

  /// For each signature the tensors whose names end as it says.
  private static func candidates(_ names: NameIndex) -> [[Int]] {
    var text: [UInt8] = []
    var numbers: [Int] = []
    let endings = Signature.all.map { signature in
      NameTemplate.split(signature.suffix, text: &text, numbers: &numbers)
      return String(decoding: text, as: UTF8.self)
    }
    // A plain `.weight` is looked at only where something beside it could make it a code.
    let hints = names.templates.contains { template in
      template.leaf.contains("scale") || template.leaf.contains("scb")
        || template.leaf.contains("biases") || template.leaf.contains("table")
    }
    let fits = names.templates.map { template in
      endings.map { ending in
        template.text.hasSuffix(ending) && (hints || ending != ".weight")
      }
    }
    var result = [[Int]](repeating: [], count: endings.count)
    let signatures = fits.map { row in row.indices.filter { row[$0] } }
    for (tensor, place) in names.places.enumerated() {
      for signature in signatures[place.template] { result[signature].append(tensor) }
    }
    return result
  }

  /// The names of bytes called weights that have one scale beside them: only their values tell what
  /// they are.
  static func bytesWithOneScale(_ model: Model) -> Set<String> {
    let bytes = model.tensors.lazy.filter { $0.type == .u8 && $0.name.hasSuffix(".weight") }
    guard !bytes.isEmpty else { return [] }
    let scales = Set(
      model.tensors.lazy.filter { $0.elementCount == 1 && $0.name.hasSuffix(".weight_scale") }
        .map(\.name))
    return Set(bytes.map(\.name).filter { scales.contains($0 + "_scale") })
  }

  /// The ends of names of tensors of which the first few tell how all of their like are read.
  static let sampledSuffixes = [
    ("_scale_inv", EightBitFloats.inverseScaleCount), (".qweight", GPTQ.sampleCount),
  ]

  /// The ends of names of small tensors whose content decides how others are read.
  static let decidingSuffixes = [
    ".quant_state.bitsandbytes__nf4", ".quant_state.bitsandbytes__fp4", "_quant_state",
    ".comfy_quant",
    ".weight_shape", ".shape", ".size", ".g_idx", ".qzeros", ".q_groups", ".row_offsets", ".nbits",
    ".axis",
    ".quant_scale", "zero_point", "zero_point_2", "col_indices", ".col_idx",
    ".indices", ".weight_g_idx",
  ]
}

/// What the bookkeeping tensors of schemes are for, by the ends of their names.
enum AuxiliaryNames {
  /// The role of a tensor that belongs to a scheme.
  static func role(_ template: NameTemplate) -> Role {
    let name = template.leaf
    if name.contains("zero") { return .zeroPoint }
    if name.contains("codebook") && name != "codebook_id" || name.contains("quant_map")
      || name.contains("centroids") || template.owner == "centroids" || name.hasPrefix("tables")
    {
      return .codebook
    }
    if name == "bitmask" || name.hasSuffix("_mask") { return .mask }
    if [
      "g_idx", "weight_g_idx", "row_offsets", "perm", "in_perm", "q_invperm", "q_perm", "q_groups",
      "col_vals", "meta", "crow_indices", "col_indices", "indices", "indptr", "row_ptr", "col_idx",
      "output_positions", "gaps", "split_positions", "input_g_idx",
    ]
    .contains(name) {
      return .index
    }
    if name.contains("scale") || name.contains("absmax")
      || [
        "scb", "s", "svh", "suh", "su", "sv", "s_group", "s_channel", "smooth_factor",
        "smooth_factor_orig",
      ].contains(name)
      || name == "biases" || name == "qbiases" || name.hasSuffix("shift")
    {
      return .scale
    }
    return .auxiliary
  }

  /// The role of a tensor that stands alone but has a name that only bookkeeping has: scales of
  /// activations and caches, sentinels.
  static func loneRole(_ template: NameTemplate, isScalar: Bool) -> Role? {
    let name = template.leaf
    if scales.contains(name) || isScalar && name.contains("scale") && name != "logit_scale" {
      return .scale
    }
    if name.hasSuffix("zero_point") || name == "qzeros" { return .zeroPoint }
    if name == "scaled_fp#" || name == "comfy_quant" || name.hasPrefix("bitsandbytes__") {
      return .auxiliary
    }
    return nil
  }

  private static let scales: Set = [
    "weight_scale", "weight_scale_inv", "weight_scale_#", "weight_global_scale", "input_scale",
    "input_scale_ub", "input_global_scale", "activation_scale", "k_scale", "v_scale", "q_scale",
    "kv_scale", "qscale_weight", "qscale_act", "scale_weight", "scale_input", "pre_quant_scale",
    "output_scale", "act_global_scale", "input_activation_scale", "output_activation_scale",
    "absmax", "nested_absmax", "scb", "qscales", "prob_scale", "prob_output_scale",
  ]
}
