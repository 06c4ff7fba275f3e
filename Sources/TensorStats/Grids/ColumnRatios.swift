#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension GridEvidence.ColumnRatios {
  /// Codes up to which ratios are looked at: −8 … 7 with a zero point in the middle.
  private static let largestCode = 8
  /// How far, in octaves, a ratio may be from its place: both values were rounded to BF16.
  private static let tolerance = 0.0075
  /// Bins of an octave; each is as wide as the tolerance.
  private static let bins = 128
  /// Octaves on both sides of equal codes.
  private static let octaves = 4
  /// Ratios that a pair of columns must have.
  private static let leastRatios = 32
  /// Pairs of columns that are looked at in a tile.
  private static let pairs = 24

  /// Of tiles of 128 × 128 values, along their rows or along their columns, whichever fits better;
  /// `nil` where zeros leave too few ratios.
  ///
  /// A column that was divided by a scale of its own after it was quantized (AWQ, W = Q(W·s) ÷ s) is on
  /// no even steps. But within a group of a row the ratio of two columns is that of two small whole
  /// numbers, times one number for all rows.
  init?(_ tiles: [[Float]], side: Int) {
    let places = Self.places
    var found: GridEvidence.ColumnRatios?
    for isTurned in [false, true] {
      var shares: [Double] = []
      for tile in tiles where tile.count == side * side {
        for pair in 0..<Self.pairs {
          let first = pair * (side - 1) / Self.pairs
          let ratios = (0..<side).compactMap { row -> Double? in
            let at = isTurned ? (first * side + row) : (row * side + first)
            let (a, b) = (tile[at], tile[at + (isTurned ? side : 1)])
            guard a != 0, b != 0 else { return nil }
            let ratio = log2(Double(a.magnitude)) - log2(Double(b.magnitude))
            return ratio.isFinite ? ratio : nil
          }
          guard ratios.count >= Self.leastRatios else { continue }
          shares.append(Self.share(ratios, places))
        }
      }
      guard !shares.isEmpty else { continue }
      shares.sort()
      let median = shares[shares.count / 2]
      if median > found?.share ?? -1 {
        found = GridEvidence.ColumnRatios(pairs: shares.count, share: median)
      }
    }
    guard let found else { return nil }
    self = found
  }

  /// Whether a bin lies near the ratio of two codes.
  private static var places: [Bool] {
    var places = [Bool](repeating: false, count: 2 * octaves * bins)
    for a in 1...largestCode {
      for b in 1...largestCode {
        let place = log2(Double(a) / Double(b)) + Double(octaves)
        let low = Int((place - tolerance) * Double(bins))
        let high = Int((place + tolerance) * Double(bins))
        for bin in low...high where places.indices.contains(bin) { places[bin] = true }
      }
    }
    return places
  }

  /// The largest share of ratios that lie on places, with any one of them taken for equal codes.
  private static func share(_ ratios: [Double], _ places: [Bool]) -> Double {
    var best = 0
    for center in ratios {
      let held = ratios.reduce(0) { count, ratio in
        let bin = Int(((ratio - center + Double(octaves)) * Double(bins)).rounded(.down))
        return count + (places.indices.contains(bin) && places[bin] ? 1 : 0)
      }
      best = max(best, held)
    }
    return Double(best) / Double(ratios.count)
  }
}
