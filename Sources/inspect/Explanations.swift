import Browser
import Classification
import ModelFile

/// What the words of this program mean.
enum Explanations {
  /// The paragraphs of terms as they are said of a subject, in the terms' order; of an unknown one a
  /// sentence that says so.
  static func of(_ terms: [String], about subject: Glossary.Subject) -> [Explanation] {
    terms.map { term in
      let text = paragraphs(of: term, about: subject).joined(separator: "\n\n")
      return Explanation(
        term: term, text: text.isEmpty ? "Nothing is known of this word." : text)
    }
  }

  /// The paragraphs of a term: a word can be a label and a storage type, too.
  ///
  /// - Parameter subject: `nil` for whatever it is said of.
  static func paragraphs(of term: String, about subject: Glossary.Subject? = nil) -> [String] {
    let problem = ProblemCode(rawValue: term.lowercased()).map {
      "problem, \($0.severity.rawValue): \($0.explanation)"
    }
    let key = "general.file_type "
    let claim = Int(term.hasPrefix(key) ? term.dropFirst(key.count) : "").map { number in
      "metadata: the mixture of types that the file claims to be, by its number in llama.cpp: "
        + (Glossary.fileTypeName(number).map { "\(number) is \($0)" }
          ?? "\(number) is not one of those that are known here")
    }
    return [problem, claim].compactMap { $0 }
      + Glossary.entries(of: term).filter { subject == nil || $0.subject == subject }
      .map { "\($0.kind): \($0.text)" }
  }

  /// All terms by their kind.
  static var terms: [(kind: String, terms: [String])] {
    var kinds: [(kind: String, terms: [String])] = []
    for entry in Glossary.entries {
      if kinds.last?.kind != entry.kind { kinds.append((entry.kind, [])) }
      kinds[kinds.count - 1].terms.append(entry.term)
    }
    return kinds + [("problem", ProblemCode.allCases.map(\.rawValue))]
  }
}
