import Foundation
import ModelFile
import TensorStats
import TestSupport
import Testing

@testable import Classification

@Suite struct DiffTests {
  private let folder: TemporaryFolder
  private let base = Self.base
  private static let base = TinyLlama.make(seed: 1)

  init() throws { folder = try TemporaryFolder() }

  private func diff(_ changed: TensorSet, as type: Stored = .f32) throws -> Diff {
    ClassificationTests.diff(
      try base.write(folder, "base"), try changed.write(folder, "changed", as: type))
  }

  /// Adds the product of two thin matrices.
  private func adapted(
    _ name: String, _ shape: [Int], _ values: [Float], rank: Int, sigma: Float
  ) -> [Float] {
    var weights = Weights(seed: UInt64(name.utf8.reduce(0) { $0 * 31 % 9973 + Int($1) }))
    let a = weights.gaussian(shape[0] * rank, sigma: 1)
    let b = weights.gaussian(rank * shape[1], sigma: sigma)
    return values.indices.map { index in
      let (row, column) = (index / shape[1], index % shape[1])
      var sum: Float = 0
      for k in 0..<rank { sum += a[row * rank + k] * b[k * shape[1] + column] }
      return values[index] + sum
    }
  }

  private func smallestRemoved(_ values: [Float], share: Double) -> [Float] {
    let limit = values.map(\.magnitude).sorted()[Int(Double(values.count) * share)]
    return values.map { $0.magnitude < limit ? 0 : $0 }
  }

  // MARK: - The same weights

  @Test func findsAModelTheSameAsItself() throws {
    let diff = try diff(base)
    #expect(diff.isSame)
    #expect(diff.account.kind == .identical)
  }

  @Test func findsNothingLostInAWiderType() throws {
    let rounded = base.mapping("") { _, _, values in values.map(bfloat) }
    let narrow = try rounded.write(folder, "narrow", as: .bf16)
    let diff = ClassificationTests.diff(narrow, try rounded.write(folder, "wide"))
    #expect(!diff.isSame)
    #expect(diff.account.kind == .cast)
  }

  @Test func findsRoundingInEitherDirection() throws {
    let there = try diff(base, as: .bf16)
    #expect(there.account.kind == .rounded)
    #expect(there.tensors.allSatisfy { $0.kind == .rounded })
    let back = ClassificationTests.diff(
      try base.write(folder, "narrow", as: .bf16), try base.write(folder, "base"))
    #expect(back.account.kind == .referenceRounded)
  }

  @Test func otherMetadataIsADifference() throws {
    var builder = SafetensorsBuilder()
    builder.add("w", [2], [1, 2])
    let plain = Model.open(try folder.write(builder.bytes, to: "a.safetensors"))
    builder.add(metadata: "format", "pt")
    let labelled = Model.open(try folder.write(builder.bytes, to: "b.safetensors"))
    let diff = ClassificationTests.diff(plain, labelled)
    #expect(diff.metadata.map(\.key) == ["format"])
    #expect(!diff.isSame)
    #expect(diff.account.kind == .restructured)
  }

  @Test func aLongerVocabularyIsADifference() throws {
    var longer = base
    for index in longer.tensors.indices where longer.tensors[index].shape[0] == 96 {
      longer.tensors[index].shape[0] = 128
      longer.tensors[index].values += Array(repeating: 0.01, count: 32 * TinyLlama.hidden)
    }
    let diff = try diff(longer)
    #expect(!diff.isSame)
    #expect(diff.tensors.filter(\.isPartial).map(\.kind) == [.identical, .identical])
    #expect(diff.account.kind == .restructured)
  }

  // MARK: - Changed weights

  @Test func findsConversionsToGGUF() throws {
    let gguf = try base.writeGGUF(folder, "base", heads: 4, keyHeads: 2)
    let diff = ClassificationTests.diff(try base.write(folder, "base"), gguf)
    #expect(diff.added.isEmpty && diff.removed.isEmpty)
    #expect(diff.account.kind == .quantized)
    let matrices = diff.tensors.filter { $0.shape.count > 1 }
    #expect(matrices.allSatisfy { $0.kind == .quantized })
    // Rounding to 127 steps of the greatest of 32 normal numbers.
    #expect(
      matrices.allSatisfy { (0.004...0.007).contains($0.difference?.relativeRootMeanSquare ?? 0) })
    #expect(diff.tensors.filter { $0.shape.count == 1 }.allSatisfy { $0.kind == .identical })
    let permuted = diff.tensors.filter { $0.order == .interleaved(head: 16) }.map(\.name)
    #expect(permuted.count == 2 * TinyLlama.layers)
    #expect(permuted.allSatisfy { $0.contains("attn_q") || $0.contains("attn_k") })

