extension Verdict {
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
    /// Where only a part of the weights lies on grids, or on several: that part.
    public var partOnGrids: PartOnGrids?
  }

  /// A part of the weights that looks quantized before.
  public struct PartOnGrids: Sendable, Equatable {
    /// The share of the parameters that were tested or are like those.
    public var share: Double
    /// The bits of the grids, from the least to the most.
    public var bits: ClosedRange<Int>
  }

  /// A grid of values.
  public struct Grid: Sendable, Equatable {
    /// What places the values.
    public var kind: Kind
    /// The bits of a place on the grid.
    public var bits: Int
    /// Neighbours that share a step; `nil` for rows, tiles and permuted groups.
    public var groupSize: Int?
    /// The share that lies on it, of the parameters that were tested or are like those.
    public var share: Double
    /// How sure it is, 0…1.
    public var confidence: Double

    /// What places the values of a grid.
    public enum Kind: String, Sendable, Hashable, CaseIterable, Explained {
      case uniform
      case fp8Tile = "fp8_tile"
      case codebook, ternary, binary

      /// A paragraph for `inspect explain`.
      public var explanation: String {
        switch self {
        case .uniform:
          "Values lie at even distances within groups, as integer codes with a scale "
            + "leave them."
        case .fp8Tile:
          "Values of the tensor, of its rows or of tiles of 128 × 128 are FP8 numbers times one "
            + "scale: a dequantized FP8 model."
        case .codebook:
          "Values of groups come from one small table, as NF4 or MXFP4 has it."
        case .ternary:
          "Three values: −a, 0 and a."
        case .binary:
          "Two values: −a and a."
        }
      }
    }
  }
}
