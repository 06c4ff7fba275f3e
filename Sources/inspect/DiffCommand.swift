import ArgumentParser
import Curses
import Report

/// `inspect diff <a> <b>`: what changed from one model to another, and by how much.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two models: what changed, by how much, and what happened.",
    discussion: """
      The first is the reference: a model before it was quantized, pruned, trained on or distilled. \
      Names of the hub and of GGUF are matched, and every weight is compared, whatever its type. On a \
      terminal the differences are shown to be walked through; elsewhere they are printed.

      Exit code: 0 the two are the same, 1 they differ, 2 something could not be read, or the \
      comparison was left before its end.
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

  @Flag(help: "Write text, even on a terminal.")
  var text = false

  @Flag(help: "Add a line for every tensor to the text.")
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
    let comparison = ModelComparison(
      reference: reference, other: other, jobs: jobs, progress: progress)
    var shown: DiffReport?
    if !json, !text, !tensors, Output.isInteractive {
      do {
        shown = try DiffBrowsing.show(comparison, isColored: Output.isColored(color))
        guard shown != nil else { throw ExitCode(2) }
      } catch is Terminal.Unavailable {
        // Text needs no terminal that can do anything.
      }
    }
    let report = shown ?? comparison.report()
    for (side, path) in [(report.reference, reference), (report.other, other)] {
      for problem in side.problems where problem.severity != "note" {
        Output.complain(problem.line(path: path))
      }
    }
    if json {
      Output.write(try report.json())
    } else if shown == nil {
      let painter = Painter(isColored: Output.isColored(color))
      Output.write(
        DiffText(report, painter: painter, width: Output.width).text(includesTensors: tensors))
    }
    if report.reference.status != .ok || report.other.status != .ok { throw ExitCode(2) }
    if !report.same { throw ExitCode(1) }
  }
}
