internal import ModelFile

extension KVCache {
  /// Reads the cache from transformers' `config.json`, whose keys are those of each model's
  /// `configuration_*.py`.
  ///
  /// Where it declares no heads of keys, projections tell them.
  ///
  /// - Returns: `nil` where it declares no layers or neither it nor projections tell the heads.
  init?(configuration: NetworkConfiguration, rows: ProjectionRows) {
    let source = "config.json"
    if configuration["is_encoder_decoder"]?.bool == true {
      self.init(encoderAndDecoder: configuration)
      return
    }
    guard let count = configuration.layers, count > 0 else { return nil }
    let found = LayerKinds(configuration, count: count)
    var kinds = found.kinds
    var unknown = found.unknown
    // The last layers of Gemma 3n use the keys and values of earlier ones.
    let shared = configuration.count("num_kv_shared_layers") ?? 0
    if shared < count {
      for index in (count - shared)..<count where kinds[index].keepsTokens { kinds[index] = .none }
    } else {
      unknown.append(
        "which layers keep keys and values: num_kv_shared_layers \(shared) of \(count) layers would "
          + "leave none; all are counted")
    }
    unknown += rows.parts.contradictions(kinds, rows: rows, source: source, shared: shared)
    let declaredHeads = configuration.keyValueHeads(layers: count)
    let heads = declaredHeads ?? configuration.heads.map { Array(repeating: $0, count: count) }
    let headLength =
      configuration.declaredHeadLength ?? declaredHeads.flatMap(rows.headLength)
      ?? configuration.usualHeadLength
    let states = kinds.count(where: \.keepsState)
    let state = states > 0 ? configuration.stateElements : nil
    if states > 0, state == nil {
      unknown.append(
        "the state of \(states) recurrent layers: config.json does not give its size"
      )
    }
    if kinds.contains(.window), configuration.window == nil {
      unknown.append("the window of the sliding layers: they are counted with the whole context")
    }
    let image = configuration.imageTokens
    let crossed = kinds.count { $0 == .cross }
    if crossed > 0, image == nil {
      unknown.append(
        "what \(crossed) cross-attention layers keep of an image: config.json does not give its size"
      )
    }
    let latent = configuration.latent
    var layers: [(content: Content, reach: Reach)?] = []
    var contradictions = Contradictions(source: source, isDeclared: declaredHeads != nil)
    for (index, kind) in kinds.enumerated() {
      if kind.keepsState { layers.append(state.map { (.state(elements: $0), .context) }) }
      guard kind.keepsTokens || kind == .cross else { continue }
      let usual = heads.flatMap { heads in
        headLength.map {
          Content.keysAndValues(
            heads: heads[index], keyLength: $0, valueLength: configuration.count("v_head_dim") ?? $0
          )
        }
      }
      if kind == .cross {
        layers.append(image.flatMap { tokens in usual.map { ($0, .fixed(tokens)) } })
        continue
      }
      let content = contradictions.content(of: index, usual: latent ?? usual, rows: rows)
      guard let content else { return nil }
      let window = kind == .window ? configuration.window : nil
      layers.append((content, window.map(Reach.window) ?? .context))
      if let length = configuration.indexLength {
        layers.append((.index(length: length), .context))
      }
    }
    var assumptions = contradictions.assumptions
    if crossed > 0, let image { assumptions.append("one image of \(image) tokens") }
    if configuration.indexLength != nil { assumptions.append(Self.indexAssumption) }
    self.init(
      layers: layers, source: source, unknown: unknown + contradictions.unknown,
      assumptions: assumptions)
  }

  /// vLLM (deepseek_v2.py, `DeepseekV32IndexerCache`) stores 8-bit floats and a scale for each 128
  /// whatever the cache; SGLang may keep 16 bits.
  static let indexAssumption = "the keys of the sparse attention's indexer in the type of the cache"

  /// T5, BART, Whisper: the decoder keeps its own tokens and the encoder's output.
  private init?(encoderAndDecoder configuration: NetworkConfiguration) {
    let layers = configuration.count("decoder_layers", "num_decoder_layers") ?? configuration.layers
    let heads = configuration.count("decoder_attention_heads") ?? configuration.heads
    guard let layers, let heads, heads > 0,
      let length = configuration.count("d_kv") ?? configuration.hiddenSize.map({ $0 / heads })
    else { return nil }
    let content = Content.keysAndValues(heads: heads, keyLength: length, valueLength: length)
    let encoded = configuration.count("max_source_positions").map(Reach.fixed) ?? .context
    self.init(
      groups: [
        Group(layers: layers, content: content),
        Group(layers: layers, content: content, reach: encoded),
      ],
      source: "config.json"
    )
  }
}

extension NetworkConfiguration {
  /// The size of a head; it need not divide the hidden size.
  var declaredHeadLength: Int? { count("head_dim", "kv_channels", "attention_head_dim") }

  /// The size of a head where none is declared.
  var usualHeadLength: Int? {
    guard let hiddenSize, let heads, heads > 0 else { return nil }
    return hiddenSize / heads
  }

  /// Multi-head latent attention (DeepSeek V2 and later, Kimi, MiniCPM 3).
  var latent: KVCache.Content? {
    guard let rank = count("kv_lora_rank"), rank > 0, let rope = count("qk_rope_head_dim") else {
      return nil
    }
    return .latent(rank: rank, ropeLength: rope)
  }

  /// The key by which the sparse attention of DeepSeek V3.2 chooses tokens: one for each token and
  /// layer (configuration_deepseek_v32.py).
  var indexLength: Int? { count("index_head_dim").flatMap { $0 > 0 && latent != nil ? $0 : nil } }

  /// What Mllama's cross-attention layers keep of one image: all tiles of patches, each with a class
  /// token (modeling_mllama.py, `num_patches`).
  var imageTokens: Int? {
    guard let vision = whole["vision_config"], let size = vision["image_size"]?.integer,
      let patch = vision["patch_size"]?.integer, patch > 0, size > 0,
      let tiles = vision["max_num_tiles"]?.integer
    else { return nil }
    return checkedProduct(size / patch, size / patch).flatMap { checkedSum($0, 1) }
      .flatMap { checkedProduct(tiles, $0) }
  }

  /// The heads of keys and values of each layer; `nil` where they are not declared.
  func keyValueHeads(layers: Int) -> [Int]? {
    // DeciLM and other searched networks give every layer its own.
    if let blocks = self["block_configs"]?.array, blocks.count == layers, let heads {
      return blocks.map { block in
        guard let group = block["attention"]?["n_heads_in_group"]?.integer, group > 0 else {
          return 0
        }
        return heads / group
      }
    }
    // Falcon declares heads that only its second architecture has.
    if self["multi_query"]?.bool == true, self["new_decoder_architecture"]?.bool != true {
      return Array(repeating: 1, count: layers)
    }
    let keys = [
      "num_key_value_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num",
      "num_key_value_heads_per_layer",
    ]
    for key in keys {
      if let list = self[key]?.array {
        let numbers = list.compactMap(\.integer).filter { $0 >= 0 }
        return numbers.count == layers ? numbers : nil
      }
      if let number = count(key) { return Array(repeating: number, count: layers) }
    }
    if let number = self["attn_config"]?["kv_n_heads"]?.integer, number >= 0 {
      return Array(repeating: number, count: layers)
    }
    return nil
  }
}
