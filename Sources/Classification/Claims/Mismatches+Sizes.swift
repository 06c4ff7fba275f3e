internal import ModelFile

/// Sizes that the configuration, or GGUF's keys, give a language model, against its tensors.
///
/// Only where one kind of size is meant: with a table of tokens, and with one stack of layers beside
/// those of encoders. A number counts as right where any key that may mean it has it.
extension Mismatches {
  mutating func checkSizes(_ observed: Observation) {
    let model = observed.model
    guard observed.plan.fileRole == .model, observed.claims.sizesAreOfModel(model),
      let sizes = DeclaredSizes(model), let network = MeasuredSizes(observed)
    else { return }
    let width = network.width
    if !sizes.widths.isEmpty, !sizes.widths.contains(width) {
      add(
        "\(sizes.widthKey) \(sizes.hidden)", sizes.source,
        "the embedding and the norms are \(width) wide")
    }
    if let tokens = sizes.vocabularies.max(),
      !sizes.vocabularies.contains(where: {
        network.tokens >= $0 && network.tokens - $0 < Threshold.paddedTokens.count
      })
    {
      add("\(sizes.tokenKey) \(tokens)", sizes.source, "the embedding has \(network.tokens) rows")
    }
    guard let stack = network.stack else { return }
    if !sizes.layers.isEmpty,
      !sizes.layers.contains(where: {
        $0 == stack.layers || $0.addingClamped(sizes.predictors) == stack.layers
      })
    {
      add(
        "\(sizes.layerKey) \(list(sizes.layers))", sizes.source,
        "the file has \(counting(stack.layers, "layer"))")
    }
    checkFeedForward(sizes, stack)
    checkHeads(sizes, stack)
  }

  private mutating func checkFeedForward(_ sizes: DeclaredSizes, _ stack: MeasuredSizes.Stack) {
    guard !sizes.feedForward.isEmpty else { return }
    let odd = stack.feedForward.filter { !sizes.feedForward.contains($0.key) }
    guard let most = odd.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) }) else {
      return
    }
    let layers = odd.values.reduce(into: Set<Int>()) { $0.formUnion($1) }
    let widths = odd.count > 1 ? "\(odd.keys.min() ?? 0) to \(odd.keys.max() ?? 0)" : "\(most.key)"
    add(
      "\(sizes.feedForwardKey) \(list(sizes.declaredFeedForward))", sizes.source,
      "feed-forward layers are \(widths) wide in \(layers.count) of "
        + counting(stack.layers, "layer"))
  }

  private mutating func checkHeads(_ sizes: DeclaredSizes, _ stack: MeasuredSizes.Stack) {
    guard let heads = sizes.heads else { return }
    let sides = [
      ("queries", heads.queries, stack.queries), ("keys", heads.keys, stack.keys),
    ]
    for (name, count, rows) in sides {
      let expected = count.multipliedClamped(by: heads.length)
      let odd = rows.filter { $0.key != expected }
      guard let first = odd.min(by: { $0.key < $1.key }) else { continue }
      let layers = odd.values.reduce(into: Set<Int>()) { $0.formUnion($1) }
      let found = odd.count > 1 ? "\(first.key) to \(odd.keys.max() ?? 0)" : "\(first.key)"
      add(
        "\(count) heads of \(heads.length) for \(name)", sizes.source,
        "their projections have \(found) rows instead of \(expected) in \(layers.count) of "
          + counting(stack.layers, "layer"))
    }
  }

  private func list(_ numbers: Set<Int>) -> String {
    numbers.sorted().map(String.init).joined(separator: " or ")
  }
}

extension QuantizationClaims {
  /// Whether sizes beside the file are meant for it, and the file is whole.
  fileprivate func sizesAreOfModel(_ model: Model) -> Bool {
    (model.format == .gguf || model.isOfItsFolder)
      && !model.problems.contains { $0.code == .missingPart || $0.code == .duplicateTensor }
  }
}

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

