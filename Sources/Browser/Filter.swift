/// Which tensors are listed: all conditions of a text such as `type:q4_k sparsity>50% *.q_proj.*`.
struct Filter: Sendable, Equatable {
  /// The text as the user wrote it.
  private(set) var text = ""
  private var conditions: [Condition] = []

  /// Lists everything.
  static let all = Filter()

  var isEmpty: Bool { conditions.isEmpty }

  /// What could not be understood; such a condition holds for nothing.
  private(set) var mistake: String?

  fileprivate struct Condition: Sendable, Equatable {
    var kind: Kind
    var isNegated = false

    /// Whether it passes nothing that another does not pass.
    func narrows(_ other: Condition) -> Bool {
      if self == other { return true }
      guard !isNegated, !other.isNegated, case .name(let query) = kind,
        case .name(let before) = other.kind
      else { return false }
      return query.narrows(before)
    }

    /// Those of some tensors for which it holds.
    func passing(_ candidates: [Int], in table: TensorFacts, marked: Set<Int>) -> [Int] {
      let isNegated = isNegated
      func keep(_ holds: (Int) -> Bool) -> [Int] { candidates.filter { holds($0) != isNegated } }
      // Only the columns that are asked are held by the closures.
      switch kind {
      case .type(let word):
        let (types, isMeant) = (table.types, Filter.meant(table.typeNames, by: word))
        return keep { isMeant[types[$0]] }
      case .role(let word):
        let (roles, isMeant) = (table.roles, Filter.meant(table.roleNames, by: word))
        return keep { isMeant[roles[$0]] }
      case .part(let word):
        let isMeant = Filter.meant(NetworkPart.allCases.map(\.title), by: word)
        let parts = table.parts
        return keep { isMeant[Int(parts[$0].rawValue)] }
      case .layers(let range):
        let layers = table.layers
        return keep { range.contains(layers[$0]) }
      case .problem: return keep(table.isSuspicious)
      case .marked: return keep(marked.contains)
      case .name(let query):
        let text = query.ignoresCase ? table.foldedText.span : table.text.span
        let starts = table.textStarts.span
        var kept: [Int] = []
        for index in candidates
        where query.matchesWords(text, in: starts[index]..<starts[index + 1]) != isNegated {
          kept.append(index)
        }
        return kept
      case .glob(let glob):
        let text = table.foldedText.span
        let starts = table.textStarts.span
        var kept: [Int] = []
        for index in candidates
        where glob.matches(text, starts[index]..<starts[index + 1]) != isNegated {
          kept.append(index)
        }
        return kept
      case .number(let quantity, let comparison, let limit):
        return keep { index in
          quantity.value(of: index, in: table).map { comparison.holds($0, limit) } ?? false
        }
      case .nothing: return []
      }
    }
  }

  fileprivate enum Kind: Sendable, Equatable {
    case type(String)
    case role(String)
    case part(String)
    case layers(ClosedRange<Int>)
    case problem
    case marked
    case name(Query)
    case glob(Glob)
    case number(Quantity, Comparison, Double)
    case nothing
  }

  /// What can be compared with a number.
  fileprivate enum Quantity: Sendable {
    case sparsity, bits, size, parameters, rms

    /// Reads the name of a quantity, as the list heads its columns and as the report has it.
    init?(_ name: some StringProtocol) {
      switch name.lowercased() {
      case "zeros", "sparsity": self = .sparsity
      case "bits": self = .bits
      case "size", "bytes": self = .size
      case "params", "parameters": self = .parameters
      case "rms": self = .rms
      default: return nil
      }
    }

    func value(of index: Int, in table: TensorFacts) -> Double? {
      switch self {
      case .sparsity: table.sparsity(index)
      case .bits: table.bits[index].isNaN ? nil : table.bits[index]
      case .size: Double(table.bytes[index])
      case .parameters: Double(table.parameters[index])
      case .rms: table.rms(index)
      }
    }
  }

  fileprivate enum Comparison: String, Sendable, CaseIterable {
    // The longer ones first, as they begin like the shorter ones.
    case atMost = "<="
    case atLeast = ">="
    case unequal = "!="
    case less = "<"
    case greater = ">"
    case equal = "="

    func holds(_ a: Double, _ b: Double) -> Bool {
      switch self {
      case .atMost: a <= b
      case .atLeast: a >= b
      case .less: a < b
      case .greater: a > b
      case .equal: a == b
      case .unequal: a != b
      }
    }
  }

  private init() {}

  /// Reads the conditions; a word that is none of the others is text to find in the name, and one
  /// behind `!` must not hold.
  init(_ text: String) {
    self.text = text
    for word in text.split(separator: " ") {
      let isNegated = word.count > 1 && word.hasPrefix("!")
      do throws(Mistake) {
        let kind = try Self.kind(String(isNegated ? word.dropFirst() : word))
        conditions.append(Condition(kind: kind, isNegated: isNegated))
      } catch {
        conditions.append(Condition(kind: .nothing))
        mistake = error.text
      }
    }
  }

  private struct Mistake: Error { var text: String }

