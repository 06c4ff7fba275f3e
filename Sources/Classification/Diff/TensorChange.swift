internal import ModelFile
public import TensorStats

/// What became of one tensor.
public struct TensorChange: Sendable, Equatable {
  /// The name in the other model.
  public var name: String
  /// The name in the reference.
  public var referenceName: String
  /// What it is for.
  public var role: Role
  /// Its layer in the other model; `nil` where it lies in none.
  public var layer: Int?
  /// How the reference stores it: a type or a scheme.
  public var referenceStorage: String
  /// How the other stores it.
  public var storage: String
  /// The dimensions of the reference's weights.
  public var referenceShape: [Int]
  /// The dimensions of the other's weights.
  public var shape: [Int]
  /// Weights of the other tensor.
  public var parameters: Int
  /// How rows and columns lie against each other.
  public var order: ReadingPair.Order
  /// What was done to the numbers of one side before they were compared, as conversions do.
  public var conversion: ReadingPair.Conversion
  /// How many of the reference's heads each of the other's is the mean of; `nil` where that is not so.
  public var pooledHeads: Int?
  /// Whether only a part of the rows was compared.
  public var isPartial: Bool
  /// The numbers; `nil` where they were not compared.
  public var difference: Difference?
  /// What the numbers mean.
  public var kind: Kind
  /// The float type that numbers were rounded to and that is not the one they are stored in.
  public var roundedTo: String?
  /// Whether it only serves to read another tensor.
  public var isBookkeeping: Bool
  /// How many times the error is that of quantizing; `nil` where quantizing explains it.
  public var excess: Double?
  /// Whether the error is what quantizing explains, but more than is usual.
  var isDoubtful = false
  /// Whether it could be compared as bytes only, and they differ.
  public var hasOtherBytes: Bool

  /// Whether matrices are joined in one of the two that are apart in the other.
  var isJoined: Bool
  /// The width of the reference's codes; `nil` where it has none.
  var referenceBits: Double?
  /// The width of the other's codes; `nil` where it has none.
  var bits: Double?
  /// The width of the codes that the floats of one side were made of.
  var gridBits: Int?

  /// Whether halves of heads are apart in one of the two and interleaved in the other.
  var isPermutedWithinHeads: Bool {
    switch order {
    case .interleaved, .separated: true
    case .same, .transposed, .grouped, .ungrouped, .repeated, .selected: false
    }
  }

  /// Whether queries, keys and values are joined head by head in only one of the two.
  var isGroupedOtherwise: Bool {
    switch order {
    case .grouped, .ungrouped: true
    case .same, .transposed, .interleaved, .separated, .repeated, .selected: false
    }
  }

  /// What became of the numbers.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The same numbers in the same type.
    case identical
    /// The same numbers in another type.
    case cast
    /// Rounded to a narrower float type.
    case rounded
    /// Rounded in the reference.
    case unrounded
    /// Quantized.
    case quantized
    /// Quantized in the reference.
    case unquantized
    /// Quantized in both, from the same weights.
    case requantized
    /// Quantized in one of the two or in both, and further apart than that explains.
    case quantizedChanged = "quantized_changed"
    /// Some weights became zero.
    case pruned
    /// Some weights are zero in the reference only.
    case filled
    /// Multiplied by a constant.
    case scaled
    /// Changed, but still recognisable.
    case changed
    /// Nothing in common.
    case unrelated
    /// Other dimensions, so that numbers were not compared.
    case reshaped
    /// Could not be read or decoded.
    case unread
  }
}

