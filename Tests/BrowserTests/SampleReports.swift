@testable import Browser
@testable import Report

/// Reports to draw, with the names of real families and made-up numbers.
enum Sample {
  /// A Llama of 24 layers in GPTQ, half of whose layers are pruned; nothing of it is measured.
  static let llama = report(
    path: "models/llama-2-tiny-gptq.safetensors", tensors: llamaTensors(layers: 24),
    classification: classification(
      label: "quantized", labels: ["quantized", "pruned"],
      headline: "Quantized 4-bit (GPTQ, group 128) · 37 % of its weights pruned",
      evidence: [
        .init(
          facet: "quantization",
          statement: "168 tensors hold 4-bit codes in I32 with FP16 scales for groups of 128",
          confidence: 0.99),
        .init(
          facet: "sparsity",
          statement: "37.4 % of the prunable weights are zero; their codes explain 2.1 %",
          confidence: 0.97),
        .init(
          facet: "distilled", statement: "nothing speaks for a distilled model", confidence: 0.5),
      ],
      mismatches: [
        .init(claim: "8 bits", source: "config.json", measured: "4 bits in 168 of 168 tensors")
      ]),
    problems: [
      .init(
        severity: "warning", code: "header-unpadded",
        message: "the header's length is no multiple of 8", file: nil, tensor: nil, byteOffset: 0),
      .init(
        severity: "warning", code: "unaligned-tensor",
        message: "tensor \"model.norm.weight\" begins at an odd byte", file: nil,
        tensor: "model.norm.weight", byteOffset: 8193),
    ],
    metadata: [
      .init(key: "general.architecture", value: .string("llama")),
      .init(key: "llama.block_count", value: .integer(24)),
      .init(key: "llama.rope.freq_base", value: .number(10000)),
      .init(key: "tokenizer.ggml.model", value: .string("gpt2")),
      .init(
        key: "tokenizer.ggml.tokens",
        value: .begun(arrayOf: "string", count: 32000, first: [.string("<s>"), .string("</s>")])),
      .init(key: "tokenizer.ggml.add_bos_token", value: .bool(true)),
      .init(
        key: "tokenizer.chat_template",
        value: .string(
          "{% for message in messages %}\n\t{{ message.role }}: {{ message.content }}\n{% endfor %}"
            + String(repeating: "\n{# a long template #}", count: 40))),
    ])

  /// The same, whose file is cut off and holds values that are no numbers.
  static let damaged: Report = {
    var report = llama
    report.status = .invalid
    report.problems += report.tensors.suffix(3).map {
      .init(
        severity: "error", code: "changed-while-reading",
        message: "the file has become shorter than its header says", file: nil, tensor: $0.name,
        byteOffset: 8192)
    }
    report.tensors[1].measurement = measurement(count: 32768, zeros: 0)
    report.tensors[1].measurement?.nans = 400
    report.tensors[1].measurement?.infinities = 1
    return report
  }()

  /// A file that is no model.
  static let unreadable: Report = {
    var report = Sample.report(
      path: "junk.gguf", tensors: [],
      classification: classification(label: "none", labels: ["none"], headline: "No tensors"),
      problems: [
        .init(
          severity: "error", code: "not-a-model", message: "the file begins like no model",
          file: nil, tensor: nil, byteOffset: nil)
      ])
    report.status = .unreadable
    return report
  }()

  /// Few tensors, all measured.
  static let small: Report = {
    var report = Sample.report(
      path: "small.safetensors",
      tensors: [
        tensor("embed.weight", "F32", [1000, 64], role: "embedding"),
        tensor("layers.0.q_proj.weight", "F32", [64, 64]),
        tensor("layers.1.q_proj.weight", "F32", [64, 64]),
        tensor("norm.weight", "F32", [64], role: "norm"),
        tensor("norm.bias", "F32", [], role: "bias"),
      ],
      classification: classification(
        label: "pruned", labels: ["pruned", "fp32"], headline: "Pruned to 50 % · FP32",
        evidence: [
          .init(
            facet: "sparsity", statement: "50.0 % of the weights are zero, without a pattern",
            confidence: 0.98)
        ]))
    for (index, zeros) in [0, 2048, 2050, 0, 0].enumerated() {
      let count = report.tensors[index].parameters
      report.tensors[index].measurement = measurement(count: count, zeros: zeros)
    }
    return report
  }()

