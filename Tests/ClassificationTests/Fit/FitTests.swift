import ModelFile
import Testing

@testable import Classification

@Suite struct MemoryNeedTests {
  @Test func agreesWithLlama8B() {
    let subject = FitSubject(llama8B)
    #expect(subject.parameters == 8_030_261_248)
    #expect(subject.weightBytes == 16_060_522_496)
    let need = Fit(subject, FitRequest(context: 8192)).need
    #expect(need.minimumBytes == 16_060_522_496 + 1 << 30)
    #expect(need.bytes(of: [.cache]) == 1 << 30)
    #expect(need.unknown == [])
  }

  @Test func agreesWithLlama8BInFourBits() {
    // Codes of 4 bits with scales of 16 for every 128, embedding, head and norms as they are.
    var model = llama8B
    for index in model.tensors.indices where model.tensors[index].name.contains("proj") {
      model.tensors[index].byteCount = model.tensors[index].elementCount / 128 * 66
    }
    let subject = FitSubject(
      model,
      scheme: "compressed-tensors",
      variant: "pack-quantized",
      parameters: 8_030_261_248
    )
    #expect(subject.weightBytes == 5_700_591_616)
  }

  @Test func agreesWithMiniMaxM2() {
    var model = fitModel(
      [("w", .f8e4m3, [230_121_630_720])],
      config: [
        "model_type": .string("minimax"), "num_hidden_layers": .integer(62),
        "num_attention_heads": .integer(48), "num_key_value_heads": .integer(8),
        "head_dim": .integer(128),
      ]
    )
    model.path = "MiniMax-M2"
    let fit = Fit(FitSubject(model), FitRequest(context: 196_608, cacheType: .fp8))
    #expect(fit.need.minimumBytes == 255_086_128_128)
  }

  /// What the configuration says of the cache, and the type that follows.
  @Test(
    arguments: [
      (
        [
          "kv_cache_scheme": .object(["num_bits": .integer(8), "type": .string("float")])
        ], CacheType.fp8, true
      ),
      (["kv_cache_quant_algo": .string("FP8")], .fp8, true),
      (["kv_cache_quant_algo": .string("NVFP4")], .fp16, false),
      (["kv_cache_scheme": .null, "fmt": .string("e4m3")], .fp16, nil),
    ] as [([String: JSONValue], CacheType, Bool?)])
  func cacheFollowsTheConfiguration(
    settings: [String: JSONValue], type: CacheType, isKnown: Bool?
  ) {
    let model = fitModel(
      [("w", .f8e4m3, [1])],
      config: [
        "model_type": .string("minimax_m2"), "num_hidden_layers": .integer(62),
        "num_attention_heads": .integer(48), "num_key_value_heads": .integer(8),
        "head_dim": .integer(128), "quantization_config": .object(settings),
        "max_position_embeddings": .integer(196_608),
      ]
    )
    let fit = Fit(FitSubject(model), FitRequest(context: 196_608))
    #expect(fit.cacheType == type)
    #expect(fit.need.bytes(of: [.cache]) == 24_964_497_408 * (type == .fp8 ? 1 : 2))
    #expect(fit.need.assumptions.count == (isKnown == true ? 1 : 0))
    #expect(fit.need.unknown.contains { $0.contains("NVFP4") } == (isKnown == false))
    let asked = Fit(FitSubject(model), FitRequest(context: 196_608, cacheType: .bf16))
    #expect(asked.need.bytes(of: [.cache]) == 24_964_497_408 * 2)
    #expect(asked.need.assumptions == [])
  }

  @Test func readsWhatModelOptSaysOfTheCache() {
    var model = llama8B
    model.sidecars.append(
      Sidecar(
        kind: .modelOptConfig, path: "hf_quant_config.json",
        content: .object([
          "quantization": .object(["kv_cache_quant_algo": .string("FP8")])
        ])))
    let fit = Fit(FitSubject(model), FitRequest(context: 8192))
    #expect(fit.need.bytes(of: [.cache]) == 1 << 29)
    #expect(fit.need.assumptions.first?.contains("hf_quant_config.json") == true)
  }

