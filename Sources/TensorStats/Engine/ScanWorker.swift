import ModelFile

/// One thread of a scan: takes pieces, reads and measures them, hands over what it found when it turns
/// to another tensor.
struct ScanWorker: ~Copyable {
  private let run: ScanRun
  private let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: Self.bufferBytes, alignment: 64)
  private var bits = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 1 << 14)
  private let tables = CounterTables()
  private let zeroCounter = ZeroCounter()

  /// Bytes of one read: large enough for the system call not to matter, small enough for the second
  /// cache, where the values are then measured.
  static let bufferBytes = 1 << 19

  init(_ run: ScanRun) {
    self.run = run
  }

  deinit {
    buffer.deallocate()
    bits.deallocate()
  }

  /// Works until there are no more pieces or the scan is cancelled.
  mutating func work() {
    var piece = run.nextPiece()
    while let (index, _) = piece {
      let job = run.jobs[index]
      var meter = ChunkMeter(job, scale: scale(of: job), tables: tables)
      var zeroTotals = ZeroTotals()
      var pieces = 0
      while let (next, number) = piece, next == index {
        if !run.hasFailed(index) {
          do throws(Unmeasurable) {
            try measure(job, number, &meter, &zeroTotals)
          } catch {
            run.fail(index, error.problem)
          }
        }
        pieces += 1
        piece = run.nextPiece()
        // Counters of 32 bits must not overflow.
        if meter.totals.count > 1 << 30 {
          hand(index, pieces, &meter, &zeroTotals)
          pieces = 0
        }
      }
      hand(index, pieces, &meter, &zeroTotals)
    }
  }

  private func hand(
    _ index: Int, _ pieces: Int, _ meter: inout ChunkMeter, _ zeroTotals: inout ZeroTotals
  ) {
    var totals = meter.collect()
    totals.zeroTotals = zeroTotals
    zeroTotals = ZeroTotals()
    run.add(totals, pieces: pieces, to: index)
  }

  /// The factor behind an I2_S tensor.
  private func scale(of job: ScanJob) -> Float {
    guard job.layout.tailBytes > 0, let file = try? run.file(job),
      let bytes = try? file.bytes(
        at: job.offset(ofElement: job.grid.rows * job.grid.columns), count: 4),
      bytes.count == 4
    else { return 1 }
    return bytes.withUnsafeBytes { Float(bitPattern: $0.loadUnaligned(as: UInt32.self)) }
  }

  private mutating func measure(
    _ job: ScanJob, _ number: Int, _ meter: inout ChunkMeter, _ zeroTotals: inout ZeroTotals
  ) throws(Unmeasurable) {
    let file = try run.file(job)
    let grid = job.grid
    let (rows, columns) = grid.piece(number)
    let zerosBefore = meter.totals.zeros
    let isWhole = columns.count == grid.columns
    // Runs of elements that follow each other in the file, and how far apart their bits start.
    let runs = isWhole ? 1 : rows.count
    let runLength = isWhole ? rows.count * grid.columns : columns.count
    let stride = isWhole ? grid.columns : (columns.count + 63) / 64 * 64
    let runWords = (runLength + 63) / 64
    reserveBits(runs * runWords + 1)
    guard let bitStart = bits.baseAddress else { return }
    for row in 0..<runs {
      let element = (rows.lowerBound + row) * grid.columns + columns.lowerBound
      try read(
        job, file, element..<(element + runLength), &meter, bitStart + row * runWords)
      if run.isCancelled { return }
    }
    meter.endPiece(number)
    guard grid.isMatrix, run.wantsStructure else { return }
    let piece = ZeroCounter.Piece(
      rows: rows, columns: columns, grid: grid, map: ZeroMap.size(grid, side: run.mapSide))
    let zeros = meter.totals.zeros - zerosBefore
    if zeros == 0 {
      ZeroCounter.addDense(piece, to: &zeroTotals)
    } else {
      zeroCounter.add(bitStart, stride: stride, zeros: zeros, of: piece, to: &zeroTotals)
    }
  }

  /// Reads a run of elements, a buffer at a time.
  private func read(
    _ job: ScanJob, _ file: FileReader, _ elements: Range<Int>, _ meter: inout ChunkMeter,
    _ bits: UnsafeMutablePointer<UInt64>
  ) throws(Unmeasurable) {
    let step = max(64, job.layout.elements)
    let stepBytes = step / job.layout.elements * job.layout.bytes
    let chunk = Self.bufferBytes / stepBytes * step
    var start = elements.lowerBound
    while start < elements.upperBound, !run.isCancelled {
      let count = min(chunk, elements.upperBound - start)
      let byteCount = count / job.layout.elements * job.layout.bytes
      let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<byteCount])
      try run.fill(bytes, from: file, at: job.offset(ofElement: start), of: job)
      meter.measure(
        bytes, elements: count, bits: bits + (start - elements.lowerBound) / 64)
      start += count
    }
  }

  private mutating func reserveBits(_ words: Int) {
    guard bits.count < words else { return }
    bits.deallocate()
    bits = .allocate(capacity: words)
  }
}
