internal import ModelFile
internal import TensorStats

/// The zeros of one tensor, divided into those that its type, scheme or layout explains and those
/// beyond.
struct ZeroOrigin {
  /// The weights of the tensor, and those of them that are zero; of a sample as many as it stands for.
  var count: Int
  var zeros: Int
  /// The share of the weights that are zeros beyond the natural ones.
  var excess: Double
  /// Whether the codes could show pruning at all.
  var isJudged: Bool

  /// Judges the zeros of a tensor; `nil` where none were counted.
  init?(_ index: Int, _ observed: Observation) {
    let packed = observed.packedWeight(index)
    let type = observed.elementType(index)
    let kind = packed?.codes ?? type.codeKind
    guard let measured = observed.measurements[index], measured.count > 0 else { return nil }
    count = measured.countInAll
    zeros = measured.zerosInAll
    let share = Double(measured.zeros) / Double(measured.count)
    let bits = packed?.bits ?? type.codeBits.map(Double.init) ?? 16
    let isPerChannel = packed.map { $0.groupSize == nil } ?? false
    let near = measured.nearZeros.map { Double($0) / Double(measured.count) }
    (excess, isJudged) =
      switch kind {
      case nil, .values:
        observed.grid(of: index).map { Self.gridded(share, measured, $0) }
          ?? Self.plain(share, measured, type)
      case .compressed, .hidden: (0, false)
      case .vectors: (0, true)
      case .ternary: (0, true)
      case .scaledFloat:
        (
          share >= (bits < 8 ? Threshold.zeroShareWide : Threshold.incidentalZeros).value
            ? share : 0, true
        )
      case .castFloat: Self.cast(share, measured, type)
      case .float4, .normalFloat4:
        // One outlier of a large group makes zeros of most others.
        (packed?.groupSize ?? 0) > Threshold.judgedGroup.count
          ? (0, false) : (share > Threshold.zeroShareFloat4.value ? share : 0, true)
      case .offsetInteger: Self.offset(share, near, bits)
      case .integer(let zero):
        Self.codes(share, measured, bits: bits, zeroCode: zero, isPerChannel: isPerChannel)
      }
    if packed?.sparseStorage != .dense, packed != nil { excess = max(excess, share) }
  }

  /// Numbers that were quantized once have the zeros that their codes had.
  private static func gridded(
    _ share: Double, _ measured: Measurement, _ grid: GridVerdict
  ) -> (Double, Bool) {
    switch grid.kind {
    case .uniform:
      integer(
        share, grid.nearZero, bits: Double(grid.bits),
        isPerChannel: grid.groupSize.map { $0 > Threshold.longestGroup.count } ?? true)
    // Of an unknown table any entry may be zero, and the fewer there are, the more weights.
    case .codebook where grid.entries != nil: (0, true)
    case .codebook: (share > Threshold.zeroShareFloat4.value ? share : 0, true)
    case .fp8Tile: (share >= Threshold.incidentalZeros.value ? share : 0, true)
    case .ternary: (0, true)
    case .binary: (share, true)
    }
  }

  /// Codes that are evenly spaced; those of weights that had fewer bits before are judged as those.
  private static func codes(
    _ share: Double, _ measured: Measurement, bits: Double, zeroCode: Int?, isPerChannel: Bool
  ) -> (Double, Bool) {
    if let narrow = measured.requantizedBits {
      return integer(share, nil, bits: Double(narrow), isPerChannel: isPerChannel)
    }
    if let blocks = measured.blockCodes {
      return integer(share, blocks.nearZero, bits: bits, isPerChannel: isPerChannel)
    }
    guard let zeroCode, let counts = measured.codes, zeroCode < counts.count else {
      return integer(share, nil, bits: bits, isPerChannel: isPerChannel)
    }
    // Rare codes are strays: of rounding twice, or of outliers.
    let least = Int(Threshold.usedCode.value * Double(counts.reduce(0, +)))
    let middle = counts.count / 2
    let below = (1...middle).map { counts[(zeroCode + counts.count - $0) % counts.count] }
      .filter { $0 > least }
    let above = (1..<middle).map { counts[(zeroCode + $0) % counts.count] }.filter { $0 > least }
    func pair(_ index: Int) -> Int {
      (index < below.count ? below[index] : 0) + (index < above.count ? above[index] : 0)
    }
    let used = below.count + above.count + 1
    let width = Double(Int.bitWidth - (used - 1).leadingZeroBitCount)
    return integer(
      share, CodesNearZero(zeros: counts[zeroCode], ones: pair(0), twos: pair(1)),
      bits: min(bits, width), isPerChannel: isPerChannel)
  }

