import Foundation
import ModelFile
import TensorStats
import TestSupport
import Testing

@Suite struct DecodingTests {
  @Test(
    .enabled(if: Paths.reference != nil),
    arguments: ElementType.blockTypes
  )
  func agreesWithGGMLBitByBit(type: ElementType) throws {
    let folder = try #require(Paths.reference).appendingPathComponent("ggml-blocks")
    let blocks = try Data(contentsOf: folder.appendingPathComponent("\(type.name).blocks.bin"))
    let expected = try Data(contentsOf: folder.appendingPathComponent("\(type.name).f32le.bin"))
    let decoded = type.decoded([UInt8](blocks))
    #expect(decoded.count * 4 == expected.count)
    #expect(decoded.flatMap { littleEndian($0.bitPattern) } == [UInt8](expected))
  }

  @Test(arguments: ElementType.blockTypes)
  func agreesWithTheReferenceOnHostileBlocks(type: ElementType) throws {
    let layout = try #require(type.layout)
    let bytes = type.hostileBlocks(200, seed: 1)
    let decoded = type.decoded(bytes)
    #expect(decoded.count == 200 * layout.elements)
    var wrong = 0
    for block in 0..<200 {
      let reference = ReferenceBlock(
        bytes: Array(bytes[block * layout.bytes..<(block + 1) * layout.bytes])
      )
      for e in 0..<layout.elements {
        guard let value = reference.value(type, e) else { continue }
        if !isSame(value, decoded[block * layout.elements + e]) { wrong += 1 }
      }
    }
    #expect(wrong == 0)
  }

  /// The grids are too long to repeat; the digests are of outputs that equalled ggml's.
  @Test(
    arguments: [
      (.iq2XXS, 0x9387_277A_D17F_401C), (.iq2XS, 0x7C81_613A_A6B4_623F),
      (.iq2S, 0x7B72_5252_B8F9_15A6), (.iq3XXS, 0x8BC3_6812_D7EE_2F41),
      (.iq3S, 0x3F5F_C656_40EB_92B7), (.iq1S, 0x1218_CCD7_AA67_0DF6),
      (.iq1M, 0x7757_78F1_B1C5_DC7B),
    ] as [(ElementType, UInt64)]
  )
  func decodesGridTypesAsEver(type: ElementType, digest: UInt64) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for value in type.decoded(type.hostileBlocks(400, seed: 2)) {
      let bits = value.isNaN ? 0x7FC0_0000 : value.bitPattern
      for byte in littleEndian(bits) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
    #expect(hash == digest)
  }

  @Test(arguments: ElementType.blockTypes)
  func decodesWholeBlocksOnly(type: ElementType) throws {
    let layout = try #require(type.layout)
    let bytes = type.hostileBlocks(3, seed: 3)
    let whole = type.decoded(bytes)
    for count in [0, 1, layout.bytes - 1, layout.bytes, layout.bytes + 1, 2 * layout.bytes + 5] {
      let part = type.decoded(Array(bytes[..<count]))
      #expect(part.count == count / layout.bytes * layout.elements)
      #expect(zip(part, whole).allSatisfy(isSame))
    }
    // Room for one block and a half: one is written, nothing behind it.
    var floats = [Float](repeating: 7, count: layout.elements * 3 / 2)
    let written = floats.withUnsafeMutableBufferPointer { buffer in
      bytes.withUnsafeBytes { type.decodeBlocks($0, into: buffer) }
    }
    #expect(written == layout.elements)
    #expect(floats[layout.elements...].allSatisfy { $0 == 7 })
  }

  @Test func readsBlocksAtAnyAddress() {
    let bytes = ElementType.q4K.hostileBlocks(2, seed: 4)
    let expected = ElementType.q4K.decoded(bytes)
    for shift in 1..<8 {
      let shifted = [UInt8](repeating: 0, count: shift) + bytes
      let decoded = [Float](unsafeUninitializedCapacity: 512) { floats, count in
        count = shifted.withUnsafeBytes {
          ElementType.q4K.decodeBlocks(
            UnsafeRawBufferPointer(rebasing: $0[shift...]),
            into: floats
          )
        }
      }
      #expect(zip(decoded, expected).allSatisfy(isSame))
    }
  }

  @Test(
    arguments: [
      (ElementType.q4_0, [0]), (.q8_0, [0]), (.q4K, [0, 2]), (.q6K, [208]), (.mxfp4, []),
      (.nvfp4, []),
    ] as [(ElementType, [Int])]
  )
  func readsBigEndianBlocks(type: ElementType, fields: [Int]) throws {
    let layout = try #require(type.layout)
    let bytes = type.hostileBlocks(150, seed: 5)
    var swapped = bytes
    for block in 0..<150 {
      for field in fields {
        swapped.swapAt(block * layout.bytes + field, block * layout.bytes + field + 1)
      }
    }
    #expect(type.isDefined(in: .big))
    #expect(zip(type.decoded(swapped, in: .big), type.decoded(bytes)).allSatisfy(isSame))
  }

  @Test(arguments: ElementType.decodable.filter { $0.family != .block })
  func readsBigEndianNumbers(type: ElementType) throws {
    let layout = try #require(type.layout)
    var generator = SeededGenerator(state: 6)
    let bytes = generator.bytes(layout.bytes * 133)
    let width = type.family == .complex || layout.elements > 1 ? 1 : layout.bytes
    let swapped = stride(from: 0, to: bytes.count, by: width).flatMap {
      bytes[$0..<$0 + width].reversed()
    }
    #expect(type.isDefined(in: .big))
    #expect(zip(type.decoded(swapped, in: .big), type.decoded(bytes)).allSatisfy(isSame))
  }

