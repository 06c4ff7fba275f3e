import TestSupport
import Testing

@testable import ModelFile

/// The header of bytes as a GGUF file.
func ggufHeader(_ bytes: [UInt8], name: String = "model.gguf") throws -> Header {
  let folder = try TemporaryFolder()
  return GGUF.header(of: try FileReader(path: try folder.write(bytes, to: name)), part: 0)
}

extension Header {
  var errors: [ProblemCode] { codes(.error) }
  var warnings: [ProblemCode] { codes(.warning) }
  var notes: [ProblemCode] { codes(.note) }

  private func codes(_ severity: Problem.Severity) -> [ProblemCode] {
    problems.filter { $0.severity == severity }.map(\.code)
  }

  subscript(metadata key: String) -> MetadataValue? { metadata.first { $0.key == key }?.value }
}

extension GGUFBuilder {
  /// A file with one key.
  static func key(_ key: String, _ value: Value) -> GGUFBuilder {
    var file = GGUFBuilder()
    file.set(key, value)
    return file
  }

  /// A file with one tensor.
  static func tensor(
    _ name: String = "t", type: ElementType = .f32, shape: [UInt64] = [4], data: [UInt8]? = nil,
    offset: UInt64? = nil
  ) -> GGUFBuilder {
    var file = GGUFBuilder()
    file.add(name, type: type, shape: shape, data: data, offset: offset)
    return file
  }
}

@Suite struct GGUFHeaderTests {
  @Test(arguments: [(1, ByteOrder.little), (2, .little), (3, .little), (3, .big)])
  func readsEveryVersionAndByteOrder(version: Int, byteOrder: ByteOrder) throws {
    var file = GGUFBuilder()
    file.version = UInt32(version)
    file.byteOrder = byteOrder
    file.set("general.name", .string("é"))
    file.set("list", .array(.i16, [.i16(-2), .i16(3)]))
    file.add("a", type: .q8_0, shape: [3, 64])
    file.add("b", type: .f16, shape: [2])
    let header = try ggufHeader(file.bytes)
    #expect(header.problems.isEmpty)
    #expect(header.part.version == version)
    #expect(header.part.byteOrder == byteOrder)
    #expect(header.part.alignment == 32)
    #expect(header[metadata: "general.name"] == .string("é"))
    guard case .array(let list) = header[metadata: "list"] else {
      Issue.record("no array")
      return
    }
    #expect(list.first == [.signed(-2, .i16), .signed(3, .i16)])
    #expect(header.tensors.map(\.name) == ["a", "b"])
    #expect(header.tensors.map(\.type) == [.q8_0, .f16])
    #expect(header.tensors.map(\.shape) == [[3, 64], [2]])
    #expect(header.tensors.map(\.elementCount) == [192, 2])
    #expect(header.tensors.map(\.byteCount) == [204, 4])
    let start = header.part.headerByteCount
    #expect(start.isMultiple(of: 32))
    #expect(header.tensors.map(\.offset) == [start, start + 224])
    #expect(header.tensors.map(\.isReadable) == [true, true])
  }

  @Test(arguments: [0, 4, 65539] as [UInt32]) func refusesOtherVersions(version: UInt32) throws {
    var file = GGUFBuilder()
    file.version = version
    #expect(try ggufHeader(file.bytes).errors == [.unsupportedVersion])
  }

  @Test func warnsOfABigEndianFileOlderThanThem() throws {
    var file = GGUFBuilder.tensor()
    file.version = 2
    file.byteOrder = .big
    let header = try ggufHeader(file.bytes)
    #expect(header.errors.isEmpty)
    #expect(header.warnings == [.unsupportedVersion])
    #expect(header.tensors.map(\.isReadable) == [true])
  }

  @Test(arguments: [UInt64.max, 1 << 40]) func refusesCountsBeyondReason(count: UInt64) throws {
    var file = GGUFBuilder.key("a", .u8(1))
    file.declaredTensorCount = count
    let header = try ggufHeader(file.bytes)
    #expect(header.errors == [.countTooLarge])
    #expect(header.problems.first?.byteOffset == 8)
    #expect(header.metadata.map(\.key) == ["a"])
    file.declaredKeyCount = count
    #expect(try ggufHeader(file.bytes).errors == [.countTooLarge])
  }

  @Test func readsTheItemsThereAreOfACountTooLarge() throws {
    var file = GGUFBuilder.tensor(data: [])
    file.padsLastTensor = false
    file.declaredTensorCount = 1000
    let header = try ggufHeader(file.bytes)
    #expect(header.errors == [.countTooLarge, .truncatedHeader])
    #expect(header.tensors.map(\.name) == ["t"])
    #expect(header.tensors.map(\.isReadable) == [false])
  }