  /// Values on even steps: dense weights have hardly more zeros than values one step from it, and how
  /// much more follows from how many are two steps away.
  private static func integer(
    _ share: Double, _ near: CodesNearZero?, bits: Double, isPerChannel: Bool
  ) -> (Double, Bool) {
    let ratio = near?.zeroRatio
    func isSteep(_ bound: Threshold) -> Bool {
      near.map { $0.zeroRatio > bound.value * $0.nextRatio } ?? false
    }
    let isExcess: Bool
    switch bits {
    case 6...:
      isExcess =
        ratio.map {
          $0 > Threshold.zeroRatioWide.value && share >= Threshold.incidentalZeros.value
        } ?? (share >= Threshold.zeroShareWide.value)
    case 4...:
      let least =
        bits >= 5
        ? Threshold.zeroShareFiveBits
        : isPerChannel ? Threshold.zeroShareFourBitsPerChannel : Threshold.zeroShareFourBits
      isExcess =
        (ratio ?? .infinity) > Threshold.zeroRatioNarrow.value
        && (share >= least.value && (!isPerChannel || isSteep(.zeroSlope))
          || share >= Threshold.zeroShareSteep.value && !isPerChannel
            && isSteep(.zeroSlope))
    case 3...:
      // With 3 bits, dense weights look the same as pruned ones do after mild pruning.
      isExcess =
        (ratio ?? 0) > Threshold.zeroRatioThreeBits.value
        && isSteep(.zeroSlopeThreeBits)
    default: isExcess = false
    }
    // Their neighbours tell how many zeros are natural.
    return (isExcess ? share - share / (ratio ?? .infinity) : 0, true)
  }

  /// Codes around a float: zero itself is hit by chance, so what is near it counts.
  private static func offset(_ share: Double, _ near: Double?, _ bits: Double) -> (Double, Bool) {
    guard bits >= 4, let near else { return (0, false) }
    let least = bits > 4.5 ? Threshold.nearZeros.value : Threshold.zeroShareFourBits.value
    return near > least ? (near - Threshold.naturalNearZeros.value, true) : (0, true)
  }

  /// Plain numbers have no zeros by nature, but those of F16 whose weights are smaller than its
  /// smallest number.
  private static func plain(
    _ share: Double, _ measured: Measurement, _ type: ElementType
  ) -> (Double, Bool) {
    let smallest = type.castLimit ?? 0
    guard let sigma = measured.standardDeviation, smallest > Threshold.incidentalZeros.value * sigma
    else { return (share, true) }
    return cast(share, measured, type)
  }

  /// A cast to fewer bits without scale turns into zero what lies below half of the smallest number.
  private static func cast(
    _ share: Double, _ measured: Measurement, _ type: ElementType
  ) -> (Double, Bool) {
    guard let limit = type.castLimit, let sigma = measured.standardDeviation, sigma > 0 else {
      return (0, false)
    }
    // The density of a Gaussian at its middle, times the width of what became zero.
    let natural = min(1, 2 * limit / sigma * 0.3989)
    let isExcess =
      share >= Threshold.prunedZeros.value && share > Threshold.castZeroRatio.value * natural
    return (isExcess ? share - natural : 0, true)
  }
}

extension Measurement {
  /// The bits that blocks of Q8_0 use, where no block has more codes than 4 bits allow.
  var requantizedBits: Int? {
    guard let blocks = blockCodes, blocks.most > 1,
      blocks.most <= Threshold.requantizedCodes.count,
      // Blocks that are mostly zeros have few codes for another reason.
      Double(zeros) < Threshold.requantizedZeros.value * Double(count)
    else { return nil }
    return Int.bitWidth - (blocks.most - 1).leadingZeroBitCount
  }
}