  /// Whether the filter has to be asked again when measurements arrive.
  var dependsOnMeasurements: Bool {
    conditions.contains { condition in
      switch condition.kind {
      case .number(let quantity, _, _): quantity != .size && quantity != .parameters
      case .problem: true
      default: false
      }
    }
  }

  /// Whether it has to be asked again when tensors are marked.
  var dependsOnMarks: Bool { conditions.contains { $0.kind == .marked } }

  /// Those tensors for which all conditions hold, found with what another filter has found: one is
  /// typed on, and what was typed before need not be asked again.
  struct Found: Sendable {
    fileprivate var filter = Filter.all
    /// What passes all conditions but the last.
    fileprivate var base: [Int] = []
    /// What passes all, in the order of the file.
    private(set) var passing: [Int] = []

    init() {}

    /// Asks the conditions of a filter.
    ///
    /// - Parameter before: what was found in the same table, with the same marks.
    init(_ filter: Filter, in table: TensorFacts, marked: Set<Int>, after before: Found? = nil) {
      self.filter = filter
      guard let last = filter.conditions.last else {
        passing = Array(0..<table.count)
        return
      }
      let firsts = filter.conditions.dropLast()
      if let before, !before.filter.isEmpty, firsts.elementsEqual(before.filter.conditions) {
        base = before.passing
      } else if let before, let end = before.filter.conditions.last,
        firsts.elementsEqual(before.filter.conditions.dropLast())
      {
        base = before.base
        if last.narrows(end) {
          passing = last.passing(before.passing, in: table, marked: marked)
          return
        }
      } else {
        base = firsts.reduce(Array(0..<table.count)) {
          $1.passing($0, in: table, marked: marked)
        }
      }
      passing = last.passing(base, in: table, marked: marked)
    }
  }

  /// Those of some tensors for which all conditions hold, one condition after the other.
  func passing(_ candidates: [Int], in table: TensorFacts, marked: Set<Int>) -> [Int] {
    conditions.reduce(candidates) { $1.passing($0, in: table, marked: marked) }
  }

  /// Which of some names a word means: the one that it is, or all that it begins or is a pattern of.
  fileprivate static func meant(_ names: [String], by word: String) -> [Bool] {
    let names = names.map { $0.lowercased() }
    if names.contains(word) { return names.map { $0 == word } }
    let glob = Glob(Array(word.utf8) + (isGlob(word) ? [] : [UInt8(ascii: "*")]))
    return names.map { name in
      let bytes = Array(name.utf8)
      return glob.matches(bytes.span, 0..<bytes.count)
    }
  }

  private static func isGlob(_ word: String) -> Bool { word.contains("*") || word.contains("?") }

  private static func kind(_ word: String) throws(Mistake) -> Kind {
    for comparison in Comparison.allCases {
      guard let range = word.firstRange(of: comparison.rawValue) else { continue }
      guard let quantity = Quantity(word[..<range.lowerBound]) else { break }
      let text = String(word[range.upperBound...])
      guard let number = number(text, isShare: quantity == .sparsity) else {
        throw Mistake(text: text.isEmpty ? "a number is missing" : "\(text) is no number")
      }
      return .number(quantity, comparison, number)
    }
    if let colon = word.firstIndex(of: ":") {
      let value = word[word.index(after: colon)...].lowercased()
      switch word[..<colon].lowercased() {
      case "type": return .type(value)
      case "role": return .role(value)
      case "part": return .part(value)
      case "layer", "layers":
        guard let range = ClosedRange(layers: value) else {
          throw Mistake(text: "layers are numbers: layer:3, layer:0-7")
        }
        return .layers(range)
      default: break
      }
    }
    if word == "problem" || word == "problems" { return .problem }
    if word == "marked" { return .marked }
    if isGlob(word) { return .glob(Glob(word.utf8.map(foldedCase))) }
    return Query(word).map(Kind.name) ?? .nothing
  }

  /// 0.5, 50%, 1e6, 1MiB, 2M, 1.5GB: a number with what multiplies it.
  ///
  /// - Parameter isShare: whether what is greater than 1 can only be meant in percent.
  private static func number(_ text: String, isShare: Bool) -> Double? {
    let lower = text.lowercased()
    let unit = String(lower.reversed().prefix { $0.isLetter || $0 == "%" }.reversed())
    guard let value = Double(lower.dropLast(unit.count)), value.isFinite else { return nil }
    let factor: Double? =
      switch unit {
      case "": isShare && value > 1 ? 0.01 : 1
      case "%": 0.01
      case "k", "kb": 1e3
      case "m", "mb": 1e6
      case "b", "g", "gb": 1e9
      case "kib": 1024
      case "mib": 1024 * 1024
      case "gib": 1024 * 1024 * 1024
      default: nil
      }
    return factor.map { value * $0 }
  }
}

extension TensorFacts {
  /// Where a tensor's name lies in ``text``.
  func range(of index: Int) -> Range<Int> { textStarts[index]..<textStarts[index + 1] }
}

extension ClosedRange<Int> {
  /// Layers as a filter names them: `3` or `0-7`; `nil` where they are none.
  init?(layers text: String) {
    let ends = text.split(separator: "-").map { Int($0) }
    guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else {
      return nil
    }
    self = first...last
  }
}
