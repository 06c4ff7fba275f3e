public import ModelFile

/// A floating-point format of at most 8 bits: sign, exponent and mantissa from the top.
struct NarrowFloat {
  var exponentBits: Int
  var mantissaBits: Int
  var bias: Int
  var specials: Specials

  /// Which codes are no finite numbers.
  enum Specials {
    /// None (OCP MX FP4 and FP6).
    case none
    /// The highest exponent, as in IEEE 754: infinity with mantissa 0, else NaN.
    case highestExponent
    /// All ones but the sign: NaN (the `fn` types).
    case allOnes
    /// The code of −0: NaN, and there is no −0 (the `fnuz` types).
    case negativeZero
  }

  /// The format of a type; `nil` where the type is another kind of number.
  ///
  /// OCP 8-bit Floating Point Specification 1.0 and Microscaling Formats 1.0; the FNUZ types are
  /// those of arXiv 2206.02915.
  init?(_ type: ElementType) {
    switch type {
    case .f4: self.init(exponentBits: 2, mantissaBits: 1, bias: 1, specials: .none)
    case .f6e2m3: self.init(exponentBits: 2, mantissaBits: 3, bias: 1, specials: .none)
    case .f6e3m2: self.init(exponentBits: 3, mantissaBits: 2, bias: 3, specials: .none)
    case .f8e4m3: self.init(exponentBits: 4, mantissaBits: 3, bias: 7, specials: .allOnes)
    case .f8e5m2: self.init(exponentBits: 5, mantissaBits: 2, bias: 15, specials: .highestExponent)
    case .f8e4m3fnuz: self.init(exponentBits: 4, mantissaBits: 3, bias: 8, specials: .negativeZero)
    case .f8e5m2fnuz: self.init(exponentBits: 5, mantissaBits: 2, bias: 16, specials: .negativeZero)
    default: return nil
    }
  }

  private init(exponentBits: Int, mantissaBits: Int, bias: Int, specials: Specials) {
    self.exponentBits = exponentBits
    self.mantissaBits = mantissaBits
    self.bias = bias
    self.specials = specials
  }

  /// How many codes there are.
  var codeCount: Int { 1 << (1 + exponentBits + mantissaBits) }

  /// The number of a code, exactly.
  func value(_ code: Int) -> Float {
    let magnitude = code & (codeCount / 2 - 1)
    let isNegative = code >= codeCount / 2
    let exponent = magnitude >> mantissaBits
    let mantissa = magnitude & (1 << mantissaBits - 1)
    let highest = 1 << exponentBits - 1
    switch specials {
    case .none: break
    case .highestExponent where exponent == highest:
      return mantissa != 0 ? .nan : isNegative ? -.infinity : .infinity
    case .allOnes where magnitude == codeCount / 2 - 1: return .nan
    case .negativeZero where isNegative && magnitude == 0: return .nan
    case .highestExponent, .allOnes, .negativeZero: break
    }
    // A subnormal number has no leading one and the exponent of the smallest normal one.
    let significand = exponent == 0 ? mantissa : mantissa + 1 << mantissaBits
    let scale = Float(sign: .plus, exponent: max(exponent, 1) - bias - mantissaBits, significand: 1)
    return (isNegative ? -Float(significand) : Float(significand)) * scale
  }
}

extension ElementType {
  /// The number of every code of a type of at most 8 bits, by code; `nil` for wider types and blocks.
  ///
  /// 256 entries for the 8-bit types (BOOL: everything but 0 is true and counts as 1), 64 for F6, 16
  /// for F4. F8_E8M0 is never zero: its code 0 is 2⁻¹²⁷, a subnormal number.
  public var valueTable: [Float]? {
    switch self {
    case .u8: (0..<256).map { Float($0) }
    case .i8: (0..<256).map { Float(Int8(truncatingIfNeeded: $0)) }
    case .bool: (0..<256).map { $0 == 0 ? 0 : 1 }
    case .f8e8m0:
      // The exponent alone, biased by 127 as in float32.
      (0..<256).map { $0 == 255 ? .nan : Float(sign: .plus, exponent: $0 - 127, significand: 1) }
    default: NarrowFloat(self).map { format in (0..<format.codeCount).map { format.value($0) } }
    }
  }

  /// Spreads the codes of F4 or F6 elements, one a byte.
  ///
  /// Codes lie from the least significant bit up: an F4's low nibble is the first of a byte, and
  /// three bytes hold four F6. Does nothing for other types.
  ///
  /// - Parameters:
  ///   - bytes: the packed codes.
  ///   - codes: as many as `bytes` holds, or fewer.
  public func unpackCodes(
    _ bytes: UnsafeRawBufferPointer,
    into codes: UnsafeMutableBufferPointer<UInt8>
  ) {
    switch self {
    case .f4:
      for i in 0..<min(bytes.count, codes.count / 2) {
        codes[2 * i] = bytes[i] & 15
        codes[2 * i + 1] = bytes[i] >> 4
      }
    case .f6e2m3, .f6e3m2:
      for i in 0..<min(bytes.count / 3, codes.count / 4) {
        let (a, b, c) = (bytes[3 * i], bytes[3 * i + 1], bytes[3 * i + 2])
        codes[4 * i] = a & 63
        codes[4 * i + 1] = a >> 6 | b << 2 & 63
        codes[4 * i + 2] = b >> 4 | c << 4 & 63
        codes[4 * i + 3] = c >> 2
      }
    default: break
    }
  }
}
