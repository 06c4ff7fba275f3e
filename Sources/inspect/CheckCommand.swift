import ArgumentParser
import ModelFile
import Report

/// `inspect check <path>...`: every validity problem, a line each.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "List every problem of every file, one per line.")

  @OptionGroup var paths: PathOptions

  func run() throws {
    var isSound = true
    for path in try paths.models() {
      let model = Model.open(path, environment: Environment.variables)
      for problem in model.problems {
        if problem.severity == .error { isSound = false }
        Output.write(Report.Problem(problem).line(path: path) + "\n")
      }
    }
    if !isSound { throw ExitCode(1) }
  }
}
