import Foundation
import ModelFile
import TestSupport
import Testing

@testable import Classification

/// Models that real libraries quantized or compressed, where the reference data is present.
@Suite(.enabled(if: SchemeReference.folder != nil))
struct SchemeReferenceTests {
  @Test(arguments: SchemeReference.cases)
  func countsAndNamesTheScheme(_ reference: SchemeReference) throws {
    let opened = try Opened(reference.path, mode: .header)
    let expected = reference.expected
    #expect(opened.plan.totals.parameters == expected["parameters"] as? Int)
    #expect(opened.plan.totals.storedBytes == expected["stored_bytes"] as? Int)
    let sparsity = try #require(expected["sparsity"] as? [String: Any])
    #expect(opened.verdict.sparsity.prunableParameters == sparsity["prunable_parameters"] as? Int)
    for (name, tensor) in expected["tensors"] as? [String: [String: Any]] ?? [:] {
      let index = try #require(opened.model.tensors.firstIndex { $0.name == name })
      let shape = opened.plan.tensors[index].logicalShape
      let header = opened.model.tensors[index].shape.map { Int($0) }
      #expect(shape ?? header == tensor["logical_shape"] as? [Int], "\(name)")
    }
    guard let scheme = expected["scheme"] as? String else {
      #expect(opened.verdict.quantization == nil)
      return
    }
    let found = try #require(opened.verdict.quantization)
    #expect(found.scheme == scheme)
    #expect(found.variant == expected["variant"] as? String)
    #expect(found.bits == (expected["bits"] as? NSNumber)?.doubleValue)
    #expect(found.groupSize == expected["group_size"] as? Int)
    #expect(found.symmetric == expected["symmetric"] as? Bool)
    #expect(found.actOrder == expected["act_order"] as? Bool)
    #expect(found.parameters == expected["quantized_parameters"] as? Int)
    let bits = try #require(expected["bits_per_weight"] as? Double)
    let measured = try #require(found.bitsPerWeight)
    #expect(abs(measured - bits) < 0.005 * bits, "\(measured) instead of \(bits)")
    #expect(opened.verdict.label.rawValue == expected["label"] as? String)
    #expect(opened.verdict.labels.map(\.rawValue) == expected["labels"] as? [String])
  }
}

/// One case of the reference data.
struct SchemeReference: Sendable, CustomTestStringConvertible {
  var name: String
  var path: String
  nonisolated(unsafe) var expected: [String: Any]

  var testDescription: String { name }

  static let folder = Paths.reference.map { $0.appendingPathComponent("schemes") }

  static let cases: [SchemeReference] = {
    guard let folder,
      let data = try? Data(contentsOf: folder.appendingPathComponent("EXPECTED.json")),
      let all = try? JSONSerialization.jsonObject(with: data) as? [String: [String: Any]]
    else { return [] }
    return all.sorted { $0.key < $1.key }.map { name, expected in
      SchemeReference(
        name: name, path: folder.appendingPathComponent(name).path, expected: expected)
    }
  }()
}
