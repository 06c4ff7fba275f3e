import ModelFile
import TestSupport

/// Weights as training leaves them: seeded, the same on every run.
struct Weights {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

  /// A number in 0 ..< 1.
  mutating func uniform() -> Float {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Float(state >> 40) * 0x1p-24
  }

  /// Gaussian weights with all bits of the mantissa in use.
  mutating func gaussian(_ count: Int, sigma: Float = 0.02) -> [Float] {
    // Any start in a pool of numbers drawn once: drawing all anew costs most of a test's time.
    let start = Int(uniform() * Float(Self.pool.count))
    let scale = sigma * (1 + 0.01 * uniform())
    return (0..<count).map { Self.pool[(start + $0) % Self.pool.count] * scale }
  }

  private static let pool: [Float] = {
    var weights = Weights(seed: 7)
    return (0..<99_991).map { _ in
      // The sum of twelve uniform numbers has variance 1.
      var sum: Float = -6
      for _ in 0..<12 { sum += weights.uniform() }
      return sum
    }
  }()
}

/// A float type that tests store weights in.
enum Stored: String, CaseIterable {
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"

  func bytes(_ values: [Float]) -> [UInt8] {
    switch self {
    case .f32: contents(values.map(\.bitPattern.littleEndian))
    case .f16: contents(values.map { halfBits($0).littleEndian })
    case .bf16: contents(values.map { bfloatBits($0).littleEndian })
    }
  }
}

/// The bytes of numbers.
private func contents<Number: FixedWidthInteger>(_ numbers: [Number]) -> [UInt8] {
  numbers.withUnsafeBytes { Array($0) }
}

/// The nearest BF16 number, ties to even.
func bfloatBits(_ value: Float) -> UInt16 {
  let bits = value.bitPattern
  return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
}

/// A float rounded to BF16.
func bfloat(_ value: Float) -> Float { Float(bitPattern: UInt32(bfloatBits(value)) << 16) }

/// The nearest F16 number, ties to even.
func halfBits(_ value: Float) -> UInt16 {
  let sign = UInt16(value.sign == .minus ? 0x8000 : 0)
  let magnitude = value.magnitude
  if magnitude == 0 { return sign }
  if magnitude >= 65520 { return sign | 0x7C00 }
  let exponent = max(Int(magnitude.exponent), -14)
  let steps = (magnitude / Float(sign: .plus, exponent: exponent - 10, significand: 1))
    .rounded(.toNearestOrEven)
  // Steps run into the exponent by themselves where they round up to the next power of two.
  return sign | UInt16(Int(steps) + (exponent + 14) * 1024)
}

/// A float rounded to F16.
func half(_ value: Float) -> Float {
  let bits = halfBits(value)
  let exponent = Int(bits >> 10 & 31)
  let fraction = Float(bits & 1023)
  let magnitude =
    exponent == 0
    ? fraction * 0x1p-24
    : (1024 + fraction) * Float(sign: .plus, exponent: exponent - 25, significand: 1)
  return bits & 0x8000 == 0 ? magnitude : -magnitude
}
