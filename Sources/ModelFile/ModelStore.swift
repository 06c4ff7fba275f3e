/// Models that other programs keep on this machine under a name of theirs.
enum ModelStore {
  /// The path that `hf:org/name[@revision]` or `ollama:name[:tag]` stands for.
  ///
  /// - Returns: `nil` for a path of the file system, else a path or a sentence why there is none.
  static func path(
    of name: String, environment: [String: String]
  ) -> Result<String, Missing>? {
    if name.hasPrefix("hf:") { return hubPath(of: name.dropFirst(3), environment: environment) }
    if name.hasPrefix("ollama:") {
      return ollamaPath(of: name.dropFirst(7), environment: environment)
    }
    return nil
  }

  /// Why a name leads nowhere.
  struct Missing: Error {
    var message: String
  }

  /// `models--org--name/{refs/<revision>, snapshots/<commit>/}` in the hub's cache
  /// (huggingface_hub, "Understand caching").
  private static func hubPath(
    of name: Substring, environment: [String: String]
  ) -> Result<String, Missing> {
    let halves = name.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let segments = halves[0].split(separator: "/", omittingEmptySubsequences: false)
    let revision = halves.count == 2 ? String(halves[1]) : "main"
    guard (1...2).contains(segments.count), segments.allSatisfy(isSafeSegment),
      revision.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(isSafeSegment)
    else { return .failure(Missing(message: "hub models are written hf:org/name[@revision]")) }
    let home = environment["HOME"] ?? ""
    let cache =
      environment["HF_HUB_CACHE"] ?? environment["HF_HOME"].map { "\($0)/hub" }
      ?? environment["XDG_CACHE_HOME"].map { "\($0)/huggingface/hub" }
      ?? "\(home)/.cache/huggingface/hub"
    let folder = "\(cache)/models--\(segments.joined(separator: "--"))"
    guard FileSystem.kind(of: folder) == .directory else {
      return .failure(Missing(message: "the hub's cache has no such model: \(folder)"))
    }
    let commit = text(at: "\(folder)/refs/\(revision)") ?? revision
    let snapshot = "\(folder)/snapshots/\(commit)"
    guard isSafeSegment(commit[...]), FileSystem.kind(of: snapshot) == .directory else {
      return .failure(Missing(message: "the hub's cache has no revision \(quoted(revision))"))
    }
    return .success(snapshot)
  }

  /// `manifests/<host>/<namespace>/<name>/<tag>` names the blobs of a model by their digests
  /// (ollama: server/modelpath.go, server/manifest.go).
  private static func ollamaPath(
    of name: Substring, environment: [String: String]
  ) -> Result<String, Missing> {
    let halves = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let tag = halves.count == 2 ? halves[1] : "latest"
    var segments = halves[0].split(separator: "/", omittingEmptySubsequences: false)
    guard (1...3).contains(segments.count), segments.allSatisfy(isSafeSegment), isSafeSegment(tag)
    else { return .failure(Missing(message: "Ollama models are written ollama:name[:tag]")) }
    if segments.count == 1 { segments.insert("library", at: 0) }
    if segments.count == 2 { segments.insert("registry.ollama.ai", at: 0) }
    let store =
      environment["OLLAMA_MODELS"] ?? "\(environment["HOME"] ?? "")/.ollama/models"
    let manifest = "\(store)/manifests/\(segments.joined(separator: "/"))/\(tag)"
    guard let file = try? FileReader(path: manifest), file.byteCount < 1 << 20,
      let bytes = try? file.bytes(at: 0, count: file.byteCount),
      let document = try? JSONValue(parsing: bytes)
    else { return .failure(Missing(message: "Ollama has no such model: \(manifest)")) }
    let digest = document["layers"]?.array?.first {
      $0["mediaType"]?.string == "application/vnd.ollama.image.model"
    }?["digest"]?.string
    guard let digest, isSafeSegment(digest[...]) else {
      return .failure(Missing(message: "the manifest names no model: \(manifest)"))
    }
    return .success("\(store)/blobs/\(digest.replacing(":", with: "-"))")
  }

  /// Whether a part of a name can be a part of a path without leading out of its folder.
  private static func isSafeSegment(_ segment: Substring) -> Bool {
    !segment.isEmpty && segment != "." && segment != ".."
      && segment.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || $0.properties.numericType != nil
          || "-_.:".unicodeScalars.contains($0)
      }
  }

  private static func text(at path: String) -> String? {
    guard let file = try? FileReader(path: path), file.byteCount < 1 << 12,
      let bytes = try? file.bytes(at: 0, count: file.byteCount)
    else { return nil }
    return String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
  }
}

extension String {
  fileprivate func replacing(_ old: Character, with new: Character) -> String {
    String(map { $0 == old ? new : $0 })
  }
}
