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
    var peaks: [Double] = []
    var frequencies: [Double] = []
    for values in windows {
      guard GridEvidence.distinctCount(values) >= 4,
        let peak = Self.peak(values, last: last)
      else { continue }
      peaks.append(peak.height)
      frequencies.append(peak.frequency)
    }
    guard !peaks.isEmpty else { return nil }
    peaks.sort()
    frequencies.sort()
    self.init(
      window: window, windows: peaks.count, medianPeak: peaks[peaks.count / 2],
      frequency: frequencies[min(frequencies.count - 1, frequencies.count * 95 / 100)])
  }

  /// The highest value of |Σ exp(2πi·f·y)|² / n² and the lowest frequency that comes near to it: equal
  /// steps give the same height at every multiple.
  private static func peak(
    _ values: ArraySlice<Float>, last: Double
  ) -> (height: Double, frequency: Double)? {
    guard let least = values.min(), let most = values.max(), least < most else { return nil }
    let range = Double(most) - Double(least)
    // Lanes beyond the last value stay zero and add nothing.
    let lanes = (values.count + 15) / 16 * 16
    var real = Array(repeating: Float(0), count: lanes)
    var imaginary = real
    var stepReal = real
    var stepImaginary = real
    for (index, value) in values.enumerated() {
      let place = (Double(value) - Double(least)) / range
      real[index] = Float(cos(2 * .pi * firstFrequency * place))
      imaginary[index] = Float(sin(2 * .pi * firstFrequency * place))
      stepReal[index] = Float(cos(2 * .pi * step * place))
      stepImaginary[index] = Float(sin(2 * .pi * step * place))
    }
    let count = max(1, Int((last - firstFrequency) / step) + 1)
    // Turning by the same angle each time needs no sine.
    var heights = Array(repeating: Float(0), count: count)
    periodogram(&real, &imaginary, stepReal, stepImaginary, lanes, &heights, count)
    guard let highest = heights.max(),
      let first = heights.firstIndex(where: { $0 >= highest * 0.999 })
    else { return nil }
    let number = Double(values.count)
    return (
      min(1, Double(highest) / (number * number)), firstFrequency + Double(first) * step
    )
  }
}
