/// How much of the model was read.
public enum MeasuredMode: String, Sendable, Hashable, CaseIterable, Explained {
  /// Every byte.
  case exact
  /// Pieces of every tensor.
  case sample
  /// The header alone.
  case header

  /// A paragraph for `inspect explain`.
  public var explanation: String {
    switch self {
    case .exact:
      "Every byte was read; all counts are exact."
    case .sample:
      "Pages spread over every tensor were read; shares have an interval, and "
        + "patterns are not tested."
    case .header:
      "Only headers were read; nothing is known of the values."
    }
  }
}
