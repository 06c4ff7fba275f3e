// The words of `inspect diff`, explained.

extension Diff.Account.Kind: Explained {
  /// A paragraph for `inspect explain`.
  public var explanation: String {
    switch self {
    case .identical: "Tensors, types and metadata are the same, bit for bit."
    case .cast:
      "The same numbers in other storage types: no weight has changed, so nothing is lost."
    case .rounded: "Rounded to a narrower float type, each weight to its nearest value."
    case .quantized:
      "Quantized from the reference: the error of every matrix is what its type or scheme makes of such "
        + "weights, and no more."
    case .pruned: "Some of the reference's weights became zero and the others kept their values."
    case .referenceRounded:
      "The reference is the one that was rounded; the other holds more digits."
    case .referenceQuantized: "The reference is the one that was quantized."
    case .referencePruned: "The reference is the one that was pruned."
    case .loraMerged:
      "A low-rank adapter was added: on sampled matrices the difference has few singular values above "
        + "what rounding leaves. Full training leaves many. Rows that were scaled besides point to DoRA."
    case .fineTuned:
      "Trained further: weights changed everywhere, by little, and not by a matrix of low rank."
    case .requantized:
      "Both were quantized from the same weights. Which of them is closer to those cannot be known here."
    case .quantizedChanged:
      "Quantized, and further from the reference than its type explains: the weights were changed before "
        + "or after. A change of low rank that is above the error of the codes is told as such."
    case .partlyChanged:
      "Most tensors are the same; only some differ, as where heads of keys and values were pooled."
    case .layersMoved:
      "Layers stand in other places: left out, copied or repeated. The map says where each comes from, as "
        + "with a student that begins with some layers of its teacher."
    case .widthPruned: "Rows and columns of the matrices are a part of the reference's."
    case .restructured:
      "The weights are the same; names, metadata, the set of tensors, or the order or number of equal "
        + "rows differ."
    case .scaled: "The weights are the reference's, multiplied by a constant."
    case .expertsMoved: "Experts of the reference stand in another order, or only some of them."
    case .reordered: "The same rows or columns in another order."
    case .fewValues: "All but a few values are the same, as after damage or an edit by hand."
    case .adapter: "One of the two holds additions to the other, such as LoRA, and no model."
    case .mixed: "Several things happened to different parts; the evidence names each."
    case .unrelated: "The weights have no more in common than chance makes."
    case .unknown: "Too little could be read or decoded to say what happened."
    }
  }
}

extension TensorChange.Kind: Explained {
  /// A paragraph for `inspect explain`.
  public var explanation: String {
    switch self {
    case .identical: "The same numbers in the same type."
    case .cast: "The same numbers in another type."
    case .rounded: "Rounded to a narrower float type."
    case .unrounded: "The reference is the rounded one."
    case .quantized: "Codes or their values, as far from the reference as such codes explain."
    case .unquantized: "The reference is the quantized one."
    case .requantized: "Both are quantized from the same weights."
    case .quantizedChanged: "Quantized in one or both, and further apart than that explains."
    case .pruned: "Some weights became zero."
    case .filled: "Some weights are zero in the reference only."
    case .scaled: "Multiplied by a constant."
    case .changed: "Changed, and still recognisable."
    case .unrelated: "Nothing in common beyond chance."
    case .reshaped: "Other dimensions; numbers were not compared."
    case .unread: "Could not be read or decoded."
    }
  }
}

/// The numbers of a comparison, by their keys.
enum ComparisonNumber: String, Explained {
  case maxAbs = "max_abs"
  case meanAbs = "mean_abs"
  case rmse
  case relativeRMSE = "relative_rmse"
  case cosine
  case noise = "snr_db"
  case identicalFraction = "identical_fraction"
  case signFlips = "sign_flips"
  case newZeros = "new_zeros"
  case filledZeros = "filled_zeros"
  case notFinite = "not_finite"
  case ranks
  case layerMaps = "layer_maps"

  var explanation: String {
    switch self {
    case .maxAbs: "The greatest difference of a weight from the reference's."
    case .meanAbs: "The mean of the absolute differences."
    case .rmse: "The root of the mean of the squared differences."
    case .relativeRMSE:
      "The RMSE in units of the reference's standard deviation: 0.0017 for BF16, 0.0054 for Q8_0, "
        + "0.018 for Q6_K, 0.071 for Q4_K, 0.086 for Q4_0 of Gaussian weights."
    case .cosine:
      "The cosine of the angle between both, all weights taken as one vector: 1 is the same direction, 0 "
        + "is unrelated."
    case .noise:
      "The reference's power over the difference's, in decibels: 6 dB for each bit. About 56 for BF16, 45 "
        + "for Q8_0, 21 to 23 for 4 bits; below 0 the error is greater than the weights."
    case .identicalFraction: "The share of weights whose values are the same."
    case .signFlips: "Weights that changed their sign, zeros left out."
    case .newZeros: "Zeros where the reference has none: what pruning makes."
    case .filledZeros: "Weights that are zero in the reference only."
    case .notFinite:
      "Pairs with a NaN or an infinity on either side, kept out of the other numbers."
    case .ranks:
      "The numerical rank of the difference on samples of some matrices: how many singular values stand "
        + "out of what rounding leaves."
    case .layerMaps: "For every layer the layer of the reference that its weights come from."
    }
  }
}
