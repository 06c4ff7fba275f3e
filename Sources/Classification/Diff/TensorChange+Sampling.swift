internal import ModelFile
internal import TensorStats

// What the sums over a tensor do not tell and its values do.
extension TensorChange {
  /// Whether both sides are stored as floats of 16 bits or more.
  var isFloat: Bool { Self.floats.contains(storage) && Self.floats.contains(referenceStorage) }

  /// Whether both sides are numbers, stored as floats or as codes of a known width.
  var isFloatOrCodes: Bool {
    (Self.floats.contains(storage) || bits != nil)
      && (Self.floats.contains(referenceStorage) || referenceBits != nil)
  }

  static let floats: Set = Set([ElementType.f16, .bf16, .f32, .f64].map(\.name))

  /// Looks whether every changed number is the other side's, rounded to a type of 16 bits.
  mutating func findRounding(_ pair: ReadingPair, _ samplers: Samplers) {
    guard kind == .changed, isFloat, let noise = difference?.relativeNoise, noise <= Self.bf16Noise,
      let sample = samplers.values(of: pair, rows: 64, columns: 512)
    else { return }
    let pairs = zip(sample.reference, sample.other).filter {
      $0 != $1 && $0.isFinite && $1.isFinite
    }
    guard !pairs.isEmpty else { return }
    for (type, rounded) in Self.roundings {
      if pairs.allSatisfy({ rounded($0) == $1 }) {
        kind = .rounded
        roundedTo = type.name
        return
      }
      if pairs.allSatisfy({ rounded($1) == $0 }) {
        kind = .unrounded
        roundedTo = type.name
        return
      }
    }
  }

  /// The power of rounding to 7 bits of mantissa, at most.
  private static let bf16Noise = 0x1p-16

  private static let roundings: [(type: ElementType, round: @Sendable (Float) -> Float)] = [
    (
      .bf16,
      { value in
        let bits = value.bitPattern
        return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
      }
    ),
    (
      .f16,
      { value in
        let exponent = max(value == 0 ? -14 : Int(value.exponent), -14) - 10
        let step = Float(sign: .plus, exponent: exponent, significand: 1)
        return (value / step).rounded(.toNearestOrEven) * step
      }
    ),
  ]
}

extension [TensorChange] {
  /// Tells matrices that were quantized and stored as floats again from pruned or trained ones: their
  /// values lie on a grid, which those of the other side do not.
  mutating func findGrids(_ plan: DiffPlan) {
    let (a, b) = (plan.reference, plan.other)
    let candidates = indices.filter { index in
      let tensor = self[index]
      guard [.changed, .pruned, .filled].contains(tensor.kind), tensor.isFloat,
        tensor.isWeightMatrix, plan.matches[index].pair != nil, let difference = tensor.difference
      else { return false }
      return 2 * (difference.identical - difference.commonZeros) < difference.count
    }
    guard !candidates.isEmpty else { return }
    var found: [(reference: GridVerdict?, other: GridVerdict?)] = []
    for place in evenlySpaced(Self.sampledMatrices, below: candidates.count) {
      let match = plan.matches[candidates[place]]
      found.append(
        (
          Self.grid(match.pair?.reference.reading, a.model),
          Self.grid(match.pair?.other.reading, b.model)
        ))
      // One that is on no grid, or on both sides, decides.
      if (found[found.count - 1].reference == nil) == (found[found.count - 1].other == nil) {
        return
      }
    }
    let quantized = found.allSatisfy { $0.other != nil }
    guard quantized || found.allSatisfy({ $0.reference != nil }) else { return }
    let bits = found.compactMap { (quantized ? $0.other : $0.reference)?.bits }.min() ?? 0
    for index in candidates {
      let zeros = self[index].difference.map {
        quantized ? $0.newZeroShare : $0.filledZeroShare
      }
      // So many zeros are no grid's own.
      if bits >= 4, zeros ?? 0 >= DiffThresholds.prunedAndQuantized { continue }
      self[index].kind = quantized ? .quantized : .unquantized
      self[index].gridBits = bits
    }
  }

  private static var sampledMatrices: Int { 3 }

  private static func grid(_ reading: Reading?, _ model: Model) -> GridVerdict? {
    reading.flatMap { GridEvidence($0, of: model) }.flatMap(GridVerdict.init)
  }
}
