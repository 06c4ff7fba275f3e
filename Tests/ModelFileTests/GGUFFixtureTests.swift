import Foundation
import TestSupport
import Testing

@testable import ModelFile

/// The files of fixtures/ and, where they are present, the reference files beside the checkout.
@Suite struct GGUFFixtureTests {
  private static func header(_ url: URL) throws -> Header {
    GGUF.header(of: try FileReader(path: url.path), part: 0)
  }

  // MARK: - Malformed files

  /// Where the verdict is not ggml's: by the number that the file's name begins with.
  static let deviations: [String: (isAccepted: Bool, reason: String)] = [
    "005": (true, "version 1, which ggml has dropped, is read"),
    "009": (true, "big-endian files are read; ggml refuses them on another machine only"),
    "087": (true, "the same, with a tensor"),
    "036": (true, "nested arrays, which the specification allows, are read"),
    "049": (true, "llama.cpp loads a file without final padding"),
    "050": (true, "the same, with two tensors"),
    "066": (false, "ggml's element count wraps in 64 bits"), "067": (false, "the same"),
    "072": (true, "a removed type whose size is known is read"), "073": (true, "the same"),
  ]

  private static var verdicts: [(file: String, isAccepted: Bool)] {
    let url = Paths.fixtures.appendingPathComponent("malformed/gguf/EXPECTED.tsv")
    let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").dropFirst().map { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      let isRefused = fields[2] == "REJECT" || fields[2].contains("data REJECT")
      return (String(fields[0]), !isRefused)
    }
  }

  @Test func agreesWithTheVerdictsOfGGML() throws {
    #expect(Self.verdicts.count > 80)
    for (file, reference) in Self.verdicts {
      let url = Paths.fixtures.appendingPathComponent("malformed/gguf/\(file)")
      let header = try Self.header(url)
      let wanted = Self.deviations[String(file.prefix(3))]?.isAccepted ?? reference
      // What is empty or begins otherwise is refused before its header is read.
      let isModel = try Data(contentsOf: url).starts(with: Data("GGUF".utf8))
      #expect((isModel && header.errors.isEmpty) == wanted, "\(file): \(header.problems)")
    }
  }

  @Test(arguments: [
    ("018", ProblemCode.emptyKey), ("023", .duplicateKey), ("024", .invalidValueType),
    ("012", .countTooLarge), ("033", .arrayTooLong), ("016", .stringTooLong),
    ("038", .invalidAlignment), ("052", .dataPastEnd), ("056", .nameTooLong),
    ("059", .duplicateTensor), ("062", .tooManyDimensions), ("063", .negativeDimension),
    ("066", .shapeOverflow), ("067", .shapeOverflow), ("069", .shapeOverflow),
    ("071", .removedType), ("075", .unknownType), ("077", .partialBlock), ("079", .hole),
    ("080", .unalignedTensor), ("081", .hole), ("082", .overlap), ("083", .invalidOffset),
    ("084", .invalidOffset),
  ]) func namesTheFault(number: String, code: ProblemCode) throws {
    let file = try #require(Self.verdicts.first { $0.file.hasPrefix(number) }).file
    let header = try Self.header(Paths.fixtures.appendingPathComponent("malformed/gguf/\(file)"))
    #expect(header.errors.contains(code), "\(file): \(header.problems)")
  }

  // MARK: - Sound files

  private static func entries(of url: URL) throws -> [String: Any] {
    let content = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
    return try #require(content as? [String: Any])
  }

  private struct Expected: Decodable {
    var type: UInt32
    var ne: [UInt64]
    var nbytes: Int
    var elements: Int
  }

  @Test(arguments: [
    "align-1", "align-64", "all-types-v2-le", "all-types-v3-le", "few-types-v1-le",
    "known-types-v3-be", "last-pad-missing", "split-00001-of-00003", "split-00002-of-00003",
    "split-00003-of-00003",
  ]) func readsGeneratedFiles(name: String) throws {
    let folder = Paths.fixtures.appendingPathComponent("generated")
    let expected = try Self.entries(of: folder.appendingPathComponent("EXPECTED.json"))
    let header = try Self.header(folder.appendingPathComponent("\(name).gguf"))
    #expect(header.problems.map(\.code) == (name == "last-pad-missing" ? [.missingPadding] : []))
    #expect(header.tensors.isEmpty == (name == "split-00001-of-00003"))
    for tensor in header.tensors {
      let wanted = try JSONDecoder().decode(
        Expected.self,
        from: JSONSerialization.data(withJSONObject: try #require(expected[tensor.name])))
      #expect(tensor.type == GGML.type(wanted.type))
      #expect(tensor.shape == wanted.ne.reversed())
      #expect(tensor.byteCount == wanted.nbytes)
      #expect(tensor.elementCount == wanted.elements)
      #expect(tensor.isReadable)
    }
  }

  @Test(arguments: ["all-kv-types", "all-kv-types-be"]) func readsEveryKeyType(name: String) throws
  {
    let header = try Self.header(Paths.fixtures.appendingPathComponent("generated/\(name).gguf"))
    #expect(header.problems.isEmpty)
    #expect(header.metadata.count > 12)
    let little = try Self.header(
      Paths.fixtures.appendingPathComponent("generated/all-kv-types.gguf"))
    // NaN is not equal to itself, text is.
    #expect("\(header.metadata)" == "\(little.metadata)")
  }

  @Test func readsTheNestedArray() throws {
    let header = try Self.header(
      Paths.fixtures.appendingPathComponent("generated/nested-array.gguf"))
    #expect(header.problems.map(\.code) == [.nestedArray])
  }

  private struct ExpectedFile: Decodable {
    struct Entry: Decodable {
      var name: String
      var type: String
      var ne: [UInt64]
      var nbytes: Int
      var offset: Int
    }

    var ggml_data_ok: Bool?
    var n_kv: Int?
    var alignment: Int?
    var tensors: [Entry]?
  }

  @Test(.enabled(if: Paths.reference != nil)) func readsRealFiles() throws {
    let folder = try #require(Paths.reference).appendingPathComponent("real")
    let files = try Self.entries(of: folder.appendingPathComponent("EXPECTED.json")).filter {
      $0.key.hasSuffix(".gguf")
    }
    #expect(files.count > 10)
    for (path, facts) in files {
      let wanted = try JSONDecoder().decode(
        ExpectedFile.self, from: JSONSerialization.data(withJSONObject: facts))
      let header = try Self.header(folder.appendingPathComponent(path))
      #expect(header.errors.isEmpty == wanted.ggml_data_ok, "\(path): \(header.problems)")
      if let count = wanted.n_kv { #expect(header.metadata.count == count, "\(path)") }
      if let alignment = wanted.alignment { #expect(header.part.alignment == alignment) }
      guard let tensors = wanted.tensors else { continue }
      #expect(header.tensors.map(\.name) == tensors.map(\.name), "\(path)")
      #expect(header.tensors.map(\.type.name) == tensors.map(\.type), "\(path)")
      #expect(header.tensors.map(\.shape) == tensors.map { $0.ne.reversed() }, "\(path)")
      #expect(header.tensors.map(\.byteCount) == tensors.map(\.nbytes), "\(path)")
      #expect(header.tensors.map(\.offset) == tensors.map(\.offset), "\(path)")
    }
  }
}
