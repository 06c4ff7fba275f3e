internal import ModelFile

/// What a layer keeps of the past.
enum LayerKind: Equatable {
  /// All tokens.
  case full
  /// The last tokens.
  case window
  /// A state of constant size.
  case state
  /// All tokens, and a state: attention and recurrence side by side.
  case fullAndState
  /// What an encoder of images made, once for the whole context.
  case cross
  /// Nothing: a layer without attention.
  case none
  /// Not told: counted as all tokens, and said.
  case unknown

  /// Whether keys and values of the text are kept.
  var keepsTokens: Bool { [.full, .window, .fullAndState, .unknown].contains(self) }
  /// Whether a state of constant size is kept.
  var keepsState: Bool { self == .state || self == .fullAndState }
}

/// What each layer keeps, and what of that could not be told.
struct LayerKinds {
  var kinds: [LayerKind]
  /// In words.
  var unknown: [String] = []

  init(_ kinds: [LayerKind], unknown: [String] = []) {
    self.kinds = kinds
    self.unknown = unknown
  }

  /// All layers alike.
  init(repeating kind: LayerKind, _ count: Int, unknown: [String] = []) {
    self.init(Array(repeating: kind, count: count), unknown: unknown)
  }
}

extension LayerKinds {
  /// What the layers of a configuration keep, by the ways in which transformers' `configuration_*.py`
  /// say it.
  init(_ config: NetworkConfiguration, count: Int) {
    var unknown: [String] = []
    let lists: [(String, (JSONValue) -> LayerKind)] = [
      ("layer_types", LayerKind.init(type:)), ("layers_block_type", LayerKind.init(type:)),
      // DeciLM: a layer without attention has no groups.
      ("block_configs", { $0["attention"]?["n_heads_in_group"]?.integer == nil ? .none : .full }),
      // MiniMax numbers linear attention 0, MiMo full attention.
      ("attn_type_list", { $0.integer == 0 ? .state : .full }),
      ("hybrid_layer_pattern", { $0.integer == 0 ? .full : .window }),
    ]
    for (key, kind) in lists {
      guard let list = config[key]?.array else { continue }
      guard list.count == count else {
        unknown.append("what layers keep: \(key) has \(list.count) entries for \(count) layers")
        continue
      }
      let kinds = list.map(kind)
      if let first = kinds.firstIndex(of: .unknown) {
        let number = kinds.count { $0 == .unknown }
        let word = list[first].string.map { ", the first one “\($0.prefix(40))”," } ?? ""
        unknown.append(
          "what \(number) \(number == 1 ? "layer keeps" : "layers keep"): \(key) gives them a type\(word) "
            + "that is not known; they are counted as attention to the whole context")
      }
      self.init(kinds, unknown: unknown)
      return
    }
    self = config.rule(count) ?? LayerKinds(repeating: .full, count)
    self.unknown = unknown + self.unknown
  }
}

extension NetworkConfiguration {
  /// What layers keep where that is not written for each, but as a rule; `nil` where there is none.
  fileprivate func rule(_ count: Int) -> LayerKinds? {
    let every = 0..<count
    // Falcon-H1 runs attention and Mamba side by side in every layer (configuration_falcon_h1.py,
    // `layers_block_type`).
    if name == "falcon_h1" { return LayerKinds(repeating: .fullAndState, count) }
    // RecurrentGemma repeats a few; all its attention is local.
    if let types = self["block_types"]?.array, !types.isEmpty {
      return LayerKinds(
        every.map { index in
          let kind = LayerKind(type: types[index % types.count])
          return kind == .full && self["attention_window_size"] != nil ? .window : kind
        })
    }
    // Nemotron-H writes a letter for each layer (configuration_nemotron_h.py, `_pattern_to_list`).
    if let letters = self["hybrid_override_pattern"]?.string, letters.utf8.count == count {
      let kinds: [UInt8: LayerKind] = [
        UInt8(ascii: "M"): .state, UInt8(ascii: "*"): .full, UInt8(ascii: "-"): .none,
        UInt8(ascii: "E"): .none,
      ]
      return LayerKinds(letters.utf8.map { kinds[$0] ?? .unknown })
    }
    if let numbered = numberedLayers(every) { return numbered }
    if let period = self.count("attn_layer_period"), period > 0 {
      let offset = self.count("attn_layer_offset") ?? 0
      guard offset < period else {
        return LayerKinds(
          repeating: .unknown, count,
          unknown: [
            "which layers are attention: attn_layer_offset \(offset) is not below attn_layer_period "
              + "\(period); all are counted as attention to the whole context"
          ])
      }
      return LayerKinds(every.map { $0 % period == offset ? .full : .state })
    }
    if let interval = self.count("full_attention_interval"), interval > 0 {
      return LayerKinds(every.map { ($0 + 1) % interval == 0 ? .full : .state })
    }
    if heads == nil && self["state_size"] != nil || Self.recurrent.contains(name ?? "") {
      return LayerKinds(repeating: .state, count)
    }
    guard window != nil else { return nil }
    return LayerKinds(every.map { usesWindow(layer: $0) ? .window : .full })
  }

