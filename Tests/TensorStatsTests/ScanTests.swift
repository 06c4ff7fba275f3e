import Foundation
import ModelFile
import Synchronization
import TestSupport
import Testing

@testable import TensorStats

@Suite struct ScanTests {
  private static let measured = ElementType.decodable.filter { $0 != .c64 }

  /// Bytes that hold the special values of a type among random ones.
  private static func bytes(
    _ type: ElementType, elements: Int, _ random: inout SeededGenerator
  ) -> [UInt8] {
    let layout = type.layout ?? BlockLayout(elements: 1, bytes: 1)
    var bytes = random.manyBytes(elements / layout.elements * layout.bytes)
    let specials: [UInt64] =
      switch type {
      case .f64: [0, 1 << 63, 1, 0x7FF0 << 48, 0xFFF0 << 48, 0x7FF8 << 48, 0x3FF0 << 48]
      case .f32: [0, 1 << 31, 1, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0x3F80_0000]
      case .f16: [0, 0x8000, 1, 0x7C00, 0xFC00, 0x7E00, 0x3C00]
      case .bf16: [0, 0x8000, 1, 0x7F80, 0xFF80, 0x7FC0, 0x3F80]
      default: [0]
      }
    guard layout.elements == 1 else { return bytes }
    for place in stride(from: 0, to: elements, by: 7) {
      let special = specials[Int.random(in: 0..<specials.count, using: &random)]
      for byte in 0..<layout.bytes {
        bytes[place * layout.bytes + byte] = UInt8(truncatingIfNeeded: special >> (8 * byte))
      }
    }
    return bytes
  }

