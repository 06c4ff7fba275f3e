import ArgumentParser
import ModelFile
import Report

/// `inspect explain [TERM|CODE]`: what a word of this program means.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say what a number, a label or a problem code means.")

  @Argument(help: "A label, a number of the report or a problem code; all are listed without one.")
  var term: String?

  func run() throws {
    guard let term else {
      return Output.write(ProblemCode.allCases.map { $0.rawValue + "\n" }.joined())
    }
    guard let code = ProblemCode(rawValue: term) else {
      throw ValidationError("nothing is known of '\(escapedForTerminal(term))'")
    }
    let lines = wrapped("\(code.severity.rawValue): \(code.explanation)", to: Output.width)
    Output.write(lines.joined(separator: "\n") + "\n")
  }
}
