extension Report {
  /// What kind of model it is, and why.
  public struct Classification: Encodable, Sendable, Equatable {
    /// The property that most decides how the model can be used.
    public var label: String
    /// Every label that holds, `label` first.
    public var labels: [String]
    /// One line that a person can repeat to a colleague.
    public var headline: String
    /// How sure `label` is.
    public var confidence: Double
    /// How many bits the weights have and use.
    public var precision: Precision
    /// How the weights were quantized; `nil` for weights that were not.
    public var quantization: Quantization?
    /// Where the zeros are.
    public var sparsity: Sparsity
    /// What speaks for a distilled model.
    public var distillation: Distillation
    /// What is odd in the build of the network.
    public var structure: Structure
    /// Claims that the measurement contradicts.
    public var mismatches: [Mismatch]
    /// Facts with their numbers.
    public var evidence: [Evidence]

    /// How sure a label is, where that is told: of the first one, and of distilling.
    public func confidence(of label: String) -> Double? {
      label == labels.first ? confidence : label == "distilled" ? distillation.confidence : nil
    }
  }

  /// How many bits the weights have and how many they use.
  public struct Precision: Encodable, Sendable, Equatable {
    /// The type that holds most of the weight bytes.
    public var storage: String
    /// Stored bits for each weight.
    public var storageBits: Double?
    /// The narrowest representation that holds the stored values exactly.
    public var effective: String?
    /// Its bits.
    public var effectiveBits: Double?
    /// Order-0 entropy of the values.
    public var entropyBits: Double?
    /// A narrower storage type that would hold every value.
    public var losslessType: String?
    /// The data section's size in that type.
    public var losslessBytes: Int?
    /// A lossless compression that holds the weights.
    public var container: String?
    /// A grid on which the values lie although their type is finer.
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
    /// `uniform`, `fp8_tile`, `codebook`, `ternary` or `binary`.
    public var kind: String
    /// Bits that number the values of the grid.
    public var bits: Int
    /// Neighbours that share a grid.
    public var groupSize: Int?
    /// The share of the tested weights that lie on it.
    public var share: Double
    /// How sure that is.
    public var confidence: Double

    enum CodingKeys: String, CodingKey {
      case kind, bits
      case groupSize = "group_size"
      case share, confidence
    }
  }

  /// How the weights were quantized.
  public struct Quantization: Encodable, Sendable, Equatable {
    /// The identifier of the convention: `gptq`, `ggml`.
    public var scheme: String
    /// The width of a code; of a mixture the mean over parameters.
    public var bits: Double?
    /// Weights that share a scale; `nil` per channel or tensor.
    public var groupSize: Int?
    /// Whether the grid is symmetric about zero.
    public var symmetric: Bool?
    /// Whether groups follow the order of activations.
    public var actOrder: Bool?
    /// What tells the scheme from its siblings.
    public var variant: String?
    /// Stored bits for each quantized weight, bookkeeping included.
    public var bitsPerWeight: Double?
    /// The quantized weights.
    public var parameters: Int
    /// Their share of all parameters.
    public var share: Double
    /// What configuration claims.
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
    /// Zeros of the prunable weights.
    public var zeroFraction: Double?
    /// Zeros of all weights.
    public var zeroFractionAll: Double?
    /// Weights that pruning acts on.
    public var prunableParameters: Int
    /// Of quantized weights the zeros beyond the natural ones.
    public var excessZeroFraction: Double?
    /// Whether the types can hold zeros and were read.
    public var measurable: Bool
    /// `none`, `incidental`, `partial`, `half` or `high`.
    public var level: String?
    /// How the zeros lie.
    public var pattern: String?
    /// Of an N:M pattern the weights of a group that may differ from zero.
    public var n: Int?
    /// Of an N:M pattern the weights of a group.
    public var m: Int?
    /// Along which side of a matrix the pattern runs.
    public var axis: String?
    /// What the remaining weights tell of how zeros were chosen.
    public var methodHint: String?
    /// How the zeros are stored.
    public var storage: String
    /// Zeros that a dense model has too.
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
    /// The tensor.
    public var tensor: String
    /// Why a dense model has them.
    public var reason: String
    /// How many.
    public var zeros: Int
  }

  /// What speaks for a distilled model; never proof.
  public struct Distillation: Encodable, Sendable, Equatable {
    /// `none`, `name`, `family`, `declared` or `initialised_from`.
    public var level: String
    /// How sure that is; never certain.
    public var confidence: Double
    /// The sentence to print.
    public var statement: String
  }

  /// What is odd in the build of the network.
  public struct Structure: Encodable, Sendable, Equatable {
    /// The oddities.
    public var findings: [Finding]
  }

  /// One oddity.
  public struct Finding: Encodable, Sendable, Equatable {
    /// A stable identifier.
    public var code: String
    /// A sentence with its numbers.
    public var statement: String
    /// How sure it is.
    public var confidence: Double
  }

  /// A claim that the measurement contradicts.
  public struct Mismatch: Encodable, Sendable, Equatable {
    /// What is claimed.
    public var claim: String
    /// Where it is claimed.
    public var source: String
    /// What was found instead.
    public var measured: String
  }

  /// A fact with its numbers, scope and confidence.
  public struct Evidence: Encodable, Sendable, Equatable {
    /// What it speaks about.
    public var facet: String
    /// A sentence with its numbers.
    public var statement: String
    /// How sure it is.
    public var confidence: Double
  }
}
