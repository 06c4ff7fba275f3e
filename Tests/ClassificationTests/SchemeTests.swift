import TestSupport
import Testing

@testable import Classification

/// Layouts of packed weights.
///
/// Each case lists the tensors of one layer, and names fields of the report with their values. Only
/// headers and small tensors decide here.
@Suite struct SchemeTests {
  @Test(arguments: Layout.all)
  func recognises(_ layout: Layout) throws {
    let opened = try layout.sample.opened(mode: .header)
    for (field, value) in layout.expected {
      #expect(opened.verdict.field(field, opened.plan) == value, "\(field)")
    }
  }
}

/// One layout.
struct Layout: Sendable, CustomTestStringConvertible {
  var title: String
  var tensors: [String]
  var config: String?
  var metadata: [String: String]
  /// The contents of tensors that must not be zeros.
  var contents: [String: [UInt8]]
  var expected: [(String, String)]

  init(
    _ title: String, _ tensors: [String], config: String? = nil, metadata: [String: String] = [:],
    contents: [String: [UInt8]] = [:], _ expected: KeyValuePairs<String, String>
  ) {
    self.title = title
    self.tensors = tensors
    self.config = config
    self.metadata = metadata
    self.contents = contents
    self.expected = expected.map { ($0.key, $0.value) }
  }

  var testDescription: String { title }

  /// The file: tensors without a dot at the beginning of their names belong to no layer.
  var sample: Sample {
    var sample = Sample()
    sample.config = config
    sample.metadata = metadata.sorted { $0.key < $1.key }
    sample.add("model.norm.weight", "F32", [64], [UInt8](repeating: 1, count: 256))
    for line in tensors {
      let words = line.split(separator: " ").map(String.init)
      let shape = words.dropFirst(2).compactMap { Int($0) }
      let layer = "model.layers.0.self_attn.q_proj"
      let name = words[0].hasPrefix(".") || words[0].hasPrefix(":") ? layer + words[0] : words[0]
      let bytes = contents[words[0]] ?? [UInt8](repeating: 0, count: size(words[1], shape))
      sample.add(name, words[1], shape, bytes)
    }
    return sample
  }

  private func size(_ type: String, _ shape: [Int]) -> Int {
    let bits = [
      "F4": 4, "F16": 16, "BF16": 16, "I16": 16, "F32": 32, "I32": 32, "U32": 32, "I64": 64,
    ]
    return shape.reduce(1, *) * (bits[type] ?? 8) / 8
  }

  static func words(_ values: [Int32]) -> [UInt8] { values.flatMap { littleEndian($0) } }
  static func longs(_ values: [Int64]) -> [UInt8] { values.flatMap { littleEndian($0) } }
  static func json(_ text: String) -> [UInt8] { Array(text.utf8) }

  static let all = gptq + compressedTensors + bytes + floats + vectors + sparse + stacks + doubles
}

