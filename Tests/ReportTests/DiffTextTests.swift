import Classification
import Foundation
import ModelFile
import Synchronization
import TensorStats
import TestSupport
import Testing

@testable import Report

@Suite struct DiffTextTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What is told of two files.
  private func report(_ a: SafetensorsBuilder, _ b: SafetensorsBuilder) throws -> DiffReport {
    func side(_ builder: SafetensorsBuilder, _ name: String) throws -> DiffSide {
      let model = Model.open(try folder.write(builder.bytes, to: name))
      return DiffSide(model, plan: Plan(model: model))
    }
    let sides = (try side(a, "a.safetensors"), try side(b, "b.safetensors"))
    let samplers = Samplers(
      reference: ValueSampler(sides.0.model), other: ValueSampler(sides.1.model))
    let plan = DiffPlan(reference: sides.0, other: sides.1, samplers: samplers)
    let found = Mutex([Difference?](repeating: nil, count: plan.pairs.count))
    Comparison(
      reference: sides.0.model, other: sides.1.model, pairs: plan.pairs, workers: 1
    ).run { event in
      if case .compared(let index, let difference) = event {
        found.withLock { $0[index] = difference }
      }
    }
    let diff = Diff(plan, differences: found.withLock { $0 }, samplers: samplers)
    return DiffReport(diff, reference: sides.0, other: sides.1, problems: [], version: "1")
  }

  private func text(_ report: DiffReport, all: Bool = false) -> String {
    DiffText(report, painter: Painter(isColored: false), width: 100).text(includesTensors: all)
  }

  private func builder(_ changed: Float, _ name: String = "model.layers.0.mlp.up_proj.weight")
    -> SafetensorsBuilder
  {
    var builder = SafetensorsBuilder()
    builder.add(name, [2, 2], [1, 2, 3, changed])
    builder.add("model.norm.weight", [2], [1, 1.5])
    return builder
  }

  @Test func theSameIsSaidInOneLine() throws {
    let report = try report(builder(4), builder(4))
    #expect(report.same)
    #expect(text(report).contains("The two are the same"))
    #expect(!text(report).contains("errors"))
  }

  @Test func otherDimensionsAreNamed() throws {
    var (a, b) = (SafetensorsBuilder(), SafetensorsBuilder())
    a.add("scale", [], [3])
    b.add("scale", [1], [3])
    let report = try report(a, b)
    #expect(!report.same)
    #expect(text(report).contains("scale  scalar → 1"))
  }

  @Test func numbersAreThoseOfTheWeights() throws {
    let report = try report(builder(4), builder(5))
    #expect(!report.same)
    #expect(report.totals.weights == 6)
    #expect(report.totals.maxAbs == 1)
    #expect(report.totals.identicalFraction == 5.0 / 6)
    #expect(report.roles.map(\.name).sorted() == ["norm", "weight"])
    #expect(report.types.map(\.name) == ["F32 → F32"])
    #expect(report.histogram.tensors.reduce(0, +) == 2)
    #expect(report.histogram.tensors[0] == 1)
    let text = text(report)
    #expect(text.contains("6 weights, 83.3 % identical"))
    #expect(text.contains("model.layers.0.mlp.up_proj.weight"))
    #expect(!text.contains("model.norm.weight"))
    #expect(self.text(report, all: true).contains("model.norm.weight"))
  }

  @Test func hostileNamesAreEscaped() throws {
    let evil = "\u{1b}[31m\n\u{9b}\u{202e}.weight"
    var other = builder(4, "x" + evil)
    other.add(metadata: evil, evil)
    for (a, b) in [(builder(4, evil), builder(5, evil)), (builder(4, evil), other)] {
      let report = try report(a, b)
      let all = text(report, all: true) + String(decoding: try report.json(), as: UTF8.self)
      let controls = "\u{1b}\u{9b}\u{202e}".unicodeScalars
      #expect(!all.unicodeScalars.contains { controls.contains($0) })
    }
  }

  @Test func jsonHasEveryKey() throws {
    let json = try report(builder(4), builder(5)).json()
    let document = try #require(JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
    #expect(document["schema"] as? String == "inspect-diff/1")
    let tensors = try #require(document["tensors"] as? [[String: Any]])
    #expect(tensors.count == 2)
    let numbers = try #require(tensors[1]["numbers"] as? [String: Any])
    #expect(numbers["identical_fraction"] as? Double == 1)
    #expect(numbers["snr_db"] is NSNull)
    #expect(tensors[1]["layer"] is NSNull)
  }
}
