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

  /// The storage type that is read; of packed weights the one that they are decoded to.
  let type: ElementType
  /// How packed weights are decoded; `nil` for elements that lie one behind the other.
  let packed: PackedDecoder?
  /// The logical dimensions.
  let shape: [Int]

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
    var elements = 1
    for dimension in reading.shape {
      let (product, overflow) = elements.multipliedReportingOverflow(by: max(0, dimension))
      elements = overflow ? .max : product
    }
    self.reading = index
    self.tensor = tensor
    self.part = part
    shape = reading.shape
    switch reading.decoder {
    case .plain(let type):
      guard tensor.isReadable, let layout = type.layout, let kind = ValueKind(type),
        type.isDefined(in: part.byteOrder)
      else { throw problem("values of type \(type.name) cannot be decoded") }
      guard
        elements / layout.elements * layout.bytes + layout.tailBytes
          <= max(tensor.byteCount, layout.tailBytes),
        elements % layout.elements == 0
      else { throw problem("the tensor has fewer values than were to be read") }
      self.type = type
      self.kind = kind
      self.layout = layout
      packed = nil
      let fitting = Self.targetBytes / layout.bytes * layout.elements
      grid = PieceGrid(
        shape: reading.shape, unit: layout.elements, target: min(Self.targetElements, fitting))
    case .packed(let decoder):
      // More weights than bits cannot be stored; it bounds what a hostile shape can ask for.
      let bits = tensor.byteCount.multipliedReportingOverflow(by: Self.mostWeightsOfByte)
      guard tensor.isReadable, elements <= bits.partialValue || bits.overflow, elements < .max
      else {
        throw problem("the packed weights are more than their bytes can hold")
      }
      let columns = reading.shape.last ?? 1
      guard columns.isMultiple(of: 64) || columns <= Self.widestUnaligned else {
        throw problem("the packed weights have rows too long to be decoded")
      }
      type = .f32
      kind = .decoded
      layout = BlockLayout(elements: 1, bytes: 4)
      packed = decoder
      grid = PieceGrid(rowsOf: reading.shape, target: Self.targetElements)
    }
  }

  /// Weights that a byte of packed codes stands for at most: vector quantization reaches sixteen of
  /// half a bit, bitmask layouts have bytes for the weights that are not zero only.
  private static let mostWeightsOfByte = 1 << 12

  /// Weights of a row that is no multiple of 64: 64 such rows are decoded at once.
  private static let widestUnaligned = 1 << 16

  /// The pages that are read; `nil` where all is.
  var sample: PageSample?

  /// All elements.
  var elementCount: Int { grid.rows * grid.columns }
  /// Bytes of all elements.
  var byteCount: Int { byteCount(ofElements: elementCount) }
  /// Pieces that are read.
  var pieceCount: Int {
    guard let sample else { return grid.count }
    return (sample.count + PageSample.pagesInPiece - 1) / PageSample.pagesInPiece
  }
  /// Bytes that are read, about.
  var bytesToRead: Int {
    guard let sample else { return byteCount }
    return sample.count * byteCount(ofElements: sample.pageElements)
  }

  /// Bytes that elements take; of packed weights their share of the codes.
  func byteCount(ofElements count: Int) -> Int {
    guard packed != nil else { return count / layout.elements * layout.bytes }
    return count / grid.columns * (tensor.byteCount / grid.rows)
  }

  /// The factor behind an I2_S tensor; `nil` for other types and where it cannot be read.
  func scale(_ file: FileReader) -> Float? {
    guard layout.tailBytes > 0,
      let bytes = try? file.bytes(at: offset(ofElement: elementCount), count: 4),
      bytes.count == 4
    else { return nil }
    return bytes.withUnsafeBytes { Float(bitPattern: $0.loadUnaligned(as: UInt32.self)) }
  }

  /// Where an element's block starts in the file.
  func offset(ofElement index: Int) -> Int {
    tensor.offset + index / layout.elements * layout.bytes
  }
}
