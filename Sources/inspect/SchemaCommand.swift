import ArgumentParser
import Report

/// `inspect schema`: the JSON Schema of the report.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print the JSON Schema of the report.")

  func run() {
    Output.write(ReportSchema.text)
  }
}
