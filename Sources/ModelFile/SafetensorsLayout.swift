/// Places the entries of a safetensors header in the data section and judges them.
///
/// The reference reader (`Metadata::validate` in safetensors/src/tensor.rs) wants the tensors,
/// sorted by their offsets, to cover the data section without gap or overlap. It stops at the first
/// tensor that does not fit; here each one is judged.
enum SafetensorsLayout {
  /// The tensors of the entries, in their order.
  ///
  /// - Parameter isComplete: whether all entries of the header are there; otherwise gaps between
  ///   them are no problem of their own.
  static func tensors(
    _ entries: [SafetensorsEntry], of part: Part, index: Int, isComplete: Bool,
    problems: inout [Problem]
  ) -> [Tensor] {
    let dataByteCount = part.byteCount - part.headerByteCount
    var tensors: [Tensor] = []
    tensors.reserveCapacity(entries.count)
    for entry in entries {
      tensors.append(
        tensor(entry, of: part, index: index, dataByteCount: dataByteCount, problems: &problems))
    }
    judgeCoverage(
      entries, of: part, dataByteCount: dataByteCount, isComplete: isComplete, problems: &problems)
    judgeAlignment(tensors, of: part, problems: &problems)
    return tensors
  }

  private static func tensor(
    _ entry: SafetensorsEntry, of part: Part, index: Int, dataByteCount: Int,
    problems: inout [Problem]
  ) -> Tensor {
    func report(_ code: ProblemCode, _ message: String) {
      problems.append(
        Problem(
          code, message, file: part.path, tensor: entry.name, byteOffset: entry.position))
    }
    var name: String { quoted(entry.name) }
    let type =
      Safetensors.type(named: entry.dtype)
      ?? .foreign(ForeignType(name: entry.dtype, layout: nil))
    var isReadable = true
    if type.family == .foreign {
      isReadable = false
      report(.unknownType, "tensor \(name) has the unknown dtype \(quoted(entry.dtype))")
    }

    let elements = elementCount(shape: entry.shape)
    let expected = type.byteCount(shape: entry.shape)
    if elements == nil {
      isReadable = false
      report(.shapeOverflow, "the number of elements of tensor \(name) does not fit 64 bits")
    } else if let elements, type.family != .foreign, expected == nil {
      isReadable = false
      if let layout = type.layout, elements % layout.elements != 0 {
        report(
          .partialByte,
          "the \(elements) elements of tensor \(name) do not fill whole bytes as \(type.name)")
      } else {
        report(.shapeOverflow, "the size of tensor \(name) does not fit 64 bits")
      }
    }

    guard entry.end >= entry.begin else {
      report(
        .invalidOffset,
        "tensor \(name) ends before it begins: data_offsets are [\(entry.begin), \(entry.end)]")
      return Tensor(
        name: entry.name, type: type, shape: entry.shape, elementCount: elements ?? 0, part: index,
        offset: part.headerByteCount, byteCount: 0, isReadable: false)
    }
    if entry.end > UInt64(dataByteCount) {
      isReadable = false
      report(
        .dataPastEnd,
        "tensor \(name) ends at byte \(entry.end) of the data, which has \(dataByteCount)")
    }
    let byteCount = Int(clamping: entry.end - entry.begin)
    if let expected, expected != byteCount {
      isReadable = false
      report(
        .sizeMismatch,
        "tensor \(name) has \(byteCount) bytes, but \(type.name) \(entry.shape) takes \(expected)")
    }
    let (offset, overflow) = part.headerByteCount.addingReportingOverflow(
      Int(clamping: entry.begin))
    return Tensor(
      name: entry.name, type: type, shape: entry.shape, elementCount: elements ?? 0, part: index,
      offset: overflow ? .max : offset, byteCount: byteCount, isReadable: isReadable)
  }

  /// Each tensor must begin where the one before it ended, the last end where the file does.
  private static func judgeCoverage(
    _ entries: [SafetensorsEntry], of part: Part, dataByteCount: Int, isComplete: Bool,
    problems: inout [Problem]
  ) {
    var covered: UInt64 = 0
    for index in order(of: entries) {
      let entry = entries[index]
      guard entry.end >= entry.begin else { continue }
      if entry.begin > covered, isComplete {
        problems.append(
          Problem(
            .hole,
            "tensor \(quoted(entry.name)) begins at byte \(entry.begin) of the data, "
              + "but the tensors before it end at \(covered)",
            file: part.path, tensor: entry.name, byteOffset: entry.position))
      } else if entry.begin < covered {
        problems.append(
          Problem(
            .overlap,
            "tensor \(quoted(entry.name)) begins at byte \(entry.begin) of the data, "
              + "inside another that ends at \(covered)",
            file: part.path, tensor: entry.name, byteOffset: entry.position))
      }
      covered = max(covered, entry.end)
    }
    if covered < UInt64(dataByteCount), isComplete {
      let end = part.headerByteCount + Int(covered)
      problems.append(
        Problem(
          .trailingBytes,
          "\(part.byteCount - end) bytes follow the last tensor, which ends at byte \(end)",
          file: part.path, byteOffset: end))
    }
  }

  /// The indices of the entries by their place in the data.
  private static func order(of entries: [SafetensorsEntry]) -> [Int] {
    func precedes(_ a: Int, _ b: Int) -> Bool {
      (entries[a].begin, entries[a].end) < (entries[b].begin, entries[b].end)
    }
    let indices = Array(entries.indices)
    // Most headers list their tensors in the order of the data.
    let isSorted = zip(indices, indices.dropFirst()).allSatisfy { !precedes($1, $0) }
    return isSorted ? indices : indices.sorted(by: precedes)
  }

  /// One warning for all tensors that are unaligned in the data section.
  private static func judgeAlignment(
    _ tensors: [Tensor], of part: Part, problems: inout [Problem]
  ) {
    let unaligned = tensors.filter { tensor in
      guard let layout = tensor.type.layout, layout.elements == 1, tensor.byteCount > 0 else {
        return false
      }
      return !(tensor.offset - part.headerByteCount).isMultiple(of: layout.bytes)
    }
    guard let first = unaligned.first, let size = first.type.layout?.bytes else { return }
    let others = unaligned.count == 1 ? "" : ", and \(unaligned.count - 1) more are"
    problems.append(
      Problem(
        .unalignedTensor,
        "tensor \(quoted(first.name)) is not aligned to its elements of \(size) bytes\(others)",
        file: part.path, tensor: first.name, byteOffset: first.offset))
  }
}
