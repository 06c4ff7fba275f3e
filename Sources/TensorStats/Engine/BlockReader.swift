import ModelFile

/// Reads blocks of plain tensors: in place where the system has them in memory, else into a buffer.
struct BlockReader: ~Copyable {
  private let run: ScanRun
  private let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: Self.bufferBytes, alignment: 64)
  private var window = FileWindow()

  /// Bytes of one read: large enough for the system call not to matter, small enough for the second
  /// cache, where the values are then measured.
  private static let bufferBytes = 1 << 20

  /// Fewer bytes are copied sooner than they are mapped.
  private static let leastMappedBytes = 1 << 18

  init(_ run: ScanRun) {
    self.run = run
  }

  deinit {
    buffer.deallocate()
  }

  /// Reads and measures a run of elements, as much at a time as the buffer holds.
  ///
  /// - Throws: where there are fewer bytes than the header says, or they cannot be read.
  mutating func measure(
    _ elements: Range<Int>, of job: ScanJob, _ layout: BlockLayout, _ meter: inout ChunkMeter,
    _ bits: UnsafeMutablePointer<UInt64>
  ) throws(Unmeasurable) {
    let file = try run.file(job)
    let step = max(64, layout.elements)
    let chunk = Self.bufferBytes / (step / layout.elements * layout.bytes) * step
    var start = elements.lowerBound
    while start < elements.upperBound, !run.isCancelled {
      let count = min(chunk, elements.upperBound - start)
      let bytes = count / layout.elements * layout.bytes
      let offset = job.tensor.offset + start / layout.elements * layout.bytes
      let chunkBits = bits + (start - elements.lowerBound) / 64
      if let present = present(bytes, at: offset, of: job, in: file) {
        meter.measure(present, elements: count, bits: chunkBits)
        if window.hasFailed { throw lost(job, at: offset) }
        run.note(bytes: bytes)
      } else {
        let copy = UnsafeMutableRawBufferPointer(rebasing: buffer[..<bytes])
        try run.fill(copy, from: file, at: offset, of: job)
        if job.part.byteOrder == .big { swapWords(copy, job.type) }
        meter.measure(UnsafeRawBufferPointer(copy), elements: count, bits: chunkBits)
      }
      start += count
    }
  }

  /// Bytes in place; `nil` where they have to be copied, or where decoding takes so long that a copy in
  /// the cache is better.
  private mutating func present(
    _ count: Int, at offset: Int, of job: ScanJob, in file: FileReader
  ) -> UnsafeRawBufferPointer? {
    guard count >= Self.leastMappedBytes, job.kind != .decoded, job.part.byteOrder == .little,
      offset % (job.type?.wordBytes ?? 1) == 0
    else { return nil }
    return window.bytes(of: file, at: offset, count: count)
  }

  /// Why bytes that were there are gone.
  private func lost(_ job: ScanJob, at offset: Int) -> Unmeasurable {
    Unmeasurable(
      Problem(
        .changedWhileReading, "the file has become shorter than its header says",
        file: job.part.path, tensor: job.tensor.name, byteOffset: offset))
  }

  /// Numbers of 16 bits and more are stored in the file's byte order; blocks are swapped where they
  /// are decoded.
  private func swapWords(_ bytes: UnsafeMutableRawBufferPointer, _ type: ElementType?) {
    func swap<Word: FixedWidthInteger>(_ words: UnsafeMutableBufferPointer<Word>) {
      for i in words.indices { words[i] = words[i].byteSwapped }
    }
    switch type?.wordBytes {
    case 2: swap(bytes.bindMemory(to: UInt16.self))
    case 4: swap(bytes.bindMemory(to: UInt32.self))
    case 8: swap(bytes.bindMemory(to: UInt64.self))
    default: break
    }
  }
}
