import Foundation
import TestSupport
import Testing

@testable import ModelFile

/// Opens bytes as a file of safetensors.
private func open(_ bytes: [UInt8], name: String = "model.safetensors") throws -> Model {
  let folder = try TemporaryFolder()
  return Model.open(try folder.write(bytes, to: name))
}

private func open(header: String, data: [UInt8] = [], isPadded: Bool = true) throws -> Model {
  try open(SafetensorsBuilder.file(header: header, data: data, isPadded: isPadded))
}

extension Model {
  fileprivate var errors: [ProblemCode] { problems.filter { $0.severity == .error }.map(\.code) }
  fileprivate var warnings: [ProblemCode] {
    problems.filter { $0.severity == .warning }.map(\.code)
  }
}

@Suite struct SafetensorsTests {
  @Test func readsNamesTypesShapesAndOffsets() throws {
    var builder = SafetensorsBuilder()
    builder.add(metadata: "format", "pt")
    builder.add("a", [2, 3], [1, 2, 3, 4, 5, 6])
    builder.add("é\n", "U8", [], [7])
    let model = try open(builder.bytes)
    #expect(model.errors.isEmpty)
    #expect(model.format == .safetensors)
    #expect(model.tensors.map(\.name) == ["a", "é\n"])
    #expect(model.tensors.map(\.type) == [.f32, .u8])
    #expect(model.tensors[0].shape == [2, 3])
    #expect(model.tensors[0].elementCount == 6)
    #expect(model.tensors[1].elementCount == 1)
    #expect(model.tensors[1].offset == model.tensors[0].offset + 24)
    #expect(model.tensors.map(\.isReadable) == [true, true])
    #expect(model[metadata: "format"] == .string("pt"))
  }

  @Test(arguments: ElementType.decodable.filter { $0.family != .block })
  func readsEveryDtype(type: ElementType) throws {
    guard let layout = type.layout else { return }
    var builder = SafetensorsBuilder()
    builder.add(
      "t", type.name, [UInt64(layout.elements), 3],
      [UInt8](repeating: 0, count: layout.bytes * 3))
    let model = try open(builder.bytes)
    #expect(model.errors.isEmpty)
    #expect(model.tensors.first?.type == type)
    #expect(model.tensors.first?.byteCount == layout.bytes * 3)
  }

