/// What kind of model it is, and why: the result of ``classify(_:plan:measurements:mode:)``.
///
/// What was not or cannot be measured is `nil`.
public struct Verdict: Sendable, Equatable {
  /// The property that most decides how the model can be used.
  public var label: Label
  /// Every label that holds, ``label`` first.
  public var labels: [Label]
  /// One line that a person can repeat to a colleague.
  public var headline: String
  /// How sure ``label`` is, 0…1.
  public var confidence: Double
  public var precision: Precision
  /// How the weights were quantized; `nil` for weights that were not.
  public var quantization: Quantization?
  public var sparsity: Sparsity
  public var distillation: Distillation
  /// What is odd in the build of the network.
  public var findings: [Finding]
  /// Claims that the measurement contradicts.
  public var mismatches: [Mismatch]
  public var evidence: [Evidence]
  /// What was judged of single tensors, by their index in the model.
  public var details: [Int: TensorDetail]

  /// A kind of model.
  public enum Label: String, Sendable, Hashable, CaseIterable {
    case sparse, quantized, pruned, fp64, fp32, fp16, bf16, mixed, none, distilled
  }

  /// How many bits the weights have and how many they use.
  public struct Precision: Sendable, Equatable {
    /// The type that holds most of the weight bytes: `bf16`, `Q4_K`, `int4`; `mixed` or `none`.
    public var storage: String
    /// Stored bits for each weight, scales and other bookkeeping included.
    public var storageBits: Double?
    /// The narrowest representation that holds the stored values exactly.
    public var effective: String?
    /// Its bits.
    public var effectiveBits: Double?
    /// Order-0 entropy of the values in bits.
    public var entropyBits: Double?
    /// A narrower storage type that would hold every value.
    public var losslessType: String?
    /// The data section's size in that type.
    public var losslessBytes: Int?
    /// A lossless compression that holds the weights: `dfloat11`, `zipnn`.
    public var container: String?
    /// A grid on which the values lie although their type is finer.
    public var grid: Grid?
  }

  /// A grid of values.
  public struct Grid: Sendable, Equatable {
    public var kind: Kind
    public var bits: Int
    public var groupSize: Int?
    /// The share of the tested parameters that lie on it.
    public var share: Double
    public var confidence: Double

    /// What places the values of a grid.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
      case uniform
      case fp8Tile = "fp8_tile"
      case codebook, ternary, binary
    }
  }

  /// How the weights were quantized.
  public struct Quantization: Sendable, Equatable {
    /// The identifier of the convention: `gptq`, `ggml`.
    public var scheme: String
    /// The width of a code without scales; of a mixture the mean over parameters.
    public var bits: Double?
    /// Weights that share a scale; `nil` per channel, tensor or tile.
    public var groupSize: Int?
    public var symmetric: Bool?
    public var actOrder: Bool?
    public var variant: String?
    /// Stored bits for each quantized weight, bookkeeping included.
    public var bitsPerWeight: Double?
    /// The quantized weights.
    public var parameters: Int
    /// Their share of all parameters.
    public var share: Double
    /// What configuration claims, key by key.
    public var declared: [Claim]

    /// One claimed setting.
    public struct Claim: Sendable, Equatable {
      public var key: String
      public var value: String
    }
  }

  /// Where the zeros are and what they can be used for.
  public struct Sparsity: Sendable, Equatable {
    /// Zeros of the prunable weights.
    public var zeroFraction: Double?
    /// Zeros of all weights.
    public var zeroFractionAll: Double?
    public var prunableParameters: Int
    /// Of quantized weights the zeros beyond the natural ones.
    public var excessZeroFraction: Double?
    /// Whether the types can hold zeros and were read, so that a count means something.
    public var measurable: Bool
    public var level: Level?
    public var pattern: Pattern?
    public var n: Int?
    public var m: Int?
    public var axis: Axis?
    public var methodHint: MethodHint?
    public var storage: Storage
    public var naturalZeros: [NaturalZeros]

    /// How much of the prunable weights is zero.
    public enum Level: String, Sendable, Hashable, CaseIterable {
      case none, incidental, partial, half, high
    }
    /// How the zeros lie.
    public enum Pattern: String, Sendable, Hashable, CaseIterable {
      case none, unstructured
      case nOfM = "n_m"
      case block, rows, columns, neurons, heads, experts
    }
    /// Along which side of a matrix an N:M pattern runs.
    public enum Axis: String, Sendable, Hashable, CaseIterable {
      case input = "in"
      case output = "out"
    }
    /// What the remaining weights tell of how zeros were chosen.
    public enum MethodHint: String, Sendable, Hashable, CaseIterable {
      case magnitude, score
      case perRow = "per_row"
      case random
    }
    /// How the zeros are stored.
    public enum Storage: String, Sendable, Hashable, CaseIterable {
      case dense, bitmask
      case bitmask24 = "bitmask_24"
      case marlin24 = "marlin_24"
      case csr, coo
    }
    /// Zeros that a dense model has too.
    public struct NaturalZeros: Sendable, Equatable {
      public var tensor: String
      public var reason: Reason
      public var zeros: Int

      /// Why a dense model has zeros.
      public enum Reason: String, Sendable, Hashable, CaseIterable {
        case mask
        case paddingRow = "padding_row"
        case unusedRows = "unused_rows"
        case zeroInitialised = "zero_initialised"
        case bias
        case filterBank = "filter_bank"
        case adapterB = "adapter_b"
        case underflow, identity, buffer, quantization
      }
    }
  }

  /// What speaks for a distilled model; never proof.
  public struct Distillation: Sendable, Equatable {
    public var level: Level
    public var confidence: Double
    public var statement: String

    /// What the evidence is.
    public enum Level: String, Sendable, Hashable, CaseIterable {
      case none, name, family, declared
      case initialisedFrom = "initialised_from"
    }
  }

  /// One oddity of the network's build.
  public struct Finding: Sendable, Equatable {
    public var code: String
    public var statement: String
    public var confidence: Double
  }

  /// A claim that the measurement contradicts.
  public struct Mismatch: Sendable, Equatable {
    public var claim: String
    public var source: String
    public var measured: String
  }

  /// A fact with its numbers, scope and confidence.
  public struct Evidence: Sendable, Equatable {
    public var facet: Facet
    public var statement: String
    public var confidence: Double

    /// What a fact speaks about.
    public enum Facet: String, Sendable, Hashable, CaseIterable {
      case precision, quantization, sparsity, structure, distillation, file
    }
  }
}

/// How much of the model was read.
public enum MeasuredMode: String, Sendable, Hashable, CaseIterable {
  /// Every byte.
  case exact
  /// Pieces of every tensor.
  case sample
  /// The header alone.
  case header
}
