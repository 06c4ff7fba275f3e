import CKernels
import ModelFile

/// Measures runs of values and keeps what it found until it is collected.
///
/// Counters are tables that stay allocated from tensor to tensor; collecting clears them.
struct ChunkMeter: ~Copyable {
  /// What was found since the last collection, without what is in the tables.
  private(set) var totals = Totals()
  /// The zeros of the page before, if one of the same piece.
  private var lastPageZeros: Int?
  /// The moments of the current piece.
  private var moments = Moments()

  /// The type whose blocks are measured; of packed weights the carrier's, which is not asked for.
  private let type: ElementType
  private let kind: ValueKind
  private let byteOrder: ByteOrder
  /// The factor behind an I2_S tensor.
  private let scale: Float
  private let tables: CounterTables
  private let tile: UnsafeMutableBufferPointer<Float>
  private let codes: UnsafeMutableBufferPointer<UInt8>

  /// Values that are decoded at a time: they stay in the first cache.
  static let tileSize = 16384

  /// Of few values, the keys by which they were counted; `nil` of many.
  ///
  /// Looking at all counters would take longer than all else. Floats that end in 13 zero bits have keys
  /// of another table.
  private var keys: [UInt32]?
  private var narrowKeys: [UInt32]?

  /// So many values are few.
  private static let fewValues = 256

  /// Values whose mean is subtracted before squares are summed.
  ///
  /// With n values in a sum and m in the
  /// sample the relative error of the variance is at most about n/m roundings of a double.
  private static let shiftSample = 512

  init(_ job: borrowing ScanJob, scale: Float, tables: CounterTables) {
    type = job.type ?? job.tensor.type
    kind = job.kind
    byteOrder = job.part.byteOrder
    self.scale = scale
    self.tables = tables
    if job.elementCount <= Self.fewValues { (keys, narrowKeys) = ([], []) }
    tile = .allocate(capacity: kind == .decoded ? Self.tileSize : 0)
    codes = .allocate(capacity: kind == .codes8 ? Self.tileSize : 0)
  }

  deinit {
    tile.deallocate()
    codes.deallocate()
  }

  /// Measures the next bytes of a piece, whole blocks.
  ///
  /// - Parameters:
  ///   - bytes: numbers of 16 bits and more in the order of this machine, and aligned.
  ///   - elements: how many elements they hold.
  ///   - bits: receives a bit for each element, set for zeros.
  mutating func measure(
    _ bytes: UnsafeRawBufferPointer, elements: Int, bits: UnsafeMutablePointer<UInt64>
  ) {
    guard let start = bytes.baseAddress, elements > 0 else { return }
    totals.count += elements
    switch kind {
    case .codes8: measureCodes8(bytes, elements, bits)
    case .codes16: measureCodes16(start.assumingMemoryBound(to: UInt16.self), elements, bits)
    case .float32: measureFloats(start.assumingMemoryBound(to: Float.self), elements, bits)
    case .float64: measureDoubles(start.assumingMemoryBound(to: Double.self), elements, bits)
    case .int32: measureIntegers(start.assumingMemoryBound(to: Int32.self), elements, bits)
    case .uint32: measureIntegers(start.assumingMemoryBound(to: UInt32.self), elements, bits)
    case .int64: measureIntegers(start.assumingMemoryBound(to: Int64.self), elements, bits)
    case .uint64: measureIntegers(start.assumingMemoryBound(to: UInt64.self), elements, bits)
    case .complex: measureComplex(start.assumingMemoryBound(to: Float.self), elements)
    case .decoded: measureBlocks(bytes, elements, bits)
    }
  }

  /// Measures decoded weights of a piece.
  ///
  /// - Parameters:
  ///   - codes: the codes that they were decoded from, of `codeCount` different ones.
  ///   - bits: as for bytes.
  mutating func measure(
    weights: UnsafePointer<Float>, count: Int, codes: UnsafePointer<UInt8>?, codeCount: Int?,
    bits: UnsafeMutablePointer<UInt64>
  ) {
    guard count > 0 else { return }
    totals.count += count
    if let codes, let codeCount {
      totals.codeCount = codeCount
      count_8(codes, count, tables.table8())
      if codeCount <= 16 {
        if totals.nearCodes.isEmpty { totals.nearCodes = [0, 0, 0] }
        count_near_codes(weights, count, &totals.nearCodes)
      }
    }
    let shift = mean_f32(weights, min(count, Self.shiftSample))
    var found = f32_totals.empty
    measure_f32(weights, count, shift, 0, 1, tables.float32(), bits, &found)
    noteKeys(weights, count)
    add(found, count, shift)
  }

