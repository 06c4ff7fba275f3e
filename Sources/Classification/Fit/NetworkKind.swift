internal import ModelFile

/// What a network makes, as far as memory and runtimes depend on it; the raw value is what reports
/// write.
public enum NetworkKind: String, Sendable, Hashable, CaseIterable {
  /// Text, token by token, with a memory of what it has read: language models, and whatever is not
  /// known to be something else.
  case generator
  /// Vectors or labels of a whole text at once.
  case encoder
  /// Vectors, labels or boxes of images, also beside those of texts.
  case vision
  /// Vectors, text or sound from sound, at once.
  case audio
  /// Images, films or sound, in steps that each work on the whole.
  case diffusion

  /// Whether keys and values, or states, of earlier tokens are kept.
  public var keepsCache: Bool { self == .generator }
  /// Whether what is read is a text of some number of tokens.
  public var readsTokens: Bool { self == .generator || self == .encoder }

  /// What stands in the place of a cache, in words.
  var described: String {
    switch self {
    case .generator: "a language model"
    case .encoder: "an encoder of text"
    case .vision: "a network of images"
    case .audio: "a network of sound"
    case .diffusion: "a diffusion network"
    }
  }
}

extension NetworkKind {
  /// Tells it from the scheme of the weights, else from the configuration, else from GGUF's
  /// architecture, else from tensor names.
  init(_ model: Model, scheme: String? = nil) {
    if let scheme, Self.diffusionSchemes.contains(scheme) {
      self = .diffusion
    } else if let config = model.sidecar(.config) {
      self = Self.kind(config: config, model) ?? .generator
    } else if let name = model[metadata: "general.architecture"]?.string {
      self = Self.ofArchitecture[name] ?? .generator
      if self == .generator, case .bool(false) = model[metadata: "\(name).attention.causal"] {
        self = .encoder
      }
    } else {
      self =
        Self.looksLikeDiffusion(model)
        ? .diffusion : Self.looksLikeConvolutions(model) ? .vision : .generator
    }
  }

  /// nunchaku and ComfyUI write them for diffusion networks and the text encoders that belong to them.
  private static let diffusionSchemes: Set<String> = [
    "svdquant", "comfy-quant", "comfy-fp8-scaled",
  ]

  private static func kind(config: JSONValue, _ model: Model) -> NetworkKind? {
    // diffusers names the class of each part of a pipeline, transformers the type of the model.
    if config["model_type"] == nil, config["_class_name"]?.string != nil { return .diffusion }
    let text = NetworkConfiguration(config)
    if text["is_decoder"]?.bool == true { return nil }
    let classes = config["architectures"]?.array?.compactMap(\.string) ?? []
    // A text encoder that was cut out of T5 keeps T5's configuration.
    if classes.contains(where: { $0.hasSuffix("EncoderModel") }) { return .encoder }
    let isHalf =
      text["is_encoder_decoder"]?.bool == true
      && model.tensors.contains { $0.name.contains("encoder.") }
      && !model.tensors.contains { $0.name.contains("decoder") }
    if isHalf { return .encoder }
    let names = [config["model_type"]?.string, text.name].compactMap(\.self)
    if let kind = names.lazy.compactMap({ ofModelType[$0] }).first { return kind }
    return names.contains { $0.hasSuffix("_vision_model") } ? .vision : nil
  }

  /// Single files of diffusion networks as their authors, diffusers and ComfyUI name them.
  private static func looksLikeDiffusion(_ model: Model) -> Bool {
    let places = [
      "model.diffusion_model.", "diffusion_model.", "double_blocks.", "single_blocks.",
      "joint_blocks.", "down_blocks.", "up_blocks.", "mid_block.", "transformer_blocks.",
      "single_transformer_blocks.", "first_stage_model.", "input_blocks.",
    ]
    return model.tensors.contains { tensor in places.contains { tensor.name.hasPrefix($0) } }
  }

