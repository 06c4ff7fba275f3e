import ArgumentParser
import Report

/// The program: its commands, of which the report is the one without a name.
@main
struct Inspect: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Tells what kind of model a safetensors or GGUF file really is.",
    version: version,
    subcommands: [
      ReportCommand.self, HistogramCommand.self, DiffCommand.self, FitCommand.self,
      CheckCommand.self, ExplainCommand.self, SchemaCommand.self,
    ],
    defaultSubcommand: ReportCommand.self
  )

  static func main() {
    // The parser's own help would list the commands and hide the options of the one without a name.
    if let first = CommandLine.arguments.dropFirst().first, CommandLine.arguments.count == 2,
      ["--help", "-h", "help"].contains(first)
    {
      return Output.write(help)
    }
    Self.main(nil)
  }

  /// The options of the report, then the other commands.
  private static var help: String {
    let commands = configuration.subcommands.dropFirst().map { command in
      let name = command.configuration.commandName ?? ""
      return "  \(padded(name, to: 12))\(command.configuration.abstract)\n"
    }
    return helpMessage(for: ReportCommand.self) + "\nCOMMANDS:\n" + commands.joined()
      + "\n  See 'inspect help <command>' for the options of each.\n"
  }
}
