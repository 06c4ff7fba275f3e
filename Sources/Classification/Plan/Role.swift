/// What a tensor is for, by its name, shape and type and by the tensors beside it.
public enum Role: String, Sendable, Hashable, CaseIterable, Explained {
  /// A matrix or convolution that the network multiplies with.
  case weight
  /// A table of which rows are looked up: tokens, positions, types.
  case embedding
  /// The last projection, onto a vocabulary, classes or pixels.
  case head
  /// The gain of a normalization layer.
  case norm
  /// What is added after a multiplication or a normalization.
  case bias
  /// Scores the experts of a mixture.
  case router
  /// A low-rank or other small addition to another model's weights.
  case adapter
  /// A learnable vector or scalar that is neither gain nor bias: sinks, layer scales, decay rates.
  case vector
  /// What code computes or counts and nobody trains: masks, positions, filter banks, running means.
  case buffer
  /// Multiplies packed codes, or activations.
  case scale
  /// The code or value that stands for zero.
  case zeroPoint = "zero_point"
  /// Where codes, rows or values belong: orders, offsets, maps; any other integers.
  case index
  /// The values that codes stand for.
  case codebook
  /// Which weights a sparse layout holds.
  case mask
  /// Other bookkeeping of a scheme: shapes, states, settings.
  case auxiliary

  /// Whether its elements are weights of the model; bookkeeping is not.
  public var holdsParameters: Bool {
    switch self {
    case .weight, .embedding, .head, .norm, .bias, .router, .adapter, .vector: true
    case .buffer, .scale, .zeroPoint, .index, .codebook, .mask, .auxiliary: false
    }
  }

  /// Whether its elements decide the precision of a model: norms, biases and routers are kept wide
  /// by nearly every recipe and never change the kind.
  public var decidesPrecision: Bool {
    switch self {
    case .weight, .embedding, .head, .adapter: true
    case .norm, .bias, .router, .vector, .buffer, .scale, .zeroPoint, .index, .codebook, .mask,
      .auxiliary:
      false
    }
  }

  /// A paragraph for `inspect explain`.
  public var explanation: String {
    switch self {
    case .weight:
      "A matrix or convolution that the network multiplies with. Most "
        + "parameters are such."
    case .embedding:
      "A table of which rows are looked up: tokens, positions, types."
    case .head:
      "The last projection, onto a vocabulary, classes or pixels."
    case .norm:
      "The gain of a normalization layer, near one."
    case .bias:
      "What is added after a multiplication or a normalization."
    case .router:
      "Scores the experts of a mixture for every token."
    case .adapter:
      "A low-rank or other small addition to another model's weights."
    case .vector:
      "A learnable vector or scalar that is neither gain nor bias: attention "
        + "sinks, layer scales, decay rates."
    case .buffer:
      "What code computes and nobody trains: masks, positions, filter banks, "
        + "running means. No parameter."
    case .scale:
      "Multiplies packed codes, or activations. No parameter."
    case .zeroPoint:
      "The code that stands for zero. No parameter."
    case .index:
      "Integers that say where something belongs. No parameter."
    case .codebook:
      "The values that codes stand for. No parameter."
    case .mask:
      "Which weights a sparse layout stores. No parameter."
    case .auxiliary:
      "Other bookkeeping of a scheme. No parameter."
    }
  }
}
