public import ModelFile
public import TensorStats

/// The weights of one layer, stored in a scheme.
public struct PackedWeight: Sendable {
  /// The convention.
  public var scheme: Scheme
  /// Which form of it: `v1`, `pack-quantized`, `nf4-double-quant`.
  public var variant: String?
  /// The index in ``Model/tensors`` of the tensor that holds the codes and carries the result.
  public var carrier: Int
  /// The other tensors of the layer that belong to the scheme.
  public var auxiliary: [Int] = []
  /// The logical dimensions, outputs × inputs.
  public var shape: [Int]
  /// What a code is.
  public var codes: CodeKind
  /// The width of a code without scales; `nil` where there is none.
  public var bits: Double?
  /// Weights of a row that share a scale; `nil` per channel, tensor or tile.
  public var groupSize: Int?
  /// Whether codes lie evenly on both sides of zero.
  public var symmetric: Bool?
  /// Whether groups follow the order of activations (GPTQ).
  public var actOrder: Bool?
  /// How zeros are stored.
  public var sparseStorage: Verdict.Sparsity.Storage = .dense
  /// How the weights are decoded; `nil` where that is not known.
  public var decoder: Decoder?
  /// What of it nothing in the model tells, and what it is taken for: a clause.
  public var assumption: String?

  /// What the codes of a scheme are, which decides what can be said of zeros.
  public enum CodeKind: Sendable, Equatable {
    /// Evenly spaced whole numbers of which one is zero: its place, where it is the same everywhere.
    case integer(zeroCode: Int?)
    /// Whole numbers around a float zero point, which hit zero by chance.
    case offsetInteger
    /// E2M1 floats.
    case float4
    /// The table of NF4.
    case normalFloat4
    /// E4M3, E5M2 or 6-bit floats with scales.
    case scaledFloat
    /// 8-bit floats as a cast made them, without scales.
    case castFloat
    /// −1, 0 and 1.
    case ternary
    /// Sums of codebook entries, which are zero by chance at most.
    case vectors
    /// Codes from which zeros cannot be told: trellises, rotated bases, residuals.
    case hidden
    /// Plain numbers, of which only some are stored.
    case values(ElementType)
    /// Plain numbers, losslessly compressed.
    case compressed(ElementType)

    /// Whether the weights are quantized at all.
    var isQuantized: Bool {
      switch self {
      case .values(let type): type.codeBits != nil
      case .compressed: false
      case .integer, .offsetInteger, .float4, .normalFloat4, .scaledFloat, .castFloat, .ternary,
        .vectors, .hidden:
        true
      }
    }
  }

  /// Logical weights.
  public var parameters: Int { shape.reduce(1) { $0.multipliedClamped(by: $1) } }
}

extension PackedWeight {
  /// Describes a layer whose carrier holds blocks of a ggml type, or the elements of a plain one, in
  /// bytes of another.
  init(
    _ type: ElementType, _ module: Module, auxiliary suffixes: [String] = [], shape: [Int]
  ) {
    self.init(
      .ggml, type.name, module, auxiliary: suffixes, shape: shape, codes: type.codeKind ?? .hidden,
      bits: type.codeBits.map(Double.init), groupSize: type.scaleGroup, symmetric: type.isSymmetric)
    decoder = .plain(type)
  }

  /// Describes a layer that a signature has recognised.
  init(
    _ scheme: Scheme,
    _ variant: String?,
    _ module: Module,
    auxiliary suffixes: [String],
    shape: [Int],
    codes: CodeKind,
    bits: Double?,
    groupSize: Int? = nil,
    symmetric: Bool? = nil,
    actOrder: Bool? = nil,
    decoder: PackedDecoder? = nil
  ) {
    self.scheme = scheme
    self.variant = variant
    carrier = module.carrier
    auxiliary = suffixes.compactMap { module[$0] }
    self.shape = shape
    self.codes = codes
    self.bits = bits
    self.groupSize = groupSize
    self.symmetric = symmetric
    self.actOrder = actOrder
    self.decoder = decoder.map(Decoder.packed)
  }
}
