import ModelFile
import Testing

@testable import Classification

@Suite struct KVCacheTests {
  @Test func countsGroupedHeads() {
    let cache = cache(llamaConfig)
    #expect(cache?.byteCount(context: 1, batch: 1, type: .fp16) == 131_072)
    #expect(cache?.byteCount(context: 8192, batch: 1, type: .fp16) == 1 << 30)
    #expect(cache?.byteCount(context: 131_072, batch: 1, type: .bf16) == 16 << 30)
    #expect(cache?.byteCount(context: 8192, batch: 3, type: .fp8) == 3 << 29)
  }

  @Test func countsBlocksOfQuantizedCaches() {
    let cache = cache(llamaConfig)
    // 2 × 32 layers × 8 heads × 128 elements, 34 or 18 bytes for each 32.
    #expect(cache?.byteCount(context: 1, batch: 1, type: .q8_0) == 65536 / 32 * 34)
    #expect(cache?.byteCount(context: 1, batch: 1, type: .q4_0) == 65536 / 32 * 18)
  }

  @Test func agreesWithMiniMaxM2() {
    let cache = cache([
      "model_type": .string("minimax"), "num_hidden_layers": .integer(62),
      "num_attention_heads": .integer(48), "num_key_value_heads": .integer(8),
      "head_dim": .integer(128), "hidden_size": .integer(3072),
      "attn_type_list": .array(Array(repeating: .integer(1), count: 62)),
    ])
    #expect(cache?.byteCount(context: 196_608, batch: 1, type: .fp8) == 24_964_497_408)
  }

  @Test func keepsOneLatentVectorForDeepSeek() {
    let cache = cache([
      "model_type": .string("deepseek_v3"), "num_hidden_layers": .integer(61),
      "num_attention_heads": .integer(128), "num_key_value_heads": .integer(128),
      "hidden_size": .integer(7168), "kv_lora_rank": .integer(512),
      "qk_rope_head_dim": .integer(64), "v_head_dim": .integer(128),
    ])
    #expect(cache?.byteCount(context: 1, batch: 1, type: .bf16) == 70_272)
    #expect(cache?.byteCount(context: 131_072, batch: 1, type: .bf16) == 9_210_691_584)
  }

  @Test func readsTheLanguageModelOfACompositeOne() {
    let cache = cache(["model_type": .string("llava"), "text_config": .object(llamaConfig)])
    #expect(cache?.byteCount(context: 1, batch: 1, type: .fp16) == 131_072)
  }

