extension Model {
  /// Opens a model: finds its files, reads their headers and what stands beside them.
  ///
  /// It never fails: what is wrong is in ``problems``, and what could be read is there.
  ///
  /// - Parameters:
  ///   - path: a file, a folder, an index, any part of a set, `hf:org/name[@revision]` or
  ///     `ollama:name[:tag]`.
  ///   - environment: where the hub's cache and Ollama's store are looked for.
  public static func open(_ path: String, environment: [String: String] = [:]) -> Model {
    let files = ModelFiles(of: path, environment: environment)
    var model = Model(path: path, problems: files.problems, isLonePart: files.isLonePart)
    var headers: [Header] = []
    var partOfPlace: [Int?] = []
    for path in files.paths {
      guard let header = model.readHeader(of: path, part: headers.count) else {
        partOfPlace.append(nil)
        continue
      }
      partOfPlace.append(headers.count)
      headers.append(header)
    }
    model.join(headers)
    if let index = files.index {
      let parts = files.placeOfFile.map { $0.flatMap { partOfPlace[$0] } }
      model.problems += index.content.problems(against: model, partOfFile: parts, path: index.path)
    }
    if let folder = files.paths.first.map({ split($0).folder }) {
      model.sidecars = Sidecar.all(in: folder, problems: &model.problems)
    }
    if !model.problems.contains(where: { $0.code == .missingPart }) {
      model.problems += Completeness.problems(of: model)
      model.problems += GGUF.completenessProblems(of: model)
    }
    return model
  }

  /// The header of one file; `nil`, and a problem, where it is no model.
  private mutating func readHeader(of path: String, part: Int) -> Header? {
    do throws(FileError) {
      let file = try FileReader(path: path)
      guard file.byteCount > 0 else {
        problems.append(Problem(.empty, "the file is empty", file: path))
        return nil
      }
      if let suffix = Self.downloadSuffixes.first(where: path.hasSuffix) {
        problems.append(
          Problem(
            .incompleteDownload, "the name ends in \(suffix): the download has not finished",
            file: path))
      }
      switch try FileContent(of: file) {
      case .safetensors:
        format = format ?? .safetensors
        return Safetensors.header(of: file, part: part)
      case .gguf:
        format = format ?? .gguf
        return GGUF.header(of: file, part: part)
      case .other(let name):
        problems.append(Problem(.notAModel, "the file is \(name)", file: path, byteOffset: 0))
      case .unknown:
        problems.append(
          Problem(
            .notAModel, "the file is neither safetensors nor GGUF (no \"GGUF\" at its start)",
            file: path, byteOffset: 0))
      }
    } catch {
      problems.append(Problem(.unreadable, error.description, file: path))
    }
    return nil
  }

  /// What browsers, huggingface_hub and aria2 append to the names of unfinished downloads.
  private static let downloadSuffixes = [
    ".incomplete", ".part", ".crdownload", ".download", ".aria2", ".tmp",
  ]

  /// Puts the parts of a set together.
  private mutating func join(_ headers: [Header]) {
    var keys: Set<String> = []
    var partOfName: [String: Int] = [:]
    for header in headers {
      problems += header.problems
      parts.append(header.part)
      // The tensors of a single file are taken over as they are, without a copy.
      if tensors.isEmpty { tensors = header.tensors } else { tensors += header.tensors }
      metadata += header.metadata.filter { headers.count == 1 || keys.insert($0.key).inserted }
    }
    if format == .gguf { problems += GGUF.splitProblems(of: headers) }
    guard headers.count > 1 else { return }
    for tensor in tensors {
      if let part = partOfName.updateValue(tensor.part, forKey: tensor.name), part != tensor.part {
        problems.append(
          Problem(
            .duplicateTensor,
            "tensor \(quoted(tensor.name)) stands in \(quoted(parts[part].path)), too",
            file: parts[tensor.part].path, tensor: tensor.name))
      }
    }
  }
}
