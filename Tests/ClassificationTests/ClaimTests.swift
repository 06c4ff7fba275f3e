import ModelFile
import TestSupport
import Testing

@testable import Classification

/// What names, cards, configurations and indexes claim, against what was measured.
@Suite struct ClaimTests {
  /// The claims that a model of plain or pruned weights contradicts.
  private func claims(
    _ name: String = "model", card: String? = nil, config: String? = nil, _ stored: Stored = .bf16,
    mode: MeasuredMode = .exact, edit: Sample.Edit = { _, _, _, _ in }
  ) throws -> [String] {
    var sample = Sample.llama(stored, edit: edit)
    sample.name = name
    if let card { sample.card = "---\n\(card)\n---\n# Card\n" }
    if let config { sample.config = config }
    return try sample.opened(mode: mode).verdict.mismatches.map { "\($0.claim) | \($0.source)" }
  }

  // MARK: - Names

  @Test(arguments: [
    ("Llama-8B-Q4_K_M", "Q4_K_M"), ("llama-fp16", "fp16"), ("llama-fp32", "fp32"),
    ("Llama-7B-AWQ", "awq"), ("Llama-8B-4bit", "4bit"), ("Llama-8B-4-bit", "4-bit"),
    ("Llama.w4a16", "w4a16"), ("llama-8b-FP8", "fp8"), ("llama-quantized", "quantized"),
    ("llama-7b-pruned50-24", "pruned50"), ("llama-70sparse", "70sparse"),
    ("Sparse-Llama-2of4", "2of4"), ("llama-to-q8_0", "Q8_0"),
  ])
  func noticesNamesThatPromiseOtherWeights(name: String, claim: String) throws {
    let found = try claims(name)
    #expect(found.contains { $0.hasPrefix("\(claim) | ") }, "\(found)")
  }

  @Test(arguments: [
    "Llama-7B-GPTQ-dequantized-bf16", "llama-bf16", "Llama-fp8-to-bf16", "llama-bf16-from-gptq",
    "Beyonder-4x7B-v2", "llama-adamw-8bit", "llama-qlora-4bit-merged", "gemma-qat-q4_0-unquantized",
    "earnings-2024-Q2-Q4", "wav2vec-vector-quantized", "llama-non-quantized", "de-quantized",
    "Sparse-Llama-8B", "llama-pruned", "sparse-moe-8x1b", "llama-16bit", "diffusion-9:16",
    "Llama-3.5bit", "fp16-bf16-comparison", "model-00001",
  ])
  func takesNoOtherWordForAPromise(name: String) throws {
    #expect(try claims(name).isEmpty)
  }

  @Test func saysThatPrunedPartsLeaveNoTrace() throws {
    var sample = Sample.llama()
    sample.name = "llama-pruned"
    let evidence = try sample.opened().verdict.evidence
    #expect(evidence.contains { $0.statement.contains("taken out whole") })
  }

  @Test(arguments: [
    ("llama-pruned50", 0), ("llama-pruned70", 1), ("llama-50%-sparsity", 0), ("llama-2of4", 1),
    ("llama-wanda", 0), ("llama-sparsity-0.5", 0), ("llama-sparsity-0.8", 1),
  ])
  func comparesPromisedSharesOfZeros(name: String, count: Int) throws {
    let found = try claims(name) { _, _, _, values in pruneByMagnitude(&values, share: 0.5) }
    #expect(Set(found.map { $0.split(separator: "|")[0] }).count == count, "\(found)")
  }

  @Test func knowsAPatternOfSomeMatrices() throws {
    let found = try claims("llama-2of4") { name, _, _, values in
      if name.contains("mlp") { pruneGroups(&values, n: 2, m: 4) }
    }
    #expect(found.isEmpty)
  }

  @Test func saysNothingOfZerosByTheHeader() throws {
    #expect(try claims("llama-pruned50", mode: .header).isEmpty)
  }

  // MARK: - Cards

  @Test(arguments: [
    ("tags:\n- 4-bit\n- gptq", "4-bit, gptq | model card tags"),
    ("tags: [8-bit]", "8-bit | model card tags"),
    ("base_model_relation: quantized", "base_model_relation quantized | model card"),
    ("tags:\n- sparse\n- \"2:4\"", "sparse, 2:4 | model card tags"),
    ("tags:\n- 70% sparsity", "70 % | model card tags"),
    ("sparsity: 0.5", "sparsity 0.5 | model card"),
  ])
  func noticesCardsThatPromiseOtherWeights(card: String, claim: String) throws {
    #expect(try claims(card: card) == [claim])
  }

