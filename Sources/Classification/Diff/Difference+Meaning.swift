internal import TensorStats

// What the sums over the pairs of a tensor say of what was done to it.
extension Difference {
  /// Zeros of the other where the reference has none, as a share of all pairs.
  var newZeroShare: Double { Double(newZeros) / Double(max(1, count)) }

  /// Zeros of the reference where the other has none, as a share of all pairs.
  var filledZeroShare: Double { Double(filledZeros) / Double(max(1, count)) }

  /// Of the weights that are not zero in the other, the share that is the reference's.
  var survivorShare: Double {
    let rest = count - zeros
    return rest > 0 ? Double(identical - commonZeros) / Double(rest) : 1
  }

  /// The same for two that change places, as far as zeros and equal pairs go.
  var reversed: Difference {
    var result = self
    result.zeros = referenceZeros
    result.referenceZeros = zeros
    return result
  }

  /// Whether weights were set to zero and nearly all others are the reference's.
  var isOnlyPruned: Bool {
    newZeroShare >= DiffThresholds.pruned && filledZeroShare < DiffThresholds.pruned
      && identical > commonZeros && survivorShare >= DiffThresholds.survivors
  }

  /// Whether the smallest weights were removed and not any; `nil` where none were.
  ///
  /// Where all others are the reference's the power of what was removed tells, which is that of all
  /// where the choice was random, whatever the distribution; else the mean magnitude, which is 0.8 for
  /// normal weights. Removing the smallest of normal weights leaves the closer to that the more are
  /// removed, and the limit is half-way.
  var hasLostTheSmallest: Bool? {
    guard let power = removedPower, let magnitude = removedMagnitude else { return nil }
    let share = min(Double(newZeros) / Double(max(1, count - referenceZeros)), 0.999_999)
    let smallest = NormalDistribution.smallest(share)
    if survivorShare >= DiffThresholds.survivors { return power < (1 + smallest.power) / 2 }
    return magnitude < (NormalDistribution.meanMagnitude + smallest.magnitude) / 2
  }

  /// Pairs of which one is finite and the other is not, or is another such value.
  var newNotFinite: Int { notFinite - notFiniteIdentical }

  /// Whether weights were set to zero: many, or some and nothing else.
  ///
  /// A pruned model's zeros stay where it is pruned further; two that were pruned apart have zeros of
  /// their own.
  var isPruned: Bool {
    if newZeroShare >= DiffThresholds.onlyZeros, identical + newZeros == count { return true }
    return newZeroShare >= DiffThresholds.pruned && filledZeroShare < DiffThresholds.pruned
  }

  /// Whether both have zeros of their own.
  var hasTwoMasks: Bool {
    newZeroShare >= DiffThresholds.pruned && filledZeroShare >= DiffThresholds.pruned
  }

  /// Whether only numbers below F16's normal ones differ, by half of its least step at most.
  var isUnderflowOfF16: Bool { maximum <= 0x1p-25 && 2 * identical > count }

  /// Whether all pairs of finite numbers are equal.
  var isOnlyNotFinite: Bool { maximum == 0 && newNotFinite > 0 }

  /// Whether the other is the reference times a constant, up to rounding.
  ///
  /// - Parameter noise: the power of rounding over that of the numbers.
  func isScaled(noise: Double) -> Bool {
    guard finiteCount >= DiffThresholds.fewestScaled, let gain, let cosine,
      (gain - 1).magnitude >= DiffThresholds.scaled
    else { return false }
    // Sums of float32 products are exact to some 10⁻⁸.
    return 1 - cosine * cosine <= max(noise, 1e-7)
  }
}
