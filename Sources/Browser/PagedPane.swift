import Report

/// Values or bytes of a tensor, or elements of a metadata array, read page by page as they are
/// looked at.
struct PagedPane: Sendable {
  /// Whose items they are.
  enum Source: Sendable, Equatable {
    case tensor(Int)
    case array(String)
  }

  /// Items that have been read.
  enum Items: Sendable {
    case values([Double])
    case bytes([UInt8])
    case elements([MetadataObject.Value])

    var count: Int {
      switch self {
      case .values(let values): values.count
      case .bytes(let bytes): bytes.count
      case .elements(let elements): elements.count
      }
    }
  }

  var source: Source
  /// Bytes instead of values.
  private(set) var isHex = false
  /// Values, or elements, in all.
  private let valueCount: Int
  private let byteCount: Int
  /// The row length of the matrix, for naming values by row and column; 0 where it is none.
  let rowLength: Int
  /// The first item on the screen.
  private(set) var first = 0
  private var loaded: Items?
  private var loadedStart = 0
  /// A request that came back with nothing, so that it is not repeated.
  private var failedStart: Int?

  /// Items read at once: some pages around the place that is looked at.
  private static let window = 2048

  init(source: Source, valueCount: Int, byteCount: Int, rowLength: Int) {
    self.source = source
    self.valueCount = min(max(valueCount, 0), Self.countLimit)
    self.byteCount = min(max(byteCount, 0), Self.countLimit)
    self.rowLength = rowLength
  }

  /// Leaves room to calculate with whatever a header claims.
  private static let countLimit = Int.max / 4

  var isArray: Bool { if case .array = source { true } else { false } }

  /// Items in all.
  var count: Int { isHex ? byteCount : valueCount }

  /// Items of a line in a window of some columns.
  func perLine(columns: Int) -> Int {
    if case .array = source { return 1 }
    if isHex { return columns >= 78 ? 16 : 8 }
    // Powers of two, as matrices are.
    var perLine = 1
    while perLine < 16, labelWidth + perLine * 2 * Self.valueWidth <= columns { perLine *= 2 }
    return perLine
  }

  /// Columns of a value with its gap.
  static let valueWidth = 12
  var labelWidth: Int { rowLength > 0 && !isHex ? 26 : 14 }

  /// Goes to an item, or as near as there is room.
  mutating func go(to item: Int, lines: Int, columns: Int) {
    let perLine = perLine(columns: columns)
    let lineCount = (count + perLine - 1) / perLine
    let line = min(max(item, 0) / perLine, max(lineCount - lines, 0))
    first = line * perLine
  }

  /// The item that a text names: `1234`, `1,234`, or, of a matrix, `100, 5` and `[100, 5]`.
  ///
  /// `nil` where there is none of that name.
  func index(_ text: String) -> Int? {
    let text = text.filter { $0 != "[" && $0 != "]" }
    let words = text.split { $0 == "," || $0 == " " }
    let numbers = words.compactMap { Int($0) }
    guard numbers.count == words.count, numbers.allSatisfy({ $0 >= 0 }) else { return nil }
    // As counts are written here, in groups of three digits.
    let isGrouped = !text.contains(" ") && words.dropFirst().allSatisfy { $0.count == 3 }
    var index = isGrouped || numbers.count == 1 ? Int(words.joined()) : nil
    if index == nil, numbers.count == 2, rowLength > 0, numbers[1] < rowLength {
      let (start, overflow) = numbers[0].multipliedReportingOverflow(by: rowLength)
      index = overflow ? nil : start.addingClamped(numbers[1])
    }
    return index.flatMap { $0 < count ? $0 : nil }
  }

  /// What ``index(_:)`` understands.
  var indexHint: String {
    let range = "an index from 0 to \(Format.count(count - 1))"
    guard rowLength > 0, !isHex else { return range }
    return range + ", or row, column to [\((count - 1) / rowLength), \(rowLength - 1)]"
  }

  mutating func move(_ command: Command, lines: Int, columns: Int) -> Bool {
    let perLine = perLine(columns: columns)
    let lineCount = (count + perLine - 1) / perLine
    guard let line = command.target(from: first / perLine, count: lineCount, height: lines) else {
      return false
    }
    let (item, overflow) = max(line, 0).multipliedReportingOverflow(by: perLine)
    go(to: overflow ? count : item, lines: lines, columns: columns)
    return true
  }

  mutating func toggleHex() {
    guard case .tensor = source else { return }
    // The same place, by the bytes of a value.
    let share = count > 0 ? Double(first) / Double(count) : 0
    isHex.toggle()
    first = Int(share * Double(count))
    loaded = nil
    failedStart = nil
  }

  mutating func take(_ items: Items, from start: Int) {
    switch items {
    case .values: if isHex { return }
    case .bytes: if !isHex { return }
    case .elements: break
    }
    failedStart = items.count == 0 ? start : nil
    loaded = items
    loadedStart = start
  }

  /// What has to be read for the lines on the screen.
  func wanted(lines: Int, columns: Int) -> Browser.Effect? {
    let end = min(first.addingClamped(lines * perLine(columns: columns)), count)
    guard first < end else { return nil }
    if let loaded, loadedStart <= first, end <= loadedStart + loaded.count { return nil }
    let start = max(first - Self.window / 4, 0)
    guard failedStart != start else { return nil }
    let number = min(max(Self.window, end - start), count - start)
    switch source {
    case .tensor(let tensor):
      return isHex
        ? .loadBytes(tensor: tensor, start: start, count: number)
        : .loadValues(tensor: tensor, start: start, count: number)
    case .array(let key): return .loadArray(key: key, start: start, count: number)
    }
  }

  /// The lines on the screen.
  func lines(_ number: Int, columns: Int, marking query: Query? = nil) -> [StyledLine] {
    let perLine = perLine(columns: columns)
    return (0..<max(number, 0)).compactMap { line in
      let start = first + line * perLine
      guard start < count else { return nil }
      let end = min(start + perLine, count)
      var text = StyledLine(leftAligned(label(start), labelWidth), .dim)
      guard let loaded, start >= loadedStart, end <= loadedStart + loaded.count else {
        text.add(failedStart == nil ? "…" : "could not be read", .dim)
        return text
      }
      let range = start - loadedStart..<end - loadedStart
      switch loaded {
      case .values(let values):
        for value in values[range] {
          text.add(rightAligned(Self.text(value), Self.valueWidth), Self.style(value))
        }
      case .bytes(let bytes):
        for byte in bytes[range] { text.add(Self.hex(byte) + " ", byte == 0 ? .dim : .plain) }
        text.pad(to: labelWidth + perLine * 3 + 1)
        text.add(String(String.UnicodeScalarView(bytes[range].map(Self.glyph))), .dim)
      case .elements(let elements):
        for element in elements[range] { text.add(escapedForTerminal(element.text)) }
        return text.marking(query)
      }
      return text
    }
  }

  private func label(_ item: Int) -> String {
    let index = Format.count(item)
    guard rowLength > 0, !isHex else { return index }
    return "\(index)  [\(item / rowLength), \(item % rowLength)]"
  }

  static func style(_ value: Double) -> Style {
    value == 0 ? .dim : value.isFinite ? .plain : .error
  }

  static func text(_ value: Double) -> String {
    value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Inf" : "Inf") : Numbers.exact(value)
  }

  private static func hex(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }

  private static func glyph(_ byte: UInt8) -> Unicode.Scalar {
    byte >= 0x20 && byte < 0x7F ? Unicode.Scalar(byte) : "."
  }
}
