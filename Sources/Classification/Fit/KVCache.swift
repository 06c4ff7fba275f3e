/// What a model keeps of the tokens it has seen, for each sequence.
///
/// Layers that keep alike are one group; their bytes follow from the length of the context and the
/// type of the cache alone.
public struct KVCache: Sendable, Equatable {
  /// Layers that keep alike, in the order of their first layer.
  public var groups: [Group]
  /// What the numbers are from: `config.json`, `GGUF keys` or `tensor shapes`.
  public var source: String
  /// What could not be told, in words.
  public var unknown: [String]
  /// What was taken where sources contradict each other, in words.
  public var assumptions: [String]

  /// Describes a cache.
  public init(
    groups: [Group], source: String, unknown: [String] = [], assumptions: [String] = []
  ) {
    self.groups = groups
    self.source = source
    self.unknown = unknown
    self.assumptions = assumptions
  }

  /// Layers that keep the same.
  public struct Group: Sendable, Equatable {
    /// How many there are.
    public var layers: Int
    /// What each keeps.
    public var content: Content
    /// Of how many tokens.
    public var reach: Reach

    /// Describes alike layers.
    public init(layers: Int, content: Content, reach: Reach = .context) {
      self.layers = layers
      self.content = content
      self.reach = reach
    }
  }

  /// What a layer keeps.
  public enum Content: Sendable, Hashable {
    /// A key and a value of every token for each of `heads` heads.
    case keysAndValues(heads: Int, keyLength: Int, valueLength: Int)
    /// One compressed vector of every token instead of keys and values, and the part of the key that
    /// is rotated (multi-head latent attention; vLLM's `MLAAttentionSpec`).
    case latent(rank: Int, ropeLength: Int)
    /// A key of every token by which a sparse attention chooses some (DeepSeek V3.2's indexer).
    case index(length: Int)
    /// A state of constant size (Mamba, linear attention), kept in 32-bit floats as llama.cpp does.
    case state(elements: Int)
  }

  /// Of how many tokens a layer keeps something.
  public enum Reach: Sendable, Hashable {
    /// Of the whole context.
    case context
    /// Of the last ones.
    case window(Int)
    /// Of a number that the context does not change: the encoder's output.
    case fixed(Int)

    /// The tokens that are kept of a context.
    public func tokens(ofContext context: Int) -> Int {
      switch self {
      case .context: context
      case .window(let size): min(size, context)
      case .fixed(let count): count
      }
    }
  }

  /// Bytes of all groups; `nil` where the number does not fit.
  public func byteCount(context: Int, batch: Int, type: CacheType) -> Int? {
    var sum = 0
    for group in groups {
      guard let bytes = group.byteCount(context: context, batch: batch, type: type),
        let next = checkedSum(sum, bytes)
      else { return nil }
      sum = next
    }
    return sum
  }
}

extension KVCache.Group {
  /// Bytes of these layers; `nil` where the number does not fit.
  public func byteCount(context: Int, batch: Int, type: CacheType) -> Int? {
    guard let perToken = byteCountOfToken(type) else { return nil }
    return checkedProduct(batch, layers, tokens(ofContext: context), perToken)
  }

  /// Bytes that one layer keeps of one token, or in all where it keeps a state.
  func byteCountOfToken(_ type: CacheType) -> Int? {
    switch content {
    case .keysAndValues(let heads, let keyLength, let valueLength):
      guard let keys = checkedProduct(heads, keyLength).flatMap(type.byteCount(elements:)),
        let values = checkedProduct(heads, valueLength).flatMap(type.byteCount(elements:))
      else { return nil }
      return checkedSum(keys, values)
    case .latent(let rank, let ropeLength):
      return checkedSum(rank, ropeLength).flatMap(type.byteCount(elements:))
    case .index(let length): return type.byteCount(elements: length)
    case .state(let elements): return checkedProduct(elements, 4)
    }
  }

  /// The tokens of which one layer keeps something; 1 where it keeps a state.
  func tokens(ofContext context: Int) -> Int {
    if case .state = content { 1 } else { reach.tokens(ofContext: context) }
  }
}

extension KVCache {
  /// Joins layers that keep alike.
  ///
  /// A layer that keeps nothing is `nil`.
  init(
    layers: [(content: Content, reach: Reach)?], source: String, unknown: [String] = [],
    assumptions: [String] = []
  ) {
    var groups: [Group] = []
    for case let (content, reach)? in layers {
      let place = groups.firstIndex { $0.content == content && $0.reach == reach }
      if let place {
        groups[place].layers += 1
      } else {
        groups.append(Group(layers: 1, content: content, reach: reach))
      }
    }
    self.init(groups: groups, source: source, unknown: unknown, assumptions: assumptions)
  }
}
