import ModelFile
import TensorStats
import TestSupport
import Testing

@testable import Classification

/// Forms of layouts that neither names nor a configuration state: the content tells them, or the report
/// says that nothing does.
@Suite struct UnstatedFormTests {
  private func words(_ values: [UInt32]) -> [UInt8] { values.flatMap { littleEndian($0) } }

  /// A layer of GPTQ with groups of 64 and zero points of their own, and the weights that it stands for.
  private func gptq(
    bits: Int, inputs: Int = 256, outputs: Int = 128, less one: Int
  ) -> (tensors: [(String, String, [Int], [UInt8])], weights: [Float]) {
    var random = Weights(seed: 11)
    let (top, groups) = ((1 << bits) - 1, inputs / 64)
    let dense = random.gaussian(inputs * outputs)
    var codes = [[Int]](repeating: [Int](repeating: 0, count: inputs), count: outputs)
    var zeros = [[Int]](repeating: [Int](repeating: 0, count: outputs), count: groups)
    var scales = [Float](repeating: 0, count: groups * outputs)
    var weights: [Float] = []
    for output in 0..<outputs {
      for group in 0..<groups {
        let values = dense[(output * inputs + group * 64)...].prefix(64)
        let low = min(values.min() ?? 0, 0)
        let scale = half((max(values.max() ?? 0, 0) - low) / Float(top))
        let zero = Int((-low / scale).rounded())
        zeros[group][output] = zero
        scales[group * outputs + output] = scale
        for (place, value) in values.enumerated() {
          let code = min(top, max(0, Int((value / scale).rounded()) + zero))
          codes[output][group * 64 + place] = code
          weights.append(Float(code - zero) * scale)
        }
      }
    }
    /// Codes from the lowest bit up, word by word.
    func packed(_ line: [Int]) -> [UInt32] {
      var words = [UInt32](repeating: 0, count: line.count * bits / 32)
      for (index, code) in line.enumerated() {
        for bit in 0..<bits where code >> bit & 1 == 1 {
          words[(index * bits + bit) / 32] |= 1 << UInt32((index * bits + bit) % 32)
        }
      }
      return words
    }
    let columns = codes.map(packed)
    let qweight = columns[0].indices.flatMap { word in columns.map { $0[word] } }
    let qzeros = zeros.flatMap { packed($0.map { $0 - one }) }
    return (
      [
        (".qweight", "I32", [inputs * bits / 32, outputs], words(qweight)),
        (".qzeros", "I32", [groups, outputs * bits / 32], words(qzeros)),
        (".scales", "F16", [groups, outputs], Stored.f16.bytes(scales)),
      ], weights
    )
  }

  @Test(arguments: [(3, 0), (3, 1), (4, 0), (4, 1)])
  func tellsZeroPointsOfGPTQByTheCodes(bits: Int, less one: Int) throws {
    let made = gptq(bits: bits, less: one)
    let found = try DecodedModule(made.tensors)
    #expect(found.packed.variant == (one == 0 ? "v2" : "v1"))
    #expect(found.packed.assumption == nil)
    #expect(found.weights == made.weights)
  }

  @Test func saysThatFewCodesOfEightBitsTellNoZeroPoints() throws {
    let found = try DecodedModule(gptq(bits: 8, outputs: 32, less: 0).tensors)
    #expect(found.packed.variant == "v1")
    #expect(found.packed.assumption?.contains("zero points") == true)
  }

