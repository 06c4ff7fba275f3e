import ArgumentParser
import Report

/// `inspect explain [TERM|CODE]`: what a word of this program or of metadata means.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say what a number, a label, a key of metadata or a problem code means.")

  @Argument(
    help: "A word of a report or of metadata, or a problem code; all are listed without one.")
  var term: String?

  func run() throws {
    guard let term else {
      for (kind, terms) in Explanations.terms {
        let lines = wrapped(terms.joined(separator: ", "), to: Output.width - 2)
        Output.write("\(kind)\n" + lines.map { "  \($0)\n" }.joined())
      }
      return
    }
    let paragraphs = Explanations.paragraphs(of: term)
    guard !paragraphs.isEmpty else {
      throw ValidationError("nothing is known of '\(escapedForTerminal(term))'")
    }
    let texts = paragraphs.map { wrapped($0, to: Output.width).joined(separator: "\n") + "\n" }
    Output.write(texts.joined(separator: "\n"))
  }
}
