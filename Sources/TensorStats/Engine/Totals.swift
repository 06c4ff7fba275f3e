import CKernels
import ModelFile

/// What was found in some pieces of a tensor; totals of pieces add up in any order.
struct Totals {
  var count = 0
  var zeros = 0
  var nans = 0
  var infinities = 0
  /// Of floats that are not counted by pattern.
  var minimum = Double.infinity
  var maximum = -Double.infinity
  /// Of integers of 32 and 64 bits.
  var least = Int128.max
  var greatest = Int128.min
  /// Patterns, codes or bins with their counts.
  var values = CountList()
  /// Floats that end in 13 zero bits, by the bits before; they are in no other count but that of zeros.
  var narrow = CountList()
  /// Codes of packed weights with their counts.
  var codes = CountList()
  /// How many codes there are; `nil` where weights have none.
  var codeCount: Int?
  /// Moments of each piece, by its number; merged only when all are there, in order.
  var moments: [(piece: Int, moments: Moments)] = []
  /// What narrower types hold, of 32-bit and 64-bit floats.
  var lossless = LosslessTotals()
  /// Blocks by their different codes; empty for types of which they are not counted.
  var blockCodes: [UInt64] = []
  /// The codes of magnitude 0, 1 and 2 in some blocks; empty for types of which they are not counted.
  var nearCodes: [UInt64] = []
  /// Codes of some groups: those that are used, and those expected in 256ths.
  var codeUse: [UInt64] = []
  var zeroTotals = ZeroTotals()
  /// Pages of a sample.
  var pages = 0
  /// Pairs of pages that follow each other, and the sum over them of the square of the difference
  /// between their zeros.
  var pageSteps = 0
  var squaredPageSteps: Int128 = 0

  /// The moments of all pieces.
  var allMoments: Moments {
    var result = Moments()
    for piece in moments.sorted(by: { $0.piece < $1.piece }) { result.merge(piece.moments) }
    return result
  }

  mutating func merge(_ other: Totals) {
    count += other.count
    zeros += other.zeros
    nans += other.nans
    infinities += other.infinities
    minimum = min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    least = min(least, other.least)
    greatest = max(greatest, other.greatest)
    values.merge(other.values)
    narrow.merge(other.narrow)
    codes.merge(other.codes)
    codeCount = codeCount ?? other.codeCount
    moments += other.moments
    lossless.merge(other.lossless)
    Self.add(other.blockCodes, to: &blockCodes)
    Self.add(other.nearCodes, to: &nearCodes)
    Self.add(other.codeUse, to: &codeUse)
    zeroTotals.merge(other.zeroTotals)
    pages += other.pages
    pageSteps += other.pageSteps
    squaredPageSteps += other.squaredPageSteps
  }

  private static func add(_ counts: [UInt64], to sums: inout [UInt64]) {
    if sums.isEmpty {
      sums = counts
    } else {
      for (index, count) in counts.enumerated() { sums[index] += count }
    }
  }
}

extension f32_totals {
  /// Of no values.
  static var empty: f32_totals {
    var totals = f32_totals()
    totals.minimum = .infinity
    totals.maximum = -.infinity
    return totals
  }
}