  @Test func declinesWhatBigEndianDoesNotDefine() {
    for type in [ElementType.q4_1, .q5_0, .q2K, .q3K, .q5K, .q8K, .iq4NL, .iq2XXS, .tq1_0, .i2S] {
      #expect(type.isDefined(in: .little))
      #expect(!type.isDefined(in: .big))
      #expect(type.decoded(type.hostileBlocks(2, seed: 7), in: .big).isEmpty)
    }
    #expect(!ElementType.foreign(ForeignType(name: "IQ2_K", layout: nil)).isDefined(in: .little))
  }

  @Test func readsTernaryRunsWithTheScaleBehindTheTensor() {
    var generator = SeededGenerator(state: 8)
    let bytes = generator.bytes(64)
    let decoded = [Float](unsafeUninitializedCapacity: 256) { floats, count in
      count = bytes.withUnsafeBytes { ElementType.i2S.decodeBlocks($0, into: floats, scale: -0.5) }
    }
    #expect(decoded.count == 256)
    for (e, value) in decoded.enumerated() {
      let code = Int(bytes[e / 128 * 32 + e % 32]) >> (6 - 2 * (e % 128 / 32)) & 3
      #expect(value == Float(code - 1) * -0.5)
      #expect((value == 0) == (code == 1))
    }
  }

  @Test func readsEveryBinary16() {
    for bits in UInt16.min...UInt16.max {
      let value = float(fromF16: bits)
      #expect(isSame(value, ReferenceBlock.f16(Int(bits))), "\(bits)")
      #if !(os(macOS) && arch(x86_64))
      #expect(isSame(value, Float(Float16(bitPattern: bits))), "\(bits)")
      #endif
    }
    let all = (UInt16.min...UInt16.max).flatMap { littleEndian($0) }
    #expect(
      zip(ElementType.f16.decoded(all), 0...).allSatisfy { isSame($0, ReferenceBlock.f16($1)) }
    )
    #expect(
      zip(ElementType.bf16.decoded(all), 0...).allSatisfy {
        isSame($0, Float(bitPattern: UInt32($1) << 16))
      }
    )
  }
}

@Suite struct ZeroTests {
  /// Zero by code must be zero by float, for every element of random blocks.
  @Test(arguments: ElementType.blockTypes)
  func codesThatMeanZeroAreZero(type: ElementType) throws {
    let layout = try #require(type.layout)
    let bytes = type.hostileBlocks(400, seed: 9)
    let decoded = type.decoded(bytes)
    var wrong = 0
    for block in 0..<400 {
      let b = ReferenceBlock(
        bytes: Array(bytes[block * layout.bytes..<(block + 1) * layout.bytes])
      )
      for e in 0..<layout.elements {
        guard let isZero = b.isZero(type, e) else { continue }
        if isZero != (decoded[block * layout.elements + e] == 0) { wrong += 1 }
      }
    }
    #expect(wrong == 0)
  }

  @Test func keepsSubnormalMXFP4() {
    for exponent: UInt8 in [0, 1] {
      let block = [exponent] + [UInt8](repeating: 0x91, count: 16)
      let decoded = ElementType.mxfp4.decoded(block)
      #expect(decoded.allSatisfy { $0 != 0 && abs($0) < .leastNormalMagnitude })
    }
  }
}

extension ReferenceBlock {
  /// Whether an element is zero by its codes alone; `nil` where only arithmetic tells, or where
  /// the scale is infinite or no number.
  fileprivate func isZero(_ type: ElementType, _ e: Int) -> Bool? {
    for offset in type.f16Offsets where !f16(offset).isFinite { return nil }
    let (half, p, l) = (e / 128, e % 128 / 32, e % 32)
    func none(_ o: Int) -> Bool { u16(o) & 0x7FFF == 0 }
    switch type {
    case .q4_0: return none(0) || nibble(2, e) == 8
    case .q5_0: return none(0) || nibble(6, e) + Int(u32(2) >> e & 1) * 16 == 16
    case .q8_0: return none(0) || byte(2 + e) == 0
    case .q8_1: return none(0) || byte(4 + e) == 0
    case .q3K:
      let i = e / 16
      let low = i < 8 ? byte(96 + i) & 15 : byte(96 + i - 8) >> 4
      let s = low | (byte(96 + 8 + i % 4) >> (2 * (i / 4)) & 3) << 4
      let code = byte(32 + 32 * half + l) >> (2 * p) & 3 | (byte(l) >> (4 * half + p) & 1) << 2
      return none(108) || s == 32 || code == 4
    case .q6K:
      let low = byte(64 * half + 32 * (p & 1) + l) >> (4 * (p >> 1)) & 15
      let q = low | (byte(128 + 32 * half + l) >> (2 * p) & 3) << 4
      return none(208) || byte(192 + e / 16) == 0 || q == 32
    case .q1_0, .iq4NL, .iq2XXS, .iq2XS, .iq2S, .iq3XXS, .iq3S, .iq1S: return none(0)
    case .q2_0: return none(0) || byte(2 + e / 4) >> (2 * (e % 4)) & 3 == 1
    case .tq2_0: return none(64) || byte(32 * half + l) >> (2 * p) & 3 == 1
    case .mxfp4: return nibble(1, e) & 7 == 0
    case .nvfp4:
      let (g, r) = (e / 16, e % 16)
      let code = byte(4 + 8 * g + r % 8) >> (r < 8 ? 0 : 4) & 15
      return code & 7 == 0 || [0, 0x7F].contains(byte(g) & 0x7F)
    case .iq4XS:
      let g = e / 32
      return none(0) || byte(4 + g / 2) >> (4 * (g % 2)) & 15 | (u16(2) >> (2 * g) & 3) << 4 == 32
    default: return nil
    }
  }
}
