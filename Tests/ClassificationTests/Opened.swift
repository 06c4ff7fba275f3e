import ModelFile
import Synchronization
import TensorStats

@testable import Classification

/// A model from its file to its verdict, as the program goes.
struct Opened {
  var model: Model
  var plan: Plan
  var measurements = Measurements()
  var verdict: Verdict

  /// Opens, plans, and measures everything unless only the header counts.
  init(_ path: String, mode: MeasuredMode = .exact) throws {
    model = Model.open(path)
    var bytes: [Int: [UInt8]] = [:]
    for index in Plan.auxiliaryTensors(of: model) {
      let tensor = model.tensors[index]
      let file = try FileReader(path: model.parts[tensor.part].path)
      let range = Plan.auxiliaryRange(of: tensor)
      bytes[index] = try file.bytes(at: tensor.offset + range.lowerBound, count: range.count)
    }
    plan = Plan(model: model, auxiliary: bytes)
    if mode != .header { measurements = Self.measure(model, plan, mode) }
    verdict = classify(model, plan: plan, measurements: measurements, mode: mode)
  }

  private static func measure(
    _ model: Model, _ plan: Plan, _ mode: MeasuredMode
  ) -> Measurements {
    let scan = Scan(
      model: model, readings: plan.readings,
      mode: mode == .exact ? .exact : .sample(byteBudget: 1 << 16, seed: 1), workers: 2)
    let found = Mutex(Measurements())
    scan.run { event in
      if case .measured(let index, let measurement) = event {
        found.withLock { $0[plan.readings[index].tensor] = measurement }
      }
    }
    return found.withLock { $0 }
  }

  /// The index of a tensor.
  func tensor(_ name: String) -> Int? { model.tensors.firstIndex { $0.name == name } }
}

extension Verdict {
  /// The value of a field by its path in the report, as text: `sparsity.pattern`.
  func field(_ path: String, _ plan: Plan) -> String {
    func text(_ value: Any?) -> String { value.map { "\($0)" } ?? "nil" }
    return switch path {
    case "label": label.rawValue
    case "labels": labels.map(\.rawValue).joined(separator: " ")
    case "headline": headline
    case "file_role": plan.fileRole.rawValue
    case "parameters": text(plan.totals.parameters)
    case "precision.storage": precision.storage
    case "precision.effective": text(precision.effective)
    case "precision.effective_bits": text(precision.effectiveBits)
    case "precision.lossless_type": text(precision.losslessType)
    case "precision.container": text(precision.container)
    case "precision.grid": text(precision.grid?.kind.rawValue)
    case "precision.grid.bits": text(precision.grid?.bits)
    case "quantization": quantization == nil ? "nil" : "some"
    case "quantization.scheme": text(quantization?.scheme)
    case "quantization.variant": text(quantization?.variant)
    case "quantization.bits": text(quantization?.bits)
    case "quantization.group_size": text(quantization?.groupSize)
    case "quantization.symmetric": text(quantization?.symmetric)
    case "quantization.act_order": text(quantization?.actOrder)
    case "quantization.parameters": text(quantization?.parameters)
    case "quantization.bits_per_weight":
      text(quantization?.bitsPerWeight.map { ($0 * 100).rounded() / 100 })
    case "sparsity.level": text(sparsity.level?.rawValue)
    case "sparsity.pattern": text(sparsity.pattern?.rawValue)
    case "sparsity.n_m": "\(text(sparsity.n)):\(text(sparsity.m))"
    case "sparsity.axis": text(sparsity.axis?.rawValue)
    case "sparsity.method_hint": text(sparsity.methodHint?.rawValue)
    case "sparsity.storage": sparsity.storage.rawValue
    case "sparsity.measurable": text(sparsity.measurable)
    case "sparsity.natural_zeros":
      Set(sparsity.naturalZeros.map(\.reason.rawValue)).sorted().joined(separator: " ")
    case "distillation.level": distillation.level.rawValue
    case "distillation.confidence": text(distillation.confidence)
    case "findings": Set(findings.map(\.code)).sorted().joined(separator: " ")
    case "mismatches": text(mismatches.count)
    default: "no field \(path)"
    }
  }
}