extension Layout {
  static let gptq = [
    Layout(
      "GPTQ v1, symmetric",
      [".qweight I32 32 256", ".qzeros I32 2 32", ".scales F16 2 256", ".g_idx I32 256"],
      contents: [
        ".qzeros": words([Int32](repeating: 0x7777_7777, count: 64)),
        ".g_idx": words((0..<256).map { Int32($0 / 128) }),
      ],
      [
        "label": "quantized", "quantization.scheme": "gptq", "quantization.variant": "v1",
        "quantization.bits": "4.0", "quantization.group_size": "128",
        "quantization.symmetric": "true",
        "quantization.act_order": "false", "quantization.parameters": "65536",
      ]),
    Layout(
      "GPTQ v2 without a configuration",
      [".qweight I32 32 256", ".qzeros I32 2 32", ".scales F16 2 256"],
      contents: [".qzeros": words([Int32](repeating: -0x7777_7778, count: 64))],
      ["quantization.variant": "v2", "quantization.symmetric": "true"]),
    Layout(
      "GPTQ with permuted groups and 3 bits",
      [".qweight I32 24 256", ".qzeros I32 2 24", ".scales F16 2 256", ".g_idx I32 256"],
      contents: [".g_idx": words((0..<256).map { Int32($0 % 2) })],
      [
        "quantization.bits": "3.0", "quantization.act_order": "true",
        "quantization.parameters": "65536",
      ]),
    Layout(
      "GPTQ with 8 bits and one group",
      [".qweight I32 64 256", ".qzeros I32 1 64", ".scales F16 1 256"],
      [
        "quantization.bits": "8.0", "quantization.group_size": "nil",
        "quantization.parameters": "65536",
      ]),
    Layout(
      "AWQ, which packs the other side",
      [".qweight I32 256 32", ".qzeros I32 2 32", ".scales F16 2 256"],
      [
        "quantization.scheme": "awq", "quantization.variant": "gemm", "quantization.bits": "4.0",
        "quantization.group_size": "128", "quantization.parameters": "65536",
      ]),
    Layout(
      "GPTQ with a width that only bit planes have",
      [".qweight I32 40 256", ".qzeros I32 2 40", ".scales F16 2 256"],
      [
        "quantization.variant": "planar", "quantization.bits": "5.0",
        "quantization.parameters": "65536",
      ]),
    Layout(
      "GPTQ with 3 bits whose zero points are the middle by planes",
      [".qweight I32 24 256", ".qzeros I32 2 24", ".scales F16 2 256"],
      contents: [".qzeros": words((0..<48).map { $0 % 3 == 2 ? -1 : 0 })],
      ["quantization.variant": "planar", "quantization.symmetric": "true"]),
    Layout(
      "AWQ for matrix by vector, in groups of 64",
      [".qweight I32 256 64", ".qzeros I32 256 2", ".scales F16 256 16"],
      contents: [".qzeros": words((0..<512).map { $0 % 2 == 0 ? 0x1234_5671 : 0 })],
      ["quantization.variant": "gemv", "quantization.group_size": "64"]),
    Layout(
      "AWQ for matrix by vector",
      [".qweight I32 256 32", ".qzeros I32 256 1", ".scales F16 256 8"],
      [
        "quantization.scheme": "awq", "quantization.variant": "gemv",
        "quantization.parameters": "65536",
      ]),
    Layout(
      "ParoQuant",
      [
        ".qweight I32 32 256", ".qzeros I32 2 32", ".scales F16 2 256", ".theta F16 8 128",
        ".pairs I16 8 256",
      ], ["quantization.scheme": "paroquant", "quantization.parameters": "65536"]),
    Layout(
      "Marlin", [".qweight I32 16 512", ".scales F16 2 256"],
      [
        "quantization.scheme": "marlin", "quantization.bits": "4.0",
        "quantization.parameters": "65536",
      ]),
    Layout(
      "QQQ", [".B I32 16 512", ".s_channel F32 1 256", ".s_group F16 2 256"],
      ["quantization.scheme": "qqq", "quantization.parameters": "65536"]),
  ]

