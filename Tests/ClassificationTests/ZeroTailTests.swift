import ModelFile
import TensorStats
import TestSupport
import Testing

@testable import Classification

@Suite struct ZeroTailTests {
  /// A model of eight matrices, of which the last ones hold zeros.
  private func problems(zeroTensors: Int) throws -> [Problem] {
    var builder = SafetensorsBuilder()
    for index in 0..<8 {
      let value: Float = index < 8 - zeroTensors ? 1 : 0
      builder.add("layers.\(index).up_proj.weight", [32, 32], .init(repeating: value, count: 1024))
    }
    let folder = try TemporaryFolder()
    let model = Model.open(try folder.write(builder.bytes, to: "model.safetensors"))
    var measurements = Measurements()
    for index in model.tensors.indices {
      var measured = Measurement()
      measured.count = 1024
      measured.zeros = index < 8 - zeroTensors ? 0 : 1024
      measurements[index] = measured
    }
    return ZeroTail.problems(of: model, plan: Plan(model: model), measurements: measurements)
  }

  @Test func tellsWhereADownloadStopped() throws {
    let problems = try problems(zeroTensors: 4)
    #expect(problems.map(\.code) == [.zeroFilledTail])
    #expect(problems.first?.tensor == "layers.4.up_proj.weight")
  }

  @Test(arguments: [0, 1, 2, 8])
  func takesFewZeroTensorsAndNothingButZerosAsMeant(count: Int) throws {
    #expect(try problems(zeroTensors: count).isEmpty)
  }
}
