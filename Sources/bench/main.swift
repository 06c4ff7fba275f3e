// Measures how fast tensors are measured, against only reading the same files.
//
//     bench [--megabytes 1000] [--directory DIR] [--types F32,BF16,…] [--no-numpy]

import Foundation

var options = Options()
do {
  options = try Options(Array(CommandLine.arguments.dropFirst()))
} catch {
  FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
  exit(64)
}
let folder = options.directory.appendingPathComponent("inspect-bench-\(getpid())")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(at: folder) }

let cores = ProcessInfo.processInfo.activeProcessorCount
print("\(cores) cores, \(options.megabytes) MB a file, page cache warm, best of \(options.rounds)")
print(Row.heading)
for type in options.types {
  let input = try Input(type: type, megabytes: options.megabytes, in: folder)
  let row = try Row(input, workers: cores, rounds: options.rounds, usesNumpy: options.usesNumpy)
  print(row.line)
  try FileManager.default.removeItem(at: input.url)
}
print("peak memory \(usage().peakMemory >> 20) MiB (at most 64)")
