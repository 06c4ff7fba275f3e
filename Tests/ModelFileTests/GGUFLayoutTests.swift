import TestSupport
import Testing

@testable import ModelFile

@Suite struct GGUFLayoutTests {
  // MARK: - Names and shapes

  @Test func judgesNames() throws {
    var file = GGUFBuilder()
    file.add(String(repeating: "n", count: 63), type: .f32, shape: [1])
    file.add("", type: .f32, shape: [1])
    #expect(try ggufHeader(file.bytes).problems.isEmpty)
    file.add(String(repeating: "n", count: 64), type: .f32, shape: [1])
    file.add("", type: .f32, shape: [1])
    let header = try ggufHeader(file.bytes)
    #expect(header.errors == [.nameTooLong, .duplicateTensor])
    #expect(header.tensors.count == 4)
  }

  @Test func cutsNamesAtANul() throws {
    var file = GGUFBuilder()
    file.add("a\0b", type: .f32, shape: [1])
    #expect(try ggufHeader(file.bytes).problems.map(\.code) == [.controlCharacter])
    file.add("a\0c", type: .f32, shape: [1])
    let header = try ggufHeader(file.bytes)
    #expect(header.errors == [.duplicateTensor])
    #expect(header.warnings == [.controlCharacter, .controlCharacter])
    #expect(header.tensors.map(\.name) == ["a\0b", "a\0c"])
    file = GGUFBuilder.tensor("a")
    file.add("a\0", type: .f32, shape: [1])
    #expect(try ggufHeader(file.bytes).errors == [.duplicateTensor])
  }

  /// Dimensions, outermost first, and what is wrong with them.
  static let shapes: [(ElementType, [UInt64], ProblemCode?)] = [
    (.f32, [], nil), (.f32, [1, 1, 1, 4], nil), (.f32, [0, 4], nil), (.q4_0, [0], nil),
    (.f32, [1, 1, 1, 1, 4], .tooManyDimensions), (.f32, [.max], .negativeDimension),
    (.f32, [1 << 63, 0], .negativeDimension), (.i8, [UInt64(Int64.max)], .shapeOverflow),
    (.f32, [1 << 62], .shapeOverflow), (.f32, [1 << 32, 1 << 32], .shapeOverflow),
    (.f32, [0, 1 << 62, 1 << 62], .shapeOverflow), (.f32, [1 << 62, 1 << 62, 0], .shapeOverflow),
    (.q4_0, [33], .partialBlock), (.q4_0, [2, 16], .partialBlock), (.q4_0, [], .partialBlock),
    (.q4K, [4, 128], .partialBlock), (.q4K, [0, 128], .partialBlock),
    (.f32, [1 << 40], .dataPastEnd),
  ]

  @Test(arguments: 0..<shapes.count) func judgesShapes(index: Int) throws {
    let (type, shape, code) = Self.shapes[index]
    let byteCount = type.byteCount(shape: shape) ?? 32
    let file = GGUFBuilder.tensor(
      type: type, shape: shape, data: [UInt8](repeating: 0, count: min(byteCount, 32)))
    let header = try ggufHeader(file.bytes)
    #expect(header.errors == (code.map { [$0] } ?? []))
    #expect(header.tensors.map(\.shape) == [shape])
    #expect(header.problems.allSatisfy { $0.tensor == "t" })
    #expect(header.tensors.map(\.isReadable) == [code == nil || code == .tooManyDimensions])
  }

  @Test func saysWhereTheDimensionsCannotBePassed() throws {
    let info = littleEndian(UInt64(1)) + [0x74] + littleEndian(UInt32.max)
    var bytes = GGUFBuilder().bytes
    bytes[8] = 1
    let header = try ggufHeader(bytes + info + [UInt8](repeating: 0, count: 64))
    #expect(header.errors == [.tooManyDimensions])
    #expect(!header.isComplete)
  }

  @Test func refusesSizesWhoseSumOverflows() throws {
    var file = GGUFBuilder()
    let zeros = [UInt8](repeating: 0, count: 32)
    file.add("a", type: .i8, shape: [0x7FFF_FFFF_FFFF_FFC0], data: zeros)
    file.add(
      "b", type: .i8, shape: [0x7FFF_FFFF_FFFF_FFC0], data: [], offset: 0x7FFF_FFFF_FFFF_FFC0)
    let header = try ggufHeader(file.bytes)
    #expect(Set(header.errors) == [.dataPastEnd, .invalidOffset])
    #expect(header.tensors.map(\.isReadable) == [false, false])
  }

