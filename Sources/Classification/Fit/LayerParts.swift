internal import ModelFile

/// Which layers have tensors of attention and which have tensors of a recurrence, by their names
/// alone.
///
/// A configuration that says otherwise is contradicted, however the tensors are packed.
struct LayerParts {
  /// Layers with projections of attention.
  private(set) var attention: Set<Int> = []
  /// Layers with parts that only a recurrent layer has: decays, convolutions, scans.
  private(set) var recurrence: Set<Int> = []

  /// Looks at the layers of decoders.
  init(_ model: Model) {
    // Layers repeat their parts, and large models have a hundred thousand tensors.
    var marks: [Substring: (attention: Bool, recurrence: Bool)] = [:]
    var encoders: [Substring: Bool] = [:]
    for tensor in model.tensors {
      guard let (stack, layer, part) = Self.place(of: tensor.name) else { continue }
      let isEncoder = encoders[stack] ?? Self.isEncoder(stack)
      encoders[stack] = isEncoder
      guard !isEncoder else { continue }
      let found =
        marks[part]
        ?? (
          Self.attentionMarks.contains { part.contains($0) },
          Self.recurrenceMarks.contains { part.contains($0) }
        )
      marks[part] = found
      if found.0 { attention.insert(layer) }
      if found.1 { recurrence.insert(layer) }
    }
  }

  /// What kinds of layers the tensors contradict, in words.
  ///
  /// - Parameters:
  ///   - rows: the projections that make keys and values.
  ///   - source: where the kinds are from: `config.json`.
  ///   - shared: how many of the last layers use projections that they have in vain.
  func contradictions(
    _ kinds: [LayerKind], rows: ProjectionRows, source: String, shared: Int = 0
  ) -> [String] {
    // A linear attention has projections of keys and values too, beside parts that no other has.
    let silent = kinds.indices.dropLast(shared < kinds.count ? shared : 0).filter {
      (kinds[$0] == .state || kinds[$0] == .none) && rows.pairs[$0] != nil
        && !recurrence.contains($0)
    }
    let recurrent = kinds.indices.filter {
      kinds[$0].keepsTokens && kinds[$0] != .fullAndState && recurrence.contains($0)
        && !attention.contains($0)
    }
    let double = kinds.indices.filter {
      [.full, .window].contains(kinds[$0]) && recurrence.contains($0) && rows.pairs[$0] != nil
    }
    return [
      Self.sentence(
        silent, "keep keys and values",
        "they have projections of both, and \(source) gives them none"
      ),
      Self.sentence(
        recurrent, "keep a state instead of keys and values",
        "they have tensors of a recurrence and none of attention, and \(source) makes them attention"
      ),
      Self.sentence(
        double, "keep a state too",
        "they have tensors of attention and of a recurrence, and \(source) makes them attention"),
    ].compactMap(\.self)
  }

  private static func sentence(_ layers: [Int], _ claim: String, _ reason: String) -> String? {
    guard let first = layers.first else { return nil }
    return
      "whether \(counting(layers.count, "layer")), beginning with \(first), "
      + "\(claim): \(reason)"
  }

  private static let attentionMarks = [
    "attn", "attention", ".q_proj", ".k_proj", ".qkv_proj", "Attention", "query_key_value", "Wqkv",
  ]

  /// Mamba (`A_log`, GGUF `ssm_a`), short and causal convolutions, gated linear attention, RWKV,
  /// RG-LRU.
  private static let recurrenceMarks = [
    "mamba", "A_log", "ssm_", "conv1d", "conv_1d", ".conv.conv", "shortconv", "linear_attn.",
    "time_mix", "time_decay", "rg_lru",
  ]

  /// Whether a stack keeps nothing, by its name.
  static func isEncoder(_ stack: Substring) -> Bool { encoders.contains { stack.contains($0) } }

  private static let encoders = ["vision", "visual", "audio", "encoder", "enc.blk", "vpm", "apm"]

  /// The stack, the layer and the part with a leading dot: `model.layers`, 3, `.self_attn.k_proj.weight`.
  private static func place(of name: String) -> (stack: Substring, layer: Int, part: Substring)? {
    let components = name.split(separator: ".", omittingEmptySubsequences: false)
    for index in components.indices.dropFirst() {
      guard ["layers", "blk", "blocks", "h"].contains(components[index - 1]),
        let layer = Int(components[index]), layer >= 0
      else { continue }
      let number = components[index]
      guard number.startIndex > name.startIndex else { return nil }
      return (name[..<name.index(before: number.startIndex)], layer, name[number.endIndex...])
    }
    return nil
  }
}
