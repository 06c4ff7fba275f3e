public import Classification
public import ModelFile
public import TensorStats

extension DiffReport {
  /// Tells what a comparison has found.
  ///
  /// - Parameters:
  ///   - problems: what went wrong while the two were read.
  public init(
    _ diff: Diff, reference a: DiffSide, other b: DiffSide, problems: [ModelFile.Problem],
    version: String
  ) {
    tool = ReportDocument.Tool(name: "inspect", version: version)
    let paths = Set(a.model.parts.map(\.path))
    reference = Side(a, problems.filter { paths.contains($0.file ?? "") })
    other = Side(b, problems.filter { !paths.contains($0.file ?? "") })
    same = diff.isSame && problems.isEmpty
    account = Account(
      kind: diff.account.kind.rawValue, headline: diff.account.headline,
      confidence: diff.account.confidence, evidence: diff.account.evidence,
      changes: diff.account.changes.map { $0?.rawValue })
    structure = Structure(diff)
    let weights = diff.tensors.filter { $0.role.holdsParameters }
    totals = Numbers(weights.reduce(into: Difference()) { $0.merge($1.difference ?? Difference()) })
    roles = Group.all(weights) { $0.role.rawValue }.sorted {
      $0.numbers.weights > $1.numbers.weights
    }
    layers = Group.all(weights.filter { $0.layer != nil }) { "\($0.layer ?? 0)" }
      .sorted { (Int($0.name) ?? 0) < (Int($1.name) ?? 0) }
    types = Group.all(weights) { "\($0.referenceStorage) → \($0.storage)" }
      .sorted { $0.numbers.weights > $1.numbers.weights }
    histogram = Histogram(weights)
    ranks = diff.ranks.map {
      Rank(name: $0.name, rank: $0.rank, size: $0.size, energy: $0.energy, low: $0.isLow)
    }
    tensors = diff.tensors.map(Tensor.init)
  }
}

extension DiffReport.Side {
  fileprivate init(_ side: DiffSide, _ later: [ModelFile.Problem]) {
    let found = side.model.problems + later
    path = side.model.path
    format = side.model.format?.rawValue
    tensors = side.plan.totals.tensors
    parameters = side.plan.totals.parameters
    storedBytes = side.plan.totals.storedBytes
    status = Report.Status(found)
    problems = found.map(Report.Problem.init)
  }
}

extension DiffReport.Structure {
  fileprivate init(_ diff: Diff) {
    added = diff.added
    removed = diff.removed
    addedBookkeeping = diff.addedBookkeeping
    removedBookkeeping = diff.removedBookkeeping
    metadata = diff.metadata.map {
      DiffReport.MetadataChange(
        key: $0.key, reference: $0.reference.map(MetadataObject.Value.init),
        other: $0.other.map(MetadataObject.Value.init))
    }
    layerMaps = diff.layerMaps.filter { !$0.isIdentity && $0.isFound }.map {
      DiffReport.LayerMap(stack: $0.stack, sources: $0.sources, correlations: $0.correlations)
    }
  }
}

extension DiffReport.Numbers {
  /// What follows from the sums over pairs of weights.
  public init(_ difference: Difference) {
    weights = difference.count
    maxAbs = difference.finiteCount > 0 ? finite(difference.maximum) : nil
    meanAbs = difference.meanAbsolute
    rmse = difference.rootMeanSquare
    relativeRMSE = difference.relativeRootMeanSquare
    cosine = difference.cosine
    snrDecibels = difference.signalToNoise
    identicalFraction =
      difference.count > 0 ? Double(difference.identical) / Double(difference.count) : nil
    signFlips = difference.signFlips
    newZeros = difference.newZeros
    filledZeros = difference.filledZeros
    notFinite = difference.notFinite
  }
}

extension DiffReport.Group {
  fileprivate static func all(
    _ tensors: [TensorChange], by name: (TensorChange) -> String
  ) -> [Self] {
    var sums: [String: (tensors: Int, sum: Difference)] = [:]
    for tensor in tensors {
      guard let difference = tensor.difference else { continue }
      sums[name(tensor), default: (0, Difference())].tensors += 1
      sums[name(tensor), default: (0, Difference())].sum.merge(difference)
    }
    return sums.sorted { $0.key < $1.key }.map {
      Self(name: $0.key, tensors: $0.value.tensors, numbers: DiffReport.Numbers($0.value.sum))
    }
  }
}

extension DiffReport.Histogram {
  /// Counts nothing in bins of the usual limits.
  public static let empty = Self(
    edges: limits, tensors: Array(repeating: 0, count: limits.count))

  /// Two bins for each power of ten from a millionth of the deviation up.
  private static let limits = [
    0, 1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1,
  ]

  fileprivate init(_ tensors: [TensorChange]) {
    edges = Self.limits
    self.tensors = Array(repeating: 0, count: Self.limits.count)
    for tensor in tensors {
      guard let difference = tensor.difference else { continue }
      // A constant tensor has no deviation: that it changed is all that can be said.
      let error = difference.isIdentical ? 0 : difference.relativeRootMeanSquare ?? 1
      self.tensors[bin(of: error)] += 1
    }
  }
}

extension DiffReport.Tensor {
  fileprivate init(_ tensor: TensorChange) {
    name = tensor.name
    referenceName = tensor.referenceName
    role = tensor.role.rawValue
    layer = tensor.layer
    referenceStorage = tensor.referenceStorage
    storage = tensor.storage
    referenceShape = tensor.referenceShape
    shape = tensor.shape
    order =
      switch tensor.order {
      case .same: "same"
      case .interleaved: "interleaved"
      case .separated: "separated"
      case .transposed: "transposed"
      case .grouped: "grouped"
      case .ungrouped: "ungrouped"
      case .repeated: "repeated"
      case .selected: "selected"
      }
    partial = tensor.isPartial
    change = tensor.kind.rawValue
    numbers = tensor.difference.map(DiffReport.Numbers.init)
  }
}
