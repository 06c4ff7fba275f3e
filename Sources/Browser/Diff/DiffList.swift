import Report

/// The compared tensors: which are listed, in which order, and which is selected; no drawing.
struct DiffList: Sendable {
  /// What is known of one tensor.
  struct Row: Sendable, Equatable {
    var name: String
    var role: String
    var layer: Int?
    /// What became of it; `nil` before that is known.
    var change: String?
    /// The numbers; `nil` where they were not compared.
    var numbers: DiffReport.Numbers?
    /// All that is known in the end.
    var tensor: DiffReport.Tensor?

    init(name: String, role: String, numbers: DiffReport.Numbers?) {
      self.name = name
      self.role = role
      self.numbers = numbers
    }

    init(_ tensor: DiffReport.Tensor) {
      name = tensor.name
      role = tensor.role
      layer = tensor.layer
      change = tensor.change
      numbers = tensor.numbers
      self.tensor = tensor
    }

    /// The error in standard deviations of the reference; `nil` where it was not compared.
    ///
    /// A constant tensor has no deviation: that it changed is all that can be said, as in the
    /// report's histogram.
    var error: Double? {
      guard let numbers else { return nil }
      return numbers.identicalFraction == 1 ? 0 : numbers.relativeRMSE ?? 1
    }
  }

  /// What the list is sorted by.
  enum Order: Int, CaseIterable, Sendable {
    case error, noise, equal, change, name, file

    var title: String {
      switch self {
      case .error: "error"
      case .noise: "signal to noise"
      case .equal: "equal weights"
      case .change: "change"
      case .name: "name"
      case .file: "file order"
      }
    }
  }

  /// In the order of the file.
  private(set) var rows: [Row] = []
  private(set) var order = Order.error
  private(set) var isReversed = false
  private(set) var filter = DiffFilter("")
  /// Indices in ``rows`` as they are listed.
  private(set) var listed: [Int] = []
  private(set) var position = Position()
  /// The greatest error of all rows.
  private(set) var greatestError = 0.0

  var selected: Row? {
    listed.indices.contains(position.selected) ? rows[listed[position.selected]] : nil
  }

  mutating func replace(_ rows: [Row]) {
    let name = selected?.name
    self.rows = rows
    refresh(selecting: name)
  }

  mutating func add(_ added: [Row]) {
    guard !added.isEmpty else { return }
    // While rows arrive, the first stays selected unless the user has moved.
    let name = position.selected > 0 ? selected?.name : nil
    rows += added
    refresh(selecting: name)
  }

  mutating func setFilter(_ text: String) {
    filter = DiffFilter(text)
    refresh(selecting: selected?.name)
  }

  mutating func setOrder(_ order: Order, reversed: Bool) {
    self.order = order
    isReversed = reversed
    refresh(selecting: nil)
  }

  mutating func select(_ row: Int, height: Int) {
    position.select(row, count: listed.count, height: height)
  }

  mutating func move(by rows: Int, height: Int) {
    position.move(by: rows, count: listed.count, height: height)
  }

  mutating func move(_ command: Command, height: Int) {
    _ = position.move(command, count: listed.count, height: height)
  }

  mutating func scroll(by rows: Int, height: Int) {
    position.scroll(by: rows, count: listed.count, height: height)
  }

  private mutating func refresh(selecting name: String?) {
    greatestError = rows.reduce(0) { max($0, $1.error ?? 0) }
    listed = rows.indices.filter { filter.matches(rows[$0]) }
    // The most changed first; equal ones, and those without a number at the end, in file order.
    func sort(by key: (Row) -> Double?) {
      let sign = isReversed ? -1.0 : 1.0
      let keys = listed.map { index in (key(rows[index]).map { $0 * sign } ?? .infinity, index) }
      listed = keys.sorted { $0 < $1 }.map(\.1)
    }
    switch order {
    case .error: sort { $0.error.map { -$0 } }
    case .noise: sort { $0.numbers?.snrDecibels }
    case .equal: sort { $0.numbers?.identicalFraction }
    case .change, .name:
      let keys = rows.map { order == .change ? $0.change ?? "" : $0.name }
      listed.sort { (keys[$0], $0) < (keys[$1], $1) }
      if isReversed { listed.reverse() }
    case .file: if isReversed { listed.reverse() }
    }
    let row = name.flatMap { name in listed.firstIndex { rows[$0].name == name } }
    position.select(row ?? 0, count: listed.count, height: 0)
  }
}

/// Which compared tensors are listed: all conditions of a text such as `role:weight error>0.1`.
struct DiffFilter: Sendable, Equatable {
  /// The text as the user wrote it.
  let text: String
  private let conditions: [Condition]

  private enum Condition: Sendable, Equatable {
    case role(String)
    case layers(ClosedRange<Int>)
    case change(String)
    case types(String)
    case errorAbove(Double)
    case glob([UInt8])
    case name(Query)
  }

  var isEmpty: Bool { conditions.isEmpty }

  /// Reads the conditions; a word that is none of the others is text to find in the name.
  init(_ text: String) {
    self.text = text
    conditions = text.split(separator: " ").compactMap { Self.condition(String($0)) }
  }

  func matches(_ row: DiffList.Row) -> Bool {
    lazy var bytes = Array(row.name.utf8)
    return conditions.allSatisfy { condition in
      switch condition {
      case .role(let role): row.role == role
      case .layers(let range): row.layer.map(range.contains) ?? false
      case .change(let change): row.change == change
      case .types(let types): row.tensor.map { $0.types.lowercased() == types } ?? false
      case .errorAbove(let limit): row.error.map { $0 > limit } ?? false
      case .glob(let pattern): matchesGlob(pattern, bytes, 0..<bytes.count)
      case .name(let query): query.matchesWords(bytes, in: 0..<bytes.count)
      }
    }
  }

  private static func condition(_ word: String) -> Condition? {
    if word.hasPrefix("error>"), let limit = Double(word.dropFirst(6)) {
      return .errorAbove(limit)
    }
    if let colon = word.firstIndex(of: ":") {
      let value = word[word.index(after: colon)...].lowercased()
      switch word[..<colon].lowercased() {
      case "role": return .role(value)
      case "change": return .change(value)
      case "types": return .types(value)
      case "layer", "layers":
        let ends = value.split(separator: "-").map { Int($0) }
        if let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last {
          return .layers(first...last)
        }
      default: break
      }
    }
    if word.contains("*") || word.contains("?") { return .glob(Array(word.utf8)) }
    return Query(word).map(Condition.name)
  }
}

extension DiffReport.Tensor {
  /// How the two store it, without spaces: one word of a filter.
  var types: String { "\(referenceStorage)→\(storage)" }
}
