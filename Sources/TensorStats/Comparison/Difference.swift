import CKernels

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// How the numbers of a tensor, or of several, differ from those of a reference.
///
/// Sums are over pairs of finite numbers; counts are over all pairs.
public struct Difference: Sendable, Equatable {
  /// Pairs.
  public var count = 0
  /// Pairs of which one is no finite number.
  public var notFinite = 0
  /// Of these the equal ones: both infinite with one sign, or both NaN.
  public var notFiniteIdentical = 0
  /// Equal pairs: ±0 as one, NaN as NaN.
  public var identical = 0
  /// Pairs of opposite signs.
  public var signFlips = 0
  /// Zeros of the reference.
  public var referenceZeros = 0
  /// Zeros of the other.
  public var zeros = 0
  /// Pairs of zeros.
  public var commonZeros = 0
  /// The greatest |b − a|.
  public var maximum = 0.0

  /// What the sums below are counted in, those of squares in its square: a power of two that keeps
  /// squares of float64 within its range.
  var unit = 1.0
  var absolute = 0.0
  var squared = 0.0
  var sumA = 0.0
  var sumB = 0.0
  var squaresA = 0.0
  var squaresB = 0.0
  var products = 0.0
  var removed = 0.0

  /// No pairs.
  public init() {}

  init(_ sums: pair_sums, count: Int, unit: Double = 1) {
    self.count = count
    self.unit = unit
    notFinite = Int(sums.not_finite)
    notFiniteIdentical = Int(sums.not_finite_identical)
    identical = Int(sums.identical)
    signFlips = Int(sums.sign_flips)
    referenceZeros = Int(sums.zeros_a)
    zeros = Int(sums.zeros_b)
    commonZeros = Int(sums.zeros_both)
    maximum = sums.greatest_difference * unit
    absolute = sums.difference
    squared = sums.squared_difference
    sumA = sums.a
    sumB = sums.b
    squaresA = sums.aa
    squaresB = sums.bb
    products = sums.ab
    removed = sums.removed
  }

  /// Adds further pairs.
  public mutating func merge(_ other: Difference) {
    // Of nothing the unit is any.
    if count == 0 { unit = other.unit }
    count += other.count
    notFinite += other.notFinite
    notFiniteIdentical += other.notFiniteIdentical
    identical += other.identical
    signFlips += other.signFlips
    referenceZeros += other.referenceZeros
    zeros += other.zeros
    commonZeros += other.commonZeros
    maximum = max(maximum, other.maximum)
    var other = other
    if unit < other.unit { convert(to: other.unit) } else { other.convert(to: unit) }
    absolute += other.absolute
    squared += other.squared
    sumA += other.sumA
    sumB += other.sumB
    squaresA += other.squaresA
    squaresB += other.squaresB
    products += other.products
    removed += other.removed
  }

  private mutating func convert(to unit: Double) {
    guard unit != self.unit else { return }
    let factor = self.unit / unit
    for sum in [\Self.absolute, \.sumA, \.sumB, \.removed] { self[keyPath: sum] *= factor }
    for sum in [\Self.squared, \.squaresA, \.squaresB, \.products] {
      self[keyPath: sum] *= factor * factor
    }
    self.unit = unit
  }
}

// What follows from the sums; `nil` where there is nothing to divide by.
extension Difference {
  /// Pairs of finite numbers.
  public var finiteCount: Int { count - notFinite }

  /// Whether every pair is equal.
  public var isIdentical: Bool { identical == count }

  /// Zeros of the other where the reference has none.
  public var newZeros: Int { zeros - commonZeros }

  /// Zeros of the reference where the other has none.
  public var filledZeros: Int { referenceZeros - commonZeros }

  /// Mean of |b − a|.
  public var meanAbsolute: Double? { quotient(absolute, Double(finiteCount)).map { $0 * unit } }

  /// Root of the mean of (b − a)².
  public var rootMeanSquare: Double? {
    quotient(squared, Double(finiteCount)).map { $0.squareRoot() * unit }
  }

  /// The reference's standard deviation.
  public var referenceDeviation: Double? {
    guard finiteCount > 0 else { return nil }
    let mean = sumA / Double(finiteCount)
    let variance = max(0, squaresA / Double(finiteCount) - mean * mean)
    return variance.isFinite ? variance.squareRoot() * unit : nil
  }

  /// ``rootMeanSquare`` in units of ``referenceDeviation``.
  public var relativeRootMeanSquare: Double? {
    guard let root = rootMeanSquare, let deviation = referenceDeviation else { return nil }
    return quotient(root, deviation)
  }

  /// The cosine of the angle between the two as vectors.
  public var cosine: Double? {
    // Roots first: the product of two sums of squares may be no double.
    quotient(products, squaresA.squareRoot() * squaresB.squareRoot()).map { min(1, max(-1, $0)) }
  }

  /// Pearson's coefficient of correlation, which a common mean does not raise.
  public var correlation: Double? {
    guard finiteCount > 0 else { return nil }
    let count = Double(finiteCount)
    let covariance = products / count - sumA / count * (sumB / count)
    let varianceA = max(0, squaresA / count - sumA / count * (sumA / count))
    let varianceB = max(0, squaresB / count - sumB / count * (sumB / count))
    return quotient(covariance, varianceA.squareRoot() * varianceB.squareRoot())
      .map { min(1, max(-1, $0)) }
  }

  /// The reference's power over the difference's, in decibels; `nil` also where nothing differs.
  public var signalToNoise: Double? {
    guard squared > 0 else { return nil }
    return quotient(squaresA, squared).flatMap { $0 > 0 ? 10 * log10($0) : nil }
  }

  /// What the other is, as a multiple of the reference, in the sense of least squares.
  public var gain: Double? { quotient(products, squaresA) }

  /// The mean magnitude of the weights that became zero, over the root mean square of those that were
  /// none: of normal weights 0.8 where they were chosen at random, less where the smallest were.
  public var removedMagnitude: Double? {
    guard newZeros > 0, finiteCount > referenceZeros else { return nil }
    return quotient(
      removed / Double(newZeros), (squaresA / Double(finiteCount - referenceZeros)).squareRoot())
  }

  /// The mean power of the difference, if all of it is that of weights that became zero, over that of
  /// the weights that were none: 1 where they were chosen at random, whatever their distribution.
  public var removedPower: Double? {
    guard newZeros > 0, let noise = relativeNoise else { return nil }
    return noise * Double(finiteCount - referenceZeros) / Double(newZeros)
  }

  /// The difference's power over the reference's; 0 where nothing differs.
  public var relativeNoise: Double? { quotient(squared, squaresA) }

  private func quotient(_ a: Double, _ b: Double) -> Double? {
    let quotient = a / b
    return b > 0 && quotient.isFinite ? quotient : nil
  }
}
