import Browser
import Report

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Writing a document to a file from the terminal interface.
enum Export {
  /// What came of it.
  enum Outcome {
    case written(String)
    /// The target exists, and nobody agreed to write over it.
    case exists(path: String)
    case failed(String)
  }

  /// Writes a document: into a file beside the target first, so that nothing is ever half written,
  /// and over an existing one only when that was agreed to.
  static func write(_ document: () throws -> [UInt8], to path: String, overwriting: Bool)
    -> Outcome
  {
    if !overwriting, access(path, F_OK) == 0 { return .exists(path: path) }
    let bytes: [UInt8]
    do {
      bytes = try document()
    } catch {
      return .failed("the report cannot be encoded: \(error)")
    }
    let temporary = "\(path).\(getpid()).part"
    func failure(_ verb: String) -> Outcome {
      let reason = String(cString: strerror(errno))
      unlink(temporary)
      return .failed("cannot \(verb) \(path): \(reason)")
    }
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard file >= 0 else { return failure("write") }
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { writeBytes($0, to: file) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        close(file)
        return failure("write")
      }
      written += count
    }
    guard close(file) == 0 else { return failure("write") }
    if !overwriting {
      // Whoever creates the target has it, so that what is renamed over is our own.
      let claim = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      guard claim >= 0 else {
        guard errno == EEXIST else { return failure("write") }
        unlink(temporary)
        return .exists(path: path)
      }
      close(claim)
    }
    guard rename(temporary, path) == 0 else { return failure("write") }
    return .written("wrote \(path) (\(Format.bytes(bytes.count)))")
  }
}

extension Export.Outcome {
  /// What the user is told, in the words of what is shown.
  func told<Update>(message: (String, Bool) -> Update, exists: (String) -> Update) -> Update {
    switch self {
    case .written(let text): message(text, false)
    case .exists(let path): exists(path)
    case .failed(let text): message(text, true)
    }
  }
}

extension Browser.Update {
  /// What the user is told.
  init(_ outcome: Export.Outcome) {
    self = outcome.told(message: Self.message, exists: Self.exportExists)
  }
}

extension DiffBrowser.Update {
  /// What the user is told.
  init(_ outcome: Export.Outcome) {
    self = outcome.told(message: Self.message, exists: Self.exportExists)
  }
}
