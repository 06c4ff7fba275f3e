import CKernels

/// The bins in which wide numbers are counted: sign, exponent and the first 7 bits of the mantissa.
///
/// A bin is at most 1/128 of its values wide, so the value that stands for it is within 1/256 of each.
/// Subnormal numbers have bins of their own behind the others, 128 for each power of two, since
/// those with exponent 0 are too wide for them.
struct FloatBins {
  /// Bits of the exponent.
  let exponentBits: Int
  /// Bits of the mantissa.
  let mantissaBits: Int
  /// Whether only whole numbers are counted.
  let areIntegers: Bool

  static let float32 = FloatBins(exponentBits: 8, mantissaBits: 23, areIntegers: false)
  static let float64 = FloatBins(exponentBits: 11, mantissaBits: 52, areIntegers: false)
  static let integers = FloatBins(exponentBits: 8, mantissaBits: 23, areIntegers: true)

  /// Bins by the top bits of the pattern.
  var binCount: Int { 1 << (exponentBits + 8) }
  /// Bins of subnormal numbers behind them.
  var subnormalCount: Int { 2 * mantissaBits * 128 }

  /// The bin of a double among those of float64.
  static func bin64(_ value: Double) -> Int {
    let bits = value.bitPattern
    let mantissa = bits & (1 << 52 - 1)
    guard bits >> 52 & 0x7FF == 0, mantissa != 0 else { return Int(bits >> 45) }
    let octave = 63 - mantissa.leadingZeroBitCount
    let fraction = Int((mantissa << (52 - octave)) >> 45 & 127)
    return float64.binCount + (bits >> 63 == 1 ? 52 * 128 : 0) + octave * 128 + fraction
  }

  /// The bin of a whole number among those of float32.
  ///
  /// Its bits are looked at rather than those of the nearest double, which may be a power of two more.
  @inline(__always)
  static func bin<Integer: FixedWidthInteger>(ofInteger value: Integer) -> Int {
    let magnitude = UInt64(truncatingIfNeeded: value.magnitude)
    guard magnitude != 0 else { return 0 }
    let leading = magnitude.leadingZeroBitCount
    let fraction = Int(truncatingIfNeeded: (magnitude << UInt64(leading)) >> 56) & 127
    return (value < 0 ? 1 << 15 : 0) | (127 + 63 - leading) << 7 | fraction
  }

  /// How many of the values in bins are nearer to zero than a limit.
  ///
  /// In the one bin on each side that the limit falls into, values are taken as spread evenly; of a
  /// normal distribution such a bin has 0.0003 of all.
  func count(_ counts: CountList, below limit: Double) -> Int {
    // Whole numbers below a limit are those below the next whole number.
    let limit = areIntegers ? limit.rounded(.up) : limit
    var whole = 0
    var parts = 0.0
    for (key, count) in zip(counts.keys, counts.counts) {
      guard let (start, width) = magnitudes(of: Int(key)), start < limit else { continue }
      if start + width <= limit {
        whole += count
      } else {
        parts += Double(count) * (limit - start) / width
      }
    }
    return whole + Int(parts.rounded())
  }

  /// Where the magnitudes of a bin begin and how far they reach; `nil` of those that are not finite or
  /// counted better in another bin.
  private func magnitudes(of key: Int) -> (start: Double, width: Double)? {
    let bias = (1 << (exponentBits - 1)) - 1
    let exponent: Int
    let fraction: Int
    if key >= binCount {
      let index = (key - binCount) % (subnormalCount / 2)
      exponent = index / 128 + 1 - bias - mantissaBits
      fraction = index % 128
    } else {
      let stored = key >> 7 & (1 << exponentBits - 1)
      guard stored > 0, stored < 1 << exponentBits - 1 else { return nil }
      exponent = stored - bias
      fraction = key & 127
    }
    // A bin narrower than numbers are apart holds one of them, at its start.
    let least = areIntegers ? 0 : 1 - bias - mantissaBits
    return (
      Double(sign: .plus, exponent: exponent, significand: 1 + Double(fraction) / 128),
      Double(sign: .plus, exponent: max(exponent - 7, least), significand: 1)
    )
  }

  /// The bins with their counts as values in ascending order, zeros as one, without what is not
  /// finite.
  ///
  /// - Parameter zeros: values that are ±0.
  func values(_ counts: CountList, zeros: Int) -> ValueCounts {
    var negative: [(Double, Int)] = []
    var positive: [(Double, Int)] = []
    var small: [(Double, Int)] = []
    let infinite = (1 << exponentBits) - 1
    let bias = infinite >> 1
    for (key, count) in zip(counts.keys, counts.counts) {
      let key = Int(key)
      if key >= binCount {
        let index = (key - binCount) % (subnormalCount / 2)
        let octave = index / 128
        let unit = 1 - bias - mantissaBits
        let value = middle(exponent: octave + unit, fraction: index % 128, isExact: octave <= 7)
        small.append((key - binCount >= subnormalCount / 2 ? -value : value, count))
        continue
      }
      let exponent = key >> 7 & infinite
      // Zeros and subnormal numbers come from where they were counted better.
      if exponent == 0 || exponent == infinite { continue }
      let value = middle(
        exponent: exponent - bias, fraction: key & 127,
        isExact: areIntegers && exponent - bias <= 7)
      if key >= binCount / 2 {
        negative.append((-value, count))
      } else {
        positive.append((value, count))
      }
    }
    let smallNegative = small.filter { $0.0 < 0 }
    let smallPositive = small.filter { $0.0 > 0 }
    let zero = zeros > 0 ? [(0.0, zeros)] : []
    return ValueCounts(
      negative.reversed() + smallNegative.reversed() + zero + smallPositive + positive)
  }

  /// The value that stands for a bin.
  private func middle(exponent: Int, fraction: Int, isExact: Bool) -> Double {
    // Slightly below the middle the error relative to both ends is the same.
    let place = isExact ? 0 : 0.498
    return Double(
      sign: .plus, exponent: exponent, significand: 1 + (Double(fraction) + place) / 128)
  }
}

/// How often each key occurs; keys ascend, counts are not zero.
struct CountList: Equatable {
  var keys: [UInt32] = []
  var counts: [Int] = []

  /// Adds the counts of another list.
  mutating func merge(_ other: CountList) {
    if keys.isEmpty { return self = other }
    if other.keys.isEmpty { return }
    var merged = CountList()
    merged.keys.reserveCapacity(max(keys.count, other.keys.count))
    merged.counts.reserveCapacity(max(keys.count, other.keys.count))
    var (i, j) = (0, 0)
    while i < keys.count || j < other.keys.count {
      let own = i < keys.count ? keys[i] : .max
      let others = j < other.keys.count ? other.keys[j] : .max
      merged.keys.append(min(own, others))
      merged.counts.append((own <= others ? counts[i] : 0) + (others <= own ? other.counts[j] : 0))
      if own <= others { i += 1 }
      if others <= own { j += 1 }
    }
    self = merged
  }
}
