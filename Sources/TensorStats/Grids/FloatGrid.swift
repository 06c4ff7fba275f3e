#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension GridEvidence.FloatGrid {
  /// Bins of the phases of an octave, for a first guess of the scale.
  private static let bins = 512
  /// How far, in octaves, a value may be from its place: half a unit of BF16 is 0.0056 at most, and
  /// the scale is known to 0.001.
  private static let tolerance = 0.0075
  /// Fewer values than this do not show a scale.
  private static let leastValues = 64
  /// Steps of an octave that 3 bits of mantissa make.
  private static let steps = 8
  /// The least share of a step that is in use: Gaussian and heavy-tailed weights have 7 to 17 %.
  private static let usedShare = 0.02
  /// The most that the odd steps hold together where 2 bits of mantissa make every step.
  private static let unusedShare = 0.01

  /// Of windows that have a scale each; `nil` where they use too few of the steps to be floats, or
  /// where there are too few values.
  ///
  /// Whatever the scale s, a number with 3 bits of mantissa is s · 2ⁿ · k/8 with k of 8 … 15: its
  /// logarithm has one of eight places in the octave. Powers of two as scales of parts of a window
  /// change nothing in that.
  init?(_ windows: some Sequence<[Float]>, scope: Scope) {
    var held = 0
    var all = 0
    var uses = [Int](repeating: 0, count: Self.steps)
    var octaves: [Int] = []
    for window in windows {
      let phases = window.lazy.filter { $0 != 0 }.map { log2(Double($0.significand)) }
      guard phases.count >= Self.leastValues, let offset = Self.offset(Array(phases)) else {
        continue
      }
      let exponents = window.lazy.filter { $0 != 0 }.map { Int($0.exponent) }
      octaves.append((exponents.max() ?? 0) - (exponents.min() ?? 0))
      for phase in phases {
        let (step, distance) = Self.place(phase - offset)
        if distance.magnitude <= Self.tolerance {
          held += 1
          uses[step] += 1
        }
      }
      all += phases.count
    }
    guard held > 0 else { return nil }
    let shares = uses.map { Double($0) / Double(held) }
    let odd = stride(from: 1, to: Self.steps, by: 2).map { shares[$0] }
    let even = stride(from: 0, to: Self.steps, by: 2).map { shares[$0] }
    guard even.allSatisfy({ $0 >= Self.usedShare }) else { return nil }
    let mantissaBits: Int
    if odd.allSatisfy({ $0 >= Self.usedShare }) {
      mantissaBits = 3
    } else if odd.reduce(0, +) < Self.unusedShare {
      mantissaBits = 2
    } else {
      return nil
    }
    octaves.sort()
    self.init(
      scope: scope, mantissaBits: mantissaBits, windows: octaves.count,
      share: Double(held) / Double(all), octaves: octaves[octaves.count / 2])
  }

  /// The step of the octave that a phase is nearest to, and how far it is beyond.
  private static func place(_ phase: Double) -> (step: Int, distance: Double) {
    let within = phase - phase.rounded(.down)
    let step = Int((exp2(within) * Double(steps)).rounded())
    return (step % steps, within - log2(Double(step) / Double(steps)))
  }

  /// The place of the scale in the octave: the one from which most phases lie on steps.
  private static func offset(_ phases: [Double]) -> Double? {
    var histogram = [Int](repeating: 0, count: bins)
    for phase in phases { histogram[Int(phase * Double(bins)) % bins] += 1 }
    guard let highest = histogram.indices.max(by: { histogram[$0] < histogram[$1] }) else {
      return nil
    }
    let peak = (Double(highest) + 0.5) / Double(bins)
    func count(_ offset: Double) -> Int {
      (0..<steps).reduce(0) { sum, step in
        let place = offset + log2(1 + Double(step) / Double(steps))
        let bin = Int((place - place.rounded(.down)) * Double(bins))
        return sum + (-4...4).reduce(0) { $0 + histogram[(bin + $1 + bins) % bins] }
      }
    }
    let offsets = (0..<steps).map { peak - log2(1 + Double($0) / Double(steps)) }
    guard let best = offsets.max(by: { count($0) < count($1) }) else { return nil }
    // The middle of what lies near is better than the middle of a bin.
    let near = phases.map { place($0 - best).distance }.filter { $0.magnitude <= 2 * tolerance }
    return near.isEmpty ? best : best + near.reduce(0, +) / Double(near.count)
  }
}