    let back = ClassificationTests.diff(gguf, try base.write(folder, "base"))
    #expect(back.account.kind == .referenceQuantized)
    #expect(back.tensors.contains { $0.order == .separated(head: 16) })
  }

  @Test func findsPruning() throws {
    let pruned = base.mapping("proj") { _, _, values in self.smallestRemoved(values, share: 0.5) }
    let diff = try diff(pruned)
    #expect(diff.account.kind == .pruned)
    #expect(diff.account.headline.contains("the smallest ones"))
    let back = ClassificationTests.diff(
      try pruned.write(folder, "changed"), try base.write(folder, "base"))
    #expect(back.account.kind == .referencePruned)
  }

  @Test func tellsPruningAtRandom() throws {
    var weights = Weights(seed: 5)
    let pruned = base.mapping("proj") { _, _, values in
      values.map { weights.uniform() < 0.3 ? 0 : $0 }
    }
    let diff = try diff(pruned)
    #expect(diff.account.kind == .pruned)
    #expect(diff.account.headline.contains("little regard"))
  }

  @Test(arguments: [Stored.f32, .bf16]) func findsMergedAdapters(type: Stored) throws {
    let merged = base.mapping("proj") { self.adapted($0, $1, $2, rank: 4, sigma: 0.002) }
    let diff = try diff(merged, as: type)
    #expect(diff.account.kind == .loraMerged)
    #expect(!diff.ranks.isEmpty && diff.ranks.allSatisfy { $0.rank == 4 })
  }

  @Test(arguments: [1, 4, 16]) func findsAdaptersMergedIntoUnevenRows(rank: Int) throws {
    var weights = Weights(seed: 8)
    let uneven = base.mapping("proj") { _, shape, values in
      let scales = weights.gaussian(shape[0], sigma: 0.5).map { 1 + $0.magnitude * 3 }
      return values.enumerated().map { bfloat($1 * scales[$0 / shape[1]]) }
    }
    let merged = uneven.mapping("proj") { self.adapted($0, $1, $2, rank: rank, sigma: 0.002) }
    let diff = ClassificationTests.diff(
      try uneven.write(folder, "uneven", as: .bf16), try merged.write(folder, "merged", as: .bf16))
    #expect(diff.account.kind == .loraMerged)
    #expect(!diff.ranks.isEmpty && diff.ranks.allSatisfy { $0.rank == rank })
  }

  @Test func tellsFullTrainingFromAdapters() throws {
    var weights = Weights(seed: 6)
    let tuned = base.mapping("") { _, _, values in
      zip(values, weights.gaussian(values.count, sigma: 0.002)).map { $0 + $1 }
    }
    let diff = try diff(tuned)
    #expect(diff.account.kind == .fineTuned)
    #expect(diff.ranks.allSatisfy { !$0.isLow })
  }

  /// Training whose directions fade out smoothly until F32 cannot tell them from nothing.
  @Test func fadingBelowThePrecisionIsNoStep() throws {
    func update(_ rows: Int, _ columns: Int) -> [Float] {
      func direction(_ place: Int, _ number: Int, of count: Int) -> Double {
        cos(.pi * (Double(place) + 0.5) * Double(number) / Double(count))
      }
      var sums = [Float](repeating: 0, count: rows * columns)
      for number in 1..<min(rows, columns) {
        let strength = 0.01 * pow(Double(number), -3)
        let right = (0..<columns).map { Float(direction($0, number, of: columns)) }
        for row in 0..<rows {
          let left = Float(strength * direction(row, number, of: rows))
          for column in 0..<columns { sums[row * columns + column] += left * right[column] }
        }
      }
      return sums
    }
    let tuned = base.mapping("o_proj") { _, shape, values in
      zip(values, update(shape[0], shape[1])).map(+)
    }
    let diff = try diff(tuned)
    #expect(diff.ranks.count == 2)
    #expect(diff.ranks.allSatisfy { !$0.isLow && $0.rank > 16 })
  }

  @Test func findsNothingInCommon() throws {
    #expect(try diff(TinyLlama.make(seed: 2)).account.kind == .unrelated)
    var other = TensorSet()
    other.tensors = [("w", [2, 2], [1, 2, 3, 4])]
    let foreign = try diff(other)
    #expect(foreign.account.kind == .unrelated)
    #expect(foreign.added == ["w"])
  }

  // MARK: - Layers and widths

  @Test(arguments: [
    ([0, 2], "Initialised from layers"), ([0, 1, 2, 1, 2], "Built from repeated layers"),
    ([2, 1, 0], "another order"),
  ]) func findsWhereLayersComeFrom(sources: [Int], words: String) throws {
    var moved = TensorSet(tensors: base.tensors.filter { !$0.name.contains("layers") })
    for (layer, source) in sources.enumerated() {
      for tensor in base.tensors where tensor.name.contains("layers.\(source).") {
        let name = "model.layers.\(layer)." + tensor.name.dropFirst("model.layers.0.".count)
        moved.tensors.append((name, tensor.shape, tensor.values))
      }
    }
    let diff = try diff(moved)
    #expect(diff.layerMaps.map(\.sources) == [sources])
    #expect(diff.account.kind == .layersMoved)
    #expect(diff.account.headline.contains(words))
    #expect(diff.tensors.allSatisfy { $0.kind == .identical })
    #expect(diff.added.isEmpty)
  }

  @Test func mapsTheLayersOfADistilledStudent() throws {
    let teacher = Bert.make(layers: 12)
    var weights = Weights(seed: 8)
    // Trained on: half of the variance is new.
    let student = Bert.student(of: teacher, layers: [0, 2, 4, 7, 9, 11])
      .mapping("lin") { _, shape, values in
        shape.count == 1
          ? values : zip(values, weights.gaussian(values.count)).map { $0 + $1 }
      }
    let diff = ClassificationTests.diff(
      try teacher.write(folder, "teacher"), try student.write(folder, "student"))
    #expect(diff.layerMaps.map(\.sources) == [[0, 2, 4, 7, 9, 11]])
    #expect(diff.account.kind == .layersMoved)
    #expect(diff.account.headline.contains("0, 2, 4, 7, 9, 11"))
    #expect(diff.added.isEmpty)
  }

  @Test func findsRowsOfANarrowerNetwork() throws {
    let kept = (0..<128).filter { $0 % 3 != 1 }
    var narrow = base
    for index in narrow.tensors.indices {
      let tensor = base.tensors[index]
      if tensor.name.contains("gate") || tensor.name.contains("up_proj") {
        narrow.tensors[index].shape[0] = kept.count
        narrow.tensors[index].values = kept.flatMap { tensor.values[$0 * 64..<($0 + 1) * 64] }
      } else if tensor.name.contains("down") {
        narrow.tensors[index].shape[1] = kept.count
        narrow.tensors[index].values = (0..<64).flatMap { row in
          kept.map { tensor.values[row * 128 + $0] }
        }
      }
    }
    let diff = try diff(narrow)
    #expect(diff.account.kind == .widthPruned)
    #expect(diff.widths.allSatisfy { $0.isSubset && $0.isOrdered })
  }

  @Test func findsTransposedMatrices() throws {
    var hub = TensorSet()
    var weights = Weights(seed: 3)
    for (name, shape) in [("attn.c_attn", [64, 192]), ("attn.c_proj", [64, 64])] {
      hub.tensors.append(
        ("h.0.\(name).weight", shape, weights.gaussian(shape[0] * shape[1])))
    }
    hub.config = #"{"model_type": "gpt2", "n_layer": 1, "n_embd": 64, "n_head": 4}"#
    var builder = GGUFBuilder()
    builder.set("general.architecture", .string("gpt2"))
    for (tensor, name) in zip(hub.tensors, ["attn_qkv", "attn_output"]) {
      let (rows, columns) = (tensor.shape[0], tensor.shape[1])
      let values = (0..<rows * columns).map { tensor.values[$0 % rows * columns + $0 / rows] }
      builder.add(
        "blk.0.\(name).weight", type: .f32, shape: [UInt64(columns), UInt64(rows)],
        data: floatBytes(values))
    }
    let gguf = Model.open(try folder.write(builder.bytes, to: "gpt2.gguf"))
    let diff = ClassificationTests.diff(try hub.write(folder, "gpt2"), gguf)
    #expect(diff.tensors.map(\.order) == [.transposed, .transposed])
    #expect(diff.tensors.allSatisfy { $0.kind == .identical })
  }

  @Test func findsExpertsInTheirStack() throws {
    var weights = Weights(seed: 4)
    var apart = TensorSet()
    for expert in 0..<3 {
      apart.tensors.append(
        (
          "model.layers.0.mlp.experts.\(expert).up_proj.weight", [32, 64],
          weights.gaussian(32 * 64)
        ))
    }
    var builder = GGUFBuilder()
    builder.set("general.architecture", .string("qwen2moe"))
    builder.add(
      "blk.0.ffn_up_exps.weight", type: .f32, shape: [3, 32, 64],
      data: floatBytes(apart.tensors.flatMap(\.values)))
    let stacked = Model.open(try folder.write(builder.bytes, to: "moe.gguf"))
    let hub = try apart.write(folder, "moe")
    let there = ClassificationTests.diff(hub, stacked)
    #expect(there.tensors.map(\.kind) == [.identical, .identical, .identical])
    let back = ClassificationTests.diff(stacked, hub)
    #expect(back.tensors.map(\.kind) == [.identical, .identical, .identical])
    #expect(back.added.isEmpty && back.removed.isEmpty)
  }

  @Test func whatCannotBeDecodedIsComparedAsBytes() throws {
    func model(_ name: String, _ first: UInt8) throws -> Model {
      var builder = SafetensorsBuilder()
      builder.add("complex", "C64", [2], [first] + [UInt8](repeating: 1, count: 15))
      builder.add("empty", "F32", [0, 4], [])
      return Model.open(try folder.write(builder.bytes, to: "\(name).safetensors"))
    }
    let a = try model("a", 1)
    #expect(ClassificationTests.diff(a, a).isSame)
    let diff = ClassificationTests.diff(a, try model("b", 2))
    #expect(diff.tensors.map(\.kind) == [.unread, .identical])
    #expect(!diff.isSame)
  }

  @Test func hostileShapesDoNotTrap() throws {
    let header = """
      {"w":{"dtype":"F32","shape":[4611686018427387904,8],"data_offsets":[0,16]},
       "model.layers.999999999.mlp.up_proj.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},
       "model.layers.1.mlp.up_proj.weight":{"dtype":"U8","shape":[1,1,1,16],"data_offsets":[0,16]}}
      """
    let bytes = SafetensorsBuilder.file(header: header, data: [UInt8](repeating: 7, count: 16))
    let huge = Model.open(try folder.write(bytes, to: "huge.safetensors"))
    #expect(ClassificationTests.diff(huge, huge).tensors.count == 3)
    #expect(ClassificationTests.diff(huge, try base.write(folder, "base")).tensors.count < 3)
  }
}

