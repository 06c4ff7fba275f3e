import Browser
import ModelFile
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
    case exists(path: String, isReadOnly: Bool)
    case failed(String)
  }

  /// Writes a document: into a file beside the target first, so that nothing is ever half written,
  /// and over an existing one only when that was agreed to.
  ///
  /// A link is followed and stays one. What is no regular file, and what is being looked at, is
  /// refused without asking.
  ///
  /// - Parameters:
  ///   - name: the target, in which `~` stands for the home folder.
  ///   - sources: the files that the document is about.
  static func write(
    _ document: () throws -> [UInt8], to name: String, overwriting: Bool, sources: [String] = []
  ) -> Outcome {
    let path: String
    do throws(Refusal) {
      path = try target(of: name, sources: sources)
    } catch {
      return .failed("cannot write \(name): \(error.reason)")
    }
    func isReadOnly() -> Bool {
      // For the administrator nothing is, but whoever protected the file meant something by it.
      var status = stat()
      return access(path, W_OK) != 0 || stat(path, &status) == 0 && status.st_mode & 0o222 == 0
    }
    if !overwriting, access(path, F_OK) == 0 {
      return .exists(path: name, isReadOnly: isReadOnly())
    }
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
        return .exists(path: name, isReadOnly: isReadOnly())
      }
      close(claim)
    }
    guard rename(temporary, path) == 0 else { return failure("write") }
    return .written("wrote \(path) (\(Format.bytes(bytes.count)))")
  }

  /// What a path could become that is being typed: the files and folders whose names go on so, the
  /// hidden ones only where a dot was typed.
  static func completions(of path: String) -> [String] {
    if path == "~" { return ["~/"] }
    let start = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let (folder, beginning) = (String(path[..<start]), path[start...])
    let names = (try? FileSystem.names(in: folder.isEmpty ? "." : expandingHome(folder))) ?? []
    return names.filter {
      $0.hasPrefix(beginning) && (!$0.hasPrefix(".") || beginning.hasPrefix("."))
    }.sorted().map { name in
      let isFolder = FileSystem.kind(of: expandingHome(folder + name)) == .directory
      return folder + name + (isFolder ? "/" : "")
    }
  }

  /// The files of a model, those beside it that say something of it among them.
  static func sources(of model: Model) -> [String] {
    let folder = Folder.of(model)
    let indexes = ((try? FileSystem.names(in: folder)) ?? []).filter {
      $0.hasSuffix(".index.json")
    }
    return model.parts.map(\.path) + model.sidecars.map(\.path) + indexes.map { "\(folder)/\($0)" }
  }

  /// Why nothing is written to a path.
  private struct Refusal: Error { var reason: String }

  /// The path that a name leads to, links followed, where something may be written to it.
  private static func target(of name: String, sources: [String]) throws(Refusal) -> String {
    let path = expandingHome(name)
    var status = stat()
    guard lstat(path, &status) == 0 else { return path }
    switch FileSystem.kind(of: path) {
    case .file: break
    case .directory: throw Refusal(reason: "it is a folder")
    case .other: throw Refusal(reason: "it is not a regular file")
    case nil: throw Refusal(reason: "it is a link that leads nowhere")
    }
    let identity = FileSystem.identity(of: path)
    let isSource = sources.contains { source in
      let other = FileSystem.identity(of: source)
      return other?.device == identity?.device && other?.inode == identity?.inode
    }
    guard !isSource else { throw Refusal(reason: "it is a file of the model that is shown") }
    guard let resolved = realpath(path, nil) else {
      throw Refusal(reason: String(cString: strerror(errno)))
    }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// A path whose first component may be `~`, the home folder, as a shell expands it.
  private static func expandingHome(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/"), let home = Environment.variables["HOME"],
      !home.isEmpty
    else { return path }
    return home + path.dropFirst()
  }
}

extension Export.Outcome {
  /// What the user is told, in the words of what is shown.
  func told<Update>(message: (String, Bool) -> Update, exists: (String, Bool) -> Update) -> Update {
    switch self {
    case .written(let text): message(text, false)
    case .exists(let path, let isReadOnly): exists(path, isReadOnly)
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
