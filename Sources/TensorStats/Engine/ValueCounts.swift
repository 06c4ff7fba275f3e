#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The finite values of a tensor in ascending order, with how often each occurs.
///
/// Of wide types a value stands for those of its bin.
struct ValueCounts {
  private(set) var values: [Double]
  private(set) var counts: [Int]
  /// All counts together.
  let total: Int

  init(values: [Double], counts: [Int]) {
    self.values = values
    self.counts = counts
    total = counts.reduce(0, +)
  }

  init(_ pairs: [(value: Double, count: Int)]) {
    self.init(values: pairs.map(\.value), counts: pairs.map(\.count))
  }

  /// These values and others in one order.
  func merged(with other: ValueCounts) -> ValueCounts {
    if other.total == 0 { return self }
    if total == 0 { return other }
    var pairs: [(value: Double, count: Int)] = []
    pairs.reserveCapacity(values.count + other.values.count)
    var (i, j) = (0, 0)
    while i < values.count || j < other.values.count {
      if j == other.values.count || (i < values.count && values[i] <= other.values[j]) {
        pairs.append((values[i], counts[i]))
        i += 1
      } else {
        pairs.append((other.values[j], other.counts[j]))
        j += 1
      }
    }
    return ValueCounts(pairs)
  }

  /// How often a value occurs.
  func count(of value: Double) -> Int {
    values.firstIndex(of: value).map { counts[$0] } ?? 0
  }

  /// Moments of exact values; sums are corrected for rounding (Neumaier 1974).
  var moments: Moments {
    guard total > 0 else { return Moments() }
    var result = Moments()
    result.count = total
    let mean = CorrectedSum(zip(values, counts).lazy.map { $0 * Double($1) }).value / Double(total)
    let squares = CorrectedSum(
      zip(values, counts).lazy.map { ($0 - mean) * ($0 - mean) * Double($1) })
    result.mean = mean
    result.deviation = (squares.value / Double(total)).squareRoot()
    return result
  }

  /// Order-0 entropy in bits.
  var entropyBits: Double {
    var bits = CorrectedSum()
    for count in counts {
      let share = Double(count) / Double(total)
      bits.add(-share * log2(share))
    }
    return max(0, bits.value)
  }

  /// For each share the smallest value with at least that share of values up to it.
  ///
  /// - Parameter shares: ascending, whole hundredths.
  func quantiles(_ shares: [Double]) -> [Double] {
    var result: [Double] = []
    var (index, below) = (0, 0)
    for share in shares {
      let (high, low) = total.multipliedFullWidth(by: Int((share * 100).rounded()))
      let (whole, rest) = 100.dividingFullWidth((high, low))
      let rank = max(1, whole + (rest > 0 ? 1 : 0))
      while index < counts.count - 1, below + counts[index] < rank {
        below += counts[index]
        index += 1
      }
      result.append(values[index])
    }
    return result
  }

  /// How many values lie nearer to zero than a limit.
  func count(below limit: Double) -> Int {
    var sum = 0
    for (value, count) in zip(values, counts) where value.magnitude < limit { sum += count }
    return sum
  }

  /// How magnitudes other than zero spread; `nil` where there are none.
  var gap: GapStatistics? {
    let split = values.firstIndex { $0 >= 0 } ?? values.count
    var magnitudes: [(value: Double, count: Int)] = []
    magnitudes.reserveCapacity(values.count)
    var (below, above) = (split - 1, split)
    while below >= 0 || above < values.count {
      let takesBelow = above == values.count || (below >= 0 && -values[below] < values[above])
      let index = takesBelow ? below : above
      if values[index] != 0 { magnitudes.append((values[index].magnitude, counts[index])) }
      if takesBelow { below -= 1 } else { above += 1 }
    }
    guard let smallest = magnitudes.first, let largest = magnitudes.last else { return nil }
    let quantiles = ValueCounts(magnitudes).quantiles([0.01, 0.5])
    return GapStatistics(
      percentileOverMedian: quantiles[0] / quantiles[1],
      smallestOverMedian: smallest.value / quantiles[1], kurtosis: kurtosis(scale: largest.value))
  }

  /// The kurtosis of the values other than zero.
  private func kurtosis(scale: Double) -> Double? {
    var (mean, square, fourth) = (0.0, 0.0, 0.0)
    let nonzero = zip(values, counts).lazy.filter { $0.0 != 0 }
    let number = Double(nonzero.reduce(0) { $0 + $1.1 })
    for (value, count) in nonzero { mean += value / scale * Double(count) / number }
    for (value, count) in nonzero {
      let distance = (value / scale - mean) * (value / scale - mean)
      square += distance * Double(count) / number
      fourth += distance * distance * Double(count) / number
    }
    return square > 0 ? fourth / (square * square) : nil
  }

  /// Bins for so many values: few values do not pay for many bins.
  private var binCount: Int { min(64, max(4, Int(Double(total).squareRoot()))) }

  /// Equal bins from the minimum to the maximum.
  func linearHistogram(minimum: Double, maximum: Double) -> Histogram? {
    guard total > 0 else { return nil }
    guard minimum < maximum else {
      return Histogram(edges: [minimum, maximum], counts: [total])
    }
    let bins = binCount
    // Weighted rather than subtracted: the width of a range of doubles may be no double.
    let edges = (0...bins).map { index in
      let share = Double(index) / Double(bins)
      return index == 0
        ? minimum
        : index == bins
          ? maximum
          : minimum * (1 - share) + maximum * share
    }
    var result = Histogram(edges: edges, counts: Array(repeating: 0, count: bins))
    var bin = 0
    for (value, count) in zip(values, counts) {
      while bin < bins - 1, value >= edges[bin + 1] { bin += 1 }
      result.counts[bin] += count
    }
    return result
  }

  /// Bins of powers of two of the magnitude, zeros left out; of more than 64 the lowest takes all
  /// below, down to 0.
  func magnitudeHistogram() -> Histogram? {
    var lowest = Int.max
    var highest = Int.min
    for value in values where value != 0 {
      lowest = min(lowest, Int(value.exponent))
      highest = max(highest, Int(value.exponent))
    }
    guard lowest <= highest else { return nil }
    let first = max(lowest, highest - 63)
    var counts = Array(repeating: 0, count: highest - first + 1)
    for (value, count) in zip(values, self.counts) where value != 0 {
      counts[max(0, Int(value.exponent) - first)] += count
    }
    var edges = (first...(highest + 1)).map { exponent in
      min(Double(sign: .plus, exponent: exponent, significand: 1), .greatestFiniteMagnitude)
    }
    if first > lowest { edges[0] = 0 }
    return Histogram(edges: edges, counts: counts)
  }
}

/// A sum that carries along what rounding loses.
struct CorrectedSum {
  private var sum = 0.0
  private var lost = 0.0

  init() {}

  init(_ terms: some Sequence<Double>) {
    for term in terms { add(term) }
  }

  mutating func add(_ term: Double) {
    let next = sum + term
    lost += sum.magnitude >= term.magnitude ? (sum - next) + term : (term - next) + sum
    sum = next
  }

  var value: Double { sum + lost }
}
