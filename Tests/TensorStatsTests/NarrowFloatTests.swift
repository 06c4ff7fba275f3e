import ModelFile
import TensorStats
import Testing

@Suite struct NarrowFloatTests {
  /// Type, greatest finite number, smallest above zero, codes of NaN, codes of infinity.
  static let formats: [(ElementType, Float, Float, [Int], [Int])] = [
    (.f4, 6, 0.5, [], []),
    (.f6e2m3, 7.5, 0.125, [], []),
    (.f6e3m2, 28, 0.0625, [], []),
    (.f8e4m3, 448, 0x1p-9, [0x7F, 0xFF], []),
    (.f8e5m2, 57344, 0x1p-16, [0x7D, 0x7E, 0x7F, 0xFD, 0xFE, 0xFF], [0x7C, 0xFC]),
    (.f8e4m3fnuz, 240, 0x1p-10, [0x80], []),
    (.f8e5m2fnuz, 57344, 0x1p-17, [0x80], []),
  ]

  @Test(arguments: formats)
  func knowsTheLimitsOfEveryFormat(
    type: ElementType,
    greatest: Float,
    smallest: Float,
    nans: [Int],
    infinities: [Int]
  ) throws {
    let table = try #require(type.valueTable)
    let half = table.count / 2
    #expect(table.indices.filter { table[$0].isNaN } == nans)
    #expect(table.indices.filter { table[$0].isInfinite } == infinities)
    #expect(table.filter(\.isFinite).max() == greatest)
    #expect(table.filter { $0 > 0 }.min() == smallest)
    #expect(table.indices.filter { table[$0] == 0 } == (nans == [0x80] ? [0] : [0, half]))
    // Magnitudes rise with the code, and the upper half is the lower with the other sign.
    let positive = table[..<half].prefix { $0.isFinite }
    #expect(zip(positive, positive.dropFirst()).allSatisfy(<))
    for code in 1..<half where table[code].isFinite {
      #expect(table[half + code] == -table[code])
    }
  }

  @Test func listsTheValuesOfE2M1() {
    #expect(
      ElementType.f4.valueTable == [
        0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6,
      ]
    )
  }

  @Test func neverReadsAScaleAsZero() throws {
    let table = try #require(ElementType.f8e8m0.valueTable)
    #expect(table[0] == 0x1p-127 && table[0] != 0)
    #expect(table[127] == 1)
    #expect(table[254] == 0x1p127)
    #expect(table[255].isNaN)
    #expect(!table.contains(0))
  }

  @Test func readsWholeNumbersAndTruthValues() throws {
    #expect(ElementType.u8.valueTable == (0..<256).map { Float($0) })
    #expect(try #require(ElementType.i8.valueTable)[0x80] == -128)
    #expect(try #require(ElementType.bool.valueTable)[2] == 1)
    #expect(ElementType.f16.valueTable == nil)
    #expect(ElementType.q4_0.valueTable == nil)
  }

  @Test func unpacksFourBitCodesLowNibbleFirst() {
    #expect(codes(.f4, [0x21, 0x43], count: 4) == [1, 2, 3, 4])
    #expect(codes(.f4, [0x21, 0x43], count: 3) == [1, 2])
  }

  @Test func unpacksSixBitCodesFromTheLeastSignificantBit() {
    let codes: [UInt8] = [1, 63, 32, 42, 5, 0, 7, 33]
    var bytes: [UInt8] = []
    for run in stride(from: 0, to: codes.count, by: 4) {
      let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(codes[run + $1]) << (6 * $1) }
      bytes += [UInt8(bits & 255), UInt8(bits >> 8 & 255), UInt8(bits >> 16)]
    }
    #expect(self.codes(.f6e3m2, bytes, count: 8) == codes)
    #expect(self.codes(.f6e2m3, bytes, count: 8) == codes)
  }

  private func codes(_ type: ElementType, _ bytes: [UInt8], count: Int) -> [UInt8] {
    var codes = [UInt8](repeating: 0xEE, count: count)
    codes.withUnsafeMutableBufferPointer { buffer in
      bytes.withUnsafeBytes { type.unpackCodes($0, into: buffer) }
    }
    return codes.filter { $0 != 0xEE }
  }
}
