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
  var isOnlyNotFinite: Bool { maximum == 0 && notFinite > 0 && identical < count }

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