  /// Networks that keep states only.
  private static let recurrent: Set<String> = ["rwkv", "rwkv5", "rwkv6", "rwkv7"]

  /// What layers keep where a list has the numbers of some of them.
  private func numberedLayers(_ every: Range<Int>) -> LayerKinds? {
    // Of some lists the first layer is number 1: Kimi Linear's (configuration_kimi.py,
    // `is_kda_layer`: `(layer_idx + 1) in kda_layers`).
    let linear = self["linear_attn_config"]
    let lists: [(JSONValue?, first: Int, listed: LayerKind, others: LayerKind)] = [
      (linear?["full_attn_layers"], 1, .full, .state), (linear?["kda_layers"], 1, .state, .full),
      // Bamba.
      (self["attn_layer_indices"], 0, .full, .state),
      // LFM2 (configuration_lfm2.py); the others are short convolutions.
      (self["full_attn_idxs"], 0, .full, .state),
      // Zamba2 as published: attention and Mamba in the listed ones.
      (self["hybrid_layer_ids"], 0, .fullAndState, .state),
      // Mllama (configuration_mllama.py): the listed ones look at the image only.
      (self["cross_attention_layers"], 0, .cross, .full),
    ]
    for (list, first, listed, others) in lists {
      guard let numbers = list?.array?.compactMap(\.integer), !numbers.isEmpty else { continue }
      let set = Set(numbers)
      return LayerKinds(every.map { set.contains($0 + first) ? listed : others })
    }
    return nil
  }

  /// The tokens that a sliding or chunked layer sees.
  var window: Int? {
    // Qwen 2 declares a window and does not use it.
    if self["use_sliding_window"]?.bool == false { return nil }
    return self.count(
      "sliding_window", "attention_chunk_size", "sliding_window_size", "attention_window_size"
    )
    .flatMap { $0 > 0 ? $0 : nil }
  }

  private func usesWindow(layer: Int) -> Bool {
    if let pattern = self["sliding_window_pattern"] {
      // Exaone 4 writes "LLLG": three local layers, a global one.
      if let letters = pattern.string.map({ Array($0.utf8) }), !letters.isEmpty {
        return letters[layer % letters.count] == UInt8(ascii: "L")
      }
      if let period = pattern.integer, period > 0 { return (layer + 1) % period != 0 }
    }
    // Llama 4 looks at chunks where it rotates positions, at everything where it does not
    // (configuration_llama4.py, `no_rope_layers`: 1 is a layer with positions; an empty list is made
    // from the interval).
    if self["attention_chunk_size"] != nil {
      if let rotated = self["no_rope_layers"]?.array, !rotated.isEmpty {
        return rotated.indices.contains(layer) && rotated[layer].integer != 0
      }
      let interval = self.count("no_rope_layer_interval") ?? 4
      return interval == 0 || (layer + 1) % interval != 0
    }
    switch name {
    case "gemma2", "gemma2_text", "gpt_oss": return layer % 2 == 0
    case "gemma3", "gemma3_text": return (layer + 1) % 6 != 0
    case "cohere2": return (layer + 1) % 4 != 0
    case "qwen2", "qwen2_moe", "qwen3", "qwen3_moe":
      return layer >= self.count("max_window_layers") ?? 0
    default: return true
    }
  }
}

extension LayerKind {
  /// What words in transformers' name of a layer's type mean; the first that occurs decides.
  private static let words: [(String, LayerKind)] = [
    // Zamba2: a shared block of attention before a Mamba layer.
    ("hybrid", .fullAndState), ("cross", .cross),
    ("linear", .state), ("mamba", .state), ("conv", .state), ("recurrent", .state),
    ("delta", .state), ("kda", .state), ("rwkv", .state), ("ssm", .state),
    ("sliding", .window), ("chunked", .window), ("local", .window),
    ("attention", .full), ("full", .full), ("global", .full),
    ("mlp", .none), ("moe", .none), ("dense", .none), ("feed_forward", .none), ("none", .none),
  ]

  /// transformers' name of a layer's type: `sliding_attention`, `linear_attention`, `mamba`.
  fileprivate init(type: JSONValue) {
    let name = type.string?.lowercased() ?? ""
    self = Self.words.first { name.contains($0.0) }?.1 ?? .unknown
  }
}
