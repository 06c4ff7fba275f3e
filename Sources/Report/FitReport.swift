/// What `inspect fit` tells, as JSON: what models need, what runs them and which to take.
public struct FitReport: Encodable, Sendable, Equatable {
  /// Names the keys and their meaning; a change of one of them changes it.
  public static let schemaName = "inspect-fit/1"

  /// The program that made it.
  public var tool: ReportDocument.Tool
  /// What was asked.
  public var request: Request
  /// One for each path, in the order of the table: what can be run first, then by bits per weight.
  public var models: [Candidate]
  /// Which to take; `nil` where none can be run.
  public var recommendation: Choice?

  /// What was asked.
  public struct Request: Encodable, Sendable, Equatable {
    /// The memory of the device.
    public var memoryBytes: Int?
    /// Tokens of each sequence; `nil` for a usual number.
    public var context: Int?
    /// Sequences at a time.
    public var batch: Int
    /// How keys and values are stored; `nil` for what each model's configuration says.
    public var kv: String?
    /// The only runtime that counts.
    public var runtime: String?
    /// What it is to run on.
    public var hardware: String?

    enum CodingKeys: String, CodingKey {
      case memoryBytes = "memory_bytes"
      case context, batch, kv, runtime, hardware
    }
  }

  /// One model.
  public struct Candidate: Encodable, Sendable, Equatable {
    /// The path that was asked for.
    public var path: String
    /// Whether its files are sound.
    public var status: Report.Status
    /// What is wrong with them.
    public var problems: [Report.Problem]
    /// `safetensors` or `gguf`.
    public var format: String?
    /// What the file is for.
    public var fileRole: String
    /// Why it cannot be run on its own; `nil` for a sound model.
    public var obstacle: String?
    /// What the network makes: `generator`, `encoder`, `vision`, `audio`, `diffusion`.
    public var network: String
    /// What its configuration calls the network.
    public var architecture: String?
    /// What measuring found against its bits.
    public var doubts: [String]
    /// How the weights were quantized.
    public var scheme: String?
    /// The kind of that scheme.
    public var variant: String?
    /// Logical weights.
    public var parameters: Int?
    /// Bytes of all tensors.
    public var storedBytes: Int
    /// Stored bits for each weight.
    public var bitsPerWeight: Double?
    /// The longest context that it was made for.
    public var contextLength: Int?
    /// What running it takes.
    public var memory: Memory
    /// What each runtime does with it.
    public var runtimes: [RuntimeFit]
    /// What was published of its kind.
    public var quality: Quality?
    /// What was measured against the original.
    public var measured: Measured?

    enum CodingKeys: String, CodingKey {
      case path, status, problems, format
      case fileRole = "file_role"
      case obstacle, network, architecture, doubts, scheme, variant, parameters
      case storedBytes = "stored_bytes"
      case bitsPerWeight = "bits_per_weight"
      case contextLength = "context_length"
      case memory, runtimes, quality, measured
    }
  }

  /// What running a model takes.
  public struct Memory: Encodable, Sendable, Equatable {
    /// Tokens of each sequence.
    public var context: Int
    /// How keys and values are stored.
    public var kv: String
    /// What is kept in memory.
    public var lines: [Line]
    /// By arithmetic alone: weights, cache and states; `nil` for what cannot be run on its own.
    public var minimumBytes: Int?
    /// With the estimates; `nil` for what cannot be run on its own.
    public var totalBytes: Int?
    /// Whether it fits the memory that was named.
    public var fits: Bool?
    /// The longest context that would fit.
    public var largestContext: Int?
    /// Where the numbers of the cache are from.
    public var cacheSource: String?
    /// What the file does not tell.
    public var unknown: [String]
    /// What was taken although the file does not say it or contradicts itself.
    public var assumptions: [String]

