import Foundation
import TestSupport

/// The built program, run as a user runs it.
struct Program {
  var status: Int32
  var output: Data
  var errors: String

  var text: String { String(decoding: output, as: UTF8.self) }

  /// Runs the program to its end.
  init(_ arguments: [String], environment: [String: String] = [:], input: String? = nil) throws {
    let process = Process()
    process.executableURL = Self.url
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment
      .filter { !["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS"].contains($0.key) }
      .merging(environment) { $1 }
    // Files in the place of pipes: a program that writes more than a pipe holds would wait.
    let folder = try TemporaryFolder()
    let files = try ["out", "err", "in"].map { name in
      URL(fileURLWithPath: try folder.write(name == "in" ? input ?? "" : "", to: name))
    }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    process.standardInput = try FileHandle(forReadingFrom: files[2])
    try process.run()
    process.waitUntilExit()
    status = process.terminationReason == .exit ? process.terminationStatus : -1
    output = try Data(contentsOf: files[0])
    errors = String(decoding: try Data(contentsOf: files[1]), as: UTF8.self)
  }

  /// The executable lies beside the test bundle.
  static let url = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    .appendingPathComponent("inspect")

  /// The only report of a document.
  func report() throws -> [String: Any] {
    let document = try JSONSerialization.jsonObject(with: output) as? [String: Any]
    return (document?["reports"] as? [[String: Any]])?.first ?? [:]
  }
}

/// Models of each kind that were made for this project.
enum Fixture {
  static func model(_ name: String) -> String {
    Paths.fixtures.appendingPathComponent("models/\(name)").path
  }

  static let kinds = [
    "bf16", "damaged", "fp32", "fp32-from-bf16", "gptq-4bit", "pruned-50", "sharded", "sparse-2-4",
    "split", "tiny-llama-Q4_K_M.gguf", "tiny-llama-Q8_0.gguf",
  ]
}
