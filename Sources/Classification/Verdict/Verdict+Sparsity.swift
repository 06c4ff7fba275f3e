extension Verdict {
  /// Where the zeros are and what they can be used for.
  public struct Sparsity: Sendable, Equatable {
    /// Zeros of the prunable weights.
    public var zeroFraction: Double?
    /// Zeros of all weights.
    public var zeroFractionAll: Double?
    /// Weights that pruning acts on.
    public var prunableParameters: Int
    /// Of quantized weights the zeros beyond the natural ones.
    public var excessZeroFraction: Double?
    /// Whether the types can hold zeros and were read, so that a count means something.
    public var measurable: Bool
    /// How much of them is zero; of quantized ones beyond the natural zeros.
    public var level: Level?
    /// How the zeros lie.
    public var pattern: Pattern?
    /// Of a pattern of whole rows, columns, neurons, heads or experts the share of them that is zero.
    public var structureShare: Double?
    /// Of an N:M pattern the weights of a group that may differ from zero.
    public var n: Int?
    /// Of an N:M pattern the weights of a group.
    public var m: Int?
    /// Of an N:M pattern the direction of the groups.
    public var axis: Axis?
    /// What the remaining weights tell of the method.
    public var methodHint: MethodHint?
    /// How the zeros are stored.
    public var storage: Storage
    /// Zeros that a dense model has too, those of the most zeros first.
    public var naturalZeros: [NaturalZeros]

    /// How much of the prunable weights is zero.
    public enum Level: String, Sendable, Hashable, CaseIterable, Explained {
      case none, incidental, partial, half, high

      /// A paragraph for `inspect explain`.
      public var explanation: String {
        switch self {
        case .none:
          "Under 0.1 % zeros. Of quantized weights, zeros beyond the natural ones."
        case .incidental:
          "0.1 to 5 % zeros: in single tensors, or too few to be pruning."
        case .partial:
          "5 to 45 % zeros."
        case .half:
          "45 to 75 % zeros; most methods prune half of the weights."
        case .high:
          "75 % zeros and more, as for small encoders and vision models."
        }
      }
    }
    /// How the zeros lie.
    public enum Pattern: String, Sendable, Hashable, CaseIterable, Explained {
      case none, unstructured
      case nOfM = "n_m"
      case block, rows, columns, neurons, heads, experts

      /// A paragraph for `inspect explain`.
      public var explanation: String {
        switch self {
        case .none:
          "There are too few zeros for any pattern."
        case .unstructured:
          "Zeros lie anywhere. Files compress better, but no runtime gets faster by "
            + "itself."
        case .nOfM:
          "In every M neighbours at least M − N are zero. 2:4 along the inputs runs "
            + "on sparse tensor cores."
        case .block:
          "Zeros fill whole tiles of a matrix, which block-sparse kernels can skip."
        case .rows:
          "Whole rows are zero: outputs that are always the bias."
        case .columns:
          "Whole columns are zero: inputs that nothing reads."
        case .neurons:
          "Neurons of feed-forward layers are zero in every matrix that makes or "
            + "reads them."
        case .heads:
          "Attention heads are zero throughout."
        case .experts:
          "Experts of a mixture are zero throughout."
        }
      }
    }
    /// Along which side of a matrix an N:M pattern runs.
    public enum Axis: String, Sendable, Hashable, CaseIterable, Explained {
      case input = "in"
      case output = "out"

      /// A paragraph for `inspect explain`.
      public var explanation: String {
        switch self {
        case .input:
          "Groups run along the inputs of a layer, as hardware needs it."
        case .output:
          "Groups run along the outputs of a layer; no hardware uses that."
        }
      }
    }
    /// What the remaining weights tell of how zeros were chosen.
    public enum MethodHint: String, Sendable, Hashable, CaseIterable, Explained {
      case magnitude, score
      case perRow = "per_row"
      case random

      /// A paragraph for `inspect explain`.
      public var explanation: String {
        switch self {
        case .magnitude:
          "The smallest weights were cut off: a hard gap lies between zero and the "
            + "weights that are left."
        case .score:
          "A soft edge: weights were chosen by a score of weight and activation, or "
            + "within groups."
        case .perRow:
          "Every row has the same number of zeros, as Wanda leaves them."
        case .random:
          "The weights that are left are spread as in a dense model: the mask did "
            + "not look at magnitudes."
        }
      }
    }
    /// How the zeros are stored.
    public enum Storage: String, Sendable, Hashable, CaseIterable, Explained {
      case dense, bitmask
      case bitmask24 = "bitmask_24"
      case marlin24 = "marlin_24"
      case csr, coo

      /// A paragraph for `inspect explain`.
      public var explanation: String {
        switch self {
        case .dense:
          "Zeros are stored like all other weights: no bytes are saved."
        case .bitmask:
          "A bit for each weight says whether it is stored (compressed-tensors "
            + "sparse-bitmask)."
        case .bitmask24:
          "Two of every four weights are stored, with a bitmask (compressed-tensors "
            + "sparse-24-bitmask)."
        case .marlin24:
          "Two of every four codes are stored in the order of the Marlin kernels."
        case .csr:
          "Compressed sparse rows: offsets of the rows, columns and values."
        case .coo:
          "Coordinates and values."
        }
      }
    }
    /// Zeros that a dense model has too.
    public struct NaturalZeros: Sendable, Equatable {
      /// The name of the tensor.
      public var tensor: String
      /// Why it has zeros.
      public var reason: Reason
      /// How many.
      public var zeros: Int

      /// Why a dense model has zeros.
      public enum Reason: String, Sendable, Hashable, CaseIterable, Explained {
        case mask
        case paddingRow = "padding_row"
        case unusedRows = "unused_rows"
        case zeroInitialised = "zero_initialised"
        case bias
        case filterBank = "filter_bank"
        case adapterB = "adapter_b"
        case underflow, identity, buffer, quantization

        /// A paragraph for `inspect explain`.
        public var explanation: String {
          switch self {
          case .mask:
            "Attention masks that older ports store among the weights: 4.6 % of a "
              + "GPT-2 file."
          case .paddingRow:
            "The row of an embedding for padding, zero from the start."
          case .unusedRows:
            "Rows of an embedding beyond the vocabulary, or of tokens that never "
              + "occurred."
          case .zeroInitialised:
            "Modules that start at zero and were never trained."
          case .bias:
            "Biases start at zero and may stay there."
          case .filterBank:
            "Tables of filters and transforms, mostly zeros by design."
          case .adapterB:
            "The second matrix of a low-rank adapter starts at zero."
          case .underflow:
            "Values too small for half precision."
          case .identity:
            "Identity or permutation matrices."
          case .buffer:
            "Tables that code computes."
          case .quantization:
            "Small weights that were rounded to the zero code, as many as dense "
              + "weights have."
          }
        }
      }
    }
  }
}
