import Foundation
import TestSupport
import Testing

@testable import ModelFile

/// A model of three shards in a folder.
private func makeShards(in folder: TemporaryFolder, total: Int = 12) throws {
  for number in 1...3 {
    var builder = SafetensorsBuilder()
    builder.add("t\(number)", [1], [Float(number)])
    try folder.write(builder.bytes, to: "model-0000\(number)-of-00003.safetensors")
  }
  let map = (1...3).map { "\"t\($0)\":\"model-0000\($0)-of-00003.safetensors\"" }
  try folder.write(
    "{\"metadata\":{\"total_size\":\(total)},\"weight_map\":{\(map.joined(separator: ","))}}",
    to: "model.safetensors.index.json")
}

@Suite struct SetTests {
  @Test(arguments: ["", "model.safetensors.index.json", "model-00002-of-00003.safetensors"])
  func findsTheWholeSetFromAnyOfItsParts(name: String) throws {
    let folder = try TemporaryFolder()
    try makeShards(in: folder)
    let path = name.isEmpty ? folder.url.path : folder.url.appendingPathComponent(name).path
    let model = Model.open(path)
    #expect(model.problems.isEmpty, "\(model.problems)")
    #expect(model.tensors.map(\.name) == ["t1", "t2", "t3"])
    #expect(model.tensors.map(\.part) == [0, 1, 2])
    #expect(!model.isLonePart)
  }

  @Test func findsTheSetByNumbersWithoutAnIndex() throws {
    let folder = try TemporaryFolder()
    try makeShards(in: folder)
    try FileManager.default.removeItem(
      at: folder.url.appendingPathComponent("model.safetensors.index.json"))
    #expect(Model.open(folder.url.path).tensors.count == 3)
  }

  @Test func namesAMissingPartAndReportsTheOthers() throws {
    let folder = try TemporaryFolder()
    try makeShards(in: folder)
    try FileManager.default.removeItem(
      at: folder.url.appendingPathComponent("model-00003-of-00003.safetensors"))
    let model = Model.open(folder.url.path)
    #expect(model.problems.map(\.code) == [.missingPart])
    #expect(model.problems.first?.message.contains("model-00003-of-00003.safetensors") == true)
    #expect(model.tensors.map(\.name) == ["t1", "t2"])
  }

  @Test func aLonePartSaysSo() throws {
    let folder = try TemporaryFolder()
    var builder = SafetensorsBuilder()
    builder.add("t", [1], [1])
    let path = try folder.write(builder.bytes, to: "model-00001-of-99999.safetensors")
    let model = Model.open(path)
    #expect(model.isLonePart)
    #expect(model.problems.map(\.code) == [.missingPart])
    #expect(model.tensors.count == 1)
  }

  @Test func comparesTheIndexWithTheShards() throws {
    let folder = try TemporaryFolder()
    try makeShards(in: folder, total: 13)
    try folder.write(
      """
      {"metadata":{"total_size":13},"weight_map":{"t1":"model-00002-of-00003.safetensors",
      "t2":"model-00002-of-00003.safetensors","x":"model-00003-of-00003.safetensors",
      "y":"../secret.safetensors"}}
      """, to: "model.safetensors.index.json")
    let codes = Set(Model.open(folder.url.path).problems.map(\.code))
    #expect(codes == [.unsafePartName, .misplacedTensor, .unindexedTensor, .wrongTotalSize])
  }

  @Test func refusesToChooseBetweenModels() throws {
    let folder = try TemporaryFolder()
    try folder.write(SafetensorsBuilder().bytes, to: "a.safetensors")
    try folder.write(SafetensorsBuilder().bytes, to: "b.safetensors")
    #expect(Model.open(folder.url.path).problems.map(\.code) == [.severalModels])
  }

  @Test(arguments: [
    ("<!DOCTYPE html><html>", "a.safetensors", "web page"),
    ("version https://git-lfs.github.com/spec/v1\noid", "a.gguf", "Git LFS"),
    ("PK\u{3}\u{4}........", "a.bin", "ZIP"), ("lmgg........", "a.bin", "older GGML"),
    ("hello world", "a.gguf", "neither"),
  ])
  func namesWhatIsNoModel(text: String, name: String, word: String) throws {
    let folder = try TemporaryFolder()
    let model = Model.open(try folder.write(text, to: name))
    #expect(model.problems.map(\.code) == [.notAModel])
    #expect(model.problems.first?.message.contains(word) == true)
  }

