import ModelFile
import Testing

@testable import Classification

@Suite struct NetworkKindTests {
  private func config(_ name: String, _ keys: [String: JSONValue] = [:]) -> Model {
    var config: [String: JSONValue] = [
      "model_type": .string(name), "num_hidden_layers": .integer(4), "hidden_size": .integer(256),
      "num_attention_heads": .integer(8), "vocab_size": .integer(512),
      "max_position_embeddings": .integer(512),
    ]
    config.merge(keys) { $1 }
    return fitModel([("w", .f32, [256, 256])], config: config)
  }

  @Test(
    arguments: [
      ("bert", .encoder), ("distilbert", .encoder), ("t5encoder", .encoder), ("vit", .vision),
      ("clip", .vision), ("siglip", .vision), ("dinov2", .vision), ("swin", .vision),
      ("detr", .vision), ("wav2vec2", .audio), ("hubert", .audio),
    ] as [(String, NetworkKind)])
  func networksThatReadEverythingAtOnceKeepNothing(name: String, kind: NetworkKind) {
    let fit = Fit(FitSubject(config(name)), FitRequest(memory: 24 << 30))
    #expect(fit.subject.network == kind)
    #expect(fit.subject.cache?.groups == [])
    #expect(fit.need.bytes(of: [.cache, .state]) == 0)
    #expect(fit.largestContext == nil)
    #expect(fit.fits == true)
    #expect(kind == .encoder || fit.need.assumptions == [])
    #expect(kind == .encoder || fit.need.unknown.first?.contains("working memory") == true)
  }

  @Test func partsOfCompositeNetworksDecide() {
    let clip = config(
      "clip",
      ["text_config": .object(["hidden_size": .integer(512)]), "vision_config": .object([:])])
    #expect(NetworkKind(clip) == .vision)
    // A language model that sees, or a decoder of BERT's build, keeps its cache.
    #expect(
      NetworkKind(config("llava", ["text_config": .object(["model_type": .string("llama")])]))
        == .generator)
    #expect(NetworkKind(config("bert", ["is_decoder": .bool(true)])) == .generator)
  }

  @Test func halvesOfEncoderAndDecoderAreEncoders() {
    let t5: [String: JSONValue] = ["is_encoder_decoder": .bool(true)]
    var model = config("t5", t5)
    #expect(NetworkKind(model) == .generator)
    model.tensors +=
      fitModel([("encoder.block.0.layer.0.SelfAttention.k.weight", .f32, [8, 8])])
      .tensors
    #expect(NetworkKind(model) == .encoder)
    model.tensors +=
      fitModel([("decoder.block.0.layer.0.SelfAttention.k.weight", .f32, [8, 8])])
      .tensors
    #expect(NetworkKind(model) == .generator)
    let cut = config(
      "t5", t5.merging(["architectures": .array([.string("T5EncoderModel")])]) { $1 })
    #expect(NetworkKind(cut) == .encoder)
  }

  @Test(arguments: [
    ("t5encoder", NetworkKind.encoder), ("bert", .encoder), ("flux", .diffusion),
    ("llama", .generator),
  ]) func architecturesOfGGUFTell(name: String, kind: NetworkKind) {
    let model = fitModel(
      [("blk.0.attn_k.weight", .f16, [64, 256]), ("blk.0.attn_v.weight", .f16, [64, 256])],
      metadata: ["general.architecture": .string(name)], format: .gguf)
    let subject = FitSubject(model)
    #expect(subject.network == kind)
    #expect((subject.cache?.groups == []) == (kind != .generator))
  }

  @Test func diffusionNetworksAreSeen() {
    let unet = fitModel(
      [("down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_k.weight", .f16, [320, 320])],
      config: ["_class_name": .string("UNet2DConditionModel")])
    #expect(NetworkKind(unet) == .diffusion)
    var bare = unet
    bare.sidecars = []
    #expect(NetworkKind(bare) == .diffusion)
    #expect(FitSubject(bare).unknown.allSatisfy { !$0.contains("key-value") })
    #expect(Fit(FitSubject(unet), FitRequest()).need.assumptions == [])
    #expect(FitSubject(unet).architecture == "UNet2DConditionModel")
  }

  @Test func runtimesDoNotServeOtherNetworks() {
    func cell(_ model: Model, _ runtime: Runtime) -> Compatibility? {
      Compatibility.table(for: FitSubject(model), on: nil).first { $0.runtime == runtime }
    }
    let unet = fitModel(
      [("w", .f16, [320, 320])], config: ["_class_name": .string("UNet2DConditionModel")])
    for runtime in [Runtime.vllm, .exllama, .tensorRT, .mlx, .llamaCpp, .transformers] {
      #expect(cell(unet, runtime)?.support == Support.none)
      #expect(cell(unet, runtime)?.note != nil)
    }
    #expect(cell(unet, .diffusers)?.support == .native)
    #expect(cell(unet, .comfyUI)?.support == .native)
    #expect(cell(config("vit"), .transformers)?.support == .native)
    #expect(cell(config("vit"), .vllm)?.support == Support.none)
    #expect(cell(config("clip"), .vllm)?.support == .native)
    #expect(cell(config("hubert"), .llamaCpp)?.support == Support.none)
    #expect(cell(config("bert"), .mlx)?.support == Support.none)
    #expect(cell(llama8B, .comfyUI)?.support == Support.none)
    #expect(cell(llama8B, .vllm)?.support == .native)
  }
}

