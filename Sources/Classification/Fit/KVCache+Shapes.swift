internal import ModelFile

extension KVCache {
  /// Measures the cache from the shapes of the projections that make keys and values.
  ///
  /// Whether a layer uses a window cannot be seen there. Packed projections and fused ones (`qkv_proj`)
  /// do not tell.
  ///
  /// - Returns: `nil` where no layer has projections that tell.
  init?(shapes model: Model) {
    var keys: [Int: Int] = [:]
    var values: [Int: Int] = [:]
    var latent: [Int: Int] = [:]
    for tensor in model.tensors where tensor.type.family == .float || tensor.type.family == .block {
      guard tensor.shape.count == 2, let rows = Int(exactly: tensor.shape[0]),
        let (layer, projection) = Self.projection(of: tensor.name)
      else { continue }
      switch projection {
      case .key: keys[layer] = rows
      case .value: values[layer] = rows
      case .latent: latent[layer] = rows
      }
    }
    let layers = Set(keys.keys).intersection(values.keys).union(latent.keys).sorted()
    guard !layers.isEmpty else { return nil }
    self.init(
      layers: layers.map { layer in
        if let rows = latent[layer] { return (.latent(rank: rows, ropeLength: 0), .context) }
        return (
          .keysAndValues(
            heads: 1,
            keyLength: keys[layer] ?? 0,
            valueLength: values[layer] ?? 0
          ), .context
        )
      },
      source: "tensor shapes",
      unknown: ["whether layers use a sliding window: all are counted with the whole context"]
    )
  }

  private enum Projection {
    case key, value, latent
  }

  /// The layer and what is projected, by the names of the hub (`model.layers.3.self_attn.k_proj.weight`)
  /// and of GGUF (`blk.3.attn_k.weight`).
  private static func projection(of name: String) -> (layer: Int, Projection)? {
    let suffixes: [(String, Projection)] = [
      (".self_attn.k_proj.weight", .key), (".attn_k.weight", .key),
      (".self_attn.v_proj.weight", .value), (".attn_v.weight", .value),
      (".self_attn.kv_a_proj_with_mqa.weight", .latent), (".attn_kv_a_mqa.weight", .latent),
    ]
    for (suffix, projection) in suffixes where name.hasSuffix(suffix) {
      let components = name.dropLast(suffix.count).split(separator: ".")
      guard let number = components.last, let layer = Int(number), layer >= 0,
        let stack = components.dropLast().last, stack == "layers" || stack == "blk"
      else { return nil }
      return (layer, projection)
    }
    return nil
  }
}
