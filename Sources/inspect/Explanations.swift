import Browser
import ModelFile

/// What the words of this program mean.
enum Explanations {
  /// The paragraphs of terms, in their order; of an unknown one a sentence that says so.
  static func of(_ terms: [String]) -> [Explanation] {
    terms.map { term in
      Explanation(term: term, text: text(of: term) ?? "Nothing is known of this word.")
    }
  }

  /// The paragraph of a term.
  static func text(of term: String) -> String? {
    ProblemCode(rawValue: term).map { "\($0.severity.rawValue): \($0.explanation)" }
  }

  /// All terms.
  static var terms: [String] { ProblemCode.allCases.map(\.rawValue) }
}
