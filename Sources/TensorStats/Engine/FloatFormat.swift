/// What a float type can hold, to tell whether it holds a number exactly.
struct FloatFormat {
  /// Bits of the significand behind its leading one.
  var fractionBits: Int
  /// The exponent of the smallest normal number.
  var leastExponent: Int
  /// The largest finite number.
  var largest: Double

  static let float32 = FloatFormat(
    fractionBits: 23, leastExponent: -126, largest: Double(Float.greatestFiniteMagnitude))
  static let bfloat16 = FloatFormat(
    fractionBits: 7, leastExponent: -126, largest: 0x1.FEp127)
  static let float16 = FloatFormat(fractionBits: 10, leastExponent: -14, largest: 65504)
  static let f8e4m3 = FloatFormat(fractionBits: 3, leastExponent: -6, largest: 448)
  static let f8e5m2 = FloatFormat(fractionBits: 2, leastExponent: -14, largest: 57344)

  /// What decides whether a format holds a finite number other than zero.
  struct Number {
    let magnitude: Double
    let exponent: Int
    /// The exponent of the last bit that is set.
    let lastExponent: Int

    init(_ value: Double) {
      magnitude = value.magnitude
      exponent = Int(value.exponent)
      lastExponent = exponent - value.significandWidth
    }
  }

  /// Whether a number is one of the type's.
  func holds(_ number: Number) -> Bool {
    number.magnitude <= largest
      && number.lastExponent >= max(number.exponent, leastExponent) - fractionBits
  }
}