  @Test func followsTheConfigurationOfGPTQ() throws {
    let made = gptq(bits: 4, less: 0)
    let found = try DecodedModule(
      made.tensors,
      config: #"{"quantization_config": {"quant_method": "gptq", "checkpoint_format": "gptq"}}"#)
    #expect(found.packed.variant == "v1")
    #expect(found.packed.assumption == nil)
  }

  @Test func lowersTheConfidenceOfWhatIsAssumed() throws {
    var sample = Sample()
    for (name, type, shape, bytes) in gptq(bits: 8, outputs: 32, less: 0).tensors {
      sample.add("model.layers.0.mlp.up_proj" + name, type, shape, bytes)
    }
    let verdict = try sample.opened().verdict
    #expect(verdict.confidence == Threshold.signatureConfidence.value)
    let told = verdict.evidence.filter {
      $0.statement.contains("nothing tells whether zero points")
    }
    #expect(told.map(\.confidence) == [Threshold.assumedConfidence.value])
  }

  @Test(arguments: [(512, 16, 64), (512, 8, 128), (512, 32, 32), (4096, 64, 64)])
  func tellsGroupsOfGemvFastByTheirPadding(inputs: Int, rows: Int, group: Int) throws {
    let found = try DecodedModule([
      (".qweight", "I16", [2, inputs], [UInt8](repeating: 0, count: 4 * inputs)),
      (".qzeros", "F16", [rows, 8], [UInt8](repeating: 0, count: 16 * rows)),
      (".scales", "F16", [rows, 8], [UInt8](repeating: 0, count: 16 * rows)),
    ])
    #expect(found.packed.groupSize == group)
  }

  /// Tensors of MLX modules without a configuration.
  private func mlx(_ modules: [(name: String, outputs: Int, inputs: Int, bits: Int, group: Int)])
    -> Sample
  {
    var sample = Sample()
    for name in ["input_layernorm", "post_attention_layernorm"] {
      sample.add("model.layers.0.\(name).weight", [128], [Float](repeating: 1, count: 128))
    }
    for module in modules {
      let (words, groups) = (module.inputs * module.bits / 32, module.inputs / module.group)
      let name = "model.layers.0.\(module.name)"
      sample.add(
        name + ".weight", "U32", [module.outputs, words],
        [UInt8](repeating: 7, count: 4 * module.outputs * words))
      for kind in [".scales", ".biases"] {
        sample.add(
          name + kind, "F16", [module.outputs, groups],
          [UInt8](repeating: 0, count: 2 * module.outputs * groups))
      }
    }
    return sample
  }

  @Test func tellsWidthsOfMLXByTheInputsOfEachModule() throws {
    let modules = [
      ("self_attn.q_proj", 128, 128, 4, 64), ("self_attn.k_proj", 64, 128, 8, 32),
      ("self_attn.v_proj", 64, 128, 2, 128), ("mlp.up_proj", 512, 128, 3, 128),
      ("mlp.gate_proj", 512, 128, 6, 64), ("mlp.down_proj", 128, 512, 3, 128),
    ]
    let plan = try mlx(modules).opened(mode: .header).plan
    #expect(plan.packed.map(\.shape) == modules.map { [$0.1, $0.2] })
    #expect(plan.packed.map(\.bits) == modules.map { Double($0.3) })
    #expect(plan.packed.allSatisfy { $0.assumption == nil })
  }

  @Test func saysThatNothingTellsTheWidthOfALoneModuleOfMLX() throws {
    let plan = try mlx([("mlp.mixer", 64, 256, 8, 32)]).opened(mode: .header).plan
    #expect(
      plan.packed[0].assumption == "bits and group size, only their product of 256: taken as 4 × 64"
    )
  }

