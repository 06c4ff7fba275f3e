import CKernels
import Testing

@testable import TensorStats

@Suite struct MeasuringKernelTests {
  /// Counts as the kernels do, one value after another.
  private func reference(_ values: [Float]) -> (bins: [Int: Int], small: Int, zeros: Int) {
    var bins: [Int: Int] = [:]
    var (small, zeros) = (0, 0)
    for value in values {
      if value == 0 {
        zeros += 1
      } else if value.isSubnormal {
        small += 1
      } else {
        bins[Int(value.bitPattern >> 16), default: 0] += 1
      }
    }
    return (bins, small, zeros)
  }

  /// The counters that are not zero, by key.
  private func collect(_ counters: inout [UInt32], size: Int, tables: Int) -> [Int: Int] {
    var keys = Array(repeating: UInt32(0), count: size)
    var counts = Array(repeating: UInt64(0), count: size)
    let found = collect_counts(&counters, size, tables, &keys, &counts)
    return Dictionary(
      uniqueKeysWithValues: zip(keys, counts).prefix(found).map { (Int($0), Int($1)) })
  }

  @Test func countsHowManyNeighbouringCodesAreUsed() {
    var use: [UInt64] = [0, 0]
    let codes: [Float] = [2, 3, 2, 3, 4, 0, 1, .nan]
    count_code_use(codes.map { $0 * 0.25 }, codes.count, 0.25, &use)
    // Four values on both codes of a pair, one on another; 0 and 1 are left out.
    #expect(use == [3, (512 - 32) + (512 - 256)])
  }

  @Test func countsCodesAroundZeroPoints() {
    func near(_ codes: [Int], step: Float = 0.0137) -> [UInt64] {
      var near: [UInt64] = [0, 0, 0]
      let weights = codes.map { Float($0) * step }
      count_near_codes(weights, weights.count, &near)
      return near
    }
    let run = (0..<32).map { $0 % 8 - 3 }
    #expect(near(run) == [4, 8, 8])
    #expect(near(run + Array(repeating: 0, count: 224) + run.dropLast()) == [4, 8, 8])
    // Of one outlier, of zeros alone and of no steps nothing is known.
    #expect(near([7, 1, -1] + Array(repeating: 0, count: 29)) == [0, 0, 0])
    #expect(near(Array(repeating: 0, count: 32)) == [0, 0, 0])
    var uneven: [UInt64] = [0, 0, 0]
    count_near_codes((1...32).map { Float($0 * $0) * 0.01 }, 32, &uneven)
    count_near_codes(Array(repeating: Float.nan, count: 32), 32, &uneven)
    #expect(uneven == [0, 0, 0])
  }

  @Test(arguments: [0.03125, -0.0007, 0x1p-24] as [Float])
  func countsCodesNearZeroBySteps(_ step: Float) {
    let values = (-8...7).map { Float($0) * step } + [0, step / 2, 1.5 * step, .infinity]
    var near: [UInt64] = [10, 20, 30]
    count_near_zero(values, values.count, step, &near)
    #expect(near == [12, 22, 32])
  }

  /// Floats as they meet a kernel: how many in a hundred are special, and which those are.
  enum Mix: CaseIterable {
    case anything, narrowNowAndThen, positive, negative, negativeZeros

    func value(_ random: inout SeededGenerator) -> Float {
      let (special, share): ([Float], Int) =
        switch self {
        case .anything:
          ([0, -0.0, .nan, .infinity, -.infinity, 0x1p-149, -0x1p-130, 1, -448, 3e38], 33)
        case .narrowNowAndThen: ([0, 1, -448, 1.125, -57344, 0x1.ffcp-15, 0x1.008p3], 1)
        case .positive: ([1, 0x1p-149], 5)
        case .negative: ([-1, -0x1p-149], 5)
        case .negativeZeros: ([-0.0], 100)
        }
      guard Int.random(in: 0..<100, using: &random) >= share else {
        return special.randomElement(using: &random) ?? 0
      }
      let bits = UInt32.random(in: 0x3000_0001...0x4000_0000, using: &random) | 1
      let number = Float(bitPattern: bits)
      switch self {
      case .positive: return number
      case .negative: return -number
      default: return Bool.random(using: &random) ? number : -number
      }
    }
  }

