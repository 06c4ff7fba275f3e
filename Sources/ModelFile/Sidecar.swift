/// A file beside a model that says something of it: a claim, not a measurement.
public struct Sidecar: Sendable {
  /// What the file is.
  public var kind: Kind
  /// Its path.
  public var path: String
  /// Its content: of a model card the front matter, as one flat object of strings and arrays.
  public var content: JSONValue
  /// Of a model card what stands below the front matter; else empty.
  public var prose = ""

  /// Describes a file beside a model.
  public init(kind: Kind, path: String, content: JSONValue, prose: String = "") {
    self.kind = kind
    self.path = path
    self.content = content
    self.prose = prose
  }

  /// The files that are looked for, by their names.
  public enum Kind: String, Sendable, CaseIterable {
    case config = "config.json"
    case gptqConfig = "quantize_config.json"
    case modelOptConfig = "hf_quant_config.json"
    case quantizationConfig = "quantization_config.json"
    case adapterConfig = "adapter_config.json"
    case quantoMap = "quanto_qmap.json"
    case generationConfig = "generation_config.json"
    case tokenizerConfig = "tokenizer_config.json"
    /// The chat template by itself, as an object of that one key.
    case chatTemplate = "chat_template.jinja"
    case card = "README.md"
  }
}

extension Model {
  /// The content of a sidecar, where there is one.
  public func sidecar(_ kind: Sidecar.Kind) -> JSONValue? {
    sidecars.first { $0.kind == kind }?.content
  }
}
