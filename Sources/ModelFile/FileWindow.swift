internal import CFileWindow

/// A range of a file that the system has in memory, looked at without a copy.
///
/// Copying takes about as long as counting what was copied. A file that is cut short meanwhile gives
/// no signal: what is gone reads as zeros, and ``hasFailed`` tells. A thread looks through one window
/// at a time.
@safe public struct FileWindow: ~Copyable {
  private let window = UnsafeMutablePointer<file_window>.allocate(capacity: 1)
  private var file: FileReader?
  private var range = 0..<0

  /// A closed window.
  public init() {
    unsafe window.initialize(to: file_window())
  }

  deinit {
    unsafe file_window_close(window)
    unsafe window.deallocate()
  }

  /// Whether bytes that were looked at could not be read.
  public var hasFailed: Bool { unsafe window.pointee.failed != 0 }

  /// Bytes of a file, valid until the next call; `nil` where they have to be read.
  ///
  /// That is so where parts of them are not in memory, or where they cannot be mapped or are too many.
  public mutating func bytes(
    of file: FileReader, at offset: Int, count: Int
  ) -> UnsafeRawBufferPointer? {
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard offset >= 0, count > 0, !overflow, end <= file.byteCount else { return nil }
    if self.file !== file || offset < range.lowerBound || end > range.upperBound {
      guard open(file, at: offset, until: end) else { return nil }
    }
    return unsafe UnsafeRawBufferPointer(
      start: window.pointee.start + (offset - range.lowerBound), count: count)
  }

  /// Moves the window so that it begins at the last large page before a range.
  private mutating func open(_ file: FileReader, at offset: Int, until end: Int) -> Bool {
    unsafe file_window_close(window)
    self.file = nil
    let length = Int(FILE_WINDOW_LENGTH)
    let start = offset / (length / 2) * (length / 2)
    let stop = min(start + length, file.byteCount)
    guard end <= stop, unsafe file.map(start..<stop, in: window) else { return false }
    self.file = file
    range = start..<stop
    return true
  }
}