  private func compare(
    _ measurement: TensorStats.Measurement, _ type: ElementType, _ bytes: [UInt8],
    _ comment: Comment
  ) {
    let oracle = ScanOracle(type, bytes)
    #expect(measurement.count == oracle.count, comment)
    #expect(measurement.zeros == oracle.zeros, comment)
    #expect(measurement.nans == oracle.nans, comment)
    #expect(measurement.infinities == oracle.infinities, comment)
    #expect(measurement.coverage == 1, comment)
    guard let least = oracle.sorted.first, let greatest = oracle.sorted.last else {
      #expect(measurement.minimum == nil && measurement.quantiles == nil, comment)
      return
    }
    #expect(measurement.minimum?.double == least, comment)
    #expect(measurement.maximum?.double == greatest, comment)
    let deviation = oracle.deviation
    #expect(
      abs((measurement.mean ?? .nan) / 2 - oracle.mean / 2)
        <= 1e-6 * abs(oracle.mean) + 1e-10 * deviation, comment)
    #expect(
      abs((measurement.standardDeviation ?? .nan) - deviation) <= 1e-6 * deviation, comment)
    let isNarrow = (type.layout?.bitsPerElement ?? 64) <= 16 && type.family != .block
    for (share, value) in zip(
      TensorStats.Measurement.quantileShares, measurement.quantiles ?? [])
    {
      let wanted = oracle.quantile(Int((share * 100).rounded()))
      #expect(abs(value - wanted) <= (isNarrow ? 0 : abs(wanted) / 256), comment)
    }
    #expect(measurement.quantiles?.count == 7, comment)
    if isNarrow {
      #expect(measurement.distinct == oracle.distinct, comment)
    } else {
      #expect(measurement.distinct == nil, comment)
    }
    // All of a bin may lie at one of its ends.
    let limit = 0.05 * deviation
    let unsure = isNarrow ? 0 : oracle.sorted.count { abs($0.magnitude / limit - 1) < 1 / 127 }
    let nearZeros = oracle.sorted.count { $0.magnitude < limit }
    #expect(abs((measurement.nearZeros ?? -1) - nearZeros) <= unsure, comment)
    let finite = oracle.sorted.count
    #expect(measurement.linearHistogram?.counts.reduce(0, +) == finite, comment)
    if oracle.zeros < finite {
      #expect(
        measurement.magnitudeHistogram?.counts.reduce(0, +) == finite - oracle.zeros, comment)
    }
    if isNarrow, finite <= 130, let histogram = measurement.linearHistogram {
      for bin in histogram.counts.indices {
        let isLast = bin == histogram.counts.count - 1
        let inBin = oracle.sorted.filter {
          $0 >= histogram.edges[bin]
            && (isLast ? $0 <= histogram.edges[bin + 1] : $0 < histogram.edges[bin + 1])
        }
        #expect(histogram.counts[bin] == inBin.count, comment)
      }
    }
  }

  @Test(arguments: measured) func agreesWithTheDefinitionsAtEveryLength(type: ElementType) throws {
    var random = SeededGenerator(state: 11)
    let unit = type.layout?.elements ?? 1
    let lengths =
      unit == 1 ? Array(1...66) + [127, 128, 129, 130, 1023, 1025] : Array(1...9) + [17]
    var tensors = lengths.map { length in
      (
        type: type, shape: [length * unit],
        bytes: Self.bytes(type, elements: length * unit, &random)
      )
    }
    if type == .i2S {
      for index in tensors.indices {
        tensors[index].bytes += [0, 0, 0x80, 0x3F] + Array(repeating: 0, count: 28)
      }
    }
    let fixture = try ScanFixture(tensors)
    let results = fixture.scan()
    for (index, tensor) in tensors.enumerated() {
      let measurement = try #require(results.measured[index])
      let body = type == .i2S ? Array(tensor.bytes.dropLast(32)) : tensor.bytes
      compare(measurement, type, body, "\(type.name) of \(tensor.shape)")
    }
  }

  private static let inPlace: [ElementType] = [.f32, .bf16, .f16, .i32, .f64]

  @Test(arguments: inPlace)
  func measuresTheSameInPlaceAndFromACopy(_ type: ElementType) throws {
    var random = SeededGenerator(state: 5)
    let bytes = Self.bytes(type, elements: 400_000, &random)
    let aligned = try ScanFixture([(type, [400, 1000], bytes)]).scan()
    // What does not begin at a multiple of its size is copied.
    let copied = try ScanFixture([(.u8, [1], [7]), (type, [400, 1000], bytes)]).scan()
    #expect(aligned.measured[0] != nil && aligned.measured[0] == copied.measured[1])
  }

  @Test func keepsItsPrecisionWithOffsetsAndExtremes() throws {
    var random = SeededGenerator(state: 5)
    func normal() -> Double {
      (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
    }
    let offset = (0..<20_000).flatMap { _ in littleEndian(Float(1e4 + normal()).bitPattern) }
    let huge = (0..<999).flatMap { _ in littleEndian(Float(normal() * 1e37).bitPattern) }
    let fine = (0..<20_000).flatMap { _ in littleEndian((1 + 1e-12 * normal()).bitPattern) }
    let vast = (0..<999).flatMap { _ in littleEndian((normal() * 2e307).bitPattern) }
    let tiny = (0..<999).flatMap { _ in littleEndian((normal() * 0x1p-1030).bitPattern) }
    let small = (0..<5000).flatMap { _ in
      littleEndian(UInt32.random(in: 0..<0x80_0000, using: &random))
    }
    let wide = random.bytes(8 * 999)
    let tensors: [(type: ElementType, shape: [Int], bytes: [UInt8])] = [
      (.f32, [20_000], offset), (.f32, [999], huge), (.f64, [20_000], fine), (.f64, [999], vast),
      (.f64, [999], tiny), (.f32, [5000], small), (.i64, [999], wide), (.u64, [999], wide),
    ]
    let results = try ScanFixture(tensors).scan()
    for (index, tensor) in tensors.enumerated() {
      compare(
        try #require(results.measured[index]), tensor.type, tensor.bytes, "\(tensor.type) \(index)")
    }
  }

  @Test func countsValuesNearZeroWithinABin() throws {
    var random = SeededGenerator(state: 21)
    func normal() -> Double {
      (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
    }
    let values = (0..<100_000).map { _ in normal() }
    let whole = values.map { Int64(100_000 * $0) }
    let floats = values.flatMap { littleEndian(Float($0).bitPattern) }
    let doubles = values.flatMap { littleEndian($0.bitPattern) }
    let tiny = values.flatMap { littleEndian(($0 * 0x1p-1060).bitPattern) }
    let tensors: [(type: ElementType, shape: [Int], bytes: [UInt8])] = [
      (.f32, [100_000], floats), (.f64, [100_000], doubles), (.f64, [100_000], tiny),
      (.i64, [100_000], whole.flatMap { littleEndian($0) }),
      (.i32, [100_000], whole.flatMap { littleEndian(Int32($0)) }),
    ]
    let results = try ScanFixture(tensors).scan()
    for (index, tensor) in tensors.enumerated() {
      let oracle = ScanOracle(tensor.type, tensor.bytes)
      let limit = 0.05 * oracle.deviation
      let wanted = oracle.sorted.count { $0.magnitude < limit }
      let found = try #require(results.measured[index]?.nearZeros)
      #expect(abs(found - wanted) <= 10, "\(tensor.type.name): \(found), not \(wanted)")
    }
  }

  @Test func countsWholeNumbersBelowAPowerOfTwoAsSuch() throws {
    let values: [UInt64] = [1 << 53, 1 << 54 - 1, 1 << 54, 1 << 63 - 1, 1 << 63, .max]
    let results = try ScanFixture([(.u64, [6], values.flatMap { littleEndian($0) })]).scan()
    let histogram = try #require(results.measured[0]?.magnitudeHistogram)
    #expect(histogram.edges.first == 0x1p53)
    #expect(histogram.counts == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 2])
  }

  @Test func givesIntegersExactly() throws {
    let least = littleEndian(Int64.min) + littleEndian(Int64.max) + littleEndian(Int64(-1))
    let results = try ScanFixture([(.i64, [3], least), (.u64, [3], least)]).scan()
    #expect(results.measured[0]?.minimum == .integer(Int128(Int64.min)))
    #expect(results.measured[0]?.maximum == .integer(Int128(Int64.max)))
    #expect(results.measured[1]?.minimum == .integer(Int128(Int64.max)))
    #expect(results.measured[1]?.maximum == .integer(Int128(UInt64.max)))
  }

  @Test func looksAtComplexNumbersByTheirParts() throws {
    let parts: [Float] = [0, -0.0, .nan, .infinity, .infinity, 1, 2, 0]
    let bytes = parts.flatMap { littleEndian($0.bitPattern) }
    let results = try ScanFixture([(.c64, [2, 2], bytes)]).scan()
    let measurement = try #require(results.measured[0])
    #expect(measurement.count == 4)
    #expect(measurement.zeros == 1)
    #expect(measurement.nans == 1)
    #expect(measurement.infinities == 1)
    #expect(measurement.minimum == nil && measurement.zeroRows == nil)
  }

  @Test func isTheSameForAnyNumberOfWorkers() throws {
    var random = SeededGenerator(state: 3)
    let elements = 5 << 18
    var bytes = random.manyBytes(4 * elements)
    for place in stride(from: 0, to: elements, by: 3) {
      bytes.replaceSubrange(4 * place..<4 * place + 4, with: [0, 0, 0, 0])
    }
    let tensors: [(type: ElementType, shape: [Int], bytes: [UInt8])] =
      [(.f32, [1280, 1 << 10], bytes), (.bf16, [2560, 1 << 10], bytes)]
      + (0..<50).map { (.f32, [$0, 2], Array(bytes[..<(8 * $0)])) }
    let fixture = try ScanFixture(tensors)
    let one = fixture.scan(workers: 1)
    #expect(one.measured.count == tensors.count)
    for workers in [2, 3, 8] {
      let isEqual = fixture.scan(workers: workers).measured == one.measured
      #expect(isEqual, "\(workers) workers")
    }
  }

  @Test func measuresWhatIsStoredInBigEndianOrder() throws {
    let values: [Float] = [1, -2, 0, 3.5, -0.0]
    let fixture = try ScanFixture([
      (.f32, [5], values.flatMap { littleEndian($0.bitPattern.byteSwapped) }),
      (.f16, [2], [0x3C, 0x00, 0x00, 0x01]),
    ])
    var model = fixture.model
    model.parts[0].byteOrder = .big
    let results = Mutex<[Int: TensorStats.Measurement]>([:])
    Scan(model: model, readings: fixture.readings, mode: .exact, workers: 1).run { event in
      if case .measured(let index, let measurement) = event {
        results.withLock { $0[index] = measurement }
      }
    }
    let measured = results.withLock { $0 }
    #expect(measured[0]?.minimum == .real(-2))
    #expect(measured[0]?.maximum == .real(3.5))
    #expect(measured[0]?.zeros == 2)
    #expect(measured[1]?.minimum == .real(0x1p-24))
    #expect(measured[1]?.maximum == .real(1))
  }

  @Test func measuresNothingOfEmptyTensors() throws {
    let results = try ScanFixture([
      (.f32, [0], []), (.q4_0, [3, 0], []), (.f32, [1], [0, 0, 0, 0]),
    ])
    .scan()
    #expect(results.measured[0] == TensorStats.Measurement())
    #expect(results.measured[1]?.count == 0)
    #expect(results.measured[2]?.zeros == 1)
  }

  @Test func tellsWhatNarrowerTypesHold() throws {
    let values: [Float] = [
      1, 1.5, 1.0078125, 1.0009765625, 65504, 65520, 0x1p-24, 0x1p-25, 0, .nan,
    ]
    let bytes = values.flatMap { littleEndian($0.bitPattern) }
    let results = try ScanFixture([(.f32, [10], bytes)]).scan()
    let lossless = try #require(results.measured[0]?.lossless)
    #expect(lossless.eligible == 8)
    #expect(lossless.float32 == 8)
    // All but 1 + 2⁻¹⁰, 65504 and 65520.
    #expect(lossless.bfloat16 == 5)
    // All but 65520 and 2⁻²⁵.
    #expect(lossless.float16 == 6)
    #expect(lossless.f8e4m3 == 2)
    #expect(lossless.f8e5m2 == 2)
    #expect(lossless.trailingZeros.reduce(0, +) == 8)
    #expect(lossless.trailingZeros[23] == 3)
    #expect(lossless.distinctAtLeast == 8)
  }

  @Test func measuresFloatsThatWereWidenedByPattern() throws {
    var random = SeededGenerator(state: 19)
    let specials: [Float] = [0, -0.0, .nan, .infinity, 0x1p-133, -0x1p-24, 65504]
    // A piece of widened BF16, one of widened F16 and one of floats that use all their bits.
    var values: [Float] = []
    for index in 0..<600_000 {
      let bits = UInt32(truncatingIfNeeded: random.next())
      if index % 1000 == 0 {
        values.append(specials[index / 1000 % specials.count])
      } else if index < 262_144 {
        values.append(Float(bitPattern: bits & 0xBFFF_0000))
      } else if index < 524_288 {
        values.append(Float(ReferenceBlock.f16(Int(bits & 0xBFFF))))
      } else {
        values.append(Float(bitPattern: bits & 0xBFFF_FFFF))
      }
    }
    let bytes = values.withUnsafeBytes { Array($0) }
    let results = try ScanFixture([(.f32, [600_000], bytes)]).scan()
    let measurement = try #require(results.measured[0])
    compare(measurement, .f32, bytes, "widened")
    let lossless = try #require(measurement.lossless)
    let eligible = values.filter { $0.isFinite && $0 != 0 }.map { Double($0) }
    #expect(lossless.eligible == eligible.count)
    #expect(lossless.bfloat16 == eligible.count { FloatFormat.bfloat16.holds($0) })
    #expect(lossless.float16 == eligible.count { FloatFormat.float16.holds($0) })
    #expect(lossless.f8e4m3 == eligible.count { FloatFormat.f8e4m3.holds($0) })
    #expect(lossless.trailingZeros.reduce(0, +) == eligible.count)
    let sixteen = eligible.count { Float($0).bitPattern.trailingZeroBitCount == 16 }
    #expect(lossless.trailingZeros[16] == sixteen)
    #expect(lossless.distinctAtLeast == 256)
  }

  @Test func countsCodesNearZeroInBlocks() throws {
    // Sixteen zeros, eight of 1, four of −1 and four of 2; the scale is 1.
    let codes =
      [UInt8](repeating: 8, count: 16) + [9, 9, 9, 9, 9, 9, 9, 9, 7, 7, 7, 7, 10, 10, 10, 10]
    let block = [0x00, 0x3C] + (0..<16).map { codes[$0] | codes[$0 + 16] << 4 }
    let results = try ScanFixture([
      (.q4_0, [32 * 100], (0..<100).flatMap { _ in block }),
      (.q4K, [256], [UInt8](repeating: 0, count: 144)),
    ]).scan()
    #expect(results.measured[0]?.codesNearZero == CodesNearZero(zeros: 112, ones: 84, twos: 28))
    #expect(results.measured[0]?.codeUse == nil)
    #expect(results.measured[1]?.codesNearZero == nil)
  }

  /// Codes of 6 bits with 16 scales a block, all of them or every second one.
  @Test(arguments: [1, 2]) func countsCodesOfSixBits(_ step: Int) throws {
    var random = SeededGenerator(state: 5)
    var bytes: [UInt8] = []
    var zeros = 0
    var ones = 0
    for block in 0..<640 {
      // −32 … 31 as 0 … 63; four low bits of two halves in a byte, two high ones of four quarters.
      let codes = (0..<256).map { _ in 32 + (Int(random.next() >> 59) - 16) / step * step }
      if block.isMultiple(of: 16) {
        zeros += codes.count { $0 == 32 }
        ones += codes.count { abs($0 - 32) == 1 }
      }
      var low = [UInt8](repeating: 0, count: 128)
      var high = [UInt8](repeating: 0, count: 64)
      for half in 0..<2 {
        for place in 0..<32 {
          let four = (0..<4).map { codes[half * 128 + $0 * 32 + place] }
          low[half * 64 + place] = UInt8(four[0] & 15 | (four[2] & 15) << 4)
          low[half * 64 + 32 + place] = UInt8(four[1] & 15 | (four[3] & 15) << 4)
          high[half * 32 + place] = UInt8(
            (0..<4).reduce(0) { $0 | (four[$1] >> 4) << (2 * $1) })
        }
      }
      bytes += low + high + (0..<16).map { UInt8($0 + 1) } + [0x00, 0x3C]
    }
    let measured = try #require(
      try ScanFixture([(.q6K, [256 * 640], bytes)]).scan().measured[0])
    #expect(measured.codesNearZero?.zeros == zeros)
    #expect(measured.codesNearZero?.ones == ones)
    let use = try #require(measured.codeUse)
    #expect(step == 1 ? use > 0.95 : use < 0.85)
  }

  @Test func countsCodesAndTheirVarietyInBlocks() throws {
    var random = SeededGenerator(state: 9)
    var genuine: [UInt8] = []
    var coarse: [UInt8] = []
    for _ in 0..<800 {
      let codes = random.bytes(32)
      genuine += [0x00, 0x3C] + codes
      coarse += [0x00, 0x3C] + codes.map { $0 & 0xF0 }
    }
    let results = try ScanFixture([
      (.q8_0, [25600], genuine), (.q8_0, [25600], coarse), (.i8, [6], [1, 1, 255, 0, 1, 7]),
    ]).scan()
    #expect((results.measured[0]?.blockCodes?.median ?? 0) >= 28)
    #expect((results.measured[1]?.blockCodes?.most ?? 99) <= 16)
    #expect(results.measured[1]?.blockCodes?.blocks == 100)
    #expect(results.measured[2]?.codes?[1] == 3)
    #expect(results.measured[2]?.codes?[255] == 1)
    #expect(results.measured[2]?.codes?.reduce(0, +) == 6)
  }

  @Test func tellsTheGapThatMagnitudePruningLeaves() throws {
    // The quantiles of a normal distribution, roughly: a triangular one does for the comparison.
    let dense = (0..<10_000).map { Float($0 - 5000) / 5000 }
    let pruned = dense.map { abs($0) < 0.5 ? 0 : $0 }
    let tensors = [dense, pruned].map { values in
      (
        type: ElementType.f32, shape: [10_000],
        bytes: values.flatMap { littleEndian($0.bitPattern) }
      )
    }
    let results = try ScanFixture(tensors).scan()
    #expect(abs((results.measured[0]?.gap?.percentileOverMedian ?? 1) - 0.02) < 0.01)
    #expect(abs((results.measured[1]?.gap?.percentileOverMedian ?? 0) - 0.67) < 0.01)
    #expect(abs((results.measured[0]?.gap?.kurtosis ?? 0) - 1.8) < 0.01)
    #expect((results.measured[1]?.gap?.kurtosis ?? 9) < 1.2)
  }
}
