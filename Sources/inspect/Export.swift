import Browser
import Report

#if canImport(Glibc)
import Glibc
#endif

/// Writing a report to a file from the terminal interface.
enum Export {
  /// Writes the report as JSON: into a file beside the target first, so that nothing is ever half
  /// written, and over an existing one only when that was agreed to.
  static func write(_ report: Report, to path: String, overwriting: Bool) -> Browser.Update {
    if !overwriting, access(path, F_OK) == 0 { return .exportExists(path: path) }
    let bytes: [UInt8]
    do {
      bytes = try report.json(version: Inspect.version)
    } catch {
      return .message("the report cannot be encoded: \(error)", isError: true)
    }
    let temporary = "\(path).\(getpid()).part"
    func failure(_ verb: String) -> Browser.Update {
      let reason = String(cString: strerror(errno))
      unlink(temporary)
      return .message("cannot \(verb) \(path): \(reason)", isError: true)
    }
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard file >= 0 else { return failure("write") }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(file, $0.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        close(file)
        return failure("write")
      }
      written += count
    }
    guard close(file) == 0 else { return failure("write") }
    // A link fails where the target exists, which a rename would replace.
    if overwriting {
      guard rename(temporary, path) == 0 else { return failure("replace") }
    } else {
      guard link(temporary, path) == 0 else {
        let exists = errno == EEXIST
        if !exists { return failure("write") }
        unlink(temporary)
        return .exportExists(path: path)
      }
      unlink(temporary)
    }
    return .message("wrote \(path) (\(Format.bytes(bytes.count)))")
  }
}
