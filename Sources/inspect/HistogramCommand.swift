public import ArgumentParser
public import Report

/// `inspect histogram <path>`: a histogram over the tensors of a model.
struct HistogramCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "histogram", abstract: "Draw a histogram over a model's tensors.")

  @Argument(
    help: "A model.", completion: .file(extensions: ["safetensors", "gguf", "json"]))
  var path: String

  @Option(
    help: """
      What is counted: weights by their tensor's zeros, by magnitude or by bits, or the zeros of each \
      role or layer.
      """)
  var of = HistogramText.Subject.sparsity

  @Option(
    name: .customLong("tensor"),
    help: ArgumentHelp("Count only tensors whose names match a pattern.", valueName: "glob"))
  var tensors: [String] = []

  @Option(help: "Colour the text.")
  var color = When.auto

  @OptionGroup var measuring: MeasureOptions

  func run() throws {
    let report = Inspection(path: path, options: measuring).report()
    for problem in report.problems where problem.severity != "note" {
      Output.complain(problem.line(path: path))
    }
    let text = HistogramText(
      report, filter: NameFilter(include: tensors),
      painter: Painter(isColored: Output.isColored(color)),
      width: Output.width)
    Output.write(text.text(of: of))
    if report.status != .ok { throw ExitCode(1) }
  }
}

extension HistogramText.Subject: ExpressibleByArgument {}
