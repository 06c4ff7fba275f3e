import ModelFile
import Testing

@testable import Classification

@Suite struct LayerKindsTests {
  /// Layers of one head of 8 elements, with further keys.
  private func config(_ layers: Int, _ keys: [String: JSONValue]) -> [String: JSONValue] {
    [
      "num_hidden_layers": .integer(layers), "num_attention_heads": .integer(1),
      "head_dim": .integer(8), "hidden_size": .integer(8),
    ].merging(keys) { $1 }
  }

  private func integers(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }
  private func strings(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }

  private func layers(_ cache: KVCache?, _ matches: (KVCache.Group) -> Bool) -> Int {
    cache?.groups.filter(matches).reduce(0) { $0 + $1.layers } ?? -1
  }

  private func full(_ cache: KVCache?) -> Int {
    layers(cache) {
      if case .keysAndValues = $0.content { $0.reach == .context } else { false }
    }
  }

  private func states(_ cache: KVCache?) -> Int {
    layers(cache) { if case .state = $0.content { true } else { false } }
  }

  /// Llama 4 by an interval, by a list, and by the list that an empty one stands for.
  @Test(
    arguments: [
      [:], ["no_rope_layers": .array([])], ["no_rope_layer_interval": .integer(4)],
      ["no_rope_layers": .array((0..<48).map { .integer($0 % 4 == 3 ? 0 : 1) })],
    ] as [[String: JSONValue]])
  func llama4LooksAtEverythingInEveryFourthLayer(keys: [String: JSONValue]) {
    let text: [String: JSONValue] = [
      "model_type": .string("llama4_text"), "num_hidden_layers": .integer(48),
      "num_attention_heads": .integer(40), "num_key_value_heads": .integer(8),
      "head_dim": .integer(128), "hidden_size": .integer(5120),
      "attention_chunk_size": .integer(8192),
    ].merging(keys) { $1 }
    let cache = cache(["model_type": .string("llama4"), "text_config": .object(text)])
    #expect(full(cache) == 12)
    #expect(cache?.byteCount(context: 1 << 20, batch: 1, type: .fp16) == 52_747_567_104)
    #expect(cache?.unknown == [])
  }

  @Test func lfm2NumbersItsAttention() {
    let cache = cache(
      config(16, ["full_attn_idxs": integers([2, 5, 8, 10, 12, 14]), "conv_L_cache": .integer(3)]))
    #expect(full(cache) == 6)
    #expect(states(cache) == 10)
    #expect(cache?.groups.first?.content == .state(elements: 16))
  }

  @Test func kimiNumbersItsLayersFromOne() {
    let full = [4, 8, 12, 16, 20, 24, 27]
    let cache = cache(
      config(
        27,
        [
          "kv_lora_rank": .integer(512), "qk_rope_head_dim": .integer(64),
          "linear_attn_config": .object([
            "full_attn_layers": integers(full),
            "kda_layers": integers((1...26).filter { !full.contains($0) }),
            "head_dim": .integer(128), "num_heads": .integer(32),
            "short_conv_kernel_size": .integer(4),
          ]),
        ]))
    let state = 32 * 128 * 128 + 3 * 3 * 32 * 128
    #expect(
      cache?.groups == [
        .init(layers: 20, content: .state(elements: state)),
        .init(layers: 7, content: .latent(rank: 512, ropeLength: 64)),
      ])
  }

  @Test func crossAttentionKeepsAnImage() {
    var keys = config(40, ["cross_attention_layers": integers([3, 8, 13, 18, 23, 28, 33, 38])])
    let blind = cache(["text_config": .object(keys)])
    #expect(full(blind) == 32)
    #expect(blind?.unknown.contains { $0.contains("8 cross-attention layers") } == true)
    keys = [
      "text_config": .object(keys),
      "vision_config": .object([
        "image_size": .integer(560), "patch_size": .integer(14), "max_num_tiles": .integer(4),
      ]),
    ]
    let seeing = cache(keys)
    #expect(layers(seeing) { $0.reach == .fixed(4 * 1601) } == 8)
    #expect(seeing?.unknown == [])
  }

  @Test func hybridLayersKeepBoth() {
    let mamba: [String: JSONValue] = [
      "mamba_d_state": .integer(16), "mamba_d_conv": .integer(4), "mamba_d_ssm": .integer(32),
      "mamba_n_groups": .integer(1),
    ]
    let falcon = cache(config(4, mamba.merging(["model_type": .string("falcon_h1")]) { $1 }))
    #expect(full(falcon) == 4)
    let state = 32 * 16 + 3 * (32 + 32)
    #expect(falcon?.groups.first == .init(layers: 4, content: .state(elements: state)))
    let zamba = cache(
      config(
        6,
        mamba.merging([
          "layers_block_type": strings(["mamba", "mamba", "hybrid", "mamba", "mamba", "hybrid"])
        ]) { $1 }))
    #expect(full(zamba) == 2)
    #expect(states(zamba) == 6)
  }

  @Test func indexersKeepAKeyOfTheirOwn() {
    let cache = cache(
      config(
        61,
        [
          "kv_lora_rank": .integer(512), "qk_rope_head_dim": .integer(64),
          "index_head_dim": .integer(128),
        ]))
    #expect(cache?.byteCount(context: 4096, batch: 1, type: .fp16) == 351_797_248)
    #expect(cache?.assumptions.contains { $0.contains("indexer") } == true)
  }

  @Test func rwkvKeepsStatesOnly() {
    let four = cache(config(3, ["model_type": .string("rwkv")]))
    #expect(four?.groups == [.init(layers: 3, content: .state(elements: 5 * 8))])
    let six = cache(config(3, ["model_type": .string("rwkv6"), "head_size": .integer(4)]))
    #expect(six?.groups == [.init(layers: 3, content: .state(elements: 48))])
  }

  /// What a configuration says that cannot be, and the word by which it is named.
  @Test(
    arguments: [
      (
        ["layer_types": .array([.integer(1), .integer(1), .integer(0), .integer(0)])], "layer_types"
      ),
      (["layer_types": .array(Array(repeating: .string("foo"), count: 4))], "“foo”"),
      (["layer_types": .array([.string("full_attention")])], "1 entries for 4 layers"),
      (["attn_layer_period": .integer(4), "attn_layer_offset": .integer(9)], "attn_layer_offset"),
      (["num_kv_shared_layers": .integer(9)], "num_kv_shared_layers"),
    ] as [([String: JSONValue], String)])
  func whatCannotBeIsCountedAndNamed(keys: [String: JSONValue], words: String) {
    let cache = cache(config(4, keys), rows: [8, 8, 8, 8])
    #expect(full(cache) == 4)
    #expect(cache?.unknown.contains { $0.contains(words) } == true)
  }

  @Test func noLayersLeaveItToTheShapes() {
    var model = projections([8, 8])
    model.sidecars = [
      Sidecar(kind: .config, path: "config.json", content: .object(config(0, [:])))
    ]
    #expect(FitSubject(model).cache?.source == "tensor shapes")
  }

  @Test func tensorsContradictTheKinds() {
    func cache(_ names: [String], _ keys: [String: JSONValue]) -> KVCache? {
      let model = fitModel(
        names.flatMap { name in
          (0..<2).map { ("model.layers.\($0).\(name)", ElementType.bf16, [8, 8]) }
        })
      return KVCache(
        configuration: NetworkConfiguration(.object(config(2, keys))), rows: ProjectionRows(model))
    }
    let attention = ["self_attn.k_proj.weight", "self_attn.v_proj.weight"]
    let linear: [String: JSONValue] = [
      "layer_types": strings(["linear_attention", "linear_attention"]), "lru_width": .integer(8),
    ]
    #expect(cache(attention, linear)?.unknown.first?.contains("projections of both") == true)
    // Linear attention that has projections of keys and values beside its decay is none.
    #expect(cache(attention + ["self_attn.A_log"], linear)?.unknown == [])
    #expect(cache(["mamba.in_proj.weight"], [:])?.unknown.first?.contains("recurrence") == true)
    #expect(
      cache(attention + ["mamba.in_proj.weight"], [:])?.unknown.first?.contains("keep a state too")
        == true)
  }
}

