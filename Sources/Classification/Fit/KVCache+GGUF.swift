internal import ModelFile

extension KVCache {
  /// Reads the cache from GGUF's keys.
  ///
  /// Where they do not give the heads of keys, projections tell them.
  ///
  /// - Returns: `nil` where they do not tell it.
  init?(keys: GGUFKeys, rows: ProjectionRows) {
    let source = "GGUF keys"
    if keys.architecture == "t5" {
      self.init(encoderAndDecoder: keys, source: source)
      return
    }
    guard let count = keys.layers, count > 0 else { return nil }
    let state = keys.stateElements
    let heads = keys.countOfLayers("attention.head_count", layers: count)
    var declared = keys.countOfLayers("attention.head_count_kv", layers: count)
    // Zero in all layers of a network that has projections is a number that was not written.
    if !keys.isRecurrent, !rows.pairs.isEmpty, declared?.allSatisfy({ $0 == 0 }) == true {
      declared = nil
    }
    let keyValueHeads = declared ?? (keys["attention.head_count_kv"] == nil ? heads : nil)
    if rows.pairs.isEmpty, keyValueHeads?.allSatisfy({ $0 == 0 }) ?? true {
      // Mamba and RWKV have no heads at all; elsewhere an array is too long to be kept whole.
      guard let state, heads?.allSatisfy({ $0 == 0 }) ?? (keys["attention.head_count"] == nil)
      else { return nil }
      self.init(
        groups: [Group(layers: count, content: .state(elements: state))],
        source: source
      )
      return
    }
    var kinds = keys.layerKinds(count)
    var unknown: [String] = []
    let shared = keys.count("attention.shared_kv_layers") ?? 0
    if shared < count {
      for index in (count - shared)..<count where kinds[index].keepsTokens { kinds[index] = .none }
    } else {
      unknown.append(
        "which layers keep keys and values: attention.shared_kv_layers \(shared) of \(count) layers "
          + "would leave none; all are counted")
    }
    let widths = keys.countOfLayers("feed_forward_length", layers: count)
    for index in 0..<count where kinds[index].keepsTokens && keyValueHeads?[index] == 0 {
      // A layer of Nemotron-H is a recurrence, attention or a feed-forward network alone
      // (llama.cpp, src/models/nemotron-h.cpp: recurrent where both numbers are zero).
      let isFeedForward = keys.architecture.hasPrefix("nemotron_h") && widths?[index] ?? 0 > 0
      kinds[index] = isFeedForward || !keys.isRecurrent ? .none : .state
    }
    unknown += rows.parts.contradictions(kinds, rows: rows, source: source, shared: shared)
    var layers: [(content: Content, reach: Reach)?] = []
    var contradictions = Contradictions(source: source, isDeclared: declared != nil)
    let headLength = declared.flatMap(rows.headLength)
    for (index, kind) in kinds.enumerated() {
      if kind.keepsState { layers.append(state.map { (.state(elements: $0), .context) }) }
      guard kind.keepsTokens else { continue }
      let usual = keyValueHeads.flatMap {
        keys.content(heads: heads?[index] ?? 0, keyValueHeads: $0[index], length: headLength)
      }
      guard let content = contradictions.content(of: index, usual: usual, rows: rows) else {
        return nil
      }
      let window = kind == .window ? keys.window : nil
      layers.append((content, window.map(Reach.window) ?? .context))
      if let length = keys.indexLength { layers.append((.index(length: length), .context)) }
    }
    // Neither heads nor a state: the numbers are missing, not zero.
    if state == nil, !layers.contains(where: { $0 != nil }) { return nil }
    let states = kinds.count(where: \.keepsState)
    if state == nil, states > 0 { unknown.append("the state of \(states) recurrent layers") }
    if case .array(let array)? = keys["attention.head_count_kv"], array.count != count {
      unknown.append(
        "the declared heads: attention.head_count_kv has \(array.count) numbers for \(count) layers"
      )
    }
    if keys.window != nil, !kinds.contains(.window) {
      unknown.append(
        "which layers use the window of \(keys.window ?? 0) tokens: all are counted with the whole "
          + "context"
      )
    }
    var assumptions = contradictions.assumptions
    if keys.indexLength != nil { assumptions.append(Self.indexAssumption) }
    self.init(
      layers: layers, source: source, unknown: unknown + contradictions.unknown,
      assumptions: assumptions)
  }

  /// T5: the decoder keeps its own tokens and the encoder's output (llama.cpp, src/models/t5-dec.cpp).
  private init?(encoderAndDecoder keys: GGUFKeys, source: String) {
    guard let layers = keys.count("decoder_block_count") ?? keys.layers,
      layers <= NetworkConfiguration.mostLayers, let heads = keys.count("attention.head_count"),
      let content = keys.content(
        heads: heads, keyValueHeads: keys.count("attention.head_count_kv") ?? heads, length: nil)
    else { return nil }
    let group = Group(layers: layers, content: content)
    self.init(groups: [group, group], source: source)
  }
}

