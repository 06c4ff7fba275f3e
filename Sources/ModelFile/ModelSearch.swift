/// Looking for models below a folder.
public enum ModelSearch {
  /// The path of each model below a folder: an index for a sharded model, the first file of a set.
  ///
  /// Links are followed, but no folder is searched twice, so that circles end.
  ///
  /// - Parameter problems: gets a problem for each folder that cannot be listed.
  public static func models(below folder: String, problems: inout [Problem]) -> [String] {
    var visited: Set<FileIdentity.Place> = []
    return models(below: folder, visited: &visited, depth: 0, problems: &problems)
  }

  /// The models in one folder with the bytes of their files, and the folders in it, sorted.
  ///
  /// - Throws: ``FileError`` where it is missing or may not be read.
  public static func content(
    of folder: String
  ) throws(FileError) -> (models: [(path: String, byteCount: Int)], folders: [String]) {
    let (found, folders) = models(named: try FileSystem.names(in: folder), in: folder)
    let sized = found.map { path in
      let parts = ModelFiles(of: path, environment: [:]).paths
      return (path, parts.reduce(0) { $0 + (FileSystem.identity(of: $1)?.byteCount ?? 0) })
    }
    return (sized, folders)
  }

  /// Deeper trees than this are no model stores.
  private static let deepest = 64

  private static func models(
    below folder: String, visited: inout Set<FileIdentity.Place>, depth: Int,
    problems: inout [Problem]
  ) -> [String] {
    guard let identity = FileSystem.identity(of: folder), visited.insert(identity.place).inserted,
      depth < deepest
    else { return [] }
    let names: [String]
    do throws(FileError) {
      names = try FileSystem.names(in: folder)
    } catch {
      problems.append(Problem(.unreadable, error.description, file: folder))
      return []
    }
    let (found, folders) = models(named: names, in: folder)
    return found
      + folders.flatMap {
        models(below: $0, visited: &visited, depth: depth + 1, problems: &problems)
      }
  }

  /// The models among the files of one folder, and the folders in it.
  private static func models(
    named names: [String], in folder: String
  ) -> (models: [String], folders: [String]) {
    var files: [String] = []
    var folders: [String] = []
    for name in names {
      switch FileSystem.kind(of: joined(folder, name)) {
      case .file: files.append(name)
      case .directory: folders.append(joined(folder, name))
      case .other, nil: break
      }
    }
    let indexes = files.filter { $0.hasSuffix(".safetensors.index.json") }
      .map { joined(folder, $0) }
    // The shards that an index lists are part of its model.
    var indexed: Set<String> = []
    for index in indexes { indexed.formUnion(ModelFiles(of: index, environment: [:]).paths) }
    let sets = ModelFiles.sets(of: files.filter { !indexed.contains(joined(folder, $0)) })
    return ((indexes + sets.map { joined(folder, $0) }).sorted(), folders)
  }
}

extension FileIdentity {
  /// A file or folder, whatever its content.
  struct Place: Hashable {
    var device: UInt64
    var inode: UInt64
  }

  var place: Place { Place(device: device, inode: inode) }
}
