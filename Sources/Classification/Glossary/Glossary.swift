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
    + ElementType.decodable.map {
      Entry(term: $0.name, kind: "storage type", text: $0.explanation)
    }

  /// The paragraphs of a word, of every kind that has it; empty for an unknown one.
  public static func entries(of term: String) -> [Entry] {
    let word = term.lowercased().replacing(" ", with: "_")
    return entries.filter { $0.term.lowercased() == word }
  }

  /// The words for precisions: those of storage types, of codes, grids and schemes.
  public static let precisions: Set<String> =
    Set(ElementType.decodable.map(\.precisionName)).union(FloatContent.allCases.map(\.rawValue))
    .union(Verdict.Grid.Kind.allCases.map(\.rawValue)).union(Scheme.allCases.map(\.rawValue))
    .union((1...8).map { "int\($0)" }).union(["mixed", "none", "nf4", "fp4", "fp6", "fp8"])
    .union(["fp64"])

  private static func list<Word: Explained>(_ words: Word.Type, _ kind: String) -> [Entry] {
    words.allCases.map { Entry(term: $0.rawValue, kind: kind, text: $0.explanation) }
  }
}

/// A word of a report that explains itself.
public protocol Explained: RawRepresentable<String>, CaseIterable {
  /// A paragraph for `inspect explain`.
  var explanation: String { get }
}
