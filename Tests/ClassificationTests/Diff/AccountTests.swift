import ModelFile
import TensorStats
import TestSupport
import Testing

@testable import Classification

/// What is said of two models, where the numbers alone could mean several things.
@Suite struct AccountTests {
  private let folder: TemporaryFolder
  private static let base = TinyLlama.make(seed: 21)
  private let base = Self.base

  init() throws { folder = try TemporaryFolder() }

  private func diff(_ a: TensorSet, _ b: TensorSet, as types: (Stored, Stored) = (.f32, .f32))
    throws
    -> Diff
  {
    ClassificationTests.diff(
      try a.write(folder, "a", as: types.0), try b.write(folder, "b", as: types.1))
  }

  private func changed(_ name: String, _ change: @escaping (inout [Float]) -> Void) -> TensorSet {
    base.mapping(name) { _, _, values in
      var values = values
      change(&values)
      return values
    }
  }

  private func pruned(_ set: TensorSet, share: Double) -> TensorSet {
    set.mapping("proj") { _, _, values in
      let limit = values.map(\.magnitude).sorted()[Int(Double(values.count) * share)]
      return values.map { $0.magnitude < limit ? 0 : $0 }
    }
  }

  /// Rounds to 15 steps of the greatest of 32, as 4-bit quantizers do.
  private func onGrid(_ set: TensorSet) -> TensorSet {
    set.mapping("") { _, shape, values in
      guard shape.count > 1 else { return values }
      return stride(from: 0, to: values.count, by: 32).flatMap { start -> [Float] in
        let block = values[start..<start + 32]
        let step = block.reduce(0) { max($0, $1.magnitude) } / 7
        return block.map { ($0 / step).rounded() * step }
      }
    }
  }

  // MARK: - Rounding

  @Test func aCastToF16LosesOnlyTinyNumbers() throws {
    let narrow = base.mapping("") { _, _, values in
      values.enumerated().map { bfloat($0 % 50 == 0 ? $1 * 1e-5 : $1) }
    }
    let there = try diff(narrow, narrow, as: (.bf16, .f16))
    #expect(there.account.kind == .rounded)
    #expect(there.account.headline.contains("but for the smallest"))
    let back = try diff(narrow, narrow, as: (.f16, .bf16))
    #expect(back.account.kind == .referenceRounded)
  }

  @Test func findsRoundingInsideAWiderType() throws {
    let rounded = base.mapping("") { _, _, values in values.map(bfloat) }
    let there = try diff(base, rounded)
    #expect(there.account.kind == .rounded)
    #expect(there.account.headline.contains("rounded to BF16, stored as F32"))
    #expect(try diff(rounded, base).account.kind == .referenceRounded)
  }

  @Test(arguments: [Stored.f32, .bf16]) func findsQuantizationStoredAsFloats(type: Stored) throws {
    let quantized = onGrid(base)
    let there = try diff(base, quantized, as: (.f32, type))
    #expect(there.account.kind == .quantized)
    #expect(there.account.headline.contains("stored as \(type.rawValue) again"))
    let back = try diff(quantized, base, as: (type, .f32))
    #expect(back.account.kind == .referenceQuantized)
  }

