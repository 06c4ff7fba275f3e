internal import ModelFile

/// The sizes that a configuration declares, each with all values that may be meant.
struct DeclaredSizes {
  var source: String
  /// Widths of the stream and of embeddings, and how most call them.
  var widths: Set<Int> = []
  var hidden = 0
  var vocabularies: Set<Int> = []
  var layers: Set<Int> = []
  /// Layers that predict further tokens and stand behind the others.
  var predictors = 0
  var feedForward: Set<Int> = []
  /// Those of them that are declared as they are.
  var declaredFeedForward: Set<Int> = []
  /// Heads of queries and keys and their length, of architectures whose projections have exactly
  /// these rows.
  var heads: (queries: Int, keys: Int, length: Int)?

  var widthKey = "hidden_size"
  var tokenKey = "vocab_size"
  var layerKey = "num_hidden_layers"
  var feedForwardKey = "intermediate_size"

  /// Reads `config.json` or, of a GGUF file, its keys.
  init?(_ model: Model) {
    if model.format == .gguf {
      self.init(keys: model)
    } else if let config = model.sidecar(.config), config["model_type"]?.string != nil {
      self.init(configuration: config)
    } else {
      return nil
    }
  }

  private init(configuration config: JSONValue) {
    source = "config.json"
    let main = NetworkConfiguration(config)
    widths = config.numbers(under: [
      "hidden_size", "n_embd", "d_model", "dim", "model_dim", "embed_dim", "embedding_size",
      "embedding_dim", "emb_dim", "dim_model", "word_embed_proj_dim", "d_embed",
    ])
    hidden = main.hiddenSize ?? widths.max() ?? 0
    vocabularies = config.numbers(under: [
      "vocab_size", "padded_vocab_size", "text_vocab_size", "embedding_vocab_size",
    ])
    layers = config.numbers(under: [
      "num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_decoder_layers",
      "decoder_layers", "encoder_layers", "num_transformer_layers",
    ])
    predictors =
      config.numbers(under: [
        "num_nextn_predict_layers", "num_mtp_layers", "mtp_num_hidden_layers",
      ]).max() ?? 0
    feedForward = config.numbers { key in
      ["intermediate_size", "ffn_dim", "ffn_hidden_size"].contains { key.contains($0) }
        || ["d_ff", "n_inner", "mlp_dim", "hidden_dim", "ffn_size"].contains(key)
    }
    declaredFeedForward = feedForward
    if config["use_double_wide_mlp"]?.bool ?? config["text_config"]?["use_double_wide_mlp"]?.bool
      ?? false
    {
      feedForward.formUnion(feedForward.map { $0.multipliedClamped(by: 2) })
    }
    let usual: Set = [
      "llama", "mistral", "mixtral", "qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "gemma", "gemma2",
      "gemma3_text", "olmo", "olmo2", "granite", "starcoder2", "stablelm", "cohere", "smollm3",
      "phi", "opt", "helium", "exaone4",
    ]
    guard usual.contains(config["model_type"]?.string ?? ""), let count = main.heads, count > 0
    else { return }
    let length =
      main.count("head_dim")
      ?? main.hiddenSize.flatMap { $0 % count == 0 ? $0 / count : nil }
    heads = length.map { (count, main.count("num_key_value_heads") ?? count, $0) }
  }

  private init?(keys model: Model) {
    guard let keys = GGUFKeys(model) else { return nil }
    let name = keys.architecture
    func numbers(_ key: String) -> [Int] {
      if case .array(let array) = keys[key] { return array.first.compactMap(\.integer) }
      return [keys[key]?.integer].compactMap { $0 }
    }
    source = "GGUF keys"
    widthKey = "\(name).embedding_length"
    tokenKey = "tokens"
    layerKey = "\(name).block_count"
    feedForwardKey = "\(name).feed_forward_length"
    widths = Set(numbers("embedding_length"))
    hidden = widths.max() ?? 0
    vocabularies = Set(numbers("vocab_size"))
    if case .array(let tokens) = model[metadata: "tokenizer.ggml.tokens"] {
      vocabularies.insert(tokens.count)
    }
    layers = Set(numbers("block_count"))
    predictors = numbers("nextn_predict_layers").max() ?? 0
    // Arrays are not read beyond their beginnings.
    let widths = numbers("feed_forward_length")
    if widths.count == 1 {
      declaredFeedForward = Set(widths)
      // Both halves of a gated layer may stand in one matrix; Qwen of the first generation counts both.
      feedForward = Set(widths + widths.map { $0.multipliedClamped(by: 2) } + widths.map { $0 / 2 })
    }
    let usual: Set = [
      "llama", "qwen2", "qwen2moe", "qwen3", "qwen3moe", "gemma", "gemma2", "gemma3", "starcoder2",
      "olmo2", "granite", "internlm2", "command-r", "smollm3", "stablelm",
    ]
    let counts = numbers("attention.head_count")
    guard usual.contains(name), counts.count == 1, let count = counts.first, count > 0 else {
      return
    }
    let keyCounts = numbers("attention.head_count_kv")
    let length =
      numbers("attention.key_length").first ?? (hidden % count == 0 ? hidden / count : nil)
    guard keyCounts.count <= 1, let length else { return }
    heads = (count, keyCounts.first ?? count, length)
  }
}

extension JSONValue {
  /// All whole numbers under some keys, in lists and in objects within, too.
  fileprivate func numbers(under keys: Set<String>) -> Set<Int> {
    numbers { keys.contains($0) }
  }

  fileprivate func numbers(where isMeant: (String) -> Bool) -> Set<Int> {
    guard case .object(let members) = self else { return [] }
    var found: Set<Int> = []
    for (key, value) in members {
      if isMeant(key) {
        if let number = value.integer, number > 0 { found.insert(number) }
        for number in value.array?.compactMap(\.integer) ?? [] where number > 0 {
          found.insert(number)
        }
      }
      if case .object = value { found.formUnion(value.numbers(where: isMeant)) }
    }
    return found
  }
}