  @Test(arguments: [
    "tags:\n- gguf\n- 4-bit", "tags:\n- qlora\n- 4-bit", "tags:\n- sparse\n- splade",
    "tags:\n- sparse\n- moe", "tags:\n- pruned", "tags:\n- fp16", "base_model_relation: finetune",
    "tags:\n- gguf\nbase_model_relation: quantized", "tags: [bf16, text-generation]",
  ])
  func takesNoOtherTagForAPromise(card: String) throws {
    #expect(try claims(card: card).isEmpty)
  }

  @Test func readsTheCardOfAFolderOnlyForItsModel() throws {
    var sample = Sample.llama()
    sample.card = "---\ntags:\n- 4-bit\n---\n"
    let folder = try TemporaryFolder()
    var file = SafetensorsBuilder()
    for tensor in sample.tensors {
      file.add(tensor.name, tensor.type, tensor.shape.map { UInt64($0) }, tensor.bytes)
    }
    let path = try folder.write(file.bytes, to: "flux/ae.safetensors")
    try folder.write(sample.card ?? "", to: "flux/README.md")
    #expect(try Opened(path).verdict.mismatches.isEmpty)
  }

  // MARK: - Sizes

  private func config(_ changes: String) -> String {
    """
    {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4,
    "num_key_value_heads": 4, "vocab_size": 96, "intermediate_size": 160\(changes)}
    """
  }

