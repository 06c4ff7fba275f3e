internal import ModelFile
public import TensorStats

/// How a model differs from a reference, and what happened to it.
public struct Diff: Sendable {
  /// Every tensor that both have, in the other's order.
  public var tensors: [TensorChange]
  /// Names of tensors that only the reference has, bookkeeping of its scheme left out.
  public var removed: [String]
  /// Names of tensors that only the other has, bookkeeping of its scheme left out.
  public var added: [String]
  /// Output matrices that only one of the two has and that are copies of its own embedding, as tied
  /// weights are when they are written out.
  public var tiedHeads: [String]
  /// Weights of the reference's tensors that only it has, but for tied ones.
  public var removedParameters: Int
  /// Weights of the other's tensors that only it has, but for tied ones.
  public var addedParameters: Int
  /// Bookkeeping tensors (scales, zero points, indexes) that only the reference has.
  public var removedBookkeeping: Int
  /// Bookkeeping tensors that only the other has.
  public var addedBookkeeping: Int
  /// Whether both were read and are of one format, so that tensors and metadata were compared.
  public var isComparable: Bool
  /// Metadata that differs.
  public var metadata: [MetadataChange]
  /// Where layers come from.
  public var layerMaps: [LayerMap]
  /// Where experts come from, of the layers in which they are not in place.
  public var expertMaps: [ExpertMap]
  /// How many dimensions the changes of some matrices have.
  public var ranks: [LowRank]
  /// Whether narrower matrices are parts of wider ones.
  public var widths: [WidthMatch]
  /// Whether rows or columns of matrices that seem unrelated are the reference's in another order.
  public var reorders: [WidthMatch]
  /// Where some of the values lie that are finite in only one of the two, in words.
  public var notFinite: [String]
  /// What happened.
  public var account: Account

  /// Whether the two are the same: tensors, types, numbers and metadata.
  public var isSame: Bool {
    removed.isEmpty && added.isEmpty && removedBookkeeping == 0 && addedBookkeeping == 0
      && isComparable && metadata.isEmpty && expertMaps.isEmpty
      && tensors.allSatisfy {
        $0.kind == .identical && $0.name == $0.referenceName && $0.shape == $0.referenceShape
          && $0.order == .same
      }
  }

  /// What happened, in words.
  public struct Account: Sendable, Equatable {
    /// Which of the accounts it is.
    public var kind: Kind
    /// One sentence.
    public var headline: String
    /// How sure it is, 0…1.
    public var confidence: Double
    /// The numbers behind it.
    public var evidence: [String]
    /// The kind of change whose tensors a sentence of `evidence` counts, where it counts some; may be
    /// shorter than that.
    public var changes: [TensorChange.Kind?] = []

    /// What happened to a model.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
      case identical
      /// The same numbers in other types.
      case cast
      case rounded, quantized, pruned
      case referenceRounded = "reference_rounded"
      case referenceQuantized = "reference_quantized"
      case referencePruned = "reference_pruned"
      case loraMerged = "lora_merged"
      case fineTuned = "fine_tuned"
      /// Both were quantized from the same weights.
      case requantized
      /// Quantized, and changed besides.
      case quantizedChanged = "quantized_changed"
      /// Only some tensors differ.
      case partlyChanged = "partly_changed"
      /// Some layers of the reference, or repeated ones.
      case layersMoved = "layers_moved"
      case widthPruned = "width_pruned"
      /// Only names, metadata or the set of tensors differ.
      case restructured
      /// Multiplied by a constant.
      case scaled
      /// Some experts of the reference, or in another order.
      case expertsMoved = "experts_moved"
      /// Rows or columns in another order.
      case reordered
      /// No more than a few values differ.
      case fewValues = "few_values"
      /// Additions to the reference.
      case adapter
      /// Several things at once.
      case mixed
      case unrelated
      /// Too little could be read.
      case unknown
    }
  }
}

