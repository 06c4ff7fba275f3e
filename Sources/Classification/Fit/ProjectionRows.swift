internal import ModelFile

/// The rows of the projections that make keys and values, by layer: what the tensors themselves say
/// of a cache.
///
/// Packed projections and fused ones (`qkv_proj`) do not tell.
struct ProjectionRows {
  /// The rows of both projections.
  struct Pair: Equatable {
    var keys: Int
    var values: Int
  }

  /// Keys and values of the layers that have both.
  private(set) var pairs: [Int: Pair] = [:]
  /// The compressed vectors of latent attention.
  private(set) var latent: [Int: Int] = [:]
  /// Which layers have parts of attention and of recurrence, whatever their shapes.
  let parts: LayerParts

  /// Reads the shapes of the language model: of several stacks the one with the most layers, encoders
  /// of images and sound left out.
  init(_ model: Model) {
    parts = LayerParts(model)
    var stacks: [Substring: Stack] = [:]
    for tensor in model.tensors where tensor.type.family == .float || tensor.type.family == .block {
      guard tensor.shape.count == 2, let rows = Int(exactly: tensor.shape[0]),
        let (stack, layer, projection) = Self.projection(of: tensor.name)
      else { continue }
      switch projection {
      case .key: stacks[stack, default: Stack()].keys[layer] = rows
      case .value: stacks[stack, default: Stack()].values[layer] = rows
      case .latent: stacks[stack, default: Stack()].latent[layer] = rows
      }
    }
    let decoders = stacks.filter { name, _ in !LayerParts.isEncoder(name) }
    let main = decoders.max { a, b in
      (a.value.count, b.key.description) < (b.value.count, a.key.description)
    }
    guard let stack = main?.value else { return }
    latent = stack.latent
    for (layer, keys) in stack.keys {
      if let values = stack.values[layer] { pairs[layer] = Pair(keys: keys, values: values) }
    }
  }

  /// The one length of a head that makes the rows of all layers; `nil` where there is none.
  func headLength(heads: [Int]) -> Int? {
    var length: Int?
    for (layer, rows) in pairs where heads.indices.contains(layer) {
      guard heads[layer] > 0, rows.keys % heads[layer] == 0 else { return nil }
      let quotient = rows.keys / heads[layer]
      guard length ?? quotient == quotient else { return nil }
      length = quotient
    }
    return length
  }

  private struct Stack {
    var keys: [Int: Int] = [:]
    var values: [Int: Int] = [:]
    var latent: [Int: Int] = [:]
    var count: Int { max(keys.count, latent.count) }
  }

  private enum Projection {
    case key, value, latent
  }

  /// The stack, the layer and what is projected, by the names of the hub
  /// (`model.layers.3.self_attn.k_proj.weight`) and of GGUF (`blk.3.attn_k.weight`).
  private static func projection(of name: String) -> (stack: Substring, layer: Int, Projection)? {
    let suffixes: [(String, Projection)] = [
      (".self_attn.k_proj.weight", .key), (".attn_k.weight", .key),
      (".self_attn.v_proj.weight", .value), (".attn_v.weight", .value),
      (".self_attn.kv_a_proj_with_mqa.weight", .latent), (".attn_kv_a_mqa.weight", .latent),
    ]
    for (suffix, projection) in suffixes where name.hasSuffix(suffix) {
      let place = name.dropLast(suffix.count)
      guard let dot = place.lastIndex(of: "."), let layer = Int(place[place.index(after: dot)...]),
        layer >= 0
      else { return nil }
      let stack = place[..<dot]
      guard stack.hasSuffix("layers") || stack.hasSuffix("blk") else { return nil }
      return (stack, layer, projection)
    }
    return nil
  }
}

extension ProjectionRows.Pair {
  /// What a layer with these projections keeps; `nil` where that is what was declared.
  func content(declared: KVCache.Content?) -> KVCache.Content? {
    guard case .keysAndValues(let heads, let keyLength, let valueLength) = declared else {
      return declared == nil ? .keysAndValues(heads: 1, keyLength: keys, valueLength: values) : nil
    }
    if checkedProduct(heads, keyLength) == keys, checkedProduct(heads, valueLength) == values {
      return nil
    }
    if keyLength > 0, keys % keyLength == 0,
      checkedProduct(keys / keyLength, valueLength) == values
    {
      return .keysAndValues(
        heads: keys / keyLength, keyLength: keyLength, valueLength: valueLength)
    }
    return .keysAndValues(heads: 1, keyLength: keys, valueLength: values)
  }
}