  static let compressedTensors = [
    Layout(
      "4 bits", [".weight_packed I32 64 32", ".weight_scale BF16 64 2", ".weight_shape I64 2"],
      config:
        #"{"quantization_config": {"quant_method": "compressed-tensors", "sparsity_config": {}}}"#,
      contents: [".weight_shape": longs([64, 256])],
      [
        "labels": "quantized", "quantization.scheme": "compressed-tensors",
        "quantization.variant": "pack-quantized", "quantization.bits": "4.0",
        "quantization.group_size": "128", "quantization.parameters": "16384", "mismatches": "0",
      ]),
    Layout(
      "3 bits, ten to a word",
      [".weight_packed I32 64 26", ".weight_scale BF16 64 2", ".weight_shape I64 2"],
      contents: [".weight_shape": longs([64, 256])],
      ["quantization.bits": "3.0", "quantization.parameters": "16384"]),
    Layout(
      "3 bits without gaps",
      [".weight_packed I32 64 24", ".weight_scale BF16 64 2", ".weight_shape I64 2"],
      contents: [".weight_shape": longs([64, 256])],
      ["quantization.bits": "3.0", "quantization.parameters": "16384"]),
    Layout(
      "NVFP4",
      [".weight_packed U8 64 128", ".weight_scale F8_E4M3 64 16", ".weight_global_scale F32 1"],
      [
        "quantization.scheme": "compressed-tensors", "quantization.variant": "nvfp4-pack-quantized",
        "quantization.bits_per_weight": "4.5", "quantization.parameters": "16384",
      ]),
    Layout(
      "MXFP4", [".weight_packed U8 64 128", ".weight_scale U8 64 8"],
      ["quantization.variant": "mxfp4-pack-quantized", "quantization.bits_per_weight": "4.25"]),
    Layout(
      "MXFP6", [".weight_packed U8 64 192", ".weight_scale U8 64 8"],
      ["quantization.variant": "mxfp6-pack-quantized", "quantization.bits_per_weight": "6.25"]),
    Layout(
      "marlin-24", [".weight_packed I32 16 512", ".scale_packed F16 4 256", ".meta I16 16 512"],
      [
        "labels": "sparse quantized pruned", "quantization.variant": "marlin-24",
        "quantization.bits_per_weight": "3.13", "sparsity.storage": "marlin_24",
        "sparsity.n_m": "2:4",
        "quantization.parameters": "131072",
      ]),
  ]

