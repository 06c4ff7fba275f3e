import ModelFile
import TestSupport
import Testing

@testable import Classification

/// Kinds of models and what must be said of them: each case builds a model, and names fields of the
/// report with their values.
@Suite struct KindTests {
  /// What buffers take is no part of what a weight costs.
  @Test func countsTheBytesOfWeightsAlone() throws {
    var sample = Sample.llama(.f32)
    #expect(try sample.opened().plan.totals.bitsPerWeight == 32)
    sample.add("stft.window", [64, 512], [Float](repeating: 0.5, count: 1 << 15), .f32)
    let totals = try sample.opened().plan.totals
    #expect(totals.bitsPerWeight == 32)
    #expect(totals.storedBytes > 4 * totals.parameters)
  }

  @Test(arguments: Kind.all)
  func tells(_ kind: Kind) throws {
    let opened = try kind.sample().opened()
    for (field, value) in kind.expected {
      #expect(opened.verdict.field(field, opened.plan) == value, "\(field)")
    }
  }
}

/// One case.
struct Kind: Sendable, CustomTestStringConvertible {
  var title: String
  var expected: [(String, String)]
  var sample: @Sendable () -> Sample

  init(
    _ title: String, _ expected: KeyValuePairs<String, String>,
    _ sample: @escaping @Sendable () -> Sample
  ) {
    self.title = title
    self.expected = expected.map { ($0.key, $0.value) }
    self.sample = sample
  }

  var testDescription: String { title }

  static let all = precisions + prunings + roles
}

extension Kind {
  static let precisions = [
    Kind(
      "BF16 with Gaussian weights",
      [
        "labels": "bf16", "precision.effective": "bf16", "sparsity.level": "none",
        "sparsity.pattern": "none", "file_role": "model", "distillation.level": "none",
        "mismatches": "0",
      ]
    ) { .llama() },
    Kind(
      "FP32 whose mantissas are used",
      [
        "labels": "fp32", "precision.effective": "fp32", "precision.lossless_type": "nil",
      ]
    ) { .llama(.f32) },
    Kind(
      "FP32 that is BF16",
      [
        "labels": "fp32", "precision.effective": "bf16", "precision.lossless_type": "bf16",
        "headline": "FP32 storage, BF16 content",
      ]
    ) { .llama(.f32) { _, _, _, values in values = values.map(bfloat) }.rounded(bfloat) },
    Kind(
      "FP32 that is F16 with subnormals",
      [
        "labels": "fp32", "precision.effective": "fp16", "precision.lossless_type": "fp16",
      ]
    ) { .llama(.f32, sigma: 0.0001).rounded(half) },
    Kind(
      "FP32 whose matrices are BF16 and whose norms are not",
      [
        "labels": "fp32", "precision.effective": "bf16",
      ]
    ) { .llama(.f32).rounded(bfloat, where: { $0.count > 1 }) },
    Kind("FP32 with norms of ones", ["labels": "fp32", "precision.effective": "fp32"]) {
      .llama(.f32).rounded({ _ in 1 }, where: { $0.count == 1 })
    },
    Kind("F16 that is BF16", ["labels": "fp16", "precision.effective": "bf16"]) {
      .llama(.f16).rounded(bfloat)
    },
    Kind("BF16 norms alone", ["labels": "bf16", "precision.grid": "nil"]) {
      var sample = Sample.llama()
      sample.tensors.removeAll { $0.shape.count > 1 }
      return sample
    },
  ]

