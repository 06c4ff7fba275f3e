import Foundation
import ModelFile
import TensorStats
import TestSupport
import Testing

/// What a reference case says about one tensor.
private struct ExpectedTensor: Decodable {
  var logical_shape: [Int]
  var zeros: Int?
  var zeros_float32_arithmetic: Int?
  var min: Double?
  var max: Double?
  var mean: Double?
  var std: Double?
}

private struct ExpectedCase: Decodable {
  var relative_tolerance: Double
  var tensors: [String: ExpectedTensor]
}

private let schemes = Paths.reference?.appendingPathComponent("schemes")

private let expected: [String: ExpectedCase] = {
  guard let file = schemes?.appendingPathComponent("EXPECTED.json"),
    let data = try? Data(contentsOf: file)
  else { return [:] }
  return (try? JSONDecoder().decode([String: ExpectedCase].self, from: data)) ?? [:]
}()

@Suite struct DecodedSchemesTests {
  @Test(
    .enabled(if: schemes != nil),
    arguments: expected.keys.sorted().filter { PackedModule.decoder(of: $0) != nil })
  func decodesAsTheLibraryDoes(name: String) throws {
    let folder = try #require(schemes).appendingPathComponent(name)
    let description = try #require(expected[name])
    let (suffix, make) = try #require(PackedModule.decoder(of: name))
    let model = Model.open(folder.appendingPathComponent("model.safetensors").path)
    let files = model.parts.map { try? FileReader(path: $0.path) }
    #expect(!description.tensors.isEmpty)
    for (tensor, facts) in description.tensors {
      #expect(tensor.hasSuffix(suffix))
      let module = PackedModule(
        model: model, files: files, prefix: String(tensor.dropLast(suffix.count)),
        shape: facts.logical_shape)
      let weights = try module.weights(make(module), rowsAtOnce: 1000)
      let doubles = weights.map { Double($0) }
      let mean = doubles.reduce(0, +) / Double(doubles.count)
      let variance =
        doubles.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(doubles.count)
      let (least, greatest) = (doubles.min() ?? .nan, doubles.max() ?? .nan)
      let tolerance =
        description.relative_tolerance
        * Swift.max(abs(facts.min ?? 0), abs(facts.max ?? 0))
      // Quanto's own count is of bfloat16 arithmetic.
      if name != "quanto-qint4", name != "quanto-qint2" {
        #expect(
          weights.count { $0 == 0 } == facts.zeros_float32_arithmetic ?? facts.zeros, "\(tensor)")
      }
      #expect(abs(least - (facts.min ?? .nan)) <= tolerance, "\(tensor)")
      #expect(abs(greatest - (facts.max ?? .nan)) <= tolerance, "\(tensor)")
      #expect(abs(mean - (facts.mean ?? .nan)) <= tolerance, "\(tensor)")
      #expect(abs(variance.squareRoot() - (facts.std ?? .nan)) <= tolerance, "\(tensor)")
      // The same weights come in any pieces.
      for count in [1, 7, 64] where count == 7 || tensor.contains("layers.0.self_attn") {
        #expect(try module.weights(make(module), rowsAtOnce: count) == weights, "\(tensor)")
      }
    }
  }
}
