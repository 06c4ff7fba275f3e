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
}
