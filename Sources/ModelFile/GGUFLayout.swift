/// Places the tensors of a GGUF file in its data section and judges them.
///
/// ggml (gguf.cpp) wants each tensor where the padded ones before it in the header end. It stops at
/// the first that stands elsewhere; here each one is judged, and its neighbours in the data say
/// what is wrong with it.
struct GGUFLayout {
  var file: FileReader
  /// The index of the file in ``Model/parts``.
  var part: Int
  var alignment: Int
  /// Where the data section starts; `nil` where the header could not be read to its end.
  var dataStart: Int?

  /// A tensor on its way from info to ``Tensor``.
  private struct Placed {
    var info: GGUFTensorInfo
    var elementCount = 0
    var type = ElementType.f32
    /// From the start of the data section; `nil` where that overflows.
    var offset: Int?
    /// By type and shape; `nil` where that cannot be known.
    var size: Int?
    /// `size`, or else the distance to what follows.
    var space = 0
    var isPastEnd = false
  }

  /// The tensors of the infos, in their order.
  func tensors(_ infos: [GGUFTensorInfo], problems: inout GGUFProblems) -> [Tensor] {
    var placed = infos.map { info in
      var tensor = Placed(info: info)
      // Beyond half of what Int holds no sum below can overflow, and no file reaches there.
      tensor.offset = Int(exactly: info.offset).flatMap { $0 <= .max / 2 ? $0 : nil }
      return tensor
    }
    let isInOrder = zip(infos, infos.dropFirst()).allSatisfy { $0.offset <= $1.offset }
    var order = placed.indices.filter { placed[$0].offset != nil }
    if !isInOrder { order.sort { (placed[$0].info.offset, $0) < (placed[$1].info.offset, $1) } }
    let ends = ends(placed, order: order)
    resolveTypes(&placed, ends: ends, problems: &problems)
    for index in placed.indices { resolveSize(&placed[index], problems: &problems) }
    for index in placed.indices {
      placed[index].space = placed[index].size ?? ends[index].map { $0.distance } ?? 0
    }
    if dataStart != nil {
      judgePlaces(placed, order: order, problems: &problems)
      if !isInOrder { judgeOrder(placed, problems: &problems) }
      judgeEnd(&placed, order: order, problems: &problems)
    }
    return placed.map(tensor)
  }

  private func tensor(_ placed: Placed) -> Tensor {
    let offset = dataStart.flatMap { start in placed.offset.map { start + $0 } }
    return Tensor(
      name: placed.info.name, type: placed.type, shape: placed.info.shape,
      elementCount: placed.elementCount, part: part, offset: offset ?? 0, byteCount: placed.space,
      isReadable: offset != nil && placed.size != nil && !placed.isPastEnd)
  }

  // MARK: - Types

  /// For each tensor the distance to the next one that starts later, or to the end of the file.
  private func ends(_ placed: [Placed], order: [Int]) -> [(distance: Int, isLast: Bool)?] {
    var ends = [(distance: Int, isLast: Bool)?](repeating: nil, count: placed.count)
    var end = max(0, file.byteCount - (dataStart ?? file.byteCount))
    var isLast = true
    var start: Int?
    for index in order.reversed() {
      guard let offset = placed[index].offset else { continue }
      if let later = start, later != offset {
        end = later
        isLast = false
      }
      start = offset
      ends[index] = (max(0, end - offset), isLast)
    }
    return ends
  }

  private func resolveTypes(
    _ placed: inout [Placed], ends: [(distance: Int, isLast: Bool)?], problems: inout GGUFProblems
  ) {
    let spaces = placed.indices.compactMap { index -> GGMLDialect.Space? in
      let info = placed[index].info
      guard GGMLDialect.ambiguous.contains(info.type), let end = ends[index] else { return nil }
      return GGMLDialect.Space(
        type: info.type, shape: info.shape, byteCount: end.distance, isLast: end.isLast)
    }
    let dialect = GGMLDialect.explaining(spaces, alignment: alignment)
    let unexplained = dialect.unexplained(spaces, alignment: alignment)
    var unusual: [UInt32: (first: Int, count: Int)] = [:]
    for index in placed.indices {
      let number = placed[index].info.type
      let type = unexplained.contains(number) ? nil : dialect.type(number)
      placed[index].type = type ?? .foreign(ForeignType(name: "type \(number)", layout: nil))
      if type == nil {
        let known = GGML.type(number).map { ", as its size is not that of \($0.name)" } ?? ""
        report(
          .unknownType,
          "tensor \(quoted(placed[index].info.name)) has the unknown type \(number)" + known,
          of: placed[index], problems: &problems)
      } else if dialect.own[number] != nil || GGML.isRemoved(number) {
        unusual[number, default: (index, 0)].count += 1
      }
    }
    for (number, use) in unusual.sorted(by: { $0.key < $1.key }) {
      let first = placed[use.first]
      let others = use.count == 1 ? "" : ", as have \(use.count - 1) more"
      let name = "tensor \(quoted(first.info.name)) has the type \(first.type.name) (\(number))"
      if dialect.own[number] != nil {
        report(.forkType, "\(name) of \(dialect.name)\(others)", of: first, problems: &problems)
      } else {
        report(
          .removedType, "\(name), which ggml has removed\(others)",
          severity: GGML.isOlderThanGGUF(number) ? .error : nil, of: first, problems: &problems)
      }
    }
  }

  // MARK: - Sizes

