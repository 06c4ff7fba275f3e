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
  public func holds(for report: Report) -> Bool {
    alternatives.contains { $0.allSatisfy { $0.holds(for: report) } }
  }

  private static func split(_ text: String, at joints: Set<String>) -> [String] {
    text.split(separator: " ").split(omittingEmptySubsequences: false) {
      joints.contains($0.lowercased())
    }.map { $0.joined(separator: " ") }
  }

  /// The names that a condition can be about.
  public static var names: [String] { (Array(texts.keys) + Array(numbers.keys)).sorted() }

  // MARK: - One comparison

  private struct Comparison: Sendable, Equatable {
    var name: String
    var relation: Relation
    var value: String

    enum Relation: String, CaseIterable {
      // Longer signs come first, as they begin with shorter ones.
      case equal = "=="
      case unequal = "!="
      case atMost = "<="
      case atLeast = ">="
      case less = "<"
      case greater = ">"
    }

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
    }

    func holds(for report: Report) -> Bool {
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

  // MARK: - What can be compared

  /// Words; a name with several of them, such as `labels`, equals each.
  private static let texts: [String: @Sendable (Report) -> [String]] = [
    "status": { [$0.status.rawValue] },
    "format": { [$0.format].compactMap { $0 } },
    "file_role": { [$0.fileRole] },
    "label": { [$0.classification.label] },
    "labels": { $0.classification.labels },
    "architecture": { [$0.architecture?.name].compactMap { $0 } },
    "storage": { [$0.classification.precision.storage] },
    "effective": { [$0.classification.precision.effective].compactMap { $0 } },
    "scheme": { [$0.classification.quantization?.scheme].compactMap { $0 } },
    "variant": { [$0.classification.quantization?.variant].compactMap { $0 } },
    "level": { [$0.classification.sparsity.level].compactMap { $0 } },
    "pattern": { [$0.classification.sparsity.pattern].compactMap { $0 } },
    "distillation": { [$0.classification.distillation.level] },
    "type": { $0.storage.map(\.type) },
    "problem": { $0.problems.map(\.code) },
    "finding": { $0.classification.structure.findings.map(\.code) },
  ]

  private static let numbers: [String: @Sendable (Report) -> Double?] = [
    "tensors": { Double($0.totals.tensors) },
    "parameters": { Double($0.totals.parameters) },
    "stored_bytes": { Double($0.totals.storedBytes) },
    "bits_per_weight": { $0.classification.quantization?.bitsPerWeight ?? $0.totals.bitsPerWeight },
    "bits": { $0.classification.quantization?.bits },
    "group_size": { $0.classification.quantization?.groupSize.map(Double.init) },
    "confidence": { $0.classification.confidence },
    "effective_bits": { $0.classification.precision.effectiveBits },
    "zero_fraction": { $0.classification.sparsity.zeroFraction },
    "zero_fraction_all": { $0.classification.sparsity.zeroFractionAll },
    "excess_zero_fraction": { $0.classification.sparsity.excessZeroFraction },
    "coverage": { $0.measurement.coverage },
    "nans": { sum($0) { $0.nans } },
    "infinities": { sum($0) { $0.infinities } },
    "mismatches": { Double($0.classification.mismatches.count) },
    "findings": { Double($0.classification.structure.findings.count) },
    "problems": { Double($0.problems.count) },
    "errors": { count($0, "error") },
    "warnings": { count($0, "warning") },
  ]

  /// A sum over the measured tensors; `nil` where none was measured.
  private static func sum(
    _ report: Report, _ part: (Report.TensorMeasurement) -> Int
  ) -> Double? {
    let parts = report.tensors.compactMap { $0.measurement.map(part) }
    return parts.isEmpty ? nil : Double(parts.reduce(0, +))
  }

  private static func count(_ report: Report, _ severity: String) -> Double {
    Double(report.problems.count { $0.severity == severity })
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
