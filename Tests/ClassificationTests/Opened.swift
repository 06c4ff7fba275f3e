import ModelFile
import TensorStats

@testable import Classification

/// A model from its file to its verdict, as the program goes.
struct Opened {
  var model: Model
  var plan: Plan
  var measurements: [Int: Measurement] = [:]
  var verdict: Verdict

  /// Opens, plans, and measures everything unless only the header counts.
  init(_ path: String, mode: MeasuredMode = .exact) throws {
    model = Model.open(path)
    var bytes: [Int: [UInt8]] = [:]
    for index in Plan.auxiliaryTensors(of: model) {
      let tensor = model.tensors[index]
      let file = try FileReader(path: model.parts[tensor.part].path)
      bytes[index] = try file.bytes(
        at: tensor.offset, count: min(tensor.byteCount, Plan.auxiliaryByteLimit))
    }
    plan = Plan(model: model, auxiliary: bytes)
    verdict = classify(model, plan: plan, measurements: measurements, mode: mode)
  }
}
