import ModelFile
import TensorStats
import TestSupport
import Testing

@testable import Classification

/// What is said of models of which only a part differs, or was compared.
@Suite struct PartAccountTests {
  private let folder: TemporaryFolder
  private static let base = TinyLlama.make(seed: 41)
  private let base = Self.base

  init() throws { folder = try TemporaryFolder() }

  private func diff(_ a: TensorSet, _ b: TensorSet) throws -> Diff {
    ClassificationTests.diff(try a.write(folder, "a"), try b.write(folder, "b"))
  }

  private func gguf(_ name: String, _ tokens: [String]) throws -> Model {
    var builder = GGUFBuilder()
    builder.set("general.architecture", .string("llama"))
    builder.set("tokenizer.ggml.tokens", .array(.string, tokens.map { .string($0) }))
    builder.set(
      "tokenizer.ggml.scores", .array(.f32, tokens.indices.map { _ in .f32(.nan) }))
    builder.add("output_norm.weight", type: .f32, shape: [4], data: floatBytes([1, 2, 3, 4]))
    return Model.open(try folder.write(builder.bytes, to: "\(name).gguf"))
  }

  // MARK: - Metadata

  @Test func longArraysAreComparedToTheirEnd() throws {
    let tokens = (0..<300).map { "token \($0)" }
    var other = tokens
    other[250] = "tokem 250"
    let a = try gguf("a", tokens)
    #expect(ClassificationTests.diff(a, try gguf("same", tokens)).isSame)
    let diff = ClassificationTests.diff(a, try gguf("other", other))
    #expect(!diff.isSame)
    #expect(diff.metadata.map(\.key) == ["tokenizer.ggml.tokens"])
    // Characters that look the same are other bytes.
    other = tokens
    other[3] = "\u{E9}"
    let composed = try gguf("composed", other)
    other[3] = "e\u{301}"
    #expect(!ClassificationTests.diff(composed, try gguf("decomposed", other)).isSame)
  }

  // MARK: - Some tensors

