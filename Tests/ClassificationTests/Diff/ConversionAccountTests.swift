import Foundation
import ModelFile
import TensorStats
import TestSupport
import Testing

@testable import Classification

/// Models whose numbers are the same, or nearly, in another order or number of rows.
@Suite struct ConversionAccountTests {
  private let folder: TemporaryFolder
  private let base = Self.base
  private static let base = TinyLlama.make(seed: 71)

  init() throws { folder = try TemporaryFolder() }

  private func diff(_ a: TensorSet, _ b: TensorSet) throws -> Diff {
    ClassificationTests.diff(try a.write(folder, "a"), try b.write(folder, "b"))
  }

  /// The tensors with other rows: each is one of the old rows, or the mean of some.
  private func rows(
    _ set: TensorSet, of names: [String], _ rows: (_ name: String, _ count: Int) -> [[Int]]
  ) -> TensorSet {
    var result = set
    for (index, tensor) in set.tensors.enumerated()
    where names.contains(where: tensor.name.contains) {
      let width = tensor.shape.count > 1 ? tensor.shape[1] : 1
      let sources = rows(tensor.name, tensor.shape[0])
      result.tensors[index].shape[0] = sources.count
      result.tensors[index].values = sources.flatMap { places in
        (0..<width).map { column in
          places.reduce(0) { $0 + tensor.values[$1 * width + column] } / Float(places.count)
        }
      }
    }
    return result
  }

  /// Writes a GGUF file of plain numbers.
  private func gguf(_ set: TensorSet, heads: UInt32) throws -> Model {
    var builder = GGUFBuilder()
    builder.set("general.architecture", .string("x"))
    builder.set("x.attention.head_count", .u32(heads))
    builder.set("x.embedding_length", .u32(64))
    for tensor in set.tensors {
      builder.add(
        tensor.name, type: .f32, shape: tensor.shape.map { UInt64($0) },
        data: floatBytes(tensor.values))
    }
    return Model.open(try folder.write(builder.bytes, to: "converted.gguf"))
  }

  // MARK: - Conversions to GGUF