  /// Most weights lie in kernels of two dimensions, which no language model has.
  private static func looksLikeConvolutions(_ model: Model) -> Bool {
    var (kernels, all) = (0, 0)
    for tensor in model.tensors {
      all = all.addingClamped(tensor.elementCount)
      if tensor.shape.count == 4 { kernels = kernels.addingClamped(tensor.elementCount) }
    }
    return kernels > all - kernels
  }

  private static func table(_ lists: [(NetworkKind, String)]) -> [String: NetworkKind] {
    lists.reduce(into: [:]) { table, list in
      for name in list.1.split(whereSeparator: \.isWhitespace) { table[String(name)] = list.0 }
    }
  }

  /// The model types of transformers 5 whose networks read everything at once
  /// (docs/source/en/model_doc, and the `modeling_*.py` without a cache).
  private static let ofModelType = table([
    (
      .encoder,
      """
      albert bert bert-generation-encoder big_bird bigbird camembert canine convbert data2vec-text
      deberta deberta-v2 distilbert electra ernie ernie_m esm eurobert flaubert fnet funnel ibert
      jina_bert jina_embeddings_v3 layoutlm layoutlmv2 layoutlmv3 lilt longformer luke markuplm
      megatron-bert mobilebert modernbert mpnet mra neobert new nezha nomic_bert nystromformer
      qdqbert rembert roberta roberta-prelayernorm roc_bert roformer splinter squeezebert t5encoder
      tapas umt5encoder xlm-roberta xlm-roberta-xl xmod yoso clip_text_model siglip_text_model
      siglip2_text_model chinese_clip_text_model
      """
    ),
    (
      .vision,
      """
      aimv2 align altclip beit bit chinese_clip clip clip_vision_model clipseg conditional_detr
      convnext convnextv2 cvt d_fine dab-detr data2vec-vision deformable_detr deit depth_anything
      depth_pro deta detr dinat dinov2 dinov2_with_registers dinov3_convnext dinov3_vit dpt
      efficientnet eomt flava focalnet glpn grounding-dino groupvit hgnet_v2 hiera ijepa levit
      lxmert mask2former maskformer metaclip_2 mobilenet_v1 mobilenet_v2 mobilevit mobilevitv2
      oneformer owlv2 owlvit poolformer prompt_depth_anything pvt pvt_v2 regnet resnet rt_detr
      rt_detr_v2 sam sam2 sam_hq segformer seggpt siglip siglip2 siglip_vision_model superglue
      superpoint swiftformer swin swin2sr swinv2 table-transformer timesformer timm_backbone
      timm_wrapper upernet videomae vilt visual_bert vit vit_hybrid vit_mae vit_msn vitdet
      vitmatte vitpose vitpose_backbone vivit vjepa2 xclip yolos zoedepth
      """
    ),
    (
      .audio,
      """
      audio-spectrogram-transformer clap dac data2vec-audio encodec fastspeech2_conformer hubert
      mctct mimi parakeet_ctc parakeet_encoder sew sew-d unispeech unispeech-sat univnet vits
      wav2vec2 wav2vec2-bert wav2vec2-conformer wavlm xcodec
      """
    ),
  ])

  /// GGUF's architectures without a cache: those for which llama.cpp makes none
  /// (src/llama-model.cpp, `create_memory`), of which Dream, LLaDA and RND1 fill in a whole text, and
  /// those of ComfyUI-GGUF and stable-diffusion.cpp.
  private static let ofArchitecture = table([
    (
      .encoder,
      """
      bert dream eurobert gemma-embedding jina-bert-v2 jina-bert-v3 llada llada-moe modern-bert
      neo-bert nomic-bert nomic-bert-moe rnd1 t5encoder
      """
    ),
    (.vision, "clip"), (.audio, "wavtokenizer-dec"),
    (
      .diffusion,
      """
      aura cosmos flux hidream hyvid ltxv lumina2 pixart qwen_image sd1 sd3 sdxl wan z_image
      """
    ),
  ])
}
