/// The index of a sharded model: which tensor lies in which file
/// (`model.safetensors.index.json`, written by huggingface_hub's `split_state_dict_into_shards`).
struct ShardIndex {
  /// The names of the files in the order in which they first stand in the index.
  private(set) var files: [String] = []
  /// The index in `files` of each tensor's file.
  private(set) var fileOfTensor: [String: Int] = [:]
  /// `metadata.total_size`: bytes of all tensors, headers not counted.
  private(set) var totalSize: Int?

  /// Reads an index; a tensor in a file outside the index's folder is left out with a problem.
  ///
  /// - Returns: `nil`, and a problem, where the text is no index.
  init?(parsing bytes: [UInt8], path: String, problems: inout [Problem]) {
    var scanner = JSONScanner(bytes)
    var hasMap = false
    var unsafe: Set<String> = []
    do throws(JSONScanner.Failure) {
      guard firstInvalidUTF8(in: bytes) == nil, try scanner.kind() == .object else {
        problems.append(Problem(.invalidIndex, "the index is no JSON object", file: path))
        return nil
      }
      var indexOfFile: [String: Int] = [:]
      try scanner.object { scanner, key, _ throws(JSONScanner.Failure) in
        let kind = try scanner.kind()
        if key == "metadata", kind == .object {
          totalSize = try scanner.value()["total_size"]?.integer
        } else if key == "weight_map", kind == .object {
          hasMap = true
          try scanner.object { scanner, tensor, position throws(JSONScanner.Failure) in
            guard try scanner.kind() == .string else {
              problems.append(
                Problem(
                  .invalidIndex, "the file of tensor \(quoted(tensor)) is no string", file: path,
                  tensor: tensor, byteOffset: position))
              return try scanner.skipValue()
            }
            let file = try scanner.string()
            guard Self.isSafe(file) else {
              if unsafe.insert(file).inserted {
                problems.append(
                  Problem(
                    .unsafePartName,
                    "the index names the file \(quoted(file)), which is no bare file name",
                    file: path, tensor: tensor, byteOffset: position))
              }
              return
            }
            let index = indexOfFile[file] ?? files.count
            if index == files.count {
              indexOfFile[file] = index
              files.append(file)
            }
            if fileOfTensor.updateValue(index, forKey: tensor) != nil {
              problems.append(
                Problem(
                  .duplicateKey, "tensor \(quoted(tensor)) stands twice in the index",
                  severity: .warning, file: path, tensor: tensor, byteOffset: position))
            }
          }
        } else {
          try scanner.skipValue()
        }
      }
      try scanner.end()
    } catch {
      problems.append(
        Problem(
          .invalidIndex, "the index is no JSON: \(error.message)", file: path,
          byteOffset: error.position))
      if files.isEmpty { return nil }
    }
    guard hasMap else {
      problems.append(Problem(.invalidIndex, "the index has no \"weight_map\"", file: path))
      return nil
    }
  }

  /// Whether a name leads to a file in the index's own folder.
  private static func isSafe(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".."
      && !name.unicodeScalars.contains { $0 == "/" || $0 == "\\" || $0.value == 0 }
  }

  /// What the index says that the shards do not bear out.
  ///
  /// - Parameters:
  ///   - partOfFile: the index in `model.parts` of each of `files`; `nil` for a missing file.
  func problems(against model: Model, partOfFile: [Int?], path: String) -> [Problem] {
    var problems: [Problem] = []
    var partOfTensor: [String: Int] = [:]
    for tensor in model.tensors {
      partOfTensor[tensor.name] = tensor.part
      if fileOfTensor[tensor.name] == nil {
        problems.append(
          Problem(
            .unindexedTensor, "the index does not list tensor \(quoted(tensor.name))",
            file: model.parts[tensor.part].path, tensor: tensor.name))
      }
    }
    for (name, file) in fileOfTensor.sorted(by: { $0.key < $1.key }) {
      // What a missing file holds is not missed one by one.
      guard let part = partOfFile[file], partOfTensor[name] != part else { continue }
      let place = partOfTensor[name].map { "it is in \(quoted(model.parts[$0].path))" }
      problems.append(
        Problem(
          .misplacedTensor,
          "tensor \(quoted(name)) should be in \(quoted(files[file])), "
            + (place ?? "but is in no file"),
          file: path, tensor: name))
    }
    let sum = model.tensors.reduce(into: 0) { $0 = $0.addingClamped($1.byteCount) }
    if let totalSize, totalSize != sum, !partOfFile.contains(nil) {
      problems.append(
        Problem(
          .wrongTotalSize, "the index says \(totalSize) bytes in all, the tensors have \(sum)",
          file: path))
    }
    return problems
  }
}

extension Int {
  /// The sum, or the greatest number where it does not fit.
  func addingClamped(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