  static let prunings = [
    Kind(
      "50 % by magnitude",
      [
        "labels": "pruned bf16", "sparsity.level": "half", "sparsity.pattern": "unstructured",
        "sparsity.method_hint": "magnitude", "sparsity.storage": "dense",
      ]
    ) { .llama { _, _, _, values in pruneByMagnitude(&values, share: 0.5) } },
    Kind(
      "50 % of every row",
      [
        "labels": "pruned bf16", "sparsity.level": "half", "sparsity.method_hint": "per_row",
      ]
    ) {
      .llama { _, rows, columns, values in
        for row in 0..<rows {
          var part = Array(values[row * columns..<(row + 1) * columns])
          pruneByMagnitude(&part, share: 0.5)
          values.replaceSubrange(row * columns..<(row + 1) * columns, with: part)
        }
      }
    },
    Kind(
      "20 % at random",
      [
        "labels": "pruned bf16", "sparsity.level": "partial", "sparsity.method_hint": "random",
      ]
    ) {
      .llama { _, _, _, values in
        var dice = Weights(seed: UInt64(values.count) + UInt64(values[0].bitPattern))
        for index in values.indices where dice.uniform() < 0.2 { values[index] = 0 }
      }
    },
    Kind(
      "a few zeros side by side",
      ["labels": "bf16", "sparsity.pattern": "none"]
    ) { .llama { _, _, _, values in for index in 0..<8 { values[index] = 0 } } },
    Kind(
      "2:4 stored densely",
      [
        "labels": "sparse pruned bf16", "sparsity.pattern": "n_m", "sparsity.n_m": "2:4",
        "sparsity.axis": "in", "sparsity.level": "half",
      ]
    ) { .llama { _, _, _, values in pruneGroups(&values, n: 2, m: 4) } },
    Kind(
      "2:4 along the input channels of convolutions",
      ["label": "sparse", "sparsity.n_m": "2:4", "sparsity.axis": "in"]
    ) {
      var sample = Sample()
      var weights = Weights(seed: 11)
      for block in 0..<3 {
        var values = weights.gaussian(64 * 64 * 9)
        for filter in 0..<64 {
          for place in 0..<9 {
            let channels = (0..<64).map { (filter * 64 + $0) * 9 + place }
            var line = channels.map { values[$0] }
            pruneGroups(&line, n: 2, m: 4)
            for (channel, index) in channels.enumerated() { values[index] = line[channel] }
          }
        }
        sample.add("layer\(block + 1).0.conv1.weight", [64, 64, 3, 3], values, .f32)
      }
      return sample
    },
    Kind("4:8 that is not 2:4", ["label": "sparse", "sparsity.n_m": "4:8"]) {
      .llama { _, _, _, values in pruneGroups(&values, n: 4, m: 8) }
    },
    Kind(
      "80 % unstructured is no 2:4",
      [
        "labels": "pruned bf16", "sparsity.level": "high", "sparsity.pattern": "unstructured",
        "sparsity.n_m": "nil:nil",
      ]
    ) { .llama { _, _, _, values in pruneByMagnitude(&values, share: 0.8) } },
    Kind(
      "2:4 along the outputs",
      [
        "labels": "pruned bf16", "sparsity.pattern": "n_m", "sparsity.axis": "out",
      ]
    ) {
      .llama { _, rows, columns, values in
        var turned = transposed(values, rows, columns)
        pruneGroups(&turned, n: 2, m: 4)
        values = transposed(turned, columns, rows)
      }
    },
    Kind(
      "zeroed neurons",
      [
        "labels": "pruned bf16", "sparsity.pattern": "neurons",
        "headline": "BF16 · pruned neurons 30 % · stored densely",
      ]
    ) {
      .llama { name, rows, columns, values in
        guard name.contains("mlp") else { return }
        let isDown = name.contains("down")
        for row in 0..<rows {
          for column in 0..<columns where (isDown ? column : row) % 10 < 3 {
            values[row * columns + column] = 0
          }
        }
      }
    },
    Kind(
      "padding at the ends of matrices",
      [
        "labels": "bf16", "sparsity.level": "none", "sparsity.pattern": "none",
        "sparsity.natural_zeros": "padding_row",
      ]
    ) {
      .llama { name, rows, columns, values in
        guard name.contains("mlp") else { return }
        let isDown = name.contains("down")
        for row in 0..<rows {
          for column in 0..<columns
          where isDown ? column >= columns - columns / 16 : row >= rows - rows / 16 {
            values[row * columns + column] = 0
          }
        }
      }
    },
    Kind(
      "rows and columns that explain all zeros together",
      ["labels": "pruned bf16", "sparsity.pattern": "columns"]
    ) {
      .llama { _, rows, columns, values in
        for row in 0..<rows {
          for column in 0..<columns where row % 8 == 1 || column % 8 < 2 {
            values[row * columns + column] = 0
          }
        }
      }
    },
    Kind(
      "a layer of zeros",
      [
        "labels": "bf16", "sparsity.natural_zeros": "",
        "headline": "BF16 · zeros in 7 of 35 matrices",
      ]
    ) {
      .llama(layers: 5) { name, _, _, values in
        if name.contains(".2.") { for index in values.indices { values[index] = 0 } }
      }
    },
    Kind(
      "2:4 in the feed-forward layers alone",
      [
        "labels": "pruned bf16", "sparsity.pattern": "n_m", "sparsity.n_m": "2:4",
        "sparsity.axis": "in",
      ]
    ) {
      .llama { name, _, _, values in
        if name.contains("mlp") { pruneGroups(&values, n: 2, m: 4) }
      }
    },
    Kind(
      "zeros in one layer of many",
      ["labels": "bf16", "headline": "BF16 · zeros in 4 of 42 matrices"]
    ) {
      .llama(layers: 6) { name, _, _, values in
        if name.contains(".0.self_attn") { pruneByMagnitude(&values, share: 0.5) }
      }
    },
    Kind("16 × 16 blocks", ["label": "sparse", "sparsity.pattern": "block"]) {
      .llama { _, rows, columns, values in
        var dice = Weights(seed: UInt64(values[0].bitPattern))
        for row in stride(from: 0, to: rows, by: 16) {
          for column in stride(from: 0, to: columns, by: 16) where dice.uniform() < 0.7 {
            for r in row..<min(row + 16, rows) {
              for c in column..<min(column + 16, columns) { values[r * columns + c] = 0 }
            }
          }
        }
      }
    },
    Kind(
      "modules that start at zero",
      [
        "labels": "bf16", "sparsity.level": "none", "sparsity.natural_zeros": "zero_initialised",
        "findings": "all_zero_tensors test_size",
      ]
    ) {
      var sample = Sample.llama()
      for block in 0..<10 {
        sample.add(
          "controlnet_down_blocks.\(block).weight", [64, 64], [Float](repeating: 0, count: 4096))
      }
      return sample
    },
  ]

