import ModelFile
import TensorStats

/// Random numbers from a seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in .random(in: 0...255, using: &self) }
  }
}

/// Element after element, written from the description of the blocks; slow and plain.
struct ReferenceBlock {
  var bytes: [UInt8]

  func u16(_ o: Int) -> Int { Int(bytes[o]) | Int(bytes[o + 1]) << 8 }
  func u32(_ o: Int) -> UInt32 { UInt32(u16(o)) | UInt32(u16(o + 2)) << 16 }
  func i8(_ o: Int) -> Float { Float(Int8(bitPattern: bytes[o])) }
  func byte(_ o: Int) -> Int { Int(bytes[o]) }

  /// A binary16, by the definition.
  static func f16(_ bits: Int) -> Float {
    let exponent = bits >> 10 & 31
    let mantissa = Float(bits & 1023)
    let magnitude: Float =
      switch exponent {
      case 0: mantissa * 0x1p-24
      case 31: mantissa == 0 ? .infinity : .nan
      default: (1024 + mantissa) * Float(sign: .plus, exponent: exponent - 25, significand: 1)
      }
    return bits & 0x8000 == 0 ? magnitude : -magnitude
  }

  func f16(_ o: Int) -> Float { Self.f16(u16(o)) }

  /// The nibbles of 32 elements in 16 bytes: low ones first.
  func nibble(_ o: Int, _ e: Int) -> Int { byte(o + e % 16) >> (e < 16 ? 0 : 4) & 15 }

  static let e2m1: [Float] = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12]
  static let iq4: [Float] = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
  ]

  /// Scale and minimum codes of Q4_K and Q5_K.
  func scaleMin(_ sc: Int, _ j: Int) -> (Float, Float) {
    j < 4
      ? (Float(byte(sc + j) & 63), Float(byte(sc + j + 4) & 63))
      : (
        Float(byte(sc + j + 4) & 15 | (byte(sc + j - 4) >> 6) << 4),
        Float(byte(sc + j + 4) >> 4 | (byte(sc + j) >> 6) << 4)
      )
  }

  /// The value of an element; `nil` for types whose grids are not repeated here.
  func value(_ type: ElementType, _ e: Int) -> Float? {
    let (half, p, l) = (e / 128, e % 128 / 32, e % 32)
    switch type {
    case .q4_0: return Float(nibble(2, e) - 8) * f16(0)
    case .q4_1: return Float(nibble(4, e)) * f16(0) + f16(2)
    case .q5_0: return Float(nibble(6, e) + Int(u32(2) >> e & 1) * 16 - 16) * f16(0)
    case .q5_1: return Float(nibble(8, e) + Int(u32(4) >> e & 1) * 16) * f16(0) + f16(2)
    case .q8_0: return i8(2 + e) * f16(0)
    case .q8_1: return i8(4 + e) * f16(0)
    case .q8K: return Float(bitPattern: u32(0)) * i8(4 + e)
    case .q1_0: return byte(2 + e / 8) >> (e % 8) & 1 == 1 ? f16(0) : -f16(0)
    case .q2_0: return Float(byte(2 + e / 4) >> (2 * (e % 4)) & 3 - 1) * f16(0)
    case .q2K:
      let q = Float(byte(16 + 32 * half + l) >> (2 * p) & 3)
      let s = byte(e / 16)
      let product = f16(80) * Float(s & 15) * q
      return product - f16(82) * Float(s >> 4)
    case .q3K:
      let set = byte(l) >> (4 * half + p) & 1 == 1
      let q = Float(byte(32 + 32 * half + l) >> (2 * p) & 3 - (set ? 0 : 4))
      let i = e / 16
      let low = i < 8 ? byte(96 + i) & 15 : byte(96 + i - 8) >> 4
      let s = low | (byte(96 + 8 + i % 4) >> (2 * (i / 4)) & 3) << 4
      return f16(108) * Float(s - 32) * q
    case .q4K:
      let q = Float(byte(16 + 32 * (e / 64) + l) >> (4 * (e % 64 / 32)) & 15)
      let (s, m) = scaleMin(4, e / 32)
      let product = f16(0) * s * q
      return product - f16(2) * m
    case .q5K:
      let low = byte(48 + 32 * (e / 64) + l) >> (4 * (e % 64 / 32)) & 15
      let q = Float(low + 16 * (byte(16 + l) >> (e / 32) & 1))
      let (s, m) = scaleMin(4, e / 32)
      let product = f16(0) * s * q
      return product - f16(2) * m
    case .q6K:
      let low = byte(64 * half + 32 * (p & 1) + l) >> (4 * (p >> 1)) & 15
      let q = low | (byte(128 + 32 * half + l) >> (2 * p) & 3) << 4
      return f16(208) * i8(192 + e / 16) * Float(q - 32)
    case .tq1_0:
      let (o, n) =
        e < 160
        ? (e % 32, e / 32)
        : e < 240 ? (32 + (e - 160) % 16, (e - 160) / 16) : (48 + (e - 240) % 4, (e - 240) / 4)
      let x = byte(o) * [1, 3, 9, 27, 81][n] & 255
      return Float((x * 3) >> 8 - 1) * f16(52)
    case .tq2_0: return Float(byte(32 * half + l) >> (2 * p) & 3 - 1) * f16(64)
    case .mxfp4:
      return Self.e2m1[nibble(1, e)] * Float(sign: .plus, exponent: byte(0) - 128, significand: 1)
    case .nvfp4:
      let (g, r) = (e / 16, e % 16)
      let code = byte(4 + 8 * g + r % 8) >> (r < 8 ? 0 : 4) & 15
      let x = byte(g) & 0x7F
      let scale: Float =
        x == 0x7F
        ? 0
        : x < 8
          ? Float(x) * 0x1p-9
          : (1 + Float(x & 7) / 8) * Float(sign: .plus, exponent: x >> 3 - 7, significand: 1)
      return Self.e2m1[code] * (scale * 0.5)
    case .iq4NL: return f16(0) * Self.iq4[nibble(2, e)]
    case .iq4XS:
      let g = e / 32
      let s = byte(4 + g / 2) >> (4 * (g % 2)) & 15 | (u16(2) >> (2 * g) & 3) << 4
      return f16(0) * Float(s - 32) * Self.iq4[nibble(8 + 16 * g, e % 32)]
    default: return nil
    }
  }
}

