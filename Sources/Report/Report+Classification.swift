extension Report {
  /// What kind of model it is, and why.
  public struct Classification: Encodable, Sendable, Equatable {
    public var label: String
    public var labels: [String]
    public var headline: String
    public var confidence: Double
    public var precision: Precision
    public var quantization: Quantization?
    public var sparsity: Sparsity
    public var distillation: Distillation
    public var structure: Structure
    public var mismatches: [Mismatch]
    public var evidence: [Evidence]
  }

  /// How many bits the weights have and how many they use.
  public struct Precision: Encodable, Sendable, Equatable {
    public var storage: String
    public var storageBits: Double?
    public var effective: String?
    public var effectiveBits: Double?
    public var entropyBits: Double?
    public var losslessType: String?
    public var losslessBytes: Int?
    public var container: String?
    public var grid: Grid?

    enum CodingKeys: String, CodingKey {
      case storage
      case storageBits = "storage_bits"
      case effective
      case effectiveBits = "effective_bits"
      case entropyBits = "entropy_bits"
      case losslessType = "lossless_type"
      case losslessBytes = "lossless_bytes"
      case container, grid
    }
  }

  /// A grid that the values lie on although their type is finer.
  public struct Grid: Encodable, Sendable, Equatable {
    public var kind: String
    public var bits: Int
    public var groupSize: Int?
    public var share: Double
    public var confidence: Double

    enum CodingKeys: String, CodingKey {
      case kind, bits
      case groupSize = "group_size"
      case share, confidence
    }
  }

  /// How the weights were quantized.
  public struct Quantization: Encodable, Sendable, Equatable {
    public var scheme: String
    public var bits: Double?
    public var groupSize: Int?
    public var symmetric: Bool?
    public var actOrder: Bool?
    public var variant: String?
    public var bitsPerWeight: Double?
    public var parameters: Int
    public var share: Double
    public var declared: MetadataObject?

    enum CodingKeys: String, CodingKey {
      case scheme, bits
      case groupSize = "group_size"
      case symmetric
      case actOrder = "act_order"
      case variant
      case bitsPerWeight = "bits_per_weight"
      case parameters, share, declared
    }
  }

  /// Where the zeros are and what they can be used for.
  public struct Sparsity: Encodable, Sendable, Equatable {
    public var zeroFraction: Double?
    public var zeroFractionAll: Double?
    public var prunableParameters: Int
    public var excessZeroFraction: Double?
    public var measurable: Bool
    public var level: String?
    public var pattern: String?
    public var n: Int?
    public var m: Int?
    public var axis: String?
    public var methodHint: String?
    public var storage: String
    public var naturalZeros: [NaturalZeros]

    enum CodingKeys: String, CodingKey {
      case zeroFraction = "zero_fraction"
      case zeroFractionAll = "zero_fraction_all"
      case prunableParameters = "prunable_parameters"
      case excessZeroFraction = "excess_zero_fraction"
      case measurable, level, pattern, n, m, axis
      case methodHint = "method_hint"
      case storage
      case naturalZeros = "natural_zeros"
    }
  }

  /// Zeros that a dense model has too.
  public struct NaturalZeros: Encodable, Sendable, Equatable {
    public var tensor: String
    public var reason: String
    public var zeros: Int
  }

  /// What speaks for a distilled model; never proof.
  public struct Distillation: Encodable, Sendable, Equatable {
    public var level: String
    public var confidence: Double
    public var statement: String
  }

  /// What is odd in the build of the network.
  public struct Structure: Encodable, Sendable, Equatable {
    public var findings: [Finding]
  }

  /// One oddity.
  public struct Finding: Encodable, Sendable, Equatable {
    public var code: String
    public var statement: String
    public var confidence: Double
  }

  /// A claim that the measurement contradicts.
  public struct Mismatch: Encodable, Sendable, Equatable {
    public var claim: String
    public var source: String
    public var measured: String
  }

  /// A fact with its numbers, scope and confidence.
  public struct Evidence: Encodable, Sendable, Equatable {
    public var facet: String
    public var statement: String
    public var confidence: Double
  }
}
