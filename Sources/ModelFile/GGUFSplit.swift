extension GGUF {
  /// What is wrong between the parts of a split, as llama.cpp's loader judges it.
  ///
  /// Each part says its number from 0 (`split.no`), how many there are (`split.count`) and how many
  /// tensors they hold together (`split.tensors.count`); its name says number and count, too.
  /// gguf-split leaves a count of 0 in a file it has merged, so 0 and 1 mean that nothing is split.
  /// The headers are of the parts that are there, in the order of their names.
  static func splitProblems(of headers: [Header]) -> [Problem] {
    var problems: [Problem] = []
    for header in headers {
      let path = header.part.path
      func report(_ message: String) { problems.append(Problem(.wrongSplit, message, file: path)) }
      let name = PartName(split(path).name)
      let declared = header[metadata: "split.count"]?.integer ?? 0
      if headers.count == 1, declared < 2, (name?.count ?? 1) < 2 { continue }
      guard let name else {
        report(
          "the file is one of \(declared) parts (split.count), but its name has no "
            + "\"-00001-of-\", so the others cannot be found")
        continue
      }
      guard let count = header[metadata: "split.count"]?.integer,
        let number = header[metadata: "split.no"]?.integer
      else {
        // A file that is cut off inside its keys has that problem already.
        if header.isComplete {
          report("the name says part \(name.number) of \(name.count), but split.no is missing")
        }
        continue
      }
      if count != name.count { report("split.count is \(count), but the name says \(name.count)") }
      if number != name.number - 1 {
        report("split.no is \(number), \(name.number - 1) was expected by the name")
      }
    }
    if let count = headers.first?[metadata: "split.count"]?.integer, count > 1,
      headers.count == count, headers.allSatisfy(\.isComplete),
      let expected = headers.first?[metadata: "split.tensors.count"]?.integer
    {
      let tensors = headers.reduce(0) { $0 + $1.tensors.count }
      if tensors != expected {
        problems.append(
          Problem(
            .wrongSplit,
            "split.tensors.count is \(expected), but the \(count) parts hold \(tensors) tensors",
            file: headers.first?.part.path))
      }
    }
    return problems
  }
}

extension Header {
  fileprivate subscript(metadata key: String) -> MetadataValue? {
    metadata.first { $0.key == key }?.value
  }
}
