internal import Classification

/// A condition over a report that turns it into a gate for scripts: `label != quantized`,
/// `nans > 0 or mismatches > 0`.
///
/// Comparisons are joined by `and`, which binds tighter, and `or`. A name that has no value in a
/// report makes every comparison with it false but `!=`.
public struct Gate: Sendable, Equatable {
  /// The condition as it was written.
  public let text: String

  /// Alternatives of comparisons that must all hold.
  private let alternatives: [[Comparison]]

  /// Why a condition cannot be understood.
  public struct Misunderstanding: Error, Equatable {
    /// A sentence for the user.
    public var message: String
    /// Whether all is well but for a word that no report has, as a slip of the pen leaves it.
    public var isUnknownWord = false
  }

  /// What a report answers to a condition.
  public enum Answer: Sendable, Equatable {
    case holds, fails
    /// What it asks for was not measured, or not all of it: the names.
    case notMeasured([String])
  }

  /// Reads a condition.
  ///
  /// - Throws: ``Misunderstanding`` that says which word is wrong.
  public init(_ text: String) throws(Misunderstanding) {
    self.text = text
    var alternatives: [[Comparison]] = []
    for alternative in Self.split(text, at: ["or", "||"]) {
      var comparisons: [Comparison] = []
      for words in Self.split(alternative, at: ["and", "&&"]) {
        comparisons.append(try Comparison(words))
      }
      alternatives.append(comparisons)
    }
    self.alternatives = alternatives
  }

  /// Whether the condition holds for a report.
  public func answer(for report: Report) -> Answer {
    var unknown: [String] = []
    for comparisons in alternatives {
      let answers = comparisons.map { ($0.name, $0.holds(for: report)) }
      if answers.contains(where: { $0.1 == false }) { continue }
      let open = answers.filter { $0.1 == nil }.map(\.0)
      if open.isEmpty { return .holds }
      unknown += open.filter { !unknown.contains($0) }
    }
    return unknown.isEmpty ? .fails : .notMeasured(unknown)
  }

  private static func split(_ text: String, at joints: Set<String>) -> [String] {
    text.split(separator: " ").split(omittingEmptySubsequences: false) {
      joints.contains($0.lowercased())
    }.map { $0.joined(separator: " ") }
  }

  /// The names that a condition can be about.
  public static var names: [String] { (Array(texts.keys) + Array(numbers.keys)).sorted() }

  /// How two sides compare.
  enum Relation: String, CaseIterable {
    // Longer signs come first, as they begin with shorter ones.
    case equal = "=="
    case unequal = "!="
    case atMost = "<="
    case atLeast = ">="
    case less = "<"
    case greater = ">"
  }

  // MARK: - One comparison

  fileprivate struct Comparison: Sendable, Equatable {
    var name: String
    var relation: Relation
    var value: String

    init(_ text: String) throws(Misunderstanding) {
      let found = Relation.allCases.compactMap { relation in
        text.firstIndexOf(relation.rawValue).map { (relation, $0) }
      }.min { ($0.1, $1.0.rawValue.count) < ($1.1, $0.0.rawValue.count) }
      guard let (relation, index) = found else {
        throw Misunderstanding(message: "'\(text)' has no ==, !=, <, <=, > or >=")
      }
      let characters = Array(text)
      name = Self.trimmed(characters[..<index])
      value = Self.trimmed(characters[(index + relation.rawValue.count)...])
      self.relation = relation
      guard !value.isEmpty else {
        throw Misunderstanding(message: "'\(text)' compares with nothing")
      }
      if Gate.numbers[name] != nil {
        guard Double(value) != nil else {
          throw Misunderstanding(message: "\(name) is a number, '\(value)' is none")
        }
      } else if Gate.texts[name] != nil {
        guard relation == .equal || relation == .unequal else {
          throw Misunderstanding(message: "\(name) is a word and can be == or != only")
        }
      } else {
        throw Misunderstanding(
          message: "nothing is called '\(name)'; there are \(Gate.names.joined(separator: ", "))")
      }
      if let known = Gate.words[name], !known.contains(value) {
        throw Misunderstanding(
          message: "no \(name) is called '\(value)'; there are "
            + known.sorted().joined(separator: ", "), isUnknownWord: true)
      }
    }

    /// Whether it holds; `nil` where that was not measured.
    func holds(for report: Report) -> Bool? {
      let answer = value(in: report)
      return report.decides(name, value, relation, answer) ? answer : nil
    }

    private func value(in report: Report) -> Bool {
      if let read = Gate.texts[name] {
        return read(report).contains(value) == (relation == .equal)
      }
      guard let number = Gate.numbers[name]?(report), let limit = Double(value) else {
        return relation == .unequal
      }
      return switch relation {
      case .equal: number == limit
      case .unequal: number != limit
      case .atMost: number <= limit
      case .atLeast: number >= limit
      case .less: number < limit
      case .greater: number > limit
      }
    }

    private static func trimmed(_ characters: ArraySlice<Character>) -> String {
      let quotes: Set<Character> = [" ", "\"", "'"]
      let start = characters.drop { quotes.contains($0) }
      guard let end = start.lastIndex(where: { !quotes.contains($0) }) else { return "" }
      return String(start[...end])
    }
  }
}

extension String {
  /// The number of characters before a text's first occurrence.
  fileprivate func firstIndexOf(_ sought: String) -> Int? {
    let characters = Array(self)
    let wanted = Array(sought)
    return characters.indices.first { characters[$0...].starts(with: wanted) }
  }
}
