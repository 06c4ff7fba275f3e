internal import TensorStats

/// A narrower float type that may be the content of wider values; the narrowest first.
enum FloatContent: String, CaseIterable {
  case e4m3 = "fp8_e4m3"
  case e5m2 = "fp8_e5m2"
  case bfloat16 = "bf16"
  case float16 = "fp16"
  case float32 = "fp32"

  /// The bits of a value.
  var bits: Int {
    switch self {
    case .e4m3, .e5m2: 8
    case .bfloat16, .float16: 16
    case .float32: 32
    }
  }

  /// How many values of a tensor it holds exactly.
  func count(in counts: LosslessCounts) -> Int {
    switch self {
    case .e4m3: counts.f8e4m3
    case .e5m2: counts.f8e5m2
    case .bfloat16: counts.bfloat16
    case .float16: counts.float16
    case .float32: counts.float32
    }
  }

  /// The smallest number above zero, in whose steps all numbers near it lie; `nil` where no weights
  /// are as small.
  private var smallest: Double? {
    switch self {
    case .e4m3: 0x1p-9
    case .e5m2: 0x1p-16
    case .float16: 0x1p-24
    case .bfloat16, .float32: nil
    }
  }

  /// Whether it holds so many of a tensor's values that it is what they came from.
  func isContent(of measured: Measurement) -> Bool {
    guard let counts = measured.lossless else { return false }
    return (counts.distinctAtLeast >= leastDistinct || isRangeEnd(of: measured))
      && Double(count(in: counts)) >= Threshold.upcastValues.value * Double(counts.eligible)
  }

  /// The different values that a tensor must have; floats of 8 bits have 253 in all, so fewer must do.
  private var leastDistinct: Int {
    (bits == 8 ? Threshold.narrowDistinct : Threshold.upcastDistinct).count
  }

  /// Whether the few values of a tensor reach down to exactly its smallest number: a cast leaves no
  /// more of weights that are hardly larger, and no scale is likely to make the same step.
  func isRangeEnd(of measured: Measurement) -> Bool {
    guard let counts = measured.lossless, let smallest else { return false }
    return (Threshold.rangeEndDistinct.count..<leastDistinct).contains(counts.distinctAtLeast)
      && measured.magnitudeHistogram?.edges.first == smallest
      && Double(count(in: counts)) >= Threshold.upcastValues.value * Double(counts.eligible)
  }

  /// Whether values stored with such a label may have come from it.
  func mayBeContent(of label: Verdict.Label) -> Bool {
    // F16 from BF16 is as wide, but has fewer bits of precision; the other way round shows nothing.
    Double(bits) < label.floatBits ?? 0 || self == .bfloat16 && label == .fp16
  }
}
