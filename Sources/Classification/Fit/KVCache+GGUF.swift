internal import ModelFile

/// GGUF's keys under the name of the architecture (ggml/docs/gguf.md).
struct GGUFKeys {
  let model: Model
  let architecture: String

  /// - Returns: `nil` for a model that does not name its architecture.
  init?(_ model: Model) {
    guard let name = model[metadata: "general.architecture"]?.string else { return nil }
    self.model = model
    architecture = name
  }

  subscript(key: String) -> MetadataValue? { model[metadata: "\(architecture).\(key)"] }

  /// A number of things: not negative.
  func count(_ key: String) -> Int? {
    self[key]?.integer.flatMap { $0 >= 0 ? $0 : nil }
  }

  /// A number for each layer, written once or as an array.
  ///
  /// - Returns: `nil` where it is absent, or an array that is not as long as there are layers or of
  ///   which only the beginning is kept.
  func countOfLayers(_ key: String, layers: Int) -> [Int]? {
    switch self[key] {
    case .array(let array):
      let numbers = array.first.compactMap(\.integer).filter { $0 >= 0 }
      return numbers.count == layers ? numbers : nil
    case let value?:
      guard let number = value.integer, number >= 0 else { return nil }
      return Array(repeating: number, count: layers)
    case nil: return nil
    }
  }

  var layers: Int? {
    count("block_count").flatMap { $0 <= NetworkConfiguration.mostLayers ? $0 : nil }
  }

  /// Tokens of the vocabulary.
  var vocabularySize: Int? {
    if let declared = count("vocab_size") { return declared }
    if case .array(let tokens) = model[metadata: "tokenizer.ggml.tokens"] { return tokens.count }
    return nil
  }
}

extension KVCache {
  /// Reads the cache from GGUF's keys.
  ///
  /// Where they do not give the heads of keys, projections tell them.
  ///
  /// - Returns: `nil` where they do not tell it.
  init?(keys: GGUFKeys, rows: ProjectionRows) {
    let source = "GGUF keys"
    if case .bool(false) = keys["attention.causal"] {
      self.init(groups: [], source: source)
      return
    }
    guard let count = keys.layers else { return nil }
    let state = keys.stateElements
    let heads = keys.countOfLayers("attention.head_count", layers: count)
    var declared = keys.countOfLayers("attention.head_count_kv", layers: count)
    // Zero in all layers of a network that has projections is a number that was not written.
    if !keys.isRecurrent, !rows.pairs.isEmpty, declared?.allSatisfy({ $0 == 0 }) == true {
      declared = nil
    }
    let keyValueHeads = declared ?? (keys["attention.head_count_kv"] == nil ? heads : nil)
    if keyValueHeads == nil, rows.pairs.isEmpty {
      // Mamba has no heads at all; elsewhere an array is too long to be kept whole.
      guard let state, keys["attention.head_count"] == nil else { return nil }
      self.init(
        groups: [Group(layers: count, content: .state(elements: state))],
        source: source
      )
      return
    }
    let kinds = keys.layerKinds(count)
    let shared = min(keys.count("attention.shared_kv_layers") ?? 0, count)
    var layers: [(content: Content, reach: Reach)?] = []
    var unknown: [String] = []
    var contradictions = Contradictions(source: source, isDeclared: declared != nil)
    let headLength = declared.flatMap(rows.headLength)
    for index in 0..<count {
      let headsOfLayer = keyValueHeads?[index]
      if index >= count - shared {
        layers.append(nil)
      } else if headsOfLayer == 0 || kinds[index] == .state {
        layers.append(state.map { (.state(elements: $0), .context) })
      } else {
        let reach: Reach =
          kinds[index] == .window ? keys.window.map(Reach.window) ?? .context : .context
        let usual = headsOfLayer.flatMap {
          keys.content(heads: heads?[index] ?? 0, keyValueHeads: $0, length: headLength)
        }
        guard let content = contradictions.content(of: index, usual: usual, rows: rows) else {
          return nil
        }
        layers.append((content, reach))
      }
    }
    // Neither heads nor a state: the numbers are missing, not zero.
    if state == nil, !layers.contains(where: { $0 != nil }) { return nil }
    if state == nil, keys.isRecurrent {
      let states = layers.count { $0 == nil } - shared
      if states > 0 { unknown.append("the state of \(states) recurrent layers") }
    }
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
    self.init(
      layers: layers, source: source, unknown: unknown + contradictions.unknown,
      assumptions: contradictions.assumptions)
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

  /// Elements of a recurrent state and of its convolution (llama.cpp, `n_embd_r` and `n_embd_s`).
  fileprivate var stateElements: Int? {
    guard let kernel = count("ssm.conv_kernel"), kernel > 0, let inner = count("ssm.inner_size"),
      let size = count("ssm.state_size"), let state = checkedProduct(inner, size),
      let groups = checkedProduct(2, count("ssm.group_count") ?? 0, size),
      let width = checkedSum(inner, groups), let past = checkedProduct(kernel - 1, width)
    else { return nil }
    return checkedSum(state, past)
  }

  /// Whether some layers keep a state.
  fileprivate var isRecurrent: Bool { self["ssm.conv_kernel"] != nil }

  fileprivate var window: Int? {
    count("attention.sliding_window").flatMap { $0 > 0 ? $0 : nil }
  }

  fileprivate func layerKinds(_ count: Int) -> [LayerKind] {
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
