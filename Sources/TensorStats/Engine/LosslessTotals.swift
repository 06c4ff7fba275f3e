import CKernels

/// How many floats narrower types hold exactly, and how many patterns differ.
struct LosslessTotals {
  /// Finite values other than zero that were looked at.
  var eligible = 0
  var float32 = 0
  var bfloat16 = 0
  var float16 = 0
  var f8e4m3 = 0
  var f8e5m2 = 0
  /// By trailing zero bits of the mantissa; values not in it have fewer than are told apart.
  var trailingZeros: [Int] = []
  var patterns = PatternSet()

  mutating func merge(_ other: LosslessTotals) {
    eligible += other.eligible
    float32 += other.float32
    bfloat16 += other.bfloat16
    float16 += other.float16
    f8e4m3 += other.f8e4m3
    f8e5m2 += other.f8e5m2
    if trailingZeros.isEmpty {
      trailingZeros = other.trailingZeros
    } else {
      for (i, count) in other.trailingZeros.enumerated() { trailingZeros[i] += count }
    }
    patterns.merge(other.patterns)
  }
}

extension LosslessTotals {
  mutating func add(_ found: f32_totals) {
    let low = withUnsafeBytes(of: found.low_zeros) {
      $0.bindMemory(to: UInt64.self).map { Int($0) }
    }
    float16 += Int(found.float16)
    f8e4m3 += Int(found.f8e4m3)
    f8e5m2 += Int(found.f8e5m2)
    bfloat16 += low[4]
    if trailingZeros.isEmpty { trailingZeros = Array(repeating: 0, count: 24) }
    for index in low.indices {
      trailingZeros[12 + index] += low[index] - (index + 1 < low.count ? low[index + 1] : 0)
    }
  }

  /// Counts a finite double.
  mutating func add(_ value: Double) {
    guard value != 0 else { return }
    eligible += 1
    if trailingZeros.isEmpty { trailingZeros = Array(repeating: 0, count: 53) }
    let zeros = min(52, value.bitPattern.trailingZeroBitCount)
    trailingZeros[zeros] += 1
    patterns.insert(value.bitPattern)
    // A subnormal float32 has more than these zeros.
    guard zeros >= 29 else { return }
    let number = FloatFormat.Number(value)
    if FloatFormat.float32.holds(number) { float32 += 1 }
    if FloatFormat.bfloat16.holds(number) { bfloat16 += 1 }
    if FloatFormat.float16.holds(number) { float16 += 1 }
    if FloatFormat.f8e4m3.holds(number) { f8e4m3 += 1 }
    if FloatFormat.f8e5m2.holds(number) { f8e5m2 += 1 }
  }
}

/// Different bit patterns, up to a limit.
struct PatternSet {
  private(set) var patterns: Set<UInt64> = []
  private var last: UInt64?

  /// How many are told apart.
  static let limit = 256

  /// Whether more need not be shown to it.
  var isFull: Bool { patterns.count >= Self.limit }

  mutating func insert(_ pattern: UInt64) {
    // Runs of one value are what keeps the set from filling.
    guard pattern != last, !isFull else { return }
    last = pattern
    patterns.insert(pattern)
  }

  mutating func merge(_ other: PatternSet) {
    for pattern in other.patterns where !isFull { patterns.insert(pattern) }
  }
}
