/// Reads GGUF's numbers, strings and values from a file.
struct GGUFValueReader: ~Copyable {
  var cursor: ByteCursor
  /// Of the file: version 1 has shorter lengths and fewer types.
  var version = 3
  /// What is being read, for the sentences of problems.
  var subject = Subject.start
  var problems: GGUFProblems

  private let part: Int
  private var keptElements = 0
  private var reportedOfValue: Set<ProblemCode> = []

  /// Array elements that are kept of one file.
  ///
  /// Real headers stay far below; one made of short arrays shall not cost a multiple of its bytes.
  private static let mostKeptElements = 1 << 18

  init(file: FileReader, offset: Int = 0, part: Int) {
    cursor = ByteCursor(file: file, offset: offset)
    problems = GGUFProblems(path: file.path)
    self.part = part
  }

  /// Why nothing further can be located.
  struct Stop: Error {
    var code: ProblemCode
    var message: String
    var offset: Int
    /// The system's refusal, where it was the cause.
    var fileError: FileError?
  }

  /// A piece of the header.
  enum Subject {
    case start
    case key(Int)
    case value(key: String)
    case info(Int)

    var description: String {
      switch self {
      case .start: "the start of the header"
      case .key(let index): "key \(index)"
      case .value(let key): "the value of \(quoted(key))"
      case .info(let index): "the info of tensor \(index)"
      }
    }
  }

  /// Bytes of a length, a count or a dimension.
  var lengthByteCount: Int { version == 1 ? 4 : 8 }

  // MARK: - Numbers and strings

  mutating func number(_ byteCount: Int) throws(Stop) -> UInt64 {
    do { return try cursor.unsigned(byteCount) } catch { throw stop(error) }
  }

  mutating func u32() throws(Stop) -> UInt32 { UInt32(truncatingIfNeeded: try number(4)) }

  /// A length, a count or a dimension.
  mutating func length() throws(Stop) -> UInt64 { try number(lengthByteCount) }

  /// The length of a string whose bytes are there.
  mutating func stringLength() throws(Stop) -> Int {
    let position = cursor.offset
    let length = try length()
    guard length <= cursor.remaining else {
      throw Stop(
        code: .stringTooLong,
        message: "\(subject.description) holds a string of \(length) bytes, but "
          + "\(cursor.remaining) are left in the file", offset: position)
    }
    if length > GGUF.longestItem {
      reportOnce(
        .stringTooLong,
        "holds a string of \(length) bytes, ggml reads at most " + "\(GGUF.longestItem)",
        at: position)
    }
    return Int(length)
  }

  /// Text of a length that ``stringLength()`` gave.
  mutating func text(_ count: Int) throws(Stop) -> ByteCursor.Text {
    do { return try cursor.text(count) } catch { throw stop(error) }
  }

  private mutating func string() throws(Stop) -> String {
    let position = cursor.offset
    let count = try stringLength()
    let text = try text(count)
    if !text.isValid {
      reportOnce(.invalidUTF8, "is no valid UTF-8; the broken bytes are replaced", at: position)
    }
    return text.string
  }

  // MARK: - Values

  /// The type of a value.
  mutating func valueType() throws(Stop) -> GGUFValueType {
    let position = cursor.offset
    let number = try u32()
    // Version 1 ended at arrays; the 64-bit types came with version 2.
    guard let type = GGUFValueType(rawValue: number), version > 1 || number <= 9 else {
      throw Stop(
        code: .invalidValueType,
        message: "\(subject.description) has the type \(number), version \(version) defines 0 to "
          + "\(version == 1 ? 9 : 12)", offset: position)
    }
    return type
  }

  /// A value of a key; long arrays are only begun.
  mutating func value(_ type: GGUFValueType) throws(Stop) -> MetadataValue {
    reportedOfValue.removeAll(keepingCapacity: true)
    return try element(type, depth: 0)
  }