  @Test func dequantizedNumbersAreNoOriginals() throws {
    let gguf = try base.writeGGUF(folder, "base", heads: 4, keyHeads: 2)
    let whole = ClassificationTests.diff(gguf, gguf)
    #expect(whole.isSame)
    // What the codes stand for, as BF16.
    let sampler = ValueSampler(gguf)
    var set = TensorSet()
    for (index, tensor) in gguf.tensors.enumerated() {
      let side = ReadingPair.Side(
        Reading(
          tensor: index, decoder: .plain(tensor.type), shape: tensor.shape.map { Int($0) }))
      let values = try #require(
        sampler.values(of: side, rows: Array(0..<side.rows), columns: Array(0..<side.columns)))
      set.tensors.append((tensor.name, tensor.shape.map { Int($0) }, values))
    }
    let diff = ClassificationTests.diff(gguf, try set.write(folder, "floats", as: .bf16))
    #expect(diff.account.kind == .rounded)
    #expect(diff.account.headline.contains("Dequantized from the reference and stored as BF16"))
  }

  @Test func ternaryZerosAreNotPruned() throws {
    var builder = GGUFBuilder()
    builder.set("general.architecture", .string("llama"))
    // Half a percent of the weights are large: nearly all others become zero.
    var weights = Weights(seed: 3)
    let values = weights.gaussian(64 * 256).enumerated().map { $0 % 256 == 0 ? 0.1 : $1 }
    let blocks = stride(from: 0, to: values.count, by: 256).flatMap { start -> [UInt8] in
      // TQ2_0: 64 bytes of four codes each, then the scale; code 1 is zero.
      let first = values[start...].first ?? 0
      return [0x56] + [UInt8](repeating: 0x55, count: 63) + littleEndian(halfBits(first))
    }
    builder.add("blk.0.ffn_up.weight", type: .tq2_0, shape: [64, 256], data: blocks)
    let quantized = Model.open(try folder.write(builder.bytes, to: "tq.gguf"))
    var dense = TensorSet()
    dense.tensors = [("model.layers.0.mlp.up_proj.weight", [64, 256], values)]
    let diff = ClassificationTests.diff(try dense.write(folder, "dense"), quantized)
    #expect(diff.tensors.first?.difference?.newZeros == 64 * 255)
    #expect(diff.account.kind == .quantized)
  }

  // MARK: - Pruning

  @Test func aFewZerosAndNothingElseArePruning() throws {
    let diff = try diff(base, pruned(base, share: 0.02))
    #expect(diff.account.kind == .pruned)
  }

  @Test func pruningAndQuantizationAreBothNamed() throws {
    let both = pruned(base, share: 0.5)
    let diff = ClassificationTests.diff(
      try base.write(folder, "base"), try both.writeGGUF(folder, "both", heads: 4, keyHeads: 2))
    #expect(diff.account.kind == .pruned)
    #expect(diff.account.headline.contains("and quantized to Q8_0"))
  }

  @Test func masksOfTheirOwnAreNotPruningOfTheReference() throws {
    var weights = Weights(seed: 7)
    let random = base.mapping("proj") { _, _, values in
      values.map { weights.uniform() < 0.5 ? 0 : $0 }
    }
    let diff = try diff(pruned(base, share: 0.5), random)
    #expect(diff.account.kind == .mixed)
    #expect(diff.account.headline.contains("Both were pruned"))
  }

  // MARK: - Scaling, single values

  @Test(
    arguments: [
      (2, "multiplied by 2."), (1.1, "multiplied by 1.1."), (-1, "Negated"),
    ] as [(Float, String)]) func findsConstantFactors(factor: Float, words: String) throws
  {
    let scaled = changed("proj") { $0 = $0.map { $0 * factor } }
    let diff = try diff(base, scaled, as: (.f32, .bf16))
    #expect(diff.account.kind == .scaled)
    #expect(diff.account.headline.contains(words))
  }

  @Test(arguments: [Float.nan, .infinity]) func namesValuesThatAreNotFinite(value: Float) throws {
    let broken = changed("layers.1.mlp.up_proj") { $0[3 * 64 + 5] = value }
    let there = try diff(base, broken)
    #expect(there.account.kind == .fewValues)
    #expect(there.account.headline.contains("not finite"))
    #expect(
      there.notFinite == ["model.layers.1.mlp.up_proj.weight[3, 5] is \(value) in the other"])
    #expect(try diff(broken, base).notFinite.first?.hasSuffix("in the reference") == true)
  }

  @Test func oneChangedValueIsNoAdapter() throws {
    let diff = try diff(base, changed("layers.1.mlp.up_proj") { $0[7] = 0.5 })
    #expect(diff.account.kind == .fewValues)
    #expect(
      diff.account.headline.contains("One value of model.layers.1.mlp.up_proj.weight changed"))
  }

  // MARK: - Files

  @Test func anUnreadableFileIsNotUnrelated() throws {
    let empty = Model.open(try folder.write([], to: "empty.safetensors"))
    let diff = ClassificationTests.diff(try base.write(folder, "base"), empty)
    #expect(diff.account.kind == .unknown)
    #expect(diff.account.headline.contains("cannot be read (the file is empty)"))
  }

  @Test func ofATruncatedFileWhatIsThereIsCompared() throws {
    let model = try base.write(folder, "base")
    var builder = SafetensorsBuilder()
    for tensor in base.tensors {
      builder.add(
        tensor.name, "F32", tensor.shape.map { UInt64($0) }, floatBytes(tensor.values))
    }
    let bytes = builder.bytes
    let half = Model.open(
      try folder.write(Array(bytes[..<(bytes.count / 2)]), to: "half.safetensors"))
    let diff = ClassificationTests.diff(model, half)
    #expect(diff.account.kind == .unknown)
    #expect(diff.account.headline.contains("What could be compared is the same"))
  }

  @Test func aScalarIsNotAVector() throws {
    func model(_ shape: [Int]) throws -> Model {
      var set = TensorSet()
      set.tensors = [("s", shape, [3])]
      return try set.write(folder, "shape\(shape.count)")
    }
    let diff = ClassificationTests.diff(try model([]), try model([1]))
    #expect(!diff.isSame)
    #expect(diff.account.headline.contains("dimensions are written differently"))
  }

  @Test func anAdapterIsNamed() throws {
    var weights = Weights(seed: 12)
    var adapter = TensorSet()
    for layer in 0..<2 {
      let name = "base_model.model.model.layers.\(layer).self_attn.q_proj"
      adapter.tensors.append(("\(name).lora_A.weight", [8, 64], weights.gaussian(8 * 64)))
      adapter.tensors.append(("\(name).lora_B.weight", [64, 8], weights.gaussian(8 * 64)))
    }
    let diff = try diff(base, adapter)
    #expect(diff.account.kind == .adapter)
    #expect(diff.account.headline.contains("2 matrices, of which the reference has all"))
  }

  // MARK: - Other places

  @Test func aMissingLayerIsRemoved() throws {
    let five = TinyLlama.make(seed: 9, layers: 5)
    let hole = five.renamed { $0.contains("layers.2.") ? nil : $0 }
    let there = try diff(five, hole)
    #expect(there.account.kind == .layersMoved)
    #expect(there.account.headline.hasPrefix("Layer 2 of the reference was removed"))
    #expect(there.tensors.allSatisfy { $0.kind == .identical })
    #expect(try diff(hole, five).account.headline.hasPrefix("Layer 2 is new"))
  }

  @Test(arguments: [
    ([3, 1, 0, 2], "another order: experts 0–3 are its 3, 1, 0, 2"),
    ([0, 2, 3], "dropped: 0, 2, 3 of 4 are kept"),
  ]) func findsWhereExpertsComeFrom(sources: [Int], words: String) throws {
    var weights = Weights(seed: 13)
    var set = TensorSet()
    let router = weights.gaussian(4 * 64)
    set.tensors.append(("model.layers.0.mlp.gate.weight", [4, 64], router))
    let experts = (0..<4).map { _ in weights.gaussian(32 * 64) }
    func add(_ experts: [[Float]], to set: inout TensorSet) {
      for (number, values) in experts.enumerated() {
        set.tensors.append(
          ("model.layers.0.mlp.experts.\(number).up_proj.weight", [32, 64], values))
      }
    }
    add(experts, to: &set)
    var moved = TensorSet()
    moved.tensors.append(
      (
        "model.layers.0.mlp.gate.weight", [sources.count, 64],
        sources.flatMap { router[$0 * 64..<($0 + 1) * 64] }
      ))
    add(sources.map { experts[$0] }, to: &moved)
    let diff = try diff(set, moved)
    #expect(diff.account.kind == .expertsMoved)
    #expect(diff.account.headline.contains(words))
    #expect(diff.tensors.filter { $0.role == .weight }.allSatisfy { $0.kind == .identical })
  }

  @Test func permutedNeuronsAreNotUnrelated() throws {
    let order = (0..<128).map { $0 * 37 % 128 }
    let permuted = base.mapping("mlp") { _, shape, values in
      shape[0] == 128
        ? order.flatMap { values[$0 * 64..<($0 + 1) * 64] }
        : (0..<64).flatMap { row in order.map { values[row * 128 + $0] } }
    }
    let diff = try diff(base, permuted)
    #expect(diff.account.kind == .reordered)
    #expect(diff.account.headline.contains("all others are the same"))
    #expect(!diff.reorders.isEmpty && diff.reorders.allSatisfy { $0.isSubset && !$0.isOrdered })
  }

  @Test func aPartThatIsTheSameIsNotUnrelated() throws {
    let foreign = TinyLlama.make(seed: 22)
    var half = base
    for index in half.tensors.indices where half.tensors[index].name.contains("mlp") {
      half.tensors[index].values = foreign.tensors[index].values
    }
    let diff = try diff(base, half)
    #expect(diff.account.kind == .mixed)
    #expect(diff.account.headline.hasPrefix("Partly the reference"))
  }

  @Test func aVocabularyIsTrimmed() throws {
    var shorter = base
    for index in shorter.tensors.indices where shorter.tensors[index].shape[0] == 96 {
      let values = base.tensors[index].values
      shorter.tensors[index].shape[0] = 60
      shorter.tensors[index].values = (0..<60).flatMap {
        values[$0 * 64 + 64 * ($0 / 2)..<$0 * 64 + 64 * ($0 / 2) + 64]
      }
    }
    let diff = try diff(base, shorter)
    #expect(diff.account.kind == .restructured)
    #expect(diff.account.headline.contains("vocabulary was trimmed to 60 of 96 rows"))
  }

  @Test func schemesWithEqualCodesAreRepacked() throws {
    let (awq, gptq) = try Packed.pair(folder)
    let diff = ClassificationTests.diff(awq, gptq)
    #expect(diff.tensors.count { $0.isBookkeeping } == 0)
    #expect(diff.account.kind == .cast)
    #expect(diff.account.headline.contains("repacked from awq to gptq"))
  }
}

