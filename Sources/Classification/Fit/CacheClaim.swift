internal import ModelFile

/// How a quantized model's configuration wants keys and values to be stored.
public struct CacheClaim: Sendable, Equatable {
  /// The type; `nil` where it is none of those that are counted.
  public var type: CacheType?
  /// What it is called there: `8-bit float`, `NVFP4`.
  public var name: String
  /// Where it stands: `kv_cache_scheme of config.json`.
  public var source: String

  /// Looks where compressed-tensors (`kv_cache_scheme`) and ModelOpt (`kv_cache_quant_algo`) write it;
  /// vLLM's `--kv-cache-dtype auto` follows it.
  ///
  /// The `fmt` of FP8 checkpoints speaks of weights: DeepSeek-V3 has it, and a cache of 16 bits.
  ///
  /// - Returns: `nil` where nothing is said.
  init?(_ model: Model) {
    let config = model.sidecar(.config)
    let places: [(JSONValue?, String)] = [
      (config?["quantization_config"], "config.json"),
      (config?["compression_config"], "config.json"),
      (config?["text_config"]?["quantization_config"], "config.json"),
      (model.sidecar(.modelOptConfig)?["quantization"], "hf_quant_config.json"),
    ]
    for (settings, file) in places {
      if let scheme = settings?["kv_cache_scheme"], let bits = scheme["num_bits"]?.integer {
        let kind = scheme["type"]?.string ?? "unknown"
        name = "\(bits)-bit \(kind)"
        type = bits == 8 && kind == "float" ? .fp8 : nil
        source = "kv_cache_scheme of \(file)"
        return
      }
      let key = "kv_cache_quant_algo"
      if let algorithm = (settings?[key] ?? settings?["quantization"]?[key])?.string {
        name = algorithm
        type = algorithm.uppercased() == "FP8" ? .fp8 : nil
        source = "\(key) of \(file)"
        return
      }
    }
    return nil
  }
}