extension GGUFKeys {
  fileprivate func content(
    heads: Int, keyValueHeads: Int, length: Int?
  ) -> KVCache.Content? {
    // Conversions before llama.cpp knew latent attention have the rank too, but are run with expanded
    // keys and values; `key_length_mla` tells the others.
    if let rank = count("attention.kv_lora_rank"), rank > 0,
      let rope = count("rope.dimension_count"),
      count("attention.key_length_mla") != nil || keyValueHeads == 1
    {
      return .latent(rank: rank, ropeLength: rope)
    }
    let quotient: Int? = length ?? (heads > 0 ? count("embedding_length").map { $0 / heads } : nil)
    guard let keyLength = count("attention.key_length") ?? quotient,
      let valueLength = count("attention.value_length") ?? quotient
    else { return nil }
    return .keysAndValues(heads: keyValueHeads, keyLength: keyLength, valueLength: valueLength)
  }

  /// The indexer's key of one token (llama.cpp, `attention.indexer.key_length`).
  fileprivate var indexLength: Int? {
    count("attention.indexer.key_length").flatMap {
      $0 > 0 && count("attention.kv_lora_rank") ?? 0 > 0 ? $0 : nil
    }
  }

  /// Elements of a recurrent state and of its convolution (llama.cpp, src/llama-hparams.cpp,
  /// `n_embd_r` and `n_embd_s`).
  fileprivate var stateElements: Int? {
    let width = count("embedding_length")
    if let length = count("wkv.head_size"), length > 0 {
      // RWKV: a square for each head, and the last token of both mixes.
      return checkedSum(length, count("token_shift_count") ?? 2).flatMap { per in
        width.flatMap { checkedProduct($0, per) }
      }
    }
    if let kernel = count("shortconv.l_cache"), kernel > 0 {
      return width.flatMap { checkedProduct($0, kernel - 1) }
    }
    guard let kernel = count("ssm.conv_kernel"), kernel > 0 else { return nil }
    if let length = count("kda.head_dim"), let heads = mostHeads {
      return NetworkConfiguration.deltaElements(heads: heads, length: length, kernel: kernel)
    }
    guard let inner = count("ssm.inner_size"), let size = count("ssm.state_size"),
      let state = checkedProduct(inner, size),
      let groups = checkedProduct(2, count("ssm.group_count") ?? 0, size),
      let width = checkedSum(inner, groups), let past = checkedProduct(kernel - 1, width)
    else { return nil }
    return checkedSum(state, past)
  }

  private var mostHeads: Int? {
    layers.flatMap { countOfLayers("attention.head_count", layers: $0)?.max() }
  }

  /// Whether some layers keep a state.
  fileprivate var isRecurrent: Bool {
    ["ssm.conv_kernel", "shortconv.l_cache", "wkv.head_size"].contains { self[$0] != nil }
  }

  fileprivate var window: Int? {
    count("attention.sliding_window").flatMap { $0 > 0 ? $0 : nil }
  }

  fileprivate func layerKinds(_ count: Int) -> [LayerKind] {
    // Attention and Mamba side by side (llama.cpp, src/models/falcon-h1.cpp).
    if architecture == "falcon-h1" { return Array(repeating: .fullAndState, count: count) }
    if let interval = self.count("full_attention_interval") ?? Self.recurrentPeriods[architecture],
      interval > 0
    {
      return (0..<count).map { ($0 + 1) % interval == 0 ? .full : .state }
    }
    guard window != nil else { return Array(repeating: .full, count: count) }
    if case .array(let pattern) = self["attention.sliding_window_pattern"],
      pattern.first.count == count
    {
      return pattern.first.map { $0 == .bool(true) ? .window : .full }
    }
    let period = self.count("attention.sliding_window_pattern") ?? Self.windowPeriods[architecture]
    guard let period, period > 0 else { return Array(repeating: .full, count: count) }
    return (0..<count).map { ($0 + 1) % period == 0 && period > 1 ? .full : .window }
  }

  /// The last layer of so many sees everything, the others a window
  /// (llama.cpp/src/llama-model.cpp, `set_swa_pattern`).
  private static let windowPeriods = [
    "gemma2": 2, "gemma3": 6, "gemma3n": 5, "gpt-oss": 2, "cohere2": 4, "exaone4": 4, "llama4": 4,
    "olmo2": 4,
  ]

  /// The last layer of so many has attention, the others a linear one (llama.cpp, Qwen3-Next).
  private static let recurrentPeriods = ["qwen3next": 4]
}
