import Classification
import Foundation
import ModelFile
import Report
import Testing

@Suite struct FitTextTests {
  /// A model of one layer with eight million weights.
  private func model(_ path: String, _ type: ElementType = .bf16) -> Model {
    var model = Model(path: path, format: type.family == .block ? .gguf : .safetensors)
    let shape: [UInt64] = [2048, 4096]
    model.tensors = [
      Tensor(
        name: "model.layers.0.mlp.up_proj.weight", type: type, shape: shape,
        elementCount: 2048 * 4096, part: 0, offset: 0, byteCount: type.byteCount(shape: shape) ?? 0,
        isReadable: true)
    ]
    model.sidecars = [
      Sidecar(
        kind: .config, path: "config.json",
        content: .object([
          "num_hidden_layers": .integer(1), "num_attention_heads": .integer(8),
          "hidden_size": .integer(4096), "vocab_size": .integer(1000),
          "max_position_embeddings": .integer(100_000),
        ]))
    ]
    return model
  }

  private func report(_ models: [Model], _ request: FitRequest) -> FitReport {
    let entries = models.map {
      FitReport.Entry(fit: Fit(FitSubject($0), request), problems: $0.problems)
    }
    return FitReport(entries, request, version: "1")
  }

  private func text(_ report: FitReport) -> String {
    FitText(report, painter: Painter(isColored: false), width: 100).text
  }

  @Test func everyLineShowsItsFormulaWithNumbers() {
    let text = text(report([model("a")], FitRequest(memory: 4 << 30)))
    #expect(text.contains("weights    16.00 MiB  as stored"))
    #expect(
      text.contains(
        "cache     128.00 MiB  batch 1 × layers 1 × tokens 8,192 × heads 8 × (key length 512 +"))
    #expect(text.contains("in all    656.32 MiB  for 8,192 tokens, at least 144.00 MiB"))
    #expect(text.contains("fits 4.00 GiB, as would all 100,000 tokens that it was made for"))
    #expect(text.contains("llama.cpp         after conversion"))
  }

  @Test func severalModelsGiveATableAndAChoice() {
    let text = text(
      report([model("small.gguf", .q4K), model("large.gguf", .q8_0)], FitRequest(memory: 4 << 30)))
    let lines = text.split(separator: "\n")
    #expect(lines[0].hasPrefix("kind"))
    #expect(lines[1].hasSuffix("large.gguf"))
    #expect(lines[2].hasSuffix("small.gguf"))
    #expect(text.contains("Take large.gguf: it has the least published loss of the 2 of 2"))
  }

  @Test func whatIsNoModelIsNamed() throws {
    let request = FitRequest(memory: 24 << 30)
    let adapter = FitReport.Entry(
      fit: Fit(FitSubject(model("adapter"), role: .adapter), request), problems: [])
    let missing = FitReport.Entry(fit: Fit(FitSubject(Model(path: "gone")), request), problems: [])
    let single = FitReport([adapter], request, version: "1")
    #expect(single.recommendation == nil)
    #expect(single.models[0].memory.totalBytes == nil)
    #expect(text(single).contains("adapter: it runs with its base model only"))
    #expect(text(single).contains("adapter safetensors"))
    #expect(!text(single).contains("fits"))
    let both = text(FitReport([adapter, missing], request, version: "1"))
    #expect(both.contains("None of them can be run"))
    #expect(both.contains("base model only"))
  }

  @Test func whatIsPassedOverIsNamed() throws {
    var good = FitSubject(model("good.gguf", .q4K))
    good.architecture = "llama"
    var bad = FitSubject(model("bad\u{1b}"))
    bad.doubts = ["it looks dequantized"]
    let request = FitRequest()
    let entries = [good, bad].map { FitReport.Entry(fit: Fit($0, request), problems: []) }
    let report = FitReport(entries, request, version: "1")
    #expect(report.recommendation?.path == "good.gguf")
    #expect(report.models.map(\.doubts).contains(["it looks dequantized"]))
    let text = text(report)
    #expect(text.contains("it looks dequantized"))
    #expect(!text.contains("\u{1b}"))
    let single = self.text(FitReport([entries[0]], request, version: "1"))
    #expect(single.contains("whether they know the architecture (llama) is not looked at"))
    #expect(self.text(FitReport([entries[1]], request, version: "1")).contains("doubtful"))
  }

  @Test func diffusionNetworksHaveNoTokens() throws {
    var unet = model("unet")
    unet.sidecars = [
      Sidecar(
        kind: .config, path: "config.json",
        content: .object(["_class_name": .string("UNet2DConditionModel")]))
    ]
    let report = report([unet], FitRequest(memory: 24 << 30))
    let text = text(report)
    #expect(report.models[0].network == "diffusion")
    #expect(report.models[0].memory.largestContext == nil)
    #expect(!text.contains("tokens,"))
    #expect(!text.contains("cache"))
    #expect(text.contains("in all    528.32 MiB  at least 16.00 MiB"))
    #expect(text.contains("serves language"))
    #expect(text.contains("diffusers         loads it"))
  }

  @Test func hostilePathsAreEscaped() throws {
    let evil = "a\u{1b}[31m\nb\u{9b}\u{202e}"
    for models in [[model(evil)], [model(evil), model(evil)], [Model(path: evil)]] {
      let report = report(models, FitRequest(memory: 1 << 20))
      let text = text(report) + String(decoding: try report.json(), as: UTF8.self)
      #expect(!text.unicodeScalars.contains { "\u{1b}\u{9b}\u{202e}".unicodeScalars.contains($0) })
    }
  }

  @Test func jsonHasEveryKeyAndNoSmallerTruth() throws {
    let json = try report([model("a")], FitRequest()).json()
    let document = try #require(
      JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
    #expect(document["schema"] as? String == "inspect-fit/1")
    let models = try #require(document["models"] as? [[String: Any]])
    let memory = try #require(models.first?["memory"] as? [String: Any])
    #expect(memory["minimum_bytes"] as? Int == 16 << 20 + 128 << 20)
    #expect(memory["fits"] is NSNull)
    #expect((models.first?["runtimes"] as? [[String: Any]])?.count == Runtime.allCases.count)
  }
}
