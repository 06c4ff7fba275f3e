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
    /// How the two store it, without spaces: one word of a filter; `nil` before that is known.
    var types: String?

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
      types = "\(tensor.referenceStorage)→\(tensor.storage)"
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

    /// Whether the greatest comes first unless the user turns it around.
    var isDescending: Bool { self == .error }
  }

  /// In the order of the file; in the end that of ``DiffReport/tensors``.
  private(set) var rows: [Row] = []
  private(set) var order = Order.error
  private(set) var isReversed = false
  private(set) var filter = DiffFilter("")
  /// Indices in ``rows`` as they are listed.
  private(set) var listed: [Int] = []
  private(set) var position = Position()
  /// The greatest error of all rows.
  private(set) var greatestError = 0.0
  /// The error of each row; NaN where there is none.
  private var errors: [Double] = []
  /// The bytes of all names behind each other, and where each begins and the last ends.
  private var text: [UInt8] = []
  /// The same in small letters.
  private var foldedText: [UInt8] = []
  private var textStarts = [0]
  /// The place of each row by name; while rows arrive, once it was asked for.
  private var nameRanks: [Int]?

  var selected: Row? { selectedIndex.map { rows[$0] } }

  /// Its index in ``rows``.
  var selectedIndex: Int? {
    listed.indices.contains(position.selected) ? listed[position.selected] : nil
  }

  mutating func replace(_ rows: [Row]) {
    let name = selected?.name
    self.rows = []
    (text, foldedText, textStarts, errors) = ([], [], [0], [])
    greatestError = 0
    append(rows)
    nameRanks = rankNames()
    refresh(selecting: name.flatMap { name in rows.firstIndex { $0.name == name } })
  }

  mutating func add(_ added: [Row]) {
    guard !added.isEmpty else { return }
    // While rows arrive, the first stays selected unless the user has moved.
    let row = position.selected > 0 ? selectedIndex : nil
    append(added)
    refresh(selecting: row)
  }

  mutating func setFilter(_ text: String) {
    filter = DiffFilter(text)
    refresh(selecting: selectedIndex)
  }

  mutating func setOrder(_ order: Order, reversed: Bool) {
    self.order = order
    isReversed = reversed
    refresh(selecting: nil)
  }

  /// The place of the next listed row whose name a query finds.
  func nextMatch(_ query: Query, backwards: Bool, includingCurrent: Bool) -> Int? {
    guard !listed.isEmpty else { return nil }
    let text = query.ignoresCase ? foldedText : text
    for offset in (includingCurrent ? 0 : 1)...listed.count {
      let place = position.selected + (backwards ? -offset : offset)
      let index = (place % listed.count + listed.count) % listed.count
      let row = listed[index]
      if query.matchesWords(text.span, in: textStarts[row]..<textStarts[row + 1]) { return index }
    }
    return nil
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

  private mutating func append(_ added: [Row]) {
    rows += added
    nameRanks = nil
    for row in added {
      text.append(contentsOf: row.name.utf8)
      foldedText.append(contentsOf: row.name.utf8.lazy.map(foldedCase))
      textStarts.append(text.count)
      errors.append(row.error ?? .nan)
      greatestError = max(greatestError, row.error ?? 0)
    }
  }

  private mutating func refresh(selecting selected: Int?) {
    listed = Array(rows.indices)
    if !filter.isEmpty {
      listed.removeAll {
        !filter.matches($0, of: rows, text, foldedText, textStarts[$0]..<textStarts[$0 + 1])
      }
    }
    // The most changed first; equal ones, and those without a number at the end, in file order.
    func sort(by key: (Int) -> Double?) {
      let sign = isReversed ? -1.0 : 1.0
      let keys = listed.map { index in (key(index).map { $0 * sign } ?? .infinity, index) }
      listed = keys.sorted { $0 < $1 }.map(\.1)
    }
    switch order {
    case .error: sort { errors[$0].isNaN ? nil : -errors[$0] }
    case .noise: sort { rows[$0].numbers?.snrDecibels }
    case .equal: sort { rows[$0].numbers?.identicalFraction }
    case .change:
      let changes = Set(rows.lazy.compactMap(\.change)).sorted()
      let ranks = Dictionary(uniqueKeysWithValues: zip(changes, changes.indices.map(Double.init)))
      sort { rows[$0].change.flatMap { ranks[$0] } }
    case .name:
      let ranks = nameRanks ?? rankNames()
      nameRanks = ranks
      sort { Double(ranks[$0]) }
    case .file: if isReversed { listed.reverse() }
    }
    let row = selected.flatMap { listed.firstIndex(of: $0) }
    position.select(row ?? 0, count: listed.count, height: 0)
  }

  /// Sorted by bytes, which takes longer than a frame for 100,000 names, so not with each key.
  private func rankNames() -> [Int] {
    var ranks = Array(repeating: 0, count: rows.count)
    let order = rows.indices.sorted { a, b in
      let (first, second) = (textStarts[a]..<textStarts[a + 1], textStarts[b]..<textStarts[b + 1])
      var (i, j) = (first.lowerBound, second.lowerBound)
      while i < first.upperBound, j < second.upperBound {
        if text[i] != text[j] { return text[i] < text[j] }
        i += 1
        j += 1
      }
      return first.count != second.count ? first.count < second.count : a < b
    }
    for (rank, row) in order.enumerated() { ranks[row] = rank }
    return ranks
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
    case error(Relation, Double)
    case glob(Glob)
    case name(Query)
  }

  /// How an error lies to a limit; one that begins with another comes before it.
  private enum Relation: String, CaseIterable, Sendable {
    case atLeast = ">="
    case atMost = "<="
    case above = ">"
    case below = "<"

    func holds(_ error: Double, _ limit: Double) -> Bool {
      switch self {
      case .atLeast: error >= limit
      case .atMost: error <= limit
      case .above: error > limit
      case .below: error < limit
      }
    }
  }

  var isEmpty: Bool { conditions.isEmpty }

  /// Reads the conditions; a word that is none of the others is text to find in the name.
  init(_ text: String) {
    self.text = text
    conditions = text.split(separator: " ").compactMap { Self.condition(String($0)) }
  }

  /// Whether a row is listed, whose name is a range of a text; it is not taken out of its list, as
  /// that would copy all of it.
  func matches(
    _ index: Int, of rows: [DiffList.Row], _ text: [UInt8], _ foldedText: [UInt8],
    _ name: Range<Int>
  ) -> Bool {
    conditions.allSatisfy { condition in
      switch condition {
      case .role(let role): rows[index].role == role
      case .layers(let range): rows[index].layer.map(range.contains) ?? false
      case .change(let change): rows[index].change == change
      case .types(let types): rows[index].types?.lowercased() == types
      case .error(let relation, let limit):
        rows[index].error.map { relation.holds($0, limit) } ?? false
      case .glob(let glob): glob.matches(text.span, name)
      case .name(let query):
        query.matchesWords(query.ignoresCase ? foldedText.span : text.span, in: name)
      }
    }
  }

  private static func condition(_ word: String) -> Condition? {
    if word.hasPrefix("error"),
      let relation = Relation.allCases.first(where: { word.dropFirst(5).hasPrefix($0.rawValue) }),
      let limit = Double(word.dropFirst(5 + relation.rawValue.count))
    {
      return .error(relation, limit)
    }
    if let colon = word.firstIndex(of: ":") {
      let value = word[word.index(after: colon)...].lowercased()
      switch word[..<colon].lowercased() {
      case "role": return .role(value)
      case "change": return .change(value)
      case "types": return .types(value)
      case "layer", "layers":
        if let range = ClosedRange(layers: value) { return .layers(range) }
      default: break
      }
    }
    if word.contains("*") || word.contains("?") { return .glob(Glob(Array(word.utf8))) }
    return Query(word).map(Condition.name)
  }
}
