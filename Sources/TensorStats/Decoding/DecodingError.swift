public import ModelFile

/// Why packed weights could not be decoded.
public struct DecodingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The index in ``Model/tensors`` of the tensor that is to blame.
  public var tensor: Int
  /// What is wrong.
  public var cause: Cause

  /// What is wrong with a tensor.
  public enum Cause: Hashable, Sendable {
    /// The system could not read it.
    case unreadable(FileError)
    /// The file ends before the tensor does: it has shrunk.
    case endedEarly
    /// Its bytes do not fit the description; the sentence says how.
    case mismatch(String)
  }

  init(_ tensor: Int, _ cause: Cause) {
    self.tensor = tensor
    self.cause = cause
  }

  /// The sentence for a person, without the tensor's name.
  public var description: String {
    switch cause {
    case .unreadable(let error): error.description
    case .endedEarly: "the file ends before the tensor does"
    case .mismatch(let sentence): sentence
    }
  }
}