extension ElementType {
  /// The offsets of the 16-bit floats in a block, to plant hostile ones.
  var f16Offsets: [Int] {
    switch self {
    case .q4_0, .q5_0, .q8_0, .q1_0, .q2_0, .iq4NL, .iq4XS, .iq2XXS, .iq2XS, .iq2S, .iq3XXS, .iq3S,
      .iq1S:
      [0]
    case .q4_1, .q5_1, .q8_1, .q4K, .q5K: [0, 2]
    case .q2K: [80, 82]
    case .q3K: [108]
    case .q6K: [208]
    case .tq1_0: [52]
    case .tq2_0: [64]
    default: []
    }
  }

  /// Random blocks whose scales are often zero, negative, subnormal, infinite or no number.
  func hostileBlocks(_ count: Int, seed: UInt64) -> [UInt8] {
    guard let layout else { return [] }
    var generator = SeededGenerator(state: seed)
    let special: [UInt16] = [
      0, 0x8000, 1, 0x8001, 0x03FF, 0x0400, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x7C01, 0x7E00, 0xFFFF,
      0x3C00,
    ]
    var blocks: [UInt8] = []
    for _ in 0..<count {
      var block = generator.bytes(layout.bytes)
      for offset in f16Offsets where Bool.random(using: &generator) {
        let bits = special.randomElement(using: &generator) ?? 0
        block[offset] = UInt8(bits & 255)
        block[offset + 1] = UInt8(bits >> 8)
      }
      blocks += block
    }
    return blocks
  }

  /// What `decodeBlocks` makes of bytes.
  func decoded(_ bytes: [UInt8], in byteOrder: ByteOrder = .little) -> [Float] {
    guard let layout else { return [] }
    let capacity = bytes.count / layout.bytes * layout.elements
    return [Float](unsafeUninitializedCapacity: capacity) { floats, count in
      count = bytes.withUnsafeBytes { decodeBlocks($0, into: floats, byteOrder: byteOrder) }
    }
  }

  static let blockTypes = decodable.filter { $0.family == .block && $0 != .i2S }
}

/// Equal bit by bit, all NaN alike.
func isSame(_ a: Float, _ b: Float) -> Bool { a.bitPattern == b.bitPattern || a.isNaN && b.isNaN }