/// A BERT, and a DistilBERT made of some of its layers.
private enum Bert {
  static let words = [
    "attention.self.query": "attention.q_lin", "attention.self.key": "attention.k_lin",
    "attention.self.value": "attention.v_lin", "attention.output.dense": "attention.out_lin",
    "intermediate.dense": "ffn.lin1", "output.dense": "ffn.lin2",
    "attention.output.LayerNorm": "sa_layer_norm", "output.LayerNorm": "output_layer_norm",
  ]

  static func make(layers: Int) -> TensorSet {
    var weights = Weights(seed: 11)
    var set = TensorSet()
    set.tensors.append(
      ("bert.embeddings.word_embeddings.weight", [64, 32], weights.gaussian(64 * 32)))
    for layer in 0..<layers {
      for name in words.keys.sorted() {
        let shape =
          name.contains("Norm")
          ? [32]
          : name == "intermediate.dense"
            ? [64, 32] : name == "output.dense" ? [32, 64] : [32, 32]
        set.tensors.append(
          (
            "bert.encoder.layer.\(layer).\(name).weight", shape,
            weights.gaussian(shape.reduce(1, *))
          ))
      }
    }
    return set
  }

  static func student(of teacher: TensorSet, layers: [Int]) -> TensorSet {
    teacher.renamed { name in
      let parts = name.split(separator: ".")
      guard parts[1] == "encoder" else { return "distil" + name }
      guard let layer = layers.firstIndex(where: { String($0) == parts[3] }),
        let word = words[parts[4...].dropLast().joined(separator: ".")]
      else { return nil }
      return "distilbert.transformer.layer.\(layer).\(word).weight"
    }
  }
}

