import ModelFile

/// One thread of a scan: takes pieces, reads and measures them, hands over what it found when it turns
/// to another tensor.
struct ScanWorker: ~Copyable {
  private let run: ScanRun
  private var bits = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 1 << 14)
  private let tables = CounterTables()
  private var zeroCounter = ZeroCounter()
  private var blocks: BlockReader
  private var rows = PackedRows()

  init(_ run: ScanRun) {
    self.run = run
    blocks = BlockReader(run)
  }

  deinit {
    bits.deallocate()
  }

  /// Works until there are no more pieces or the scan is cancelled.
  mutating func work() {
    var piece = run.nextPiece()
    while let (job, _) = piece {
      let scale = (try? run.file(job)).flatMap { job.scale($0) } ?? 1
      var meter = ChunkMeter(job, scale: scale, tables: tables)
      var zeroTotals = ZeroTotals()
      var pieces = 0
      rows.reader = nil
      while let (next, number) = piece, next.reading == job.reading {
        if !run.hasFailed(job) {
          do throws(Unmeasurable) {
            if let sample = job.sample {
              try measure(job, sample, number, &meter)
            } else {
              try measure(job, number, &meter, &zeroTotals)
            }
          } catch {
            run.fail(job, error.problem)
          }
        }
        pieces += 1
        piece = run.nextPiece()
        // Counters of 32 bits must not overflow.
        if meter.totals.count > 1 << 30 {
          hand(job, pieces, &meter, &zeroTotals)
          pieces = 0
        }
      }
      hand(job, pieces, &meter, &zeroTotals)
    }
  }

  private func hand(
    _ job: ScanJob, _ pieces: Int, _ meter: inout ChunkMeter, _ zeroTotals: inout ZeroTotals
  ) {
    var totals = meter.collect()
    totals.zeroTotals = zeroTotals
    zeroTotals = ZeroTotals()
    run.add(totals, pieces: pieces, to: job)
  }

  /// Measures the pages of a sample that make up a piece.
  private mutating func measure(
    _ job: ScanJob, _ sample: PageSample, _ number: Int, _ meter: inout ChunkMeter
  ) throws(Unmeasurable) {
    try openReader(job)
    guard let bitStart = reserveBits((sample.pageElements + 63) / 64 + 1) else { return }
    for stratum in sample.strata(number) {
      if run.isCancelled { return }
      let zerosBefore = meter.totals.zeros
      let start = sample.page(stratum) * sample.pageElements
      let end = min(job.elementCount, start + sample.pageElements)
      try read(job, start..<end, &meter, bitStart)
      meter.endPage(zeros: meter.totals.zeros - zerosBefore)
    }
    meter.endPiece(number)
  }

  /// Measures a piece of the grid.
  private mutating func measure(
    _ job: ScanJob, _ number: Int, _ meter: inout ChunkMeter,
    _ zeroTotals: inout ZeroTotals
  ) throws(Unmeasurable) {
    try openReader(job)
    let grid = job.grid
    let (rows, columns) = grid.piece(number)
    let zerosBefore = meter.totals.zeros
    let isWhole = columns.count == grid.columns
    // Runs of elements that follow each other in the file, and how far apart their bits start.
    let runs = isWhole ? 1 : rows.count
    let runLength = isWhole ? rows.count * grid.columns : columns.count
    let stride = isWhole ? grid.columns : (columns.count + 63) / 64 * 64
    let runWords = (runLength + 63) / 64
    guard let bitStart = reserveBits(runs * runWords + 1) else { return }
    for row in 0..<runs {
      let element = (rows.lowerBound + row) * grid.columns + columns.lowerBound
      try read(job, element..<(element + runLength), &meter, bitStart + row * runWords)
      if run.isCancelled { return }
    }
    meter.endPiece(number)
    guard grid.isMatrix else { return }
    let piece = ZeroCounter.Piece(
      rows: rows, columns: columns, grid: grid, map: ZeroMap.size(grid, side: run.mapSide))
    let zeros = meter.totals.zeros - zerosBefore
    if zeros == 0 {
      ZeroCounter.addDense(piece, to: &zeroTotals)
    } else {
      zeroCounter.add(bitStart, stride: stride, zeros: zeros, of: piece, to: &zeroTotals)
    }
  }

  /// Prepares to decode packed weights; whether their shape is sound is known only then.
  private mutating func openReader(_ job: ScanJob) throws(Unmeasurable) {
    guard case .packed(let decoder) = job.source, rows.reader == nil else { return }
    rows.reader = try run.reader(job, decoder)
  }

  /// Reads and measures a run of elements.
  private mutating func read(
    _ job: ScanJob, _ elements: Range<Int>, _ meter: inout ChunkMeter,
    _ bits: UnsafeMutablePointer<UInt64>
  ) throws(Unmeasurable) {
    switch job.source {
    case .plain(_, let layout):
      try blocks.measure(elements, of: job, layout, &meter, bits)
    case .packed:
      do throws(DecodingError) {
        try rows.measure(elements, of: job, &meter, bits, run)
      } catch {
        throw run.unmeasurable(job, error)
      }
    }
  }

  /// Room for bits, which are not kept.
  private mutating func reserveBits(_ words: Int) -> UnsafeMutablePointer<UInt64>? {
    if bits.count < words {
      bits.deallocate()
      bits = .allocate(capacity: words)
    }
    return bits.baseAddress
  }
}