  /// A header, the data behind it and the error that it gives.
  static let faults: [(header: String, data: Int, code: ProblemCode)] = [
    ("{", 0, .headerNotJSON), ("[]", 0, .headerNotJSON), ("null", 0, .headerNotJSON),
    ("{} {}", 0, .headerNotJSON), ("{\"a\":{}}", 0, .invalidEntry),
    ("{\"a\":null}", 0, .invalidEntry),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},}", 1, .headerNotJSON),
    ("{\"a\":{\"dtype\":\"u8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, .unknownType),
    ("{\"a\":{\"dtype\":8,\"shape\":[1],\"data_offsets\":[0,1]}}", 1, .invalidEntry),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,1]}}", 1, .invalidEntry),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[1.0],\"data_offsets\":[0,1]}}", 1, .invalidEntry),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[\"1\"],\"data_offsets\":[0,1]}}", 1, .invalidEntry),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[01],\"data_offsets\":[0,1]}}", 1, .headerNotJSON),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}", 1, .invalidEntry),
    (
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,18446744073709551616]}}", 1,
      .invalidEntry
    ),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,0]}}", 0, .invalidOffset),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}", 2, .hole),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 2, .trailingBytes),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", 1, .dataPastEnd),
    ("{\"a\":{\"dtype\":\"I32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, .sizeMismatch),
    ("{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]}}", 2, .partialByte),
    (
      "{\"a\":{\"dtype\":\"I32\",\"shape\":[2,18446744073709551614],\"data_offsets\":[0,4]}}", 4,
      .shapeOverflow
    ),
    (
      "{\"a\":{\"dtype\":\"I32\",\"shape\":[9223372036854775808,2,0],\"data_offsets\":[0,0]}}", 0,
      .shapeOverflow
    ),
    (
      "{\"a\":{\"dtype\":\"I32\",\"shape\":[2,9223372036854775807],\"data_offsets\":[0,4]}}", 4,
      .shapeOverflow
    ),
    (
      "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1,
      .duplicateField
    ),
    ("{\"__metadata__\":{},\"__metadata__\":{}}", 0, .duplicateField),
    ("{\"__metadata__\":{\"a\":1}}", 0, .invalidMetadata),
    ("{\"__metadata__\":\"a\"}", 0, .invalidMetadata),
    ("{\"a\\ud800\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, .headerNotJSON),
  ]

  @Test(arguments: faults)
  func refuses(fault: (header: String, data: Int, code: ProblemCode)) throws {
    let model = try open(
      header: fault.header, data: [UInt8](repeating: 0, count: fault.data))
    #expect(model.errors.contains(fault.code), "\(model.problems)")
    #expect(model.problems.allSatisfy { $0.byteOffset != nil }, "\(model.problems)")
  }

  /// A header, the data behind it and the warning that it gives.
  static let doubts: [(header: String, data: Int, code: ProblemCode)] = [
    (" \n{}", 0, .headerWhitespace),
    (
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"x\":[{}]}}", 1, .unknownField
    ),
    ("{\"a\":[\"U8\",[1],[0,1]]}", 1, .unusualEntry),
    ("{\"a\":{\"dtype\":{\"U8\":null},\"shape\":[1],\"data_offsets\":[0,1]}}", 1, .unusualEntry),
    (
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
        + "\"\\u0061\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1,
      .duplicateTensor
    ),
    ("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, .duplicateKey),
    (
      "{\"a\\u0000\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, .controlCharacter
    ),
    (
      "{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
        + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[1,5]}}", 5, .unalignedTensor
    ),
  ]

  @Test(arguments: doubts)
  func acceptsWithAWarning(doubt: (header: String, data: Int, code: ProblemCode)) throws {
    let model = try open(
      header: doubt.header, data: [UInt8](repeating: 0, count: doubt.data))
    #expect(model.errors.isEmpty, "\(model.problems)")
    #expect(model.warnings == [doubt.code], "\(model.problems)")
  }

  @Test func listsEveryProblemAndKeepsTheSoundTensors() throws {
    let header = """
      {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},\
      "b":{"dtype":"X9","shape":[1],"data_offsets":[4,8]},\
      "c":{"dtype":"F32","shape":[3],"data_offsets":[8,16]},\
      "d":{"dtype":"F32","shape":[1],"data_offsets":[16,20]}}
      """
    let model = try open(header: header, data: [UInt8](repeating: 0, count: 20))
    #expect(model.errors == [.unknownType, .sizeMismatch])
    #expect(model.tensors.map(\.name) == ["a", "b", "c", "d"])
    #expect(model.tensors.map(\.isReadable) == [true, false, false, true])
    #expect(model.tensors[1].type.name == "X9")
    #expect(model.tensors[1].byteCount == 4)
  }

  @Test func takesHeaderLengthsAtTheirLimits() throws {
    #expect(try open([1, 2, 3]).errors == [.headerTooSmall])
    #expect(try open([]).errors == [.empty])
    #expect(try open(littleEndian(UInt64(100_000_001)) + [0x7B]).errors == [.headerTooLarge])
    #expect(try open(littleEndian(UInt64.max) + [0x7B]).errors == [.headerTooLarge])
    #expect(try open(littleEndian(UInt64(60)) + [0x7B]).errors == [.headerPastEnd])
    #expect(try open(littleEndian(UInt64(0))).errors == [.headerNotJSON])
    #expect(try open(littleEndian(UInt64(1)) + [0xFF]).errors == [.headerNotUTF8])
  }

  @Test func refusesNestingAsDeepAsTheReferenceDoes() throws {
    func nested(_ depth: Int) -> String {
      let value = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      return "{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0],\"x\":\(value)}}"
    }
    #expect(try open(header: nested(100)).errors.isEmpty)
    #expect(try open(header: nested(200)).errors.contains(.headerNotJSON))
    #expect(try open(header: nested(100_000)).errors.contains(.headerNotJSON))
  }

  /// Every way to cut off or damage a small file is survived.
  @Test func survivesEveryPrefixAndEveryChangedByte() throws {
    var builder = SafetensorsBuilder()
    builder.add(metadata: "k", "v\u{1b}")
    builder.add("a", [2], [1, 2])
    builder.add("b", "F4", [2], [0x21])
    let bytes = builder.bytes
    let folder = try TemporaryFolder()
    for count in 0..<bytes.count {
      let path = try folder.write(bytes[..<count], to: "m.safetensors")
      #expect(Model.open(path).problems.contains { $0.severity == .error })
    }
    for index in bytes.indices {
      for change: UInt8 in [0x01, 0x20, 0x80, 0xFF] {
        var changed = bytes
        changed[index] ^= change
        _ = Model.open(try folder.write(changed, to: "m.safetensors"))
      }
    }
  }

  @Test func readsAHundredThousandTensors() throws {
    var members: [String] = []
    for index in 0..<100_000 {
      members.append(
        "\"model.layers.\(index).w\":{\"dtype\":\"U8\",\"shape\":[1],"
          + "\"data_offsets\":[\(index),\(index + 1)]}")
    }
    let model = try open(
      header: "{\(members.joined(separator: ","))}", data: [UInt8](repeating: 1, count: 100_000))
    #expect(model.errors.isEmpty)
    #expect(model.tensors.count == 100_000)
  }
}
