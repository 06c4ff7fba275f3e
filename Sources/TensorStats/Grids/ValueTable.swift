extension GridEvidence.ValueTable {
  /// What 8 bits can name.
  private static let most = 256
  /// Values next to zero from which the step follows: larger ones were rounded by more.
  private static let nearest = 16
  /// How many times as many multiples of the step as different magnitudes there may be.
  private static let mostMultiples = 4.0
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
    if let step = Self.step(counts.keys) {
      let codes = counts.keys.map { Int((Double($0) / step).rounded()) }
      levels = (codes.max() ?? 0) - (codes.min() ?? 0) + 1
      for (value, count) in counts {
        nearZero.add(step: Int((Double(value) / step).rounded()), count: count)
      }
    } else {
      let magnitudes = Set(counts.keys.map(\.magnitude)).union([0]).sorted()
      for (place, magnitude) in magnitudes.prefix(3).enumerated() {
        nearZero.add(step: place, count: counts[magnitude, default: 0])
        if magnitude > 0 { nearZero.add(step: place, count: counts[-magnitude, default: 0]) }
      }
    }
  }

  /// The step of which all values are multiples; `nil` where there is none, or where values take so
  /// few of its multiples that they may lie there by chance.
  private static func step(_ values: some Collection<Float>) -> Double? {
    let magnitudes = Set(values.map(\.magnitude)).union([0]).sorted().map { Double($0) }
    let few = magnitudes.prefix(nearest)
    let gaps = zip(few.dropFirst(), few).map { $0 - $1 }.sorted()
    guard !gaps.isEmpty else { return nil }
    var step = gaps[gaps.count / 2]
    // Each value tells the step more exactly, as larger ones have more steps.
    var (products, squares) = (0.0, 0.0)
    for magnitude in magnitudes.dropFirst() {
      let place = magnitude / step
      let code = place.rounded()
      guard code < Double(most), abs(place - code) <= tolerance + place / 256 else { return nil }
      products += magnitude * code
      squares += code * code
      if code > 0 { step = products / squares }
    }
    let levels = (magnitudes.last ?? 0) / step
    return levels <= mostMultiples * Double(magnitudes.count) ? step : nil
  }
}