extension Diff {
  /// Judges what a comparison has found.
  ///
  /// - Parameters:
  ///   - plan: what belongs together.
  ///   - differences: for each of ``DiffPlan/comparable`` the numbers, `nil` where they could not be
  ///     read.
  ///   - samplers: to look closer at some matrices.
  public init(_ plan: DiffPlan, differences: [Difference?], samplers: Samplers) {
    let (a, b) = (plan.reference, plan.other)
    var results: [Int: Difference] = [:]
    for (match, difference) in zip(plan.comparable, differences) { results[match] = difference }
    tensors = plan.matches.indices.map {
      TensorChange(plan.matches[$0], results[$0], a, b)
    }
    let removed = plan.removed.filter { !a.isBookkeeping($0) }
    let added = plan.added.filter { !b.isBookkeeping($0) }
    let tied = (
      Set(removed.filter { a.isCopyOfEmbedding($0, samplers.reference) }),
      Set(added.filter { b.isCopyOfEmbedding($0, samplers.other) })
    )
    tiedHeads = tied.0.map { a.model.tensors[$0].name } + tied.1.map { b.model.tensors[$0].name }
    removedParameters = removed.reduce(0) {
      $0 + (tied.0.contains($1) ? 0 : a.plan.tensors[$1].parameters)
    }
    addedParameters = added.reduce(0) {
      $0 + (tied.1.contains($1) ? 0 : b.plan.tensors[$1].parameters)
    }
    self.removed = removed.map { a.model.tensors[$0].name }
    self.added = added.map { b.model.tensors[$0].name }
    removedBookkeeping = plan.removed.count - removed.count
    addedBookkeeping = plan.added.count - added.count
    isComparable =
      a.model.format == b.model.format
      && [a.model, b.model].allSatisfy { model in
        !model.tensors.isEmpty || !model.problems.contains { $0.severity == .error }
      }
    metadata = plan.metadata
    layerMaps = plan.layerMaps
    expertMaps = plan.expertMaps
    notFinite = []
    reorders = []
    ranks = []
    widths = []
    account = Account(kind: .mixed, headline: "", confidence: 0, evidence: [])

    for index in tensors.indices {
      if let pair = plan.matches[index].pair { tensors[index].findRounding(pair, samplers) }
    }
    tensors.findGrids(plan)
    for index in tensors.indices {
      if let pair = plan.matches[index].pair { tensors[index].explainError(pair, samplers) }
    }
    notFinite = Self.notFinite(tensors, plan, samplers)
    reorders = Self.reorders(tensors, plan, samplers)
    measureRanks(plan, samplers)
    let reshaped = tensors.indices.filter {
      tensors[$0].kind == .reshaped && tensors[$0].shape.count == 2
        && tensors[$0].pooledHeads == nil
    }
    widths = evenlySpaced(Self.sampledMatrices, below: reshaped.count).compactMap { place in
      let match = plan.matches[reshaped[place]]
      return WidthMatch(match, a, b, samplers) ?? WidthMatch(columnsOf: match, a, b, samplers)
    }
    // Embeddings tell the width of the whole network, and there is only one.
    if let embedding = reshaped.first(where: { tensors[$0].role == .embedding }),
      !widths.contains(where: { $0.name == tensors[embedding].name })
    {
      let match = plan.matches[embedding]
      widths += [
        WidthMatch(columnsOf: match, a, b, samplers) ?? WidthMatch(match, a, b, samplers)
      ].compactMap(\.self)
    }
    account = Account(self, plan)
  }

