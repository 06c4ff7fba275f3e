/// A forward reader of JSON text (RFC 8259) that knows where it stands.
///
/// It is as strict as serde_json, which reads safetensors headers in the reference library: no
/// control characters in strings, no lone surrogates, no leading zeros, nesting of 127 at most.
struct JSONScanner {
  /// The text, valid UTF-8 unless strings are to be refused.
  let bytes: [UInt8]
  /// The index of the next byte.
  private(set) var position = 0
  /// How many containers may still be opened.
  private var depthLeft = 127

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// What is wrong with the text, and where.
  struct Failure: Error, Equatable {
    var position: Int
    var message: String
  }

  /// A number as it is written: whole numbers of 64 bits unsigned are told apart.
  enum Number: Equatable {
    case unsigned(UInt64)
    case other(Double)
  }

  /// The kinds of values, told by their first byte.
  enum Kind {
    case object, array, string, number, bool, null
  }

  /// Passes white space and says which kind of value follows.
  mutating func kind() throws(Failure) -> Kind {
    skipWhitespace()
    guard position < bytes.count else { throw failure("the text ends where a value should stand") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    default: throw failure("a value should stand here")
    }
  }

  /// Reads an object: `member` is called at each value with its key and must read that value.
  mutating func object(
    _ member: (inout JSONScanner, String, Int) throws(Failure) -> Void
  ) throws(Failure) {
    try open("{")
    if closes("}") { return }
    while true {
      skipWhitespace()
      let keyPosition = position
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
        throw failure("a key in quotation marks should stand here")
      }
      let key = try string()
      try expect(":")
      try member(&self, key, keyPosition)
      if closes("}") { return }
      try expect(",")
    }
  }

  /// Reads an array: `element` is called at each element and must read it.
  mutating func array(
    _ element: (inout JSONScanner) throws(Failure) -> Void
  ) throws(Failure) {
    try open("[")
    if closes("]") { return }
    while true {
      try element(&self)
      if closes("]") { return }
      try expect(",")
    }
  }

  /// Reads a string.
  mutating func string() throws(Failure) -> String {
    skipWhitespace()
    try expect("\"")
    let start = position
    // Nearly all strings have no escapes and are taken in one piece.
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      if bytes[position] == UInt8(ascii: "\\") { return try stringWithEscapes(from: start) }
      guard bytes[position] >= 0x20 else { throw failure("a control character stands in a string") }
      position += 1
    }
    guard position < bytes.count else { throw failure("the text ends inside a string") }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    position += 1
    return text
  }

  /// Reads a number.
  mutating func number() throws(Failure) -> Number {
    skipWhitespace()
    let start = position
    var isWhole = true
    if peek("-") {
      isWhole = false
      position += 1
    }
    let integerStart = position
    try digits()
    guard bytes[integerStart] != UInt8(ascii: "0") || position == integerStart + 1 else {
      position = integerStart
      throw failure("a number starts with a needless zero")
    }
    if peek(".") {
      isWhole = false
      position += 1
      try digits()
    }
    if peek("e") || peek("E") {
      isWhole = false
      position += 1
      if peek("+") || peek("-") { position += 1 }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let value = UInt64(text) { return .unsigned(value) }
    return .other(Double(text) ?? .nan)
  }

  /// Reads `true` or `false`.
  mutating func bool() throws(Failure) -> Bool {
    skipWhitespace()
    if peek("t") {
      try word("true")
      return true
    }
    try word("false")
    return false
  }

  /// Reads `null`.
  mutating func null() throws(Failure) {
    skipWhitespace()
    try word("null")
  }

  /// Reads a value of any kind and forgets it.
  mutating func skipValue() throws(Failure) {
    switch try kind() {
    case .object: try object { scanner, _, _ throws(Failure) in try scanner.skipValue() }
    case .array: try array { scanner throws(Failure) in try scanner.skipValue() }
    case .string: _ = try string()
    case .number: _ = try number()
    case .bool: _ = try bool()
    case .null: try null()
    }
  }

  /// Makes sure that nothing but white space follows.
  mutating func end() throws(Failure) {
    skipWhitespace()
    guard position == bytes.count else {
      throw failure("something follows the end of the document")
    }
  }

  /// Passes white space.
  mutating func skipWhitespace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  // MARK: - Parts

  private func failure(_ message: String) -> Failure {
    Failure(position: position, message: message)
  }

  private func peek(_ character: Unicode.Scalar) -> Bool {
    position < bytes.count && bytes[position] == UInt8(ascii: character)
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
    skipWhitespace()
    guard peek(character) else { throw failure("\"\(character)\" should stand here") }
    position += 1
  }

  private mutating func open(_ bracket: Unicode.Scalar) throws(Failure) {
    try expect(bracket)
    depthLeft -= 1
    guard depthLeft >= 0 else { throw failure("values are nested deeper than 127") }
  }

  private mutating func closes(_ bracket: Unicode.Scalar) -> Bool {
    skipWhitespace()
    guard peek(bracket) else { return false }
    position += 1
    depthLeft += 1
    return true
  }

  private mutating func digits() throws(Failure) {
    let start = position
    while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
    guard position > start else { throw failure("a digit should stand here") }
  }

  private mutating func word(_ word: String) throws(Failure) {
    guard bytes[position...].starts(with: word.utf8) else {
      throw failure("\"\(word)\" should stand here")
    }
    position += word.utf8.count
  }

  private mutating func stringWithEscapes(from start: Int) throws(Failure) -> String {
    var text = Array(bytes[start..<position])
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      let byte = bytes[position]
      guard byte >= 0x20 else { throw failure("a control character stands in a string") }
      position += 1
      if byte == UInt8(ascii: "\\") {
        text.append(contentsOf: String(try escape()).utf8)
      } else {
        text.append(byte)
      }
    }
    guard position < bytes.count else { throw failure("the text ends inside a string") }
    position += 1
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func escape() throws(Failure) -> Character {
    guard position < bytes.count else { throw failure("the text ends inside a string") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return Character(try escapedScalar())
    default: throw failure("an unknown escape stands in a string")
    }
  }

  private mutating func escapedScalar() throws(Failure) -> Unicode.Scalar {
    let high = try hexadecimal()
    if let scalar = Unicode.Scalar(high) { return scalar }
    // What is no scalar is one half of a surrogate pair; the other must follow.
    guard high < 0xDC00, peek("\\") else { throw failure("half of a surrogate pair stands alone") }
    position += 1
    guard peek("u") else { throw failure("half of a surrogate pair stands alone") }
    position += 1
    let low = try hexadecimal()
    guard (0xDC00..<0xE000).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    else { throw failure("half of a surrogate pair stands alone") }
    return scalar
  }

  private mutating func hexadecimal() throws(Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count,
        let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
      else { throw failure("four hexadecimal digits should follow \\u") }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
