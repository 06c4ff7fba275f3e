import TensorStats
public import ArgumentParser
public import Classification
import ModelFile
import Report

/// `inspect fit <path>...`: what models need, what runs them and which to choose.
struct FitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Tell what a model needs in memory, what runs it, and which of several to choose.",
    discussion: """
      Weights, key-value cache and states are arithmetic on what the file says; working memory is a \
      rule of thumb. What the file does not tell is named, not guessed. A sample of the weights tells \
      whether their bits are real. Of runtimes it is known what they do with the weights and which \
      kinds of networks they serve, but not whether they know a language model's architecture.
      """)

  @OptionGroup var paths: PathOptions

  @Option(
    help: ArgumentHelp("The memory of the device: 24GiB, 80GB; 24G is 24GiB.", valueName: "size"))
  var memory: ByteSize?

  @Option(
    help: ArgumentHelp(
      "Tokens of each sequence (default: 8192, or what the model was made for).",
      valueName: "tokens"))
  var context: Int?

  @Option(help: ArgumentHelp("Sequences at a time.", valueName: "n"))
  var batch = 1

  @Option(
    help: "How keys and values are stored (default: what the configuration says, else fp16).")
  var kv: CacheType?

  @Option(help: "Look at one runtime only.")
  var runtime: Runtime?

  @Option(
    help: ArgumentHelp(
      "What it is to run on: cpu, apple, rocm, xpu, sm89, or a card such as rtx-4090.",
      valueName: "name"))
  var hardware: Hardware?

  @Option(
    help: ArgumentHelp(
      "Compare the weights with those of the model that they were made from.", valueName: "path"))
  var against: String?

  @Option(help: "How much of the weights to read: every byte, a sample, or the header only.")
  var measure = MeasureOptions.Measure.sample

  @Flag(help: "Write JSON.")
  var json = false

  @Option(help: "Colour the text.")
  var color = When.auto

  func validate() throws {
    if let memory, !memory.isPlausible {
      throw ValidationError("--memory is \(memory.bytes) bytes; give a unit, as in 24GiB")
    }
    guard batch > 0 else { throw ValidationError("--batch must be 1 or more") }
    guard context ?? 1 > 0 else { throw ValidationError("--context must be 1 or more") }
  }

  func run() throws {
    let request = FitRequest(
      memory: memory?.bytes, context: context, batch: batch, cacheType: kv, runtime: runtime,
      hardware: hardware)
    var isSound = true
    let options = try MeasureOptions.parse(["--measure", measure.rawValue])
    let entries = try paths.models().enumerated().map { index, path in
      let inspection = Inspection(path: path, options: options).readingSmallOnesWhole
      let model = inspection.model
      let original = against.map {
        ModelComparison(reference: $0, other: path, jobs: nil, progress: .auto).report()
      }
      // The original is the same for all of them.
      if index == 0, let original, original.reference.status != .ok {
        isSound = false
        for problem in original.reference.problems where problem.severity != "note" {
          Output.complain(problem.line(path: original.reference.path))
        }
      }
      return FitReport.Entry(
        fit: Fit(
          FitSubject(model, plan: inspection.plan, verdict: inspection.verdict()), request),
        problems: model.problems, original: original)
    }
    let report = FitReport(entries, request, version: Inspect.version)
    for model in report.models {
      for problem in model.problems where problem.severity != "note" {
        Output.complain(problem.line(path: model.path))
      }
    }
    if json {
      Output.write(try report.json())
    } else {
      let painter = Painter(isColored: Output.isColored(color))
      Output.write(FitText(report, painter: painter, width: Output.width).text)
    }
    if !isSound || !report.models.allSatisfy({ $0.status == .ok }) { throw ExitCode(1) }
  }
}

/// A number of bytes as people write it: 24GiB, 80GB, 512M.
struct ByteSize: ExpressibleByArgument {
  /// The bytes.
  let bytes: Int
  /// Whether it is as much as a device has: a bare `24` is hardly meant as bytes.
  let isPlausible: Bool

  /// No device that runs models has less.
  private static let leastWithoutUnit = 1 << 20

  /// Understands a number and a unit; without the `B` units are binary, as memory is counted.
  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber || $0 == "." }
    let unit = argument.dropFirst(digits.count).lowercased().filter { $0 != " " }
    let powers = ["": 0, "k": 1, "m": 2, "g": 3, "t": 4]
    let prefix =
      unit.hasSuffix("ib") ? unit.dropLast(2) : unit.hasSuffix("b") ? unit.dropLast() : unit[...]
    guard let number = Double(String(digits)), let power = powers[String(prefix)] else {
      return nil
    }
    let isDecimal = unit.hasSuffix("b") && !unit.hasSuffix("ib")
    let size = (0..<power).reduce(number) { size, _ in size * (isDecimal ? 1000 : 1024) }
    guard size >= 1, size < 1e18 else { return nil }
    bytes = Int(size)
    isPlausible = !unit.isEmpty || bytes >= Self.leastWithoutUnit
  }

  var defaultValueDescription: String { "\(bytes)" }
}

extension CacheType: ExpressibleByArgument {}
extension Runtime: ExpressibleByArgument {}

extension Hardware: ExpressibleByArgument {
  /// The hardware of a name.
  public init?(argument: String) { self.init(argument) }
}