  @Test func embeddingsTellTheVocabulary() {
    let keys = fitModel(
      [("token_embd.weight", .f16, [512, 256])],
      metadata: ["general.architecture": .string("llama")], format: .gguf)
    #expect(FitSubject(keys).vocabularySize == 512)
    #expect(FitSubject(keys).hiddenSize == 256)
    var hub = llama8B
    hub.sidecars = []
    #expect(FitSubject(hub).vocabularySize == 128_256)
    #expect(FitSubject(hub).unknown == [])
  }

  @Test func namesTheContextThatItAssumes() {
    var config = llamaConfig
    config["max_position_embeddings"] = nil
    func need(_ key: String?, _ context: Int?) -> MemoryNeed {
      var config = config
      if let key { config[key] = .integer(2048) }
      return Fit(
        FitSubject(fitModel([("w", .f32, [4])], config: config)), FitRequest(context: context)
      )
      .need
    }
    #expect(need(nil, nil).assumptions.first?.hasPrefix("8192 tokens") == true)
    #expect(need(nil, 512).assumptions == [])
    #expect(need(nil, 512).unknown.contains { $0.contains("512 tokens") })
    #expect(need("max_context_length", nil).assumptions == [])
  }

  @Test func everyLineFollowsFromItsInputs() {
    for line in Fit(FitSubject(llama8B), FitRequest(context: 5000, batch: 3)).need.lines {
      let values = line.inputs.map(\.value)
      let bytes: Double? =
        switch line.item {
        case .weights: values[0]
        case .loading: values[0] * values[1]
        case .cache:
          values[0] * values[1] * values[2] * values[3] * (values[4] + values[5]) * values[6]
        case .working: max(values[0], 4 * values[1] * (values[2] + 4 * values[3]) * values[4])
        case .state: nil
        }
      #expect(line.bytes == bytes.map { Int($0) })
    }
  }

  @Test func namesWhatTheFileDoesNotTell() {
    let fit = Fit(FitSubject(fitModel([("w", .f32, [4, 4])])), FitRequest(memory: 1 << 34))
    #expect(fit.need.unknown.contains { $0.contains("key-value cache") })
    #expect(fit.largestContext == nil)
    #expect(fit.fits == true)
  }
}

@Suite struct FitTests {
  /// Each role but that of a model, with words that name it.
  @Test(arguments: [
    (FileRole.adapter, "base model"), (.delta, "difference"), (.vocabulary, "vocabulary"),
    (.importanceMatrix, "importance matrix"), (.projector, "projector"), (.part, "part"),
    (.embedding, "vectors"),
  ]) func whatIsNoModelIsNamedAndNotRun(role: FileRole, words: String) {
    let request = FitRequest(memory: 24 << 30)
    let fit = Fit(FitSubject(llama8B, role: role), request)
    #expect(fit.subject.obstacle?.contains(words) == true)
    #expect(fit.fits == nil)
    #expect(fit.need.totalBytes == nil)
    #expect(fit.need.minimumBytes == nil)
    #expect(fit.largestContext == nil)
    #expect(fit.runtimes == [])
    #expect(Recommendation([fit], request) == nil)
  }

  @Test func keysWithoutTensorsAreNoModel() {
    let model = fitModel(
      metadata: [
        "general.architecture": .string("llama"), "llama.block_count": number(4),
        "llama.embedding_length": number(256), "llama.attention.head_count": number(8),
        "llama.context_length": number(4096),
      ],
      format: .gguf)
    let fit = Fit(FitSubject(model, role: .other), FitRequest(memory: 24 << 30))
    #expect(fit.fits == nil)
    #expect(fit.runtimes == [])
  }

  @Test func nothingIsPromisedOfADamagedFile() {
    var model = llama8B
    model.problems = [Problem(.dataPastEnd, "the data ends early")]
    let request = FitRequest(memory: 24 << 30)
    for fit in [Fit(FitSubject(model), request), Fit(FitSubject(Model(path: "x")), request)] {
      #expect(fit.need.totalBytes == nil)
      #expect(fit.fits == nil)
      #expect(fit.runtimes == [])
    }
  }