  static let bytes = [
    Layout(
      "bitsandbytes NF4, double-quantized",
      [
        ".weight U8 65536 1", ".weight.absmax U8 2048", ".weight.nested_absmax F32 8",
        ".weight.nested_quant_map F32 256", ".weight.quant_map F32 16",
        ".weight.quant_state.bitsandbytes__nf4 U8 95",
      ],
      contents: [
        ".weight.quant_state.bitsandbytes__nf4": json(
          #"{"quant_type": "nf4", "blocksize": 64, "shape": [512, 256], "nested_blocksize": 256}           "#
        )
      ],
      [
        "label": "quantized", "quantization.scheme": "bnb-nf4",
        "quantization.variant": "nf4-double-quant", "quantization.parameters": "131072",
      ]),
    Layout(
      "bitsandbytes NF4 in BF16",
      [
        ".weight BF16 32768 1", ".weight.absmax F32 2048", ".weight.quant_map F32 16",
        ".weight.quant_state.bitsandbytes__nf4 U8 40",
      ],
      contents: [
        ".weight.quant_state.bitsandbytes__nf4": json(#"{"blocksize": 64, "shape": [512, 256]}  "#)
      ],
      ["label": "quantized", "quantization.scheme": "bnb-nf4", "quantization.parameters": "131072"]),
    Layout(
      "bitsandbytes INT8", [".weight I8 128 256", ".SCB F32 128", ".weight_format U8"],
      [
        "quantization.scheme": "bnb-int8", "quantization.bits": "8.0",
        "quantization.parameters": "32768",
      ]),
    Layout(
      "BitNet", [".weight U8 64 256", ".weight_scale BF16 1"],
      [
        "quantization.scheme": "bitnet", "quantization.bits": "2.0",
        "quantization.parameters": "65536",
      ]),
    Layout(
      "MLX, configured", [".weight U32 256 32", ".scales BF16 256 4", ".biases BF16 256 4"],
      config: #"{"quantization": {"group_size": 64, "bits": 4}}"#,
      [
        "quantization.scheme": "mlx", "quantization.bits": "4.0",
        "quantization.parameters": "65536",
      ]),
    Layout(
      "MLX with the same shapes and other bits",
      [".weight U32 256 32", ".scales BF16 256 4", ".biases BF16 256 4"],
      config: #"{"quantization": {"group_size": 32, "bits": 8}}"#,
      [
        "quantization.bits": "8.0", "quantization.group_size": "32",
        "quantization.parameters": "32768",
      ]),
    Layout(
      "MLX without configuration, by a known width",
      [".weight U32 256 16", ".scales BF16 256 2", ".biases BF16 256 2"],
      [
        "quantization.bits": "8.0", "quantization.group_size": "32",
        "quantization.parameters": "16384",
      ]),
    Layout(
      "HQQ",
      [
        ".W_q U8 512 64", ".scale BF16 1024 1", ".zero BF16 1024 1", ".shape I64 2", ".nbits I32",
        ".axis I32", ".group_size I32",
      ],
      contents: [".shape": longs([256, 256]), ".nbits": words([4]), ".axis": words([1])],
      [
        "quantization.scheme": "hqq", "quantization.variant": "4-bit axis 1",
        "quantization.parameters": "65536", "quantization.group_size": "64",
      ]),
    Layout(
      "Quanto",
      [".weight._data._data U8 32 128", ".weight._scale BF16 64 1", ".weight._shift BF16 64 1"],
      [
        "quantization.scheme": "quanto", "quantization.variant": "qint4",
        "quantization.parameters": "8192",
      ]),
    Layout(
      "torchao with 4 bits in I8",
      ["._weight_qdata I8 128 256", "._weight_scale BF16 128 8", "._weight_zero_point I8 128 8"],
      metadata: [
        "model.layers.0.self_attn.q_proj.weight":
          #"{"_type": "IntxUnpackedToInt8Tensor", "_data": {"target_dtype": {"_data": "int4"}, "block_size": [1, 32], "activation_quantization": null}}"#
      ],
      [
        "quantization.scheme": "torchao", "quantization.bits": "4.0",
        "quantization.variant": "intx_weight_only", "quantization.bits_per_weight": "8.75",
      ]),
    Layout(
      "SVDQuant",
      [
        ".qweight I8 256 64", ".wscales BF16 2 256", ".proj_down BF16 128 16",
        ".proj_up BF16 256 16",
        ".smooth_factor BF16 128",
      ],
      [
        "quantization.scheme": "svdquant", "file_role": "model", "quantization.parameters": "32768",
        "sparsity.measurable": "false",
      ]),
    Layout(
      "ModelOpt INT4",
      [".weight U8 64 256", ".weight_scale BF16 128 2", ".pre_quant_scale BF16 256"],
      [
        "quantization.scheme": "modelopt", "quantization.bits": "4.0",
        "quantization.parameters": "32768",
      ]),
    Layout(
      "ModelOpt INT8",
      [".weight I8 128 256", ".weight_scale F32 128", ".pre_quant_scale BF16 256"],
      config:
        #"{"quantization_config": {"quant_method": "modelopt", "quant_algo": "W8A8_SQ_PER_CHANNEL"}}"#,
      [
        "quantization.scheme": "modelopt", "quantization.variant": "W8A8_SQ_PER_CHANNEL",
        "quantization.bits": "8.0", "quantization.parameters": "32768",
      ]),
    Layout(
      "bytes with scales of an unknown writer", [".weight I8 128 256", ".weight_scale F32 128 1"],
      config: #"{"quantization_config": {"quant_method": "nobody"}}"#,
      ["quantization.scheme": "int8", "quantization.variant": "scaled"]),
    Layout(
      "Gemma with 2 bits",
      [".weight U8 128 16", ".weight_scale F32 128 1", ".input_activation_scale F32"],
      [
        "quantization.scheme": "gemma-quant", "quantization.bits": "2.0",
        "quantization.parameters": "8192",
      ]),
    Layout(
      "Gemma's embedding",
      [
        "model.embed_tokens.embedding_quantized U8 128 32",
        "model.embed_tokens.embedding_scale F32 128 1",
      ],
      [
        "quantization.scheme": "gemma-quant", "quantization.bits": "4.0",
        "quantization.parameters": "8192", "parameters": "\(8192 + 64)",
      ]),
    Layout(
      "Quark's integers by rows",
      [".weight I32 128 32", ".weight_scale F32 128", ".weight_zero_point I32 16"],
      [
        "quantization.scheme": "quark", "quantization.bits": "4.0",
        "quantization.group_size": "nil", "quantization.parameters": "32768",
      ]),
    Layout(
      "Quark's floats of 6 bits, of which type nothing tells",
      [".weight U8 128 192", ".weight_scale U8 128 8"],
      [
        "quantization.scheme": "quark", "quantization.variant": "mxfp6",
        "quantization.bits": "6.0", "quantization.parameters": "32768",
        "sparsity.measurable": "false",
      ]),
    Layout(
      "torchao's words of XPUs",
      ["._weight_qdata I32 128 32", "._weight_scale BF16 2 128", "._weight_zero_point I8 2 128"],
      [
        "quantization.scheme": "torchao", "quantization.variant": "Int4PlainInt32Tensor",
        "quantization.bits": "4.0", "quantization.parameters": "32768",
        "quantization.group_size": "128", "sparsity.measurable": "true",
      ]),
    Layout(
      "torchao MXFP4", ["._weight_qdata U8 128 128", "._weight_scale F8_E8M0 128 8"],
      [
        "quantization.scheme": "torchao", "quantization.bits": "4.0",
        "quantization.group_size": "32", "quantization.bits_per_weight": "4.25",
      ]),
    Layout(
      "Comfy INT8 of rotated weights",
      [".weight I8 128 256", ".weight_scale F32", ".comfy_quant U8 46"],
      contents: [".comfy_quant": json(#"{"format": "int8_tensorwise", "convrot": true}"#)],
      ["quantization.variant": "int8_tensorwise", "sparsity.measurable": "false"]),
    Layout(
      "EETQ", [".weight I8 256 128", ".weight_scales F16 128"],
      ["quantization.scheme": "eetq", "quantization.parameters": "32768"]),
    Layout(
      "Comfy INT8", [".weight I8 128 256", ".weight_scale F32", ".comfy_quant U8 29"],
      contents: [".comfy_quant": json(#"{"format": "int8_tensorwise"}"#)],
      ["quantization.scheme": "comfy-quant", "quantization.variant": "int8_tensorwise"]),
    Layout(
      "words of no known layout", [".weight U8 100 80", ".weight_scale F32 7 3"],
      [
        "label": "quantized", "quantization.scheme": "unknown-packed", "quantization.bits": "nil",
        "sparsity.measurable": "false",
      ]),
    Layout(
      "bytes with nothing beside them", [".weight I8 128 256"],
      ["label": "quantized", "quantization.scheme": "int8", "quantization.parameters": "32768"]),
  ]

  static let floats = [
    Layout(
      "DeepSeek's tiles, partial at the edges",
      [".weight F8_E4M3 576 896", ".weight_scale_inv F32 5 7"],
      [
        "quantization.scheme": "fp8-block", "quantization.bits": "8.0",
        "quantization.parameters": "516096",
      ]),
    Layout(
      "tiles of a matrix of few rows", [".weight F8_E4M3 64 256", ".weight_scale_inv F32 1 2"],
      ["quantization.scheme": "fp8-block", "quantization.bits_per_weight": "8.0"]),
    Layout(
      "experts of E2M1 in I8", [".weight I8 256 128", ".weight_scale_inv F8_E8M0 256 8"],
      [
        "quantization.bits": "4.0", "quantization.parameters": "65536",
        "quantization.bits_per_weight": "4.25",
      ]),
    Layout(
      "one scale for a tensor",
      [".weight F8_E4M3 128 256", ".weight_scale F32", ".input_scale F32"],
      ["quantization.scheme": "fp8", "quantization.variant": "per-tensor"]),
    Layout(
      "FBGEMM", [".weight F8_E4M3 128 256", ".weight_scale F32 128 1"],
      config: #"{"quantization_config": {"quant_method": "fbgemm_fp8"}}"#,
      ["quantization.scheme": "fbgemm-fp8", "quantization.variant": "per-channel"]),
    Layout(
      "no scale at all", [".weight F8_E4M3 128 256"],
      ["label": "quantized", "quantization.scheme": "fp8", "quantization.variant": "unscaled cast"]),
    Layout(
      "Mistral's own", [".weight F8_E4M3 128 256", ".qscale_weight F32", ".qscale_act F32"],
      ["quantization.scheme": "fp8", "quantization.parameters": "32768"]),
    Layout(
      "gpt-oss",
      [
        "model.layers.0.mlp.experts.gate_up_proj_blocks U8 4 256 4 16",
        "model.layers.0.mlp.experts.gate_up_proj_scales U8 4 256 4",
        "model.layers.0.mlp.experts.gate_up_proj_bias BF16 4 256",
      ],
      [
        "quantization.scheme": "mxfp4", "quantization.parameters": "131072",
        "quantization.bits_per_weight": "4.25", "parameters": "\(131072 + 1024 + 64)",
      ]),
    Layout(
      "ModelOpt NVFP4",
      [
        ".weight U8 128 128", ".weight_scale F8_E4M3 128 16", ".weight_scale_2 F32",
        ".input_scale F32",
      ],
      [
        "quantization.scheme": "modelopt", "quantization.bits_per_weight": "4.5",
        "quantization.parameters": "32768",
      ]),
    Layout(
      "MLX MXFP4", [".weight U32 128 32", ".scales U8 128 8"],
      [
        "quantization.scheme": "mlx", "quantization.variant": "mxfp4",
        "quantization.bits_per_weight": "4.25",
      ]),
    Layout(
      "Comfy's sentinel", [".weight F8_E4M3 128 256", ".scale_weight F32", "scaled_fp8 F8_E4M3 0"],
      ["quantization.scheme": "comfy-fp8-scaled", "parameters": "\(32768 + 64)"]),
  ]

  static let vectors = [
    Layout(
      "AQLM", [".codes I16 128 32 1", ".codebooks F16 1 65536 1 8", ".scales F16 128 1 1 1"],
      [
        "quantization.scheme": "aqlm", "quantization.bits": "2.0",
        "quantization.parameters": "32768",
      ]),
    Layout(
      "VPTQ", [".indices I32 1 16 32", ".centroids.weight F16 1 2048", ".perm I16 128"],
      [
        "quantization.scheme": "vptq", "quantization.variant": "v8 k256",
        "quantization.parameters": "16384",
      ]),
    Layout(
      "QuIP#",
      [".Qidxs I64 128 4", ".SU F16 128", ".SV F16 128", ".Wscale F32", ".codebook_id I64"],
      [
        "quantization.scheme": "quip#", "quantization.bits": "2.0",
        "quantization.parameters": "16384",
      ]),
    Layout(
      "EXL2",
      [
        ".q_weight I32 18 128", ".q_scale I32 4 16", ".q_scale_max F16 4", ".q_groups I16 8",
        ".q_invperm I32 128",
      ],
      contents: [".q_groups": [6, 0, 0, 0, 4, 0, 6, 0, 4, 0, 10, 0, 4, 0, 14, 0]],
      [
        "quantization.scheme": "exl2", "quantization.variant": "6 and 4 bits",
        "quantization.bits": "4.0",
        "quantization.parameters": "16384",
      ]),
    Layout(
      "SpQR",
      [
        ".dense_weights I64 2048", ".row_offsets I32 129", ".col_vals I32 100", ".in_perm I32 128",
      ],
      [
        "quantization.scheme": "spqr", "quantization.bits": "3.0",
        "quantization.parameters": "32768",
      ]),
    Layout(
      "SpQR with a start for every 16 rows",
      [
        ".dense_weights I64 2048", ".row_offsets I32 9", ".col_vals I32 100", ".in_perm I32 128",
      ],
      ["quantization.scheme": "spqr", "quantization.parameters": "32768"]),
    Layout(
      "EXL3", [".trellis I16 16 8 64", ".suh F16 256", ".svh F16 128"],
      [
        "quantization.scheme": "exl3", "quantization.bits": "4.0",
        "quantization.parameters": "32768",
      ]),
  ]

  static let sparse = [
    Layout(
      "bitmask",
      [".compressed BF16 13000", ".bitmask U8 128 32", ".row_offsets I64 128", ".shape I64 2"],
      contents: [".shape": longs([128, 256])],
      [
        "labels": "sparse pruned bf16", "sparsity.storage": "bitmask",
        "parameters": "\(32768 + 64)",
        "quantization.variant": "sparse-bitmask",
      ]),
    Layout(
      "bitmask of earlier releases",
      [
        ".weight.compressed BF16 13000", ".weight.bitmask U8 128 32", ".weight.row_offsets I64 128",
        ".weight.shape I64 2",
      ],
      contents: [".weight.shape": longs([128, 256])],
      [
        "labels": "sparse pruned bf16", "sparsity.storage": "bitmask",
        "parameters": "\(32768 + 64)",
      ]),
    Layout(
      "2:4 bitmask", [".compressed BF16 128 128", ".bitmask U8 128 32", ".shape I64 2 1"],
      contents: [".shape": longs([128, 256])],
      [
        "labels": "sparse pruned bf16", "sparsity.storage": "bitmask_24", "sparsity.n_m": "2:4",
        "quantization.bits_per_weight": "9.0",
      ]),
    Layout(
      "2:4 bitmask of FP8",
      [".compressed F8_E4M3 128 128", ".bitmask U8 128 32", ".shape I64 2 1"],
      contents: [".shape": longs([128, 256])],
      ["labels": "sparse quantized pruned", "quantization.bits_per_weight": "5.0"]),
    Layout(
      "compressed sparse rows",
      [".crow_indices I64 129", ".col_indices I64 3000", ".values F32 3000", ".shape I64 2"],
      contents: [".shape": longs([128, 256])],
      ["labels": "sparse pruned fp32", "sparsity.storage": "csr", "parameters": "\(32768 + 64)"]),
    Layout(
      "DFloat11",
      [
        ".sign_mantissa U8 147456", ".encoded_exponent U8 48844", ".luts U8 3 256",
        ".output_positions U8 100",
        ".gaps U8 3816", ".split_positions I64 6",
      ],
      [
        "labels": "bf16", "precision.container": "dfloat11", "parameters": "\(147456 + 64)",
        "sparsity.measurable": "false",
      ]),
    Layout(
      "ZipNN", [".weight U8 21954"],
      metadata: [
        "znn_compressed_vectors":
          #"{"model.layers.0.self_attn.q_proj.weight": {"dtype": "torch.bfloat16", "shape": [128, 128]}}"#
      ],
      ["labels": "bf16", "precision.container": "zipnn", "parameters": "\(16384 + 64)"]),
  ]
}

extension Layout {
  /// Experts that lie one behind the other in one tensor.
  static let stacks = [
    Layout(
      "compressed-tensors, 4 bits",
      [
        "model.layers.0.mlp.experts.up_proj.weight_packed I32 4 64 32",
        "model.layers.0.mlp.experts.up_proj.weight_scale BF16 4 64 2",
        "model.layers.0.mlp.experts.up_proj.weight_shape I64 3",
      ],
      contents: ["model.layers.0.mlp.experts.up_proj.weight_shape": longs([4, 64, 256])],
      [
        "quantization.variant": "pack-quantized", "quantization.bits": "4.0",
        "quantization.group_size": "128", "quantization.parameters": "65536",
      ]),
    Layout(
      "compressed-tensors, NVFP4",
      [
        "model.layers.0.mlp.experts.up_proj.weight_packed U8 4 64 128",
        "model.layers.0.mlp.experts.up_proj.weight_scale F8_E4M3 4 64 16",
        "model.layers.0.mlp.experts.up_proj.weight_global_scale F32 4 1",
      ],
      ["quantization.bits_per_weight": "4.5", "quantization.parameters": "65536"]),
    Layout(
      "ModelOpt NVFP4",
      [
        "model.layers.0.mlp.experts.gate_up_proj U8 4 64 128",
        "model.layers.0.mlp.experts.gate_up_proj_weight_scale F8_E4M3 4 64 16",
        "model.layers.0.mlp.experts.gate_up_proj_weight_scale_2 F32",
        "model.layers.0.mlp.experts.gate_up_proj_input_scale F32",
      ],
      [
        "quantization.scheme": "modelopt", "quantization.bits_per_weight": "4.5",
        "quantization.parameters": "65536", "parameters": "\(65536 + 64)",
      ]),
    Layout(
      "torchao, 4 bits",
      [
        "model.layers.0.mlp.experts._gate_up_proj_qdata I8 4 64 128",
        "model.layers.0.mlp.experts._gate_up_proj_scale BF16 4 2 64",
        "model.layers.0.mlp.experts._gate_up_proj_zero_point BF16 4 2 64",
      ],
      metadata: [
        "model.layers.0.mlp.experts.gate_up_proj":
          #"{"_type": "Int4Tensor", "_data": {"block_size": [1, 1, 128]}}"#
      ],
      [
        "quantization.scheme": "torchao", "quantization.group_size": "128",
        "quantization.parameters": "65536", "parameters": "\(65536 + 64)",
      ]),
    Layout(
      "AWQ",
      [
        "model.layers.0.mlp.experts.up_proj.qweight I32 4 256 8",
        "model.layers.0.mlp.experts.up_proj.qzeros I32 4 2 8",
        "model.layers.0.mlp.experts.up_proj.scales F16 4 2 64",
      ],
      ["quantization.scheme": "awq", "quantization.parameters": "65536"]),
    Layout(
      "modules of two widths, as configured",
      [
        ".qweight I32 32 256", ".qzeros I32 2 32", ".scales F16 2 256",
        "model.layers.0.self_attn.k_proj.qweight I32 64 256",
        "model.layers.0.self_attn.k_proj.qzeros I32 8 64",
        "model.layers.0.self_attn.k_proj.scales F16 8 256",
      ],
      config: """
        {"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 128,
          "dynamic": {"+:.*k_proj": {"bits": 8, "group_size": 32}}}}
        """,
      [
        "quantization.bits": "6.0", "quantization.parameters": "131072", "mismatches": "0",
      ]),
  ]

  /// Tensors that only look like a scheme's.
  static let doubles = [
    Layout(
      "bytes that use all four values of two bits", [".weight U8 64 256", ".weight_scale BF16 1"],
      contents: [".weight": [UInt8](repeating: 0xE4, count: 64 * 256)],
      ["quantization.scheme": "unknown-packed"]),
    Layout(
      "BitNet", [".weight U8 64 256", ".weight_scale BF16 1"],
      contents: [".weight": [UInt8](repeating: 0xA4, count: 64 * 256)],
      ["quantization.scheme": "bitnet"]),
    Layout(
      "row starts that do not ascend",
      [
        ".dense_weights I64 2048", ".row_offsets I32 129", ".col_vals I32 100", ".in_perm I32 128",
      ],
      contents: [".row_offsets": words((0..<129).map { 128 - $0 })], ["quantization": "nil"]),
    Layout(
      "floats in the place of QuIP#'s codes",
      [".Qidxs BF16 128 4", ".SU F16 128", ".SV F16 128"], ["quantization": "nil"]),
    Layout(
      "HQQ's names without its settings",
      [".W_q U8 512 64", ".scale BF16 1024 1", ".zero BF16 1024 1"], ["quantization": "nil"]),
    Layout(
      "a trellis without its signs", [".trellis I16 16 8 64"], ["quantization": "nil"]),
    Layout(
      "bytes with scales of 32 bits where EETQ has 16",
      [".weight I8 256 128", ".weight_scales F32 128"],
      ["quantization.scheme": "unknown-packed"]),
  ]
}
