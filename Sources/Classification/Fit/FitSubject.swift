public import ModelFile

/// What deciding about a model needs to know of it.
public struct FitSubject: Sendable, Equatable {
  /// The path that was asked for.
  public var path: String
  /// The container; `nil` where nothing could be read.
  public var format: Model.Format?
  /// Bytes of all tensors.
  public var weightBytes: Int
  /// Logical weights; `nil` where codes are packed and no scheme says how.
  public var parameters: Int?
  /// The identifier of the quantization convention: `gptq`, `ggml`; `nil` for plain weights.
  public var scheme: String?
  /// Its kind: `v1`, `Q4_K`.
  public var variant: String?
  /// The bytes of each storage type, descending.
  public var storage: [Storage]
  /// What it keeps of a context; `nil` where the file does not tell.
  public var cache: KVCache?
  /// The longest context that it was made for.
  public var contextLength: Int?
  /// The length of a token's vector.
  public var hiddenSize: Int?
  /// Tokens of the vocabulary.
  public var vocabularySize: Int?
  /// What the file does not tell, in words.
  public var unknown: [String]

  /// The share of one type.
  public struct Storage: Sendable, Equatable {
    /// How elements are stored.
    public var type: ElementType
    /// Bytes of its tensors.
    public var bytes: Int
    /// Elements of its tensors.
    public var elements: Int
  }

  /// Stored bits for each logical weight.
  public var bitsPerWeight: Double? {
    parameters.flatMap { $0 > 0 ? Double(weightBytes) * 8 / Double($0) : nil }
  }

  /// Gathers what headers, keys and configuration tell.
  ///
  /// - Parameters:
  ///   - model: the headers and what stands beside them.
  ///   - scheme: the convention that its weights were found to follow; of GGUF and of plain weights
  ///     it is seen here.
  ///   - variant: its kind.
  ///   - parameters: the logical weights, where packed codes were counted.
  public init(
    _ model: Model,
    scheme: String? = nil,
    variant: String? = nil,
    parameters: Int? = nil
  ) {
    path = model.path
    format = model.format
    storage = Self.storage(of: model.tensors)
    weightBytes = storage.reduce(0) { checkedSum($0, $1.bytes) ?? .max }
    let elements = Self.parameters(of: model)
    self.parameters = parameters ?? (scheme == nil || model.format == .gguf ? elements : nil)
    let block = model.format == .gguf ? storage.first.flatMap(Self.block) : nil
    self.scheme = scheme ?? block.map { _ in "ggml" }
    self.variant = variant ?? block?.name
    cache = nil
    unknown = []
    readNetwork(of: model)
    if self.parameters == nil {
      unknown.append("the number of weights: how codes are packed is not known")
    }
  }

  /// Gathers what headers tell and what they were found to mean.
  public init(_ model: Model, plan: Plan, verdict: Verdict) {
    let quantization = verdict.quantization
    self.init(
      model, scheme: quantization?.scheme, variant: quantization?.variant,
      parameters: plan.totals.parameters)
  }

  /// Reads the configuration, else GGUF's keys, else the shapes.
  private mutating func readNetwork(of model: Model) {
    if let config = model.sidecar(.config) {
      let configuration = NetworkConfiguration(config)
      cache = KVCache(configuration: configuration)
      contextLength = configuration.contextLength
      hiddenSize = configuration.hiddenSize
      vocabularySize = configuration.vocabularySize
    }
    if let keys = GGUFKeys(model) {
      cache = cache ?? KVCache(keys: keys)
      contextLength = contextLength ?? keys.count("context_length")
      hiddenSize = hiddenSize ?? keys.count("embedding_length")
      vocabularySize = vocabularySize ?? keys.vocabularySize
    }
    cache = cache ?? KVCache(shapes: model)
    if cache == nil {
      unknown.append("the key-value cache: no configuration, key or projection gives its size")
    }
    if vocabularySize == nil || hiddenSize == nil {
      unknown.append("the vocabulary or the hidden size: working memory may be more")
    }
  }

  /// The type, where it is one of ggml's blocks.
  private static func block(_ storage: Storage) -> ElementType? {
    storage.type.family == .block || storage.type.family == .foreign ? storage.type : nil
  }

  private static func storage(of tensors: [Tensor]) -> [Storage] {
    var sums: [ElementType: Storage] = [:]
    for tensor in tensors {
      var sum = sums[tensor.type] ?? Storage(type: tensor.type, bytes: 0, elements: 0)
      sum.bytes = checkedSum(sum.bytes, tensor.byteCount) ?? .max
      sum.elements = checkedSum(sum.elements, tensor.elementCount) ?? .max
      sums[tensor.type] = sum
    }
    return sums.values.sorted { ($0.bytes, $0.type.name) > ($1.bytes, $1.type.name) }
  }

  /// Elements of floats and blocks; integers are codes or buffers.
  private static func parameters(of model: Model) -> Int? {
    var sum = 0
    for tensor in model.tensors {
      switch tensor.type.family {
      case .float, .block, .foreign:
        guard let next = checkedSum(sum, tensor.elementCount) else { return nil }
        sum = next
      case .integer, .boolean, .complex, .scale: break
      }
    }
    return sum
  }
}
