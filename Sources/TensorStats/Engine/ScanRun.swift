import ModelFile
import Synchronization

/// What the workers of one scan share: the queue of pieces, the open files, the results under way.
///
/// Everything that changes is behind a lock or atomic; the handler has its own lock and is called
/// under no other.
final class ScanRun: Sendable {
  private let model: Model
  private let readings: [Reading]
  /// Of a sampled scan, the pages of each reading; else empty.
  private let samples: [PageSample?]
  /// Rows and columns of a zero map: smaller where many tensors have one.
  let mapSide: Int

  private let cancellation: Scan.Cancellation
  private let handler: @Sendable (Scan.Event) -> Void
  private let bytesInAll: Int
  private let bytesRead = Atomic(0)
  private let queue = Mutex(Position())
  private let files = Mutex<[String: Result<FileReader, Unmeasurable>]>([:])
  private let states = Mutex<[Int: TensorState]>([:])
  private let readers = Mutex<[Int: Result<PackedReader, Unmeasurable>]>([:])
  private let report = Mutex(Reporting())

  /// Where the next piece is; a job is made when its first piece is due, as all of them together
  /// would need much memory.
  private struct Position {
    var reading = 0
    var piece = 0
    var job: ScanJob?
  }

  /// What was found of a tensor of which pieces are missing.
  private struct TensorState {
    var totals = Totals()
    var pieces = 0
    var problem: Problem?
  }

  /// When progress was last told.
  private struct Reporting {
    var last: ContinuousClock.Instant?
  }

  /// Twenty times a second.
  private static let progressInterval = Duration.milliseconds(50)

  /// What all zero maps of a scan may take together.
  private static let mapBytes = 16 << 20

  init(
    _ scan: Scan, cancellation: Scan.Cancellation,
    handler: @escaping @Sendable (Scan.Event) -> Void
  ) {
    let (model, readings) = (scan.model, scan.readings)
    let jobs = readings.indices.lazy.map { try? ScanJob(readings[$0], index: $0, of: model) }
    samples =
      switch scan.mode {
      case .exact: []
      case .sample(let byteBudget, let seed):
        PageSample.plan(jobs, byteBudget: byteBudget, seed: seed)
      }
    var bytesInAll = 0
    var matrices = 0
    for case var job? in jobs {
      if !samples.isEmpty { job.sample = samples[job.reading] }
      bytesInAll += job.bytesToRead
      if job.grid.isMatrix, job.sample == nil { matrices += 1 }
    }
    self.model = model
    self.readings = readings
    self.cancellation = cancellation
    self.handler = handler
    self.bytesInAll = bytesInAll
    var side = 256
    while side > 16, side * side * matrices > Self.mapBytes { side /= 2 }
    mapSide = side
  }

  var isCancelled: Bool { cancellation.isCancelled }

  /// How many bytes were read.
  var bytesReadSoFar: Int { bytesRead.load(ordering: .relaxed) }

  /// The next piece in the order of the file; `nil` where there is none or the scan is cancelled.
  func nextPiece() -> (job: ScanJob, piece: Int)? {
    guard !isCancelled else { return nil }
    return queue.withLock { position in
      while position.reading < readings.count {
        if position.job == nil { position.job = try? job(position.reading) }
        if let job = position.job, position.piece < job.pieceCount {
          defer { position.piece += 1 }
          return (job, position.piece)
        }
        position = Position(reading: position.reading + 1)
      }
      return nil
    }
  }

  private func job(_ reading: Int) throws(Unmeasurable) -> ScanJob {
    var job = try ScanJob(readings[reading], index: reading, of: model)
    if !samples.isEmpty { job.sample = samples[reading] }
    return job
  }

  /// Tells of the readings that have no pieces.
  func tellUnmeasured() {
    for reading in readings.indices where !isCancelled {
      do throws(Unmeasurable) {
        if try job(reading).pieceCount == 0 {
          tell(.measured(index: reading, Measurement()))
        }
      } catch {
        tell(.failed(index: reading, error.problem))
      }
    }
  }

  /// The file of a job, opened once.
  ///
  /// - Throws: why it cannot be read.
  func file(_ job: ScanJob) throws(Unmeasurable) -> FileReader {
    do {
      return try file(job.part).get()
    } catch {
      var problem = error.problem
      problem.tensor = job.tensor.name
      throw Unmeasurable(problem)
    }
  }

  private func file(_ part: Part) -> Result<FileReader, Unmeasurable> {
    files.withLock { files in
      if let known = files[part.path] { return known }
      let opened = Self.open(part)
      files[part.path] = opened
      return opened
    }
  }

