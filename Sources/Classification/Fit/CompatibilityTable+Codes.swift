// Schemes of which a runtime takes some widths of codes only. Where the codes are not known, what is
// said holds for 4 bits.

extension Compatibility {
  static func gptq(_ codes: FitSubject.Codes?, _ variant: String) -> [Compatibility] {
    if variant == "planar" {
      return [
        Compatibility(.transformers, .native, .any, "with gptqmodel"),
        Compatibility(.llamaCpp, .none, .any, "its bit planes are not known to the converter"),
      ]
    }
    let bits = codes?.bits ?? 4
    return [Compatibility(.transformers, .native, .any, "with gptqmodel")]
      + vllmGPTQ(codes)
      + [
        gptqToGGUF(codes, bits), gptqInMLX(codes, bits), exllama(bits),
        bits == 4 || bits == 8
          ? Compatibility(.tensorRT, .unknown, .cuda(from: 75), "by import of the checkpoint")
          : Compatibility(.tensorRT, .none),
      ]
  }

  /// vLLM's Marlin kernels take symmetric codes of 4 and 8 bits (`gptq_marlin.py`, `TYPE_MAP`) in
  /// groups of 32, 64, 128 or whole channels; others run on the slower kernels of `gptq.py`, which
  /// take 2, 3, 4 and 8 bits.
  private static func vllmGPTQ(_ codes: FitSubject.Codes?) -> [Compatibility] {
    let slow = "float16 only, no Marlin kernels"
    guard let codes else {
      return [
        Compatibility(.vllm, .native, .cuda(from: 75, or: [.cpu]), "Marlin kernels"),
        Compatibility(.vllm, .native, .cuda(from: 60, to: 74), slow),
      ]
    }
    guard [2, 3, 4, 8].contains(codes.bits) else {
      return [Compatibility(.vllm, .none, .any, "2, 3, 4 and 8 bits only")]
    }
    guard codes.takesMarlin else {
      return [Compatibility(.vllm, .native, .cuda(from: 60), slow)]
    }
    return [
      Compatibility(.vllm, .native, .cuda(from: 75, or: [.cpu]), "Marlin kernels"),
      Compatibility(.vllm, .native, .cuda(from: 60, to: 74), slow),
    ]
  }

  private static func gptqToGGUF(_ codes: FitSubject.Codes?, _ bits: Double) -> Compatibility {
    guard [2, 4, 8].contains(bits) else {
      return Compatibility(.llamaCpp, .none, .any, "2, 4 and 8 bits only")
    }
    guard codes?.hasGroupIndex ?? true else {
      return Compatibility(.llamaCpp, .none, .any, "the converter needs g_idx")
    }
    return Compatibility(.llamaCpp, .convertsDequantized, .any, "2, 4 and 8 bits, with g_idx")
  }

  private static func gptqInMLX(_ codes: FitSubject.Codes?, _ bits: Double) -> Compatibility {
    let source = "mlx-lm: mlx_lm/utils.py, _transform_awq_weights"
    guard bits == 4 else {
      return Compatibility(.mlx, .none, .any, "4 bits only", source: source)
    }
    guard codes?.hasGroupIndex != true else {
      return Compatibility(.mlx, .none, .any, "files with g_idx are refused", source: source)
    }
    return Compatibility(.mlx, .native, .mlx, "4 bits without g_idx", source: source)
  }

  /// ExLlamaV2 takes GPTQ and AWQ of 4 bits besides its own types.
  private static func exllama(_ bits: Double) -> Compatibility {
    bits == 4
      ? Compatibility(.exllama, .native, .cuda(), "ExLlamaV2, 4 bits")
      : Compatibility(.exllama, .none, .any, "4 bits only")
  }

  /// AutoAWQ's kernels, vLLM's `awq.py` and mlx-lm's transformation are for 4 bits; vLLM's Marlin
  /// kernels take 8 too.
  static func awq(_ codes: FitSubject.Codes?) -> [Compatibility] {
    let bits = codes?.bits ?? 4
    guard bits == 4 else {
      let runtimes: [Runtime] = bits == 8 ? [.transformers, .mlx] : [.transformers, .vllm, .mlx]
      let others = runtimes.map { Compatibility($0, .none, .any, "4 bits only") }
      return others + [exllama(bits)]
        + (bits == 8 ? [Compatibility(.vllm, .native, .cuda(from: 75), "Marlin kernels")] : [])
    }
    return [
      Compatibility(.transformers, .native, .any, "wants fp16 activations"),
      Compatibility(.vllm, .native, .cuda(from: 75, or: [.xpu, .cpu])),
      Compatibility(.llamaCpp, .none), Compatibility(.mlx, .native, .mlx), exllama(bits),
      Compatibility(.tensorRT, .native, .cuda(from: 75), "W4A16"),
    ]
  }

  /// compressed-tensors' `pack-quantized`.
  static func packed(_ codes: FitSubject.Codes?) -> [Compatibility] {
    [Compatibility(.transformers, .native), packedInVLLM(codes), packedToGGUF(codes)]
      + [packedInMLX(codes)]
  }

  private static func packedInVLLM(_ codes: FitSubject.Codes?) -> Compatibility {
    let source = "vLLM: compressed_tensors_wNa16.py, WNA16_SUPPORTED_TYPES_MAP"
    guard let codes, codes.bits != 4, codes.bits != 8 else {
      return Compatibility(.vllm, .native, .cuda(from: 75), "Marlin kernels", source: source)
    }
    guard codes.symmetric != false else {
      return Compatibility(
        .vllm, .none, .any, "4 and 8 bits only, with zero points", source: source)
    }
    return Compatibility(
      .vllm, .unknown, .cuda(from: 75), "4 and 8 bits; the newest sources list other widths too",
      source: source)
  }

  private static func packedToGGUF(_ codes: FitSubject.Codes?) -> Compatibility {
    if let codes, codes.groupSize == nil {
      return Compatibility(.llamaCpp, .none, .any, "groups only, and this has one scale per row")
    }
    return Compatibility(.llamaCpp, .convertsDequantized, .any, "groups only")
  }

  private static func packedInMLX(_ codes: FitSubject.Codes?) -> Compatibility {
    if let codes, codes.bits != 4 || codes.groupSize != 32 {
      return Compatibility(
        .mlx, .none, .any, "taken for its own affine 4 bits of groups of 32, which it is not")
    }
    return Compatibility(
      .mlx, .unknown, .mlx, "taken for its own affine 4 bits of groups of 32")
  }
}

extension FitSubject.Codes {
  /// Whether vLLM's Marlin kernels take them (`marlin_utils.py`, `MARLIN_SUPPORTED_GROUP_SIZES`).
  fileprivate var takesMarlin: Bool {
    (bits == 4 || bits == 8) && symmetric != false
      && (groupSize.map { [32, 64, 128].contains($0) } ?? true)
  }
}
