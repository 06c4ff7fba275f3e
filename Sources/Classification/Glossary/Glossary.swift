internal import ModelFile

/// What every word of a report means: labels, roles, schemes, patterns, numbers, thresholds, types.
///
/// Each paragraph stands beside the definition of its word, so that none can be forgotten: a new case
/// does not compile without one.
public enum Glossary {
  /// One word and its paragraph.
  public struct Entry: Sendable, Equatable {
    /// The word as it stands in a report.
    public var term: String
    /// What kind of word it is: `label`, `role`.
    public var kind: String
    /// What it means, what is normal, and which threshold decides.
    public var text: String
    /// What it is said of.
    public var subject = Subject.model
  }

  /// What words are said of: `pruned` is a label of one model and a finding about two.
  public enum Subject: Sendable, Hashable {
    case model, comparison, choice
  }

  /// All words, sorted into kinds.
  public static let entries: [Entry] =
    list(Verdict.Label.self, "label") + list(ReportNumber.self, "number")
    + list(Verdict.Sparsity.Level.self, "sparsity level")
    + list(Verdict.Sparsity.Pattern.self, "sparsity pattern")
    + list(Verdict.Sparsity.MethodHint.self, "pruning method")
    + list(Verdict.Sparsity.Storage.self, "sparsity storage")
    + list(Verdict.Sparsity.Axis.self, "axis")
    + list(Verdict.Sparsity.NaturalZeros.Reason.self, "natural zeros")
    + list(Verdict.Grid.Kind.self, "grid") + list(Verdict.Distillation.Level.self, "distillation")
    + list(FindingCode.self, "finding") + list(Scheme.self, "scheme") + list(Role.self, "role")
    + list(FileRole.self, "file role") + list(MeasuredMode.self, "measurement")
    + list(Threshold.self, "threshold")
    + list(Diff.Account.Kind.self, "comparison", .comparison)
    + list(TensorChange.Kind.self, "tensor's change", .comparison)
    + list(ComparisonNumber.self, "number of a comparison", .comparison)
    + list(Support.self, "support by a runtime", .choice)
    + list(MemoryNeed.Item.self, "memory", .choice) + list(CacheType.self, "cache type", .choice)
    + list(FitNumber.self, "number of a choice", .choice)
    + list(MetadataKey.self, metadataKeys)
    + ElementType.decodable.map {
      Entry(term: $0.name, kind: "storage type", text: $0.explanation)
    }

  /// The paragraphs of a word, of every kind that has it; empty for an unknown one.
  ///
  /// A key of metadata is found whatever it begins with: `llama.block_count`.
  public static func entries(of term: String) -> [Entry] {
    let word = term.lowercased().replacing(" ", with: "_")
    let found = entries.filter { $0.term.lowercased() == word }
    guard found.isEmpty, let key = MetadataKey(named: word) else { return found }
    return [entry(of: key, metadataKeys)]
  }

  /// The words for precisions: those of storage types, of codes, grids and schemes.
  public static let precisions: Set<String> =
    Set(ElementType.decodable.map(\.precisionName)).union(FloatContent.allCases.map(\.rawValue))
    .union(Verdict.Grid.Kind.allCases.map(\.rawValue)).union(Scheme.allCases.map(\.rawValue))
    .union((1...8).map { "int\($0)" }).union(["mixed", "none", "nf4", "fp4", "fp6", "fp8"])
    .union(["fp64"])

  private static let metadataKeys = "metadata key"

  private static func list<Word: Explained>(
    _ words: Word.Type, _ kind: String, _ subject: Subject = .model
  ) -> [Entry] {
    words.allCases.map { entry(of: $0, kind, subject) }
  }

  private static func entry(
    of word: some Explained, _ kind: String, _ subject: Subject = .model
  ) -> Entry {
    Entry(term: word.rawValue, kind: kind, text: word.explanation, subject: subject)
  }
}

/// A word of a report that explains itself.
public protocol Explained: RawRepresentable<String>, CaseIterable {
  /// A paragraph for `inspect explain`.
  var explanation: String { get }
}
