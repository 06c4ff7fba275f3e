import CKernels
import ModelFile

// Numbers that float32 cannot hold.
extension Comparison {
  /// Types that float32 cannot hold are compared in float64, and what float64 cannot hold of integers
  /// after that.
  func compareWide(
    _ a: ElementReader, _ rangeA: Range<Int>, _ b: ElementReader, _ rangeB: Range<Int>
  ) throws(PairFailure) -> Difference {
    let count = rangeA.count
    let doubles = UnsafeMutableBufferPointer<Double>.allocate(capacity: 2 * count)
    defer { doubles.deallocate() }
    let valuesA = UnsafeMutableBufferPointer(rebasing: doubles[..<count])
    let valuesB = UnsafeMutableBufferPointer(rebasing: doubles[count...])
    let rests: UnsafeMutableBufferPointer<Int64>? =
      a.exceedsDouble || b.exceedsDouble ? .allocate(capacity: 2 * count) : nil
    defer { rests?.deallocate() }
    let restsA = rests.map { UnsafeMutableBufferPointer(rebasing: $0[..<count]) }
    let restsB = rests.map { UnsafeMutableBufferPointer(rebasing: $0[count...]) }
    try PairFailure.of(.reference) { () throws(ReadFailure) in
      try a.read(rangeA, into: valuesA, rests: restsA)
    }
    try PairFailure.of(.other) { () throws(ReadFailure) in
      try b.read(rangeB, into: valuesB, rests: restsB)
    }
    var sums = pair_sums()
    compare_f64(valuesA.baseAddress, valuesB.baseAddress, count, &sums)
    if let restsA, let restsB {
      for index in 0..<count
      where valuesA[index] == valuesB[index] && restsA[index] != restsB[index] {
        let distance = Double(restsB[index] - restsA[index]).magnitude
        sums.identical -= 1
        sums.difference += distance
        sums.squared_difference += distance * distance
        sums.greatest_difference = max(sums.greatest_difference, distance)
      }
    }
    guard let unit = Self.unit(of: doubles) else { return Difference(sums, count: count) }
    for index in doubles.indices { doubles[index] /= unit }
    var scaled = pair_sums()
    compare_f64(valuesA.baseAddress, valuesB.baseAddress, count, &scaled)
    // What the unit made zero, or equal, is not.
    scaled.identical = sums.identical
    scaled.sign_flips = sums.sign_flips
    scaled.zeros_a = sums.zeros_a
    scaled.zeros_b = sums.zeros_b
    scaled.zeros_both = sums.zeros_both
    return Difference(scaled, count: count, unit: unit)
  }

  /// The unit that float64 needs for the squares of numbers; `nil` where they do without.
  private static func unit(of numbers: UnsafeMutableBufferPointer<Double>) -> Double? {
    var greatest = 0.0
    for number in numbers where number.isFinite { greatest = max(greatest, number.magnitude) }
    if greatest > 0x1p400 { return 0x1p600 }
    return greatest > 0 && greatest < 0x1p-400 ? 0x1p-600 : nil
  }
}
