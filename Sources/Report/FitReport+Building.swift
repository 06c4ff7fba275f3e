public import Classification
public import ModelFile

extension FitReport {
  /// A model that was looked at, and what is wrong with its files.
  public struct Entry: Sendable {
    var fit: Fit
    var status: Report.Status
    var problems: [Report.Problem]

    var measured: FitReport.Measured?

    /// Pairs a fit with what was found wrong and with how it compares with the original.
    public init(fit: Fit, problems: [ModelFile.Problem], original: DiffReport? = nil) {
      self.fit = fit
      status = Report.Status(problems)
      self.problems = problems.map(Report.Problem.init)
      guard let original, original.reference.status == .ok else { return }
      var kinship = Diff.Account.Kind(rawValue: original.account.kind).flatMap(Fit.Kinship.init)
      // A vocabulary may have been filled up; other matrices are not the same with rows missing.
      let isCut = original.tensors.contains { $0.partial && $0.role == Role.weight.rawValue }
      if isCut, kinship == .same { kinship = .changed }
      guard kinship != nil || original.totals.weights > 0 else { return }
      measured = FitReport.Measured(
        against: original.reference.path, kind: original.account.kind,
        headline: original.account.headline, matrixError: original.matrixError,
        numbers: original.totals)
      self.fit.kinship = kinship
      self.fit.measuredError = original.matrixError
    }
  }

  /// Puts models in order and recommends one.
  public init(_ entries: [Entry], _ asked: FitRequest, version: String) {
    tool = ReportDocument.Tool(name: "inspect", version: version)
    let sorted = entries.sorted { a, b in
      let (x, y) = (a.fit, b.fit)
      if (x.subject.format == nil) != (y.subject.format == nil) { return x.subject.format != nil }
      if x.isUsable != y.isUsable { return x.isUsable }
      return (x.subject.bitsPerWeight ?? 0, x.subject.weightBytes)
        > (y.subject.bitsPerWeight ?? 0, y.subject.weightBytes)
    }
    request = Request(
      memoryBytes: asked.memory,
      context: asked.context,
      batch: asked.batch,
      kv: asked.cacheType?.rawValue,
      runtime: asked.runtime?.rawValue,
      hardware: asked.hardware?.name
    )
    models = sorted.map(Candidate.init)
    let sound = sorted.filter { $0.status == .ok }.map(\.fit)
    recommendation = Recommendation(sound, asked).map {
      Choice(path: sound[$0.index].subject.path, reason: $0.reason)
    }
  }
}

extension FitReport.Candidate {
  fileprivate init(_ entry: FitReport.Entry) {
    let (fit, subject) = (entry.fit, entry.fit.subject)
    path = subject.path
    status = entry.status
    problems = entry.problems
    format = subject.format?.rawValue
    fileRole = subject.role.rawValue
    obstacle = subject.obstacle
    network = subject.network.rawValue
    architecture = subject.architecture
    doubts = subject.doubts
    scheme = subject.scheme
    variant = subject.variant
    parameters = subject.parameters
    storedBytes = subject.weightBytes
    bitsPerWeight = subject.bitsPerWeight
    contextLength = subject.contextLength
    memory = FitReport.Memory(
      context: fit.context,
      kv: fit.cacheType.rawValue,
      lines: fit.need.lines.map(FitReport.Line.init),
      minimumBytes: fit.need.minimumBytes,
      totalBytes: fit.need.totalBytes,
      fits: fit.fits,
      largestContext: fit.largestContext,
      cacheSource: subject.cache?.source,
      unknown: fit.need.unknown,
      assumptions: fit.need.assumptions
    )
    runtimes = fit.runtimes.map(FitReport.RuntimeFit.init)
    quality = fit.quality.map(FitReport.Quality.init)
    measured = entry.measured
  }
}

extension DiffReport {
  /// The root of the mean over the weights of matrices of the square of each matrix's own relative
  /// error; `nil` where no matrix has one.
  fileprivate var matrixError: Double? {
    let roles: Set<String> = [Role.weight, .embedding, .head].reduce(into: []) {
      $0.insert($1.rawValue)
    }
    var weights = 0.0
    var sum = 0.0
    for tensor in tensors where tensor.shape.count >= 2 && roles.contains(tensor.role) {
      guard let numbers = tensor.numbers, let error = numbers.relativeRMSE else { continue }
      weights += Double(numbers.weights)
      sum += Double(numbers.weights) * error * error
    }
    return weights > 0 ? (sum / weights).squareRoot() : nil
  }
}

extension FitReport.Line {
  fileprivate init(_ line: MemoryNeed.Line) {
    item = line.item.rawValue
    bytes = line.bytes
    estimate = line.isEstimate
    formula = line.formula
    inputs = line.inputs.map { FitReport.Input(name: $0.name, value: $0.value) }
  }
}

extension FitReport.RuntimeFit {
  fileprivate init(_ fit: Fit.RuntimeFit) {
    let cell = fit.compatibility
    runtime = cell.runtime.rawValue
    version = cell.runtime.version
    support = cell.support.rawValue
    needs = cell.need.description
    note = cell.note
    weightBytes = fit.weightBytes
    totalBytes = fit.totalBytes
    fits = fit.fits
    source = cell.source
    date = cell.date
  }
}

extension FitReport.Quality {
  fileprivate init(_ quality: PublishedQuality) {
    recipe = quality.recipe
    perplexityRise = quality.perplexityRise
    divergence = quality.divergence
    usesImportance = quality.usesImportance
    model = PublishedQuality.model
    source = PublishedQuality.source
  }
}
