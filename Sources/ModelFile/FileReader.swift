// The one file that calls libc: opening, positioned reads, directory listings. Mapping is
// CFileWindow's.

internal import CFileWindow

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// An open file, read at positions.
///
/// One that shrinks while it is read gives an error and no signal; ``FileWindow`` sees to that where
/// its bytes are looked at in place.
public final class FileReader: Sendable {
  /// The path it was opened by.
  public let path: String
  /// Its size when it was opened, in bytes.
  public let byteCount: Int
  /// What it was when it was opened.
  public let identity: FileIdentity

  private let descriptor: Int32

  /// Opens a regular file for reading.
  ///
  /// - Throws: ``FileError`` where it is missing, may not be read, or is no regular file.
  public init(path: String) throws(FileError) {
    // Without O_NONBLOCK opening a pipe would wait for its writer.
    let descriptor = retryingOnInterrupt { unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { throw FileError(path: path, verb: "open", errno: errno) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      let error = FileError(path: path, verb: "examine", errno: errno)
      close(descriptor)
      throw error
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileError(
        path: path, verb: "open", errno: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : 0)
    }
    self.path = path
    self.descriptor = descriptor
    byteCount = Int(status.st_size)
    identity = FileIdentity(status)
  }

  deinit {
    close(descriptor)
  }

  /// Fills a buffer from a position; the corresponding C function is `pread`.
  ///
  /// - Returns: how many bytes were read, fewer than asked for only at the end of the file.
  /// - Throws: ``FileError`` with the system's reason.
  public func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(FileError) -> Int {
    guard let start = buffer.baseAddress else { return 0 }
    var filled = 0
    while filled < buffer.count {
      let read = retryingOnInterrupt {
        unsafe pread(
          descriptor, start.advanced(by: filled), buffer.count - filled, off_t(offset + filled))
      }
      guard read >= 0 else { throw FileError(path: path, verb: "read", errno: errno) }
      if read == 0 { break }
      filled += read
    }
    return filled
  }

  /// The bytes of a range, fewer where the file ends first.
  ///
  /// - Throws: ``FileError`` with the system's reason.
  public func bytes(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
    let available = max(0, min(count, byteCount - offset))
    var result: Result<Int, FileError> = .success(0)
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: available) { buffer, initialized in
      do throws(FileError) {
        initialized = unsafe try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      } catch {
        result = .failure(error)
      }
    }
    _ = try result.get()
    return bytes
  }

  /// Opens a window on a range of the file.
  func map(_ range: Range<Int>, in window: UnsafeMutablePointer<file_window>) -> Bool {
    unsafe file_window_open(window, descriptor, Int64(range.lowerBound), range.count) != 0
  }

  /// What the file behind the descriptor is now, to notice that it changed.
  public func currentIdentity() -> FileIdentity? {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 ? FileIdentity(status) : nil
  }
}

/// What distinguishes a file from another at the same path, or from itself after a change.
public struct FileIdentity: Hashable, Sendable {
  /// The file system.
  public var device: UInt64
  /// The file in it.
  public var inode: UInt64
  /// Its size in bytes.
  public var byteCount: Int
  /// The last change of its content, in nanoseconds since 1970.
  public var modified: Int

  fileprivate init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    byteCount = Int(status.st_size)
    #if os(Linux)
    modified = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
    #else
    modified = status.st_mtimespec.tv_sec * 1_000_000_000 + status.st_mtimespec.tv_nsec
    #endif
  }
}

/// A system call that failed.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file it was about.
  public var path: String
  /// What was tried, as a verb: open, read.
  public var verb: String
  /// The system's number for the cause; 0 for a file that is neither regular nor a directory.
  public var errno: Int32

  /// The sentence for a person, without the path.
  public var description: String {
    errno == 0 ? "cannot \(verb): it is no regular file" : "cannot \(verb): \(systemMessage)"
  }

  private var systemMessage: String {
    unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
  }
}

/// Questions about paths.
public enum FileSystem {
  /// What stands at a path.
  public enum Kind: Sendable {
    case file, directory, other
  }

  /// What stands at a path, links followed; `nil` where nothing does.
  public static func kind(of path: String) -> Kind? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    return switch status.st_mode & S_IFMT {
    case S_IFREG: .file
    case S_IFDIR: .directory
    default: .other
    }
  }

  /// The file at a path, links followed.
  public static func identity(of path: String) -> FileIdentity? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? FileIdentity(status) : nil
  }

  /// The names in a directory, sorted, without `.` and `..`.
  ///
  /// - Throws: ``FileError`` where it is missing or may not be read.
  public static func names(in directory: String) throws(FileError) -> [String] {
    guard let stream = unsafe opendir(directory) else {
      throw FileError(path: directory, verb: "list", errno: errno)
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}

/// Calls again what a signal interrupted.
private func retryingOnInterrupt<Result: FixedWidthInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}