  // MARK: - Offsets

  private func pair(_ first: UInt64, _ second: UInt64) throws -> [ProblemCode] {
    var file = GGUFBuilder.tensor("t", offset: first)
    file.add("u", type: .f32, shape: [4], offset: second)
    file.trailingBytes = [UInt8](repeating: 0, count: 64)
    return try ggufHeader(file.bytes).errors
  }

  @Test func tellsHolesOverlapsAndDisorderApart() throws {
    #expect(try pair(0, 32) == [])
    #expect(try pair(0, 64) == [.hole])
    #expect(try pair(32, 64) == [.hole])
    #expect(try pair(0, 0) == [.overlap])
    #expect(try pair(32, 0) == [.invalidOffset])
    #expect(try pair(4, 32) == [.unalignedTensor])
    #expect(try pair(0, 16) == [.unalignedTensor])
    #expect(try pair(0, 8) == [.unalignedTensor, .overlap])
    #expect(try pair(0, 100) == [.unalignedTensor, .hole])
    #expect(try pair(0, .max) == [.invalidOffset])
    #expect(try pair(0, 1 << 61) == [.hole, .dataPastEnd])
  }

  @Test func putsEmptyTensorsBetweenOthers() throws {
    var file = GGUFBuilder()
    file.add("none", type: .f32, shape: [0])
    file.add("a", type: .f32, shape: [4])
    file.add("nothing", type: .f32, shape: [4, 0])
    file.add("b", type: .f32, shape: [4])
    file.add("end", type: .f32, shape: [0, 4])
    #expect(try ggufHeader(file.bytes).problems.isEmpty)
    file.add("inside", type: .f32, shape: [0], offset: 0)
    #expect(try ggufHeader(file.bytes).errors.contains(.invalidOffset))
  }

  @Test func honoursTheAlignment() throws {
    for alignment in [1, 64] {
      var file = GGUFBuilder.key("general.alignment", .u32(UInt32(alignment)))
      file.alignment = alignment
      file.add("a", type: .q4_0, shape: [32])
      file.add("b", type: .f32, shape: [1])
      #expect(try ggufHeader(file.bytes).problems.isEmpty)
      file.alignment = 32
      #expect(try !ggufHeader(file.bytes).errors.isEmpty)
    }
  }

  // MARK: - The end of the file

  @Test func judgesTheEndOfTheFile() throws {
    var file = GGUFBuilder.tensor()
    let whole = file.bytes
    #expect(try ggufHeader(Array(whole.dropLast(16))).problems.map(\.code) == [.missingPadding])
    #expect(try ggufHeader(Array(whole.dropLast(16))).notes == [.missingPadding])
    let cut = try ggufHeader(Array(whole.dropLast(17)))
    #expect(cut.errors == [.dataPastEnd])
    #expect(cut.problems.first?.tensor == "t")
    #expect(cut.tensors.map(\.isReadable) == [false])
    let padding = try ggufHeader(Array(whole.dropLast(33)))
    #expect(padding.errors == [.dataPastEnd, .dataPastEnd])
    #expect(padding.problems.first?.tensor == nil)
    file.trailingBytes = [1]
    let longer = try ggufHeader(file.bytes)
    #expect(longer.errors.isEmpty)
    #expect(longer.warnings == [.trailingBytes])
    #expect(longer.problems.first?.byteOffset == whole.count)
  }

  @Test func reportsTheDataBehindAnAlignmentBeyondTheFile() throws {
    var file = GGUFBuilder.key("general.alignment", .u32(1 << 31))
    file.add("t", type: .f32, shape: [1])
    let header = try ggufHeader(file.bytes)
    #expect(header.errors == [.dataPastEnd, .dataPastEnd])
    #expect(header.warnings == [.invalidAlignment])
  }

  @Test func readsAHundredThousandTensors() throws {
    var file = GGUFBuilder()
    let count = 100_000
    for index in 0..<count { file.add("blk.\(index).attn_norm.weight", type: .f32, shape: [0, 1]) }
    let header = try ggufHeader(file.bytes)
    #expect(header.problems.isEmpty)
    #expect(header.tensors.count == count)
    #expect(header.tensors.last?.name == "blk.99999.attn_norm.weight")
  }
}
