import CKernels

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension GridEvidence.Lattice {
  /// Frequencies that are tried: from 3 in quarters, so that up to 301 levels show.
  private static let firstFrequency = 3.0
  private static let step = 0.25

  /// The last frequency for a window: 16 values fit any higher one by chance.
  private static func lastFrequency(_ window: Int) -> Double { window <= 16 ? 64 : 300 }

  /// The periodogram of windows; `nil` where none has four different values.
  ///
  /// - Parameter last: the highest frequency that is tried.
  init?(_ windows: [ArraySlice<Float>], window: Int, last: Double = .infinity) {
    let last = min(last, Self.lastFrequency(window))
    var peaks: [Peak] = []
    var (used, expected) = (0.0, 0.0)
    var (odd, even) = (0, 0)
    var nearZero = CodesNearZero()
    for values in windows {
      guard GridEvidence.distinctCount(values) >= 4, let peak = Peak(values, last: last) else {
        continue
      }
      peaks.append(peak)
      for value in values { nearZero.add(step: peak.code(value)) }
      let codes = Self.codes(values.map(peak.code))
      for value in values {
        let code = peak.code(value)
        guard code.magnitude > 2 else { continue }
        if code.isMultiple(of: 2) { even += 1 } else { odd += 1 }
      }
      used += codes.used
      expected += codes.expected
    }
    guard !peaks.isEmpty else { return nil }
    let heights = peaks.map(\.height).sorted()
    let frequencies = peaks.map(\.frequency).sorted()
    let counts = peaks.map(\.count).sorted()
    self.init(
      window: window, windows: peaks.count, values: counts[counts.count / 2],
      medianPeak: heights[heights.count / 2],
      frequency: frequencies[min(frequencies.count - 1, frequencies.count * 95 / 100)],
      nearZero: nearZero, levels: Self.levels(peaks))
    if expected > 0 { occupancy = used / expected }
    if odd + even > 0 { oddShare = Double(odd) / Double(odd + even) }
  }

  /// Neighbouring codes over which natural values spread evenly.
  private static let neighbours = 4

  /// How many different codes other than zero there are, and how many there would be if those of
  /// each few neighbours were drawn anew.
  private static func codes(_ codes: [Int]) -> (used: Double, expected: Double) {
    var blocks: [Int: Int] = [:]
    for code in codes where code != 0 {
      blocks[Int((Double(code) / Double(neighbours)).rounded(.down)), default: 0] += 1
    }
    let expected = blocks.sorted { $0.key < $1.key }.reduce(0.0) { sum, block in
      let places = Double(block.key == 0 ? neighbours - 1 : neighbours)
      var missed = 1.0
      for _ in 0..<block.value { missed *= 1 - 1 / places }
      return sum + places * (1 - missed)
    }
    return (Double(Set(codes.lazy.filter { $0 != 0 }).count), expected)
  }

  /// Zero points and the largest codes make all windows as wide; a step that many share is used to
  /// different ends.
  private static func levels(_ peaks: [Peak]) -> Int {
    let widths = peaks.map { $0.codes.upperBound - $0.codes.lowerBound + 1 }.sorted()
    let usual = widths[widths.count / 2]
    let last = min(peaks.count - 1, peaks.count * 95 / 100)
    guard widths[last] != usual else { return usual }
    let lows = peaks.map(\.codes.lowerBound).sorted(by: >)
    let highs = peaks.map(\.codes.upperBound).sorted()
    return highs[last] - lows[last] + 1
  }

  /// The best even steps of one window.
  private struct Peak {
    /// |Σ exp(2πi·f·y)|² / n².
    var height: Double
    /// The steps from the least to the largest value.
    var frequency: Double
    /// Values other than zero.
    var count: Int
    /// From the least to the largest code.
    var codes: ClosedRange<Int> = 0...0
    private var step: Double

    /// The highest value and the lowest frequency that comes near to it: equal steps give the same
    /// height at every multiple.
    init?(_ window: ArraySlice<Float>, last: Double) {
      guard let least = window.min(), let most = window.max(), least < most else { return nil }
      // The outermost values are on the steps by definition; clipping makes many of them, and so do
      // grids of few steps.
      let isCoarse = GridEvidence.distinctCount(window) <= 4
      var outermost: Set<Float> = []
      let values = window.filter {
        $0 != 0 && (isCoarse || $0 != least && $0 != most || outermost.insert($0).inserted)
      }
      let hasZero = window.contains(0)
      let span = Double(most) - Double(least)
      let origin = hasZero ? 0 : Double(least)
      let range = hasZero ? max(Double(most), -Double(least)) : span
      let places = values.map { ((hasZero ? Double($0.magnitude) : Double($0)) - origin) / range }
      // Lanes beyond the last value stay zero and add nothing.
      let lanes = (places.count + 15) / 16 * 16
      var real = Array(repeating: Float(0), count: lanes)
      var imaginary = real
      var stepReal = real
      var stepImaginary = real
      for (index, place) in places.enumerated() {
        real[index] = Float(cos(2 * .pi * firstFrequency * place))
        imaginary[index] = Float(sin(2 * .pi * firstFrequency * place))
        stepReal[index] = Float(cos(2 * .pi * GridEvidence.Lattice.step * place))
        stepImaginary[index] = Float(sin(2 * .pi * GridEvidence.Lattice.step * place))
      }
      // Of one or two steps a multiple is among those up to twice the first.
      let highestTried = max(last * range / span, 2 * firstFrequency)
      let tried = (highestTried - firstFrequency) / GridEvidence.Lattice.step
      let steps = max(1, Int(tried) + 1)
      // Turning by the same angle each time needs no sine.
      var heights = Array(repeating: Float(0), count: steps)
      periodogram(&real, &imaginary, stepReal, stepImaginary, lanes, &heights, steps)
      guard let highest = heights.max(),
        let first = heights.firstIndex(where: { $0 >= highest * 0.999 })
      else { return nil }
      let peak = min(1, Double(highest) / Double(values.count * values.count))
      let lowest = firstFrequency + Double(first) * GridEvidence.Lattice.step
      // Fewer steps than were tried show at their multiples.
      let found =
        [3, 2].map { lowest / $0 }.first {
          $0 >= 1 && Self.height(places, $0) >= peak * 0.999
        } ?? lowest
      count = values.count
      height = peak
      frequency = found * span / range
      step = range / found
      let codesOfValues = places.indices.map { index in
        let code = Int((places[index] * found).rounded())
        return hasZero && values[index] < 0 ? -code : code
      }
      // Values that crowd in two places fit steps that lead from one to the other.
      guard Set(codesOfValues).count + (hasZero ? 1 : 0) >= 4,
        !Self.isCrowd(values, codesOfValues)
      else { return nil }
      let (low, high) = (code(least), code(most))
      codes = min(low, high)...max(low, high)
    }

    /// Whether the most frequent code stands for many different values that lie close together, as
    /// those do that training has drawn to zero: they fit any steps that are wider.
    private static func isCrowd(_ values: [Float], _ codes: [Int]) -> Bool {
      let counts = codes.reduce(into: [:]) { $0[$1, default: 0] += 1 }
      guard let (code, count) = counts.max(by: { ($0.value, $0.key) < ($1.value, $1.key) }),
        count * crowdShare > values.count
      else { return false }
      let crowd = zip(values, codes).lazy.filter { $0.1 == code }.map(\.0)
      return Set(crowd).count > crowdValues
    }

    /// One in so many values makes a crowd: less of them does not make up a peak.
    private static let crowdShare = 4
    /// What rounding to a narrow type makes of one code.
    private static let crowdValues = 2

    private static func height(_ places: [Double], _ frequency: Double) -> Double {
      let real = places.reduce(0) { $0 + cos(2 * .pi * frequency * $1) }
      let imaginary = places.reduce(0) { $0 + sin(2 * .pi * frequency * $1) }
      return (real * real + imaginary * imaginary) / Double(places.count * places.count)
    }

    /// A value as a number of steps from zero.
    func code(_ value: Float) -> Int { Int((Double(value) / step).rounded()) }
  }
}
