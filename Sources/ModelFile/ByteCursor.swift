/// A forward reader of numbers and strings in a file, through a window of bounded size.
///
/// Every read is checked against the end of the file before anything is allocated, so a hostile
/// length costs nothing.
struct ByteCursor: ~Copyable {
  /// The position of the next byte in the file.
  private(set) var offset: Int
  /// Bytes from here to the end of the file.
  var remaining: Int { file.byteCount - offset }
  /// The order of bytes in numbers.
  var byteOrder = ByteOrder.little

  private let file: FileReader
  private var window: [UInt8] = []
  private var windowStart = 0

  /// Bytes that one read of the file brings in.
  private static let windowSize = 1 << 18

  init(file: FileReader, offset: Int = 0) {
    self.file = file
    self.offset = offset
  }

  /// Why a read was refused.
  enum Failure: Error {
    /// Fewer bytes are left than were asked for.
    case end(needed: Int)
    /// The system could not read.
    case file(FileError)
  }

  /// Text as it stands in a file.
  struct Text {
    /// The text, broken bytes replaced by U+FFFD.
    var string: String
    /// Whether no byte was broken.
    var isValid: Bool
    /// Whether it consists of printable ASCII only, as nearly all names do.
    var isPlain: Bool
  }

  /// Moves on without reading.
  mutating func skip(_ count: Int) throws(Failure) {
    guard count <= remaining else { throw .end(needed: count) }
    offset += count
  }

  /// The next bytes.
  mutating func bytes(_ count: Int) throws(Failure) -> [UInt8] {
    try fill(count)
    offset += count
    return lastBytes(count)
  }

  /// The next bytes as text.
  mutating func text(_ count: Int) throws(Failure) -> Text {
    try fill(count)
    let start = offset - windowStart
    offset += count
    var isPlain = true
    let bytes = window.span.extracting(start..<(start + count))
    for index in bytes.indices where !(0x20..<0x7F).contains(bytes[index]) {
      isPlain = false
      break
    }
    let slice = window[start..<(start + count)]
    if let string = String(validating: slice, as: UTF8.self) {
      return Text(string: string, isValid: true, isPlain: isPlain)
    }
    return Text(string: String(decoding: slice, as: UTF8.self), isValid: false, isPlain: false)
  }

  /// The bytes that the last call of ``bytes(_:)`` or ``text(_:)`` moved over.
  func lastBytes(_ count: Int) -> [UInt8] {
    let end = offset - windowStart
    return Array(window[(end - count)..<end])
  }

  /// The next unsigned number of 1, 2, 4 or 8 bytes.
  mutating func unsigned(_ byteCount: Int) throws(Failure) -> UInt64 {
    try fill(byteCount)
    let start = offset - windowStart
    offset += byteCount
    return switch byteCount {
    case 1: UInt64(window[start])
    case 2: UInt64(load(UInt16.self, at: start))
    case 4: UInt64(load(UInt32.self, at: start))
    default: load(UInt64.self, at: start)
    }
  }

  mutating func u32() throws(Failure) -> UInt32 {
    UInt32(truncatingIfNeeded: try unsigned(4))
  }

  mutating func u64() throws(Failure) -> UInt64 {
    try unsigned(8)
  }

  /// A number in the window; the span checks its bounds, and every bit pattern is a number.
  private func load<Number: FixedWidthInteger & BitwiseCopyable>(
    _: Number.Type,
    at index: Int
  ) -> Number {
    let stored = unsafe window.span.bytes.unsafeLoadUnaligned(
      fromByteOffset: index,
      as: Number.self
    )
    return byteOrder == .little ? Number(littleEndian: stored) : Number(bigEndian: stored)
  }

  /// Makes sure that the window holds the next bytes.
  private mutating func fill(_ count: Int) throws(Failure) {
    guard count <= remaining else { throw .end(needed: count) }
    if offset >= windowStart, offset + count <= windowStart + window.count { return }
    do {
      window = try file.bytes(at: offset, count: max(count, Self.windowSize))
    } catch {
      throw .file(error)
    }
    windowStart = offset
    // The file may have shrunk since it was opened.
    guard count <= window.count else { throw .end(needed: count) }
  }
}
