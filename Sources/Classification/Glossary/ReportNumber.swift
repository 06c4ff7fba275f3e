/// The numbers of a report, by their keys.
public enum ReportNumber: String, Sendable, Hashable, CaseIterable, Explained {
  case parameters
  case storedBytes = "stored_bytes"
  case bitsPerWeight = "bits_per_weight"
  case storage
  case storageBits = "storage_bits"
  case effective
  case effectiveBits = "effective_bits"
  case entropyBits = "entropy_bits"
  case losslessType = "lossless_type"
  case losslessBytes = "lossless_bytes"
  case container
  case scheme, variant, bits
  case groupSize = "group_size"
  case symmetric
  case actOrder = "act_order"
  case share, declared
  case zeroFraction = "zero_fraction"
  case zeroFractionAll = "zero_fraction_all"
  case excessZeroFraction = "excess_zero_fraction"
  case nearZeroFraction = "near_zero_fraction"
  case prunableParameters = "prunable_parameters"
  case measurable, confidence, coverage
  case nans, infinities, min, max
  case absMax = "abs_max"
  case mean, std, quantiles, distinct
  case zeroRows = "zero_rows"
  case zeroColumns = "zero_columns"
  case nOfM = "n_m"
  case blocks, mismatches, evidence, sparsity

  /// A paragraph for `inspect explain`.
  public var explanation: String {
    switch self {
    case .parameters:
      "Logical weights. A packed tensor counts the weights its codes stand for; scales, zero points, masks "
        + "and other bookkeeping count nothing. A model card's number should agree."
    case .storedBytes: "Bytes of all tensors, without headers and padding."
    case .bitsPerWeight:
      "Eight times the stored bytes divided by the weights, bookkeeping of codes included: what a weight costs "
        + "on disk. Buffers, which nobody trains, are left out. 16 for BF16, 4.1 to 4.6 for 4-bit schemes, 4.84 for a Q4_K_M file."
    case .storage:
      "The type that holds at least 80 % of the weight bytes; mixed where none does, none without weights. "
        + "Beside sparsity: how zeros are stored."
    case .storageBits:
      "Stored bits for each weight of the matrices and tables, with all bookkeeping."
    case .effective:
      "The narrowest representation that holds the stored values exactly, found by measuring them: FP32 "
        + "files often hold BF16 values, and 16-bit files values of a 4-bit grid."
    case .effectiveBits: "The bits of that representation."
    case .entropyBits:
      "The order-0 entropy of the values: what an ideal coder of single values would need. Ordinary BF16 "
        + "weights have about 10.5 bits, F16 13.5. Information only: no label rests on it."
    case .losslessType: "A narrower type into which every value converts without any change."
    case .losslessBytes: "The size of all tensors after that conversion."
    case .container: "A lossless compression that holds the weights. Its codes are no quantization."
    case .scheme:
      "The convention by which several tensors together hold one layer's weights, recognised by names, "
        + "types, shapes and content that agree. Configuration is compared, not believed."
    case .variant: "The form of a scheme, or the ggml type of most weights."
    case .bits:
      "The width of one code without its scales. Of a mixture the mean, weighted by parameters."
    case .groupSize:
      "How many weights in a row share one scale: 32, 64 and 128 are usual. Null where a whole row, tile or "
        + "tensor shares it."
    case .symmetric:
      "Whether the codes lie evenly on both sides of zero, so that no zero point is needed."
    case .actOrder:
      "Whether GPTQ took the inputs in the order of their activations (desc_act): better, and slower to "
        + "read, as a group's inputs lie apart."
    case .share: "The part of the parameters for which a statement holds."
    case .declared:
      "What the configuration claims. Compare it with the fields beside it, which are measured."
    case .zeroFraction:
      "Zeros among the prunable weights, ±0 alike and counted exactly. BF16 and FP32 models as trained have "
        + "none; quantized weights have many by nature: 13 to 32 % with 4 bits, 20 % in Q3_K, 42 % when "
        + "ternary."
    case .zeroFractionAll: "Zeros among all weights: embeddings, heads, norms and biases too."
    case .excessZeroFraction:
      "Zeros beyond those that the type or scheme makes of dense weights. Only these speak for pruning."
    case .nearZeroFraction:
      "Weights below 0.05 standard deviations: 4 % of Gaussian ones. Types with an offset (Q4_K, Q5_K) turn "
        + "pruned weights into such."
    case .prunableParameters:
      "Weights that pruning acts on: matrices of role weight, at least 32 by 32. Embeddings, heads, norms, "
        + "routers, buffers and adapters are left out."
    case .measurable:
      "False where the codes cannot show zeros: the codebooks of IQ types, trellises, rotated bases. Then a "
        + "missing zero proves nothing."
    case .confidence:
      "How sure a statement is, 0 to 1. Facts of the header have 1, a name that says distilled 0.5."
    case .coverage: "The share of a tensor's bytes that was read. 1 is exact."
    case .nans: "Values that are no numbers. A sound model has none."
    case .infinities: "Values of infinite magnitude. A sound model has none."
    case .min: "The smallest finite value."
    case .max: "The largest finite value."
    case .absMax: "The largest finite magnitude."
    case .mean:
      "The arithmetic mean of the finite values; near zero for weights, near one for norms."
    case .std:
      "The standard deviation of the finite values, of the population; 0.01 to 0.1 for most weights."
    case .quantiles: "The smallest value with at least that share of values at or below it."
    case .distinct: "Different finite values, ±0 as one; of types of 16 bits and less."
    case .zeroRows: "Rows that hold zeros only. In a matrix of a dense model there are none."
    case .zeroColumns: "Columns that hold zeros only."
    case .nOfM:
      "A pattern in which at most N of each M neighbours differ from zero. 2:4 along the inputs runs on sparse "
        + "tensor cores. It holds when 99.9 % of the groups have it, far more than chance makes, and groups "
        + "shifted by one do not."
    case .blocks:
      "All-zero tiles that hold at least 90 % of the zeros, three times more often than by chance."
    case .mismatches: "Claims of names, metadata and configuration that the tensors contradict."
    case .evidence: "The facts behind the labels, each with its numbers, scope and confidence."
    case .sparsity:
      "The share of zeros among weights, where they lie, and whether anything can use them."
    }
  }
}