  static let roles = [
    Kind(
      "GPT-2 with its masks",
      [
        "labels": "fp32", "sparsity.level": "none", "sparsity.natural_zeros": "mask",
        "parameters": "103168",
      ]
    ) { .gpt2() },
    Kind(
      "GPT-2 with 2:4 along its inputs",
      [
        "label": "sparse", "sparsity.n_m": "2:4", "sparsity.axis": "in",
      ]
    ) {
      .gpt2 { _, rows, columns, values in
        var turned = transposed(values, rows, columns)
        pruneGroups(&turned, n: 2, m: 4)
        values = transposed(turned, columns, rows)
      }
    },
    Kind("U8 masks beside F16 are no 8-bit weights", ["labels": "fp16", "quantization": "nil"]) {
      var sample = Sample.llama(.f16)
      sample.add(
        "gpt_neox.layers.0.attention.bias", "U8", [1, 1, 256, 256],
        [UInt8](repeating: 1, count: 65536))
      return sample
    },
    Kind(
      "an adapter before training",
      [
        "file_role": "adapter", "labels": "fp32", "findings": "untrained_adapter",
        "sparsity.natural_zeros": "adapter_b",
      ]
    ) {
      var sample = Sample()
      var weights = Weights(seed: 3)
      for layer in 0..<4 {
        let name = "base_model.model.model.layers.\(layer).self_attn.q_proj.lora_"
        sample.add(name + "A.weight", [8, 64], weights.gaussian(512), .f32)
        sample.add(name + "B.weight", [64, 8], [Float](repeating: 0, count: 512), .f32)
      }
      return sample
    },
    Kind(
      "mel filters are no weights",
      ["labels": "fp32", "sparsity.natural_zeros": "filter_bank", "sparsity.level": "none"]
    ) {
      var sample = Sample.llama(.f32)
      var bank = [Float](repeating: 0, count: 80 * 201)
      for row in 0..<80 { bank[row * 201 + row * 2] = 0.5 }
      sample.add("model.mel_filters", [80, 201], bank, .f32)
      return sample
    },
    Kind(
      "tables of bytes are no weights",
      ["label": "none", "parameters": "0", "file_role": "other", "quantization": "nil"]
    ) {
      var sample = Sample()
      for size in [32, 64] {
        let signs = (0..<size * size).map { UInt8(bitPattern: $0 % 3 == 0 ? -1 : 1) }
        sample.add("\(size)", "I8", [size, size], signs)
      }
      return sample
    },
    Kind("names say sparse", ["labels": "bf16", "mismatches": "0"]) {
      var sample = Sample.llama()
      sample.name = "sparse-encoder-splade"
      return sample
    },
    Kind("names say TinyLlama", ["labels": "bf16", "distillation.level": "none"]) {
      var sample = Sample.llama()
      sample.name = "TinyLlama-1.1B"
      return sample
    },
    Kind(
      "names say DeepSeek-R1-Distill",
      [
        "labels": "bf16 distilled", "distillation.level": "name", "distillation.confidence": "0.5",
      ]
    ) {
      var sample = Sample.llama()
      sample.name = "DeepSeek-R1-Distill-Qwen-1.5B"
      return sample
    },
    Kind("names deny it", ["labels": "bf16", "distillation.level": "none"]) {
      var sample = Sample.llama()
      sample.name = "flux-de-distill-not-distilled-distilabeled"
      sample.card = "---\ntags:\n- not-distilled\n---\n# Card\n"
      return sample
    },
    Kind(
      "a card that says distilled", ["labels": "bf16 distilled", "distillation.level": "declared"]
    ) {
      var sample = Sample.llama()
      sample.card = "---\ntags:\n- distillation\n---\n# Card\n"
      return sample
    },
    Kind(
      "a card whose text says distilled",
      ["labels": "bf16 distilled", "distillation.level": "declared"]
    ) {
      var sample = Sample.llama()
      sample.card = """
        ---
        license: mit
        ---
        # Student
        Fine-tuned on samples of a larger model. We distilled reasoning data.
        """
      return sample
    },
    Kind(
      "a card that speaks of other models", ["labels": "bf16", "distillation.level": "none"]
    ) {
      var sample = Sample.llama()
      sample.card = """
        ---
        license: mit
        ---
        Better than distilled models of this size. It was not distilled from any other.
        This model was never distilled from GPT-4 output.
        In contrast to DistilBERT, which was distilled from BERT, this model is trained from scratch.
        Related work: DistilBERT was distilled from BERT-base.
        It is the teacher of distil-m: the student was distilled from this model.
        Knowledge distillation from this model into smaller students is permitted.
        This model can be used as a teacher for knowledge distillation of smaller models.
        """
      return sample
    },
    Kind(
      "a card without front matter", ["distillation.level": "declared"]
    ) {
      var sample = Sample.llama()
      sample.card =
        "# Student\n\nThe weights were obtained by distilling org/big into 3B parameters."
      return sample
    },
    Kind(
      "inputs that training has shrunk", ["labels": "bf16", "precision.grid": "nil"]
    ) {
      Sample.llama { _, _, columns, values in
        for index in values.indices where index % columns % 5 != 0 { values[index] *= 1e-4 }
      }
    },
    Kind(
      "modules named for masks and windows",
      ["labels": "pruned bf16", "parameters": "\(4 * 128 * 128 + 128)"]
    ) {
      var sample = Sample()
      var weights = Weights(seed: 5)
      for name in ["mask_decoder.proj", "masknet.up", "window_embed", "dft_net.in"] {
        var values = weights.gaussian(128 * 128)
        pruneByMagnitude(&values, share: 0.5)
        sample.add(name + ".weight", [128, 128], values)
      }
      sample.add("mask_token", [1, 128], weights.gaussian(128))
      sample.add("attn_mask", [2, 2], [0, -.infinity, 0, 0], .f32)
      return sample
    },
    Kind(
      "the difference of two models",
      ["file_role": "delta", "labels": "bf16", "sparsity.level": "high"]
    ) {
      var sample = Sample.llama { _, _, _, values in pruneByMagnitude(&values, share: 0.9) }
      sample.tensors.removeAll { !$0.name.contains("proj") }
      for index in sample.tensors.indices {
        sample.tensors[index].name = "base_model.model." + sample.tensors[index].name
      }
      return sample
    },
    Kind("an addition of a kind that only PEFT's settings name", ["file_role": "adapter"]) {
      var sample = Sample()
      sample.adapterConfig = #"{"peft_type": "VERA", "r": 32}"#
      for part in ["b", "d"] {
        sample.add(
          "base_model.model.model.layers.0.self_attn.q_proj.vera_lambda_\(part)", [64],
          [Float](repeating: 0.5, count: 64), .f32)
      }
      return sample
    },
    Kind(
      "a pruned model saved from PEFT's wrapper",
      ["file_role": "model", "label": "pruned", "sparsity.level": "half"]
    ) {
      var sample = Sample.llama { _, _, _, values in pruneByMagnitude(&values, share: 0.5) }
      for index in sample.tensors.indices {
        sample.tensors[index].name = "base_model.model." + sample.tensors[index].name
      }
      return sample
    },
    Kind("all weights the same number", ["labels": "fp32", "precision.effective": "fp32"]) {
      Sample.llama(.f32) { _, _, _, values in values = values.map { _ in 0.5 } }
    },
    Kind(
      "F16 weights too small for it",
      ["labels": "fp16", "sparsity.pattern": "none"]
    ) {
      Sample.llama(.f16, sigma: 2e-8)
    },
    Kind(
      "blocks of zeros that leave some rows none",
      ["label": "sparse", "sparsity.pattern": "block", "sparsity.level": "high"]
    ) {
      Sample.llama { _, rows, columns, values in
        for index in values.indices {
          let block = index / columns / 16 * (columns / 16) + index % columns / 16
          if block % 16 > 2 { values[index] = 0 }
        }
      }
    },
    Kind("1 × 4 blocks", ["label": "sparse", "sparsity.pattern": "block"]) {
      Sample.llama { _, _, _, values in
        for index in values.indices where index / 4 * 7 % 10 > 1 { values[index] = 0 }
      }
    },
    Kind(
      "attention heads of zeros without a configuration",
      ["label": "pruned", "sparsity.pattern": "heads"]
    ) {
      var sample = Sample.llama { name, _, columns, values in
        for index in values.indices {
          let isQuery = name.contains("q_proj") && (16..<32).contains(index / columns)
          let isOutput = name.contains("o_proj") && (16..<32).contains(index % columns)
          if isQuery || isOutput { values[index] = 0 }
        }
      }
      sample.config = nil
      return sample
    },
    Kind(
      "MLX with 8 bits in groups of 32, which 4 bits in groups of 64 would fit as well",
      ["quantization.scheme": "mlx", "quantization.bits": "8.0", "quantization.group_size": "32"]
    ) {
      var sample = Sample()
      var weights = Weights(seed: 3)
      for (name, rows, columns) in Sample.linears {
        let prefix = "model.layers.0." + name.dropLast(".weight".count)
        let codes = (0..<rows * columns).map { _ in UInt8(weights.uniform() * 255) }
        sample.add(prefix + ".weight", "U32", [rows, columns / 4], codes)
        for part in ["scales", "biases"] {
          sample.add(
            "\(prefix).\(part)", [rows, columns / 32], weights.gaussian(rows * columns / 32))
        }
      }
      sample.add("model.norm.weight", [64], weights.gaussian(64).map { 1 + $0 })
      return sample
    },
    Kind("2:4 claimed over dense weights", ["labels": "bf16", "mismatches": "2"]) {
      var sample = Sample.llama()
      sample.config = """
        {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 1, "quantization_config":
        {"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights":
        {"num_bits": 4}}}, "sparsity_config": {"format": "sparse-24-bitmask",
        "sparsity_structure": "2:4"}}}
        """
      return sample
    },
    Kind("180 experts", ["label": "bf16", "findings": "experts_pruned"]) {
      var sample = Sample.llama()
      sample.config = nil
      var weights = Weights(seed: 5)
      sample.add("model.layers.0.mlp.gate.weight", [180, 64], weights.gaussian(180 * 64))
      for expert in 0..<180 {
        sample.add(
          "model.layers.0.mlp.experts.\(expert).up_proj.weight", [32, 64], weights.gaussian(2048))
      }
      return sample
    },
    Kind("layers that are missing", ["label": "bf16", "findings": "missing_layers"]) {
      var sample = Sample.llama(layers: 6)
      sample.config = nil
      sample.tensors.removeAll { $0.name.contains(".2.") || $0.name.contains(".3.") }
      return sample
    },
    Kind("GPTQ claimed over BF16", ["labels": "bf16", "mismatches": "1"]) {
      var sample = Sample.llama()
      sample.config = """
        {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 1,
        "quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 128}}
        """
      return sample
    },
    Kind(
      "BitNet masters",
      ["labels": "bf16", "mismatches": "0", "findings": "quantized_on_load test_size"]
    ) {
      var sample = Sample.llama()
      sample.config = """
        {"model_type": "bitnet", "hidden_size": 64, "num_hidden_layers": 1,
        "quantization_config": {"quant_method": "bitnet", "quantization_mode": "online"}}
        """
      return sample
    },
    Kind("empty tensors and scalars", ["labels": "bf16"]) {
      var sample = Sample.llama()
      sample.add("empty.weight", "F32", [0, 64], [])
      sample.add("scalar", "F32", [], [0, 0, 0, 0])
      return sample
    },
  ]
}

