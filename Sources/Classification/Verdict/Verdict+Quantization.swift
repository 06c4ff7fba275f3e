extension Verdict {
  /// How the weights were quantized.
  public struct Quantization: Sendable, Equatable {
    /// The identifier of the convention: `gptq`, `ggml`.
    public var scheme: String
    /// The width of a code without scales; of a mixture the mean over parameters.
    public var bits: Double?
    /// Weights that share a scale; `nil` per channel, tensor or tile.
    public var groupSize: Int?
    /// Whether codes lie evenly on both sides of zero.
    public var symmetric: Bool?
    /// Whether groups follow the order of activations (GPTQ).
    public var actOrder: Bool?
    /// The form of the scheme, or the ggml type of most weights.
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
      /// The setting.
      public var key: String
      /// What it is set to.
      public var value: String
    }
  }
}
