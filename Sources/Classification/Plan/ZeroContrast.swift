/// How unlike the zeros of two tensors are: quantizing a matrix gives it a share of zeros that its
/// like, quantized in the same way, has as well.
enum ZeroContrast {
  /// Shares below it are alike: of codes of 8 bits 1 % are zero, and 15 % of 4 bits.
  private static let floor = 0.002
  /// How many times as many zeros are unlike; layers quantized in the same way differ by less.
  private static let factor = 2.0
  /// The most tensors of one name that are told for their zeros.
  private static let limit = 3

  /// How many times as many zeros one of two shares has, from 1.
  static func between(_ a: Double, _ b: Double) -> Double {
    (max(a, b) + floor) / (min(a, b) + floor)
  }

  /// Whether two shares are unlike.
  static func areUnlike(_ a: Double, _ b: Double) -> Bool { between(a, b) >= factor }

  /// Some tensors with zeros unlike those of all that were chosen before; none where those were not
  /// measured.
  static func unlike(
    _ tensors: [Int], _ chosen: [Int], _ zeroShares: [Int: Double]
  ) -> [Int] {
    var shares = chosen.compactMap { zeroShares[$0] }
    guard !shares.isEmpty else { return [] }
    // Zeros only lie on no grid.
    var rest = tensors.compactMap { index in
      zeroShares[index].flatMap { $0 < 1 ? (index: index, share: $0) : nil }
    }
    var found: [Int] = []
    while found.count < limit {
      rest.removeAll { other in !shares.allSatisfy { areUnlike(other.share, $0) } }
      guard
        let next = rest.max(by: { a, b in
          (a.share, b.index) < (b.share, a.index)
        })
      else { break }
      found.append(next.index)
      shares.append(next.share)
    }
    return found
  }
}
