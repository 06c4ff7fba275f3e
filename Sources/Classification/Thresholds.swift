/// Every number that decides something, in one place, with its reason.
public enum Thresholds {
  // MARK: Which tensors count

  /// The least rows and columns of a prunable matrix: smaller ones are projections of scalars,
  /// depthwise kernels and gates, which pruning methods leave alone.
  public static let prunableDimension = 32

  // MARK: Precision

  /// The share of the weight bytes from which one type names the precision; below, it is mixed.
  public static let dominantShare = 0.80
  /// The share of the matrices' parameters from which packed or narrow codes make a model
  /// quantized: embeddings and heads stay wide in most recipes and hold up to half of a small model.
  public static let quantizedShare = 0.50

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
}
