internal import ModelFile

extension Compatibility {
  /// What each runtime does with a model, on some hardware or at best.
  ///
  /// A runtime without a cell does not load the scheme; one that does not serve the kind of network
  /// does not load it however its weights are stored.
  public static func table(for subject: FitSubject, on hardware: Hardware?) -> [Compatibility] {
    let cells = cells(for: subject)
    return Runtime.allCases.map { runtime in
      let own = cells.filter { $0.runtime == runtime }
      let service = Service.of(runtime, for: subject)
      guard let best = own.first, service.support.isUsable else {
        return own.isEmpty && service.support.isUsable
          ? Compatibility(runtime, .none)
          : Compatibility(runtime, service.support, .any, service.note, source: Service.source)
      }
      var cell = best
      if let hardware {
        let need = own.dropFirst().reduce(best.need) { $0.union($1.need) }
        cell =
          own.first { $0.need.isMet(by: hardware) }
          ?? Compatibility(
            runtime, .none, need, "needs \(need.description ?? "other hardware")",
            source: best.source, date: best.date)
      }
      let extra = [
        hardware == nil ? cell.elsewhere : nil, cell.support.isUsable ? service.note : nil,
      ]
      cell.note = ([cell.note] + extra).compactMap(\.self).reduce(nil) { notes, note in
        notes.map { "\($0); \(note)" } ?? note
      }
      return cell
    }
  }

  private static func cells(for subject: FitSubject) -> [Compatibility] {
    if subject.format == .gguf { return gguf(subject) }
    guard let scheme = subject.scheme else { return dense(subject) }
    let variant = subject.variant?.lowercased() ?? ""
    return switch scheme {
    case "gptq": gptq(subject.codes, variant)
    case "awq": awq(subject.codes)
    case "bnb-nf4", "bnb-fp4", "bnb-int8": bitsandbytes
    case "compressed-tensors": compressedTensors(variant, subject.codes)
    case "fp8-block", "fp8", "fp8-tensor", "fbgemm-fp8": scheme == "fbgemm-fp8" ? fbgemm : fp8
    case "modelopt" where variant.contains("nvfp4"): nvfp4
    case "modelopt": modelOptInt4
    case "mxfp4": mxfp4
    case "mlx": mlx
    case "exl2", "exl3": [Compatibility(.exllama, .native, .cuda(), exllamaNote(scheme))]
    case "aqlm", "vptq", "higgs", "spqr": research
    case "quip#": [Compatibility(.transformers, .plugin, .cuda(), "with QuIP#'s own fork")]
    case "hqq": [Compatibility(.transformers, .native)]
    case "quanto": [Compatibility(.transformers, .native), Compatibility(.diffusers, .native)]
    case "torchao": torchao
    case "svdquant": svdQuant(variant)
    case "comfy-quant", "comfy-fp8-scaled": comfy(variant)
    case "bitnet": bitnet
    case "dfloat11", "zipnn": losslessContainers(scheme)
    default: Runtime.allCases.map { Compatibility($0, .unknown, source: "no source") }
    }
  }

  // MARK: - Rows

  /// ggml's types; those of forks load in their forks only.
  private static func gguf(_ subject: FitSubject) -> [Compatibility] {
    let foreign = subject.storage.first { $0.type.family == .foreign || $0.type == .i2S }
    if let foreign {
      let fork = foreign.type == .i2S ? "bitnet.cpp" : "the fork that wrote it"
      return [Compatibility(.llamaCpp, .none, .any, "\(foreign.type.name) needs \(fork)")]
    }
    return [
      Compatibility(.llamaCpp, .native, .any, source: "llama.cpp: README"),
      Compatibility(.transformers, .dequantizes, .any, "gguf_file="),
      Compatibility(.vllm, .plugin, .servers, "vllm-gguf-plugin"),
      Compatibility(.mlx, .unknown, .mlx, "some types only"),
      Compatibility(.diffusers, .dequantizes, .any, "GGUFQuantizationConfig, as it computes"),
      Compatibility(.comfyUI, .plugin, .any, "ComfyUI-GGUF", source: "ComfyUI-GGUF: README"),
    ]
  }

  private static let bitsandbytes = [
    Compatibility(.diffusers, .native, .cuda(or: [.xpu, .cpu])),
    Compatibility(.transformers, .native, .cuda(or: [.xpu, .cpu])),
    Compatibility(.vllm, .plugin, .cuda(from: 70), "vllm-bnb-plugin"),
  ]

  private static func compressedTensors(
    _ variant: String, _ codes: FitSubject.Codes?
  ) -> [Compatibility] {
    if variant.contains("sparse") || variant.contains("24") || variant.contains("bitmask") {
      return [
        Compatibility(
          .transformers,
          .removed,
          .cuda(from: 80),
          "with compressed-tensors 0.14 or older",
          source: "compressed-tensors 0.15: sparse formats removed"
        ),
        Compatibility(.vllm, .removed, .cuda(from: 80), "raises since sparse formats were removed"),
      ]
    }
    if variant.contains("nvfp4") { return nvfp4 }
    if variant.contains("mxfp8") {
      return [
        Compatibility(.vllm, .native, .cuda(from: 100), "8-bit activations"),
        Compatibility(.vllm, .native, .cuda(from: 75, to: 99), "16-bit activations"),
        Compatibility(.tensorRT, .unknown, .cuda(from: 100)),
      ]
    }
    if variant.contains("mxfp4") {
      return [
        Compatibility(.transformers, .native), Compatibility(.vllm, .native, .cuda(from: 80)),
      ]
    }
    if variant.contains("float") { return fp8 }
    if variant.contains("pack") { return packed(codes) }
    return [
      Compatibility(.transformers, .native),
      Compatibility(
        .vllm,
        .native,
        .cuda(from: 75, to: 99, or: [.cpu]),
        "8-bit activations; not on Blackwell",
        source: "vLLM 0.33: docs/features/quantization/int8_w8a8.md"
      ),
      Compatibility(.llamaCpp, .convertsDequantized),
    ]
  }

