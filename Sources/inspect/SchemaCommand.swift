import ArgumentParser
import Report

/// `inspect schema [report|diff|fit]`: the JSON Schema of a document.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of the report, or of what diff or fit write.")

  /// What writes JSON.
  enum Document: String, ExpressibleByArgument, CaseIterable {
    case report, diff, fit
  }

  @Argument(help: "Whose schema.")
  var document = Document.report

  func run() {
    switch document {
    case .report: Output.write(ReportSchema.text)
    case .diff: Output.write(DiffSchema.text)
    case .fit: Output.write(FitSchema.text)
    }
  }
}
