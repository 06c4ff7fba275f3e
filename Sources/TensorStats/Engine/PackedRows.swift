import ModelFile

/// Decodes rows of packed weights and has them measured.
struct PackedRows: ~Copyable {
  /// Decodes the weights of the current tensor.
  var reader: PackedReader?

  private var weights = UnsafeMutableBufferPointer<Float>.allocate(capacity: 0)
  private var codes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 0)

  deinit {
    weights.deallocate()
    codes.deallocate()
  }

  /// Measures whole rows.
  ///
  /// - Parameters:
  ///   - elements: from the beginning of a row to the end of one.
  ///   - bits: receives a bit for each element, set for zeros.
  /// - Throws: where the weights cannot be decoded.
  mutating func measure(
    _ elements: Range<Int>, of job: ScanJob, _ meter: inout ChunkMeter,
    _ bits: UnsafeMutablePointer<UInt64>, _ run: ScanRun
  ) throws(DecodingError) {
    // No copy of the reader is kept here, as what it caches would be copied with each read.
    guard let columns = reader?.columns, let step = reader?.preferredRowCount else { return }
    let codeCount = reader?.codeCount
    let rows = elements.lowerBound / columns..<elements.upperBound / columns
    // Up to 63 weights wait for the next rows, as a word of bits holds 64.
    reserve(step * columns + 64)
    guard let weightStart = weights.baseAddress, let codeStart = codes.baseAddress else { return }
    var waiting = 0
    var measured = 0
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
      if run.isCancelled { return }
      let taken = first..<min(first + step, rows.upperBound)
      let count = taken.count * columns
      try reader?.read(
        rows: taken, into: UnsafeMutableBufferPointer(rebasing: weights[waiting..<waiting + count]),
        codes: codeCount == nil
          ? nil : UnsafeMutableBufferPointer(rebasing: codes[waiting..<waiting + count]))
      run.note(bytes: job.byteCount(ofElements: count))
      let there = waiting + count
      let ready = taken.upperBound == rows.upperBound ? there : there / 64 * 64
      meter.measure(
        weights: weightStart, count: ready, codes: codeCount == nil ? nil : codeStart,
        codeCount: codeCount, bits: bits + measured / 64)
      measured += ready
      waiting = there - ready
      weightStart.update(from: weightStart + ready, count: waiting)
      codeStart.update(from: codeStart + ready, count: waiting)
    }
  }

  private mutating func reserve(_ count: Int) {
    guard weights.count < count else { return }
    weights.deallocate()
    codes.deallocate()
    weights = .allocate(capacity: count)
    codes = .allocate(capacity: count)
  }
}
