import ArgumentParser
import Report

/// `inspect explain [TERM|CODE]`: what a word of this program means.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say what a number, a label or a problem code means.")

  @Argument(help: "A label, a number of the report or a problem code; all are listed without one.")
  var term: String?

  func run() throws {
    guard let term else {
      return Output.write(Explanations.terms.map { $0 + "\n" }.joined())
    }
    guard let text = Explanations.text(of: term) else {
      throw ValidationError("nothing is known of '\(escapedForTerminal(term))'")
    }
    Output.write(wrapped(text, to: Output.width).joined(separator: "\n") + "\n")
  }
}