  @Test func declaredHeadSizeBeatsTheQuotient() {
    let cache = cache([
      "num_hidden_layers": .integer(2), "num_attention_heads": .integer(8),
      "hidden_size": .integer(1024), "head_dim": .integer(256),
    ])
    #expect(
      cache?.groups == [
        .init(layers: 2, content: .keysAndValues(heads: 8, keyLength: 256, valueLength: 256))
      ]
    )
  }

  /// Each configuration's layers with a window, of 12 with a window of 4 tokens.
  @Test(arguments: [
    ("mistral", [String: JSONValue](), 12), ("gemma2", [:], 6), ("gemma3_text", [:], 10),
    ("cohere2", [:], 9), ("qwen2", ["use_sliding_window": .bool(false)], 0),
    ("qwen2", ["use_sliding_window": .bool(true), "max_window_layers": .integer(8)], 4),
    ("x", ["sliding_window_pattern": .integer(3)], 8),
    ("exaone4", ["sliding_window_pattern": .string("LLLG")], 9),
    (
      "gpt_oss",
      [
        "layer_types": .array(
          (0..<12).map { .string($0 < 5 ? "sliding_attention" : "full_attention") }
        )
      ], 5
    ),
  ]) func findsLayersWithAWindow(name: String, keys: [String: JSONValue], layers: Int) {
    var config: [String: JSONValue] = [
      "model_type": .string(name), "num_hidden_layers": .integer(12),
      "num_attention_heads": .integer(1), "head_dim": .integer(8), "hidden_size": .integer(8),
      "sliding_window": .integer(4),
    ]
    config.merge(keys) { $1 }
    let groups = cache(config)?.groups ?? []
    #expect(groups.filter { $0.reach == .window(4) }.reduce(0) { $0 + $1.layers } == layers)
    // 16 elements of 2 bytes: ten tokens in full layers, four in the others.
    #expect(
      cache(config)?.byteCount(context: 10, batch: 1, type: .fp16)
        == 32 * (layers * 4 + (12 - layers) * 10)
    )
  }

  @Test func hybridLayersKeepAState() {
    let cache = cache([
      "model_type": .string("qwen3_next"), "num_hidden_layers": .integer(48),
      "full_attention_interval": .integer(4), "num_attention_heads": .integer(16),
      "num_key_value_heads": .integer(2), "head_dim": .integer(256),
      "hidden_size": .integer(2048), "linear_num_value_heads": .integer(32),
      "linear_num_key_heads": .integer(16), "linear_key_head_dim": .integer(128),
      "linear_value_head_dim": .integer(128), "linear_conv_kernel_dim": .integer(4),
    ])
    #expect(
      cache?.groups == [
        .init(
          layers: 36,
          content: .state(elements: 32 * 128 * 128 + 3 * (2 * 16 * 128 + 32 * 128))
        ),
        .init(layers: 12, content: .keysAndValues(heads: 2, keyLength: 256, valueLength: 256)),
      ]
    )
  }

  @Test func namesAStateWhoseSizeIsNotTold() {
    let cache = cache([
      "num_hidden_layers": .integer(4), "attn_layer_period": .integer(4),
      "attn_layer_offset": .integer(3), "num_attention_heads": .integer(4),
      "hidden_size": .integer(64),
    ])
    #expect(cache?.groups.map(\.layers) == [1])
    #expect(cache?.unknown.first?.contains("3 recurrent layers") == true)
  }

  @Test func layersOfSearchedNetworksDiffer() {
    let attention: [JSONValue] = [
      .object(["n_heads_in_group": .integer(8)]), .object(["n_heads_in_group": .null]),
      .object(["n_heads_in_group": .integer(4)]),
    ]
    let cache = cache([
      "num_hidden_layers": .integer(3), "num_attention_heads": .integer(32),
      "hidden_size": .integer(4096),
      "block_configs": .array(attention.map { .object(["attention": $0]) }),
    ])
    #expect(
      cache?.groups.map(\.content) == [
        .keysAndValues(heads: 4, keyLength: 128, valueLength: 128),
        .keysAndValues(heads: 8, keyLength: 128, valueLength: 128),
      ]
    )
  }

  @Test func sharedLayersKeepNothing() {
    var config = llamaConfig
    config["num_kv_shared_layers"] = .integer(12)
    #expect(cache(config)?.groups.map(\.layers) == [20])
  }

  @Test func projectionsTellHeadsThatAreNotDeclared() {
    var config: [String: JSONValue] = [
      "num_hidden_layers": .integer(2), "num_attention_heads": .integer(8),
      "hidden_size": .integer(256),
    ]
    let usual = cache(config)
    #expect(
      usual?.groups.map(\.content) == [.keysAndValues(heads: 8, keyLength: 32, valueLength: 32)])
    #expect(usual?.assumptions == [])
    let measured = cache(config, rows: [64, 64])
    #expect(
      measured?.groups.map(\.content)
        == [.keysAndValues(heads: 2, keyLength: 32, valueLength: 32)])
    #expect(measured?.assumptions.first?.contains("64 rows") == true)
    // Runtimes follow what is declared; that tensors differ is told.
    config["num_key_value_heads"] = .integer(4)
    config["head_dim"] = .integer(32)
    let declared = cache(config, rows: [64, 64])
    #expect(
      declared?.groups.map(\.content)
        == [.keysAndValues(heads: 4, keyLength: 32, valueLength: 32)])
    #expect(declared?.unknown.first?.contains("declared heads") == true)
    // The length of a head is not declared, and the usual one does not make the rows.
    config["head_dim"] = nil
    #expect(
      cache(config, rows: [256, 256])?.groups.map(\.content)
        == [.keysAndValues(heads: 4, keyLength: 64, valueLength: 64)])
  }

  @Test func towersOfImagesDoNotTellHeads() {
    var model = projections([64, 64], stack: "model.language_model.layers")
    model.tensors +=
      projections(
        [128, 128, 128], stack: "model.vision_tower.encoder.layers"
      ).tensors
    #expect(
      ProjectionRows(model).pairs == [
        0: .init(keys: 64, values: 64), 1: .init(keys: 64, values: 64),
      ])
  }

  @Test func recurrentGemmaLooksAtAWindow() {
    let cache = cache([
      "model_type": .string("recurrent_gemma"), "num_hidden_layers": .integer(4),
      "num_attention_heads": .integer(8), "num_key_value_heads": .integer(2),
      "head_dim": .integer(32), "hidden_size": .integer(256), "lru_width": .integer(320),
      "attention_window_size": .integer(2048),
      "block_types": .array(["recurrent", "recurrent", "attention"].map(JSONValue.string)),
    ])
    #expect(
      cache?.groups == [
        .init(layers: 3, content: .state(elements: 320 * 4)),
        .init(
          layers: 1, content: .keysAndValues(heads: 2, keyLength: 32, valueLength: 32),
          reach: .window(2048)),
      ])
  }

  @Test func decodersKeepTheEncodersOutput() {
    let cache = cache([
      "model_type": .string("whisper"), "is_encoder_decoder": .bool(true),
      "decoder_layers": .integer(2), "decoder_attention_heads": .integer(20),
      "d_model": .integer(1280), "max_source_positions": .integer(1500),
    ])
    #expect(cache?.groups.map(\.reach) == [.context, .fixed(1500)])
    #expect(
      cache?.byteCount(context: 10, batch: 1, type: .fp16) == 2 * (10 + 1500) * 2 * 1280 * 2
    )
  }

  @Test func refusesNumbersThatDoNotFit() {
    var config = llamaConfig
    config["head_dim"] = .integer(.max)
    #expect(cache(config)?.byteCount(context: 8, batch: 1, type: .fp16) == nil)
    config["num_hidden_layers"] = .integer(.max)
    #expect(cache(config) == nil)
    config["num_hidden_layers"] = .integer(-3)
    #expect(cache(config) == nil)
  }
}

