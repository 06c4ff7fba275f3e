/// Every number that decides something, in one place, with its reason.
///
/// Natural rates are those of dense Gaussian, Laplace and Student-t₅ weights, quantized by the real
/// libraries or by their formulas.
public enum Thresholds {
  // MARK: Which tensors count

  /// The least rows and columns of a prunable matrix: smaller ones are projections of scalars,
  /// depthwise kernels and gates, which pruning methods leave alone.
  public static let prunableDimension = 32
  /// Fewer weights than this say nothing of a distribution.
  public static let leastSample = 256

  // MARK: Precision

  /// The share of the weight bytes from which one type names the precision; below, it is mixed.
  public static let dominantShare = 0.80
  /// The share of the matrices' parameters from which packed or narrow codes make a model
  /// quantized: embeddings and heads stay wide in most recipes and hold up to half of a small model.
  public static let quantizedShare = 0.50
  /// The share of a tensor's values that a narrower type must hold exactly to be its content. By
  /// chance an F32 value has 16 zero bits at the end once in 65,536.
  public static let upcastValues = 0.999
  /// The share of the parameters in such tensors that makes it the model's content.
  public static let upcastParameters = 0.99
  /// Different values that a tensor must have: ones, zeros and constants fit every type.
  public static let upcastDistinct = 256
  /// The entropy in bits below which 16-bit weights cannot be ordinary ones, which have 10.5 (BF16)
  /// to 13.5 (F16).
  public static let suspiciousEntropy = 9.0

  // MARK: Zeros

  /// Below this share of zeros there is nothing to tell: BF16 and F32 weights have none, F16
  /// underflow makes at most one in 100,000.
  public static let incidentalZeros = 0.001
  /// The share from which zeros are called pruning: three orders of magnitude above what dense
  /// weights have, and a quarter of what the mildest published methods make.
  public static let prunedZeros = 0.05
  /// The share from which a model is about half zeros: methods cluster at 50 %, and llm-compressor
  /// calls a layer sparse from 49 %.
  public static let halfZeros = 0.45
  /// The share from which it is highly sparse.
  public static let highZeros = 0.75
  /// How much of the prunable parameters must lie in tensors with at least ``prunedZeros``: one odd
  /// layer says nothing of a model.
  public static let prunedParameterShare = 0.30
  /// Zeros of F16 weights below this share are underflow.
  public static let underflowZeros = 0.0001

  // MARK: Zeros of quantized weights

  /// How much more frequent the zero code of 6 to 8 bits may be than its neighbours: dense weights
  /// reach 1.15, those of which 20 % were pruned 5 and more.
  public static let zeroRatioWide = 3.0
  /// The same with 4 and 5 bits: dense weights reach 1.8.
  public static let zeroRatioNarrow = 4.0
  /// And the share of zero codes that 4-bit weights must have besides: dense ones with small groups
  /// have 13 to 32 %.
  public static let zeroShareFourBits = 0.40
  /// The same for one scale per channel, where heavy tails alone make 51 %.
  public static let zeroShareFourBitsPerChannel = 0.60
  /// The share of zero codes for 5 bits.
  public static let zeroShareFiveBits = 0.20
  /// The share of zeros of 6 to 8 bits where neighbouring codes were not counted: one scale per
  /// tensor and heavy tails make 12 %.
  public static let zeroShareWide = 0.20
  /// The share of zeros of E2M1 and NF4 codes: dense weights have 7 to 18 %.
  public static let zeroShareFloat4 = 0.30
  /// How much more zeros than σ explains FP8 weights without scales may have; tails double the share.
  public static let castZeroRatio = 3.0
  /// The share of weights below 0.05 σ from which types with an offset show pruning: 4 to 7 % of
  /// dense weights, 21 to 48 % of half-pruned ones in Q4_1, Q5_1, Q4_K and Q5_K.
  public static let nearZeros = 0.20
  /// The near zeros of a dense model.
  public static let naturalNearZeros = 0.05

