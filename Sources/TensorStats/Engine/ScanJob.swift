import ModelFile

/// One reading as the workers see it.
struct ScanJob {
  /// The index of the reading in ``Scan/readings``.
  let reading: Int
  /// The tensor that carries the result.
  let tensor: Tensor
  /// Its file.
  let part: Part
  let source: Source
  let kind: ValueKind
  let grid: PieceGrid
  /// The logical dimensions.
  let shape: [Int]
  /// All values.
  let elementCount: Int
  /// The bytes of the tensor that hold them.
  let byteCount: Int
  /// The pages that are read; `nil` where all is.
  var sample: PageSample?

  /// Where values come from.
  enum Source {
    /// Elements of a storage type, one after another.
    case plain(ElementType, BlockLayout)
    /// Weights of a packed matrix, by rows.
    indirect case packed(PackedDecoder)
  }

  /// Values that a piece should have, and the bytes it should not exceed by much.
  private static let targetElements = 2 << 20
  private static let targetBytes = 4 << 20

  /// Weights that a byte of packed codes stands for at most, which bounds what a false shape can ask
  /// for: vector quantization reaches sixteen, rows of a bitmask may store few or none.
  private static let mostWeightsOfByte = 1 << 12

  /// Prepares a reading.
  ///
  /// - Throws: the problem that keeps it from being measured.
  init(_ reading: Reading, index: Int, of model: Model) throws(Unmeasurable) {
    tensor = model.tensors[reading.tensor]
    part = model.parts[tensor.part]
    self.reading = index
    shape = reading.shape
    var elements = 1
    for dimension in reading.shape {
      let (product, overflow) = elements.multipliedReportingOverflow(by: max(0, dimension))
      guard !overflow else { throw Self.note(tensor, part, "the shape is too large") }
      elements = product
    }
    elementCount = elements
    switch reading.decoder {
    case .packed(let decoder):
      let most = tensor.byteCount.multipliedReportingOverflow(by: Self.mostWeightsOfByte)
      guard tensor.isReadable, most.overflow || elements <= most.partialValue else {
        throw Self.note(tensor, part, "the packed weights are more than their bytes can hold")
      }
      source = .packed(decoder)
      kind = .decoded
      byteCount = tensor.byteCount
      // As many as can be read ahead, where pieces of few rows would be read in many small parts.
      let target =
        decoder.storage.isTransposed && byteCount > 0
        ? Int(Double(TensorBytes.windowBytes) * Double(elements) / Double(byteCount))
        : Self.targetElements
      grid = PieceGrid(
        shape: reading.shape, elements: elements, unit: nil, kernel: reading.kernel, target: target)
    case .plain(let type):
      guard tensor.isReadable, let layout = type.layout, let kind = ValueKind(type),
        type.isDefined(in: part.byteOrder)
      else {
        throw Self.note(tensor, part, "values of type \(type.name) cannot be decoded")
      }
      let (bytes, overflow) = (elements / layout.elements)
        .multipliedReportingOverflow(by: layout.bytes)
      guard !overflow, elements % layout.elements == 0,
        elements == 0 || bytes <= tensor.byteCount - layout.tailBytes
      else { throw Self.note(tensor, part, "the tensor has fewer values than were to be read") }
      source = .plain(type, layout)
      self.kind = kind
      byteCount = bytes
      let fitting = Self.targetBytes / layout.bytes * layout.elements
      grid = PieceGrid(
        shape: reading.shape, elements: elements, unit: layout.elements,
        kernel: reading.kernel, target: min(Self.targetElements, fitting))
    }
  }

  /// What keeps a tensor from being measured and is no fault of the file.
  private static func note(_ tensor: Tensor, _ part: Part, _ message: String) -> Unmeasurable {
    Unmeasurable(
      Problem(
        .undecodable, message, severity: .note, file: part.path, tensor: tensor.name,
        byteOffset: tensor.offset))
  }

  /// The problem behind a failure to decode packed weights.
  func unmeasurable(_ error: DecodingError, of model: Model) -> Unmeasurable {
    let culprit =
      model.tensors.indices.contains(error.tensor) ? model.tensors[error.tensor] : tensor
    let code: ProblemCode
    switch error.cause {
    case .unreadable: code = .readFailed
    case .endedEarly: code = .changedWhileReading
    case .mismatch: code = .undecodable
    }
    return Unmeasurable(
      Problem(
        code, "packed weights cannot be decoded: \(error)", file: model.parts[culprit.part].path,
        tensor: tensor.name,
        byteOffset: culprit.offset))
  }

  /// Pieces that are read.
  var pieceCount: Int {
    guard let sample else { return grid.count }
    return (sample.count + PageSample.pagesInPiece - 1) / PageSample.pagesInPiece
  }

  /// Bytes that are read, about.
  var bytesToRead: Int {
    guard let sample else { return byteCount }
    return byteCount(ofElements: min(elementCount, sample.count * sample.pageElements))
  }

  /// The bytes of some of the values.
  func byteCount(ofElements count: Int) -> Int {
    switch source {
    case .plain(_, let layout): count / layout.elements * layout.bytes
    case .packed: Int(Double(byteCount) * Double(count) / Double(max(1, elementCount)))
    }
  }

  /// The type whose blocks are read; `nil` for packed weights.
  var type: ElementType? {
    if case .plain(let type, _) = source { type } else { nil }
  }

  /// The factor behind an I2_S tensor; `nil` for other types and where it cannot be read.
  func scale(_ file: FileReader) -> Float? {
    guard case .plain(_, let layout) = source, layout.tailBytes > 0,
      let bytes = try? file.bytes(at: tensor.offset + byteCount, count: 4), bytes.count == 4
    else { return nil }
    return bytes.withUnsafeBytes { Float(bitPattern: $0.loadUnaligned(as: UInt32.self)) }
  }
}
