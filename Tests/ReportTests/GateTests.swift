import Classification
import ModelFile
import TensorStats
import TestSupport
import Testing

@testable import Report

@Suite struct GateTests {
  /// A report of a small model of 32-bit floats, half of them zero.
  private static func report() throws -> Report {
    var builder = SafetensorsBuilder()
    builder.add("layers.0.up_proj.weight", [32, 32], (0..<1024).map { Float($0 % 2) })
    let folder = try TemporaryFolder()
    let model = Model.open(try folder.write(builder.bytes, to: "model.safetensors"))
    let plan = Plan(model: model)
    var measured = Measurement()
    measured.count = 1024
    measured.zeros = 512
    measured.nans = 3
    let verdict = classify(model, plan: plan, measurements: [0: measured], mode: .exact)
    return Report(
      model, plan: plan, measurements: [0: measured], verdict: verdict,
      summary: .init(mode: "exact", coverage: 1, bytesRead: 4096, seconds: 0))
  }

  @Test(arguments: [
    ("label != quantized", true), ("labels == fp32", true), ("labels == bf16", false),
    ("nans > 0", true), ("nans>3", false), ("nans >= 3", true), ("mismatches > 0", false),
    ("scheme == gptq", false), ("scheme != gptq", true), ("bits < 8", false),
    ("tensors == 1 and nans == 0", false), ("tensors == 2 or nans == 3", true),
    ("nans == 0 and nans == 3 or tensors == 1", true), ("status == 'ok'", true),
    ("parameters <= 1e6 && infinities == 0", true),
  ])
  func holds(text: String, expected: Bool) throws {
    #expect(try Gate(text).holds(for: Self.report()) == expected)
  }

  @Test(arguments: ["", "label", "label ==", "nothing == 1", "nans > many", "label > fp32", "== 1"])
  func refusesWhatItCannotUnderstand(text: String) {
    #expect(throws: Gate.Misunderstanding.self) { try Gate(text) }
  }
}
