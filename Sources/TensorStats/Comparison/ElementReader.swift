import ModelFile

/// Reads any run of a plainly stored tensor's elements as numbers.
struct ElementReader {
  private let file: FileReader
  private let tensor: Tensor
  private let type: ElementType
  private let layout: BlockLayout
  private let byteOrder: ByteOrder
  /// The factor of all of I2_S, which stands behind its last block.
  private let scale: Float
  /// Bytes of the file, reused from read to read.
  private let raw: UnsafeMutableRawBufferPointer

  /// Elements that a reader can be asked for at once.
  static let mostElements = 1 << 17

  /// Whether float32 cannot hold the type's numbers.
  var isWide: Bool { type.isWide }

  /// Whether float64 cannot hold the type's numbers.
  var exceedsDouble: Bool { type == .i64 || type == .u64 }

  /// Prepares to read a tensor as elements of a type, mostly its own.
  ///
  /// - Parameter raw: belongs to the reader until it is done; ``rawByteCount(of:)`` bytes.
  init(
    _ tensor: Tensor, as type: ElementType, of model: Model, files: [FileReader?],
    raw: UnsafeMutableRawBufferPointer
  ) throws(ReadFailure) {
    guard let file = files[tensor.part] else { throw .notOpen }
    self.file = file
    self.tensor = tensor
    self.type = type
    layout = type.layout ?? BlockLayout(elements: 1, bytes: 1)
    byteOrder = model.parts[tensor.part].byteOrder
    self.raw = raw
    var scale: Float = 1
    if layout.tailBytes > 0 {
      let place = tensor.offset + tensor.byteCount - layout.tailBytes
      let tail = try ReadFailure.wrapping { () throws(FileError) in
        try file.bytes(at: place, count: tensor.byteCount - (place - tensor.offset))
      }
      scale = tail.withUnsafeBytes { $0.count < 4 ? 1 : $0.loadUnaligned(as: Float.self) }
    }
    self.scale = scale
  }

  /// The bytes that reading a type takes at most.
  static func rawByteCount(of type: ElementType) -> Int {
    guard let layout = type.layout else { return 0 }
    return (mostElements / layout.elements + 2) * layout.bytes
  }

  /// Reads elements as float32.
  func read(
    _ range: Range<Int>, into floats: UnsafeMutableBufferPointer<Float>
  ) throws(ReadFailure) {
    try load(range)
    decode(range, of: range, into: floats)
  }

  /// Brings in the bytes of elements, to be decoded part by part.
  func load(_ range: Range<Int>) throws(ReadFailure) {
    try fill(blocks(range))
  }

  /// Decodes some of the elements that were loaded last.
  func decode(
    _ part: Range<Int>, of loaded: Range<Int>, into floats: UnsafeMutableBufferPointer<Float>
  ) {
    let blocks = self.blocks(part)
    let start = (blocks.lowerBound - self.blocks(loaded).lowerBound) * layout.bytes
    let bytes = UnsafeRawBufferPointer(rebasing: raw[start..<start + blocks.count * layout.bytes])
    let lead = part.lowerBound - blocks.lowerBound * layout.elements
    let capacity = blocks.count * layout.elements
    if lead == 0, capacity == part.count {
      type.decodeBlocks(bytes, into: floats, byteOrder: byteOrder, scale: scale)
      return
    }
    // A run that begins or ends inside a block is cut out of whole ones.
    withUnsafeTemporaryAllocation(of: Float.self, capacity: capacity) { whole in
      type.decodeBlocks(bytes, into: whole, byteOrder: byteOrder, scale: scale)
      for index in 0..<part.count { floats[index] = whole[lead + index] }
    }
  }

  /// The blocks that elements lie in.
  private func blocks(_ range: Range<Int>) -> Range<Int> {
    range.lowerBound / layout.elements..<(range.upperBound + layout.elements - 1) / layout.elements
  }

  /// Reads elements of any plain type as float64.
  ///
  /// - Parameter rests: gets what is left of integers that float64 rounds.
  func read(
    _ range: Range<Int>, into doubles: UnsafeMutableBufferPointer<Double>,
    rests: UnsafeMutableBufferPointer<Int64>? = nil
  ) throws(ReadFailure) {
    rests?.update(repeating: 0)
    guard isWide else {
      var result: Result<Void, ReadFailure> = .success(())
      withUnsafeTemporaryAllocation(of: Float.self, capacity: range.count) { floats in
        do throws(ReadFailure) {
          try read(range, into: floats)
          for index in 0..<range.count { doubles[index] = Double(floats[index]) }
        } catch {
          result = .failure(error)
        }
      }
      return try result.get()
    }
    try fill(range)
    let isSwapped = byteOrder == .big
    func convert<Word: FixedWidthInteger & BitwiseCopyable>(_ number: (Word) -> Double) {
      for index in 0..<range.count {
        let stored = raw.loadUnaligned(
          fromByteOffset: index * MemoryLayout<Word>.size, as: Word.self)
        let word = isSwapped ? stored.byteSwapped : stored
        doubles[index] = number(word)
        guard let rests, exceedsDouble else { continue }
        // A double of 2⁶³ or 2⁶⁴ is no number of the type, but the difference fits where it wraps.
        let rounded = Word(exactly: doubles[index]) ?? (Word.isSigned ? .min : 0)
        rests[index] = Int64(truncatingIfNeeded: word &- rounded)
      }
    }
    switch type {
    case .f64: convert { Double(bitPattern: $0) }
    case .i64: convert { (word: Int64) in Double(word) }
    case .u64: convert { (word: UInt64) in Double(word) }
    case .i32: convert { (word: Int32) in Double(word) }
    case .u32: convert { (word: UInt32) in Double(word) }
    default: break
    }
  }

  /// Brings in whole blocks.
  private func fill(_ blocks: Range<Int>) throws(ReadFailure) {
    let count = blocks.count * layout.bytes
    let target = UnsafeMutableRawBufferPointer(rebasing: raw[..<count])
    let read = try ReadFailure.wrapping { () throws(FileError) in
      try file.read(into: target, at: tensor.offset + blocks.lowerBound * layout.bytes)
    }
    guard read == count else { throw .endedEarly }
  }
}

extension ElementType {
  /// Whether float32 cannot hold every number of the type.
  var isWide: Bool {
    switch self {
    case .f64, .i32, .u32, .i64, .u64: true
    default: false
    }
  }
}
