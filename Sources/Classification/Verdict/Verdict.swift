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
  /// How many bits the weights have and how many they use.
  public var precision: Precision
  /// How the weights were quantized; `nil` for weights that were not.
  public var quantization: Quantization?
  /// Where the zeros are and what they can be used for.
  public var sparsity: Sparsity
  /// What speaks for a distilled model.
  public var distillation: Distillation
  /// What is odd in the build of the network.
  public var findings: [Finding]
  /// Claims that the measurement contradicts.
  public var mismatches: [Mismatch]
  /// The facts that all rests on.
  public var evidence: [Evidence]
  /// What was judged of single tensors, by their index in the model.
  public var details: TensorDetails

  /// A kind of model.
  public enum Label: String, Sendable, Hashable, CaseIterable, Explained {
    case sparse, quantized, pruned, fp64, fp32, fp16, bf16, mixed, none, distilled

    /// A paragraph for `inspect explain`.
    public var explanation: String {
      switch self {
      case .sparse:
        "Zeros that storage or hardware can use: a compressed sparse layout, or an N:M "
          + "pattern along the inputs, or all-zero blocks, in at least 80 % of the prunable "
          + "parameters. Unstructured zeros, however many, are pruned and not sparse."
      case .quantized:
        "Most weights of the matrices are codes: packed by a known scheme, in block "
          + "types of ggml, or in 8-bit and narrower types. Bits, groups and scheme are "
          + "told beside it."
      case .pruned:
        "Weights were removed: at least 5 % of the prunable weights are zeros beyond "
          + "what type, scheme and initialisation explain, in tensors that hold at least 30 "
          + "% of them; or whole rows, neurons, heads or experts are zero."
      case .fp64:
        "Stored in 64-bit floats."
      case .fp32:
        "Stored in 32-bit floats, full precision. Whether all 32 bits are used is told "
          + "as the effective precision: many such files hold BF16 values."
      case .fp16:
        "Stored in IEEE half precision: 5 bits of exponent, 10 of mantissa."
      case .bf16:
        "Stored in bfloat16: the exponent of a 32-bit float, 7 bits of mantissa."
      case .mixed:
        "No type holds 80 % of the weight bytes."
      case .none:
        "The file holds no weights: a vocabulary, recorded data, or buffers only."
      case .distilled:
        "Said to be trained to imitate a larger model, by its card, its architecture or "
          + "its name. Weights alone can neither prove nor refute it, so this label is "
          + "never the first."
      }
    }
  }

  /// One oddity of the network's build.
  public struct Finding: Sendable, Equatable {
    /// Its identifier, one of ``FindingCode``.
    public var code: String
    /// It in words, with its numbers.
    public var statement: String
    /// How sure it is, 0…1.
    public var confidence: Double
  }

  /// A claim that the measurement contradicts.
  public struct Mismatch: Sendable, Equatable {
    /// What is claimed.
    public var claim: String
    /// Where: a file, a key.
    public var source: String
    /// What the tensors show.
    public var measured: String
  }

  /// A fact with its numbers, scope and confidence.
  public struct Evidence: Sendable, Equatable {
    /// What it speaks about.
    public var facet: Facet
    /// It in words, with its numbers.
    public var statement: String
    /// How sure it is, 0…1.
    public var confidence: Double

    /// What a fact speaks about.
    public enum Facet: String, Sendable, Hashable, CaseIterable {
      case precision, quantization, sparsity, structure, distillation, file
    }
  }
}
