extension JSONValue {
  /// Reads a whole document that stands inside a model, in a tensor or in metadata; `nil` where it
  /// is no JSON.
  public static func document(in bytes: [UInt8]) -> JSONValue? { try? JSONValue(parsing: bytes) }

  /// Reads a whole document; of a key that stands twice the last value counts.
  ///
  /// - Throws: where and why the text is no JSON.
  init(parsing bytes: [UInt8]) throws(JSONScanner.Failure) {
    if let invalid = firstInvalidUTF8(in: bytes) {
      throw JSONScanner.Failure(position: invalid, message: "the text is no valid UTF-8")
    }
    // Python's json module, which writes most of these files, may write a byte order mark.
    let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    var scanner = JSONScanner(hasMark ? Array(bytes.dropFirst(3)) : bytes)
    self = try scanner.value()
    try scanner.end()
  }
}

extension JSONScanner {
  /// Reads a value of any kind.
  mutating func value() throws(Failure) -> JSONValue {
    switch try kind() {
    case .object:
      var members: [String: JSONValue] = [:]
      try object { scanner, key, _ throws(Failure) in members[key] = try scanner.value() }
      return .object(members)
    case .array:
      var elements: [JSONValue] = []
      try array { scanner throws(Failure) in elements.append(try scanner.value()) }
      return .array(elements)
    case .string: return .string(try string())
    case .number:
      switch try number() {
      case .unsigned(let value):
        return Int(exactly: value).map { .integer($0) } ?? .number(Double(value))
      case .other(let value): return Int(exactly: value).map { .integer($0) } ?? .number(value)
      }
    case .bool: return .bool(try bool())
    case .null:
      try null()
      return .null
    }
  }
}

/// The index of the first byte that is not part of valid UTF-8.
func firstInvalidUTF8(in bytes: [UInt8]) -> Int? {
  var decoder = Unicode.UTF8.ForwardParser()
  // ASCII, the common case, is passed without the parser.
  var index = 0
  while index < bytes.count {
    if bytes[index] < 0x80 {
      index += 1
      continue
    }
    var iterator = bytes[index..<min(index + 4, bytes.count)].makeIterator()
    switch decoder.parseScalar(from: &iterator) {
    case .valid(let scalar): index += scalar.count
    case .error, .emptyInput: return index
    }
    decoder = Unicode.UTF8.ForwardParser()
  }
  return nil
}