  private static let fp8 = [
    Compatibility(.transformers, .native, .cuda(from: 89), elsewhere: "elsewhere as 16-bit"),
    Compatibility(.transformers, .dequantizes, .cuda(to: 88), "below compute capability 8.9"),
    Compatibility(.transformers, .dequantizes, .any, "its FP8 kernels are NVIDIA's"),
    Compatibility(.vllm, .native, .cuda(from: 89, or: [.rocm]), "8-bit activations"),
    Compatibility(.vllm, .native, .cuda(from: 75, to: 88), "16-bit activations, Marlin kernels"),
    Compatibility(.llamaCpp, .convertsDequantized, .any, "or to Q8_0"),
    Compatibility(.tensorRT, .native, .cuda(from: 89)),
    Compatibility(.comfyUI, .native, .cuda(from: 89), "FP8 arithmetic"),
    Compatibility(.comfyUI, .dequantizes),
  ]

  private static let fbgemm = [
    Compatibility(.transformers, .native, .cuda(from: 90)),
    Compatibility(.vllm, .native, .cuda(from: 80), "deprecated"),
  ]

  private static let mxfp4 = [
    Compatibility(.transformers, .native, .cuda(from: 75, or: [.cpu]), "with triton kernels"),
    Compatibility(.transformers, .dequantizes),
    Compatibility(.vllm, .native, .cuda(from: 80), "FP4 arithmetic on Blackwell only"),
    Compatibility(.llamaCpp, .converts, .any, "to its own MXFP4"),
    Compatibility(.mlx, .native, .mlx), Compatibility(.tensorRT, .native, .cuda(from: 90)),
  ]

  private static let nvfp4 = [
    Compatibility(.transformers, .native, .cuda(from: 100)),
    Compatibility(.vllm, .native, .cuda(from: 100)),
    Compatibility(.vllm, .native, .cuda(from: 75, to: 99), "16-bit activations, Marlin kernels"),
    Compatibility(.llamaCpp, .converts, .any, "to its own NVFP4"),
    Compatibility(.mlx, .native, .mlx, "its nvfp4 mode"),
    Compatibility(.tensorRT, .native, .cuda(from: 100)),
  ]

  private static let modelOptInt4 = [
    Compatibility(.vllm, .native, .cuda(from: 75)),
    Compatibility(.tensorRT, .native, .cuda(from: 75), "W4A16"),
  ]

  private static let mlx = [
    Compatibility(.mlx, .native, .mlx, source: "mlx-lm: README"),
    Compatibility(.transformers, .none, .any, "its Metal method names tensors otherwise"),
  ]

  private static let research = [
    Compatibility(.transformers, .plugin, .cuda(), "with the scheme's own package"),
    Compatibility(.vllm, .removed, .cuda()),
  ]

  private static let torchao = [
    Compatibility(.transformers, .native, .cuda(or: [.cpu, .apple])),
    Compatibility(.diffusers, .native, .cuda(or: [.cpu, .apple])),
    Compatibility(.vllm, .native, .cuda(from: 75)),
  ]

  private static func svdQuant(_ variant: String) -> [Compatibility] {
    let isFloat = variant.contains("fp4")
    let need: HardwareNeed = isFloat ? .cuda(from: 120, to: 121) : .cuda(from: 75, to: 89)
    return [
      Compatibility(.nunchaku, .native, need, "neither Hopper nor compute capability 10.0"),
      Compatibility(.comfyUI, .plugin, need, "with nunchaku"),
    ]
  }

  /// ComfyUI computes with codes where the hardware multiplies them (QUANTIZATION.md): 8-bit integers
  /// from Turing on, 8-bit floats from Ada on, 4-bit floats and microscaling from Blackwell on.
  private static func comfy(_ variant: String) -> [Compatibility] {
    let kinds: [(String, Int, String)] = [
      ("int8", 75, "INT8 arithmetic"), ("nvfp4", 100, "FP4 arithmetic"),
      ("mxfp8", 100, "MXFP8 arithmetic"), ("", 89, "FP8 arithmetic"),
    ]
    let kind = kinds.first { $0.0.isEmpty || variant.contains($0.0) }
    return [
      Compatibility(.comfyUI, .native, .cuda(from: kind?.1 ?? 89), kind?.2),
      Compatibility(.comfyUI, .dequantizes),
    ]
  }

  private static let bitnet = [
    Compatibility(.transformers, .native),
    Compatibility(.llamaCpp, .converts, .any, "to TQ1_0 or TQ2_0; bitnet.cpp to I2_S"),
    Compatibility(.mlx, .native, .mlx),
  ]

  private static func losslessContainers(_ scheme: String) -> [Compatibility] {
    let need: HardwareNeed = scheme == "dfloat11" ? .cuda() : .any
    return [
      Compatibility(.transformers, .plugin, need, "with the package \(scheme)"),
      Compatibility(.vllm, .plugin, need),
    ]
  }

  private static func exllamaNote(_ scheme: String) -> String {
    scheme == "exl2" ? "ExLlamaV2; best from Ampere on" : "ExLlamaV3; best from Ampere on"
  }
}
