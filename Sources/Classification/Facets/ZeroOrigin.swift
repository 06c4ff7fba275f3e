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
        // Where a scale was not fitted, what is small becomes zero as in a cast.
        measured.codes.map { Self.steps(share, .init(magnitudes: $0), bits: bits) }
          ?? Self.floats(share, bits)
      case .castFloat:
        measured.codes.map { Self.steps(share, .init(magnitudes: $0), bits: bits) }
          ?? Self.cast(share, measured, type)
      case .float4: Self.steps(share, packed.flatMap { Self.near($0, measured) }, bits: bits)
      case .normalFloat4:
        Self.steps(share, measured.codes.map { .init($0, zeroCode: Self.zeroOfNF4) }, bits: bits)
      case .offsetInteger:
        Self.codesAroundZeroPoints(measured).map { Self.steps(near ?? share, $0, bits: bits) }
          ?? Self.offset(share, near, bits)
      case .integer(let zero): Self.codes(share, measured, bits: bits, zeroCode: zero)
      }
    if packed?.sparseStorage != .dense, packed != nil { excess = max(excess, share) }
  }

  /// Numbers that were quantized once have the zeros that their codes had.
  private static func gridded(
    _ share: Double, _ measured: Measurement, _ grid: GridVerdict
  ) -> (Double, Bool) {
    switch grid.kind {
    case .uniform: uniform(share, measured, grid)
    // Of an unknown table any entry may be zero, and the fewer there are, the more weights.
    case .codebook where grid.entries != nil && grid.nearZero == nil: (0, true)
    case .codebook: steps(share, grid.nearZero, bits: Double(grid.bits))
    case .fp8Tile:
      grid.nearZero.map { steps(share, $0, bits: 8) } ?? floats(share, 8)
    case .ternary: (0, true)
    case .binary: (share, true)
    }
  }

  /// Even steps, of which a zero point of its own may put zero between two.
  private static func uniform(
    _ share: Double, _ measured: Measurement, _ grid: GridVerdict
  ) -> (Double, Bool) {
    let found = steps(share, grid.nearZero, bits: Double(grid.bits))
    guard found.0 == 0, (4...5).contains(grid.bits), !grid.isSum, let near = measured.nearZeros
    else { return found }
    // Zeros themselves are judged above.
    let beside = Double(near) / Double(measured.count) - share
    let (excess, _) = offset(beside, beside, Double(grid.bits))
    return (excess, true)
  }

  /// The place of zero among the entries of NF4, which ascend.
  private static let zeroOfNF4 = 7

  /// Codes of E2M1; the table of bitsandbytes' FP4 has another order, and steps of another kind.
  private static func near(_ packed: PackedWeight, _ measured: Measurement) -> CodesNearZero? {
    packed.scheme == .bnbFP4 ? nil : measured.codes.map { .init(magnitudes: $0) }
  }

  /// The codes near zero of packed weights with zero points; few of them tell nothing.
  private static func codesAroundZeroPoints(_ measured: Measurement) -> CodesNearZero? {
    guard measured.codes != nil, let near = measured.codesNearZero,
      near.zeros + near.ones >= Threshold.nearCodes.count
    else { return nil }
    return near
  }

  /// Codes that are evenly spaced; those of weights that had fewer bits before are judged as those.
  private static func codes(
    _ share: Double, _ measured: Measurement, bits: Double, zeroCode: Int?
  ) -> (Double, Bool) {
    if let narrow = measured.requantizedBits { return steps(share, nil, bits: Double(narrow)) }
    guard let zeroCode, let counts = measured.codes, zeroCode < counts.count else {
      let near =
        measured.codes == nil ? measured.codesNearZero : codesAroundZeroPoints(measured)
      guard let near else { return steps(share, nil, bits: bits) }
      // Weights that had fewer bits before leave out the codes beside zero, as pruning does.
      if let use = measured.codeUse {
        let least: Threshold = bits >= 6 ? .codeUse : .codeUseNarrow
        guard use >= least.value else { return (0, true) }
      } else {
        guard bits >= 6 || share >= Threshold.zeroShareWide.value else { return (0, true) }
      }
      return steps(share, near, bits: bits)
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
    return steps(
      share, CodesNearZero(zeros: counts[zeroCode], ones: pair(0), twos: pair(1)),
      bits: min(bits, width))
  }

  /// Values on steps that are even around zero.
  ///
  /// The density of dense weights has no peak at zero that is narrower than a step: zero is hardly
  /// more frequent than its neighbours, or, where most weights are small, not much more than those
  /// are than the next.
  private static func steps(
    _ share: Double, _ near: CodesNearZero?, bits: Double
  ) -> (Double, Bool) {
    guard let near else {
      let least: Threshold? =
        bits >= 6 ? .zeroShareWide : bits >= 4 ? .zeroShareNarrow : nil
      return (least.map { share >= $0.value ? share : 0 } ?? 0, true)
    }
    guard bits >= 3, share >= Threshold.incidentalZeros.value else { return (0, true) }
    let (ratio, slope): (Threshold, Threshold) =
      bits >= 6
      ? (.zeroRatioWide, .zeroSlope)
      : bits >= 4 ? (.zeroRatioNarrow, .zeroSlope) : (.zeroRatioThreeBits, .zeroSlopeThreeBits)
    let isExcess =
      near.zeroRatio > ratio.value
      && near.zeroRatio * (1 - share) > slope.value * near.nextRatio
    // The neighbours tell how many zeros are natural.
    return (isExcess ? share - share / near.zeroRatio : 0, true)
  }

  /// Floats that span many octaves below the largest, so that hardly any weight is smaller.
  private static func floats(_ share: Double, _ bits: Double) -> (Double, Bool) {
    let least = bits < 8 ? Threshold.zeroShareWide : Threshold.incidentalZeros
    return (share >= least.value ? share : 0, true)
  }

  /// Codes around a float: zero itself is hit by chance, so what is near it counts.
  private static func offset(_ share: Double, _ near: Double?, _ bits: Double) -> (Double, Bool) {
    guard bits >= 4, let near else { return (0, false) }
    let least = (bits > 4.5 ? Threshold.nearZeros : Threshold.nearZerosFourBits).value
    return near > least ? (near - Threshold.naturalNearZeros.value, true) : (0, true)
  }

  /// Plain numbers have no zeros by nature, but those of F16 whose weights are smaller than its
  /// smallest number.
  private static func plain(
    _ share: Double, _ measured: Measurement, _ type: ElementType
  ) -> (Double, Bool) {
    guard measured.underflows(type) else {
      let padded = measured.structure.map { Padding($0).zeros } ?? 0
      return (share - Double(padded) / Double(max(measured.count, 1)), true)
    }
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
  /// Whether weights are so small that the range of their type makes zeros of many.
  func underflows(_ type: ElementType) -> Bool {
    guard let limit = type.castLimit, let standardDeviation else { return false }
    return limit > Threshold.incidentalZeros.value * standardDeviation
  }

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

extension CodesNearZero {
  /// Of codes by how often each occurs, where they ascend with the values.
  fileprivate init(_ counts: [Int], zeroCode: Int) {
    func count(_ code: Int) -> Int { counts.indices.contains(code) ? counts[code] : 0 }
    self.init(
      zeros: count(zeroCode), ones: count(zeroCode - 1) + count(zeroCode + 1),
      twos: count(zeroCode - 2) + count(zeroCode + 2))
  }

  /// Of floats by how often each code occurs: a sign, and magnitudes that ascend from zero.
  fileprivate init(magnitudes counts: [Int]) {
    let half = counts.count / 2
    func count(_ code: Int) -> Int { code < half ? counts[code] + counts[half + code] : 0 }
    self.init(zeros: count(0), ones: count(1), twos: count(2))
  }
}
