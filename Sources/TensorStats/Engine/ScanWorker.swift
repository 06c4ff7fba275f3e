import ModelFile

/// One thread of a scan: takes pieces, reads and measures them, hands over what it found when it turns
/// to another tensor.
struct ScanWorker: ~Copyable {
  private let run: ScanRun
  private let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: Self.bufferBytes, alignment: 64)
  private var bits = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 1 << 14)
  private let tables = CounterTables()
  private var floats: [Float] = []
  private var codes: [UInt8] = []
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
      var meter = ChunkMeter(job, scale: (try? run.file(job)).flatMap { job.scale($0) } ?? 1, tables: tables)
      var zeroTotals = ZeroTotals()
      var pieces = 0
      var reader: PackedReader?
      if let packed = job.packed {
        do throws(Unmeasurable) {
          reader = try run.reader(packed, of: job)
        } catch {
          run.fail(index, error.problem)
        }
      }
      while let (next, number) = piece, next == index {
        if !run.hasFailed(index) {
          do throws(Unmeasurable) {
            if let sample = job.sample {
              try measure(job, sample, number, &reader, &meter)
            } else {
              try measure(job, number, &reader, &meter, &zeroTotals)
            }
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

  /// Measures the pages of a sample that make up a piece.
  private mutating func measure(
    _ job: ScanJob, _ sample: PageSample, _ number: Int, _ reader: inout PackedReader?,
    _ meter: inout ChunkMeter
  ) throws(Unmeasurable) {
    reserveBits((sample.pageElements + 63) / 64 + 1)
    guard let bitStart = bits.baseAddress else { return }
    for stratum in sample.strata(number) {
      if run.isCancelled { return }
      let zerosBefore = meter.totals.zeros
      let start = sample.page(stratum) * sample.pageElements
      let end = min(job.elementCount, start + sample.pageElements)
      if reader != nil {
        let columns = job.grid.columns
        try read(job, &reader, start / columns..<end / columns, &meter, bitStart)
      } else {
        try read(job, try run.file(job), start..<end, &meter, bitStart)
      }
      meter.endPage(zeros: meter.totals.zeros - zerosBefore)
    }
    meter.endPiece(number)
  }

  /// Measures a piece of the grid.
  private mutating func measure(
    _ job: ScanJob, _ number: Int, _ reader: inout PackedReader?, _ meter: inout ChunkMeter,
    _ zeroTotals: inout ZeroTotals
  ) throws(Unmeasurable) {
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
    if reader != nil {
      try read(job, &reader, rows, &meter, bitStart)
      if run.isCancelled { return }
    } else {
      let file = try run.file(job)
      for row in 0..<runs {
        let element = (rows.lowerBound + row) * grid.columns + columns.lowerBound
        try read(
          job, file, element..<(element + runLength), &meter, bitStart + row * runWords)
        if run.isCancelled { return }
      }
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

  /// Decodes rows of packed weights, so many at a time that their zeros fill whole words of bits.
  private mutating func read(
    _ job: ScanJob, _ packed: inout PackedReader?, _ rows: Range<Int>, _ meter: inout ChunkMeter,
    _ bits: UnsafeMutablePointer<UInt64>
  ) throws(Unmeasurable) {
    guard var reader = packed else { return }
    defer { packed = reader }
    let columns = job.grid.columns
    // So many rows fill whole words of bits.
    let unit = 64 >> min(6, columns.trailingZeroBitCount)
    let step = min(rows.count, (reader.preferredRowCount + unit - 1) / unit * unit)
    let size = step * columns
    if floats.count < size { floats = Array(repeating: 0, count: size) }
    if reader.codeCount != nil, codes.count < size { codes = Array(repeating: 0, count: size) }
    var row = rows.lowerBound
    while row < rows.upperBound, !run.isCancelled {
      let next = min(rows.upperBound, row + step)
      let count = (next - row) * columns
      let range = row..<next
      let word = bits + (row - rows.lowerBound) * columns / 64
      var failure: DecodingError?
      floats.withUnsafeMutableBufferPointer { floats in
        codes.withUnsafeMutableBufferPointer { codes in
          let codes = reader.codeCount == nil ? nil : codes
          do throws(DecodingError) {
            try reader.read(rows: range, into: floats, codes: codes)
          } catch {
            failure = error
            return
          }
          guard let values = floats.baseAddress else { return }
          meter.measure(
            decoded: values, count: count,
            codes: UnsafeBufferPointer(start: codes?.baseAddress, count: codes == nil ? 0 : count),
            codeCount: reader.codeCount ?? 0, bits: word)
        }
      }
      if let failure { throw run.unmeasurable(failure, of: job) }
      run.note(bytes: range.count * job.tensor.byteCount / max(1, job.grid.rows))
      row = next
    }
  }

  private mutating func reserveBits(_ words: Int) {
    guard bits.count < words else { return }
    bits.deallocate()
    bits = .allocate(capacity: words)
  }
}
