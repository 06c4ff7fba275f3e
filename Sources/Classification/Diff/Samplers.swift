public import TensorStats

/// What reads samples of the two models that are compared.
public struct Samplers: Sendable {
  var reference: ValueSampler
  var other: ValueSampler

  /// Pairs the samplers of both models.
  public init(reference: ValueSampler, other: ValueSampler) {
    self.reference = reference
    self.other = other
  }

  /// Some values of both sides of a pair, in the same order; `nil` where they cannot be read.
  func values(of pair: ReadingPair, rows: Int, columns: Int) -> (
    reference: [Float], other: [Float], rows: Int, columns: Int
  )? {
    let rowsB = evenlySpaced(rows, below: pair.other.rows)
    let columnsB = evenlySpaced(columns, below: pair.other.columns)
    guard let b = other.values(of: pair.other, rows: rowsB, columns: columnsB) else { return nil }
    if pair.order == .transposed {
      guard let a = reference.values(of: pair.reference, rows: columnsB, columns: rowsB) else {
        return nil
      }
      var transpose = [Float](repeating: 0, count: a.count)
      for row in rowsB.indices {
        for column in columnsB.indices {
          transpose[row * columnsB.count + column] = a[column * rowsB.count + row]
        }
      }
      return (transpose, b, rowsB.count, columnsB.count)
    }
    let rowsA = rowsB.map(pair.order.referenceRow)
    let places = rowsA.indices.sorted { rowsA[$0] < rowsA[$1] }
    guard
      let sorted = reference.values(
        of: pair.reference, rows: places.map { rowsA[$0] }, columns: columnsB)
    else { return nil }
    var a = [Float](repeating: 0, count: sorted.count)
    for (from, to) in places.enumerated() {
      for column in columnsB.indices {
        a[to * columnsB.count + column] = sorted[from * columnsB.count + column]
      }
    }
    return (a, b, rowsB.count, columnsB.count)
  }

  /// The first value that is finite in only one of the two; `nil` where there is none, or too much to
  /// read for it.
  func firstNotFinite(of pair: ReadingPair) -> (
    row: Int, column: Int, value: Float, isReference: Bool
  )? {
    guard pair.order == .same, pair.count <= Self.mostSearched else { return nil }
    let columns = Array(0..<pair.other.columns)
    let step = max(1, Self.searchedAtOnce / max(1, columns.count))
    for start in stride(from: 0, to: pair.other.rows, by: step) {
      let rows = Array(start..<min(start + step, pair.other.rows))
      guard let a = reference.values(of: pair.reference, rows: rows, columns: columns),
        let b = other.values(of: pair.other, rows: rows, columns: columns)
      else { return nil }
      if let index = a.indices.first(where: { a[$0].isFinite != b[$0].isFinite }) {
        let isReference = !a[index].isFinite
        return (
          start + index / columns.count, index % columns.count, isReference ? a[index] : b[index],
          isReference
        )
      }
    }
    return nil
  }

  private static let mostSearched = 1 << 26
  private static let searchedAtOnce = 1 << 16
}