@Suite struct TensorKeyTests {
  /// Names of the hub and of GGUF that mean the same.
  @Test(arguments: [
    ("model.layers.7.self_attn.q_proj.weight", "blk.7.attn_q.weight"),
    ("model.layers.7.mlp.down_proj.bias", "blk.7.ffn_down.bias"),
    ("model.language_model.layers.0.input_layernorm.weight", "blk.0.attn_norm.weight"),
    ("model.embed_tokens.weight", "token_embd.weight"), ("model.norm.weight", "output_norm.weight"),
    ("lm_head.weight", "output.weight"), ("transformer.wte.weight", "token_embd.weight"),
    ("h.3.attn.c_attn.bias", "blk.3.attn_qkv.bias"),
    ("transformer.h.3.ln_2.weight", "blk.3.ffn_norm.weight"),
    ("bert.encoder.layer.2.attention.output.LayerNorm.gamma", "blk.2.attn_output_norm.weight"),
    ("distilbert.transformer.layer.2.ffn.lin1.weight", "blk.2.ffn_up.weight"),
    ("model.layers.1.block_sparse_moe.gate.weight", "blk.1.ffn_gate_inp.weight"),
    ("model.layers.1.self_attn.kv_a_proj_with_mqa.weight", "blk.1.attn_kv_a_mqa.weight"),
    ("layers.1.attention.wq.weight", "blk.1.attn_q.weight"),
    ("layers.1.feed_forward.w2.weight", "blk.1.ffn_down.weight"),
    ("tok_embeddings.weight", "token_embd.weight"),
    ("transformer.h.1.ln_mlp.weight", "blk.1.attn_norm.weight"),
    ("transformer.blocks.1.ffn.experts.mlp.w1", "blk.1.ffn_gate_exps.weight"),
    ("model.layers.1.block_sparse_moe.input_linear.weight", "blk.1.ffn_gate_up_exps.weight"),
    ("backbone.layers.1.norm.weight", "blk.1.attn_norm.weight"),
    ("backbone.norm_f.weight", "output_norm.weight"),
    ("backbone.layers.1.mixer.A_log", "blk.1.ssm_a"),
    ("backbone.layers.1.mixer.dt_bias", "blk.1.ssm_dt.bias"),
    ("encoder.layers.1.attn.Wqkv.weight", "blk.1.attn_qkv.weight"),
    ("encoder.layers.1.mlp.fc11.weight", "blk.1.ffn_up.weight"),
  ]) func familiesAgree(hub: String, gguf: String) {
    func key(_ name: String) -> TensorKey {
      let model = fitModel([(name, .f32, [4, 4])])
      return TensorKeys(model, Plan(model: model)).keys[0]
    }
    #expect(key(hub) == key(gguf))
  }

