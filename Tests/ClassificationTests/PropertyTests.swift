import ModelFile
import TestSupport
import Testing

@testable import Classification

/// What must not change a verdict: the order of tensors, prefixes of names, files, containers, scale.
@Suite struct PropertyTests {
  @Test(arguments: Subject.all)
  func doesNotDependOnTheOrderOfTensors(_ subject: Subject) throws {
    var turned = subject.sample()
    turned.tensors.reverse()
    #expect(try summary(turned.opened()) == subject.summary())
  }

  @Test(arguments: Subject.all)
  func doesNotDependOnPrefixes(_ subject: Subject) throws {
    var renamed = subject.sample()
    for index in renamed.tensors.indices {
      renamed.tensors[index].name = "language_model." + renamed.tensors[index].name
    }
    #expect(try summary(renamed.opened()) == subject.summary())
  }

  @Test(arguments: Subject.all)
  func doesNotDependOnShards(_ subject: Subject) throws {
    let folder = try TemporaryFolder()
    let sample = subject.sample()
    var map: [String] = []
    for part in 0..<3 {
      var file = SafetensorsBuilder()
      let name = "model-0000\(part + 1)-of-00003.safetensors"
      for (index, tensor) in sample.tensors.enumerated() where index % 3 == part {
        file.add(tensor.name, tensor.type, tensor.shape.map { UInt64($0) }, tensor.bytes)
        map.append("\"\(tensor.name)\": \"\(name)\"")
      }
      try folder.write(file.bytes, to: name)
    }
    let index = "{\"metadata\": {}, \"weight_map\": {\(map.joined(separator: ", "))}}"
    let path = try folder.write(index, to: "model.safetensors.index.json")
    if let config = sample.config { try folder.write(config, to: "config.json") }
    #expect(try summary(Opened(path)) == subject.summary())
  }

  @Test(arguments: Subject.all)
  func doesNotDependOnScale(_ subject: Subject) throws {
    let doubled = subject.sample().rounded({ $0 * 2 }, where: { $0.count > 1 })
    #expect(try summary(doubled.opened()) == subject.summary())
  }

  @Test(arguments: Subject.all, Stored.allCases)
  func doesNotDependOnTheContainer(_ subject: Subject, _ stored: Stored) throws {
    let folder = try TemporaryFolder()
    let sample = subject.sample()
    var file = GGUFBuilder()
    file.set("general.architecture", .string("llama"))
    file.set("llama.block_count", .u32(1))
    file.set("llama.embedding_length", .u32(64))
    file.set("llama.attention.head_count", .u32(4))
    let type: [Stored: ElementType] = [.f32: .f32, .f16: .f16, .bf16: .bf16]
    for tensor in sample.tensors {
      let values = (Stored(rawValue: tensor.type) ?? .f32).values(tensor.bytes)
      file.add(
        gguf(tensor.name), type: type[stored] ?? .f32, shape: tensor.shape.map { UInt64($0) },
        data: stored.bytes(values))
    }
    let opened = try Opened(folder.write(file.bytes, to: "model.gguf"))
    var expected = try subject.summary()
    let names: [Stored: String] = [.f32: "fp32", .f16: "fp16", .bf16: "bf16"]
    expected[0] = expected[0].replacing("bf16", with: names[stored] ?? "")
    #expect(summary(opened) == expected)
    #expect(opened.verdict.precision.effective == "bf16")
  }
}

/// A model whose verdict is compared.
struct Subject: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var sample: @Sendable () -> Sample

  func summary() throws -> [String] { try ClassificationTests.summary(sample().opened()) }

  static let all = [
    Subject(testDescription: "dense") { .llama() },
    Subject(testDescription: "half by magnitude") {
      .llama { _, _, _, values in pruneByMagnitude(&values, share: 0.5) }
    },
    Subject(testDescription: "2:4") {
      .llama { _, _, _, values in pruneGroups(&values, n: 2, m: 4) }
    },
  ]
}

/// What is compared of a verdict.
private func summary(_ opened: Opened) -> [String] {
  ["labels", "sparsity.level", "sparsity.pattern", "sparsity.n_m", "parameters"]
    .map { opened.verdict.field($0, opened.plan) }
}

/// llama.cpp's name of a tensor.
private func gguf(_ name: String) -> String {
  let names = [
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "model.layers": "blk",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
  ]
  return names.reduce(name) { $0.replacing($1.key, with: $1.value) }
}
