import TestSupport
import Testing

@testable import ModelFile

@Suite struct GGMLTypesTests {
  /// The name that a type of ggml has under each number.
  @Test func knowsTheNumbersOfTheMainline() {
    let names = [
      "F32", "F16", "Q4_0", "Q4_1", "Q4_2", "Q4_3", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K",
      "Q4_K", "Q5_K", "Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S",
      "IQ2_S", "IQ4_XS", "I8", "I16", "I32", "I64", "F64", "IQ1_M", "BF16", "Q4_0_4_4", "Q4_0_4_8",
      "Q4_0_8_8", "TQ1_0", "TQ2_0", "IQ4_NL_4_4", "IQ4_NL_4_8", "IQ4_NL_8_8", "MXFP4", "NVFP4",
      "Q1_0", "Q2_0",
    ]
    #expect((0..<43).map { GGML.type($0)?.name } == names)
    #expect(GGML.type(43) == nil)
    #expect((0..<43).filter(GGML.isRemoved) == [4, 5, 31, 32, 33, 36, 37, 38])
    #expect(ElementType.q2_0.ggmlNumber == 42)
    #expect(ElementType.c64.ggmlNumber == nil)
  }

  @Test(arguments: ElementType.decodable.filter { $0.ggmlNumber != nil }) func readsEveryType(
    type: ElementType
  ) throws {
    let shape = [2, UInt64(type.layout?.elements ?? 1) * 3]
    var file = GGUFBuilder.tensor("a", type: type, shape: shape)
    file.add("b", type: .f32, shape: [1])
    let header = try ggufHeader(file.bytes)
    #expect(header.problems.isEmpty)
    #expect(header.tensors.map(\.type) == [type, .f32])
    #expect(header.tensors.first?.byteCount == type.byteCount(shape: shape))
  }

  /// A file with two tensors of a number that take so many bytes each, and an F32 behind them.
  private func header(number: UInt32, byteCount: Int, shape: [UInt64] = [3, 768]) throws -> Header {
    var file = GGUFBuilder()
    for name in ["a", "b"] {
      file.add(
        Array(name.utf8), typeNumber: number, shape: shape,
        data: [UInt8](repeating: 0, count: byteCount))
    }
    file.add("c", type: .f32, shape: [1])
    return try ggufHeader(file.bytes)
  }

  /// Numbers, the bytes that 3 × 768 elements take, and what type that is.
  static let forks: [(number: UInt32, byteCount: Int, name: String)] = [
    (15, 9 * 296, "Q8_K"), (36, 2304 / 4 + 32, "I2_S"), (37, 2304, "I8_S"), (139, 9 * 144, "IQ4_K"),
    (144, 9 * 136 + 3 * 4, "IQ4_KS"), (135, 36 * 16 + 3 * 4, "IQ2_BN"), (230, 2304 * 2, "BF16_R16"),
    (398, 72 * 32 + 3 * 4, "Q8_KV_R8"), (142, 18 * 34, "PQ2_0"), (143, 18 * 28, "PTQ1_0"),
    (42, 18 * 34, "Q2_0 (group 128)"), (32, 2304, "HF8"),
  ]

  @Test(arguments: 0..<forks.count) func recognisesTypesOfForksByTheirSize(index: Int) throws {
    let fork = Self.forks[index]
    let header = try header(number: fork.number, byteCount: fork.byteCount)
    #expect(header.errors.isEmpty)
    #expect(header.warnings == [.forkType])
    #expect(header.tensors.map(\.type.name) == [fork.name, fork.name, "F32"])
    #expect(header.tensors.map(\.byteCount) == [fork.byteCount, fork.byteCount, 4])
    #expect(header.tensors.map(\.isReadable) == [true, true, true])
  }

  /// Numbers that forks use, too, and the type of the mainline that the sizes agree with.
  static let contested: [(number: UInt32, byteCount: Int, type: ElementType)] = [
    (15, 9 * 292, .q8K), (39, 72 * 17, .mxfp4), (41, 18 * 18, .q1_0), (42, 36 * 18, .q2_0),
  ]

  @Test(arguments: 0..<contested.count) func prefersTheMainline(index: Int) throws {
    let (number, byteCount, type) = Self.contested[index]
    let header = try header(number: number, byteCount: byteCount)
    #expect(header.problems.isEmpty)
    #expect(header.tensors.map(\.type) == [type, type, .f32])
  }

  @Test(arguments: [31, 32, 33, 36, 37, 38] as [UInt32]) func warnsOfRemovedTypes(number: UInt32)
    throws
  {
    let header = try header(number: number, byteCount: 72 * 18)
    #expect(header.errors.isEmpty)
    #expect(header.warnings == [.removedType])
    #expect(header.tensors.map(\.byteCount) == [1296, 1296, 4])
  }

  @Test(arguments: [(4, 144 * 10), (5, 144 * 12)] as [(UInt32, Int)])
  func refusesTypesOlderThanTheFormat(number: UInt32, byteCount: Int) throws {
    let header = try header(number: number, byteCount: byteCount)
    #expect(header.errors == [.removedType])
    #expect(header.tensors.map(\.isReadable) == [true, true, true])
  }

  @Test(arguments: [43, 200, .max] as [UInt32]) func infersTheSizeOfUnknownTypes(number: UInt32)
    throws
  {
    let header = try header(number: number, byteCount: 320)
    #expect(header.errors == [.unknownType, .unknownType])
    #expect(header.tensors.map(\.type.name) == ["type \(number)", "type \(number)", "F32"])
    #expect(header.tensors.map(\.byteCount) == [320, 320, 4])
    #expect(header.tensors.map(\.isReadable) == [false, false, true])
  }

  /// TL2 of BitNet has the number of MXFP4 and a size of its own.
  @Test func callsATypeUnknownWhoseSizeNobodyExplains() throws {
    let header = try header(number: 39, byteCount: 640)
    #expect(header.errors == [.unknownType, .unknownType])
    #expect(header.tensors.map(\.type.name) == ["type 39", "type 39", "F32"])
    #expect(header.tensors.map(\.byteCount) == [640, 640, 4])
  }

  @Test func infersTheSizeOfAnUnknownTypeAtTheEnd() throws {
    var file = GGUFBuilder()
    file.add([0x61], typeNumber: 99_999, shape: [5], data: [UInt8](repeating: 0, count: 100))
    file.padsLastTensor = false
    let header = try ggufHeader(file.bytes)
    #expect(header.errors == [.unknownType])
    #expect(header.tensors.map(\.byteCount) == [100])
  }
}