  @Test func reportsWhatCannotBeOpened() throws {
    let folder = try TemporaryFolder()
    let missing = folder.url.appendingPathComponent("none.gguf").path
    #expect(Model.open(missing).problems.map(\.code) == [.unreadable])
    #expect(Model.open("/dev/null").problems.map(\.code) == [.unreadable])
    #expect(Model.open("").problems.map(\.code) == [.unreadable])
    #expect(Model.open("hf:../../etc/passwd").problems.map(\.code) == [.unreadable])
  }

  @Test func findsModelsOfOtherPrograms() throws {
    let folder = try TemporaryFolder()
    var builder = SafetensorsBuilder()
    builder.add("t", [1], [1])
    try folder.write(builder.bytes, to: "hub/models--o--n/snapshots/abc/model.safetensors")
    try folder.write("abc\n", to: "hub/models--o--n/refs/main")
    let hub = ["HF_HUB_CACHE": folder.url.appendingPathComponent("hub").path]
    for name in ["hf:o/n", "hf:o/n@main", "hf:o/n@abc"] {
      #expect(Model.open(name, environment: hub).problems.isEmpty)
    }
    #expect(Model.open("hf:o/n@old", environment: hub).problems.map(\.code) == [.unreadable])

    try folder.write(builder.bytes, to: "ollama/blobs/sha256-feed")
    try folder.write(
      """
      {"layers":[{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:feed"}]}
      """, to: "ollama/manifests/registry.ollama.ai/library/tiny/latest")
    let store = ["OLLAMA_MODELS": folder.url.appendingPathComponent("ollama").path]
    for name in ["ollama:tiny", "ollama:tiny:latest"] {
      #expect(Model.open(name, environment: store).problems.isEmpty)
    }
  }

  @Test func readsWhatStandsBesideTheModel() throws {
    let folder = try TemporaryFolder()
    try folder.write(SafetensorsBuilder().bytes, to: "model.safetensors")
    try folder.write("{\"model_type\":\"llama\",\"eos\":[1,2.5,null]}", to: "config.json")
    try folder.write("{", to: "quantize_config.json")
    try folder.write("{\"chat_template\":\"{{ x }}\"}", to: "tokenizer_config.json")
    try folder.write("nothing", to: "generation_config.json")
    try folder.write("{{ y }}", to: "chat_template.jinja")
    try folder.write(
      """
      ---
      base_model: "org/teacher"
      tags:
      - distillation
      - 'text'
      languages: [en, de]
      ---
      # Card
      """, to: "README.md")
    let model = Model.open(folder.url.path)
    #expect(model.sidecar(.config)?["model_type"]?.string == "llama")
    #expect(model.sidecar(.config)?["eos"] == .array([.integer(1), .number(2.5), .null]))
    #expect(model.sidecar(.card)?["base_model"]?.string == "org/teacher")
    #expect(
      model.sidecar(.card)?["tags"] == .array([.string("distillation"), .string("text")]))
    #expect(model.sidecars.first { $0.kind == .card }?.prose == "# Card")
    #expect(model.sidecar(.card)?["languages"] == .array([.string("en"), .string("de")]))
    #expect(model.sidecar(.tokenizerConfig)?["chat_template"]?.string == "{{ x }}")
    #expect(model.sidecar(.chatTemplate)?["chat_template"]?.string == "{{ y }}")
    #expect(model.problems.map(\.code) == [.invalidSidecar, .invalidSidecar])
  }

  @Test func missesLayersInTheNumbering() throws {
    func model(layers: [Int]) throws -> Model {
      let folder = try TemporaryFolder()
      var builder = SafetensorsBuilder()
      for layer in layers {
        for name in ["q", "k", "v", "o"] { builder.add("model.layers.\(layer).\(name)", [1], [1]) }
      }
      try folder.write(builder.bytes, to: "model.safetensors")
      try folder.write("{\"num_hidden_layers\":4}", to: "config.json")
      return Model.open(folder.url.path)
    }
    #expect(try model(layers: [0, 1, 2, 3]).problems.isEmpty)
    #expect(try model(layers: [0, 1, 2]).problems.map(\.code) == [.missingLayer])
    #expect(try model(layers: [0, 1, 3]).problems.map(\.code) == [.missingLayer, .missingLayer])
  }

  @Test func searchesFoldersOnce() throws {
    let folder = try TemporaryFolder()
    try folder.write(SafetensorsBuilder().bytes, to: "a/x.safetensors")
    try makeShards(in: folder)
    try FileManager.default.createSymbolicLink(
      at: folder.url.appendingPathComponent("a/again"), withDestinationURL: folder.url)
    var problems: [Problem] = []
    let models = ModelSearch.models(below: folder.url.path, problems: &problems)
    #expect(problems.isEmpty)
    #expect(
      models.map { ($0 as NSString).lastPathComponent }
        == ["model.safetensors.index.json", "x.safetensors"])
  }
}
