/// Which tensors are listed: all conditions of a text such as `type:q4_k sparsity>50% *.q_proj.*`.
struct Filter: Sendable, Equatable {
  /// The text as the user wrote it.
  private(set) var text = ""
  private var conditions: [Condition] = []

  /// Lists everything.
  static let all = Filter()

  var isEmpty: Bool { conditions.isEmpty }

  private enum Condition: Sendable, Equatable {
    case type(String)
    case role(String)
    case part(String)
    case layers(ClosedRange<Int>)
    case problem
    case marked
    case name(Query)
    case glob([UInt8])
    case number(Quantity, Comparison, Double)
  }

  /// What can be compared with a number.
  private enum Quantity: Sendable {
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

  private enum Comparison: String, Sendable, CaseIterable {
    // The longer ones first, as they begin like the shorter ones.
    case atMost = "<="
    case atLeast = ">="
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
      }
    }
  }

  private init() {}

  /// Reads the conditions; a word that is none of the others is text to find in the name.
  init(_ text: String) {
    self.text = text
    conditions = text.split(separator: " ").map { Self.condition(String($0)) }
  }

  /// Whether the filter has to be asked again when measurements arrive.
  var dependsOnMeasurements: Bool {
    conditions.contains { condition in
      switch condition {
      case .number(let quantity, _, _): quantity != .size && quantity != .parameters
      case .problem: true
      default: false
      }
    }
  }

  func matches(_ index: Int, in table: TensorFacts, marked: Set<Int>) -> Bool {
    conditions.allSatisfy { condition in
      switch condition {
      case .type(let name): table.typeName(index).lowercased() == name
      case .role(let name): table.roleName(index).lowercased() == name
      case .part(let name): table.parts[index].title == name
      case .layers(let range): range.contains(table.layers[index])
      case .problem: table.isSuspicious(index)
      case .marked: marked.contains(index)
      case .name(let query): query.matchesWords(table.text, in: table.range(of: index))
      case .glob(let pattern): matchesGlob(pattern, table.text, table.range(of: index))
      case .number(let quantity, let comparison, let limit):
        quantity.value(of: index, in: table).map { comparison.holds($0, limit) } ?? false
      }
    }
  }

  private static func condition(_ word: String) -> Condition {
    for comparison in Comparison.allCases {
      guard let range = word.firstRange(of: comparison.rawValue) else { continue }
      if let quantity = Quantity(word[..<range.lowerBound]),
        let number = number(String(word[range.upperBound...]))
      {
        return .number(quantity, comparison, number)
      }
      break
    }
    if let colon = word.firstIndex(of: ":") {
      let value = word[word.index(after: colon)...].lowercased()
      switch word[..<colon].lowercased() {
      case "type": return .type(value)
      case "role": return .role(value)
      case "part": return .part(value)
      case "layer", "layers":
        if let range = ClosedRange(layers: value) { return .layers(range) }
      default: break
      }
    }
    if word == "problem" || word == "problems" { return .problem }
    if word == "marked" { return .marked }
    if word.contains("*") || word.contains("?") { return .glob(Array(word.utf8)) }
    return Query(word).map(Condition.name) ?? .problem
  }

  /// 0.5, 50%, 1MiB, 2M, 1.5GB: a number with what multiplies it.
  private static func number(_ text: String) -> Double? {
    let lower = text.lowercased()
    let digits = lower.prefix { $0.isNumber || $0 == "." || $0 == "-" }
    guard let value = Double(digits) else { return nil }
    let factor: Double? =
      switch lower.dropFirst(digits.count) {
      case "": 1
      case "%": 0.01
      case "k": 1e3
      case "m": 1e6
      case "b", "g": 1e9
      case "kib": 1024
      case "mib": 1024 * 1024
      case "gib": 1024 * 1024 * 1024
      case "kb": 1e3
      case "mb": 1e6
      case "gb": 1e9
      default: nil
      }
    return factor.map { value * $0 }
  }
}

extension TensorFacts {
  /// Where a tensor's name lies in ``text``.
  func range(of index: Int) -> Range<Int> { textStarts[index]..<textStarts[index + 1] }
}

/// Whether a whole name matches a pattern of `*` (anything) and `?` (one byte).
func matchesGlob(_ pattern: [UInt8], _ text: [UInt8], _ range: Range<Int>) -> Bool {
  var position = range.lowerBound
  var index = 0
  // Where to go on when the letters after the last star do not fit: one letter further.
  var star: (index: Int, position: Int)?
  while position < range.upperBound {
    if index < pattern.count, pattern[index] == UInt8(ascii: "*") {
      star = (index, position)
      index += 1
    } else if index < pattern.count,
      pattern[index] == UInt8(ascii: "?") || pattern[index] == text[position]
    {
      index += 1
      position += 1
    } else if let last = star {
      star = (last.index, last.position + 1)
      index = last.index + 1
      position = last.position + 1
    } else {
      return false
    }
  }
  while index < pattern.count, pattern[index] == UInt8(ascii: "*") { index += 1 }
  return index == pattern.count
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
