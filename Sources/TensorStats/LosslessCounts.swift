/// How many of a tensor's values narrower float types would hold exactly.
///
/// Counted over `eligible` values: finite, not zero. A value counts for a type that holds it exactly:
/// its mantissa bits below that type's are zero, and its magnitude is in that type's range, subnormal
/// numbers included.
public struct LosslessCounts: Sendable, Equatable {
  /// Finite values other than zero.
  public var eligible: Int
  /// Values that F32 holds.
  public var float32: Int
  /// Values that BF16 holds.
  public var bfloat16: Int
  /// Values that F16 holds.
  public var float16: Int
  /// Values that F8_E4M3 holds.
  public var f8e4m3: Int
  /// Values that F8_E5M2 holds.
  public var f8e5m2: Int
  /// Values by their trailing zero bits of the mantissa.
  ///
  /// For F32 index 0 holds all below 12.
  public var trailingZeros: [Int]
  /// Different bit patterns seen, counted up to 256: a constant tensor proves nothing.
  public var distinctAtLeast: Int
}
