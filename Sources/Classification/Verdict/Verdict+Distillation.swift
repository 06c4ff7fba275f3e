extension Verdict {
  /// What speaks for a distilled model; never proof.
  public struct Distillation: Sendable, Equatable {
    /// What the evidence is.
    public var level: Level
    /// How sure it is, 0…1.
    public var confidence: Double
    /// It in words.
    public var statement: String

    /// What the evidence is.
    public enum Level: String, Sendable, Hashable, CaseIterable, Explained {
      case none, name, family, declared
      case initialisedFrom = "initialised_from"

      /// A paragraph for `inspect explain`.
      public var explanation: String {
        switch self {
        case .none:
          "Nothing says distilled. That is no proof: most distilled models cannot "
            + "be told from others."
        case .name:
          "A name says so."
        case .family:
          "The architecture is known as a student of another one, such as "
            + "DistilBERT."
        case .declared:
          "The model card or the metadata say so."
        case .initialisedFrom:
          "Layers are copies of a given teacher's, changed little or not at all. "
            + "That shows where the model began, not how it was trained."
        }
      }
    }
  }
}
