internal import ModelFile
internal import TensorStats

/// The zeros of one tensor, divided into those that its type, scheme or layout explains and those
/// beyond.
struct ZeroOrigin {
  /// Decoded weights, and those of them that are zero.
  var count: Int
  var zeros: Int
  /// The share of the weights that are zeros beyond the natural ones.
  var excess: Double
  /// Whether the codes could show pruning at all.
  var isJudged: Bool

  /// Judges the zeros of a tensor; `nil` where none were counted.
  init?(_ index: Int, _ observed: Observation) {
    let packed = observed.packedWeight(index)
    let type = observed.model.tensors[index].type
    let kind = packed?.codes ?? type.codeKind
    guard let measured = observed.measurements[index], measured.count > 0 else { return nil }
    count = measured.count
    zeros = measured.zeros
    let share = Double(zeros) / Double(count)
    let bits = packed?.bits ?? type.codeBits.map(Double.init) ?? 16
    let isPerChannel = packed.map { $0.groupSize == nil } ?? false
    let near = measured.nearZeros.map { Double($0) / Double(measured.count) }
    (excess, isJudged) =
      switch kind {
      case nil, .values:
        observed.grid(of: index).map { Self.gridded(share, measured, $0) } ?? (share, true)
      case .compressed, .hidden: (0, false)
      case .vectors: (0, true)
      case .ternary: (0, true)
      case .scaledFloat: (share >= Threshold.incidentalZeros.value ? share : 0, true)
      case .castFloat: Self.cast(share, measured, type)
      case .float4, .normalFloat4:
        (share > Threshold.zeroShareFloat4.value ? share : 0, true)
      case .offsetInteger: Self.offset(share, near, bits)
      case .integer(let zero):
        Self.integer(share, measured, bits: bits, zeroCode: zero, isPerChannel: isPerChannel)
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
        share, measured, bits: Double(grid.bits), zeroCode: nil,
        isPerChannel: grid.groupSize == nil)
    case .codebook: (share > Threshold.zeroShareFloat4.value ? share : 0, true)
    case .fp8Tile: (share >= Threshold.incidentalZeros.value ? share : 0, true)
    case .ternary: (0, true)
    case .binary: (share, true)
    }
  }

  /// Codes that are evenly spaced: dense weights have hardly more zeros than ones.
  private static func integer(
    _ share: Double, _ measured: Measurement, bits: Double, zeroCode: Int?, isPerChannel: Bool
  ) -> (Double, Bool) {
    // With 3 bits and fewer, pruned and dense weights look the same.
    guard bits >= 4 else { return (0, true) }
    var ratio: Double?
    var neighbours = 0.0
    if let zeroCode, let codes = measured.codes, codes.count > 2, zeroCode < codes.count {
      let total = Double(max(codes.reduce(0, +), 1))
      let next = codes[(zeroCode + 1) % codes.count]
      let last = codes[(zeroCode + codes.count - 1) % codes.count]
      neighbours = Double(next + last) / 2 / total
      ratio = neighbours > 0 ? Double(codes[zeroCode]) / total / neighbours : .infinity
    }
    if bits >= 6 {
      if let ratio {
        let isExcess =
          ratio > Threshold.zeroRatioWide.value && share >= Threshold.incidentalZeros.value
        return (isExcess ? share - neighbours : 0, true)
      }
      return (share >= Threshold.zeroShareWide.value ? share : 0, true)
    }
    let least =
      bits >= 5
      ? Threshold.zeroShareFiveBits.value
      : isPerChannel
        ? Threshold.zeroShareFourBitsPerChannel.value : Threshold.zeroShareFourBits.value
    let isExcess = share >= least && ratio ?? .infinity > Threshold.zeroRatioNarrow.value
    return (isExcess ? share - neighbours : 0, true)
  }

  /// Codes around a float: zero itself is hit by chance, so what is near it counts.
  private static func offset(_ share: Double, _ near: Double?, _ bits: Double) -> (Double, Bool) {
    guard bits >= 4, let near else { return (0, false) }
    let least = bits > 4.5 ? Threshold.nearZeros.value : Threshold.zeroShareFourBits.value
    return near > least ? (near - Threshold.naturalNearZeros.value, true) : (0, true)
  }

  /// A cast to 8 bits without scale turns into zero what lies below half of the smallest number.
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
