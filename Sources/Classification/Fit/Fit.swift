/// What is asked: how much memory there is and how the model is to be run.
public struct FitRequest: Sendable, Equatable {
  /// The device's memory in bytes; `nil` where anything fits.
  public var memory: Int?
  /// Tokens of each sequence; `nil` for ``usualContext``, or all that the model was made for.
  public var context: Int?
  /// Sequences at a time.
  public var batch: Int
  /// How keys and values are stored; `nil` for what the configuration says, else 16 bits.
  public var cacheType: CacheType?
  /// The only runtime that counts.
  public var runtime: Runtime?
  /// What the model is to run on.
  public var hardware: Hardware?

  /// A conversation with some documents in it.
  public static let usualContext = 8192

  /// Asks for one sequence.
  public init(
    memory: Int? = nil,
    context: Int? = nil,
    batch: Int = 1,
    cacheType: CacheType? = nil,
    runtime: Runtime? = nil,
    hardware: Hardware? = nil
  ) {
    self.memory = memory
    self.context = context
    self.batch = batch
    self.cacheType = cacheType
    self.runtime = runtime
    self.hardware = hardware
  }
}

/// Whether and how one model can be run.
public struct Fit: Sendable, Equatable {
  /// The model.
  public var subject: FitSubject
  /// The tokens of each sequence that ``need`` is for.
  public var context: Int
  /// How keys and values are stored.
  public var cacheType: CacheType
  /// What running it takes with the weights as stored.
  public var need: MemoryNeed
  /// Whether that fits the memory; `nil` where none was named or the need is not known.
  public var fits: Bool?
  /// The longest context that fits the memory, at most what the model was made for where that is
  /// known; `nil` where nothing fits, its growth is not known or nothing of a context is kept.
  public var largestContext: Int?
  /// What each runtime does with it.
  public var runtimes: [RuntimeFit]
  /// What was published of files of its kind.
  public var quality: PublishedQuality?

  /// The error of its weights against the original's, in units of their deviation; `nil` where no
  /// original was compared.
  public var measuredError: Double?
  /// Whether it is the model that it was compared with; `nil` where none was or that was not told.
  public var kinship: Kinship?

  /// What a model is to another one.
  public enum Kinship: Sendable, Equatable {
    /// The same weights, stored otherwise.
    case same
    /// The same network with parts missing, moved or altered: its errors do not tell the loss.
    case changed
    /// Another model, be it one that was trained from it.
    case other

    /// Reads it from what comparing them has found; `nil` where that found nothing.
    public init?(_ kind: Diff.Account.Kind) {
      switch kind {
      case .identical, .cast, .rounded, .quantized, .pruned, .referenceRounded,
        .referenceQuantized, .referencePruned, .restructured, .scaled, .reordered, .fewValues,
        .requantized:
        self = .same
      case .layersMoved, .widthPruned, .expertsMoved, .mixed, .quantizedChanged, .partlyChanged:
        self = .changed
      case .loraMerged, .fineTuned, .adapter, .unrelated: self = .other
      case .unknown: return nil
      }
    }
  }

  /// What one runtime does with a model.
  public struct RuntimeFit: Sendable, Equatable {
    /// What the table says.
    public var compatibility: Compatibility
    /// The weights as it keeps them; `nil` where it cannot run it or their number is not known.
    public var weightBytes: Int?
    /// All that it needs.
    public var totalBytes: Int?
    /// Whether that fits the memory that it uses.
    public var fits: Bool?
  }

