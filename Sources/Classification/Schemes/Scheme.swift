/// A convention to store quantized, sparse or compressed weights in several tensors.
public enum Scheme: String, Sendable, Hashable, CaseIterable, Explained {
  case gptq, awq, marlin, paroquant, qqq, quark
  case bnbNF4 = "bnb-nf4"
  case bnbFP4 = "bnb-fp4"
  case bnbInt8 = "bnb-int8"
  case compressedTensors = "compressed-tensors"
  case fp8Block = "fp8-block"
  case fp8
  case fbgemmFP8 = "fbgemm-fp8"
  case fp4
  case int8
  case modelopt
  case mxfp4
  case mlx, metal
  case hqq, sinq, quanto, torchao
  case aqlm, vptq
  case quipSharp = "quip#"
  case exl2, exl3, spqr, higgs
  case fpQuant = "fp-quant"
  case eetq, bitnet
  case gemma = "gemma-quant"
  case svdquant
  case comfyFP8 = "comfy-fp8-scaled"
  case comfyQuant = "comfy-quant"
  case dfloat11, zipnn
  case csr, coo
  case mask = "pruning-mask"
  case ggml
  case unknown = "unknown-packed"

  /// A paragraph for `inspect explain`.
  public var explanation: String {
    switch self {
    case .gptq:
      "GPTQ: integer codes of 2 to 8 bits in groups along the inputs, found by "
        + "error compensation. v1 files store the zero point less one, v2 files the "
        + "zero point itself; planar files store the bits of every 32 codes apart."
    case .awq:
      "AWQ: 4-bit codes with zero points, after scaling channels by their "
        + "activations."
    case .marlin:
      "GPTQ or AWQ codes stored in the order of the Marlin kernels."
    case .paroquant:
      "Codes in the layout of AWQ or GPTQ after pairwise rotations of the "
        + "inputs."
    case .qqq:
      "QQQ: 4-bit weights for 8-bit activations."
    case .quark:
      "AMD Quark: int4, int8, fp8, nvfp4 or OCP microscaling with 4 or 6 bits."
    case .bnbNF4:
      "bitsandbytes NF4: a table of 16 values for Gaussian weights, a scale for "
        + "every 64."
    case .bnbFP4:
      "bitsandbytes FP4: a table of 16 float-like values, a scale for every 64."
    case .bnbInt8:
      "bitsandbytes LLM.int8(): codes of 8 bits with a scale for each row."
    case .compressedTensors:
      "compressed-tensors, the format of llm-compressor and vLLM: several "
        + "layouts under one name; the variant tells which."
    case .fp8Block:
      "FP8 with one scale for each tile of 128 × 128, as DeepSeek trains it."
    case .fp8:
      "FP8 with one scale for each tensor or row, or cast without any."
    case .fbgemmFP8:
      "FP8 with a scale for each row, as Meta releases it."
    case .fp4:
      "E2M1 floats, two in a byte, with an exponent for every 32."
    case .int8:
      "Whole numbers of 8 bits, without any scale beside them or with the scales of "
        + "a writer that is not known here."
    case .modelopt:
      "NVIDIA ModelOpt: NVFP4, INT4-AWQ, FP8."
    case .mxfp4:
      "Microscaling FP4: E2M1 codes with an exponent for every 32, as gpt-oss "
        + "has its experts."
    case .mlx:
      "MLX: codes of 2 to 8 bits, scale and bias for each group."
    case .metal:
      "MLX's layout as transformers writes it."
    case .hqq:
      "HQQ: codes with float zero points, fitted without data."
    case .sinq:
      "SINQ: HQQ's layout with scales of outputs and of inputs, which are codes themselves."
    case .quanto:
      "optimum-quanto: codes of 2, 4 or 8 bits, or FP8."
    case .torchao:
      "torchao: tensors taken apart, described in the metadata; the variant is torchao's name "
        + "of the tensor or of what made it."
    case .aqlm:
      "AQLM: sums of codebook entries, each for a group of weights."
    case .vptq:
      "VPTQ: one codebook entry for each vector of weights."
    case .quipSharp:
      "QuIP#: lattice codes after random rotations."
    case .exl2:
      "ExLlamaV2: groups of inputs with codes of 2 to 8 bits, more where a layer is sensitive; bits "
        + "is the width that most weights have."
    case .exl3:
      "ExLlamaV3: trellis codes after rotations."
    case .spqr:
      "SpQR: 3-bit codes with sparse outliers; the weights are not sparse."
    case .higgs:
      "HIGGS: grid codes after Hadamard rotations."
    case .fpQuant:
      "FP-Quant: E2M1 codes after Hadamard rotations."
    case .eetq:
      "EETQ: 8-bit codes in the order of its kernels."
    case .bitnet:
      "BitNet: weights of −1, 0 and 1, four in a byte, one scale for all. About "
        + "42 % are zero by nature."
    case .gemma:
      "Codes with scales for each row and fixed scales for activations."
    case .svdquant:
      "SVDQuant: a low-rank branch in 16 bits and what it leaves over in 4. "
        + "Zeros of the rest say nothing of the weights."
    case .comfyFP8:
      "ComfyUI's first FP8 files: a scale for each tensor and one sentinel for "
        + "the file."
    case .comfyQuant:
      "ComfyUI's files that describe each layer."
    case .dfloat11:
      "DFloat11: BF16 with Huffman-coded exponents, about 11 bits, without any "
        + "loss."
    case .zipnn:
      "ZipNN: compressed without any loss."
    case .csr:
      "Compressed sparse rows."
    case .coo:
      "Sparse coordinates."
    case .mask:
      "PyTorch's pruning, not made permanent: all weights with a mask beside them, which says the "
        + "zeros."
    case .ggml:
      "The block types of ggml; the variant is the type of most weights."
    case .unknown:
      "Bytes that are clearly packed codes, in no convention that is known "
        + "here."
    }
  }
}
