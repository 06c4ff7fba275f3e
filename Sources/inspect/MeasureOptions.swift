import ArgumentParser
import Report
import TensorStats

/// How much is read, and with how many workers.
struct MeasureOptions: ParsableArguments {
  /// How much is read.
  enum Measure: String, ExpressibleByArgument, CaseIterable {
    case exact, sample, header
  }

  @Option(help: "How much to read: every byte, a stratified sample, or the header only.")
  var measure = Measure.exact

  @Option(
    help: ArgumentHelp("Measure only tensors whose names match a pattern.", valueName: "glob"))
  var include: [String] = []

  @Option(
    help: ArgumentHelp("Do not measure tensors whose names match a pattern.", valueName: "glob"))
  var exclude: [String] = []

  @Option(help: ArgumentHelp("Worker threads (default: all cores).", valueName: "n"))
  var jobs: Int?

  @Option(help: "Show progress on standard error.")
  var progress = When.auto

  func validate() throws {
    if let jobs, jobs < 1 || jobs > 1024 {
      throw ValidationError("--jobs must be a number from 1 to 1024")
    }
  }

  var filter: NameFilter { NameFilter(include: include, exclude: exclude) }
}

/// When something is shown that only a terminal can.
enum When: String, ExpressibleByArgument, CaseIterable {
  case auto, always, never
}