    enum CodingKeys: String, CodingKey {
      case context, kv, lines
      case minimumBytes = "minimum_bytes"
      case totalBytes = "total_bytes"
      case fits
      case largestContext = "largest_context"
      case cacheSource = "cache_source"
      case unknown, assumptions
    }
  }

  /// One thing in memory.
  public struct Line: Encodable, Sendable, Equatable {
    /// What is kept.
    public var item: String
    /// How much.
    public var bytes: Int?
    /// Whether it is a rule of thumb.
    public var estimate: Bool
    /// How the bytes follow from the inputs.
    public var formula: String
    /// The formula's numbers.
    public var inputs: [Input]
  }

  /// A number of a formula.
  public struct Input: Encodable, Sendable, Equatable {
    /// What the formula calls it.
    public var name: String
    /// The number.
    public var value: Double
  }

  /// What a runtime does with a model.
  public struct RuntimeFit: Encodable, Sendable, Equatable {
    /// Its name.
    public var runtime: String
    /// The version that was read about.
    public var version: String?
    /// What it does with the file.
    public var support: String
    /// The hardware that it needs.
    public var needs: String?
    /// With what, how far, or why not.
    public var note: String?
    /// The weights as it keeps them.
    public var weightBytes: Int?
    /// All that it needs.
    public var totalBytes: Int?
    /// Whether it fits the memory that was named.
    public var fits: Bool?
    /// Where it was read.
    public var source: String
    /// When.
    public var date: String

    enum CodingKeys: String, CodingKey {
      case runtime, version, support, needs, note
      case weightBytes = "weight_bytes"
      case totalBytes = "total_bytes"
      case fits, source, date
    }
  }

  /// What was published of files of the same kind; of another model, so for orientation only.
  public struct Quality: Encodable, Sendable, Equatable {
    /// The recipe in llama.cpp's words.
    public var recipe: String
    /// Rise of perplexity.
    public var perplexityRise: Double
    /// Kullback–Leibler divergence from FP16.
    public var divergence: Double
    /// Whether an importance matrix was used.
    public var usesImportance: Bool
    /// What was measured.
    public var model: String
    /// Where it was read.
    public var source: String

    enum CodingKeys: String, CodingKey {
      case recipe
      case perplexityRise = "perplexity_rise"
      case divergence
      case usesImportance = "uses_importance"
      case model, source
    }
  }

  /// A comparison with the original.
  public struct Measured: Encodable, Sendable, Equatable {
    /// The original's path.
    public var against: String
    /// One word for what happened to it, as `inspect diff` has it: `quantized`, `unrelated`.
    public var kind: String
    /// What happened to it, in a sentence.
    public var headline: String
    /// The error of a matrix against the original's, in units of that matrix's deviation: the root of
    /// the mean of squares over the weights.
    ///
    /// The deviation of all weights together is wider: norms near 1 stretch it.
    public var matrixError: Double?
    /// How far its weights are from the original's, all together.
    public var numbers: DiffReport.Numbers

    enum CodingKeys: String, CodingKey {
      case against, kind, headline
      case matrixError = "matrix_error"
      case numbers
    }
  }

  /// The model to take.
  public struct Choice: Encodable, Sendable, Equatable {
    /// The path that was asked for.
    public var path: String
    /// Why, as the end of a sentence about it.
    public var reason: String
  }

  enum CodingKeys: String, CodingKey {
    case schema, tool, request, models, recommendation
  }

  /// Encodes the document with the name of its schema.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.schemaName, forKey: .schema)
    try container.encode(tool, forKey: .tool)
    try container.encode(request, forKey: .request)
    try container.encode(models, forKey: .models)
    try container.encodeIfPresent(recommendation, forKey: .recommendation)
  }

  /// The document as JSON, indented, ending in a newline.
  ///
  /// - Throws: what `JSONEncoder` throws.
  public func json() throws -> [UInt8] {
    try Report.encoded(self, isIndented: true) + [0x0A]
  }
}
