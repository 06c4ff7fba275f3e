import ModelFile

/// Counts different values in windows and how many natural weights would have.
struct DistinctCounter {
  /// The numbers of the storage type from one power of two to the next, of one sign.
  private let numbers: Double
  /// The exponent below which numbers get no denser.
  private let leastExponent: Int

  init(_ storage: ElementType) {
    switch storage {
    case .f16: (numbers, leastExponent) = (0x1p10, -14)
    case .bf16: (numbers, leastExponent) = (0x1p7, -126)
    default: (numbers, leastExponent) = (0x1p23, -126)
    }
  }

  /// Counts the different values of windows of one length; `nil` where all are zero.
  func count(_ windows: [ArraySlice<Float>], _ length: Int) -> GridEvidence.DistinctCount? {
    var counts: [Int] = []
    var values = 0
    var natural = 0.0
    for window in windows {
      let nonzero = window.filter { $0 != 0 }
      guard !nonzero.isEmpty else { continue }
      let zero = nonzero.count < window.count ? 1 : 0
      counts.append(GridEvidence.distinctCount(window))
      values += nonzero.count + zero
      natural += self.natural(nonzero) + Double(zero)
    }
    guard !counts.isEmpty else { return nil }
    counts.sort()
    let number = Double(counts.count)
    return GridEvidence.DistinctCount(
      window: length, windows: counts.count, mean: Double(counts.reduce(0, +)) / number,
      median: counts[counts.count / 2], most: counts[counts.count - 1],
      values: Double(values) / number, natural: natural / number)
  }

  /// The different values that are expected of values spread evenly within each power of two.
  private func natural(_ values: [Float]) -> Double {
    // Of 2²³ numbers hardly one comes twice.
    guard numbers < 0x1p20 else { return Double(values.count) }
    var counts: [Int: Int] = [:]
    for value in values {
      let exponent = max(Int(value.exponent), leastExponent)
      counts[2 * exponent + (value < 0 ? 1 : 0), default: 0] += 1
    }
    return counts.values.sorted().reduce(0) { sum, count in
      var missed = 1.0
      for _ in 0..<count { missed *= 1 - 1 / numbers }
      return sum + numbers * (1 - missed)
    }
  }
}

extension GridEvidence {
  /// Different values; ±0 are one.
  static func distinctCount(_ values: some Sequence<Float>) -> Int {
    let sorted = values.map { $0 + 0 }.sorted()
    var count = sorted.isEmpty ? 0 : 1
    for index in sorted.indices.dropFirst() where sorted[index] != sorted[index - 1] { count += 1 }
    return count
  }
}