  /// Names and values as a stranger might write them.
  static let hostile = report(
    path: "evil\u{1b}[2J\u{9b}m.safetensors",
    tensors: [
      tensor("\u{1b}[31mred\u{1b}[0m", "F32", [2]),
      tensor("line\nfeed\rand\ttab", "F32", [2]),
      tensor("\u{202e}gnp.\u{2066}x", "\u{1b}]0;title\u{7}", [2], role: "\u{85}"),
      tensor("中文.한국어.weight", "F32", [2]),
      tensor("e\u{301}" + String(repeating: "\u{302}", count: 100) + ".weight", "F32", [2]),
      tensor(String(repeating: "long.", count: 2000) + "weight", "F32", [UInt64.max, 3]),
      tensor("", "F32", [0]),
      tensor("...", "F32", []),
      tensor("same", "F32", []), tensor("same", "F32", []), tensor("same.same", "F32", []),
    ],
    classification: classification(
      label: "\u{1b}c", labels: ["\u{1b}c"], headline: "\u{1b}[H\u{1b}[2Jgone",
      evidence: [.init(facet: "\u{7}", statement: "\u{8}\u{8}\u{8}", confidence: .nan)],
      mismatches: [.init(claim: "\u{1b}", source: "\u{7f}", measured: "\u{2028}")]),
    problems: [
      .init(
        severity: "\u{1b}", code: "\u{1b}", message: "\u{1b}P1$tx\u{1b}\\", file: "\u{7}",
        tensor: "\u{1b}[31mred\u{1b}[0m", byteOffset: .max)
    ],
    metadata: [
      .init(key: "\u{1b}[5n", value: .string("\u{9b}31m\u{0}\u{7f}")),
      .init(key: "object", value: .object(.init(entries: [.init(key: "\u{7}", value: .null)]))),
      .init(key: "", value: .begun(arrayOf: "\u{1b}", count: .max, first: [.string("\u{1b}")])),
    ])

  static let empty = report(
    path: "", tensors: [],
    classification: classification(label: "none", labels: ["none"], headline: "No model"))

  /// `count` tensors in layers of ten.
  static func large(_ count: Int) -> Report {
    let modules = [
      "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
      "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj", "input_layernorm", "post_norm", "extra",
    ]
    return report(
      path: "large.safetensors",
      tensors: (0..<count).map {
        tensor("model.layers.\($0 / 10).\(modules[$0 % 10]).weight", "BF16", [64, 64])
      },
      classification: classification(label: "bf16", labels: ["bf16"], headline: "BF16"))
  }

  // MARK: - Parts

  static func tensor(
    _ name: String, _ type: String, _ shape: [UInt64], role: String = "weight"
  ) -> Report.Tensor {
    let count = shape.reduce(1) { Int(clamping: $0) > 1 << 40 ? 0 : $0 * Int(clamping: $1) }
    return .init(
      name: name, file: "model.safetensors", type: type, shape: shape, logicalShape: nil,
      elements: count, parameters: role == "scale" ? 0 : count,
      bytes: type == "F32" ? count * 4 : count * 2, offset: 1024, role: role, measurement: nil)
  }

  static func measurement(count: Int, zeros: Int) -> Report.TensorMeasurement {
    .init(
      coverage: 1, count: count, zeros: zeros,
      zeroFraction: count > 0 ? Double(zeros) / Double(count) : nil, nearZeroFraction: 0.51,
      nans: 0, infinities: 0, min: .real(-0.0812), max: .real(0.0794), absMax: .real(0.0812),
      mean: 0.0001234, std: 0.02137,
      quantiles: .init(
        q01: -0.05, q05: -0.033, q25: -0.012, q50: 0, q75: 0.013, q95: 0.034, q99: 0.051),
      distinct: 512, entropyBits: 7.25, effectiveType: "bf16", zeroRows: 1, zeroColumns: 0,
      nm: .init(n: 2, m: 4, axis: "in", compliance: 0.999, exact: 0.98),
      blocks: nil, histogram: histogram)
  }

  static let histogram = Report.Histogram(
    kind: "log2_magnitude", edges: [0.0078125, 0.015625, 0.03125, 0.0625, 0.125],
    counts: [100, 900, 400, 20])

  /// Zeros in every other column of the upper half.
  static let picture = TensorPicture(
    linearHistogram: .init(
      kind: "linear", edges: (0...16).map { Double($0) / 100 - 0.08 },
      counts: [1, 2, 5, 12, 30, 70, 150, 400, 400, 150, 70, 30, 12, 5, 2, 1]),
    magnitudeHistogram: histogram,
    zeroShares: (0..<256).map { $0 < 128 && $0 % 2 == 0 ? 255 : 0 }, zeroRows: 16,
    zeroColumns: 16, matrixRows: 64, matrixColumns: 64,
    rowDensity: [32, 0, 0, 0, 0, 32, 0, 0, 0, 0])

