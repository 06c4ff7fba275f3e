internal import ModelFile

/// What a layer keeps of the past.
enum LayerKind: Equatable {
  /// All tokens.
  case full
  /// The last tokens.
  case window
  /// A state of constant size.
  case state
  /// Nothing: a layer without attention.
  case none
}

extension NetworkConfiguration {
  /// What each of the layers keeps, by the ways in which transformers' configurations say it.
  func layerKinds(_ count: Int) -> [LayerKind] {
    let every = 0..<count
    if let types = self["layer_types", "layers_block_type"]?.array, types.count == count {
      return types.map { LayerKind(type: $0.string ?? "") }
    }
    // RecurrentGemma repeats a few; all its attention is local.
    if let types = self["block_types"]?.array, !types.isEmpty {
      return every.map { index in
        let kind = LayerKind(type: types[index % types.count].string ?? "")
        return kind == .full && self["attention_window_size"] != nil ? .window : kind
      }
    }
    if let blocks = self["block_configs"]?.array, blocks.count == count {
      return blocks.map { block in
        block["attention"]?["n_heads_in_group"]?.integer == nil ? .none : .full
      }
    }
    // MiniMax numbers linear attention 0, MiMo full attention.
    if let types = self["attn_type_list"]?.array, types.count == count {
      return types.map { $0.integer == 0 ? .state : .full }
    }
    if let types = self["hybrid_layer_pattern"]?.array, types.count == count {
      return types.map { $0.integer == 0 ? .full : .window }
    }
    // Nemotron-H writes a letter for each layer.
    if let letters = self["hybrid_override_pattern"]?.string, letters.utf8.count == count {
      return letters.utf8.map { letter in
        switch letter {
        case UInt8(ascii: "M"): .state
        case UInt8(ascii: "*"): .full
        default: .none
        }
      }
    }
    if let indices = self["attn_layer_indices"]?.array {
      let full = Set(indices.compactMap(\.integer))
      return every.map { full.contains($0) ? .full : .state }
    }
    if let period = self.count("attn_layer_period"), period > 0 {
      let offset = self.count("attn_layer_offset") ?? 0
      return every.map { $0 % period == offset ? .full : .state }
    }
    if let interval = self.count("full_attention_interval"), interval > 0 {
      return every.map { ($0 + 1) % interval == 0 ? .full : .state }
    }
    if heads == nil, self["state_size"] != nil { return every.map { _ in .state } }
    guard window != nil else { return every.map { _ in .full } }
    return every.map { usesWindow(layer: $0) ? .window : .full }
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
  /// transformers' name of a layer's type: `sliding_attention`, `linear_attention`, `mamba`.
  fileprivate init(type: String) {
    let recurrent = ["linear", "mamba", "conv", "recurrent"]
    let local = ["sliding", "chunked", "local"]
    self =
      if recurrent.contains(where: type.contains) {
        .state
      } else if local.contains(where: type.contains) {
        .window
      } else if type.contains("attention") || type == "hybrid" {
        .full
      } else {
        .none
      }
  }
}