  /// Works out what a model needs and what runs it.
  public init(_ subject: FitSubject, _ request: FitRequest) {
    self.subject = subject
    let most = subject.contextLength.flatMap { $0 > 0 ? $0 : nil }
    let context = request.context ?? min(FitRequest.usualContext, most ?? .max)
    self.context = context
    let cacheType = request.cacheType ?? subject.cacheClaim?.type ?? .fp16
    self.cacheType = cacheType
    func need(weights: Int, context: Int) -> MemoryNeed {
      MemoryNeed(
        subject,
        weightBytes: weights,
        context: context,
        batch: request.batch,
        type: cacheType
      )
    }
    var need = need(weights: subject.weightBytes, context: context)
    if need.isWhole {
      let (unknown, assumptions) = Self.remarks(subject, request, most: most, context: context)
      need.unknown += unknown
      need.assumptions += assumptions
    }
    self.need = need
    fits = Self.fits(need.totalBytes, request.memory)
    // Perplexity is of language models, and of what their types promise.
    let isComparable =
      subject.obstacle == nil && subject.doubts.isEmpty && subject.network == .generator
    quality = isComparable ? PublishedQuality.nearest(to: subject) : nil
    let table =
      subject.obstacle != nil ? [] : Compatibility.table(for: subject, on: request.hardware)
    runtimes = table.filter { request.runtime == nil || $0.runtime == request.runtime }
      .map { cell in
        let weights = Self.weightBytes(subject, cell.support)
        let total = weights.flatMap {
          MemoryNeed(
            subject,
            weightBytes: $0,
            context: context,
            batch: request.batch,
            type: cacheType
          ).totalBytes
        }
        let memory = request.memory.map { Int(Double($0) * cell.runtime.usableMemoryShare) }
        return RuntimeFit(
          compatibility: cell,
          weightBytes: weights,
          totalBytes: total,
          fits: Self.fits(total, memory)
        )
      }
    largestContext = request.memory.flatMap { memory in
      Self.largestContext(most: most, subject) { tokens in
        MemoryNeed(
          subject,
          weightBytes: subject.weightBytes,
          context: tokens,
          batch: request.batch,
          type: cacheType
        ).totalBytes.map { $0 <= memory } ?? false
      }
    }
  }

  /// Whether some runtime runs it, in the memory where one was named.
  public var isUsable: Bool {
    subject.obstacle == nil
      && runtimes.contains { $0.compatibility.support.isUsable && $0.fits != false }
  }

  /// What is not known of the context and of the cache's type, and what was assumed instead.
  private static func remarks(
    _ subject: FitSubject, _ request: FitRequest, most: Int?, context: Int
  ) -> (unknown: [String], assumptions: [String]) {
    var unknown: [String] = []
    var assumptions: [String] = []
    guard subject.network.readsTokens else { return ([], []) }
    if let most {
      if context > most {
        unknown.append("whether it works with \(context) tokens: it was made for \(most)")
      }
    } else if request.context == nil {
      assumptions.append("\(context) tokens: the file does not tell what it was made for")
    } else {
      unknown.append("whether it works with \(context) tokens")
    }
    if request.cacheType == nil, subject.network.keepsCache, let claim = subject.cacheClaim {
      if let type = claim.type {
        assumptions.append("keys and values in \(type.rawValue): so says \(claim.source)")
      } else {
        unknown.append(
          "the size of keys and values as \(claim.name), which \(claim.source) asks for: 16 bits are "
            + "counted")
      }
    }
    return (unknown, assumptions)
  }

  private static func fits(_ bytes: Int?, _ memory: Int?) -> Bool? {
    guard let memory, let bytes else { return nil }
    return bytes <= memory
  }

  private static func weightBytes(_ subject: FitSubject, _ support: Support) -> Int? {
    guard support.isUsable else { return nil }
    return support.keepsDenseWeights
      ? subject.parameters.flatMap { checkedProduct($0, 2) } : subject.weightBytes
  }

  /// No context is longer; without the model's own limit the search has to end somewhere.
  private static let longestContext = 1 << 30

  /// The greatest number of tokens that passes a test which fails from some number on.
  private static func largestContext(
    most: Int?,
    _ subject: FitSubject,
    fits: (Int) -> Bool
  ) -> Int? {
    guard let cache = subject.cache, !cache.groups.isEmpty, fits(1) else { return nil }
    let grows = cache.groups.contains { group in
      if case .state = group.content { false } else { group.reach == .context }
    }
    guard grows || most != nil else { return nil }
    var (low, high) = (1, (most ?? longestContext) + 1)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if fits(middle) { low = middle } else { high = middle }
    }
    return low
  }
}