extension TensorChange {
  /// Judges the numbers of one match.
  ///
  /// - Parameter difference: `nil` where they could not be compared.
  init(_ match: TensorMatch, _ difference: Difference?, _ a: DiffSide, _ b: DiffSide) {
    let planned = b.plan.tensors[match.other]
    name = b.model.tensors[match.other].name
    referenceName = a.model.tensors[match.reference].name
    role = planned.role
    let layer = b.keys.keys[match.other].layer
    self.layer = layer >= 0 ? layer : nil
    referenceStorage = a.storage(of: match.reference)
    storage = b.storage(of: match.other)
    referenceShape = a.shape(of: match.reference)
    shape = b.shape(of: match.other)
    parameters = match.isRaw ? planned.parameters : match.pair?.count ?? planned.parameters
    order = match.pair?.order ?? .same
    conversion =
      [match.pair?.reference.conversion, match.pair?.other.conversion].lazy.compactMap(\.self)
      .first { $0 != .none } ?? .none
    pooledHeads = match.pooledHeads
    isPartial = match.isPartial
    isJoined = match.isJoined
    isBookkeeping = a.isBookkeeping(match.reference) && b.isBookkeeping(match.other)
    self.difference = match.isRaw ? nil : difference
    hasOtherBytes = match.isRaw && difference?.isIdentical == false
    referenceBits = a.codeBits(of: match.reference)
    bits = b.codeBits(of: match.other)
    let headers = (a.model.tensors[match.reference], b.model.tensors[match.other])
    if match.isRaw {
      kind = difference?.isIdentical == true ? .identical : .unread
    } else if let difference {
      let found = Self.kind(
        difference,
        from: Form(headers.0.type, match.pair?.reference, bits: referenceBits),
        to: Form(headers.1.type, match.pair?.other, bits: bits),
        isMatrix: planned.matrix?.isLarge == true)
      kind = found == .identical && referenceStorage != storage ? .cast : found
    } else if headers.0.type == headers.1.type, headers.0.shape == headers.1.shape,
      headers.0.isReadable, headers.1.isReadable, headers.0.byteCount + headers.1.byteCount == 0
    {
      kind = .identical
    } else {
      let isReadable = a.reading(of: match.reference) != nil && b.reading(of: match.other) != nil
      kind = isReadable && match.pair == nil ? .reshaped : .unread
    }
  }

  private static func kind(
    _ difference: Difference, from a: Form, to b: Form, isMatrix: Bool
  ) -> Kind {
    if difference.isIdentical { return a == b ? .identical : .cast }
    if case (.float(let own), .float(let bits)) = (a, b),
      difference.isScaled(noise: roundingNoise(bits: min(own, bits)))
    {
      return .scaled
    }
    if isMatrix, case (.float, .float) = (a, b) {
      // However few are left, they are the reference's.
      if difference.isOnlyPruned { return .pruned }
      if difference.reversed.isOnlyPruned { return .filled }
    }
    // A few numbers correlate, or not, by chance; packed codes are no numbers.
    guard difference.correlation ?? 1 >= DiffThresholds.related else {
      if case .other = b { return .changed }
      return isMatrix ? .unrelated : .changed
    }
    let noise = difference.relativeNoise ?? .infinity
    switch (a, b) {
    case (.codes, .codes) where a == b: return .changed
    case (_, .codes(_, let bits)):
      // Below four bits a code for zero is as frequent in dense weights.
      return bits >= 4 && difference.newZeroShare >= DiffThresholds.prunedAndQuantized
        ? .pruned : .quantized
    case (.codes, .float(let bits)) where noise <= roundingNoise(bits: bits): return .rounded
    case (.codes, _): return .unquantized
    case (.float(let own), .float(let bits)) where own != bits:
      // BF16 has fewer bits than F16 but smaller numbers, and F16 rounds those.
      if difference.isUnderflowOfF16 {
        if case (7, 10) = (own, bits) { return .rounded }
        if case (10, 7) = (own, bits) { return .unrounded }
      }
      if noise <= roundingNoise(bits: min(own, bits)) { return bits < own ? .rounded : .unrounded }
    default: break
    }
    guard isMatrix else { return .changed }
    if difference.isPruned { return .pruned }
    return difference.reversed.isPruned ? .filled : .changed
  }

  /// The power of rounding to floats with so many bits of mantissa, over that of the numbers, at most.
  private static func roundingNoise(bits: Int) -> Double {
    Double(sign: .plus, exponent: -2 * (bits + 1), significand: 1)
  }

  /// How weights are stored, as far as it explains an error.
  private enum Form: Equatable {
    /// Codes of a type or of a scheme, and their width; infinite where they are no codes of numbers.
    case codes(String, bits: Double)
    /// Floats with so many bits of mantissa.
    case float(Int)
    case other(String)

    init(_ type: ElementType, _ side: ReadingPair.Side?, bits: Double?) {
      if case .plain(let type)? = side?.reading.decoder, type.family == .block {
        self = .codes(type.name, bits: bits ?? .infinity)
      } else if case .packed? = side?.reading.decoder {
        self = .codes("packed \(type.name)", bits: bits ?? .infinity)
      } else if type.family == .block || type.codeBits != nil {
        self = .codes(type.name, bits: bits ?? .infinity)
      } else if let bits = type.mantissaBits {
        self = .float(bits)
      } else {
        self = .other(type.name)
      }
    }
  }
}

extension ElementType {
  /// Bits of the mantissa of a float type of 16 bits or more.
  var mantissaBits: Int? {
    switch self {
    case .f64: 52
    case .f32: 23
    case .f16: 10
    case .bf16: 7
    default: nil
    }
  }
}