  @Test(arguments: [
    (#", "hidden_size": 512, "head_dim": 16"#, "hidden_size 512"),
    (#", "vocab_size": 32000"#, "vocab_size 32000"), (#", "vocab_size": 64"#, nil),
    (#", "num_hidden_layers": 4"#, "num_hidden_layers 4"),
    (#", "num_hidden_layers": 0, "num_nextn_predict_layers": 1"#, nil),
    (#", "intermediate_size": 128"#, "intermediate_size 128"),
    (#", "intermediate_size": [160, 128]"#, nil),
    (#", "head_dim": 32"#, "4 heads of 32 for queries"),
    (#", "num_key_value_heads": 2"#, "2 heads of 16 for keys"),
    (#", "model_type": "albert", "embedding_size": 64, "hidden_size": 128"#, nil), ("", nil),
    (#", "model_type": "other", "num_attention_heads": 3, "num_key_value_heads": 1"#, nil),
    (#", "text_config": {"hidden_size": 64, "vocab_size": 96}, "vocab_size": 5000"#, nil),
  ])
  func comparesSizes(changes: String, claim: String?) throws {
    // Of a key that stands twice the last counts.
    let found = try claims(config: config(changes))
    #expect(found.map { $0.replacing(" | config.json", with: "") }.first == claim, "\(found)")
    #expect(try claims(config: config(changes), mode: .header) == found)
  }

  @Test func comparesTheKeysOfGGUF() throws {
    let folder = try TemporaryFolder()
    var file = GGUFBuilder()
    file.set("general.architecture", .string("llama"))
    file.set("llama.block_count", .u32(2))
    file.set("llama.embedding_length", .u32(64))
    file.set("llama.feed_forward_length", .u32(192))
    file.set("llama.attention.head_count", .u32(4))
    var weights = Weights(seed: 4)
    func add(_ name: String, _ shape: [UInt64]) {
      let count = Int(shape.reduce(1, *))
      file.add(name, type: .f16, shape: shape, data: Stored.f16.bytes(weights.gaussian(count)))
    }
    add("token_embd.weight", [32, 64])
    add("blk.0.attn_q.weight", [64, 64])
    add("blk.0.ffn_up.weight", [160, 64])
    add("blk.0.attn_norm.weight", [64])
    add("output_norm.weight", [64])
    let verdict = try Opened(folder.write(file.bytes, to: "llama-Q8_0-f16.gguf")).verdict
    #expect(
      verdict.mismatches.map(\.claim) == ["llama.block_count 2", "llama.feed_forward_length 192"])
  }

  // MARK: - Schemes

  @Test func comparesTheFormOfGroups() throws {
    #expect(try gptq(#""bits": 4, "group_size": 32, "desc_act": false, "sym": true"#) == [])
    #expect(
      try gptq(#""bits": 4, "group_size": 32, "desc_act": true, "sym": false"#)
        == ["desc_act true", "sym false"])
    // Static groups keep the order of the inputs.
    #expect(
      try gptq(
        #""bits": 4, "group_size": 32, "desc_act": true, "static_groups": true, "sym": true"#) == []
    )
  }

  private func gptq(_ settings: String) throws -> [String] {
    var sample = Sample.llama()
    sample.config = #"{"quantization_config": {"quant_method": "gptq", \#(settings)}}"#
    var weights = Weights(seed: 6)
    sample.tensors.removeAll { $0.name.contains("proj") }
    for (name, outputs, inputs) in Sample.linears {
      let prefix = "model.layers.0." + name.dropLast("weight".count)
      sample.add(
        prefix + "qweight", "I32", [inputs / 8, outputs],
        (0..<inputs * outputs / 2).map { _ in UInt8(weights.uniform() * 255) })
      sample.add(
        prefix + "qzeros", "I32", [inputs / 32, outputs / 8],
        [UInt8](repeating: 0x77, count: inputs / 32 * outputs / 2))
      sample.add(
        prefix + "scales", [inputs / 32, outputs], weights.gaussian(inputs / 32 * outputs), .f16)
      let groups = (0..<inputs).flatMap { [UInt8($0 / 32), 0, 0, 0] as [UInt8] }
      sample.add(prefix + "g_idx", "I32", [inputs], groups)
    }
    return try sample.opened().verdict.mismatches.map(\.claim)
  }

  @Test func noticesIntegersThatAreFloats() throws {
    var sample = Sample.llama()
    sample.config = """
      {"quantization_config": {"quant_method": "compressed-tensors", "format": "int-quantized",
      "config_groups": {"group_0": {"weights": {"num_bits": 8, "type": "int"}}}}}
      """
    sample.tensors.removeAll { $0.name.contains("proj") }
    var weights = Weights(seed: 6)
    for (name, outputs, inputs) in Sample.linears {
      let codes = (0..<inputs * outputs).map { _ in UInt8(weights.uniform() * 120) }
      sample.add("model.layers.0." + name, "F8_E4M3", [outputs, inputs], codes)
      sample.add("model.layers.0." + name + "_scale", [outputs, 1], weights.gaussian(outputs))
    }
    let verdict = try sample.opened().verdict
    #expect(verdict.mismatches.map(\.claim) == ["format int-quantized"])
    #expect(verdict.quantization?.variant == "float-quantized")
  }

  @Test(arguments: [("2:4", 1), ("4:8", 1), ("unstructured", 0)])
  func comparesTheDeclaredPatternOfZeros(structure: String, count: Int) throws {
    let config = """
      {"quantization_config": {"quant_method": "compressed-tensors", "format": "dense",
      "sparsity_config": {"format": "dense", "sparsity_structure": "\(structure)"}}}
      """
    let found = try claims(config: config) { _, _, _, values in
      pruneByMagnitude(&values, share: 0.5)
    }
    #expect(found.count == count, "\(found)")
  }

  // MARK: - Index

  @Test func repeatsWhatTheIndexSaysOfItsFiles() throws {
    let folder = try TemporaryFolder()
    let sample = Sample.llama()
    var file = SafetensorsBuilder()
    for tensor in sample.tensors {
      file.add(tensor.name, tensor.type, tensor.shape.map { UInt64($0) }, tensor.bytes)
    }
    try folder.write(file.bytes, to: "a/model-00001-of-00001.safetensors")
    let map = sample.tensors.dropFirst(2).map {
      #""\#($0.name)": "model-00001-of-00001.safetensors""#
    }.joined(separator: ",")
    let index = try folder.write(
      #"{"metadata": {"total_size": 5}, "weight_map": {\#(map)}}"#,
      to: "a/model.safetensors.index.json")
    let found = try Opened(index).verdict.mismatches
    #expect(found.map(\.claim) == ["total_size", "weight_map"])
    #expect(found.last?.measured.contains("and 1 more") == true)
  }
}
