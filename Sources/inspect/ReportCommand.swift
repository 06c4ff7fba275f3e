import ArgumentParser
import ModelFile
import Report

/// `inspect <path>...`: what each model is.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Tell what kind of model a safetensors or GGUF file really is.",
    usage: "inspect [<options>] <path> ...",
    discussion: """
      Every weight is measured: how many bits it really has, how many weights are zero and where. \
      What a name or a configuration claims is compared with that. On a terminal a model is shown \
      to be walked through, of several a list to choose from; elsewhere a summary is printed.
      """
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

  @Option(
    help: ArgumentHelp(
      """
      End with exit code 2 if a condition holds, or needs what was not measured: \
      'label != quantized', 'nans > 0 or errors > 0'.
      """,
      valueName: "condition"))
  var failIf: [String] = []

  func run() throws {
    let gates = try failIf.map(Gate.init(argument:))
    let models = try paths.models()
    if form == nil, !tensors, failIf.isEmpty, Output.isInteractive {
      let isSound = try Browsing.start(
        paths: models, options: measuring, isColored: Output.isColored(color))
      if !isSound { throw ExitCode(1) }
      return
    }
    var document: ReportDocument?
    if form == .json {
      document = ReportDocument(version: Inspect.version) { Output.write($0) }
    }
    var isSound = true
    var isStopped = false
    for (index, path) in models.enumerated() {
      let report = Inspection(path: path, options: measuring).report()
      isSound = isSound && report.status == .ok
      for problem in report.problems where problem.severity != "note" {
        Output.complain(problem.line(path: path))
      }
      for gate in gates {
        let reason: String
        switch gate.answer(for: report) {
        case .fails: continue
        case .holds: reason = gate.text
        case .notMeasured(let names):
          reason =
            "\(gate.text): \(names.joined(separator: ", ")) not measured with "
            + "--measure \(report.measurement.mode)"
        }
        isStopped = true
        Output.complain(escapedForTerminal("\(path): fail-if: \(reason)"))
      }
      switch form {
      case .json: try document?.add(report)
      case .jsonl: try report.writeJSONLine { Output.write($0) }
      case .text, nil:
        let painter = Painter(isColored: Output.isColored(color))
        if index > 0 { Output.write("\n") }
        Output.write(TextSummary(report, painter: painter, width: Output.width).text)
        if tensors { TensorTable(report.tensors, painter: painter).write { Output.write($0) } }
      }
    }
    try document?.end()
    if isStopped { throw ExitCode(2) }
    if !isSound { throw ExitCode(1) }
  }
}

extension Gate {
  /// Reads a condition of the command line.
  ///
  /// A word that no report has would never stop anything, so it stops at once.
  fileprivate init(argument: String) throws {
    do throws(Misunderstanding) {
      try self.init(argument)
    } catch {
      let message = escapedForTerminal(error.message)
      guard error.isUnknownWord else { throw ValidationError(message) }
      Output.complain("fail-if: \(message)")
      throw ExitCode(2)
    }
  }
}