  @Test func projectionsJoinedHeadByHeadAreTheSame() throws {
    var weights = Weights(seed: 72)
    var hub = TensorSet()
    for layer in 0..<2 {
      let prefix = "gpt_neox.layers.\(layer).attention."
      hub.tensors.append(
        (prefix + "query_key_value.weight", [192, 64], weights.gaussian(192 * 64)))
      hub.tensors.append((prefix + "query_key_value.bias", [192], weights.gaussian(192)))
      hub.tensors.append((prefix + "dense.weight", [64, 64], weights.gaussian(64 * 64)))
    }
    hub.config = """
      {"model_type": "gpt_neox", "hidden_size": 64, "num_attention_heads": 4}
      """
    let converted = rows(hub, of: ["query_key_value"]) { _, _ in
      (0..<3).flatMap { part in
        (0..<4).flatMap { head in (0..<16).map { [(head * 3 + part) * 16 + $0] } }
      }
    }.renamed {
      $0.replacing("gpt_neox.layers.", with: "blk.")
        .replacing("attention.query_key_value", with: "attn_qkv")
        .replacing("attention.dense", with: "attn_output")
    }
    let pair = (try hub.write(folder, "hub"), try gguf(converted, heads: 4))
    for (a, b) in [pair, (pair.1, pair.0)] {
      let diff = ClassificationTests.diff(a, b)
      #expect(diff.tensors.count == 6 && diff.tensors.allSatisfy { $0.kind == .identical })
      #expect(diff.account.kind == .restructured)
      #expect(
        diff.account.evidence.contains { $0.contains("of 4 tensors are joined head by head") })
    }
  }

  @Test func projectionsJoinedByGroupsAreSplit() throws {
    // InternLM2: two queries, a key and a value of 16 rows, twice.
    var joined = TensorSet()
    for tensor in base.tensors {
      guard tensor.name.contains("self_attn"), !tensor.name.contains("o_proj") else {
        joined.tensors.append(tensor)
        continue
      }
      guard tensor.name.contains("q_proj") else { continue }
      var parts: [Float] = []
      for group in 0..<2 {
        for (part, height) in [("q_proj", 32), ("k_proj", 16), ("v_proj", 16)] {
          let name = tensor.name.replacing("q_proj", with: part)
          let all = base.tensors.first { $0.name == name }?.values ?? []
          parts += all[group * height * 64..<(group + 1) * height * 64]
        }
      }
      joined.tensors.append(
        (tensor.name.replacing("self_attn.q_proj", with: "attention.wqkv"), [128, 64], parts))
    }
    joined.config = base.config
    for (a, b) in [
      (try joined.write(folder, "joined"), try base.write(folder, "apart")),
      (try base.write(folder, "apart"), try joined.write(folder, "joined")),
    ] {
      let diff = ClassificationTests.diff(a, b)
      #expect(diff.added.isEmpty && diff.removed.isEmpty)
      #expect(diff.tensors.allSatisfy { $0.kind == .identical })
    }
    let converted = ClassificationTests.diff(
      try joined.write(folder, "joined"), try base.writeGGUF(folder, "apart"))
    #expect(converted.account.kind == .quantized)
    #expect(converted.added.isEmpty && converted.removed.isEmpty)
  }

  @Test func gainsAndDecaysAreConverted() throws {
    var weights = Weights(seed: 73)
    var hub = TensorSet()
    var converted = TensorSet()
    for layer in 0..<2 {
      let gains = weights.gaussian(64, sigma: 0.1)
      let logarithms = weights.gaussian(16, sigma: 0.5).map { $0 + 1 }
      hub.tensors.append(("model.layers.\(layer).input_layernorm.weight", [64], gains))
      converted.tensors.append(("blk.\(layer).attn_norm.weight", [64], gains.map { $0 + 1 }))
      hub.tensors.append(("model.layers.\(layer).mixer.A_log", [16], logarithms))
      converted.tensors.append(("blk.\(layer).ssm_a", [16, 1], logarithms.map { -exp($0) }))
    }
    let pair = (try hub.write(folder, "hub"), try gguf(converted, heads: 4))
    for (a, b) in [pair, (pair.1, pair.0)] {
      let diff = ClassificationTests.diff(a, b)
      #expect(diff.tensors.count == 4 && diff.tensors.allSatisfy { $0.kind == .identical })
      #expect(diff.account.evidence.contains { $0.hasPrefix("2 tensors have 1 added") })
      #expect(diff.account.evidence.contains { $0.hasPrefix("2 tensors hold") })
    }
  }

  // MARK: - Heads

  @Test func rowsOfHeadsMayBeInterleavedInOneFormat() throws {
    let other = rows(base, of: ["q_proj", "k_proj"]) { _, count in
      (0..<count).map { [$0 / 16 * 16 + $0 % 2 * 8 + $0 % 16 / 2] }
    }
    let diff = try diff(base, other)
    #expect(
      diff.account.headline == "The numbers are the same; rows of heads are in another order.")
  }

  @Test func headsMayBeRepeated() throws {
    let repeated = rows(base, of: ["k_proj", "v_proj"]) { _, _ in
      (0..<64).map { [$0 / 32 * 16 + $0 % 16] }
    }
    let there = try diff(base, repeated)
    #expect(there.account.kind == .restructured)
    #expect(there.account.headline.contains("repeated 2 times in the other"))
    let back = try diff(repeated, base)
    #expect(back.account.headline.contains("repeated 2 times in the reference"))
  }

  @Test func headsMayBePooled() throws {
    let pooled = rows(base, of: ["k_proj", "v_proj"]) { _, _ in (0..<16).map { [$0, $0 + 16] } }
    let diff = try diff(base, pooled)
    #expect(diff.account.kind == .partlyChanged)
    #expect(diff.account.headline.contains("each is the mean of 2 of the reference's (6 tensors)"))
    #expect(diff.account.headline.hasSuffix("all others are the same."))
  }

  @Test func headsThatWereRemovedAreNoChange() throws {
    let fewer = rows(base, of: ["q_proj"]) { _, _ in
      (0..<64).filter { !(16..<32).contains($0) }.map { [$0] }
    }
    let diff = try diff(base, fewer)
    #expect(diff.account.kind == .widthPruned)
    #expect(diff.tensors.allSatisfy { $0.kind == .identical || $0.kind == .reshaped })
    #expect(!diff.account.headline.contains("changed since"))
  }

  // MARK: - Experts

  /// A layer with four experts of which the two stacks have those of some numbers.
  private func experts(_ sources: [Int]) -> TensorSet {
    var weights = Weights(seed: 74)
    let up = weights.gaussian(4 * 64 * 32)
    let down = weights.gaussian(4 * 32 * 64)
    let router = weights.gaussian(4 * 64)
    func stack(_ values: [Float]) -> [Float] {
      let length = values.count / 4
      return sources.flatMap { values[$0 * length..<($0 + 1) * length] }
    }
    var set = TensorSet()
    set.tensors = [
      ("model.layers.0.mlp.experts.gate_up_proj", [sources.count, 64, 32], stack(up)),
      ("model.layers.0.mlp.experts.down_proj", [sources.count, 32, 64], stack(down)),
      ("model.layers.0.mlp.gate.weight", [4, 64], router),
    ]
    return set
  }

  @Test func expertsMoveWithinTheirStack() throws {
    let diff = try diff(experts([0, 1, 2, 3]), experts([2, 0, 1, 3]))
    #expect(!diff.isSame)
    #expect(diff.account.kind == .expertsMoved)
    #expect(diff.account.headline.contains("are its 2, 0, 1, 3 in layer 0"))
    #expect(diff.account.headline.contains("the router's rows are in theirs"))
    #expect(diff.tensors.allSatisfy { $0.kind == .identical })
  }

  // MARK: - Low ranks

  private func adapted(_ set: TensorSet, rank: Int, sigma: Float) -> TensorSet {
    set.mapping("proj") { name, shape, values in
      var weights = Weights(seed: UInt64(name.utf8.reduce(0) { $0 * 31 % 9973 + Int($1) }))
      let a = weights.gaussian(shape[0] * rank, sigma: 1)
      let b = weights.gaussian(rank * shape[1], sigma: sigma)
      return values.indices.map { index in
        (0..<rank).reduce(values[index]) { sum, k in
          sum + a[index / shape[1] * rank + k] * b[k * shape[1] + index % shape[1]]
        }
      }
    }
  }

  @Test func adaptersShowThroughEightBits() throws {
    let diff = ClassificationTests.diff(
      try base.write(folder, "hub"),
      try adapted(base, rank: 2, sigma: 0.003).writeGGUF(folder, "merged"))
    #expect(diff.account.kind == .quantizedChanged)
    #expect(diff.account.headline.contains("Their changes have rank 2, as a LoRA"))
  }

  @Test func rowsThatAdaptersScaledAreTold() throws {
    let merged = adapted(base, rank: 2, sigma: 0.002).mapping("proj") { _, shape, values in
      values.enumerated().map { $1 * (1 + 0.05 * Float($0 / shape[1] * 7 % 5 - 2)) }
    }
    let diff = try diff(base, merged)
    #expect(diff.ranks.allSatisfy { $0.rowScaling.map { $0 > 0.05 && $0 < 0.09 } == true })
    let plain = try self.diff(base, adapted(base, rank: 2, sigma: 0.002))
    #expect(plain.account.kind == .loraMerged)
    #expect(plain.ranks.allSatisfy { $0.rowScaling == nil })
  }

  @Test func aFewRowsAreNoDimensions() throws {
    var weights = Weights(seed: 75)
    let tuned = base.mapping("embed_tokens") { _, shape, values in
      let change = weights.gaussian(8 * shape[1])
      return values.indices.map { $0 < change.count ? values[$0] + change[$0] : values[$0] }
    }
    let diff = try diff(base, tuned)
    #expect(diff.account.kind == .fineTuned)
    #expect(diff.ranks.allSatisfy { !$0.isLow })
  }

  // MARK: - Tied weights

  @Test func aTiedOutputMatrixIsNotNew() throws {
    var tied = base
    tied.tensors.removeAll { $0.name == "lm_head.weight" }
    var written = tied
    written.tensors.append(("lm_head.weight", [96, 64], tied.tensors[0].values))
    let diff = try diff(tied, written)
    #expect(diff.tiedHeads == ["lm_head.weight"])
    #expect(diff.account.kind == .restructured)
    #expect(diff.account.headline.contains("is written out in only one of the two"))
    #expect(try self.diff(tied, base).tiedHeads.isEmpty)
  }
}
