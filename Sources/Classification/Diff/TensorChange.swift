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
  /// Whether only a part of the rows was compared.
  public var isPartial: Bool
  /// The numbers; `nil` where they were not compared.
  public var difference: Difference?
  /// What the numbers mean.
  public var kind: Kind

  /// What became of the numbers.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The same numbers in the same type.
    case identical
    /// The same numbers in another type.
    case cast
    /// Rounded to a narrower float type.
    case rounded
    /// Quantized.
    case quantized
    /// Some weights became zero, the others stayed.
    case pruned
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
    parameters = match.pair?.count ?? planned.parameters
    order = match.pair?.order ?? .same
    isPartial = match.isPartial
    self.difference = difference
    let types = (a.model.tensors[match.reference].type, b.model.tensors[match.other].type)
    if let difference {
      kind = Self.kind(
        difference, from: types.0, to: types.1, isPacked: match.pair?.other.isPacked == true,
        isMatrix: planned.matrix?.isLarge == true)
      if kind == .identical, referenceStorage != storage { kind = .cast }
    } else {
      let isReadable = a.reading(of: match.reference) != nil && b.reading(of: match.other) != nil
      kind = isReadable && match.pair == nil ? .reshaped : .unread
    }
  }

  private static func kind(
    _ difference: Difference, from a: ElementType, to b: ElementType, isPacked: Bool, isMatrix: Bool
  ) -> Kind {
    if difference.isIdentical { return a == b ? .identical : .cast }
    let newZeros = Double(difference.newZeros) / Double(max(1, difference.count))
    let isRelated = difference.correlation ?? 1 >= DiffThresholds.related
    let isQuantized = isPacked || b.family == .block || b.codeBits != nil
    if isQuantized {
      guard isRelated else { return isMatrix ? .unrelated : .changed }
      return newZeros >= DiffThresholds.prunedAndQuantized ? .pruned : .quantized
    }
    if newZeros >= DiffThresholds.pruned, isRelated, isMatrix { return .pruned }
    if let bits = b.mantissaBits, let own = a.mantissaBits, bits < own,
      let error = difference.relativeRootMeanSquare,
      error <= Double(sign: .plus, exponent: -bits - 1, significand: 1)
    {
      return .rounded
    }
    // A few numbers correlate, or not, by chance.
    return isRelated || !isMatrix ? .changed : .unrelated
  }
}

extension ReadingPair.Side {
  /// Whether weights are computed from codes and scales.
  var isPacked: Bool {
    if case .packed = reading.decoder { true } else { false }
  }
}

extension ElementType {
  /// Bits of the mantissa of a float type of 16 bits or more.
  fileprivate var mantissaBits: Int? {
    switch self {
    case .f64: 52
    case .f32: 23
    case .f16: 10
    case .bf16: 7
    default: nil
    }
  }
}
