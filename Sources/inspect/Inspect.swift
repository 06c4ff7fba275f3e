import ArgumentParser

/// The program: its commands, of which the report is the one without a name.
@main
struct Inspect: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Tells what kind of model a safetensors or GGUF file really is.",
    discussion: """
      Every weight is measured: how many bits it really has, how many weights are zero and where. \
      What a name or a configuration claims is compared with that.

      inspect [options] <path>...   browses a model, or prints what it is (`inspect report --help`)
      """,
    version: version,
    subcommands: [
      ReportCommand.self, HistogramCommand.self, FitCommand.self,
      CheckCommand.self, ExplainCommand.self, SchemaCommand.self,
    ],
    defaultSubcommand: ReportCommand.self
  )
}
