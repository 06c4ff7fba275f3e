extension GridEvidence.ValueTable {
  /// What 8 bits can name.
  private static let most = 256
  /// Values next to zero from which the step follows: larger ones were rounded by more.
  private static let nearest = 16
  /// How far from a step a value may be besides its rounding to 8 bits of mantissa.
  private static let tolerance = 0.05

  /// Of all samples; `nil` where three values or fewer differ, or more than 8 bits can name.
  init?(_ rows: [[Float]], _ counter: DistinctCounter) {
    var counts: [Float: Int] = [:]
    for row in rows {
      for value in row { counts[value + 0, default: 0] += 1 }
      guard counts.count <= Self.most else { return nil }
    }
    guard counts.count > 3 else { return nil }
    let all = Array(rows.joined())
    distinct = counts.count
    natural = counter.count([all[...]], all.count)?.natural ?? 0
    guard let step = Self.step(counts.keys) else { return }
    let codes = counts.keys.map { Int((Double($0) / step).rounded()) }
    guard let low = codes.min(), let high = codes.max(), high - low < Self.most else { return }
    levels = high - low + 1
    var near = CodesNearZero()
    for (value, count) in counts {
      switch Int((Double(value) / step).rounded()).magnitude {
      case 0: near.zeros += count
      case 1: near.ones += count
      case 2: near.twos += count
      default: break
      }
    }
    nearZero = near
  }

  /// The step of which all values are multiples; `nil` where there is none.
  private static func step(_ values: some Collection<Float>) -> Double? {
    let magnitudes = Set(values.map(\.magnitude)).sorted().map { Double($0) }
    let few = magnitudes.prefix(nearest)
    let steps = zip(few.dropFirst(), few).map { $0 - $1 } + few.prefix(1).filter { $0 > 0 }
    guard let step = steps.min(), step > 0, let largest = magnitudes.last,
      largest / step < Double(most)
    else { return nil }
    let areMultiples = magnitudes.allSatisfy { magnitude in
      let place = magnitude / step
      return abs(place - place.rounded()) <= tolerance + place / 256
    }
    return areMultiples ? step : nil
  }
}
