/// How often evenly spaced values are zero, and one and two steps from it.
///
/// Weights that were only quantized have about as many zeros as their neighbours; pruned ones have
/// more.
public struct CodesNearZero: Sendable, Equatable {
  /// Values that are zero.
  public var zeros: Int
  /// Values one step from zero, on both sides together.
  public var ones: Int
  /// Values two steps from zero.
  public var twos: Int

  /// Pairs counts.
  public init(zeros: Int = 0, ones: Int = 0, twos: Int = 0) {
    self.zeros = zeros
    self.ones = ones
    self.twos = twos
  }

  /// How much more frequent zero is than each of its neighbours; infinite where those do not occur.
  public var zeroRatio: Double { ones > 0 ? 2 * Double(zeros) / Double(ones) : .infinity }

  /// How much more frequent the neighbours of zero are than the next values.
  public var nextRatio: Double {
    twos > 0 ? Double(ones) / Double(twos) : ones > 0 ? .infinity : 0
  }

  /// Counts values by their distance from zero in whole steps.
  mutating func add(step: Int, count: Int = 1) {
    switch step.magnitude {
    case 0: zeros += count
    case 1: ones += count
    case 2: twos += count
    default: break
    }
  }
}
