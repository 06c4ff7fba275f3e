/// The error of quantizing normally distributed weights by rounding each to the nearest, in units of
/// their deviation: what a type can do, to compare a file's error with.
enum GaussianError {
  /// The error of a ggml type; `nil` for others.
  static func of(typeNamed name: String) -> Double? { table[name] }

  // Measured with ggml's reference quantizers on a million numbers.
  private static let table = [
    "Q8_0": 0.0054, "Q6_K": 0.018, "Q5_K": 0.036, "Q5_0": 0.043, "Q4_K": 0.071, "IQ4_NL": 0.076,
    "Q4_0": 0.086, "NVFP4": 0.102, "MXFP4": 0.116, "Q3_K": 0.151, "IQ3_S": 0.166,
    "IQ2_XS": 0.30, "Q2_K": 0.30, "IQ1_S": 0.49,
  ]
}