  /// Ends a page of a sample.
  mutating func endPage(zeros: Int) {
    totals.pages += 1
    if let last = lastPageZeros {
      totals.pageSteps += 1
      totals.squaredPageSteps += Int128(zeros - last) * Int128(zeros - last)
    }
    lastPageZeros = zeros
  }

  /// Ends a piece.
  mutating func endPiece(_ index: Int) {
    if moments.count > 0 { totals.moments.append((index, moments)) }
    moments = Moments()
    lastPageZeros = nil
  }

  /// Hands over what was found and starts anew.
  mutating func collect() -> Totals {
    var result = totals
    totals = Totals()
    result.values = tables.collect(kind, keys)
    result.narrow = tables.collect19(narrowKeys)
    if result.codeCount != nil { result.codes = tables.collect(.codes8, nil) }
    keys?.removeAll(keepingCapacity: true)
    narrowKeys?.removeAll(keepingCapacity: true)
    return result
  }

  /// Notes the bins of floats.
  private mutating func noteKeys(_ values: UnsafePointer<Float>, _ count: Int) {
    guard keys != nil else { return }
    for index in 0..<count { keys?.append(values[index].bitPattern >> 16) }
  }

  private var zeroMask: UInt64 { type.zeroMask ?? 0 }

  /// Whether values come again and again, as zeros do, from the first few of a run.
  ///
  /// It decides how they are counted and in which order they are summed, so it must follow from the
  /// run alone and not from what else this worker has seen.
  private func areRepeating<Pattern: FixedWidthInteger>(
    _ patterns: UnsafePointer<Pattern>, _ count: Int
  ) -> Bool {
    var repeats = 0
    for index in 1..<max(1, min(count, Self.shiftSample))
    where patterns[index] == patterns[index - 1] || patterns[index] == 0 {
      repeats += 1
    }
    return repeats > Self.shiftSample / 16
  }

  private mutating func measureCodes8(
    _ bytes: UnsafeRawBufferPointer, _ elements: Int, _ bits: UnsafeMutablePointer<UInt64>
  ) {
    guard let layout = type.layout, let start = bytes.baseAddress, let unpacked = codes.baseAddress
    else { return }
    if layout.elements == 1 {
      return countCodes(start.assumingMemoryBound(to: UInt8.self), elements, bits)
    }
    for first in stride(from: 0, to: elements, by: Self.tileSize) {
      let count = min(Self.tileSize, elements - first)
      let part = UnsafeRawBufferPointer(
        start: start + first / layout.elements * layout.bytes,
        count: count / layout.elements * layout.bytes)
      type.unpackCodes(part, into: codes)
      countCodes(unpacked, count, bits + first / 64)
    }
  }

  /// Where there are few zeros most tiles have none, as the table tells, and need not be looked at
  /// again.
  private mutating func measureCodes16(
    _ values: UnsafePointer<UInt16>, _ elements: Int, _ bits: UnsafeMutablePointer<UInt64>
  ) {
    let repeats = areRepeating(values, elements)
    keys?.append(contentsOf: (0..<elements).lazy.map { UInt32(values[$0]) })
    var zerosBefore = tables.zeros16(zeroMask)
    for first in stride(from: 0, to: elements, by: Self.tileSize) {
      let count = min(Self.tileSize, elements - first)
      count_16(values + first, count, repeats ? 1 : 0, tables.table16(repeats: repeats))
      let zeros = tables.zeros16(zeroMask)
      let tileBits = bits + first / 64
      if zeros == zerosBefore {
        tileBits.update(repeating: 0, count: (count + 63) / 64)
      } else {
        totals.zeros += zero_bits_16(
          values + first, count, UInt16(truncatingIfNeeded: zeroMask), tileBits)
      }
      zerosBefore = zeros
    }
  }

