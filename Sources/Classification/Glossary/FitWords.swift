// The words of `inspect fit`, explained.

extension Support: Explained {
  /// A paragraph for `inspect explain`.
  public var explanation: String {
    switch self {
    case .native: "The runtime loads the file and computes with the weights as they are stored."
    case .dequantizes:
      "The runtime loads the file, but keeps weights of 16 bits in memory: no smaller than the original."
    case .converts:
      "The file must be converted to the runtime's own format first; the weights keep their precision."
    case .convertsDequantized:
      "The file must be converted to the runtime's own format first, which makes 16-bit weights of it."
    case .plugin: "Loaded with a package that is not the runtime's own."
    case .removed: "Earlier versions loaded it; the one that was read about does not."
    case .none: "The runtime does not load it."
    case .unknown: "Nothing reliable was found; try it."
    }
  }
}

extension MemoryNeed.Item: Explained {
  /// A paragraph for `inspect explain`.
  public var explanation: String {
    switch self {
    case .weights: "All tensors as stored, or as the runtime keeps them where it dequantizes."
    case .loading:
      "What loading adds: padding, the allocator's rounding, the runtime itself. A rule of thumb."
    case .cache:
      "Keys and values of attention: 2 × layers × key-value heads × head size × context × batch × bytes "
        + "of an element, with windows and compressed caches where the network has them."
    case .state: "The states of recurrent layers; they do not grow with the context."
    case .working: "Activations while a prompt is read. A rule of thumb."
    }
  }
}

extension CacheType: Explained {
  /// A paragraph for `inspect explain`.
  public var explanation: String {
    let bits = decimal(bytesPerElement * 8)
    return "Keys and values take \(bits) bits for an element"
      + (bytesPerElement < 2 ? ", against 16 of fp16, at some loss of quality." : ".")
  }
}

/// The numbers and remarks of a choice, by their keys.
enum FitNumber: String, Explained {
  case minimumBytes = "minimum_bytes"
  case totalBytes = "total_bytes"
  case largestContext = "largest_context"
  case fits
  case perplexityRise = "perplexity_rise"
  case divergence
  case matrixError = "matrix_error"
  case assumptions, doubts, recommendation

  var explanation: String {
    switch self {
    case .minimumBytes:
      "Weights, cache and states by arithmetic alone. Below that nothing runs; null for what cannot be run "
        + "on its own."
    case .totalBytes: "That with the estimates for loading and working."
    case .largestContext: "The longest context whose cache still fits the memory that was named."
    case .fits: "Whether the total is within the memory that was named."
    case .perplexityRise:
      "How much worse the model predicts a text than its FP16 original, as was published for another model "
        + "in the same mixture of types. Orientation, no prediction for this file."
    case .divergence:
      "The Kullback–Leibler divergence of the predictions from FP16's, published in the same way."
    case .matrixError:
      "The RMSE of a matrix against the original's in units of that matrix's deviation, measured with "
        + "--against."
    case .assumptions: "What was taken although the file does not say it, or contradicts itself."
    case .doubts: "What measuring found that speaks against taking the file for what it says it is."
    case .recommendation:
      "The file to take of those that can be run and fit: the one with the least error where errors were "
        + "measured, else the least published loss or the most bits that measuring found nothing against."
    }
  }
}
