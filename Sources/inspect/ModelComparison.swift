import Classification
import ModelFile
import Report
import Synchronization
import TensorStats

/// Two models on their way from paths to a report: open, match, compare, judge.
struct ModelComparison: Sendable {
  let reference: String
  let other: String
  let jobs: Int?
  let progress: When

  /// News of a comparison.
  enum Event: Sendable {
    /// So many tensors will be compared.
    case planned(Int)
    /// A tensor of the other was compared.
    case compared(name: String, role: String, Difference)
    case progress(bytesRead: Int, bytesInAll: Int)
  }

  /// Compares the two, with a progress bar where one is wanted.
  func report() -> DiffReport {
    let bar = ProgressBar(progress)
    defer { bar?.clear() }
    return report { event in
      if case .progress(let bytesRead, let bytesInAll) = event {
        bar?.show(bytesRead: bytesRead, of: bytesInAll)
      }
    }
  }

  /// Compares the two, until it is done or cancelled.
  ///
  /// - Parameter handler: called from any thread.
  func report(
    cancellation: Scan.Cancellation = Scan.Cancellation(),
    handler: @escaping @Sendable (Event) -> Void
  ) -> DiffReport {
    let a = Self.side(reference)
    let b = Self.side(other)
    let samplers = Samplers(reference: ValueSampler(a.model), other: ValueSampler(b.model))
    let plan = DiffPlan(reference: a, other: b, samplers: samplers)
    let comparable = plan.comparable
    let pairs = plan.pairs
    handler(.planned(pairs.count))
    let results = Mutex(
      (differences: [Difference?](repeating: nil, count: pairs.count), problems: [Problem]()))
    Comparison(
      reference: a.model, other: b.model, pairs: pairs,
      workers: jobs ?? Environment.processorCount
    ).run(cancellation: cancellation) { event in
      switch event {
      case .compared(let index, let difference):
        results.withLock { $0.differences[index] = difference }
        let tensor = plan.matches[comparable[index]].other
        handler(
          .compared(
            name: b.model.tensors[tensor].name, role: b.plan.tensors[tensor].role.rawValue,
            difference))
      case .failed(_, let problem): results.withLock { $0.problems.append(problem) }
      case .progress(let progress):
        handler(.progress(bytesRead: progress.bytesRead, bytesInAll: progress.bytesInAll))
      }
    }
    let (differences, problems) = results.withLock { $0 }
    return DiffReport(
      Diff(plan, differences: differences, samplers: samplers), reference: a, other: b,
      problems: problems.sorted { ($0.tensor ?? "") < ($1.tensor ?? "") },
      version: Inspect.version)
  }

  private static func side(_ path: String) -> DiffSide {
    let model = Model.open(path, environment: Environment.variables)
    return DiffSide(
      model, plan: Plan(model: model, auxiliary: Inspection.auxiliaryBytes(of: model)))
  }
}
