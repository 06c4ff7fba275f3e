import ArgumentParser
import Foundation
import ModelFile

/// Measures how fast tensors are measured, against only reading the same files.
@main
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures how fast tensors are measured, against only reading the same files.")

  @Option(help: "Megabytes of each file.")
  var megabytes = 1000

  @Option(help: "Where the files are made, and removed again.")
  var directory = FileManager.default.temporaryDirectory.path

  @Option(help: "Storage types, with commas between them.")
  var types = TypeList(types: Input.types)

  @Option(help: "How often each file is read and measured; the best counts.")
  var rounds = 5

  @Flag(name: .customLong("no-numpy"), help: "Leave out the comparison with numpy.")
  var leavesOutNumpy = false

  func validate() throws {
    guard megabytes > 0, rounds > 0 else {
      throw ValidationError("--megabytes and --rounds are at least 1.")
    }
  }

  func run() throws {
    let folder = URL(fileURLWithPath: directory).appendingPathComponent("inspect-bench-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let cores = ProcessInfo.processInfo.activeProcessorCount
    print("\(cores) cores, \(megabytes) MB a file, page cache warm, best of \(rounds)")
    print(Row.heading)
    for type in types.types {
      let input = try Input(type: type, megabytes: megabytes, in: folder)
      print(try Row(input, workers: cores, rounds: rounds, usesNumpy: !leavesOutNumpy).line)
      try FileManager.default.removeItem(at: input.url)
    }
    print("peak memory \(usage().peakMemory >> 20) MiB (at most 64)")
  }
}

/// Storage types by their names.
struct TypeList: ExpressibleByArgument {
  var types: [ElementType]

  init(types: [ElementType]) {
    self.types = types
  }

  init?(argument: String) {
    let names = argument.split(separator: ",").map(String.init)
    types = names.compactMap { name in ElementType.decodable.first { $0.name == name } }
    if types.isEmpty || types.count != names.count { return nil }
  }

  var defaultValueDescription: String { types.map(\.name).joined(separator: ",") }
}