  /// A value inside so many arrays.
  private mutating func element(_ type: GGUFValueType, depth: Int) throws(Stop) -> MetadataValue {
    switch type {
    case .u8, .u16, .u32, .u64: return .unsigned(try number(type.byteCount ?? 8), type)
    case .i8: return .signed(Int64(Int8(truncatingIfNeeded: try number(1))), type)
    case .i16: return .signed(Int64(Int16(truncatingIfNeeded: try number(2))), type)
    case .i32: return .signed(Int64(Int32(truncatingIfNeeded: try number(4))), type)
    case .i64: return .signed(Int64(bitPattern: try number(8)), type)
    case .f32: return .float32(Float(bitPattern: try u32()))
    case .f64: return .float64(Double(bitPattern: try number(8)))
    case .bool:
      let position = cursor.offset
      let byte = try number(1)
      if byte > 1 {
        reportOnce(.invalidBool, "is a bool of \(byte), 0 and 1 are defined", at: position)
      }
      return .bool(byte != 0)
    case .string: return .string(try string())
    case .array: return .array(try array(depth: depth + 1, isKept: true))
    }
  }

  /// An array, the outermost one at depth 1.
  private mutating func array(depth: Int, isKept: Bool) throws(Stop) -> MetadataArray {
    let position = cursor.offset
    let type = try valueType()
    let count = try length()
    if type == .array {
      guard depth < GGUF.deepestArray else {
        throw Stop(
          code: .arrayTooDeep,
          message: "\(subject.description) nests arrays deeper than \(GGUF.deepestArray)",
          offset: position)
      }
      reportOnce(.nestedArray, "is an array of arrays, which ggml refuses", at: position)
    }
    let shortest = type.byteCount ?? (type == .array ? 4 + lengthByteCount : lengthByteCount)
    guard count <= cursor.remaining / shortest else {
      throw Stop(
        code: .arrayTooLong,
        message: "\(subject.description) holds an array of \(count) elements, which need "
          + "\(shortest) bytes each, but \(cursor.remaining) are left in the file", offset: position
      )
    }
    if count > GGUF.longestItem {
      reportOnce(
        .arrayTooLong,
        "holds an array of \(count) elements, ggml reads at most " + "\(GGUF.longestItem)",
        at: position)
    }
    var array = MetadataArray(
      elementType: type, count: Int(count), first: [], offset: cursor.offset, part: part)
    var kept = 0
    if isKept, keptElements < Self.mostKeptElements {
      kept = array.count <= MetadataArray.wholeLimit ? array.count : MetadataArray.firstCount
      keptElements += kept
    }
    array.first = try elements(type, count: kept, depth: depth)
    try skip(type, count: array.count - kept, depth: depth)
    return array
  }

  /// The next elements of an array.
  mutating func elements(_ type: GGUFValueType, count: Int, depth: Int) throws(Stop)
    -> [MetadataValue]
  {
    var values: [MetadataValue] = []
    values.reserveCapacity(min(count, MetadataArray.wholeLimit))
    for _ in 0..<count { values.append(try element(type, depth: depth)) }
    return values
  }

  /// Moves over elements of an array, without an object for any of them.
  mutating func skip(_ type: GGUFValueType, count: Int, depth: Int) throws(Stop) {
    if let byteCount = type.byteCount {
      let (total, overflow) = count.multipliedReportingOverflow(by: byteCount)
      try skip(overflow ? .max : total)
    } else if type == .string {
      for _ in 0..<count { try skip(try stringLength()) }
    } else {
      for _ in 0..<count { _ = try array(depth: depth + 1, isKept: false) }
    }
  }

  mutating func skip(_ byteCount: Int) throws(Stop) {
    do { try cursor.skip(byteCount) } catch { throw stop(error) }
  }

  // MARK: - Problems

  /// Reports something of the value once, however many of its elements have it.
  private mutating func reportOnce(_ code: ProblemCode, _ statement: String, at offset: Int) {
    guard reportedOfValue.insert(code).inserted else { return }
    problems.report(code, "\(subject.description) \(statement)", at: offset)
  }

  private func stop(_ failure: ByteCursor.Failure) -> Stop {
    switch failure {
    case .end(let needed):
      Stop(
        code: .truncatedHeader,
        message: "the file ends inside \(subject.description): \(needed) more bytes are needed, "
          + "\(cursor.remaining) are left", offset: cursor.offset)
    case .file(let error):
      Stop(code: .readFailed, message: error.description, offset: cursor.offset, fileError: error)
    }
  }
}