  @Test func findsTheLargestContext() {
    let request = FitRequest(memory: 24 << 30, context: 8192)
    let fit = Fit(FitSubject(llama8B), request)
    #expect(fit.fits == true)
    let most = fit.largestContext ?? 0
    #expect((8192..<131_072).contains(most))
    func fits(_ tokens: Int) -> Bool? {
      Fit(FitSubject(llama8B), FitRequest(memory: 24 << 30, context: tokens)).fits
    }
    #expect(fits(most) == true)
    #expect(fits(most + 1) == false)
  }

  @Test func contextEndsWhereTheModelDoes() {
    let fit = Fit(FitSubject(llama8B), FitRequest(memory: 1 << 40))
    #expect(fit.largestContext == 131_072)
    #expect(Fit(FitSubject(llama8B), FitRequest(context: 200_000)).need.unknown.count == 1)
  }

  @Test func usualContextIsNoLongerThanTheModels() {
    var config = llamaConfig
    config["max_position_embeddings"] = .integer(2048)
    #expect(Fit(FitSubject(fitModel(config: config)), FitRequest()).context == 2048)
  }

  /// Of each scheme, what a runtime does with it on some hardware.
  @Test(
    arguments: [
      (nil, nil, Runtime.transformers, nil, Support.native),
      ("gptq", "v1", .vllm, "t4", .native),
      ("gptq", "v1", .vllm, "apple", .none),
      ("gptq", "v1", .llamaCpp, nil, .convertsDequantized),
      ("awq", "gemm", .llamaCpp, nil, .none),
      ("bnb-nf4", "nf4", .vllm, nil, .plugin),
      ("compressed-tensors", "sparse-24-bitmask", .vllm, nil, .removed),
      ("compressed-tensors", "marlin-24", .vllm, "a100", .removed),
      ("compressed-tensors", "int-quantized", .vllm, "h100", .native),
      ("compressed-tensors", "int-quantized", .vllm, "b200", .none),
      ("fp8-block", "weight_scale_inv", .transformers, "rtx-4090", .native),
      ("fp8-block", "weight_scale_inv", .transformers, "RTX 3090", .dequantizes),
      ("fp8-block", "weight_scale_inv", .vllm, "sm86", .native),
      ("modelopt", "NVFP4", .transformers, "h100", .none),
      ("modelopt", "NVFP4", .vllm, "h100", .native),
      ("mxfp4", "gpt-oss blocks", .llamaCpp, nil, .converts),
      ("mlx", "affine", .mlx, "m2", .native), ("mlx", "affine", .vllm, nil, .none),
      ("exl3", "trellis K=4", .exllama, "rtx3090", .native),
      // Ampere is best, not needed.
      ("exl2", "", .exllama, "t4", .native),
      ("svdquant", "int4 rank 16", .nunchaku, "h100", .none),
      ("svdquant", "int4 rank 16", .nunchaku, "rtx3090", .native),
      ("something-new", nil, .vllm, nil, .unknown),
    ] as [(String?, String?, Runtime, String?, Support)]
  )
  func runtimesDoWhatTheTableSays(
    scheme: String?,
    variant: String?,
    runtime: Runtime,
    hardware: String?,
    support: Support
  ) throws {
    let subject = FitSubject(llama8B, scheme: scheme, variant: variant, parameters: 8_030_261_248)
    let card = hardware.flatMap(Hardware.init)
    #expect((card == nil) == (hardware == nil))
    let fit = Fit(subject, FitRequest(runtime: runtime, hardware: card))
    #expect(fit.runtimes.map(\.compatibility.support) == [support])
    #expect(fit.runtimes.allSatisfy { !$0.compatibility.source.isEmpty })
  }