  // MARK: Patterns

  /// The share of groups that must hold N:M.
  public static let groupCompliance = 0.999
  /// How many standard deviations above chance that share must lie.
  public static let groupDeviations = 8.0
  /// The share of groups with exactly M − N zeros: random zeros at 50 % give 0.375 for 2:4.
  public static let groupExactness = 0.90
  /// The same where kept weights may have the zero code by nature.
  public static let groupExactnessQuantized = 0.75
  /// The compliance of shifted groups that a real pattern stays below.
  public static let shiftedCompliance = 0.95
  /// More zeros than this above (M − N) ÷ M are unstructured zeros that happen to fit.
  public static let groupSurplus = 0.05
  /// The least groups that show a pattern.
  public static let leastGroups = 64
  /// The share of the zeros that all-zero tiles must hold to be a block pattern.
  public static let blockExplained = 0.90
  /// How much more frequent all-zero tiles must be than chance makes them.
  public static let blockChance = 3.0
  /// The share of the prunable parameters that must hold a pattern for the model to have it
  /// (llm-compressor's precedent).
  public static let patternParameterShare = 0.80
  /// The share of all-zero rows, columns, neurons or heads that is structure: chance makes none,
  /// dead filters a few in a thousand.
  public static let structuredShare = 0.01
  /// The share of all zeros that whole rows or columns must hold to be the pattern.
  public static let structuredExplained = 0.50

  // MARK: How zeros were chosen

  /// The ratio of the 1st percentile of |w| to its median above which small weights were cut off:
  /// 0.59 after magnitude pruning by half, 0.018 in dense weights.
  public static let magnitudeGap = 0.30
  /// The same for a soft edge, as scores of weight and activation or groups leave it.
  public static let scoreGap = 0.05
  /// The variance of zeros per row, relative to the binomial one, below which rows were pruned
  /// alike.
  public static let equalRows = 0.05

  // MARK: Natural zeros

  /// All-zero rows of an embedding that are padding: a few, or this share of the rows.
  public static let paddingRows = 8
  public static let paddingRowShare = 0.01

  // MARK: Grids

  /// The median periodogram peak of windows of 32 above which values lie on an even grid; natural
  /// weights give 0.20.
  public static let latticePeak = 0.60
  /// The peak from which that is nearly certain.
  public static let certainLatticePeak = 0.90
  /// The same for windows of 16, where natural weights give 0.31.
  public static let shortLatticePeak = 0.85
  /// The share of values that must be representable to call a codebook or an FP8 tile found.
  public static let codebookShare = 0.99
  /// Different values in a tile of 128 × 128 that FP8 can have; natural BF16 weights have 1,920.
  public static let tileDistinct = 253.0
  /// How much rarer than natural different values in 128 neighbours must be to look for a grid.
  public static let distinctRatio = 0.80
  /// The same for a whole row.
  public static let rowDistinctRatio = 0.75
  /// The share of the tested parameters on one grid that makes it the model's.
  public static let gridShare = 0.80
  /// Different codes in a block of Q8_0 that came from 4 bits or fewer.
  public static let requantizedCodes = 16.0

  // MARK: Confidence

  /// Signature, configuration and decoded data agree.
  public static let agreedConfidence = 0.99
  /// Signature and decoded data agree.
  public static let decodedConfidence = 0.95
  /// The signature alone.
  public static let signatureConfidence = 0.85
  /// Zeros counted in every byte.
  public static let countedConfidence = 0.97
  /// Zeros counted in samples.
  public static let sampledConfidence = 0.90
  /// Missing structure without the model it was cut from.
  public static let structureConfidence = 0.30
  /// A name that says distilled.
  public static let distilledName = 0.50
  /// An architecture that is known for it.
  public static let distilledFamily = 0.80
  /// A card that says so.
  public static let distilledDeclared = 0.90
}
