import TestSupport
import Testing

@testable import ModelFile

@Suite struct GGUFValueTests {
  static let values: [(GGUFBuilder.Value, MetadataValue)] = [
    (.u8(200), .unsigned(200, .u8)), (.i8(-5), .signed(-5, .i8)),
    (.u16(60_000), .unsigned(60_000, .u16)), (.i16(-300), .signed(-300, .i16)),
    (.u32(.max), .unsigned(UInt64(UInt32.max), .u32)),
    (.i32(.min), .signed(Int64(Int32.min), .i32)), (.u64(.max), .unsigned(.max, .u64)),
    (.i64(.min), .signed(.min, .i64)), (.f32(1.5), .float32(1.5)), (.f64(-0.1), .float64(-0.1)),
    (.bool(0), .bool(false)), (.bool(1), .bool(true)), (.string(""), .string("")),
    (.string("a\0b\n"), .string("a\0b\n")),
  ]

  @Test(arguments: [ByteOrder.little, .big]) func readsEveryType(byteOrder: ByteOrder) throws {
    var file = GGUFBuilder()
    file.byteOrder = byteOrder
    for (index, (value, _)) in Self.values.enumerated() { file.set("k\(index)", value) }
    let header = try ggufHeader(file.bytes)
    #expect(header.problems.isEmpty)
    #expect(header.metadata.map(\.value) == Self.values.map(\.1))
  }

  @Test func keepsShortArraysWholeAndBeginsLongOnes() throws {
    for count in [0, 1, 64, 65, 1000] {
      let elements = (0..<count).map { GGUFBuilder.Value.u16(UInt16($0)) }
      var file = GGUFBuilder.key("a", .array(.u16, elements))
      file.set("b", .u8(9))
      let header = try ggufHeader(file.bytes)
      guard case .array(let array) = header[metadata: "a"] else {
        Issue.record("no array")
        continue
      }
      #expect(array.count == count)
      #expect(array.elementType == .u16)
      let kept = count > 64 ? 8 : count
      #expect(array.first == (0..<kept).map { .unsigned(UInt64($0), .u16) })
      #expect(header[metadata: "b"] == .unsigned(9, .u8))
    }
  }

  @Test(arguments: [(1, ByteOrder.little), (3, .little), (3, .big)]) func readsPagesOfLongArrays(
    version: Int, byteOrder: ByteOrder
  ) throws {
    var file = GGUFBuilder()
    file.version = UInt32(version)
    file.byteOrder = byteOrder
    file.set("numbers", .array(.i32, (0..<500).map { .i32(-$0) }))
    file.set("tokens", .array(.string, (0..<500).map { .string("token \($0)") }))
    let folder = try TemporaryFolder()
    let reader = try FileReader(path: try folder.write(file.bytes, to: "model.gguf"))
    let header = GGUF.header(of: reader, part: 0)
    guard case .array(let numbers) = header[metadata: "numbers"],
      case .array(let tokens) = header[metadata: "tokens"]
    else {
      Issue.record("no arrays")
      return
    }
    let page = try numbers.values(from: 300, count: 3, in: reader, of: header.part)
    #expect(page == [.signed(-300, .i32), .signed(-301, .i32), .signed(-302, .i32)])
    let words = try tokens.values(from: 498, count: 10, in: reader, of: header.part)
    #expect(words == [.string("token 498"), .string("token 499")])
    #expect(try tokens.values(from: 500, count: 1, in: reader, of: header.part).isEmpty)
    #expect(try tokens.values(from: -1, count: 1, in: reader, of: header.part).isEmpty)
  }

  private func nested(_ depth: Int) -> GGUFBuilder.Value {
    depth == 1 ? .array(.u8, [.u8(7)]) : .array(.array, [nested(depth - 1)])
  }

  @Test func readsNestedArraysToDepth4() throws {
    var file = GGUFBuilder.key("a", nested(4))
    file.set("b", .u8(1))
    let header = try ggufHeader(file.bytes)
    #expect(header.errors.isEmpty)
    #expect(header.warnings == [.nestedArray])
    #expect(header[metadata: "b"] == .unsigned(1, .u8))
    var value = header[metadata: "a"]
    for _ in 0..<4 {
      guard case .array(let array) = value else { break }
      value = array.first.first
    }
    #expect(value == .unsigned(7, .u8))
    #expect(try ggufHeader(GGUFBuilder.key("a", nested(5)).bytes).errors == [.arrayTooDeep])
  }

  /// A value, and what is wrong with it.
  static let faults: [(GGUFBuilder.Value, ProblemCode)] = [
    (.raw(8, littleEndian(UInt64.max)), .stringTooLong),
    (.raw(8, littleEndian(UInt64(50)) + [1]), .stringTooLong),
    (.raw(8, littleEndian(UInt64(1) << 30 + 1)), .stringTooLong),
    (.raw(9, littleEndian(UInt32(13)) + littleEndian(UInt64(0))), .invalidValueType),
    (.raw(9, littleEndian(UInt32(0)) + littleEndian(UInt64.max)), .arrayTooLong),
    (.raw(9, littleEndian(UInt32(4)) + littleEndian(UInt64(2)) + [1, 2, 3, 4]), .arrayTooLong),
    (.raw(9, littleEndian(UInt32(8)) + littleEndian(UInt64(1) << 30)), .arrayTooLong),
    (.raw(9, littleEndian(UInt32(9)) + littleEndian(UInt64(1) << 60)), .arrayTooLong),
    (
      .raw(9, littleEndian(UInt32(8)) + littleEndian(UInt64(1)) + littleEndian(UInt64(9))),
      .stringTooLong
    ), (.raw(5, [1, 2]), .truncatedHeader), (.raw(10, []), .truncatedHeader),
  ]

  @Test(arguments: 0..<faults.count) func refuses(fault: Int) throws {
    let (value, code) = Self.faults[fault]
    let header = try ggufHeader(GGUFBuilder.key("a", value).bytes)
    #expect(header.errors.last == code)
    #expect(header.problems.allSatisfy { $0.byteOffset != nil })
  }

  @Test func reportsAFlawOfManyElementsOnce() throws {
    var file = GGUFBuilder.key("a", .array(.bool, [.bool(2), .bool(3), .bool(1)]))
    file.set("b", .array(.string, [.text([0xFF]), .text([0xFE])]))
    let header = try ggufHeader(file.bytes)
    #expect(header.problems.map(\.code) == [.invalidBool, .invalidUTF8])
  }

  /// As many tokens as the vocabulary of Gemma 3 has.
  @Test func passesOverALargeVocabulary() throws {
    let count = 262_144
    var array = littleEndian(UInt32(8)) + littleEndian(UInt64(count))
    array.reserveCapacity(count * 16)
    let token = littleEndian(UInt64(7)) + Array("token ß".utf8.prefix(7))
    for _ in 0..<count { array += token }
    var file = GGUFBuilder.key("tokenizer.ggml.tokens", .raw(9, array))
    file.set("last", .u8(1))
    let header = try ggufHeader(file.bytes)
    guard case .array(let tokens) = header[metadata: "tokenizer.ggml.tokens"] else {
      Issue.record("no array")
      return
    }
    #expect(tokens.count == count)
    #expect(tokens.first.count == 8)
    #expect(header[metadata: "last"] == .unsigned(1, .u8))
  }
}
