import ModelFile

/// One reading as the workers see it.
struct ScanJob {
  /// The index of the reading in ``Scan/readings``.
  let reading: Int
  let tensor: Tensor
  let part: Part
  let kind: ValueKind
  let layout: BlockLayout
  let grid: PieceGrid

  /// Elements that a piece should have, and the bytes it should not exceed by much.
  static let targetElements = 1 << 20
  static let targetBytes = 1 << 20

  /// Prepares a reading.
  ///
  /// - Throws: the problem that keeps it from being measured.
  init(_ reading: Reading, index: Int, of model: Model) throws(Unmeasurable) {
    let tensor = model.tensors[reading.tensor]
    let part = model.parts[tensor.part]
    func problem(_ message: String) -> Unmeasurable {
      Unmeasurable(
        Problem(
          .unknownType, message, severity: .note, file: part.path, tensor: tensor.name,
          byteOffset: tensor.offset))
    }
    guard case .plain(let type) = reading.decoder else {
      throw problem("packed weights are not decoded")
    }
    guard tensor.isReadable, let layout = type.layout, let kind = ValueKind(type),
      type.isDefined(in: part.byteOrder)
    else { throw problem("values of type \(type.name) cannot be decoded") }
    var elements = 1
    for dimension in reading.shape {
      let (product, overflow) = elements.multipliedReportingOverflow(by: max(0, dimension))
      elements = overflow ? .max : product
    }
    guard
      elements / layout.elements * layout.bytes + layout.tailBytes
        <= max(tensor.byteCount, layout.tailBytes),
      elements % layout.elements == 0
    else { throw problem("the tensor has fewer values than were to be read") }
    self.reading = index
    self.tensor = tensor
    self.part = part
    self.kind = kind
    self.layout = layout
    let fitting = Self.targetBytes / layout.bytes * layout.elements
    grid = PieceGrid(
      shape: reading.shape, unit: layout.elements, target: min(Self.targetElements, fitting))
    self.type = type
  }

  /// The storage type that is read.
  let type: ElementType

  /// Bytes that all pieces read.
  var byteCount: Int { grid.rows * grid.columns / layout.elements * layout.bytes }

  /// Where an element's block starts in the file.
  func offset(ofElement index: Int) -> Int {
    tensor.offset + index / layout.elements * layout.bytes
  }
}
