public import ModelFile

/// What deciding about a model needs to know of it.
public struct FitSubject: Sendable, Equatable {
  /// The path that was asked for.
  public var path: String
  /// The container; `nil` where nothing could be read.
  public var format: Model.Format?
  /// What the file is for.
  public var role: FileRole
  /// Why it cannot be run on its own, in words; `nil` for a sound model.
  public var obstacle: String?
  /// What the network makes.
  public var network: NetworkKind
  /// What its configuration calls the network: `llama`, `UNet2DConditionModel`.
  public var architecture: String?
  /// Bytes of all tensors.
  public var weightBytes: Int
  /// Logical weights; `nil` where codes are packed and no scheme says how.
  public var parameters: Int?
  /// The identifier of the quantization convention: `gptq`, `ggml`; `nil` for plain weights.
  public var scheme: String?
  /// Its kind: `v1`, `Q4_K`.
  public var variant: String?
  /// How its codes are made; `nil` where there are none or it is not known.
  public var codes: Codes?
  /// The bytes of each storage type, descending.
  public var storage: [Storage]
  /// What it keeps of a context; `nil` where the file does not tell.
  public var cache: KVCache?
  /// How the configuration wants keys and values to be stored.
  public var cacheClaim: CacheClaim?
  /// The longest context that it was made for.
  public var contextLength: Int?
  /// The length of a token's vector.
  public var hiddenSize: Int?
  /// Tokens of the vocabulary.
  public var vocabularySize: Int?
  /// What the file does not tell, in words.
  public var unknown: [String]
  /// What speaks against taking the weights for what their type promises, in words; empty where
  /// nothing does or they were not measured.
  public var doubts: [String]
  /// The bits of each weight that were found to tell something, where there are ``doubts``.
  public var realBits: Double?

  /// The share of one type.
  public struct Storage: Sendable, Equatable {
    /// How elements are stored.
    public var type: ElementType
    /// Bytes of its tensors.
    public var bytes: Int
    /// Elements of its tensors.
    public var elements: Int
  }

  /// What decides which kernels take packed codes.
  public struct Codes: Sendable, Equatable {
    /// The width of a code; of a mixture the mean.
    public var bits: Double
    /// Weights that share a scale; `nil` for a whole channel.
    public var groupSize: Int?
    /// Whether codes lie evenly on both sides of zero; `nil` where it is not known.
    public var symmetric: Bool?
    /// Whether the group of each input is stored (`g_idx`).
    public var hasGroupIndex: Bool

    /// Describes codes.
    public init(bits: Double, groupSize: Int?, symmetric: Bool?, hasGroupIndex: Bool) {
      self.bits = bits
      self.groupSize = groupSize
      self.symmetric = symmetric
      self.hasGroupIndex = hasGroupIndex
    }
  }

  /// Stored bits for each logical weight.
  public var bitsPerWeight: Double? {
    parameters.flatMap { $0 > 0 ? Double(weightBytes) * 8 / Double($0) : nil }
  }

  /// Gathers what headers, keys and configuration tell.
  ///
  /// - Parameters:
  ///   - model: the headers and what stands beside them.
  ///   - role: what the file is for.
  ///   - scheme: the convention that its weights were found to follow; of GGUF and of plain weights
  ///     it is seen here.
  ///   - variant: its kind.
  ///   - codes: how its codes are made.
  ///   - parameters: the logical weights, where packed codes were counted.
  public init(
    _ model: Model,
    role: FileRole = .model,
    scheme: String? = nil,
    variant: String? = nil,
    codes: Codes? = nil,
    parameters: Int? = nil
  ) {
    path = model.path
    self.role = role
    self.codes = codes
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
    doubts = []
    network = NetworkKind(model, scheme: scheme)
    readNetwork(of: model)
    obstacle = obstacle(in: model)
    if self.parameters == nil {
      unknown.append("the number of weights: how codes are packed is not known")
    }
  }

  /// Gathers what headers tell and what they were found to mean.
  public init(_ model: Model, plan: Plan, verdict: Verdict) {
    let quantization = verdict.quantization
    let codes = quantization.flatMap { found in
      found.bits.map { bits in
        Codes(
          bits: bits, groupSize: found.groupSize, symmetric: found.symmetric,
          hasGroupIndex: model.tensors.contains { $0.name.hasSuffix(".g_idx") })
      }
    }
    self.init(
      model, role: plan.fileRole, scheme: quantization?.scheme, variant: quantization?.variant,
      codes: codes, parameters: plan.totals.parameters)
    (doubts, realBits) = Self.doubts(verdict)
  }

  private func obstacle(in model: Model) -> String? {
    if format == nil { return "nothing could be read" }
    let errors = model.problems.count { $0.severity == .error }
    if errors > 0 {
      return "it is damaged or incomplete: \(errors) \(errors == 1 ? "error" : "errors")"
    }
    if model.tensors.isEmpty, role == .model || role == .other { return "it has no weights" }
    // What is not recognised but has a configuration is taken for a network.
    return role == .other && cache != nil ? nil : role.obstacle
  }

  /// Reads the configuration, else GGUF's keys, else the shapes.
  private mutating func readNetwork(of model: Model) {
    let rows = ProjectionRows(model)
    cacheClaim = CacheClaim(model)
    if let config = model.sidecar(.config) {
      let configuration = NetworkConfiguration(config)
      architecture = configuration.name ?? config["_class_name"]?.string
      cache = KVCache(configuration: configuration, rows: rows)
      contextLength = configuration.contextLength
      hiddenSize = configuration.hiddenSize
      vocabularySize = configuration.vocabularySize
    }
    if let keys = GGUFKeys(model) {
      architecture = architecture ?? keys.architecture
      cache = cache ?? KVCache(keys: keys, rows: rows)
      contextLength = contextLength ?? keys.count("context_length")
      hiddenSize = hiddenSize ?? keys.count("embedding_length")
      vocabularySize = vocabularySize ?? keys.vocabularySize
    }
    cache = cache ?? KVCache(rows: rows)
    guard network.readsTokens else {
      cache = KVCache(groups: [], source: network.described)
      contextLength = nil
      unknown.append(
        "the working memory of \(network.described): it grows with what is read or made at once")
      return
    }
    if !network.keepsCache { cache = KVCache(groups: [], source: network.described) }
    let embedding = Self.embedding(of: model)
    vocabularySize = vocabularySize ?? embedding?.rows
    hiddenSize = hiddenSize ?? embedding?.columns
    if cache == nil {
      unknown.append("the key-value cache: no configuration, key or projection gives its size")
    }
    if vocabularySize == nil || hiddenSize == nil {
      unknown.append("the vocabulary or the hidden size: working memory may be more")
    }
  }

  /// The vectors of tokens, under the names that they have in networks of the hub and in GGUF.
  private static func embedding(of model: Model) -> (rows: Int, columns: Int)? {
    let names = [
      "token_embd.weight", "embed_tokens.weight", "wte.weight", "tok_embeddings.weight",
      "word_embeddings.weight", "embed_in.weight",
    ]
    for tensor in model.tensors
    where tensor.shape.count == 2 && (tensor.type.family == .float || tensor.type.family == .block)
      && names.contains(where: { tensor.name == $0 || tensor.name.hasSuffix(".\($0)") })
    {
      guard let rows = Int(exactly: tensor.shape[0]), let columns = Int(exactly: tensor.shape[1])
      else { continue }
      return (rows, columns)
    }
    return nil
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
