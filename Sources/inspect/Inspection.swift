import Classification
import ModelFile
import Report
import Synchronization
import TensorStats

/// One model on its way from a path to a report: open, plan, scan, classify.
struct Inspection {
  let model: Model
  let plan: Plan
  private var options: MeasureOptions
  private let start = ContinuousClock.now

  /// Opens a model and plans how it is measured.
  init(path: String, options: MeasureOptions) {
    model = Model.open(path, environment: Environment.variables)
    plan = Plan(model: model, auxiliary: Self.auxiliaryBytes(of: model))
    self.options = options
  }

  /// Knows no more than the path.
  init(unopened path: String, options: MeasureOptions) {
    model = Model(path: path)
    plan = Plan(model: model)
    self.options = options
  }

  /// The same, but reading every byte of a model that has no more than any sample may read.
  var readingSmallOnesWhole: Inspection {
    var inspection = self
    if options.measure == .sample, readableBytes <= Self.sampleLimit {
      inspection.options.measure = .exact
    }
    return inspection
  }

  /// Bytes that a sample has at most.
  private static let sampleLimit = 64 << 20

  private var readableBytes: Int {
    model.tensors.reduce(0) { $0 + ($1.isReadable ? $1.byteCount : 0) }
  }

  /// Whether the path is a folder that is no model: one of other folders, or of several models.
  var isOtherFolder: Bool {
    model.parts.isEmpty && FileSystem.kind(of: model.path) == .directory
  }

  /// The report after everything that the options ask for was measured.
  func report() -> Report { report(measured()) }

  /// What kind of model it is, after everything that the options ask for was measured.
  func verdict() -> Verdict { verdict(measured()) }

  private func measured() -> Outcome {
    let bar = ProgressBar(options.progress)
    let outcome = Mutex(Outcome())
    scan { event in
      switch event {
      case .measured(let tensor, var measurement):
        // A report shows one histogram of a tensor.
        if measurement.magnitudeHistogram != nil { measurement.linearHistogram = nil }
        outcome.withLock { [measurement] in $0.measurements[tensor] = measurement }
      case .sampled(let tensor, let grids): outcome.withLock { $0.grids[tensor] = grids }
      case .failed(let problem): outcome.withLock { $0.problems.append(problem) }
      case .progress(let bytesRead, let bytesInAll): bar?.show(bytesRead: bytesRead, of: bytesInAll)
      case .finished(let bytesRead): outcome.withLock { $0.bytesRead = bytesRead }
      }
    }
    bar?.clear()
    return outcome.withLock { $0 }
  }

  /// What a scan has brought so far.
  struct Outcome: Sendable {
    var measurements = Measurements()
    var grids: [Int: GridEvidence] = [:]
    var problems: [Problem] = []
    var bytesRead = 0
  }

  /// News of a scan, by the index of the tensor.
  enum Event: Sendable {
    case measured(tensor: Int, Measurement)
    case sampled(tensor: Int, GridEvidence)
    case failed(Problem)
    case progress(bytesRead: Int, bytesInAll: Int)
    case finished(bytesRead: Int)
  }

  /// Measures what the options ask for and returns when it is done or cancelled.
  func scan(
    cancellation: Scan.Cancellation = Scan.Cancellation(),
    handler: @escaping @Sendable (Event) -> Void
  ) {
    let readings = self.readings
    guard !readings.isEmpty else { return handler(.finished(bytesRead: 0)) }
    let scan = Scan(model: model, readings: readings, mode: mode, workers: options.workers)
    let zeroShares = Mutex<[Int: Double]>([:])
    let bytesRead = scan.run(cancellation: cancellation) { event in
      switch event {
      case .measured(let index, let measurement):
        if measurement.count > 0 {
          let share = Double(measurement.zeros) / Double(measurement.count)
          zeroShares.withLock { $0[readings[index].tensor] = share }
        }
        handler(.measured(tensor: readings[index].tensor, measurement))
      case .failed(_, let problem): handler(.failed(problem))
      case .progress(let progress):
        handler(.progress(bytesRead: progress.bytesRead, bytesInAll: progress.bytesInAll))
      }
    }
    sampleGrids(plan.gridTensors(zeroShares: zeroShares.withLock { $0 }), cancellation, handler)
    handler(.finished(bytesRead: bytesRead))
  }