/// The sizes that the tensors of a language model have.
struct MeasuredSizes {
  /// The width of the stream, on which the table of tokens and the norms agree.
  var width: Int
  /// Rows of the table of tokens.
  var tokens: Int
  /// The one stack of layers that is no encoder; `nil` where there are several.
  var stack: Stack?

  /// A stack of layers; matrices by the rows that matter, with the layers that have them.
  struct Stack {
    var numbers: Set<Int> = []
    var feedForward: [Int: Set<Int>] = [:]
    var queries: [Int: Set<Int>] = [:]
    var keys: [Int: Set<Int>] = [:]
    var layers: Int { numbers.count }
  }

  /// Looks at names and logical shapes; `nil` where there is no table of tokens as wide as the norms.
  init?(_ observed: Observation) {
    let plan = observed.plan
    func shape(_ index: Int) -> [Int] {
      plan.tensors[index].logicalShape
        ?? observed.model.tensors[index].shape.map { Int(clamping: $0) }
    }
    let tables = Set(
      plan.tensors.indices.filter { index in
        plan.tensors[index].role == .embedding
          && Self.tables.contains { plan.names.template(index).text.hasSuffix($0) }
      }.map(shape))
    guard tables.count == 1, let table = tables.first, table.count == 2,
      table[1] == plan.context.hiddenSize
    else { return nil }
    (tokens, width) = (table[0], table[1])
    stack = Self.stack(observed, width, shape)
  }

  private static let tables = [
    ".embed_tokens.weight", ".wte.weight", ".word_embeddings.weight", ".tok_embeddings.weight",
    ".embed_in.weight", ".token_embd.weight", ".shared.weight",
  ]

  private static func stack(
    _ observed: Observation, _ width: Int, _ shape: (Int) -> [Int]
  ) -> Stack? {
    let names = observed.plan.names
    // What stands before the number of a layer names the stack.
    let stackOfTemplate = names.templates.map { template -> Substring? in
      guard let number = template.layerNumber else { return nil }
      var seen = 0
      for index in template.text.indices where template.text[index] == "#" {
        if seen == number { return template.text[..<index] }
        seen += 1
      }
      return nil
    }
    var stacks: [Substring: Stack] = [:]
    for (index, place) in names.places.enumerated() where place.layer >= 0 {
      guard let name = stackOfTemplate[place.template] else { continue }
      stacks[name, default: Stack()].numbers.insert(place.layer)
      let planned = observed.plan.tensors[index]
      let text = names.templates[place.template].text
      guard planned.role == .weight, place.expert < 0, !text.contains("exp"),
        !text.contains("shared")
      else { continue }
      let (owner, dimensions) = (owner(text), shape(index))
      guard dimensions.count == 2 else { continue }
      switch owner {
      case "gate_proj", "up_proj", "down_proj", "fc#", "ffn_up", "ffn_down", "dense_h_to_#h",
        "dense_#h_to_h", "intermediate.dense":
        guard let side = dimensions.firstIndex(of: width) else { continue }
        stacks[name]?.feedForward[dimensions[1 - side], default: []].insert(place.layer)
      case "q_proj", "attn_q": stacks[name]?.queries[dimensions[0], default: []].insert(place.layer)
      case "k_proj", "attn_k": stacks[name]?.keys[dimensions[0], default: []].insert(place.layer)
      default: break
      }
    }
    let others = [
      "vision", "visual", "audio", "mtp", "draft", "resampler", "perceiver", "projector",
    ]
    let main = stacks.filter { name, _ in !others.contains { name.contains($0) } }
    return main.count == 1 ? main.first?.value : nil
  }

  /// The component that names a matrix: `up_proj`, of BERT's `intermediate.dense` both.
  private static func owner(_ text: String) -> String {
    // Codes stand under names of their own beside the layer.
    let parts = text.split(separator: ".").dropLast()
    guard let last = parts.last else { return "" }
    if last == "dense", let before = parts.dropLast().last { return "\(before).dense" }
    return String(last)
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
