import ModelFile
import Synchronization
import TensorStats
import TestSupport

@testable import Classification

/// Tensors of a small model in memory, in the order of its file.
struct TensorSet {
  var tensors: [(name: String, shape: [Int], values: [Float])] = []
  /// The configuration that stands beside it.
  var config = ""

  /// Changes the values of tensors whose names contain a text.
  func mapping(_ text: String, _ change: (_ name: String, [Int], [Float]) -> [Float]) -> TensorSet {
    var result = self
    for index in tensors.indices where tensors[index].name.contains(text) {
      let tensor = tensors[index]
      result.tensors[index].values = change(tensor.name, tensor.shape, tensor.values)
    }
    return result
  }

  /// The tensors under other names; those without one are left out.
  func renamed(_ name: (String) -> String?) -> TensorSet {
    var result = self
    result.tensors = tensors.compactMap { tensor in
      name(tensor.name).map { ($0, tensor.shape, tensor.values) }
    }
    return result
  }

  /// Writes a safetensors file in a folder of its own.
  func write(_ folder: TemporaryFolder, _ name: String, as type: Stored = .f32) throws -> Model {
    var builder = SafetensorsBuilder()
    for tensor in tensors {
      builder.add(
        tensor.name, type.rawValue, tensor.shape.map { UInt64($0) },
        type == .f32 ? floatBytes(tensor.values) : type.bytes(tensor.values))
    }
    if !config.isEmpty { try folder.write(config, to: "\(name)/config.json") }
    return Model.open(try folder.write(builder.bytes, to: "\(name)/model.safetensors"))
  }

  /// Writes a GGUF file as llama.cpp converts it: queries and keys permuted, matrices quantized.
  func writeGGUF(
    _ folder: TemporaryFolder, _ name: String, heads: Int = 4, keyHeads: Int = 2,
    as quantizer: BlockQuantizer = .q8_0
  ) throws -> Model {
    var builder = GGUFBuilder()
    builder.set("general.architecture", .string("llama"))
    builder.set("llama.block_count", .u32(3))
    builder.set("llama.embedding_length", .u32(64))
    builder.set("llama.attention.head_count", .u32(UInt32(heads)))
    builder.set("llama.attention.head_count_kv", .u32(UInt32(keyHeads)))
    for tensor in tensors {
      let name = TinyLlama.ggufName(tensor.name)
      var values = tensor.values
      if name.contains("attn_q.") { values = permuted(values, tensor.shape, heads) }
      if name.contains("attn_k.") { values = permuted(values, tensor.shape, keyHeads) }
      let isMatrix = tensor.shape.count > 1
      builder.add(
        name, type: isMatrix ? quantizer.type : .f32, shape: tensor.shape.map { UInt64($0) },
        data: isMatrix ? quantizer.quantize(values) : floatBytes(values))
    }
    return Model.open(try folder.write(builder.bytes, to: "\(name).gguf"))
  }
}

/// A llama of three layers.
enum TinyLlama {
  static let hidden = 64
  static let layers = 3

  /// Random weights.
  static func make(seed: UInt64, layers: Int = layers) -> TensorSet {
    var weights = Weights(seed: seed)
    var set = TensorSet()
    func add(_ name: String, _ shape: Int...) {
      let count = shape.reduce(1, *)
      let values =
        shape.count == 1
        ? weights.gaussian(count, sigma: 0.05).map { 1 + $0 } : weights.gaussian(count)
      set.tensors.append((name, shape, values))
    }
    add("model.embed_tokens.weight", 96, hidden)
    for layer in 0..<layers {
      let prefix = "model.layers.\(layer)."
      add(prefix + "input_layernorm.weight", hidden)
      add(prefix + "self_attn.q_proj.weight", hidden, hidden)
      add(prefix + "self_attn.k_proj.weight", 32, hidden)
      add(prefix + "self_attn.v_proj.weight", 32, hidden)
      add(prefix + "self_attn.o_proj.weight", hidden, hidden)
      add(prefix + "post_attention_layernorm.weight", hidden)
      add(prefix + "mlp.gate_proj.weight", 128, hidden)
      add(prefix + "mlp.up_proj.weight", 128, hidden)
      add(prefix + "mlp.down_proj.weight", hidden, 128)
    }
    add("model.norm.weight", hidden)
    add("lm_head.weight", 96, hidden)
    set.config = """
      {"model_type": "llama", "num_hidden_layers": \(layers), "hidden_size": 64,
       "num_attention_heads": 4, "num_key_value_heads": 2}
      """
    return set
  }

