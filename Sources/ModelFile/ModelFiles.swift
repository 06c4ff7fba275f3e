/// The files that a path stands for.
struct ModelFiles {
  /// Paths of the files that are there, in the order of their numbers or of the index.
  var paths: [String] = []
  /// The index, where there is one.
  var index: (content: ShardIndex, path: String)?
  /// For each of the index's files the place in `paths`; `nil` for a file that is not there.
  var placeOfFile: [Int?] = []
  /// Whether the other parts of the set that the one file belongs to are missing.
  var isLonePart = false
  /// What is wrong with the set.
  var problems: [Problem] = []

  /// Finds the files of a path: a file, a folder, an index, any part of a set, or a name in the
  /// hub's cache or Ollama's store.
  init(of path: String, environment: [String: String]) {
    var place = path
    switch ModelStore.path(of: path, environment: environment) {
    case .success(let found): place = found
    case .failure(let missing):
      problems.append(Problem(.unreadable, missing.message))
      return
    case nil: break
    }
    switch FileSystem.kind(of: place) {
    case .directory: findInFolder(place)
    case .file: findFromFile(place)
    case .other, nil: paths = [place]
    }
  }

  // MARK: - A folder

  private mutating func findInFolder(_ folder: String) {
    let names: [String]
    do throws(FileError) {
      names = try FileSystem.names(in: folder)
    } catch {
      return problems.append(Problem(.unreadable, error.description, file: folder))
    }
    let indexes = names.filter { $0.hasSuffix(".safetensors.index.json") }
    let sets = Self.sets(of: names)
    if indexes.count == 1 {
      findFromIndex(joined(folder, indexes[0]))
    } else if indexes.isEmpty, sets.count == 1 {
      findFromFile(joined(folder, sets[0]))
    } else if indexes.isEmpty, sets.isEmpty {
      problems.append(
        Problem(.notAModel, "the folder holds neither safetensors nor GGUF files", file: folder))
    } else {
      let candidates = (indexes.isEmpty ? sets : indexes).prefix(4).map(quoted)
      problems.append(
        Problem(
          .severalModels,
          "the folder holds several models, name one: \(candidates.joined(separator: ", "))",
          file: folder))
    }
  }

  /// One file name of each model in a folder.
  static func sets(of names: [String]) -> [String] {
    var firsts: [String] = []
    var seen: [PartName] = []
    for name in names where name.hasSuffix(".safetensors") || name.hasSuffix(".gguf") {
      if let part = PartName(name) {
        if seen.contains(where: part.isSameSet) { continue }
        seen.append(part)
      }
      firsts.append(name)
    }
    return firsts
  }

  // MARK: - A file

  private mutating func findFromFile(_ path: String) {
    let (folder, name) = split(path)
    if name.hasSuffix(".index.json") { return findFromIndex(path) }
    guard let part = PartName(name) else { return paths = [path] }
    if part.suffix == "safetensors", let index = Self.index(listing: name, in: folder) {
      return findFromIndex(index)
    }
    var missing: [String] = []
    // The count comes from a file's name, so it is bounded before anything is done as often.
    for number in 1...min(part.count, Self.mostParts) {
      let sibling = joined(folder, part.name(ofPart: number))
      if sibling == path || FileSystem.kind(of: sibling) != nil {
        paths.append(sibling)
      } else {
        missing.append(part.name(ofPart: number))
      }
    }
    reportMissing(missing, of: part.count, in: folder)
    isLonePart = paths.count == 1 && part.count > 1
  }

  /// No published model comes near; huggingface.js stops at 10,000 shards.
  private static let mostParts = 10_000

  /// The index in a folder that lists a file.
  private static func index(listing file: String, in folder: String) -> String? {
    let names = (try? FileSystem.names(in: folder.isEmpty ? "." : folder)) ?? []
    return names.first { name in
      guard name.hasSuffix(".safetensors.index.json"),
        let bytes = readWhole(joined(folder, name))
      else { return false }
      var ignored: [Problem] = []
      let index = ShardIndex(parsing: bytes, path: name, problems: &ignored)
      return index?.files.contains(file) == true
    }.map { joined(folder, $0) }
  }

  // MARK: - An index

  private mutating func findFromIndex(_ path: String) {
    let folder = split(path).folder
    guard let bytes = Self.readWhole(path) else {
      return problems.append(Problem(.unreadable, "cannot read the index", file: path))
    }
    guard let content = ShardIndex(parsing: bytes, path: path, problems: &problems) else { return }
    index = (content, path)
    var missing: [String] = []
    for file in content.files {
      let shard = joined(folder, file)
      if FileSystem.kind(of: shard) != nil {
        placeOfFile.append(paths.count)
        paths.append(shard)
      } else {
        placeOfFile.append(nil)
        missing.append(file)
      }
    }
    reportMissing(missing, of: content.files.count, in: folder)
  }

  /// The longest index known has 60 MB for 497,000 tensors.
  private static func readWhole(_ path: String) -> [UInt8]? {
    guard let file = try? FileReader(path: path), file.byteCount <= 1 << 28 else { return nil }
    return try? file.bytes(at: 0, count: file.byteCount)
  }

  private mutating func reportMissing(_ names: [String], of count: Int, in folder: String) {
    guard let first = names.first else { return }
    let listed = names.prefix(8).map(quoted).joined(separator: ", ")
    problems.append(
      Problem(
        .missingPart,
        "\(names.count) of the model's \(count) files are not there: \(listed)"
          + (names.count > 8 ? ", …" : ""),
        file: joined(folder, first)))
  }
}

/// A path's folder (empty where it has none) and its last component.
func split(_ path: String) -> (folder: String, name: String) {
  guard let slash = path.lastIndex(of: "/") else { return ("", path) }
  let folder = path[..<slash]
  return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
}

/// The path of a name in a folder.
func joined(_ folder: String, _ name: String) -> String {
  folder.isEmpty ? name : folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
}
