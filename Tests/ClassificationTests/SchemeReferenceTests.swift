import Foundation
import ModelFile
import TensorStats
import TestSupport
import Testing

@testable import Classification

/// Models that real libraries quantized or compressed, where the reference data is present.
@Suite(.enabled(if: SchemeReference.folder != nil))
struct SchemeReferenceTests {
  @Test(arguments: SchemeReference.cases)
  func agrees(_ reference: SchemeReference) throws {
    let opened = try Opened(reference.path)
    try countsAndNamesTheScheme(reference, opened)
    try judgesZerosOfDecodedWeights(reference, opened)
    try describesHowWeightsAreDecoded(reference, opened)
  }

  private func countsAndNamesTheScheme(_ reference: SchemeReference, _ opened: Opened) throws {
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
    #expect(
      opened.verdict.evidence.allSatisfy { !$0.statement.contains("unscaled") || scheme == "fp8" })
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

extension SchemeReferenceTests {
  /// Zeros of all prunable weights and what follows from them.
  private func judgesZerosOfDecodedWeights(_ reference: SchemeReference, _ opened: Opened) throws {
    let expected = try #require(reference.expected["sparsity"] as? [String: Any])
    #expect(
      opened.verdict.labels.map(\.rawValue) == reference.expected["labels"] as? [String])
    let sparsity = opened.verdict.sparsity
    // MLX and Quanto round in BF16 and see other zeros.
    let isRounded = ["mlx-affine", "quanto-qint2", "quanto-qint4"].contains {
      reference.name.hasPrefix($0)
    }
    if let fraction = expected["zero_fraction"] as? Double, !isRounded {
      let found = try #require(sparsity.zeroFraction)
      #expect(abs(found - fraction) < 1e-6)
    }
    #expect(sparsity.level?.rawValue == expected["level"] as? String)
    #expect(sparsity.pattern?.rawValue == expected["pattern"] as? String)
    #expect(sparsity.n == expected["n"] as? Int)
    #expect(sparsity.m == expected["m"] as? Int)
    #expect(sparsity.storage.rawValue == expected["storage"] as? String)
    // The reference does not decode EXL2 and VPTQ.
    let isDecoded =
      expected["measurable"] as? Bool ?? true
      || ["exl2", "vptq"].contains { reference.name.hasPrefix($0) }
    #expect(sparsity.measurable == isDecoded)
    #expect(opened.verdict.mismatches.isEmpty)
  }

  /// Decoded weights of the tensors whose numbers the reference has.
  private func describesHowWeightsAreDecoded(_ reference: SchemeReference, _ opened: Opened) throws
  {
    let files = opened.model.parts.map { try? FileReader(path: $0.path) }
    // Quanto's reference for groups is rounded in BF16 twice.
    let isGrouped = reference.name.hasPrefix("quanto-qint") && reference.name != "quanto-qint8"
    let tolerance = isGrouped ? 0.01 : reference.expected["relative_tolerance"] as? Double ?? 1e-5
    for (name, tensor) in reference.expected["tensors"] as? [String: [String: Any]] ?? [:] {
      let zeros = (tensor["zeros_float32_arithmetic"] ?? tensor["zeros"]) as? Int
      let index = try #require(opened.tensor(name))
      guard let zeros, let reading = opened.plan.readings.first(where: { $0.tensor == index }),
        case .packed(let decoder) = reading.decoder
      else {
        #expect(
          zeros == nil || opened.plan.tensors[index].packing == nil, "\(name) is not decoded")
        continue
      }
      var reader = try PackedReader(
        decoder, shape: reading.shape, model: opened.model, files: files)
      let count = reader.rows * reader.columns
      let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
      defer { values.deallocate() }
      try reader.read(rows: 0..<reader.rows, into: values)
      // A float shift makes zeros a matter of rounding.
      if !isGrouped { #expect(values.count { $0 == 0 } == zeros, "\(name)") }
      let least = try #require(tensor["min"] as? Double)
      let greatest = try #require(tensor["max"] as? Double)
      let limit = tolerance * max(abs(least), abs(greatest))
      let (low, high) = (Double(values.min() ?? 0), Double(values.max() ?? 0))
      #expect(abs(low - least) <= limit && abs(high - greatest) <= limit, "\(name) \(low) \(high)")
      let mean = values.reduce(0.0) { $0 + Double($1) } / Double(count)
      let square = values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(count)
      #expect(abs(mean - (tensor["mean"] as? Double ?? 0)) <= limit, "\(name)")
      #expect(
        abs((square - mean * mean).squareRoot() - (tensor["std"] as? Double ?? 0)) <= limit,
        "\(name)")
    }
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
