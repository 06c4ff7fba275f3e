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
    if configuration.isEncoder {
      self.init(groups: [], source: source)
      return
    }
    if configuration["is_encoder_decoder"]?.bool == true {
      self.init(encoderAndDecoder: configuration)
      return
    }
    guard let count = configuration.layers else { return nil }
    let kinds = configuration.layerKinds(count)
    let declaredHeads = configuration.keyValueHeads(layers: count)
    let heads = declaredHeads ?? configuration.heads.map { Array(repeating: $0, count: count) }
    let headLength =
      configuration.declaredHeadLength ?? declaredHeads.flatMap(rows.headLength)
      ?? configuration.usualHeadLength
    let shared = min(max(configuration.count("num_kv_shared_layers") ?? 0, 0), count)
    var unknown: [String] = []
    let states = kinds.count { $0 == .state }
    let state = states > 0 ? configuration.stateElements : nil
    if states > 0, state == nil {
      unknown.append(
        "the state of \(states) recurrent layers: config.json does not give its size"
      )
    }
    if kinds.contains(.window), configuration.window == nil {
      unknown.append("the window of the sliding layers: they are counted with the whole context")
    }
    let latent = configuration.latent
    var layers: [(content: Content, reach: Reach)?] = []
    var contradictions = Contradictions(source: source, isDeclared: declaredHeads != nil)
    for index in 0..<count {
      let kind = kinds[index]
      switch kind {
      case .none: layers.append(nil)
      case .state: layers.append(state.map { (.state(elements: $0), .context) })
      case .full, .window:
        // The last layers of Gemma 3n use the keys and values of earlier ones.
        if index >= count - shared {
          layers.append(nil)
          continue
        }
        let reach: Reach =
          kind == .window ? configuration.window.map(Reach.window) ?? .context : .context
        var usual = latent
        if usual == nil, let heads, let length = headLength {
          usual = .keysAndValues(
            heads: heads[index],
            keyLength: length,
            valueLength: configuration.count("v_head_dim") ?? length
          )
        }
        guard let content = contradictions.content(of: index, usual: usual, rows: rows) else {
          return nil
        }
        layers.append((content, reach))
      }
    }
    self.init(
      layers: layers, source: source, unknown: unknown + contradictions.unknown,
      assumptions: contradictions.assumptions)
  }

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
  /// Whether it is a network that reads all tokens at once and keeps nothing.
  var isEncoder: Bool {
    guard self["is_decoder"]?.bool != true, let name else { return false }
    return Self.encoders.contains(name)
  }

  /// The model types of transformers' encoders of text.
  private static let encoders: Set<String> = [
    "albert", "bert", "camembert", "deberta", "deberta-v2", "distilbert", "electra", "ernie",
    "eurobert", "flaubert", "layoutlm", "longformer", "modernbert", "mpnet", "nomic_bert",
    "roberta", "roformer", "xlm-roberta", "xlm-roberta-xl", "xmod",
  ]

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

  /// The elements of a recurrent layer's state, convolution included.
  var stateElements: Int? {
    // Gated delta rule (Qwen3-Next).
    if let valueHeads = count("linear_num_value_heads"),
      let keyHeads = count("linear_num_key_heads"),
      let keyLength = count("linear_key_head_dim"),
      let valueLength = count("linear_value_head_dim"),
      let kernel = count("linear_conv_kernel_dim"), kernel > 0,
      let state = checkedProduct(valueHeads, keyLength, valueLength),
      let keys = checkedProduct(2, keyHeads, keyLength),
      let values = checkedProduct(valueHeads, valueLength), let width = checkedSum(keys, values),
      let past = checkedProduct(kernel - 1, width)
    {
      return checkedSum(state, past)
    }
    // RG-LRU: a hidden vector and those that the convolution looks back at (RecurrentGemma).
    if let width = count("lru_width") ?? (name == "recurrent_gemma" ? hiddenSize : nil) {
      return checkedProduct(width, count("conv1d_width") ?? 4)
    }
    // Mamba 2 (Bamba, Granite, Nemotron-H, Zamba 2), else Mamba 1 (Mamba, Jamba).
    guard let size = count("mamba_d_state", "ssm_state_size", "state_size"),
      let kernel = count("mamba_d_conv", "conv_kernel", "conv_kernel_size"), kernel > 0,
      let inner = innerSize
    else { return nil }
    let groups = count("mamba_n_groups", "n_groups", "mamba_ngroups") ?? 0
    guard let state = checkedProduct(inner, size), let groupWidth = checkedProduct(2, groups, size),
      let width = checkedSum(inner, groupWidth), let past = checkedProduct(kernel - 1, width)
    else { return nil }
    return checkedSum(state, past)
  }

  private var innerSize: Int? {
    if let heads = count("mamba_n_heads", "mamba_num_heads", "n_mamba_heads"),
      let length = count("mamba_d_head", "mamba_head_dim", "mamba_headdim")
    {
      return checkedProduct(heads, length)
    }
    if let declared = count("intermediate_size"), name == "mamba" || name == "mamba2" {
      return declared
    }
    guard let hiddenSize, let factor = count("mamba_expand", "expand") else { return nil }
    return checkedProduct(hiddenSize, factor)
  }
}
