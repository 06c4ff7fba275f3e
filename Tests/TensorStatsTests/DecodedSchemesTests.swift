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
      var (zeros, sum, squares) = (0, 0.0, 0.0)
      var (least, greatest) = (Double.infinity, -Double.infinity)
      for weight in weights {
        let value = Double(weight)
        if value == 0 { zeros += 1 }
        sum += value
        squares += value * value
        least = min(least, value)
        greatest = max(greatest, value)
      }
      let mean = sum / Double(weights.count)
      let deviation = (squares / Double(weights.count) - mean * mean).squareRoot()
      // Quanto rounds to bfloat16 twice, and its count of zeros is of that arithmetic.
      let isQuanto = name == "quanto-qint4" || name == "quanto-qint2"
      let tolerance =
        description.relative_tolerance * (isQuanto ? 2 : 1)
        * max(abs(facts.min ?? 0), abs(facts.max ?? 0))
      if !isQuanto {
        #expect(zeros == facts.zeros_float32_arithmetic ?? facts.zeros, "\(tensor)")
      }
      #expect(abs(least - (facts.min ?? .nan)) <= tolerance, "\(tensor)")
      #expect(abs(greatest - (facts.max ?? .nan)) <= tolerance, "\(tensor)")
      #expect(abs(mean - (facts.mean ?? .nan)) <= tolerance, "\(tensor)")
      #expect(abs(deviation - (facts.std ?? .nan)) <= tolerance, "\(tensor)")
      // The same weights come in any pieces.
      guard tensor.contains("layers.0.self_attn") else { continue }
      #expect(try module.weights(make(module), rowsAtOnce: 7) == weights, "\(tensor)")
    }
  }
}
