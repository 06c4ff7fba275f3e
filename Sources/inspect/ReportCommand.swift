import ArgumentParser
import ModelFile
import Report

/// `inspect <path>...`: what each model is.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Browse a model, or print what it is (the command without a name).",
    usage: "inspect [<options>] <path> ..."
  )

  @OptionGroup var paths: PathOptions

  /// How the report is written.
  enum Form: String, EnumerableFlag {
    case json, jsonl, text

    static func help(for form: Form) -> ArgumentHelp? {
      switch form {
      case .json: "Write one JSON document with a report per model."
      case .jsonl: "Write one report per line, each as soon as it is complete."
      case .text: "Write the summary, even on a terminal."
      }
    }
  }

  @Flag(exclusivity: .exclusive) var form: Form?

  @Flag(help: "Add the table of tensors to the summary.")
  var tensors = false

  @OptionGroup var measuring: MeasureOptions

  @Option(help: "Colour the text.")
  var color = When.auto

  func run() throws {
    let models = try paths.models()
    if form == nil, !tensors, models.count == 1, Output.isInteractive {
      try Browsing.start(path: models[0], options: measuring)
      return
    }
    var reports: [Report] = []
    var isSound = true
    for (index, path) in models.enumerated() {
      let report = Inspection(path: path, options: measuring).report()
      isSound = isSound && report.status == .ok
      for problem in report.problems where problem.severity != "note" {
        Output.complain(problem.line(path: path))
      }
      switch form {
      case .json: reports.append(report)
      case .jsonl: Output.write(try report.jsonLine())
      case .text, nil:
        let painter = Painter(isColored: Output.isColored(color))
        let summary = TextSummary(report, painter: painter, width: Output.width)
        Output.write((index > 0 ? "\n" : "") + summary.text(includesTensors: tensors))
      }
    }
    if form == .json {
      Output.write(try ReportDocument(version: Inspect.version, reports: reports).json())
    }
    if !isSound { throw ExitCode(1) }
  }
}