  /// Of packed codes of some width, what a runtime does with them.
  @Test(
    arguments: [
      ("gptq", "v1", 4.0, .llamaCpp, Support.convertsDequantized),
      ("gptq", "v1", 3, .llamaCpp, .none), ("gptq", "v1", 8, .llamaCpp, .convertsDequantized),
      ("gptq", "v1", 3, .exllama, .none), ("gptq", "v1", 4, .exllama, .native),
      ("gptq", "v1", 8, .exllama, .none), ("gptq", "v1", 3, .vllm, .native),
      ("gptq", "v1", 6, .vllm, .none), ("gptq", "v1", 4, .mlx, .none),
      ("gptq", "v1", 3, .tensorRT, .none), ("gptq", "planar", 4, .vllm, .none),
      ("awq", "gemm", 4, .exllama, .native), ("awq", "gemm", 8, .exllama, .none),
      ("awq", "gemm", 3, .vllm, .none), ("awq", "gemm", 4, .mlx, .native),
      ("compressed-tensors", "pack-quantized", 4, .vllm, .native),
      ("compressed-tensors", "pack-quantized", 8, .vllm, .native),
      ("compressed-tensors", "pack-quantized", 3, .vllm, .unknown),
      ("compressed-tensors", "pack-quantized", 3, .mlx, .none),
      ("compressed-tensors", "pack-quantized", 3, .llamaCpp, .convertsDequantized),
      ("compressed-tensors", "marlin-24", 4, .vllm, .removed),
    ] as [(String, String, Double, Runtime, Support)]
  )
  func widthsOfCodesDecide(
    scheme: String, variant: String, bits: Double, runtime: Runtime, support: Support
  ) {
    let codes = FitSubject.Codes(
      bits: bits, groupSize: 128, symmetric: true, hasGroupIndex: scheme == "gptq")
    let subject = FitSubject(
      llama8B, scheme: scheme, variant: variant, codes: codes, parameters: 8_030_261_248)
    let fit = Fit(subject, FitRequest(runtime: runtime))
    #expect(fit.runtimes.map(\.compatibility.support) == [support])
  }

  @Test func kernelsAndConvertersDependOnGroups() {
    func cell(
      _ scheme: String, _ runtime: Runtime, group: Int? = 128, symmetric: Bool = true,
      index: Bool = false
    ) -> Compatibility? {
      let subject = FitSubject(
        llama8B, scheme: scheme, variant: scheme == "gptq" ? "v1" : "pack-quantized",
        codes: .init(bits: 4, groupSize: group, symmetric: symmetric, hasGroupIndex: index),
        parameters: 1)
      return Compatibility.table(for: subject, on: nil).first { $0.runtime == runtime }
    }
    #expect(cell("gptq", .vllm)?.note == "Marlin kernels")
    #expect(cell("gptq", .vllm, symmetric: false)?.note?.contains("no Marlin") == true)
    #expect(cell("gptq", .vllm, group: 1024)?.note?.contains("no Marlin") == true)
    #expect(cell("gptq", .llamaCpp)?.support == Support.none)
    #expect(cell("gptq", .mlx)?.support == .native)
    #expect(cell("compressed-tensors", .llamaCpp, group: nil)?.support == Support.none)
    #expect(cell("compressed-tensors", .mlx)?.support == Support.none)
    #expect(cell("compressed-tensors", .mlx, group: 32)?.support == .unknown)
  }

  @Test func dequantizedWeightsTakeSixteenBits() {
    let model = fitModel(
      [("w", .f8e4m3, [1 << 32])],
      config: llamaConfig
    )
    let fit = Fit(
      FitSubject(model, scheme: "fp8", parameters: 1 << 32),
      FitRequest(memory: 9 << 30, context: 512, runtime: .transformers, hardware: Hardware("a100"))
    )
    #expect(fit.fits == true)
    #expect(fit.runtimes[0].weightBytes == 8 << 30)
    #expect(fit.runtimes[0].fits == true)
    #expect(fit.runtimes[0].totalBytes ?? 0 > fit.need.totalBytes ?? 0)
  }

  @Test func unknownHardwareIsRefused() {
    #expect(Hardware("toaster") == nil)
    #expect(Hardware("cuda") == nil)
    #expect(Hardware("sm89")?.capability == 89)
  }
}
