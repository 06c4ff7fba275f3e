internal import ModelFile

/// A published loss of quality: of another model, so for orientation and no prediction.
public struct PublishedQuality: Sendable, Equatable {
  /// The recipe as llama.cpp names it: `Q4_K_M`.
  public var recipe: String
  /// The type that holds most of its weights.
  var type: ElementType
  /// The size of the published file in GiB.
  var gibibytes: Double
  /// Rise of perplexity on Wikitext-2 over FP16.
  public var perplexityRise: Double
  /// Kullback–Leibler divergence of the next token's distribution from FP16's, in nats.
  public var divergence: Double
  /// Whether an importance matrix was used.
  public var usesImportance: Bool

  /// What was measured.
  public static let model = "LLaMA-3-8B, Wikitext-2, FP16 perplexity 6.2316"
  /// Where it was published.
  public static let source = "llama.cpp: examples/perplexity/README.md (February 2025)"

  /// Weights of the published model (its repository's safetensors metadata).
  private static let parameters = 8_030_261_248.0

  /// Stored bits for each weight of the published file.
  public var bitsPerWeight: Double { gibibytes * 1_073_741_824 * 8 / Self.parameters }

  private init(
    _ recipe: String,
    _ type: ElementType,
    _ gibibytes: Double,
    _ rise: Double,
    _ divergence: Double,
    importance: Bool = false
  ) {
    self.recipe = recipe
    self.type = type
    self.gibibytes = gibibytes
    perplexityRise = rise
    self.divergence = divergence
    usesImportance = importance
  }

  /// The recipe whose dominant type is a file's and whose size is nearest; `nil` where none has it.
  public static func nearest(to subject: FitSubject) -> PublishedQuality? {
    guard subject.format == .gguf, let bits = subject.bitsPerWeight else { return nil }
    guard let type = subject.storage.first?.type else { return nil }
    return table.filter { $0.type == type }
      .min { abs($0.bitsPerWeight - bits) < abs($1.bitsPerWeight - bits) }
  }

  static let table = [
    PublishedQuality("F16", .f16, 14.97, 0.0015, 0.00055),
    PublishedQuality("Q8_0", .q8_0, 7.96, 0.0027, 0.0014),
    PublishedQuality("Q6_K", .q6K, 6.14, 0.0217, 0.0055),
    PublishedQuality("Q5_K_M", .q5K, 5.33, 0.0570, 0.0108),
    PublishedQuality("Q5_K_S", .q5K, 5.21, 0.105, 0.0166),
    PublishedQuality("Q5_1", .q5_1, 5.65, 0.106, 0.0180),
    PublishedQuality("Q5_0", .q5_0, 5.21, 0.132, 0.0222),
    PublishedQuality("Q4_K_M", .q4K, 4.58, 0.175, 0.0313),
    PublishedQuality("Q4_K_S", .q4K, 4.37, 0.269, 0.0431),
    PublishedQuality("IQ4_NL", .iq4NL, 4.35, 0.224, 0.0357, importance: true),
    PublishedQuality("IQ4_XS", .iq4XS, 4.14, 0.228, 0.0363, importance: true),
    PublishedQuality("Q4_1", .q4_1, 4.78, 0.451, 0.0717),
    PublishedQuality("Q4_0", .q4_0, 4.34, 0.469, 0.0719),
    PublishedQuality("Q3_K_L", .q3K, 4.03, 0.556, 0.0872),
    PublishedQuality("Q3_K_M", .q3K, 3.74, 0.657, 0.1019),
    PublishedQuality("Q3_K_S", .q3K, 3.41, 1.632, 0.2282),
    PublishedQuality("IQ3_M", .iq3S, 3.53, 0.667, 0.1025, importance: true),
    PublishedQuality("IQ3_S", .iq3S, 3.42, 0.734, 0.1113, importance: true),
    PublishedQuality("IQ3_XXS", .iq3XXS, 3.05, 1.227, 0.1836, importance: true),
    PublishedQuality("IQ2_M", .iq2S, 2.74, 2.369, 0.3260, importance: true),
    PublishedQuality("Q2_K", .q2K, 2.96, 3.52, 0.4451),
    PublishedQuality("IQ2_S", .iq2S, 2.56, 3.419, 0.4392, importance: true),
    PublishedQuality("IQ2_XS", .iq2XS, 2.43, 4.530, 0.5463, importance: true),
    PublishedQuality("IQ2_XXS", .iq2XXS, 2.24, 7.860, 0.8120, importance: true),
    PublishedQuality("IQ1_M", .iq1M, 2.01, 19.3, 1.393, importance: true),
  ]
}
