import Foundation
import ModelFile

/// The same statistics by numpy, where Python has it.
enum Numpy {
  /// Bytes that are given to it: enough to be steady, few enough not to wait long.
  private static let byteCount = 128 << 20

  /// Bytes in a second.
  static func rate(_ input: Input) -> Double? {
    let read: String
    switch input.type {
    case .f32: read = "numpy.fromfile(path, numpy.float32, count=size // 4)"
    case .f16: read = "numpy.fromfile(path, numpy.float16, count=size // 2)"
    case .bf16:
      read =
        "(numpy.fromfile(path, numpy.uint16, count=size // 2).astype(numpy.uint32) << 16)"
        + ".view(numpy.float32)"
    default: return nil
    }
    let program = """
      import sys, time, numpy
      path, size = sys.argv[1], int(sys.argv[2])
      start = time.perf_counter()
      w = \(read)
      w = w[numpy.isfinite(w)]
      w.min(), w.max(), w.mean(dtype=numpy.float64), w.std(dtype=numpy.float64), (w == 0).sum()
      numpy.quantile(w, [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99])
      print(time.perf_counter() - start)
      """
    let size = min(input.byteCount, byteCount)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      ProcessInfo.processInfo.environment["PYTHON"] ?? "python3", "-c", program, input.url.path,
      String(size),
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let seconds = Double(text.trimmingCharacters(in: .whitespacesAndNewlines))
    return seconds.map { Double(size) / $0 }
  }
}
