import Foundation
import TestSupport
import Testing

@testable import ModelFile

/// Damaged files give problems and never trap.
@Suite struct GGUFRobustnessTests {
  private static var fixture: [UInt8] {
    var file = GGUFBuilder()
    file.set("general.architecture", .string("llama"))
    file.set("general.alignment", .u32(32))
    file.set("a", .array(.string, [.string("x"), .string("yz")]))
    file.set(
      "n", .array(.array, [.raw(0, littleEndian(UInt32(0)) + littleEndian(UInt64(1)) + [5])]))
    file.add("t.weight", type: .q8_0, shape: [1, 32])
    file.add("u", type: .f32, shape: [2, 2])
    return file.bytes
  }

  @Test func survivesEveryPrefix() throws {
    let whole = Self.fixture
    let folder = try TemporaryFolder()
    let path = try folder.write(whole, to: "model.gguf")
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    #expect(GGUF.header(of: try FileReader(path: path), part: 0).errors.isEmpty)
    for count in (0..<(whole.count - 16)).reversed() {
      try handle.truncate(atOffset: UInt64(count))
      let header = GGUF.header(of: try FileReader(path: path), part: 0)
      #expect(!header.errors.isEmpty, "\(count) bytes")
    }
  }

  @Test func survivesEveryChangeOfAByte() throws {
    let whole = Self.fixture
    let folder = try TemporaryFolder()
    let path = try folder.write(whole, to: "model.gguf")
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    let reader = try FileReader(path: path)
    let headerEnd = GGUF.header(of: reader, part: 0).part.headerByteCount
    for position in 4..<headerEnd {
      for change in 1...UInt8.max {
        try handle.seek(toOffset: UInt64(position))
        try handle.write(contentsOf: [whole[position] ^ change])
        let header = GGUF.header(of: reader, part: 0)
        for tensor in header.tensors where tensor.isReadable {
          #expect(tensor.offset >= 0 && tensor.offset + tensor.byteCount <= whole.count)
        }
      }
      try handle.seek(toOffset: UInt64(position))
      try handle.write(contentsOf: [whole[position]])
    }
  }

  @Test func saysWhatAShrunkenFileLacks() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.fixture, to: "model.gguf")
    let reader = try FileReader(path: path)
    try FileHandle(forUpdating: URL(fileURLWithPath: path)).truncate(atOffset: 40)
    #expect(GGUF.header(of: reader, part: 0).errors == [.truncatedHeader])
  }
}
