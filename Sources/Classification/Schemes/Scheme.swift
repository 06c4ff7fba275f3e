/// A convention to store quantized, sparse or compressed weights in several tensors.
public enum Scheme: String, Sendable, Hashable, CaseIterable {
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
  case hqq, quanto, torchao
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
  case ggml
  case unknown = "unknown-packed"
}
