import Classification
import ModelFile
import TensorStats
import TestSupport
import Testing

@testable import Report

@Suite struct GateTests {
  /// A report of a small model of 32-bit floats, half of them zero.
  private static func report(
    mode: MeasuredMode = .exact, zeros: Int = 512, nans: Int = 3
  ) throws -> Report {
    var builder = SafetensorsBuilder()
    builder.add("layers.0.up_proj.weight", [32, 32], (0..<1024).map { Float($0 % 2) })
    let folder = try TemporaryFolder()
    let model = Model.open(try folder.write(builder.bytes, to: "model.safetensors"))
    let plan = Plan(model: model)
    var measured = Measurement()
    measured.count = 1024
    measured.zeros = zeros
    measured.nans = nans
    let measurements: Measurements = mode == .header ? [:] : [0: measured]
    let verdict = classify(model, plan: plan, measurements: measurements, mode: mode)
    let coverage = mode == .exact ? 1 : mode == .sample ? 0.5 : 0
    return Report(
      model, plan: plan, measurements: measurements, verdict: verdict,
      summary: .init(mode: mode.rawValue, coverage: coverage, bytesRead: 4096, seconds: 0))
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
    #expect(try Gate(text).answer(for: Self.report()) == (expected ? .holds : .fails))
  }

  @Test(arguments: ["", "label", "label ==", "nothing == 1", "nans > many", "label > fp32", "== 1"])
  func refusesWhatItCannotUnderstand(text: String) {
    let thrown = #expect(throws: Gate.Misunderstanding.self) { try Gate(text) }
    #expect(thrown?.isUnknownWord == false)
  }

  @Test(arguments: [
    ("label == sparce", "sparse"), ("labels != Quantized", "quantized"),
    ("scheme == gptq4", "gptq"),
    ("effective == bf-16", "bf16"), ("storage == Q4K", "Q4_K"), ("pattern == 2:4", "n_m"),
    ("problem == overlapping", "missing-part"), ("nans > 0 or level == some", "partial"),
    ("status == fine", "unreadable"),
  ])
  func refusesWordsThatNoReportHas(text: String, known: String) {
    let thrown = #expect(throws: Gate.Misunderstanding.self) { try Gate(text) }
    #expect(thrown?.isUnknownWord == true)
    #expect(thrown?.message.contains(known) == true)
  }

  @Test(arguments: [
    ("architecture == mamba3", "type == IQ4_KS_R4"), ("variant == v3", "effective != int4"),
    ("storage == Q4_K", "storage == mixed"), ("label != none", "scheme == unknown-packed"),
  ])
  func takesWordsThatSomeReportHas(a: String, b: String) throws {
    #expect(try Gate("\(a) or \(b)").text.isEmpty == false)
  }

  @Test(
    arguments: [
      ("nans > 0", MeasuredMode.header, Gate.Answer.notMeasured(["nans"])),
      ("zero_fraction > 0.1", .header, .notMeasured(["zero_fraction"])),
      ("label == sparse", .header, .notMeasured(["label"])),
      ("labels == pruned", .header, .notMeasured(["labels"])),
      ("pattern == n_m or level == half", .header, .notMeasured(["pattern", "level"])),
      ("effective == bf16", .header, .notMeasured(["effective"])),
      ("finding == all_zero_tensors", .header, .notMeasured(["finding"])),
      ("label != fp32", .header, .fails), ("label == fp32", .header, .holds),
      ("tensors == 1 or nans > 0", .header, .holds), ("tensors == 2 and nans > 0", .header, .fails),
      ("label == sparse", .sample, .notMeasured(["label"])),
      ("nans > 0", .sample, .holds), ("nans > 3", .sample, .notMeasured(["nans"])),
      ("nans == 2", .sample, .fails), ("infinities < 1", .sample, .notMeasured(["infinities"])),
      ("zero_fraction > 0.1", .sample, .holds),
    ] as [(String, MeasuredMode, Gate.Answer)])
  func saysWhatWasNotMeasured(text: String, mode: MeasuredMode, expected: Gate.Answer) throws {
    #expect(try Gate(text).answer(for: Self.report(mode: mode)) == expected)
  }

  @Test func knowsOfASampleWithoutZerosThatItIsDense() throws {
    #expect(try Gate("label == sparse").answer(for: Self.report(mode: .sample, zeros: 0)) == .fails)
  }
}