  private mutating func countCodes(
    _ values: UnsafePointer<UInt8>, _ count: Int, _ bits: UnsafeMutablePointer<UInt64>
  ) {
    count_8(values, count, tables.table8())
    guard let mask = type.zeroMask else {
      return bits.update(repeating: 0, count: (count + 63) / 64)
    }
    totals.zeros += zero_bits_8(values, count, UInt8(truncatingIfNeeded: mask), bits)
  }

  private mutating func measureFloats(
    _ values: UnsafePointer<Float>, _ count: Int, _ bits: UnsafeMutablePointer<UInt64>
  ) {
    let patterns = UnsafeRawPointer(values).assumingMemoryBound(to: UInt32.self)
    if all_end_in_13_zeros(patterns, count) != 0 {
      let zeros = zero_bits_32(patterns, count, 0x7FFF_FFFF, bits)
      totals.zeros += zeros
      count_19(patterns, count, tables.table19())
      narrowKeys?.append(contentsOf: (0..<count).lazy.map { patterns[$0] >> 13 })
      return
    }
    let shift = mean_f32(values, min(count, Self.shiftSample))
    var found = f32_totals.empty
    let repeats = areRepeating(patterns, count)
    measure_f32(values, count, shift, 1, repeats ? 1 : 0, tables.float32(), bits, &found)
    noteKeys(values, count)
    add(found, count, shift)
    totals.lossless.add(found)
    totals.lossless.eligible +=
      count - Int(found.zeros) - Int(found.nans) - Int(found.infinities)
    var index = 0
    while index < count, !totals.lossless.patterns.isFull {
      let value = values[index]
      if value.isFinite, value != 0 { totals.lossless.patterns.insert(UInt64(value.bitPattern)) }
      index += 1
    }
  }

  private mutating func measureBlocks(
    _ bytes: UnsafeRawBufferPointer, _ elements: Int, _ bits: UnsafeMutablePointer<UInt64>
  ) {
    guard let layout = type.layout, let values = tile.baseAddress else { return }
    if type == .q8_0 { countBlockCodes(bytes, layout) }
    var found = f32_totals.empty
    var shift = 0.0
    for first in stride(from: 0, to: elements, by: Self.tileSize) {
      let count = min(Self.tileSize, elements - first)
      let part = UnsafeRawBufferPointer(
        rebasing: bytes[(first / layout.elements * layout.bytes)...])
      type.decodeBlocks(
        part, into: UnsafeMutableBufferPointer(rebasing: tile[..<count]), byteOrder: byteOrder,
        scale: scale)
      countNearCodes(part, values, count / layout.elements, layout)
      if first == 0 { shift = mean_f32(values, min(count, Self.shiftSample)) }
      measure_f32(values, count, shift, 0, 1, tables.float32(), bits + first / 64, &found)
      noteKeys(values, count)
    }
    add(found, elements, shift)
  }

  /// Counts the different codes in blocks of Q8_0.
  private mutating func countBlockCodes(_ bytes: UnsafeRawBufferPointer, _ layout: BlockLayout) {
    if totals.blockCodes.isEmpty {
      totals.blockCodes = Array(repeating: 0, count: layout.elements + 1)
      totals.nearCodes = [0, 0, 0]
    }
    guard let blocks = bytes.assumingMemoryBound(to: UInt8.self).baseAddress else { return }
    count_block_codes(
      blocks, bytes.count / layout.bytes, &totals.blockCodes, &totals.nearCodes)
  }

