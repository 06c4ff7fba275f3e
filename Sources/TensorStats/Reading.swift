public import ModelFile

/// How the logical weights of one tensor are read.
///
/// Which bytes, what they mean, how they lie in a matrix; a plan is a list of these.
public struct Reading: Sendable {
  /// The index in ``Model/tensors`` of the tensor that carries the result.
  public var tensor: Int
  /// What turns its bytes into numbers.
  public var decoder: Decoder
  /// The logical dimensions, row-major.
  public var shape: [Int]
  /// Neighbours in a row that belong to one input channel: the elements of a convolution's kernel, 1
  /// in linear layers.
  public var kernel: Int

  /// Describes how a tensor is read.
  public init(tensor: Int, decoder: Decoder, shape: [Int], kernel: Int = 1) {
    self.tensor = tensor
    self.decoder = decoder
    self.shape = shape
    self.kernel = kernel
  }
}

/// What turns bytes into numbers, described by numbers and never by the name of a scheme.
public enum Decoder: Sendable {
  /// Elements of a storage type, one after another.
  case plain(ElementType)
  /// Weights computed from codes and from the tensors beside them.
  indirect case packed(PackedDecoder)
}
