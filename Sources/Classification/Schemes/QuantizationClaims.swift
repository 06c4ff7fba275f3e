internal import ModelFile

/// What the configuration claims of quantization; a claim, not a measurement.
struct QuantizationClaims: Sendable {
  /// The object that holds the claims, and the file it stands in.
  var settings: JSONValue?
  var source: String?
  /// `quant_method` in lower case.
  var method: String?
  /// Code bits, where one number is given.
  var bits: Int?
  var groupSize: Int?
  /// Whether it promises compressed-tensors' own sparse storage.
  var sparsity: JSONValue?

  /// Looks through the sidecars, the most specific first.
  init(_ model: Model) {
    let config = model.sidecar(.config)
    let places: [(JSONValue?, String)] = [
      (config?["quantization_config"], "config.json"), (config?["quantization"], "config.json"),
      (config?["compression_config"], "config.json"), (config?["quip_params"], "config.json"),
      (config?["text_config"]?["quantization_config"], "config.json"),
      (model.sidecar(.gptqConfig), "quantize_config.json"),
      (model.sidecar(.modelOptConfig)?["quantization"], "hf_quant_config.json"),
      (model.sidecar(.quantizationConfig), "quantization_config.json"),
      (model.sidecar(.quantoMap), "quanto_qmap.json"),
    ]
    if let found = places.first(where: { $0.0?.object?.isEmpty == false }) {
      settings = found.0
      source = found.1
    } else if let text = model[metadata: "quantization_config"]?.string {
      settings = JSONValue.document(in: Array(text.utf8))
      source = "metadata"
    }
    method = (settings?["quant_method"] ?? settings?["method"])?.string?.lowercased()
    if method == nil, config?["quip_params"] != nil { method = "quip" }
    if method == nil, source == "quantize_config.json" { method = "gptq" }
    if method == nil, source == "hf_quant_config.json" { method = "modelopt" }
    if method == nil, config?["quantization"] != nil { method = "mlx" }
    // GPTQModel writes AWQ's layouts under its own name, too, and calls them formats.
    if method == "gptq", let format = settings?["format"]?.string,
      Self.formatsOfAWQ.contains(format)
    {
      method = "awq"
    }
    let weights = settings?["config_groups"]?["group_0"]?["weights"]
    bits =
      (settings?["bits"] ?? settings?["w_bit"] ?? settings?["wbits"] ?? settings?["num_bits"]
      ?? weights?["num_bits"])?.integer
    if bits == nil {
      if settings?["load_in_4bit"]?.bool == true { bits = 4 }
      if settings?["load_in_8bit"]?.bool == true { bits = 8 }
    }
    groupSize =
      (settings?["group_size"] ?? settings?["q_group_size"] ?? weights?["group_size"])?.integer
    sparsity = settings?["sparsity_config"]
  }

  private static let formatsOfAWQ: Set = ["gemm", "gemv", "gemv_fast", "llm-awq"]

  /// Whether bits and groups are said to differ from module to module.
  var variesByModule: Bool {
    let lists = ["dynamic", "module_quant_configs", "extra_config", "quantized_layers"]
    let groups = settings?["config_groups"]?.object?.count ?? 0
    return groups > 1 || lists.contains { settings?[$0]?.object?.isEmpty == false }
      || settings?.object?.contains { $0.key.contains(".") && $0.value["bits"] != nil } == true
  }

  /// A setting, of compressed-tensors that of its first group's weights.
  func weightSetting(_ key: String) -> JSONValue? {
    settings?["config_groups"]?.object?.sorted { $0.key < $1.key }
      .lazy.compactMap { $0.value["weights"]?[key] }.first
  }

  /// The claims that a report shows.
  var declared: [Verdict.Quantization.Claim] {
    guard let members = settings?.object else { return [] }
    let shown = [
      "quant_method", "bits", "group_size", "desc_act", "sym", "checkpoint_format", "version",
      "zero_point", "format", "quant_algo", "mode", "load_in_4bit", "load_in_8bit",
      "bnb_4bit_quant_type", "bnb_4bit_use_double_quant", "fmt", "weight_block_size",
      "activation_scheme", "quantization_mode", "nbits", "in_group_size", "num_codebooks",
      "packing_format",
    ]
    return shown.compactMap { key in
      members[key].map { Verdict.Quantization.Claim(key: key, value: $0.text) }
    }
  }
}

extension JSONValue {
  /// A short text for people.
  var text: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let value): value
    case .array(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .object: "{…}"
    }
  }
}
