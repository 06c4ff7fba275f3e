public import ModelFile
import Synchronization

/// Measures the tensors of a plan, in parallel over pieces of their bytes.
///
/// Results are the same for any number of workers: what is summed in floating point is summed for
/// each piece and merged in the order of the pieces.
public struct Scan: Sendable {
  /// How much is read.
  public enum Mode: Sendable, Equatable {
    /// Every byte.
    case exact
    /// Stratified, seeded, page-sized pieces of every tensor, at most `byteBudget` in all, though one
    /// of each tensor: 64, or a fiftieth where that is more; small tensors whole.
    case sample(byteBudget: Int, seed: UInt64)
  }

  /// The model whose tensors are read.
  public var model: Model
  /// What is read and how it is decoded.
  public var readings: [Reading]
  /// How much is read.
  public var mode: Mode
  /// Worker threads.
  public var workers: Int

  /// Prepares a scan.
  public init(model: Model, readings: [Reading], mode: Mode, workers: Int) {
    self.model = model
    self.readings = readings
    self.mode = mode
    self.workers = workers
  }

  /// How far a scan has come.
  public struct Progress: Sendable {
    /// Bytes read.
    public var bytesRead: Int
    /// Bytes to read in all.
    public var bytesInAll: Int
  }

  /// What happened during a scan.
  public enum Event: Sendable {
    /// The measurement of `readings[index]` is complete.
    case measured(index: Int, Measurement)
    /// `readings[index]` could not be measured.
    case failed(index: Int, Problem)
    /// More bytes were read; at most about twenty times a second.
    case progress(Progress)
  }

  /// Stops a running scan from another thread.
  public final class Cancellation: Sendable {
    private let flag = Atomic(false)

    /// A switch that is off.
    public init() {}

    /// Asks the scan to stop; it returns within about 50 ms.
    public func cancel() { flag.store(true, ordering: .relaxed) }

    /// Whether it was asked to stop.
    public var isCancelled: Bool { flag.load(ordering: .relaxed) }
  }

  /// Runs the scan and returns when all is read, failed or cancelled.
  ///
  /// - Parameters:
  ///   - cancellation: stops it early.
  ///   - handler: called from the workers' threads, never two at a time.
  /// - Returns: the bytes that were read.
  @discardableResult
  public func run(
    cancellation: Cancellation = Cancellation(), handler: @escaping @Sendable (Event) -> Void
  ) -> Int {
    let run = ScanRun(self, cancellation: cancellation, handler: handler)
    run.tellUnmeasured()
    Threads.run(workers) {
      var worker = ScanWorker(run)
      worker.work()
    }
    if !cancellation.isCancelled { run.tellEnd() }
    return run.bytesReadSoFar
  }
}
