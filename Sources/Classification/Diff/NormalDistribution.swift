/// What removing the smallest of normal weights takes away.
enum NormalDistribution {
  /// The mean magnitude, √(2/π), in deviations.
  static let meanMagnitude = 0.798

  /// The mean power and the mean magnitude of a share of the weights, the smallest.
  static func smallest(_ share: Double) -> (power: Double, magnitude: Double) {
    let upper = table.firstIndex { $0.share >= share } ?? table.count - 1
    guard upper > 0 else { return (0, 0) }
    let (a, b) = (table[upper - 1], table[upper])
    let place = (share - a.share) / (b.share - a.share)
    return (
      a.power + place * (b.power - a.power), a.magnitude + place * (b.magnitude - a.magnitude)
    )
  }

  // With t the quantile of (1 + s)/2 and φ the density: power 1 − 2tφ(t)/s, magnitude
  // √(2/π)(1 − exp(−t²/2))/s.
  private static let table: [(share: Double, power: Double, magnitude: Double)] = [
    (0, 0, 0), (0.1, 0.005, 0.063), (0.2, 0.021, 0.126), (0.3, 0.049, 0.190), (0.4, 0.088, 0.256),
    (0.5, 0.143, 0.325), (0.6, 0.215, 0.397), (0.7, 0.310, 0.474), (0.8, 0.438, 0.559),
    (0.9, 0.623, 0.657), (0.95, 0.759, 0.717), (0.98, 0.873, 0.760), (0.99, 0.925, 0.777),
    (1, 1, meanMagnitude),
  ]
}
