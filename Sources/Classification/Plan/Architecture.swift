internal import ModelFile

/// The shape of the network as configuration, keys, names and shapes tell it.
public struct Architecture: Sendable, Equatable {
  /// The model type: `llama`, `gpt2`.
  public var name: String?
  /// Where the facts are from: `config.json`, `gguf` or `tensors`.
  public var source: String
  /// Layers, of a composite model the language model's.
  public var layers: Int?
  /// The width of the stream between layers.
  public var hiddenSize: Int?
  /// Attention heads.
  public var heads: Int?
  /// Heads of keys and values.
  public var kvHeads: Int?
  /// The width of a head.
  public var headDim: Int?
  /// Tokens.
  public var vocabSize: Int?
  /// The longest context.
  public var contextLength: Int?
  /// Experts of a layer.
  public var experts: Int?
}

extension Architecture {
  /// Reads the configuration, else GGUF's keys, else counts layers and measures shapes.
  init?(_ model: Model, _ tensors: [PlannedTensor], _ names: NameIndex) {
    if let config = model.sidecar(.config), let found = Architecture(config: config) {
      self = found
    } else if let found = Architecture(keys: model) {
      self = found
    } else if let found = Architecture(tensors: model, tensors, names) {
      self = found
    } else {
      return nil
    }
  }

  /// transformers' `config.json`; composite models keep the language model's in `text_config`.
  private init?(config: JSONValue) {
    let text = config["text_config"] ?? config["llm_config"] ?? config
    func number(_ keys: String...) -> Int? {
      keys.lazy.compactMap { text[$0]?.integer ?? config[$0]?.integer }.first
    }
    name = config["model_type"]?.string ?? config["_class_name"]?.string
    source = "config.json"
    layers = number("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers")
    hiddenSize = number("hidden_size", "n_embd", "d_model", "dim")
    heads = number(
      "num_attention_heads",
      "n_head",
      "n_heads",
      "num_heads",
      "encoder_attention_heads"
    )
    kvHeads = number("num_key_value_heads", "num_kv_heads", "n_head_kv")
    headDim = number("head_dim", "attention_head_dim")
    vocabSize = number("vocab_size")
    contextLength = number("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len")
    experts = number("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")
    guard name != nil || layers != nil || hiddenSize != nil else { return nil }
    headDim = headDim ?? Self.quotient(hiddenSize, heads)
  }

  /// GGUF's keys (ggml/docs/gguf.md), each under the architecture's name.
  private init?(keys model: Model) {
    guard let name = model[metadata: "general.architecture"]?.string else { return nil }
    func number(_ key: String) -> Int? {
      let value = model[metadata: "\(name).\(key)"]
      if case .array(let array) = value { return array.first.compactMap(\.integer).max() }
      return value?.integer
    }
    self.name = name
    source = "gguf"
    layers = number("block_count")
    hiddenSize = number("embedding_length")
    heads = number("attention.head_count")
    kvHeads = number("attention.head_count_kv")
    headDim = number("attention.key_length") ?? Self.quotient(hiddenSize, heads)
    vocabSize = number("vocab_size")
    if vocabSize == nil, case .array(let tokens) = model[metadata: "tokenizer.ggml.tokens"] {
      vocabSize = tokens.count
    }
    contextLength = number("context_length")
    experts = number("expert_count")
  }

  /// What names and shapes alone tell.
  private init?(tensors model: Model, _ planned: [PlannedTensor], _ names: NameIndex) {
    guard let layers = names.places.map(\.layer).max(), layers >= 0, layers < 1 << 16 else {
      return nil
    }
    name = nil
    source = "tensors"
    self.layers = layers + 1
    hiddenSize = NetworkContext(model, names).hiddenSize
    let table = planned.indices.first {
      planned[$0].role == .embedding && model.tensors[$0].shape.count == 2
        && hiddenSize == Int(clamping: model.tensors[$0].shape[1])
    }
    vocabSize = table.map { Int(clamping: model.tensors[$0].shape[0]) }
    if let expert = names.places.map(\.expert).max(), expert >= 0 { experts = expert + 1 }
  }

  private static func quotient(_ a: Int?, _ b: Int?) -> Int? {
    guard let a, let b, b > 0, a % b == 0 else { return nil }
    return a / b
  }
}
