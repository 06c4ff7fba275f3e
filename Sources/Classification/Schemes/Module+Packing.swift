internal import ModelFile
internal import TensorStats

/// Steps that many signatures share.
extension Module {
  /// The carrier's rows and columns, where it has two dimensions and any elements.
  var matrix: (rows: Int, columns: Int)? {
    let shape = shape
    guard shape.count == 2, shape[0] > 0, shape[1] > 0 else { return nil }
    return (shape[0], shape[1])
  }

  /// The blocks of a row, where a scale tensor has as many dimensions as the carrier and all but the
  /// last alike.
  func blockScale(_ suffix: String) -> Int? {
    guard let scale = shape(suffix), scale.count == shape.count, let last = scale.last, last > 0,
      scale.dropLast() == shape.dropLast()
    else { return nil }
    return last
  }

  /// The last two dimensions of a tensor that holds as many matrices as the carrier.
  func innerShape(_ suffix: String) -> [Int]? {
    guard let other = shape(suffix), other.count == shape.count, other.count >= 2,
      other.dropLast(2) == shape.dropLast(2)
    else { return nil }
    return Array(other.suffix(2))
  }

  /// The bits of a code when so many 32-bit words hold so many codes without gaps.
  func packedBits(words: Int, codes: Int) -> Int? {
    let (bits, overflow) = words.multipliedReportingOverflow(by: 32)
    guard codes > 0, !overflow, bits % codes == 0, (2...8).contains(bits / codes) else {
      return nil
    }
    return bits / codes
  }

  /// Codes from the lowest bit up in 32-bit words.
  func packing(_ bits: Int) -> Packing { .dense(bits: bits, wordBits: 32) }

  /// How many neighbours share a scale when a row of so many inputs has so many scales; `nil` for one
  /// scale per row.
  ///
  /// The claimed size settles what a partial last group leaves open.
  func groupSize(of inputs: Int, groups: Int) -> Int? {
    guard groups > 1 else { return nil }
    if let claimed = claims.groupSize, claimed > 0, ceilingQuotient(inputs, claimed) == groups {
      return claimed
    }
    if inputs % groups == 0 { return inputs / groups }
    // A power of two that gives the same count.
    return (3...12).map { 1 << $0 }.first { ceilingQuotient(inputs, $0) == groups }
  }

  /// A factor in a tensor of its own.
  func scale(
    _ suffix: String,
    as type: ElementType? = nil,
    sharing: GroupValues.Sharing,
    arrangement: Arrangement = .rowMajor,
    storedColumns: Int? = nil,
    rowOrder: [Int] = [],
    divides: Bool = false
  ) -> [Scale] {
    values(
      suffix,
      as: type,
      sharing: sharing,
      arrangement: arrangement,
      storedColumns: storedColumns,
      rowOrder: rowOrder
    ).map { [Scale($0, divides: divides)] } ?? []
  }

  /// Numbers that weights share, in a tensor of their own.
  func values(
    _ suffix: String,
    as type: ElementType? = nil,
    sharing: GroupValues.Sharing,
    arrangement: Arrangement = .rowMajor,
    storedColumns: Int? = nil,
    rowOrder: [Int] = []
  ) -> GroupValues? {
    guard let index = self[suffix] else { return nil }
    return GroupValues(
      .elements(tensor: index, as: type ?? scene.model.tensors[index].type),
      sharing: sharing,
      arrangement: arrangement,
      storedColumns: storedColumns,
      rowOrder: rowOrder
    )
  }

  /// Whether a tensor's elements, so far as they were read, are all zero; `nil` where none was.
  func isZero(_ suffix: String) -> Bool? { bytes(suffix).map { $0.allSatisfy { $0 == 0 } } }

  /// How the values of a scale tensor lie over a matrix, judged by its shape: one for all, one for
  /// each row, for groups of a row, or for square tiles.
  func sharing(of scale: [Int], rows: Int, columns: Int) -> GroupValues.Sharing? {
    if scale.allSatisfy({ $0 == 1 }) { return .matrix }
    // ModelOpt keeps the sides of the tiles that a scale is the maximum of.
    if scale.count == 4, scale[1] == 1, scale[3] == 1 {
      return sharing(of: [scale[0], scale[2]], rows: rows, columns: columns)
    }
    if scale == [rows] || scale == [rows, 1] || scale == [1, rows] {
      return .tiles(rows: 1, columns: columns)
    }
    guard scale.count == 2, scale[0] > 0, scale[1] > 0 else { return nil }
    if scale[0] == rows {
      return groupSize(of: columns, groups: scale[1]).map { .tiles(rows: 1, columns: $0) }
    }
    if let sides = claims.settings?["weight_block_size"]?.array?.compactMap(\.integer),
      sides.count == 2, sides.allSatisfy({ $0 > 0 }),
      scale == [ceilingQuotient(rows, sides[0]), ceilingQuotient(columns, sides[1])]
    {
      return .tiles(rows: sides[0], columns: sides[1])
    }
    // Square tiles, of which 128 is by far the most common side.
    return [128, 64, 32, 256, 16].first {
      ceilingQuotient(rows, $0) == scale[0] && ceilingQuotient(columns, $0) == scale[1]
    }.map { .tiles(rows: $0, columns: $0) }
  }
}

extension GroupValues.Sharing {
  /// The neighbours in a row that share a value; `nil` where whole rows, tiles or matrices do.
  func groupSize(in columns: Int) -> Int? {
    if case .tiles(1, let group) = self, group < columns { group } else { nil }
  }
}

/// A quotient rounded up.
func ceilingQuotient(_ a: Int, _ b: Int) -> Int { b > 0 ? a / b + (a % b > 0 ? 1 : 0) : 0 }
