internal import ModelFile

/// How the layers of a scheme are recognised: by one tensor's name and type, by the tensors that
/// stand beside it, and by shapes that agree.
struct Signature: Sendable {
  /// The end of the name of the tensor with the codes; what stands before it names the layer.
  var suffix: String
  /// The types that tensor may have; empty for any.
  var types: [ElementType]
  /// Endings of further names that must be there.
  var siblings: [String]
  /// Looks closer, and describes the layer where all agrees.
  var match: @Sendable (Module) -> PackedWeight?

  init(
    _ suffix: String,
    _ types: [ElementType] = [],
    with siblings: [String] = [],
    match: @escaping @Sendable (Module) -> PackedWeight?
  ) {
    self.suffix = suffix
    self.types = types
    self.siblings = siblings
    self.match = match
  }

  /// All signatures, the most specific first.
  static let all: [Signature] =
    Comfy.signatures + TorchAO.signatures + LosslessContainers.signatures
    + BitsAndBytes.signatures + GPTQ.signatures + AWQ.signatures + GemmaQuant.signatures
    + OtherIntegers.signatures
    + CompressedTensors.signatures + FourBitFloats.signatures + EXL2.signatures + VPTQ.signatures
    + VectorQuantization.signatures
    + MLX.signatures + SINQ.signatures + HQQ.signatures + Quanto.signatures + ModelOpt.signatures
    + Quark.signatures + EightBitFloats.signatures + SparseLayouts.signatures
    + PruningMasks.signatures
    + GGMLBlocks.signatures
}

/// The tensors whose names begin alike, of which one has the end that a signature looks for.
struct Module: Sendable {
  let scene: Scene
  /// What all their names begin with.
  let prefix: String
  /// The tensor that a signature looks for.
  let carrier: Int

  /// What all modules of a model share.
  struct Scene: Sendable {
    var model: Model
    var indexes: [String: Int]
    var auxiliary: [Int: [UInt8]]
    var claims: QuantizationClaims
    var context: NetworkContext
    /// MLX's group sizes, by bits × group size; that of most under 0.
    var mlxGroups: [Int: Int] = [:]
    /// Whether FP8's `weight_scale_inv` divides.
    var hasInverseScales = false
    /// Whether GPTQ's zero points are stored as they are, so far as the codes tell.
    var storesZeroPoints: Bool?
    /// Whether Quark's codes follow each other in their words, so far as they tell.
    var keepsOrder: Bool?
  }

  /// The tensor whose name ends so.
  subscript(_ suffix: String) -> Int? { scene.indexes[prefix + suffix] }

  /// The configuration's claims.
  var claims: QuantizationClaims { scene.claims }

  var tensor: Tensor { scene.model.tensors[carrier] }
  /// The carrier's dimensions.
  var shape: [Int] { Self.dimensions(of: tensor) }
  /// The carrier's bytes.
  var byteCount: Int { tensor.byteCount }

  func type(_ suffix: String) -> ElementType? { self[suffix].map { scene.model.tensors[$0].type } }

  func shape(_ suffix: String) -> [Int]? {
    self[suffix].map { Self.dimensions(of: scene.model.tensors[$0]) }
  }

  /// A tensor's dimensions; none, which fits no signature, where a header claims impossible ones.
  private static func dimensions(of tensor: Tensor) -> [Int] {
    guard tensor.elementCount <= mostElements,
      tensor.shape.allSatisfy({ $0 <= UInt64(mostElements) })
    else { return [] }
    return tensor.shape.map { Int(clamping: $0) }
  }

  /// A thousand times the largest tensor published; below it, no product with bits or groups
  /// overflows.
  private static let mostElements = 1 << 48

  func elements(_ suffix: String) -> Int? {
    self[suffix].map { scene.model.tensors[$0].elementCount }
  }

  /// The first bytes of a tensor, where they were read.
  func bytes(_ suffix: String) -> [UInt8]? { self[suffix].flatMap { scene.auxiliary[$0] } }

  /// The first elements of an integer tensor, where they were read.
  func integers(_ suffix: String) -> [Int]? {
    guard let index = self[suffix], let bytes = scene.auxiliary[index] else { return nil }
    let (width, isSigned): (Int, Bool)
    switch scene.model.tensors[index].type {
    case .u8, .bool: (width, isSigned) = (1, false)
    case .i8: (width, isSigned) = (1, true)
    case .u16: (width, isSigned) = (2, false)
    case .i16: (width, isSigned) = (2, true)
    case .u32: (width, isSigned) = (4, false)
    case .i32: (width, isSigned) = (4, true)
    case .i64, .u64: (width, isSigned) = (8, true)
    default: return nil
    }
    return stride(from: 0, to: bytes.count - width + 1, by: width).map { start in
      var word: UInt64 = 0
      for offset in 0..<width { word |= UInt64(bytes[start + offset]) << UInt64(8 * offset) }
      let unused = UInt64(64 - 8 * width)
      return isSigned
        ? Int(Int64(bitPattern: word << unused) >> Int64(unused)) : Int(clamping: word)
    }
  }

  /// A small JSON document in a tensor, where it was read.
  func document(_ suffix: String) -> JSONValue? {
    bytes(suffix).flatMap { JSONValue.document(in: $0) }
  }
}