  /// Measures the ranks of the changes of some matrices; where nothing seems changed, of those whose
  /// error is more than usual.
  private mutating func measureRanks(_ plan: DiffPlan, _ samplers: Samplers) {
    let matrices = tensors.indices.filter { tensors[$0].isWeightMatrix }
    let changed = matrices.filter {
      tensors[$0].kind == .changed || tensors[$0].kind == .quantizedChanged
    }
    guard changed.isEmpty else {
      let inside = changed.filter { tensors[$0].role == .weight }
      ranks = Self.ranks(of: inside.isEmpty ? changed : inside, tensors, plan, samplers)
      // Adapters leave embeddings alone, and tokens that were added do not.
      if !inside.isEmpty, !ranks.isEmpty, ranks.allSatisfy(\.isLow) {
        let tables = changed.filter { tensors[$0].role != .weight }
        ranks += Self.ranks(of: tables, tensors, plan, samplers)
      }
      return
    }
    let doubtful = matrices.filter { tensors[$0].isDoubtful && tensors[$0].kind == .quantized }
    let ranks = Self.ranks(of: doubtful, tensors, plan, samplers)
    guard !ranks.isEmpty, ranks.allSatisfy(\.isLow) else { return }
    self.ranks = ranks
    for index in doubtful { tensors[index].doubt() }
  }

  private static func ranks(
    of changed: [Int], _ tensors: [TensorChange], _ plan: DiffPlan, _ samplers: Samplers
  ) -> [LowRank] {
    func rank(_ index: Int, size: Int) -> LowRank? {
      let match = plan.matches[index]
      let types = [
        plan.reference.model.tensors[match.reference].type,
        plan.other.model.tensors[match.other].type,
      ]
      return match.pair.flatMap {
        LowRank(
          $0, name: tensors[index].name, role: tensors[index].role, samplers: samplers,
          types: types, codeError: tensors[index].codeErrors, size: size)
      }
    }
    var ranks: [LowRank] = []
    for place in evenlySpaced(sampledMatrices, below: changed.count) {
      guard var found = rank(changed[place], size: LowRank.sampleSize) else { continue }
      if found.needsLargerSample, let large = rank(changed[place], size: LowRank.largeSampleSize),
        large.isLow
      {
        found = large
      }
      ranks.append(found)
      // A second one that is not of low rank decides.
      if ranks.count(where: { !$0.isLow }) == 2 { break }
    }
    return ranks
  }

  /// Looks for the rows and columns of matrices, and of routers of moved experts, that seem unrelated.
  private static func reorders(
    _ tensors: [TensorChange], _ plan: DiffPlan, _ samplers: Samplers
  ) -> [WidthMatch] {
    let candidates = tensors.indices.filter {
      switch (tensors[$0].role, tensors[$0].kind) {
      case (.weight, .unrelated), (.embedding, .unrelated), (.head, .unrelated): true
      case (.router, .unrelated), (.router, .changed): !plan.expertMaps.isEmpty
      default: false
      }
    }
    return evenlySpaced(sampledMatrices, below: candidates.count).compactMap { place in
      let match = plan.matches[candidates[place]]
      let (a, b) = (plan.reference, plan.other)
      let rows = WidthMatch(match, a, b, samplers)
      return rows?.isSubset == true
        ? rows : WidthMatch(columnsOf: match, a, b, samplers) ?? rows
    }
  }

  /// Looks for the first value of some tensors that is finite in only one of the two.
  private static func notFinite(
    _ tensors: [TensorChange], _ plan: DiffPlan, _ samplers: Samplers
  ) -> [String] {
    let candidates = tensors.indices.filter { tensors[$0].difference?.isOnlyNotFinite == true }
    return candidates.prefix(sampledMatrices).compactMap { index in
      plan.matches[index].pair.flatMap { pair in
        samplers.firstNotFinite(of: pair).map {
          "\(tensors[index].name)[\($0.row), \($0.column)] is \($0.value) in "
            + ($0.isReference ? "the reference" : "the other")
        }
      }
    }
  }

  /// Matrices that are looked at more closely.
  private static let sampledMatrices = 6
}

extension TensorChange {
  /// Whether it is a matrix that training works on.
  var isWeightMatrix: Bool {
    shape.count >= 2 && (role == .weight || role == .embedding || role == .head)
  }
}