  @Test(arguments: [0, 1] as [Int32], Mix.allCases)
  func measuresFloatsOfAnyNumber(repeats: Int32, mix: Mix) {
    var random = SeededGenerator(state: 17)
    for length in Array(0...130) + [1023, 1024, 1025, 2048, 4096 + 77] {
      let values = (0..<length).map { _ in mix.value(&random) }
      var bins = Array(repeating: UInt32(0), count: Int(F32_TABLES * BINS + SUBNORMAL_BINS))
      var bits = Array(repeating: ~UInt64(0), count: (length + 63) / 64 + 1)
      var found = f32_totals.empty
      measure_f32(values, length, 0.25, 1, repeats, &bins, &bits, &found)
      let finite = values.filter(\.isFinite)
      #expect(found.nans == values.count { $0.isNaN })
      #expect(found.infinities == values.count { $0.isInfinite })
      #expect(found.minimum == finite.min() ?? .infinity)
      #expect(found.maximum == finite.max() ?? -.infinity)
      let wanted = reference(values)
      #expect(found.zeros == wanted.zeros)
      let sum = finite.reduce(0) { $0 + (Double($1) - 0.25) }
      #expect(abs(found.sum - sum) <= 1e-12 * abs(sum) + 1e-9)
      let counted = collect(&bins, size: Int(BINS), tables: Int(F32_TABLES))
      let isEqual = counted.filter { $0.key & 0x7FFF >= 0x80 } == wanted.bins
      #expect(isEqual, "\(length) floats")
      #expect(counted.values.reduce(0, +) == length)
      var small = Array(bins.suffix(Int(SUBNORMAL_BINS)))
      let smallCounts = collect(&small, size: Int(SUBNORMAL_BINS), tables: 1)
      #expect(smallCounts.values.reduce(0, +) == wanted.small)
      let places = (0..<length).filter { bits[$0 / 64] >> UInt64($0 % 64) & 1 == 1 }
      #expect(places == values.indices.filter { values[$0] == 0 })
      let eligible = finite.filter { $0 != 0 }.map { Double($0) }
      #expect(found.float16 == eligible.count { FloatFormat.float16.holds($0) })
      #expect(found.f8e4m3 == eligible.count { FloatFormat.f8e4m3.holds($0) })
      #expect(found.f8e5m2 == eligible.count { FloatFormat.f8e5m2.holds($0) })
      let low = withUnsafeBytes(of: found.low_zeros) { Array($0.bindMemory(to: UInt64.self)) }
      for (index, count) in low.enumerated() {
        let mask = UInt32(1) << UInt32(12 + index) - 1
        #expect(
          count == finite.count { $0 != 0 && $0.bitPattern & mask == 0 })
      }
    }
  }

  @Test func countsPatternsOfAnyNumber() {
    var random = SeededGenerator(state: 23)
    for length in [0, 1, 3, 4, 5, 7, 8, 9, 63, 64, 65, 127, 130, 1000] {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...20, using: &random) }
      var tables = Array(repeating: UInt32(0), count: 256 * Int(TABLES_8))
      count_8(bytes, length, &tables)
      var wanted: [Int: Int] = [:]
      for byte in bytes { wanted[Int(byte), default: 0] += 1 }
      #expect(collect(&tables, size: 256, tables: Int(TABLES_8)) == wanted)
      #expect(tables.allSatisfy { $0 == 0 })

      let words = bytes.map { UInt16($0) &* 3001 }
      for repeats: Int32 in [0, 1] {
        var tables = Array(repeating: UInt32(0), count: 65536 * Int(TABLES_16))
        count_16(words, length, repeats, &tables)
        for word in Set(words) {
          let sum = (0..<Int(TABLES_16)).reduce(0) { $0 + tables[65536 * $1 + Int(word)] }
          #expect(Int(sum) == words.count { $0 == word })
        }
      }
    }
  }

  @Test func writesABitForEveryZero() {
    var random = SeededGenerator(state: 29)
    for length in 0...130 {
      let values = (0..<length).map { _ in UInt64.random(in: 0...2, using: &random) % 2 * 128 }
      var bits = Array(repeating: ~UInt64(0), count: 3)
      func check(_ zeros: Int, _ isZero: (UInt64) -> Bool) {
        #expect(zeros == values.count(where: isZero))
        let places = (0..<(length + 63) / 64 * 64).filter {
          bits[$0 / 64] >> UInt64($0 % 64) & 1 == 1
        }
        #expect(places == values.indices.filter { isZero(values[$0]) })
      }
      var zeros = zero_bits_8(values.map { UInt8($0) }, length, 0xFF, &bits)
      check(zeros) { $0 == 0 }
      zeros = zero_bits_16(values.map { UInt16($0) }, length, 0xFF7F, &bits)
      check(zeros) { $0 & 0x7F == 0 }
      zeros = zero_bits_32(values.map { UInt32($0) }, length, ~0, &bits)
      check(zeros) { $0 == 0 }
      zeros = zero_bits_64(values, length, 0x7F, &bits)
      check(zeros) { $0 & 0x7F == 0 }
    }
  }

  @Test func turnsLinesIntoColumns() {
    var random = SeededGenerator(state: 31)
    let lines = (0..<64).map { _ in random.next() }
    var turned = lines
    transpose_64(&turned)
    for row in 0..<64 {
      for column in 0..<64 {
        #expect(turned[column] >> UInt64(row) & 1 == lines[row] >> UInt64(column) & 1)
      }
    }
  }
}

extension FloatFormat {
  func holds(_ value: Double) -> Bool { holds(Number(value)) }
}
