import ArgumentParser
import Classification
import ModelFile
import Report
import Synchronization
import TensorStats

/// `inspect diff <a> <b>`: what changed from one model to another, and by how much.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two models: what changed, by how much, and what happened.",
    discussion: """
      The first is the reference: a model before it was quantized, pruned, trained on or distilled. \
      Names of the hub and of GGUF are matched, and every weight is compared, whatever its type.

      Exit code: 0 the two are the same, 1 they differ, 2 something could not be read.
      """)

  @Argument(
    help: "The reference.", completion: .file(extensions: ["safetensors", "gguf", "json"]))
  var reference: String

  @Argument(
    help: "What is compared with it.",
    completion: .file(extensions: ["safetensors", "gguf", "json"]))
  var other: String

  @Flag(help: "Write JSON.")
  var json = false

  @Flag(help: "Add a line for every tensor.")
  var tensors = false

  @Option(help: ArgumentHelp("Worker threads (default: all cores).", valueName: "n"))
  var jobs: Int?

  @Option(help: "Show progress on standard error.")
  var progress = When.auto

  @Option(help: "Colour the text.")
  var color = When.auto

  func validate() throws {
    if let jobs, jobs < 1 || jobs > 1024 {
      throw ValidationError("--jobs must be a number from 1 to 1024")
    }
  }

  func run() throws {
    let report = ModelComparison(
      reference: reference, other: other, jobs: jobs, progress: progress
    ).report()
    for (side, path) in [(report.reference, reference), (report.other, other)] {
      for problem in side.problems where problem.severity != "note" {
        Output.complain(problem.line(path: path))
      }
    }
    if json {
      Output.write(try report.json())
    } else {
      let painter = Painter(isColored: Output.isColored(color))
      Output.write(
        DiffText(report, painter: painter, width: Output.width).text(includesTensors: tensors))
    }
    if report.reference.status != .ok || report.other.status != .ok { throw ExitCode(2) }
    if !report.same { throw ExitCode(1) }
  }
}

/// Two models on their way from paths to a report: open, match, compare, judge.
struct ModelComparison {
  let reference: String
  let other: String
  let jobs: Int?
  let progress: When

  /// Compares the two.
  func report() -> DiffReport {
    let a = Self.side(reference)
    let b = Self.side(other)
    let samplers = Samplers(reference: ValueSampler(a.model), other: ValueSampler(b.model))
    let plan = DiffPlan(reference: a, other: b, samplers: samplers)
    let pairs = plan.pairs
    let bar = ProgressBar(progress)
    let results = Mutex(
      (differences: [Difference?](repeating: nil, count: pairs.count), problems: [Problem]()))
    Comparison(
      reference: a.model, other: b.model, pairs: pairs,
      workers: jobs ?? Environment.processorCount
    ).run { event in
      switch event {
      case .compared(let index, let difference):
        results.withLock { $0.differences[index] = difference }
      case .failed(_, let problem): results.withLock { $0.problems.append(problem) }
      case .progress(let progress):
        bar?.show(bytesRead: progress.bytesRead, of: progress.bytesInAll)
      }
    }
    bar?.clear()
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