  @Test func onlyNormsThatChangedAreNamed() throws {
    let diff = try diff(base, base.mapping("norm") { _, _, values in values.map { $0 * $0 + 0.1 } })
    #expect(diff.account.kind == .partlyChanged)
    #expect(
      diff.account.headline
        == "Only 7 of 30 tensors differ (norm): 7 changed; all others are the same.")
  }

  @Test func permutedTokensAreRowsInAnotherOrder() throws {
    let permuted = base.mapping("embed_tokens") { _, shape, values in
      (0..<shape[0]).flatMap { row in
        let source = row * 35 % shape[0]
        return values[source * shape[1]..<(source + 1) * shape[1]]
      }
    }
    let diff = try diff(base, permuted)
    #expect(diff.account.kind == .reordered)
    #expect(diff.account.headline.contains("all others are the same"))
  }

  @Test func normsThatChangedAreNotTheSame() throws {
    let order = (0..<128).map { $0 * 37 % 128 }
    let permuted = base.mapping("mlp") { _, shape, values in
      shape[0] == 128
        ? order.flatMap { values[$0 * 64..<($0 + 1) * 64] }
        : (0..<64).flatMap { row in order.map { values[row * 128 + $0] } }
    }
    let diff = try diff(
      base, permuted.mapping("norm") { _, _, values in values.map { $0 * $0 + 0.1 } })
    #expect(diff.account.kind == .reordered)
    #expect(diff.account.headline.contains("all other matrices are the same"))
  }

  @Test func weightsWithoutACounterpartWeighIn() throws {
    let foreign = TinyLlama.make(seed: 42).renamed { name in
      name.contains("layers") ? name.replacing("layers", with: "layers.x") : name
    }
    var other = TensorSet(tensors: foreign.tensors.filter { $0.name.contains("layers.x") })
    other.tensors += base.tensors.filter { !$0.name.contains("layers") }
    let both = try diff(base, other)
    #expect(both.account.kind == .mixed)
    #expect(both.account.headline.hasPrefix("Most weights have no counterpart: 27 tensors"))
    let less = try diff(base, base.renamed { $0.contains("gate_proj") ? nil : $0 })
    #expect(less.account.kind == .restructured)
    #expect(less.account.headline.hasPrefix("What both have is the same. 3 tensors with "))
    #expect(less.account.headline.contains("of the reference's weights are gone"))
  }

  @Test func bytesThatAreNoNumbersAreNamed() throws {
    func model(_ name: String, _ first: UInt8) throws -> Model {
      var builder = SafetensorsBuilder()
      builder.add("complex", "C64", [2], [first] + [UInt8](repeating: 1, count: 15))
      builder.add("w", "F32", [2], floatBytes([1, 2]))
      return Model.open(try folder.write(builder.bytes, to: "\(name).safetensors"))
    }
    let diff = ClassificationTests.diff(try model("a", 1), try model("b", 2))
    #expect(diff.account.kind == .partlyChanged)
    #expect(diff.account.headline.hasPrefix("The bytes of only 1 of 2 tensors differ"))
  }

  @Test func valuesThatOverflowAreTold() throws {
    var large = base
    large.tensors[4].values = large.tensors[4].values.enumerated().map {
      $0 % 4 == 0 ? 1e5 : $1
    }
    let diff = ClassificationTests.diff(
      try large.write(folder, "wide"), try large.write(folder, "narrow", as: .f16))
    #expect(
      diff.account.headline.contains("But 512 of 2048 values are not finite in one of the two"))
  }

  // MARK: - Some layers and heads

  @Test func layersWithoutASourceStayInTheirPlace() throws {
    let six = TinyLlama.make(seed: 43, layers: 6)
    let foreign = TinyLlama.make(seed: 44, layers: 8)
    func layers(_ sources: [Int?]) -> TensorSet {
      var set = TensorSet(tensors: six.tensors.filter { !$0.name.contains("layers") })
      for (layer, source) in sources.enumerated() {
        let from = source == nil ? foreign : six
        for tensor in from.tensors where tensor.name.contains("layers.\(source ?? layer).") {
          let rest = tensor.name.dropFirst("model.layers.0.".count)
          set.tensors.append(("model.layers.\(layer).\(rest)", tensor.shape, tensor.values))
        }
      }
      return set
    }
    let some = try diff(six, layers([0, 2, nil, 5])).account.headline
    #expect(some.contains("layers 0, 1 and 3 are its 0, 2, 5"))
    #expect(some.contains("2 resembles none of them"))
    let more = try diff(six, layers([0, 1, 2, 3, 4, 5, nil, nil])).account.headline
    #expect(more.hasPrefix("Layers 6 and 7 are new; layers 0–5 are the reference's"))
  }

  @Test func fewerHeadsAreANarrowerNetwork() throws {
    var narrow = base
    for index in narrow.tensors.indices where narrow.tensors[index].shape == [32, 64] {
      narrow.tensors[index].shape = [16, 64]
      narrow.tensors[index].values = Array(narrow.tensors[index].values.prefix(16 * 64))
    }
    let diff = try diff(base, narrow)
    #expect(diff.account.kind == .widthPruned)
    #expect(diff.account.headline.contains("6 matrices kept only the first rows"))
  }

  @Test func expertsOfOldFilesAreFound() throws {
    var weights = Weights(seed: 45)
    var hub = TensorSet()
    var builder = GGUFBuilder()
    builder.set("general.architecture", .string("llama"))
    for expert in 0..<2 {
      for (name, word) in [("w1", "gate"), ("w3", "up"), ("w2", "down")] {
        let values = weights.gaussian(32 * 32)
        hub.tensors.append(
          ("model.layers.0.block_sparse_moe.experts.\(expert).\(name).weight", [32, 32], values))
        builder.add(
          "blk.0.ffn_\(word).\(expert).weight", type: .f32, shape: [32, 32],
          data: floatBytes(values))
      }
    }
    let old = Model.open(try folder.write(builder.bytes, to: "old.gguf"))
    let diff = ClassificationTests.diff(try hub.write(folder, "hub"), old)
    #expect(diff.added.isEmpty && diff.removed.isEmpty)
    #expect(diff.tensors.allSatisfy { $0.kind == .identical })
  }

  @Test func twoUnreadableFilesAreNotTheSame() throws {
    let empty = Model.open(try folder.write([], to: "empty.safetensors"))
    let diff = ClassificationTests.diff(empty, empty)
    #expect(!diff.isSame)
    #expect(diff.account.kind == .unknown)
  }

  @Test func twoFormatsAreNotTheSame() throws {
    var set = TensorSet()
    set.tensors = [("output_norm.weight", [4], [1, 2, 3, 4])]
    var builder = GGUFBuilder()
    builder.set("general.architecture", .string("llama"))
    builder.add("output_norm.weight", type: .f32, shape: [4], data: floatBytes([1, 2, 3, 4]))
    let gguf = Model.open(try folder.write(builder.bytes, to: "norm.gguf"))
    let diff = ClassificationTests.diff(try set.write(folder, "norm"), gguf)
    #expect(!diff.isSame)
    #expect(diff.account.kind == .restructured)
    #expect(diff.account.headline.contains("the formats differ"))
  }

  // MARK: - Joined matrices

  /// Queries, keys and values, and gates and up-projections in one tensor each, as in Phi-3.
  private var joined: TensorSet {
    var set = TensorSet()
    func values(_ layer: Int, _ name: String) -> [Float] {
      base.tensors.first { $0.name == "model.layers.\(layer).\(name).weight" }?.values ?? []
    }
    for tensor in base.tensors {
      let layer = tensor.name.split(separator: ".").compactMap { Int($0) }.first ?? 0
      if tensor.name.contains("q_proj") {
        let parts = ["q", "k", "v"].flatMap { values(layer, "self_attn.\($0)_proj") }
        set.tensors.append(
          ("model.layers.\(layer).self_attn.qkv_proj.weight", [128, 64], parts))
      } else if tensor.name.contains("gate_proj") {
        let parts = ["gate", "up"].flatMap { values(layer, "mlp.\($0)_proj") }
        set.tensors.append(("model.layers.\(layer).mlp.gate_up_proj.weight", [256, 64], parts))
      } else if !["k_proj", "v_proj", "up_proj"].contains(where: tensor.name.contains) {
        set.tensors.append(tensor)
      }
    }
    return set
  }

  @Test func joinedMatricesAreComparedPartByPart() throws {
    for (a, b) in [(base, joined), (joined, base)] {
      let diff = try diff(a, b)
      #expect(diff.added.isEmpty && diff.removed.isEmpty)
      #expect(diff.tensors.allSatisfy { $0.kind == .identical })
      #expect(diff.account.kind == .restructured)
      #expect(
        diff.account.headline
          == "The numbers are the same; some matrices are joined in only one of the two.")
    }
  }

  @Test func joinedExpertsAreComparedOneByOne() throws {
    var weights = Weights(seed: 46)
    let experts = (0..<3).map { _ in
      (
        gate: weights.gaussian(32 * 64), up: weights.gaussian(32 * 64),
        down: weights.gaussian(32 * 64)
      )
    }
    let prefix = "model.layers.0.mlp.experts."
    var apart = TensorSet()
    for (number, expert) in experts.enumerated() {
      apart.tensors.append(("\(prefix)\(number).gate_proj.weight", [32, 64], expert.gate))
      apart.tensors.append(("\(prefix)\(number).up_proj.weight", [32, 64], expert.up))
      apart.tensors.append(("\(prefix)\(number).down_proj.weight", [64, 32], expert.down))
    }
    var stacked = TensorSet()
    stacked.tensors = [
      (prefix + "gate_up_proj", [3, 64, 64], experts.flatMap { $0.gate + $0.up }),
      (prefix + "down_proj", [3, 64, 32], experts.flatMap(\.down)),
    ]
    for (a, b) in [(apart, stacked), (stacked, apart)] {
      let same = try diff(a, b)
      #expect(same.tensors.count == 9)
      #expect(same.tensors.allSatisfy { $0.kind == .identical })
      #expect(same.added.isEmpty && same.removed.isEmpty)
    }
    let other = stacked.mapping("") { _, _, values in weights.gaussian(values.count) }
    let diff = try diff(apart, other)
    #expect(diff.account.kind != .restructured)
    #expect(diff.removed.count == 6 && diff.added == [prefix + "gate_up_proj"])
  }

  @Test func transposedExpertsAreCompared() throws {
    var weights = Weights(seed: 47)
    var apart = TensorSet()
    var values: [Float] = []
    for expert in 0..<3 {
      let down = weights.gaussian(64 * 32)
      apart.tensors.append(
        ("model.layers.0.mlp.experts.\(expert).down_proj.weight", [64, 32], down))
      values += (0..<64 * 32).map { down[$0 % 64 * 32 + $0 / 64] }
    }
    var stacked = TensorSet()
    stacked.tensors = [("model.layers.0.mlp.experts.down_proj", [3, 32, 64], values)]
    let diff = try diff(apart, stacked)
    #expect(diff.tensors.map(\.order) == [.transposed, .transposed, .transposed])
    #expect(diff.tensors.allSatisfy { $0.kind == .identical })
  }
}