@Suite struct LayerKindsOfGGUFTests {
  private func groups(_ name: String, _ keys: [String: MetadataValue]) -> [KVCache.Group]? {
    var all = [
      "block_count": number(4), "embedding_length": number(256), "attention.head_count": number(8),
      "attention.head_count_kv": number(2),
    ].merging(keys) { $1 }
    all = Dictionary(uniqueKeysWithValues: all.map { ("\(name).\($0)", $1) })
    all["general.architecture"] = .string(name)
    let model = fitModel([("output.weight", .f16, [512, 256])], metadata: all, format: .gguf)
    return GGUFKeys(model).flatMap { KVCache(keys: $0, rows: ProjectionRows(model)) }?.groups
  }

  private let mamba = [
    "ssm.state_size": number(16), "ssm.conv_kernel": number(4), "ssm.inner_size": number(512),
    "ssm.group_count": number(1),
  ]
  private let state = KVCache.Content.state(elements: 512 * 16 + 3 * (512 + 32))
  private let attention = KVCache.Content.keysAndValues(heads: 2, keyLength: 32, valueLength: 32)

  @Test func falconHasBothInEveryLayer() {
    #expect(
      groups("falcon-h1", mamba) == [
        .init(layers: 4, content: state), .init(layers: 4, content: attention),
      ])
  }

  @Test func feedForwardLayersOfNemotronKeepNothing() {
    let keys = mamba.merging([
      "attention.head_count_kv": numbers([0, 0, 2, 0]),
      "feed_forward_length": numbers([0, 512, 0, 0]),
    ]) { $1 }
    #expect(
      groups("nemotron_h", keys) == [
        .init(layers: 2, content: state), .init(layers: 1, content: attention),
      ])
  }

  @Test func shortConvolutionsOfLFM2AreStates() {
    let keys = [
      "attention.head_count_kv": numbers([0, 0, 2, 0]), "shortconv.l_cache": number(3),
    ]
    #expect(
      groups("lfm2", keys) == [
        .init(layers: 3, content: .state(elements: 2 * 256)), .init(layers: 1, content: attention),
      ])
  }

  @Test func rwkvHasNoHeads() {
    let keys = [
      "attention.head_count": number(0), "attention.head_count_kv": number(0),
      "wkv.head_size": number(64),
    ]
    let state = 64 * 256 + 2 * 256
    #expect(groups("rwkv6", keys) == [.init(layers: 4, content: .state(elements: state))])
  }

  @Test func kimiKeepsSquaresAndLatentVectors() {
    let keys = [
      "attention.head_count_kv": numbers([0, 0, 0, 1]), "ssm.conv_kernel": number(4),
      "kda.head_dim": number(32), "attention.kv_lora_rank": number(64),
      "rope.dimension_count": number(16), "attention.key_length_mla": number(48),
    ]
    let state = 8 * 32 * 32 + 3 * 3 * 8 * 32
    #expect(
      groups("kimi-linear", keys) == [
        .init(layers: 3, content: .state(elements: state)),
        .init(layers: 1, content: .latent(rank: 64, ropeLength: 16)),
      ])
  }
}