  static func llamaTensors(layers: Int) -> [Report.Tensor] {
    var tensors = [tensor("model.embed_tokens.weight", "F16", [32000, 512], role: "embedding")]
    for layer in 0..<layers {
      let prefix = "model.layers.\(layer)."
      for (module, rows) in [
        ("self_attn.q_proj", 512), ("self_attn.k_proj", 128), ("self_attn.v_proj", 128),
        ("self_attn.o_proj", 512), ("mlp.gate_proj", 1408), ("mlp.up_proj", 1408),
        ("mlp.down_proj", 512),
      ] as [(String, UInt64)] {
        tensors.append(tensor(prefix + module + ".qweight", "I32", [64, rows]))
        tensors.append(tensor(prefix + module + ".scales", "F16", [4, rows], role: "scale"))
      }
      tensors.append(tensor(prefix + "input_layernorm.weight", "F16", [512], role: "norm"))
    }
    tensors.append(tensor("model.norm.weight", "F16", [512], role: "norm"))
    tensors.append(tensor("lm_head.weight", "F16", [32000, 512], role: "head"))
    return tensors
  }

  static func classification(
    label: String, labels: [String], headline: String, evidence: [Report.Evidence] = [],
    mismatches: [Report.Mismatch] = []
  ) -> Report.Classification {
    .init(
      label: label, labels: labels, headline: headline, confidence: 0.97,
      precision: .init(
        storage: "F16", storageBits: 16, effective: "bf16", effectiveBits: 16, entropyBits: 7.5,
        losslessType: nil, losslessBytes: nil, container: nil, grid: nil),
      quantization: nil,
      sparsity: .init(
        zeroFraction: 0.374, zeroFractionAll: 0.31, prunableParameters: 12_345_678,
        excessZeroFraction: nil, measurable: true, level: "partial", pattern: "n_m", n: 2, m: 4,
        axis: "in", methodHint: nil, storage: "dense", naturalZeros: []),
      distillation: .init(level: "none", confidence: 0.5, statement: ""),
      structure: .init(findings: []), mismatches: mismatches, evidence: evidence)
  }

  static func report(
    path: String, tensors: [Report.Tensor], classification: Report.Classification,
    problems: [Report.Problem] = [], metadata: [MetadataObject.Entry] = []
  ) -> Report {
    var storage: [String: Report.Storage] = [:]
    for tensor in tensors {
      storage[
        tensor.type, default: .init(type: tensor.type, tensors: 0, elements: 0, bytes: 0)
      ].tensors += 1
      storage[tensor.type]?.bytes += tensor.bytes
    }
    return .init(
      path: path, status: problems.contains { $0.severity == "error" } ? .invalid : .ok,
      problems: problems,
      format: "safetensors", files: [], fileRole: "model",
      architecture: tensors.count > 20
        ? .init(
          name: "llama", source: "names", layers: 24, hiddenSize: 512, heads: 8, kvHeads: 2,
          headDim: 64, vocabSize: 32000, contextLength: nil, experts: nil) : nil,
      metadata: .init(entries: metadata),
      totals: .init(
        tensors: tensors.count, parameters: tensors.reduce(0) { $0 + $1.parameters },
        storedBytes: tensors.reduce(0) { $0 + $1.bytes }, bitsPerWeight: 4.35),
      storage: storage.values.sorted { ($1.bytes, $0.type) < ($0.bytes, $1.type) },
      classification: classification,
      measurement: .init(mode: "exact", coverage: 1, bytesRead: 0, seconds: 0),
      sparsityHistogram: .init(edges: [], tensors: [], parameters: []), tensors: .init(tensors))
  }
}

extension Interface {
  /// Performs keys in the notation of their letters; `⏎` is Enter, `⎋` Escape, `⇥` Tab, `⌫` deletes.
  ///
  /// - Returns: what it wants done, in order.
  @discardableResult
  mutating func type(_ keys: String) -> [Effect] {
    keys.unicodeScalars.compactMap { scalar in
      switch scalar {
      case "⏎": update(.key(.enter))
      case "⎋": update(.key(.escape))
      case "⇥": update(.key(.tab))
      case "⌫": update(.key(.backspace))
      default: update(.key(.character(scalar)))
      }
    }
  }
}

extension Browser {
  /// Answers as a session would whose every tensor is like the samples.
  mutating func measureAll() {
    let updates = report.tensors.indices.map { index -> Update in
      let count = report.tensors[index].parameters
      let layer = table.layers[index]
      let zeros = report.tensors[index].role == "weight" && layer >= 12 ? count * 3 / 4 : 0
      return .measured(tensor: index, Sample.measurement(count: count, zeros: zeros), nil)
    }
    _ = update(updates)
  }
}
