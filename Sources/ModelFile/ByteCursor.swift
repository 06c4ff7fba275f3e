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

  /// Moves on without reading.
  mutating func skip(_ count: Int) throws(Failure) {
    guard count <= remaining else { throw .end(needed: count) }
    offset += count
  }

  /// The next bytes.
  mutating func bytes(_ count: Int) throws(Failure) -> [UInt8] {
    try fill(count)
    let start = offset - windowStart
    offset += count
    return Array(window[start..<(start + count)])
  }

  /// The next unsigned number of 1, 2, 4 or 8 bytes.
  mutating func unsigned(_ byteCount: Int) throws(Failure) -> UInt64 {
    try fill(byteCount)
    let start = offset - windowStart
    offset += byteCount
    var value: UInt64 = 0
    for index in 0..<byteCount {
      let place = byteOrder == .little ? index : byteCount - 1 - index
      value |= UInt64(window[start + index]) << (8 * place)
    }
    return value
  }

  mutating func u32() throws(Failure) -> UInt32 {
    UInt32(truncatingIfNeeded: try unsigned(4))
  }

  mutating func u64() throws(Failure) -> UInt64 {
    try unsigned(8)
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
