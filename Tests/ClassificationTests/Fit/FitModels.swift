import ModelFile

@testable import Classification

/// A model as its headers and configuration describe it, without any file.
func fitModel(
  _ tensors: [(name: String, type: ElementType, shape: [UInt64])] = [],
  config: [String: JSONValue]? = nil,
  metadata: [String: MetadataValue] = [:],
  format: Model.Format = .safetensors
) -> Model {
  var model = Model(path: "model", format: format)
  model.tensors = tensors.map { name, type, shape in
    Tensor(
      name: name,
      type: type,
      shape: shape,
      elementCount: ModelFile.elementCount(shape: shape) ?? 0,
      part: 0,
      offset: 0,
      byteCount: type.byteCount(shape: shape) ?? 0,
      isReadable: true
    )
  }
  if let config {
    model.sidecars = [Sidecar(kind: .config, path: "config.json", content: .object(config))]
  }
  model.metadata = metadata.map { MetadataEntry(key: $0.key, value: $0.value) }
  return model
}

/// The cache of a configuration, beside projections of so many rows in every layer.
func cache(_ config: [String: JSONValue], rows: [UInt64] = []) -> KVCache? {
  KVCache(
    configuration: NetworkConfiguration(.object(config)), rows: ProjectionRows(projections(rows)))
}

/// Projections that make keys and values of so many rows, one pair for each layer.
func projections(
  _ rows: [UInt64], stack: String = "model.layers", width: UInt64 = 256
) -> Model {
  fitModel(
    rows.enumerated().flatMap { layer, rows in
      ["k", "v"].map {
        ("\(stack).\(layer).self_attn.\($0)_proj.weight", ElementType.bf16, [rows, width])
      }
    })
}

/// A key of GGUF with a number.
func number(_ value: Int) -> MetadataValue { .unsigned(UInt64(value), .u32) }

/// A key of GGUF with an array of numbers.
func numbers(_ values: [Int]) -> MetadataValue {
  .array(
    MetadataArray(
      elementType: .u32,
      count: values.count,
      first: values.map(number),
      offset: 0,
      part: 0
    )
  )
}

/// The header of Llama-3.1-8B in BF16.
let llama8B: Model = {
  var tensors: [(name: String, type: ElementType, shape: [UInt64])] = [
    ("model.embed_tokens.weight", .bf16, [128256, 4096]),
    ("lm_head.weight", .bf16, [128256, 4096]),
    ("model.norm.weight", .bf16, [4096]),
  ]
  for layer in 0..<32 {
    let prefix = "model.layers.\(layer)."
    tensors += [
      (prefix + "self_attn.q_proj.weight", .bf16, [4096, 4096]),
      (prefix + "self_attn.k_proj.weight", .bf16, [1024, 4096]),
      (prefix + "self_attn.v_proj.weight", .bf16, [1024, 4096]),
      (prefix + "self_attn.o_proj.weight", .bf16, [4096, 4096]),
      (prefix + "mlp.gate_proj.weight", .bf16, [14336, 4096]),
      (prefix + "mlp.up_proj.weight", .bf16, [14336, 4096]),
      (prefix + "mlp.down_proj.weight", .bf16, [4096, 14336]),
      (prefix + "input_layernorm.weight", .bf16, [4096]),
      (prefix + "post_attention_layernorm.weight", .bf16, [4096]),
    ]
  }
  return fitModel(tensors, config: llamaConfig)
}()

/// The configuration of Llama-3.1-8B.
let llamaConfig: [String: JSONValue] = [
  "model_type": .string("llama"), "num_hidden_layers": .integer(32),
  "num_attention_heads": .integer(32), "num_key_value_heads": .integer(8),
  "hidden_size": .integer(4096), "vocab_size": .integer(128256),
  "max_position_embeddings": .integer(131072),
]
