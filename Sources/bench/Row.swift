import Foundation
import ModelFile
import Synchronization
import TensorStats

/// One line of the table.
struct Row {
  let type: ElementType
  /// Bytes in a second, read only and measured.
  let readRate: Double
  let scanRate: Double
  /// Weights in a second.
  let weightRate: Double
  /// Weights in a second that a core worked, whatever else the machine had to do.
  let coreRate: Double
  /// What reading takes of the cores' time of measuring.
  let coreShare: Double
  /// numpy's bytes in a second; `nil` where it is not there or has no such type.
  let numpyRate: Double?

  init(_ input: Input, workers: Int, rounds: Int, usesNumpy: Bool) throws {
    type = input.type
    var reading = Cost.none
    var scanning = Cost.none
    // Taken in turn, so that whatever else the machine does meets both.
    for _ in 0..<rounds {
      reading = reading.best(try Cost(of: { try Self.read(input, workers: workers) }))
      scanning = scanning.best(try Cost(of: { try Self.scan(input, workers: workers) }))
    }
    readRate = Double(input.byteCount) / reading.seconds
    scanRate = Double(input.byteCount) / scanning.seconds
    weightRate = Double(input.weightCount) / scanning.seconds
    coreRate = Double(input.weightCount) / scanning.coreSeconds
    coreShare = reading.coreSeconds / scanning.coreSeconds
    numpyRate = usesNumpy ? Numpy.rate(input) : nil
  }

  /// Reads the file in all threads, and does nothing with it.
  private static func read(_ input: Input, workers: Int) throws {
    let file = try FileReader(path: input.url.path)
    let chunk = 1 << 20
    let next = Atomic(0)
    Threads.run(workers) {
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: 4096)
      defer { buffer.deallocate() }
      while true {
        let offset = next.add(chunk, ordering: .relaxed).oldValue
        guard offset < input.byteCount, let read = try? file.read(into: buffer, at: offset),
          read > 0
        else { return }
      }
    }
  }

  private static func scan(_ input: Input, workers: Int) throws {
    let measured = Atomic(0)
    Scan(model: input.model, readings: input.readings, mode: .exact, workers: workers).run {
      if case .measured = $0 { measured.add(1, ordering: .relaxed) }
    }
    guard measured.load(ordering: .relaxed) == input.readings.count else {
      throw CocoaError(.fileReadUnknown)
    }
  }

  static let heading = """
    type    read GB/s  scan GB/s  of reading  by cores  wanted     Gw/s  a core  wanted  × numpy  wanted
    """

  var line: String {
    let wantedShare: Double? = type == .f32 ? 0.5 : type == .bf16 || type == .f16 ? 0.25 : nil
    let wantedWeights: Double? = type.family == .block ? 1 : nil
    let wantedNumpy: Double? = type == .f32 && numpyRate != nil ? 40 : nil
    return [
      type.name.padding(toLength: 6, withPad: " ", startingAt: 0),
      column(readRate / 1e9, 10), column(scanRate / 1e9, 10),
      percent(scanRate / readRate, 11), percent(coreShare, 9), percent(wantedShare, 7),
      column(weightRate / 1e9, 8), column(coreRate / 1e9, 7), column(wantedWeights, 7, digits: 0),
      column(numpyRate.map { scanRate / $0 }, 8, digits: 0), column(wantedNumpy, 7, digits: 0),
    ].joined(separator: " ")
  }

  private func percent(_ share: Double?, _ width: Int) -> String {
    let text = share.map { String(format: "%.0f %%", $0 * 100) } ?? ""
    return String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private func column(_ value: Double?, _ width: Int, digits: Int = 2) -> String {
    let text = value.map { String(format: "%.\(digits)f", $0) } ?? ""
    return String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

/// What some work takes.
struct Cost {
  var seconds: Double
  /// Time of all cores together.
  var coreSeconds: Double

  static let none = Cost(seconds: .infinity, coreSeconds: .infinity)

  private init(seconds: Double, coreSeconds: Double) {
    self.seconds = seconds
    self.coreSeconds = coreSeconds
  }

  init(of work: () throws -> Void) rethrows {
    let start = ContinuousClock.now
    let used = usage().coreSeconds
    try work()
    let duration = (ContinuousClock.now - start).components
    seconds = Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
    coreSeconds = usage().coreSeconds - used
  }

  func best(_ other: Cost) -> Cost {
    Cost(
      seconds: min(seconds, other.seconds), coreSeconds: min(coreSeconds, other.coreSeconds))
  }
}

/// What the process has used of the machine.
func usage() -> (coreSeconds: Double, peakMemory: Int) {
  var usage = rusage()
  // RUSAGE_SELF; Glibc's enumeration is not the type that its function takes.
  getrusage(0, &usage)
  func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
  #if os(Linux)
  let peak = usage.ru_maxrss << 10
  #else
  let peak = usage.ru_maxrss
  #endif
  return (seconds(usage.ru_utime) + seconds(usage.ru_stime), peak)
}