  /// Counts codes near zero, and how many of all are used, in some blocks of types whose steps are
  /// easily found: Q4_0, Q5_0 and Q8_0 begin with it; Q6_K ends with a scale behind 16 multiples, one
  /// for each 16 weights (ggml/src/ggml-common.h).
  private mutating func countNearCodes(
    _ bytes: UnsafeRawBufferPointer, _ values: UnsafePointer<Float>, _ blocks: Int,
    _ layout: BlockLayout
  ) {
    guard byteOrder == .little, [.q4_0, .q5_0, .q6K, .q8_0].contains(type) else { return }
    let group = type == .q6K ? 16 : layout.elements
    if totals.nearCodes.isEmpty { totals.nearCodes = [0, 0, 0] }
    if totals.codeUse.isEmpty { totals.codeUse = [0, 0] }
    for block in stride(from: 0, to: blocks, by: type == .q8_0 ? 64 : 16) {
      let start = block * layout.bytes
      let place = type == .q6K ? start + layout.bytes - 2 : start
      let scale = decode_one_f16(bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self))
      for first in stride(from: 0, to: layout.elements, by: group) {
        var step = scale
        if type == .q6K {
          let multiple = place - (layout.elements - first) / group
          step *= Float(bytes.loadUnaligned(fromByteOffset: multiple, as: Int8.self))
        }
        guard step != 0, step.isFinite else { continue }
        let start = values + block * layout.elements + first
        if type != .q8_0 { count_near_zero(start, group, step, &totals.nearCodes) }
        // Codes of 4 bits are too few to leave any out.
        if type != .q4_0, block.isMultiple(of: 64) {
          count_code_use(start, group, step, &totals.codeUse)
        }
      }
    }
  }

  private mutating func add(_ found: f32_totals, _ count: Int, _ shift: Double) {
    totals.zeros += Int(found.zeros)
    totals.nans += Int(found.nans)
    totals.infinities += Int(found.infinities)
    totals.minimum = min(totals.minimum, Double(found.minimum))
    totals.maximum = max(totals.maximum, Double(found.maximum))
    let finite = count - Int(found.nans) - Int(found.infinities)
    moments.merge(
      Moments(count: finite, shift: shift, sum: found.sum, squares: found.squares))
  }

  private mutating func measureDoubles(
    _ values: UnsafePointer<Double>, _ count: Int, _ bits: UnsafeMutablePointer<UInt64>
  ) {
    let bins = tables.float64()
    moments.merge(Moments(of: UnsafeBufferPointer(start: values, count: count)))
    for index in 0..<count {
      let value = values[index]
      let bin = FloatBins.bin64(value)
      bins[bin] += 1
      keys?.append(UInt32(bin))
      if value.isFinite {
        totals.minimum = min(totals.minimum, value)
        totals.maximum = max(totals.maximum, value)
        totals.lossless.add(value)
      } else if value.isNaN {
        totals.nans += 1
      } else {
        totals.infinities += 1
      }
    }
    totals.zeros += values.withMemoryRebound(to: UInt64.self, capacity: count) {
      zero_bits_64($0, count, 0x7FFF_FFFF_FFFF_FFFF, bits)
    }
  }

  @inline(__always)
  private mutating func measureIntegers<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ values: UnsafePointer<Integer>, _ count: Int, _ bits: UnsafeMutablePointer<UInt64>
  ) {
    let bins = tables.float32()
    var least = values[0]
    var greatest = values[0]
    let shift = Double(values[0])
    var sum = 0.0
    var squares = 0.0
    for index in 0..<count {
      let value = values[index]
      least = min(least, value)
      greatest = max(greatest, value)
      let number = Double(value)
      let bin = FloatBins.bin(ofInteger: value)
      bins[bin] += 1
      keys?.append(UInt32(bin))
      let distance = number - shift
      sum += distance
      squares += distance * distance
    }
    totals.least = min(totals.least, Int128(least))
    totals.greatest = max(totals.greatest, Int128(greatest))
    moments.merge(Moments(count: count, shift: shift, sum: sum, squares: squares))
    let raw = UnsafeRawPointer(values)
    totals.zeros +=
      Integer.bitWidth == 32
      ? zero_bits_32(raw.assumingMemoryBound(to: UInt32.self), count, ~0, bits)
      : zero_bits_64(raw.assumingMemoryBound(to: UInt64.self), count, ~0, bits)
  }

  /// Pairs of a real and an imaginary part.
  private mutating func measureComplex(_ parts: UnsafePointer<Float>, _ count: Int) {
    for index in 0..<count {
      let (real, imaginary) = (parts[2 * index], parts[2 * index + 1])
      if real == 0 && imaginary == 0 {
        totals.zeros += 1
      } else if real.isNaN || imaginary.isNaN {
        totals.nans += 1
      } else if real.isInfinite || imaginary.isInfinite {
        totals.infinities += 1
      }
    }
  }
}
