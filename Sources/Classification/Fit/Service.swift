/// Whether a runtime serves a kind of network at all, whatever its weights are stored as.
struct Service {
  /// `native` where the weights decide, else why not.
  var support: Support = .native
  /// How far, or what serves it instead.
  var note: String?
  /// The beginnings of the architectures' names that are served; empty for all.
  var architectures: [String] = []

  /// What was read of kinds of networks; of language models no table of architectures is kept.
  static let source =
    "the lists of supported models: vLLM 0.33, llama.cpp, mlx-lm, exllamav3, TensorRT-LLM; ComfyUI: "
    + "comfy/sd.py"

  /// What a runtime does with a model's kind of network.
  static func of(_ runtime: Runtime, for subject: FitSubject) -> Service {
    let service = table[subject.network]?[runtime] ?? Service()
    let name = subject.architecture?.lowercased() ?? ""
    let isListed =
      service.architectures.isEmpty || service.architectures.contains { name.hasPrefix($0) }
    return isListed ? service : Service(support: .none, note: service.note)
  }

  private static let languageOnly = Service(support: .none, note: "serves language models only")
  private static let silent = Service(support: .none)

  private static let table: [NetworkKind: [Runtime: Service]] = [
    .generator: [.diffusers: silent, .comfyUI: silent, .nunchaku: silent],
    .encoder: [
      .diffusers: silent, .nunchaku: silent, .mlx: languageOnly, .exllama: languageOnly,
      .vllm: Service(note: "some encoders, for vectors and labels"),
      .llamaCpp: Service(note: "BERT and its kin, for vectors"),
      .tensorRT: Service(support: .unknown, note: "BERT and RoBERTa are listed"),
      .comfyUI: Service(
        note: "as the text encoder of a diffusion network: CLIP and T5",
        architectures: ["clip", "t5", "umt5"]),
    ],
    .vision: [
      .diffusers: silent, .nunchaku: silent, .comfyUI: silent, .mlx: languageOnly,
      .exllama: languageOnly, .tensorRT: languageOnly,
      .vllm: Service(
        note: "of networks of images alone CLIP and SigLIP only, for vectors",
        architectures: ["clip", "siglip"]),
      .llamaCpp: Service(
        support: .none, note: "networks of images only as projectors beside a language model"),
    ],
    .audio: [
      .diffusers: silent, .nunchaku: silent, .comfyUI: silent, .mlx: languageOnly,
      .exllama: languageOnly, .tensorRT: languageOnly, .vllm: languageOnly,
      .llamaCpp: languageOnly,
    ],
    .diffusion: [
      .transformers: Service(support: .none, note: "diffusion networks are diffusers' part"),
      .vllm: languageOnly, .mlx: languageOnly, .exllama: languageOnly, .tensorRT: languageOnly,
      .llamaCpp: Service(
        support: .none, note: "diffusion networks are stable-diffusion.cpp's part"),
    ],
  ]
}
