/// The memory that running a model takes, line by line.
public struct MemoryNeed: Sendable, Equatable {
  /// What is kept in memory, each with the formula and the numbers that gave its bytes.
  public var lines: [Line]
  /// What the file does not tell and is therefore not counted, in words.
  public var unknown: [String]
  /// What was taken although the file does not say it or contradicts itself, in words.
  public var assumptions: [String]
  /// Whether nothing is known to be missing: not so for what cannot be run on its own.
  public var isWhole: Bool

  /// One thing in memory.
  public struct Line: Sendable, Equatable {
    /// What is kept.
    public var item: Item
    /// `nil` where the number does not fit 63 bits.
    public var bytes: Int?
    /// How the bytes follow from ``inputs``.
    public var formula: String
    /// The numbers of the formula, in its order.
    public var inputs: [Input]

    /// Whether it is a rule of thumb; the others are arithmetic on what the file says.
    public var isEstimate: Bool { item == .loading || item == .working }
  }

  /// What is kept.
  public enum Item: String, Sendable, Hashable, CaseIterable {
    /// The weights as stored.
    case weights
    /// What loading adds: padding, the allocator's rounding, the runtime itself.
    case loading
    /// Keys and values of attention.
    case cache
    /// States of recurrent layers.
    case state
    /// Activations while a prompt is read.
    case working
  }

  /// A number of a formula.
  public struct Input: Sendable, Equatable {
    /// What the formula calls it.
    public var name: String
    /// A count, a size in bytes or elements, or a share.
    public var value: Double

    init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }

    init(_ name: String, _ value: Int) { self.init(name, Double(value)) }
  }

  /// What arithmetic alone says is needed: weights, cache and states.
  ///
  /// `nil` where it does not fit or more is needed than the file.
  public var minimumBytes: Int? { isWhole ? sum(lines.filter { !$0.isEstimate }) : nil }

  /// The minimum and the estimates.
  ///
  /// `nil` where the sum does not fit or more is needed than the file.
  public var totalBytes: Int? { isWhole ? sum(lines) : nil }

  /// The bytes of some of the lines.
  public func bytes(of items: Set<Item>) -> Int? { sum(lines.filter { items.contains($0.item) }) }

  private func sum(_ lines: [Line]) -> Int? {
    var sum = 0
    for line in lines {
      guard let bytes = line.bytes, let next = checkedSum(sum, bytes) else { return nil }
      sum = next
    }
    return sum
  }
}

extension MemoryNeed {
  /// Works out what a model needs.
  ///
  /// - Parameters:
  ///   - subject: the model.
  ///   - weightBytes: the weights as they are in memory.
  ///   - context: tokens of each sequence, prompt and answer together.
  ///   - batch: sequences at a time.
  ///   - type: how keys and values are stored.
  public init(_ subject: FitSubject, weightBytes: Int, context: Int, batch: Int, type: CacheType) {
    isWhole = subject.obstacle == nil
    unknown = []
    assumptions = []
    lines = [
      Line(
        item: .weights,
        bytes: weightBytes,
        formula: "stored bytes",
        inputs: [Input("stored bytes", weightBytes)]
      )
    ]
    guard isWhole else { return }
    lines.append(
      Line(
        item: .loading,
        bytes: Int(Double(weightBytes) * Self.loadingShare),
        formula: "share × weights",
        inputs: [Input("share", Self.loadingShare), Input("weights", weightBytes)]
      ))
    unknown = subject.unknown
    if let cache = subject.cache {
      unknown += cache.unknown
      assumptions += cache.assumptions
      lines += cache.groups.map { Line($0, context: context, batch: batch, type: type) }
    }
    lines.append(
      Self.working(
        tokens: min(context, Self.tokensOfStep),
        vocabulary: subject.vocabularySize,
        hidden: subject.hiddenSize
      )
    )
  }

  /// Runtimes take about this much more than the weights have (accelerate's estimator, which says
  /// "up to 20 %", counts activations in).
  private static let loadingShare = 0.02

  /// Tokens of a prompt that are worked on at once (llama.cpp's `--ubatch-size`).
  private static let tokensOfStep = 512

  /// The least that a runtime takes for activations and its own code.
  private static let leastWorkingBytes = 1 << 29

  /// Buffers of one step: logits, and four hidden vectors of each token, with room for the copies
  /// that operations make.
  private static func working(tokens: Int, vocabulary: Int?, hidden: Int?) -> Line {
    let width = checkedProduct(4, hidden ?? 0).flatMap { checkedSum(vocabulary ?? 0, $0) }
    let bytes = width.flatMap { checkedProduct(4, tokens, $0, 2) }
    return Line(
      item: .working,
      bytes: bytes.map { max($0, leastWorkingBytes) },
      formula: "max(least, 4 × tokens × (vocabulary + 4 × hidden size) × bytes)",
      inputs: [
        Input("least", leastWorkingBytes), Input("tokens", tokens),
        Input("vocabulary", vocabulary ?? 0), Input("hidden size", hidden ?? 0), Input("bytes", 2),
      ]
    )
  }
}

extension MemoryNeed.Line {
  /// The bytes of layers that keep alike.
  fileprivate init(_ group: KVCache.Group, context: Int, batch: Int, type: CacheType) {
    let tokens = MemoryNeed.Input("tokens", group.tokens(ofContext: context))
    let bytes = MemoryNeed.Input("bytes", type.bytesPerElement)
    let common = [MemoryNeed.Input("batch", batch), MemoryNeed.Input("layers", group.layers)]
    switch group.content {
    case .keysAndValues(let heads, let keyLength, let valueLength):
      item = .cache
      formula = "batch × layers × tokens × heads × (key length + value length) × bytes"
      inputs =
        common + [
          tokens, MemoryNeed.Input("heads", heads), MemoryNeed.Input("key length", keyLength),
          MemoryNeed.Input("value length", valueLength), bytes,
        ]
    case .latent(let rank, let ropeLength):
      item = .cache
      formula = "batch × layers × tokens × (rank + rope length) × bytes"
      inputs =
        common + [
          tokens, MemoryNeed.Input("rank", rank), MemoryNeed.Input("rope length", ropeLength),
          bytes,
        ]
    case .index(let length):
      item = .cache
      formula = "batch × layers × tokens × index length × bytes"
      inputs = common + [tokens, MemoryNeed.Input("index length", length), bytes]
    case .state(let elements):
      item = .state
      formula = "batch × layers × elements × 4"
      inputs = common + [MemoryNeed.Input("elements", elements)]
    }
    self.bytes = group.byteCount(context: context, batch: batch, type: type)
  }
}