  /// What decodes the packed weights of a job; each worker reads with a copy.
  ///
  /// - Throws: why they cannot be decoded.
  func reader(_ job: ScanJob, _ decoder: PackedDecoder) throws(Unmeasurable) -> PackedReader {
    _ = try file(job)
    let result = readers.withLock { readers -> Result<PackedReader, Unmeasurable> in
      if let known = readers[job.reading] { return known }
      let files = model.parts.map { try? file($0).get() }
      let made: Result<PackedReader, Unmeasurable>
      do throws(DecodingError) {
        var reader = try PackedReader(decoder, shape: job.shape, model: model, files: files)
        if job.sample == nil { reader.readAhead(job.grid.bandRows) }
        made = .success(reader)
      } catch {
        made = .failure(job.unmeasurable(error, of: model))
      }
      readers[job.reading] = made
      return made
    }
    return try result.get()
  }

  /// The problem behind a failure to decode packed weights.
  func unmeasurable(_ job: ScanJob, _ error: DecodingError) -> Unmeasurable {
    job.unmeasurable(error, of: model)
  }

  private static func open(_ part: Part) -> Result<FileReader, Unmeasurable> {
    do throws(FileError) {
      let file = try FileReader(path: part.path)
      guard part.identity == nil || part.identity == file.identity else {
        return .failure(
          Unmeasurable(
            Problem(
              .changedWhileReading, "the file has changed since its header was read",
              file: part.path)))
      }
      return .success(file)
    } catch {
      return .failure(Unmeasurable(Problem(.readFailed, "\(error)", file: part.path)))
    }
  }

  /// Reads bytes of a tensor.
  ///
  /// - Throws: why there are fewer than asked for.
  func fill(
    _ bytes: UnsafeMutableRawBufferPointer, from file: FileReader, at offset: Int, of job: ScanJob
  ) throws(Unmeasurable) {
    let count: Int
    do throws(FileError) {
      count = try file.read(into: bytes, at: offset)
    } catch {
      throw Unmeasurable(
        Problem(
          .readFailed, "\(error)", file: job.part.path, tensor: job.tensor.name,
          byteOffset: offset))
    }
    guard count == bytes.count else {
      throw Unmeasurable(
        Problem(
          .changedWhileReading, "the file has become shorter than its header says",
          file: job.part.path, tensor: job.tensor.name, byteOffset: offset + count))
    }
    note(bytes: count)
  }

  /// Counts bytes as read.
  func note(bytes count: Int) {
    tellProgress(bytesRead.add(count, ordering: .relaxed).newValue)
  }

  /// Whether a piece of a job could not be read.
  func hasFailed(_ job: ScanJob) -> Bool {
    states.withLock { $0[job.reading]?.problem != nil }
  }

  /// Notes why a job cannot be finished.
  func fail(_ job: ScanJob, _ problem: Problem) {
    states.withLock { states in
      if states[job.reading, default: TensorState()].problem == nil {
        states[job.reading, default: TensorState()].problem = problem
      }
    }
  }

  /// Adds what was found in some pieces; with the last of them the result is told.
  func add(_ totals: Totals, pieces: Int, to job: ScanJob) {
    let finished = states.withLock { states -> TensorState? in
      var state = states.removeValue(forKey: job.reading) ?? TensorState()
      state.totals.merge(totals)
      state.pieces += pieces
      if state.pieces == job.pieceCount { return state }
      states[job.reading] = state
      return nil
    }
    guard let finished else { return }
    readers.withLock { _ = $0.removeValue(forKey: job.reading) }
    if isCancelled { return }
    if let problem = finished.problem ?? changed(job) {
      tell(.failed(index: job.reading, problem))
    } else {
      tell(
        .measured(
          index: job.reading,
          Measurement(finished.totals, of: job, mapSide: mapSide)))
    }
  }

  /// Whether the file at the path is no longer the one whose header was read.
  private func changed(_ job: ScanJob) -> Problem? {
    guard let identity = job.part.identity,
      identity != FileSystem.identity(of: job.part.path)
    else { return nil }
    return Problem(
      .changedWhileReading, "the file changed while it was read", file: job.part.path,
      tensor: job.tensor.name)
  }

  /// Calls the handler, one thread at a time.
  func tell(_ event: Scan.Event) {
    report.withLock { _ in handler(event) }
  }

  private func tellProgress(_ read: Int) {
    report.withLockIfAvailable { reporting in
      let now = ContinuousClock.now
      if let last = reporting.last, now - last < Self.progressInterval { return }
      reporting.last = now
      handler(.progress(Scan.Progress(bytesRead: read, bytesInAll: bytesInAll)))
    }
  }

  /// Tells that all is read.
  func tellEnd() {
    tell(.progress(Scan.Progress(bytesRead: bytesReadSoFar, bytesInAll: bytesInAll)))
  }
}