  /// What llama.cpp calls a tensor.
  static func ggufName(_ name: String) -> String {
    let words = [
      "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
      "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
      "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
      "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
      "mlp.down_proj": "ffn_down",
    ]
    let stem = String(name.dropLast(".weight".count))
    let parts = stem.split(separator: ".")
    guard parts.count > 3 || parts.contains("layers") else {
      return (words[stem] ?? stem) + ".weight"
    }
    let rest = parts.dropFirst(3).joined(separator: ".")
    return "blk.\(parts[2]).\(words[rest] ?? rest).weight"
  }
}

/// Little-endian floats; in bulk, since tests without optimization take long over each.
func floatBytes(_ values: [Float]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

/// llama.cpp's order of the rows of queries and keys (`LlamaModel.permute`).
private func permuted(_ values: [Float], _ shape: [Int], _ heads: Int) -> [Float] {
  let head = shape[0] / heads
  return (0..<shape[0]).flatMap { row -> ArraySlice<Float> in
    let within = row % head
    let source = row / head * head + within % 2 * (head / 2) + within / 2
    return values[source * shape[1]..<(source + 1) * shape[1]]
  }
}

/// Quantizers of blocks of 32 with a scale, as ggml's reference has them.
enum BlockQuantizer {
  case q8_0
  /// The scale is multiplied: another search for it gives others.
  case q4_0(scale: Float = 1)

  var type: ElementType {
    switch self {
    case .q8_0: .q8_0
    case .q4_0: .q4_0
    }
  }

  func quantize(_ values: [Float]) -> [UInt8] {
    stride(from: 0, to: values.count, by: 32).flatMap { start -> [UInt8] in
      let block = Array(values[start..<start + 32])
      switch self {
      case .q8_0:
        let scale = block.reduce(0) { max($0, $1.magnitude) } / 127
        let codes = block.map { UInt8(bitPattern: Int8(scale > 0 ? ($0 / scale).rounded() : 0)) }
        return littleEndian(halfBits(scale)) + codes
      case .q4_0(let factor):
        let scale = (block.max { $0.magnitude < $1.magnitude } ?? 0) / -8 * factor
        let codes = block.map { value -> UInt8 in
          scale == 0 ? 8 : UInt8(max(0, min(15, (value / scale).rounded() + 8)))
        }
        return littleEndian(halfBits(scale)) + (0..<16).map { codes[$0] | codes[$0 + 16] << 4 }
      }
    }
  }
}

/// Compares two models as the program does.
func diff(_ a: Model, _ b: Model) -> Diff {
  let (sideA, sideB) = (DiffSide(a, plan: Plan(model: a)), DiffSide(b, plan: Plan(model: b)))
  let samplers = Samplers(reference: ValueSampler(a), other: ValueSampler(b))
  let plan = DiffPlan(reference: sideA, other: sideB, samplers: samplers)
  let pairs = plan.pairs
  let found = Mutex([Difference?](repeating: nil, count: pairs.count))
  Comparison(reference: a, other: b, pairs: pairs, workers: 2).run { event in
    if case .compared(let index, let difference) = event {
      found.withLock { $0[index] = difference }
    }
  }
  return Diff(plan, differences: found.withLock { $0 }, samplers: samplers)
}