extension Sample {
  /// The same with the values of float tensors changed.
  func rounded(_ round: (Float) -> Float, where isChosen: ([Int]) -> Bool = { _ in true }) -> Sample
  {
    var copy = self
    for index in copy.tensors.indices where isChosen(copy.tensors[index].shape) {
      let tensor = copy.tensors[index]
      guard let stored = Stored(rawValue: tensor.type) else { continue }
      copy.tensors[index].bytes = stored.bytes(stored.values(tensor.bytes).map(round))
    }
    return copy
  }

  /// GPT-2: matrices stored as inputs × outputs, and masks among the weights.
  static func gpt2(edit: Edit = { _, _, _, _ in }) -> Sample {
    var sample = Sample()
    var weights = Weights(seed: 2)
    sample.config = #"{"model_type": "gpt2", "n_embd": 64, "n_layer": 2, "n_head": 4}"#
    sample.add("wte.weight", [32, 64], weights.gaussian(2048), .f32)
    sample.add("wpe.weight", [16, 64], weights.gaussian(1024), .f32)
    for layer in 0..<2 {
      let mask = (0..<256).map { Float($0 % 16 <= $0 / 16 ? 1 : 0) }
      sample.add("h.\(layer).attn.bias", [1, 1, 16, 16], mask, .f32)
      let linears = [
        ("attn.c_attn", 64, 192), ("attn.c_proj", 64, 64), ("mlp.c_fc", 64, 256),
        ("mlp.c_proj", 256, 64),
      ]
      for (name, rows, columns) in linears {
        var values = weights.gaussian(rows * columns)
        edit(name, rows, columns, &values)
        sample.add("h.\(layer).\(name).weight", [rows, columns], values, .f32)
        sample.add("h.\(layer).\(name).bias", [columns], weights.gaussian(columns), .f32)
      }
      for norm in ["ln_1", "ln_2"] {
        sample.add("h.\(layer).\(norm).weight", [64], weights.gaussian(64).map { 1 + $0 }, .f32)
        sample.add("h.\(layer).\(norm).bias", [64], weights.gaussian(64), .f32)
      }
    }
    sample.add("ln_f.weight", [64], weights.gaussian(64).map { 1 + $0 }, .f32)
    sample.add("ln_f.bias", [64], weights.gaussian(64), .f32)
    return sample
  }
}

extension Stored {
  /// The values of stored bytes.
  func values(_ bytes: [UInt8]) -> [Float] {
    switch self {
    case .f32:
      stride(from: 0, to: bytes.count, by: 4).map { at in
        Float(
          bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[at + $1]) << UInt32(8 * $1) })
      }
    case .bf16:
      stride(from: 0, to: bytes.count, by: 2).map { at in
        Float(bitPattern: UInt32(bytes[at]) << 16 | UInt32(bytes[at + 1]) << 24)
      }
    case .f16:
      stride(from: 0, to: bytes.count, by: 2).map { at in
        let bits = UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8
        let exponent = Int(bits >> 10 & 31)
        let fraction = Float(bits & 1023)
        let magnitude =
          exponent == 0
          ? fraction * 0x1p-24
          : (1024 + fraction) * Float(sign: .plus, exponent: exponent - 25, significand: 1)
        return bits & 0x8000 == 0 ? magnitude : -magnitude
      }
    }
  }
}

/// A matrix turned by a quarter.
func transposed(_ values: [Float], _ rows: Int, _ columns: Int) -> [Float] {
  (0..<columns).flatMap { column in (0..<rows).map { values[$0 * columns + column] } }
}
