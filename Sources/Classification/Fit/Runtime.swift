/// A program that runs models; the raw value is what users write.
public enum Runtime: String, Sendable, Hashable, CaseIterable {
  case transformers
  case diffusers
  case vllm
  case llamaCpp = "llama.cpp"
  case mlx = "mlx-lm"
  case exllama
  case tensorRT = "tensorrt-llm"
  case nunchaku
  case comfyUI = "comfyui"

  /// The version that the table speaks of; `nil` where no single one was read.
  public var version: String? {
    switch self {
    case .transformers: "5.23"
    case .vllm: "0.33"
    case .mlx: "0.32"
    case .diffusers, .llamaCpp, .exllama, .tensorRT, .nunchaku, .comfyUI: nil
    }
  }

  /// The share of a device's memory that it takes and works within: vLLM's
  /// `gpu_memory_utilization`.
  public var usableMemoryShare: Double { self == .vllm ? 0.92 : 1 }
}

/// What a runtime does with a file.
public enum Support: String, Sendable, Hashable, CaseIterable {
  /// Loads it and computes with the weights as they are stored.
  case native
  /// Loads it, but keeps weights of 16 bits in memory.
  case dequantizes
  /// Needs the file converted to its own format first; weights keep their precision.
  case converts
  /// Needs the file converted to its own format first, which makes 16-bit weights of it.
  case convertsDequantized = "converts_dequantized"
  /// Loads it with a package of others.
  case plugin
  /// Loaded it in earlier versions.
  case removed
  /// Does not load it.
  case none
  /// Nothing reliable was found.
  case unknown

  /// Whether the file can be run, at least after a conversion.
  public var isUsable: Bool {
    switch self {
    case .native, .dequantizes, .converts, .convertsDequantized, .plugin: true
    case .removed, .none, .unknown: false
    }
  }

  /// Whether weights have 16 bits each in memory whatever the file stores.
  public var keepsDenseWeights: Bool { self == .dequantizes || self == .convertsDequantized }
}

/// One cell of the table of what loads what: of several for a scheme and a runtime the first whose
/// need is met holds.
public struct Compatibility: Sendable, Equatable {
  /// Who loads.
  public var runtime: Runtime
  /// What it does with the file.
  public var support: Support
  /// What it must run on.
  public var need: HardwareNeed
  /// With what, how far, or why not.
  public var note: String?
  /// What becomes of it on other hardware; part of the note where none was named.
  var elsewhere: String?
  /// Where it was read.
  public var source: String
  /// When it was read: year and month.
  public var date: String

  init(
    _ runtime: Runtime,
    _ support: Support,
    _ need: HardwareNeed = .any,
    _ note: String? = nil,
    elsewhere: String? = nil,
    source: String? = nil,
    date: String = "2026-11"
  ) {
    self.runtime = runtime
    self.support = support
    self.need = need
    self.note = note
    self.elsewhere = elsewhere
    self.source = source ?? Self.source(of: runtime)
    self.date = date
  }

  /// What was read for a runtime unless a cell says otherwise.
  private static func source(of runtime: Runtime) -> String {
    switch runtime {
    case .transformers: "transformers 5.23: docs/quantization/overview.md, quantizers' validators"
    case .diffusers: "diffusers: docs/source/en/quantization/overview.md"
    case .vllm: "vLLM 0.33: docs/features/quantization, get_min_capability"
    case .llamaCpp: "llama.cpp: conversion/base.py (convert_hf_to_gguf)"
    case .mlx: "mlx-lm: mlx_lm/utils.py"
    case .exllama: "exllamav2 and exllamav3: README"
    case .tensorRT: "TensorRT-LLM: docs, support matrix"
    case .nunchaku: "nunchaku: utils.py, check_hardware_compatibility"
    case .comfyUI: "ComfyUI: QUANTIZATION.md"
    }
  }
}