  private func resolveSize(_ placed: inout Placed, problems: inout GGUFProblems) {
    let shape = placed.info.shape
    if let negative = shape.first(where: { $0 > UInt64(Int.max) }) {
      return report(
        .negativeDimension,
        "tensor \(quoted(placed.info.name)) has a dimension of \(Int64(bitPattern: negative))",
        of: placed, problems: &problems)
    }
    // A dimension of 0 must not hide that the others overflow; ggml, which multiplies without a
    // check, wants less than 2^63 − 1 elements.
    let product = elementCount(shape: shape.map { max($0, 1) })
    guard let product, product < .max else {
      return report(
        .shapeOverflow,
        "the number of elements of tensor \(quoted(placed.info.name)), \(shape), does not fit 63 bits",
        of: placed, problems: &problems)
    }
    placed.elementCount = shape.contains(0) ? 0 : product
    guard let layout = placed.type.layout else { return }
    placed.size = placed.type.byteCount(shape: shape)
    if placed.size != nil { return }
    let row = shape.last ?? 1
    if row % UInt64(layout.elements) != 0 {
      report(
        .partialBlock,
        "a row of tensor \(quoted(placed.info.name)) has \(row) elements, no multiple of the \(layout.elements) in a "
          + "block of \(placed.type.name)", of: placed, problems: &problems)
    } else {
      report(
        .shapeOverflow, "the size of tensor \(quoted(placed.info.name)) does not fit 63 bits",
        of: placed, problems: &problems)
    }
  }

  // MARK: - Places

  /// Each tensor must begin where the one before it in the data, padded, ends.
  private func judgePlaces(_ placed: [Placed], order: [Int], problems: inout GGUFProblems) {
    for tensor in placed where tensor.offset == nil {
      report(
        .invalidOffset,
        "the offset \(tensor.info.offset) of tensor \(quoted(tensor.info.name)) leads beyond any "
          + "file", of: tensor, problems: &problems)
    }
    var end = 0
    for index in order {
      guard let offset = placed[index].offset else { continue }
      let expected = aligned(end, to: alignment) ?? .max
      if offset != expected {
        judgePlace(placed[index], offset: offset, expected: expected, end: end, problems: &problems)
      }
      let (next, overflow) = offset.addingReportingOverflow(placed[index].space)
      end = max(end, overflow ? .max : next)
    }
  }

  /// A tensor that is not where the padded end of those before it was expected.
  private func judgePlace(
    _ tensor: Placed, offset: Int, expected: Int, end: Int, problems: inout GGUFProblems
  ) {
    let place =
      "tensor \(quoted(tensor.info.name)) has the offset \(offset), \(expected) was expected"
    let isAligned = offset.isMultiple(of: alignment)
    if !isAligned {
      report(
        .unalignedTensor, "\(place): offsets must be multiples of \(alignment)", severity: .error,
        of: tensor, problems: &problems)
    }
    if offset < end, tensor.space > 0 {
      report(
        .overlap, "\(place): it shares bytes with another tensor", of: tensor, problems: &problems)
    } else if offset < end {
      report(
        .invalidOffset, "\(place): it lies inside another tensor", of: tensor, problems: &problems)
    } else if offset > expected, isAligned || offset - expected >= alignment {
      report(
        .hole, "\(place): \(offset - expected) bytes before it belong to no tensor", of: tensor,
        problems: &problems)
    }
  }

  /// The data must hold the tensors in the order of the header.
  private func judgeOrder(_ placed: [Placed], problems: inout GGUFProblems) {
    for (before, tensor) in zip(placed, placed.dropFirst()) {
      guard let earlier = before.offset, let offset = tensor.offset, offset < earlier else {
        continue
      }
      report(
        .invalidOffset,
        "tensor \(quoted(tensor.info.name)) lies before \(quoted(before.info.name)) in the data, "
          + "at \(offset), but after it in the header", of: tensor, problems: &problems)
    }
  }

  /// The file must end with the last tensor and its padding.
  private func judgeEnd(_ placed: inout [Placed], order: [Int], problems: inout GGUFProblems) {
    guard let dataStart else { return }
    if dataStart > file.byteCount {
      problems.report(
        .dataPastEnd,
        "the data should start at byte \(dataStart), but the file ends at \(file.byteCount)",
        at: file.byteCount)
    }
    var end = dataStart
    var isWhole = order.count == placed.count
    for index in placed.indices {
      guard let offset = placed[index].offset else { continue }
      let start = dataStart + offset
      let (stop, overflow) = start.addingReportingOverflow(placed[index].space)
      if placed[index].size == nil { isWhole = false }
      end = max(end, overflow ? .max : stop)
      let isCut = overflow || stop > file.byteCount
      guard isCut, placed[index].space > 0 || start > file.byteCount else { continue }
      isWhole = false
      // An empty tensor has no bytes to miss.
      if placed[index].size == 0 { continue }
      placed[index].isPastEnd = true
      report(
        .dataPastEnd,
        "tensor \(quoted(placed[index].info.name)) ends at byte \(overflow ? .max : stop), but the "
          + "file at \(file.byteCount)", of: placed[index], problems: &problems)
    }
    guard isWhole, dataStart <= file.byteCount,
      let padded = aligned(end - dataStart, to: alignment).map({ $0 + dataStart })
    else { return }
    if file.byteCount < padded {
      problems.report(
        .missingPadding,
        "the padding after the last tensor is cut off: the file has \(file.byteCount) bytes, "
          + "\(padded) with it", at: file.byteCount)
    } else if file.byteCount > padded {
      problems.report(
        .trailingBytes, "\(file.byteCount - padded) bytes follow the last tensor",
        severity: .warning, at: padded)
    }
  }

  private func report(
    _ code: ProblemCode, _ message: String, severity: Problem.Severity? = nil, of tensor: Placed,
    problems: inout GGUFProblems
  ) {
    problems.report(
      code, message, severity: severity, tensor: tensor.info.name, at: tensor.info.position)
  }
}
