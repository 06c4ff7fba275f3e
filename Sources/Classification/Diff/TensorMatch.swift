internal import ModelFile
public import TensorStats

/// A tensor of the reference and the tensor of the other model that it became.
public struct TensorMatch: Sendable {
  /// The index in the reference's tensors.
  public var reference: Int
  /// The index in the other's tensors.
  public var other: Int
  /// What is compared; `nil` where the dimensions do not allow it or something is not readable.
  public var pair: ReadingPair?
  /// Whether only the rows that both have are compared.
  public var isPartial = false
  /// How many of the reference's heads each of the other's is the mean of; `nil` where that is not so.
  public var pooledHeads: Int?
  /// Whether bytes are compared because the numbers cannot be decoded.
  public var isRaw = false
  /// What one is of the other.
  var part: Part

  /// How much of two tensors belongs together.
  enum Part {
    /// All of both.
    case whole
    /// One expert, with its place in a stack of them; `nil` for the side that holds no other.
    case expert(reference: Int?, other: Int?)
    /// Rows of both.
    case rows(reference: Range<Int>, other: Range<Int>)
  }

  /// Whether matrices are joined in one of the two that are apart in the other.
  var isJoined: Bool {
    if case .rows = part { true } else { false }
  }
}

extension TensorMatch {
  /// Finds out how two tensors can be compared.
  init(_ indexA: Int, _ indexB: Int, _ part: Part, _ a: DiffSide, _ b: DiffSide) {
    reference = indexA
    other = indexB
    self.part = part
    if case .rows(let rowsA, let rowsB) = part {
      if let sideA = a.side(of: indexA), let sideB = b.side(of: indexB) {
        pair = ReadingPair(
          reference: .init(sideA.reading, rows: rowsA), other: .init(sideB.reading, rows: rowsB))
      }
      return
    }
    guard let readingA = a.reading(of: indexA), let readingB = b.reading(of: indexB) else {
      let (headerA, headerB) = (a.model.tensors[indexA], b.model.tensors[indexB])
      if headerA.type == headerB.type, headerA.shape == headerB.shape,
        headerA.byteCount == headerB.byteCount, let bytesA = a.bytes(of: indexA),
        let bytesB = b.bytes(of: indexB)
      {
        pair = ReadingPair(reference: .init(bytesA), other: .init(bytesB))
        isRaw = true
      }
      return
    }
    var sideA = ReadingPair.Side(readingA)
    var sideB = ReadingPair.Side(readingB)
    var isExpert = false
    if case .expert(let expertA, let expertB) = part {
      isExpert = true
      if let expertA {
        Self.take(expertA, of: &sideA, rows: a.stackedRows(of: indexA) ?? sideB.rows)
      }
      if let expertB {
        Self.take(expertB, of: &sideB, rows: b.stackedRows(of: indexB) ?? sideA.rows)
      }
    }
    if sideA.columns == sideB.columns, sideA.rows == sideB.rows {
      pair = ReadingPair(reference: sideA, other: sideB)
    } else if sideA.columns == sideB.rows, sideA.rows == sideB.columns, readingA.shape.count > 1,
      readingB.shape.count > 1
    {
      pair = ReadingPair(reference: sideA, other: sideB, order: .transposed)
    } else if sideA.count == sideB.count, case .plain = readingA.decoder,
      case .plain = readingB.decoder, !isExpert
    {
      // The same elements under other dimensions: [1, n] and [n].
      var flatA = readingA
      var flatB = readingB
      flatA.shape = [sideA.count]
      flatB.shape = [sideB.count]
      pair = ReadingPair(reference: .init(flatA), other: .init(flatB))
    } else if sideA.columns == sideB.columns, readingA.shape.count == 2, readingB.shape.count == 2,
      !isExpert
    {
      // Vocabularies are padded and extended at their end.
      let rows = 0..<min(sideA.rows, sideB.rows)
      pair = ReadingPair(
        reference: .init(readingA, rows: rows), other: .init(readingB, rows: rows))
      isPartial = true
    }
  }

  /// Narrows a stack to one of its matrices, where it is there.
  private static func take(_ expert: Int, of side: inout ReadingPair.Side, rows: Int) {
    let (end, overflow) = (expert + 1).multipliedReportingOverflow(by: rows)
    if rows > 0, !overflow, end <= side.rows {
      side = .init(side.reading, rows: end - rows..<end)
    }
  }
}