  @Test func stacksOfT5Agree() {
    func keys(_ names: [String]) -> [TensorKey] {
      let model = fitModel(names.map { ($0, .f32, [4, 4]) })
      return TensorKeys(model, Plan(model: model)).keys
    }
    let hub = keys([
      "encoder.block.0.layer.0.SelfAttention.o.weight",
      "encoder.block.0.layer.1.layer_norm.weight",
      "decoder.block.0.layer.1.layer_norm.weight",
      "decoder.block.0.layer.2.DenseReluDense.wi_0.weight", "decoder.final_layer_norm.weight",
    ])
    let gguf = keys([
      "enc.blk.0.attn_o.weight", "enc.blk.0.ffn_norm.weight", "dec.blk.0.cross_attn_norm.weight",
      "dec.blk.0.ffn_gate.weight", "dec.output_norm.weight",
    ])
    #expect(hub == gguf)
  }

  @Test func stacksStayApart() {
    let model = fitModel([
      ("model.encoder.layers.0.fc1.weight", .f32, [4, 4]),
      ("model.decoder.layers.0.fc1.weight", .f32, [4, 4]),
      ("model.vision_tower.layers.0.fc1.weight", .f32, [4, 4]),
    ])
    let keys = TensorKeys(model, Plan(model: model))
    #expect(keys.keys.map(\.stack) == ["encoder", "decoder", "vision_tower"])
    #expect(Set(keys.keys).count == 3)
  }
}