  @Test(arguments: [nil, #"{"quantization_config": {"quant_method": "quark"}}"#])
  func saysThatNothingTellsTheOrderOfQuark(config: String?) throws {
    let found = try DecodedModule(
      [
        (".weight", "I32", [64, 8], [UInt8](repeating: 0x31, count: 2048)),
        (".weight_scale", "F16", [1, 64], [UInt8](repeating: 0x30, count: 128)),
        (".weight_zero_point", "I32", [1, 8], [UInt8](repeating: 0, count: 32)),
      ], config: config)
    #expect((found.packed.assumption != nil) == (config == nil))
  }

  @Test(arguments: [true, false]) func tellsTheOrderOfQuarkByTheScales(keepsOrder: Bool) throws {
    let (inputs, outputs, group) = (128, 128, 32)
    var random = Weights(seed: 31)
    let dense = random.gaussian(inputs * outputs)
    var codes = [Int](repeating: 0, count: inputs * outputs)
    var scales: [Float] = []
    for start in stride(from: 0, to: inputs, by: group) {
      for output in 0..<outputs {
        let values = (start..<start + group).map { dense[$0 * outputs + output] }
        let scale = half((values.map(\.magnitude).max() ?? 0) / 7)
        scales.append(scale)
        for (place, value) in values.enumerated() {
          codes[(start + place) * outputs + output] = Int((value / scale).rounded())
        }
      }
    }
    let order = keepsOrder ? Array(0..<8) : [0, 2, 4, 6, 1, 3, 5, 7]
    let packed = stride(from: 0, to: codes.count, by: 8).map { start in
      order.enumerated().reduce(UInt32(0)) {
        $0 | UInt32(codes[start + $1.element] & 15) << UInt32(4 * $1.offset)
      }
    }
    let found = try DecodedModule([
      (".weight", "I32", [inputs, outputs / 8], words(packed)),
      (".weight_scale", "F16", [inputs / group, outputs], Stored.f16.bytes(scales)),
      (
        ".weight_zero_point", "I32", [inputs / group, outputs / 8],
        [UInt8](repeating: 0, count: inputs / group * outputs / 2)
      ),
    ])
    #expect(found.packed.assumption == nil)
    let expected = (0..<outputs * inputs).map { index -> Float in
      let (output, input) = (index / inputs, index % inputs)
      return Float(codes[input * outputs + output]) * scales[input / group * outputs + output]
    }
    #expect(found.weights == expected)
  }

  @Test(arguments: [(4, 4.0), (8, 8.0)])
  func countsTheBitsThatBytesHold(bits: Int, expected: Double) throws {
    var sample = Sample()
    var random = Weights(seed: 3)
    let codes = (0..<64 * 64).map { _ in
      UInt8(truncatingIfNeeded: Int(random.uniform() * Float(1 << bits)) - 1 << (bits - 1))
    }
    sample.add("model.layers.0.mlp.up_proj.weight", "I8", [64, 64], codes)
    sample.add(
      "model.layers.0.mlp.up_proj.weight_scale", [64, 1], [Float](repeating: 0.01, count: 64))
    let verdict = try sample.opened().verdict
    #expect(verdict.quantization?.bits == expected)
    #expect(verdict.precision.effective == "int\(bits)")
    #expect(verdict.precision.storage == "int8")
    #expect(verdict.evidence.contains { $0.statement.contains("of the 8 bits") } == (bits < 8))
  }

  /// Sorted coordinates of a matrix of which one weight in sixteen is kept.
  private func coordinates(rows: Int, columns: Int) -> (indexes: [UInt8], values: [Float]) {
    var random = Weights(seed: 21)
    var (places, values): ([(Int, Int)], [Float]) = ([], [])
    for row in 0..<rows {
      for column in 0..<columns where random.uniform() < 1 / 16 {
        places.append((row, column))
        values.append(0.5 + random.uniform())
      }
    }
    let indexes = places.map(\.0) + places.map(\.1)
    return (indexes.flatMap { littleEndian(Int64($0)) }, values)
  }

  @Test(arguments: [(256, 512, false), (100, 64, true)])
  func tellsTheShapeOfCoordinates(rows: Int, columns: Int, hasBias: Bool) throws {
    let made = coordinates(rows: rows, columns: columns)
    var sample = Sample()
    sample.add("fc.weight.indices", "I64", [2, made.values.count], made.indexes)
    sample.add("fc.weight.values", [made.values.count], made.values, .f32)
    if hasBias { sample.add("fc.bias", [rows], [Float](repeating: 0.5, count: rows), .f32) }
    let opened = try sample.opened()
    #expect(opened.plan.packed.map(\.shape) == [[rows, columns]])
    #expect(opened.verdict.field("labels", opened.plan) == "sparse pruned fp32")
    #expect(opened.verdict.field("sparsity.storage", opened.plan) == "coo")
    let index = try #require(opened.tensor("fc.weight.values"))
    #expect(opened.measurements[index]?.zeros == rows * columns - made.values.count)
    #expect(opened.verdict.evidence.contains { $0.statement.contains("largest indices read") })
  }

  @Test(arguments: [
    ("group", nil, true) as (String?, String?, Bool),
    ("static", nil, false),
    (nil, "permuted", true), (nil, "ordered", false),
    (nil, "unused", false),
  ])
  func tellsTheOrderOfActivations(actorder: String?, indexes: String?, expected: Bool) throws {
    var tensors: [(String, String, [Int], [UInt8])] = [
      (".weight_packed", "I32", [32, 16], [UInt8](repeating: 0x98, count: 2048)),
      (".weight_scale", "F16", [32, 2], [UInt8](repeating: 0x30, count: 128)),
      (".weight_shape", "I64", [2], littleEndian(Int64(32)) + littleEndian(Int64(128))),
    ]
    if let indexes {
      let groups = (0..<128).map { input in
        indexes == "permuted" ? input % 2 : indexes == "ordered" ? input / 64 : -1
      }
      tensors.append(
        (".weight_g_idx", "I32", [128], groups.flatMap { littleEndian(Int32($0)) }))
    }
    let found = try DecodedModule(
      tensors,
      config: actorder.map {
        #"{"quantization_config": {"quant_method": "compressed-tensors", "config_groups": "#
          + #"{"group_0": {"weights": {"num_bits": 4, "group_size": 64, "actorder": "\#($0)"}}}}}"#
      })
    #expect(found.packed.actOrder == expected)
    #expect(found.weights?.allSatisfy { $0.isFinite } == true)
  }

  @Test(arguments: [true, false]) func tellsTheInputsOfStackedExperts(isTransposed: Bool) throws {
    // A down projection with as many inputs as outputs, as gpt-oss has.
    let shapes = isTransposed ? [[2, 64, 128], [2, 64, 64]] : [[2, 128, 64], [2, 64, 64]]
    var sample = Sample()
    var random = Weights(seed: 5)
    for (name, shape) in zip(["gate_up_proj", "down_proj"], shapes) {
      sample.add(
        "model.layers.0.mlp.experts.\(name)", shape, random.gaussian(shape.reduce(1, *)))
    }
    let plan = try sample.opened(mode: .header).plan
    #expect(
      plan.tensors.map(\.matrix?.inputAxis)
        == [MatrixView.InputAxis?](repeating: isTransposed ? .rows : .columns, count: 2))
  }

  @Test func measuresMaskedWeights() throws {
    var sample = Sample.llama(.f32)
    var expected = 0
    for (name, type, shape, _) in sample.tensors where name.contains("proj") {
      let kept = [[0, 1], [2, 3], [0, 2], [1, 3], [0, 3], [1, 2]]
      let mask = (0..<shape[0] * shape[1]).map { kept[$0 / 4 % 6].contains($0 % 4) ? Float(1) : 0 }
      expected += mask.count { $0 == 0 }
      sample.add(name + "_mask", type, shape, Stored.f32.bytes(mask))
      for index in sample.tensors.indices where sample.tensors[index].name == name {
        sample.tensors[index].name += "_orig"
      }
    }
    sample.add("conv.weight_orig", [32, 16, 3, 3], [Float](repeating: 1, count: 4608), .f32)
    sample.add("conv.weight_mask", [32, 16, 3, 3], [Float](repeating: 1, count: 4608), .f32)
    let opened = try sample.opened()
    let fields = [
      "labels": "sparse pruned fp32", "sparsity.n_m": "2:4", "sparsity.axis": "in",
      "quantization.scheme": "pruning-mask", "parameters": "\(dense + 4608)",
    ]
    for (field, value) in fields {
      #expect(opened.verdict.field(field, opened.plan) == value, "\(field)")
    }
    let zeros = opened.plan.packed.compactMap { opened.measurements[$0.carrier]?.zeros }
    #expect(zeros.reduce(0, +) == expected)
  }

  private var dense: Int {
    Sample.llama().tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
  }
}