  @Test func goesOnAfterProblemsOfKeys() throws {
    var file = GGUFBuilder()
    file.set("", .u8(1))
    file.set("a", .u8(2))
    file.set("a", .u8(3))
    file.set([0x61, 0xFF], .bool(7))
    file.set("b\u{1B}[2J", .text([0x68, 0xC3]))
    file.add("t", type: .f32, shape: [1])
    let header = try ggufHeader(file.bytes)
    #expect(header.errors == [.emptyKey, .duplicateKey])
    #expect(header.warnings == [.invalidUTF8, .controlCharacter, .invalidUTF8])
    #expect(header.notes == [.invalidBool])
    #expect(header.metadata.map(\.key) == ["", "a", "a\u{FFFD}", "b\u{1B}[2J"])
    #expect(header[metadata: "a"] == .unsigned(2, .u8))
    #expect(header[metadata: "a\u{FFFD}"] == .bool(true))
    #expect(header[metadata: "b\u{1B}[2J"] == .string("h\u{FFFD}"))
    #expect(header.tensors.map(\.isReadable) == [true])
    #expect(header.problems.allSatisfy { $0.byteOffset != nil && $0.file != nil })
  }

  @Test func tellsNamesApartByTheirBytes() throws {
    var file = GGUFBuilder()
    file.set("\u{E9}", .u8(1))
    file.set("e\u{301}", .u8(1))
    file.set([0xFF], .u8(1))
    file.set([0xFE], .u8(1))
    #expect(try ggufHeader(file.bytes).errors.isEmpty)
    file.set([0xFE], .u8(1))
    #expect(try ggufHeader(file.bytes).errors == [.duplicateKey])
  }

  @Test(arguments: [13, .max] as [UInt32]) func endsAtAnUnknownValueType(type: UInt32) throws {
    var file = GGUFBuilder.key("before", .u8(1))
    file.set("a", .raw(type, [1, 2, 3]))
    file.set("after", .u8(1))
    file.add("t", type: .f32, shape: [1])
    let header = try ggufHeader(file.bytes)
    #expect(header.errors == [.invalidValueType])
    #expect(header.problems.first?.message.contains("tensors cannot be located") == true)
    #expect(header.metadata.map(\.key) == ["before"])
    #expect(header.tensors.isEmpty)
    #expect(!header.isComplete)
  }

  @Test func knowsThatVersion1HasNo64BitValues() throws {
    var file = GGUFBuilder.key("a", .u64(1))
    file.version = 1
    #expect(try ggufHeader(file.bytes).errors == [.invalidValueType])
  }

  @Test(arguments: [16, 1 << 20, 1 << 31] as [UInt32]) func takesPowersOfTwoAsAlignment(
    alignment: UInt32
  ) throws {
    let header = try ggufHeader(GGUFBuilder.key("general.alignment", .u32(alignment)).bytes)
    #expect(header.errors.isEmpty)
    #expect(header.warnings == (alignment > 1 << 20 ? [.invalidAlignment] : []))
    #expect(header.part.alignment == Int(alignment))
  }

  @Test(arguments: [
    GGUFBuilder.Value.u32(0), .u32(13), .u32(24), .i32(32), .u64(32), .array(.u32, [.u32(32)]),
    .string("32"),
  ]) func assumes32WhereTheAlignmentIsWrong(value: GGUFBuilder.Value) throws {
    var file = GGUFBuilder.key("general.alignment", value)
    file.add("a", type: .f32, shape: [1])
    file.add("b", type: .f32, shape: [1])
    let header = try ggufHeader(file.bytes)
    #expect(header.errors == [.invalidAlignment])
    #expect(header.part.alignment == 32)
    #expect(header.tensors.map(\.isReadable) == [true, true])
  }

  @Test func findsTheDataWhereTheTableEndsOnTheAlignment() throws {
    // 24 bytes of counts, 44 of the key and 28 of the info.
    var file = GGUFBuilder.key("k", .string(String(repeating: "x", count: 23)))
    file.add("name", type: .f32, shape: [])
    let header = try ggufHeader(file.bytes)
    #expect(header.problems.isEmpty)
    #expect(header.part.headerByteCount == 96)
    #expect(header.tensors.map(\.offset) == [96])
  }

  @Test func warnsOfBytesAfterAFileWithoutTensors() throws {
    var file = GGUFBuilder()
    #expect(try ggufHeader(file.bytes).problems.isEmpty)
    file.trailingBytes = [UInt8](repeating: 0, count: 8)
    #expect(try ggufHeader(file.bytes).problems.isEmpty)
    file.trailingBytes = Array("junk".utf8)
    #expect(try ggufHeader(file.bytes).problems.map(\.code) == [.trailingBytes])
    file.trailingBytes = [UInt8](repeating: 0, count: 9)
    let header = try ggufHeader(file.bytes)
    #expect(header.warnings == [.trailingBytes])
    #expect(header.errors.isEmpty)
  }

  @Test func listsABoundedNumberOfProblems() throws {
    var file = GGUFBuilder()
    for _ in 0..<12_000 { file.set("", .u8(0)) }
    let problems = try ggufHeader(file.bytes).problems
    #expect(problems.count == 10_001)
    #expect(problems.last?.severity == .error)
    #expect(problems.last?.message.contains("13998 further") == true)
  }
}
