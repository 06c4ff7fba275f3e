internal import ModelFile

// Weights that are stored as floats, without a scheme.

extension Compatibility {
  static func dense(_ subject: FitSubject) -> [Compatibility] {
    let isBF16 = subject.storage.first?.type == .bf16
    return (isBF16 ? bf16 : halves)
      + [
        Compatibility(.llamaCpp, .converts), Compatibility(.exllama, .native, .cuda(), "as FP16"),
        Compatibility(.comfyUI, .native, source: "ComfyUI: comfy/sd.py, load_diffusion_model"),
      ]
  }

  private static let halves = [
    Compatibility(.transformers, .native), Compatibility(.diffusers, .native),
    Compatibility(.vllm, .native, .cuda(from: 70, or: [.rocm, .xpu, .cpu])),
    Compatibility(.mlx, .native, .mlx), Compatibility(.tensorRT, .native, .cuda(from: 75)),
  ]

  /// BF16 where it is computed as such, and what becomes of it elsewhere: vLLM takes the first type
  /// that a device has (config/model.py, `_resolve_auto_dtype`).
  private static let bf16 = [
    Compatibility(.transformers, .native, .bf16, elsewhere: emulated),
    Compatibility(.transformers, .native, .any, noBF16),
    Compatibility(.diffusers, .native, .bf16, elsewhere: emulated),
    Compatibility(.diffusers, .native, .any, noBF16),
    Compatibility(
      .vllm, .native, .cuda(from: 80, or: [.rocm, .xpu]), elsewhere: "NVIDIA from 7.0 on as FP16"),
    Compatibility(.vllm, .native, .cuda(from: 70, to: 79), "as FP16: BF16 needs 8.0"),
    Compatibility(.vllm, .native, .any.on([.cpu]), "BF16 needs AVX512-BF16 or AMX"),
    Compatibility(.mlx, .native, .bf16.on([.apple, .cuda]), elsewhere: emulated),
    Compatibility(.mlx, .native, .mlx, noBF16),
    Compatibility(.tensorRT, .native, .cuda(from: 80), elsewhere: "from 7.5 on as FP16"),
    Compatibility(.tensorRT, .native, .cuda(from: 75, to: 79), "as FP16: BF16 needs 8.0"),
  ]

  private static let emulated = "elsewhere BF16 is emulated"
  private static let noBF16 =
    "BF16 is emulated below NVIDIA's 8.0, on an M1 and on CPUs without AVX512-BF16 or AMX: slower "
    + "than FP16"
}
