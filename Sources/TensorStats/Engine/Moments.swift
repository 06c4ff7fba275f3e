/// Mean and standard deviation of some values, in a form that merges without overflow.
struct Moments: Equatable {
  /// How many values.
  var count = 0
  /// Their mean.
  var mean = 0.0
  /// The standard deviation of the population.
  var deviation = 0.0

  init() {}

  /// From sums over x − shift, which for a shift near the mean cancels nothing.
  init(count: Int, shift: Double, sum: Double, squares: Double) {
    self.count = count
    guard count > 0 else { return }
    let offset = sum / Double(count)
    mean = shift + offset
    deviation = max(0, squares / Double(count) - offset * offset).squareRoot()
  }

  /// Of any doubles, the largest and the smallest too.
  init(of values: UnsafeBufferPointer<Double>) {
    var largest = 0.0
    for value in values where value.isFinite {
      count += 1
      largest = max(largest, value.magnitude)
    }
    guard count > 0, largest > 0 else { return }
    // Scaled by a power of two where a square, or a sum, would leave the range of exponents.
    let exponent = largest.exponent
    let scale =
      abs(exponent) < 400 ? 1 : Double(sign: .plus, exponent: -exponent / 2, significand: 1)
    var sum = 0.0
    for value in values where value.isFinite { sum += value * scale * scale }
    let center = sum / Double(count)
    var squares = 0.0
    var rest = 0.0
    for value in values where value.isFinite {
      let distance = value * scale * scale - center
      squares += distance * distance
      rest += distance
    }
    rest /= Double(count)
    mean = (center + rest) / scale / scale
    deviation = max(0, squares / Double(count) - rest * rest).squareRoot() / scale / scale
  }

  /// Adds values that come after these.
  ///
  /// Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample
  /// variances" (1979), written for means and deviations so that 1e300 has no square.
  mutating func merge(_ other: Moments) {
    guard other.count > 0 else { return }
    guard count > 0 else { return self = other }
    let total = Double(count) + Double(other.count)
    let share = Double(other.count) / total
    // Halved, as the difference of two doubles may be no double.
    let halfGap = other.mean / 2 - mean / 2
    let scale = max(deviation, other.deviation, halfGap.magnitude)
    if scale > 0 {
      let own = deviation / scale
      let others = other.deviation / scale
      let gap = halfGap / scale * 2
      let variance =
        (1 - share) * (own * own) + share * (others * others)
        + share * (1 - share) * (gap * gap)
      deviation = scale * variance.squareRoot()
    }
    mean += halfGap * share * 2
    count += other.count
  }
}