/// One matrix with the same codes, zero points and scales in AWQ's and in GPTQ's order.
private enum Packed {
  static let inputs = 64
  static let outputs = 64

  static func pair(_ folder: TemporaryFolder) throws -> (Model, Model) {
    func code(_ input: Int, _ output: Int) -> UInt32 { UInt32((input * 7 + output * 5) % 16) }
    func zero(_ output: Int) -> UInt32 { UInt32(output % 8 + 4) }
    func words(_ rows: Int, _ columns: Int, _ word: (Int, Int) -> UInt32) -> [UInt8] {
      (0..<rows).flatMap { row in
        (0..<columns).flatMap { littleEndian(word(row, $0)) }
      }
    }
    let order = [0, 2, 4, 6, 1, 3, 5, 7]
    func awqWord(_ column: Int, _ value: (Int) -> UInt32) -> UInt32 {
      order.enumerated().reduce(0) { $0 | value(column * 8 + $1.element) << UInt32(4 * $1.offset) }
    }
    func plainWord(_ place: Int, _ value: (Int) -> UInt32) -> UInt32 {
      (0..<8).reduce(0) { $0 | value(place * 8 + $1) << UInt32(4 * $1) }
    }
    let scales = (0..<outputs).flatMap { littleEndian(halfBits(0.01 + Float($0) / 1000)) }
    func model(
      _ name: String, _ codes: (rows: Int, columns: Int, bytes: [UInt8]), _ zeros: [UInt8],
      index: Bool
    ) throws -> Model {
      var builder = SafetensorsBuilder()
      let layer = "model.layers.0.mlp.up_proj."
      builder.add(
        layer + "qweight", "I32", [UInt64(codes.rows), UInt64(codes.columns)], codes.bytes)
      builder.add(layer + "qzeros", "I32", [1, UInt64(outputs / 8)], zeros)
      builder.add(layer + "scales", "F16", [1, UInt64(outputs)], scales)
      if index {
        builder.add(
          layer + "g_idx", "I32", [UInt64(inputs)], [UInt8](repeating: 0, count: inputs * 4))
      }
      let config = """
        {"model_type": "llama", "quantization_config":
         {"quant_method": "\(name)", "bits": 4, "group_size": \(inputs), "version": "gemm"}}
        """
      try folder.write(config, to: "\(name)/config.json")
      return Model.open(try folder.write(builder.bytes, to: "\(name)/model.safetensors"))
    }
    let awq = try model(
      "awq",
      (
        inputs, outputs / 8,
        words(inputs, outputs / 8) { row, column in awqWord(column) { code(row, $0) } }
      ), words(1, outputs / 8) { _, column in awqWord(column, zero) }, index: false)
    let gptq = try model(
      "gptq",
      (
        inputs / 8, outputs,
        words(inputs / 8, outputs) { row, column in plainWord(row) { code($0, column) } }
      ), words(1, outputs / 8) { _, column in plainWord(column) { zero($0) - 1 } }, index: true)
    return (awq, gptq)
  }
}
