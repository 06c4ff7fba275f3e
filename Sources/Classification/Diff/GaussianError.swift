/// The error of quantizing normally distributed weights by rounding each to the nearest, in units of
/// their deviation: what a type can do, to compare a file's error with.
enum GaussianError {
  /// The error of a ggml type; `nil` for others.
  static func of(typeNamed name: String) -> Double? { table[name] }

  /// The error of a type, or the most that is usual for codes of a width.
  static func of(typeNamed name: String, bits: Double?) -> Double {
    if let known = table[name] { return known }
    guard let bits, bits.isFinite, bits > 1 else { return leastBits }
    // A step for each code over the ±4 σ of a row: scales may be as coarse as that.
    let even = 8 / (exp2(bits) - 1) / 12.0.squareRoot()
    return min(leastBits, bits >= 6 ? max(even, smallFloats) : even)
  }

  /// Rounding to two bits of mantissa, as the coarsest floats of six to eight bits do.
  private static let smallFloats = 0.053
  /// Ternary codes of normal weights, whose scale is the greatest of them.
  private static let leastBits = 0.81

  /// 2 to a power; neither Foundation nor libc is wanted for it.
  private static func exp2(_ power: Double) -> Double {
    let whole = power.rounded(.down)
    // Widths of codes are whole numbers or nearly so: between them a straight line will do.
    return Double(sign: .plus, exponent: Int(min(64, whole)), significand: 1 + power - whole)
  }

  // Measured with ggml's reference quantizers on a million numbers.
  private static let table = [
    "Q8_0": 0.0054, "Q6_K": 0.018, "Q5_K": 0.036, "Q5_1": 0.038, "Q5_0": 0.043, "Q4_K": 0.071,
    "IQ4_NL": 0.076, "Q4_1": 0.078, "Q4_0": 0.086, "NVFP4": 0.102, "MXFP4": 0.116, "Q3_K": 0.151,
    "IQ3_S": 0.166, "IQ2_XS": 0.30, "Q2_K": 0.30, "IQ1_S": 0.49, "TQ1_0": 0.81, "TQ2_0": 0.81,
  ]
}