@Suite struct KVCacheOfGGUFTests {
  private func cache(
    _ keys: [String: MetadataValue], _ name: String = "llama", rows: [Int] = []
  ) -> KVCache? {
    var metadata = Dictionary(uniqueKeysWithValues: keys.map { ("\(name).\($0)", $1) })
    metadata["general.architecture"] = .string(name)
    var tensors: [(name: String, type: ElementType, shape: [UInt64])] = []
    for (layer, rows) in rows.enumerated() {
      for name in ["attn_k", "attn_v"] {
        tensors.append(("blk.\(layer).\(name).weight", .q8_0, [UInt64(rows), 4096]))
      }
    }
    return GGUFKeys(fitModel(tensors, metadata: metadata, format: .gguf)).flatMap {
      KVCache(keys: $0, rows: ProjectionRows($0.model))
    }
  }

  private let llama = [
    "block_count": number(32), "embedding_length": number(4096),
    "attention.head_count": number(32), "attention.head_count_kv": number(8),
  ]

  @Test func countsGroupedHeads() {
    #expect(cache(llama)?.byteCount(context: 8192, batch: 1, type: .fp16) == 1 << 30)
  }

  /// T5's heads times their size need not be the width, and its decoder keeps what the encoder made.
  @Test func decodersKeepTheEncodersOutput() {
    let cache = cache(
      [
        "block_count": number(12), "decoder_block_count": number(6),
        "embedding_length": number(512), "attention.head_count": number(6),
        "attention.key_length": number(64), "attention.value_length": number(64),
      ], "t5", rows: [384, 384])
    #expect(
      cache?.byteCount(context: 100, batch: 1, type: .fp16) == 6 * (100 + 100) * 2 * 6 * 64 * 2)
  }

  @Test func headSizeNeedNotDivideTheEmbedding() {
    var keys = llama
    keys["attention.key_length"] = number(256)
    keys["attention.value_length"] = number(64)
    #expect(cache(keys)?.byteCount(context: 1, batch: 1, type: .fp8) == 32 * 8 * 320)
  }

  @Test func headsMayDifferByLayer() {
    var keys = llama
    keys["attention.head_count_kv"] = numbers((0..<32).map { $0 % 2 == 0 ? 4 : 8 })
    #expect(cache(keys)?.groups.map(\.layers) == [16, 16])
  }

  @Test(arguments: [("gemma2", 16), ("gemma3", 27), ("gpt-oss", 16), ("unheard-of", 0)])
  func architecturesHaveTheirWindows(name: String, layers: Int) {
    var keys = llama
    keys["attention.sliding_window"] = number(1024)
    let cache = cache(keys, name)
    #expect(
      cache?.groups.filter { $0.reach == .window(1024) }.reduce(0) { $0 + $1.layers } == layers
    )
    #expect((cache?.unknown.isEmpty == false) == (layers == 0))
  }

  @Test func latentAttentionNeedsItsOwnKeys() {
    var keys = llama
    keys["attention.kv_lora_rank"] = number(512)
    keys["rope.dimension_count"] = number(64)
    keys["attention.key_length"] = number(192)
    keys["attention.value_length"] = number(128)
    // An old conversion: keys and values are expanded.
    #expect(cache(keys)?.byteCount(context: 1, batch: 1, type: .fp8) == 32 * 8 * 320)
    keys["attention.key_length_mla"] = number(192)
    #expect(cache(keys)?.byteCount(context: 1, batch: 1, type: .fp16) == 32 * 576 * 2)
  }

  @Test func layersWithoutHeadsKeepAState() {
    var keys = llama
    keys["attention.head_count_kv"] = numbers((0..<32).map { $0 % 8 == 7 ? 8 : 0 })
    keys["ssm.conv_kernel"] = number(4)
    keys["ssm.inner_size"] = number(8192)
    keys["ssm.state_size"] = number(16)
    #expect(
      cache(keys)?.groups == [
        .init(layers: 28, content: .state(elements: 8192 * 16 + 3 * 8192)),
        .init(layers: 4, content: .keysAndValues(heads: 8, keyLength: 128, valueLength: 128)),
      ]
    )
  }

  /// Heads that are no number for each layer, or zero everywhere.
  @Test(arguments: [numbers([8, 8, 8]), number(0), numbers(Array(repeating: 0, count: 32))])
  func projectionsTellHeadsThatKeysDoNot(heads: MetadataValue) {
    var keys = llama
    keys["attention.head_count_kv"] = heads
    let cache = cache(keys, rows: Array(repeating: 512, count: 32))
    #expect(cache?.byteCount(context: 1, batch: 1, type: .fp16) == 32 * 2 * 512 * 2)
    #expect(cache?.assumptions.first?.contains("512 rows") == true)
    #expect(self.cache(keys) == nil)
  }

  @Test func zeroHeadsOfSomeLayersAreMeant() {
    var keys = llama
    keys["attention.head_count_kv"] = numbers((0..<32).map { $0 % 2 == 0 ? 0 : 8 })
    let cache = cache(keys, rows: Array(repeating: 1024, count: 32))
    #expect(cache?.groups.map(\.layers) == [16])
  }

  @Test func shapesTellWhatKeysDoNot() {
    let model = fitModel(
      [
        ("blk.0.attn_k.weight", .q4K, [1024, 4096]), ("blk.0.attn_v.weight", .q6K, [512, 4096]),
        ("blk.1.attn_k.weight", .q4K, [1024, 4096]), ("blk.1.attn_v.weight", .q6K, [512, 4096]),
        ("blk.1.attn_q.weight", .q6K, [4096, 4096]),
      ],
      format: .gguf
    )
    let cache = FitSubject(model).cache
    #expect(cache?.source == "tensor shapes")
    #expect(cache?.byteCount(context: 1, batch: 1, type: .fp16) == 2 * 1536 * 2)
  }
}