@Suite struct HardwareCellTests {
  private func cell(
    _ runtime: Runtime, _ hardware: String, scheme: String? = nil, variant: String? = nil,
    type: ElementType = .bf16
  ) -> Compatibility? {
    let model = fitModel([("w", type, [64, 64])], config: llamaConfig)
    let subject = FitSubject(model, scheme: scheme, variant: variant, parameters: 4096)
    return Compatibility.table(for: subject, on: Hardware(hardware)).first { $0.runtime == runtime }
  }

  @Test func bf16NeedsHardwareThatHasIt() {
    for runtime in [Runtime.transformers, .vllm, .mlx] {
      #expect(cell(runtime, "a100")?.note == nil)
    }
    for hardware in ["v100", "t4", "sm60", "m1", "cpu"] {
      #expect(cell(.transformers, hardware)?.note?.contains("BF16 is emulated") == true)
    }
    #expect(cell(.transformers, "m2")?.note == nil)
    #expect(cell(.vllm, "t4")?.note?.contains("as FP16") == true)
    #expect(cell(.vllm, "h100")?.support == .native)
    #expect(cell(.vllm, "sm60")?.support == Support.none)
    // What is needed at least, not at best.
    #expect(cell(.vllm, "sm60")?.note?.contains("7.0+") == true)
    #expect(cell(.tensorRT, "v100")?.note == "needs NVIDIA compute capability 7.5+")
    let best = Compatibility.table(for: FitSubject(llama8B), on: nil)
    #expect(best.first { $0.runtime == .transformers }?.note == "elsewhere BF16 is emulated")
    #expect(cell(.tensorRT, "t4")?.note?.contains("as FP16") == true)
    #expect(cell(.mlx, "m1")?.note?.contains("emulated") == true)
    #expect(cell(.transformers, "t4", type: .f16)?.note == nil)
    #expect(HardwareNeed.bf16.description?.contains("Apple M2+") == true)
  }

  @Test func fp8IsDequantizedForTheRightReason() {
    #expect(
      cell(.transformers, "t4", scheme: "fp8")?.note == "below compute capability 8.9")
    for hardware in ["mi300x", "cpu", "apple"] {
      let found = cell(.transformers, hardware, scheme: "fp8")
      #expect(found?.support == .dequantizes)
      #expect(found?.note?.contains("capability") == false)
    }
  }

  @Test(arguments: [
    ("int8_tensorwise convrot", "t4", "INT8 arithmetic"),
    ("float8_e4m3fn", "rtx4090", "FP8 arithmetic"),
    ("nvfp4", "rtx5090", "FP4 arithmetic"),
  ]) func comfyComputesWithItsCodes(variant: String, hardware: String, note: String) {
    #expect(cell(.comfyUI, hardware, scheme: "comfy-quant", variant: variant)?.note == note)
  }
}