  /// Tests samples of some tensors for grids that their values may lie on.
  private func sampleGrids(
    _ tensors: [Int], _ cancellation: Scan.Cancellation,
    _ handler: @escaping @Sendable (Event) -> Void
  ) {
    let filter = options.filter
    let wanted = Set(tensors.filter { filter.contains(model.tensors[$0].name) })
    let readings = plan.readings.filter { wanted.contains($0.tensor) }
    let next = Atomic(0)
    Threads.run(options.workers) {
      while !cancellation.isCancelled {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < readings.count else { return }
        let reading = readings[index]
        let view = plan.tensors[reading.tensor].matrix
        let evidence = GridEvidence(
          reading, of: model, matrixHeight: view?.rows, areInputsRows: view?.inputAxis == .rows)
        guard let evidence else { continue }
        handler(.sampled(tensor: reading.tensor, evidence))
      }
    }
  }

  /// The report of what a scan has brought.
  func report(_ outcome: Outcome) -> Report {
    let verdict = verdict(outcome)
    let elapsed = ContinuousClock.now - start
    let summary = Report.MeasurementSummary(
      mode: options.measure.rawValue, coverage: coverage(outcome), bytesRead: outcome.bytesRead,
      seconds: elapsed / .seconds(1))
    return Report(
      model, plan: plan, measurements: outcome.measurements, verdict: verdict, summary: summary,
      problems: outcome.problems.sorted { ($0.tensor ?? "") < ($1.tensor ?? "") }
        + ZeroTail.problems(of: model, plan: plan, measurements: outcome.measurements))
  }

  private func verdict(_ outcome: Outcome) -> Verdict {
    classify(
      model, plan: plan, measurements: outcome.measurements, grids: outcome.grids,
      mode: options.classifiedMode)
  }

  // MARK: - What is read

  private var readings: [Reading] {
    guard options.measure != .header else { return [] }
    let filter = options.filter
    return plan.readings.filter { filter.contains(model.tensors[$0.tensor].name) }
  }

  private var mode: Scan.Mode {
    guard options.measure == .sample else { return .exact }
    // Two in a hundred bytes; every tensor is read in some places all the same.
    return .sample(byteBudget: min(readableBytes / 50, Self.sampleLimit), seed: 1)
  }

  /// The share of the model's bytes that was read.
  private func coverage(_ outcome: Outcome) -> Double {
    var read = 0.0
    var all = 0.0
    for (index, tensor) in model.tensors.enumerated() where tensor.byteCount > 0 {
      all += Double(tensor.byteCount)
      if let measurement = outcome.measurements[index] {
        read += measurement.coverage * Double(tensor.byteCount)
      }
    }
    guard all > 0 else { return options.measure == .header ? 0 : 1 }
    return min(1, read / all)
  }

  /// The beginnings of the small tensors that decide how others are read.
  static func auxiliaryBytes(of model: Model) -> [Int: [UInt8]] {
    var bytes: [Int: [UInt8]] = [:]
    var files: [Int: FileReader] = [:]
    for index in Plan.auxiliaryTensors(of: model) {
      let tensor = model.tensors[index]
      guard tensor.isReadable else { continue }
      let file = files[tensor.part] ?? (try? FileReader(path: model.parts[tensor.part].path))
      files[tensor.part] = file
      let range = Plan.auxiliaryRange(of: tensor)
      bytes[index] = try? file?.bytes(
        at: tensor.offset + range.lowerBound, count: range.count)
    }
    return bytes
  }
}

extension MeasureOptions {
  fileprivate var classifiedMode: MeasuredMode {
    switch measure {
    case .exact: .exact
    case .sample: .sample
    case .header: .header
    }
  }

  fileprivate var workers: Int { jobs ?? Environment.processorCount }
}
