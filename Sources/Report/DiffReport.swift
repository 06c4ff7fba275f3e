/// What `inspect diff` tells, as JSON: what changed from a reference to another model, and by how much.
public struct DiffReport: Encodable, Sendable, Equatable {
  /// Names the keys and their meaning; a change of one of them changes it.
  public static let schemaName = "inspect-diff/1"

  /// The program that made it.
  public var tool: ReportDocument.Tool
  /// The model whose weights are taken for granted.
  public var reference: Side
  /// What was compared with it.
  public var other: Side
  /// Whether the two are the same: tensors, types, numbers and metadata.
  public var same: Bool
  /// What happened.
  public var account: Account
  /// What differs besides numbers.
  public var structure: Structure
  /// All weights together; bookkeeping is left out, here and in the sums below.
  public var totals: Numbers
  /// The weights of each role.
  public var roles: [Group]
  /// The weights of each layer.
  public var layers: [Group]
  /// The weights of each pair of types, `F16 → Q4_K`.
  public var types: [Group]
  /// How many tensors have how great an error.
  public var histogram: Histogram
  /// Dimensions of the changes of some matrices.
  public var ranks: [Rank]
  /// Every tensor that both have.
  public var tensors: [Tensor]

  /// One of the two models.
  public struct Side: Encodable, Sendable, Equatable {
    /// The path that was asked for.
    public var path: String
    /// `safetensors` or `gguf`.
    public var format: String?
    /// How many tensors it has.
    public var tensors: Int
    /// Logical weights.
    public var parameters: Int
    /// Bytes of all tensors.
    public var storedBytes: Int
    /// Whether its files are sound.
    public var status: Report.Status
    /// What is wrong with them.
    public var problems: [Report.Problem]

    enum CodingKeys: String, CodingKey {
      case path, format, tensors, parameters
      case storedBytes = "stored_bytes"
      case status, problems
    }
  }

  /// What happened, in words.
  public struct Account: Encodable, Sendable, Equatable {
    /// One word for it.
    public var kind: String
    /// One sentence.
    public var headline: String
    /// How sure it is.
    public var confidence: Double
    /// The numbers behind it.
    public var evidence: [String]
    /// The change of the tensors that each sentence counts, for listing them; not written.
    public var changes: [String?] = []

    enum CodingKeys: String, CodingKey {
      case kind, headline, confidence, evidence
    }
  }

  /// What differs besides numbers.
  public struct Structure: Encodable, Sendable, Equatable {
    /// Tensors that only the other has.
    public var added: [String]
    /// Tensors that only the reference has.
    public var removed: [String]
    /// Scales and the like that only the other has.
    public var addedBookkeeping: Int
    /// Scales and the like that only the reference has.
    public var removedBookkeeping: Int
    /// Keys of metadata with their values.
    public var metadata: [MetadataChange]
    /// Where layers come from, of each stack in which that is not the layer of the same number.
    public var layerMaps: [LayerMap]

    enum CodingKeys: String, CodingKey {
      case added, removed
      case addedBookkeeping = "added_bookkeeping"
      case removedBookkeeping = "removed_bookkeeping"
      case metadata
      case layerMaps = "layer_maps"
    }
  }

  /// A key of metadata with its two values; `null` where it is absent.
  public struct MetadataChange: Encodable, Sendable, Equatable {
    /// The key.
    public var key: String
    /// The reference's value.
    public var reference: MetadataObject.Value?
    /// The other's value.
    public var other: MetadataObject.Value?
  }

  /// Where the layers of a stack come from.
  public struct LayerMap: Encodable, Sendable, Equatable {
    /// The stack; empty where there is only one.
    public var stack: String
    /// For each layer the reference's; `null` for one that resembles none.
    public var sources: [Int?]
    /// How well each correlates with its source.
    public var correlations: [Double]
  }

  /// How far numbers are apart; `null` where there is nothing to divide by.
  public struct Numbers: Encodable, Sendable, Equatable {
    /// Pairs of weights.
    public var weights: Int
    /// The greatest |b − a|.
    public var maxAbs: Double?
    /// The mean of |b − a|.
    public var meanAbs: Double?
    /// The root of the mean of (b − a)².
    public var rmse: Double?
    /// That in units of the reference's standard deviation.
    public var relativeRMSE: Double?
    /// The cosine of the angle between the two.
    public var cosine: Double?
    /// The reference's power over the difference's.
    public var snrDecibels: Double?
    /// The share of equal pairs.
    public var identicalFraction: Double?
    /// Pairs of opposite signs.
    public var signFlips: Int
    /// Zeros where the reference has none.
    public var newZeros: Int
    /// Zeros of the reference where the other has none.
    public var filledZeros: Int
    /// Pairs of which one is no finite number.
    public var notFinite: Int

    enum CodingKeys: String, CodingKey {
      case weights
      case maxAbs = "max_abs"
      case meanAbs = "mean_abs"
      case rmse
      case relativeRMSE = "relative_rmse"
      case cosine
      case snrDecibels = "snr_db"
      case identicalFraction = "identical_fraction"
      case signFlips = "sign_flips"
      case newZeros = "new_zeros"
      case filledZeros = "filled_zeros"
      case notFinite = "not_finite"
    }
  }

  /// Tensors that have something in common.
  public struct Group: Encodable, Sendable, Equatable {
    /// What they have in common.
    public var name: String
    /// How many there are.
    public var tensors: Int
    /// Their numbers.
    public var numbers: Numbers
  }

  /// Tensors by their relative error.
  public struct Histogram: Encodable, Sendable, Equatable {
    /// The limits of the bins; the first bin is for no error at all, the last has no upper limit.
    public var edges: [Double]
    /// Tensors of each bin.
    public var tensors: [Int]
  }

  /// Dimensions of a change.
  public struct Rank: Encodable, Sendable, Equatable {
    /// The matrix.
    public var name: String
    /// Dimensions that stand out from noise.
    public var rank: Int
    /// Dimensions of the sample.
    public var size: Int
    /// Their share of the change's energy.
    public var energy: Double
    /// Whether they are few.
    public var low: Bool
  }

  /// One tensor.
  public struct Tensor: Encodable, Sendable, Equatable {
    /// The name in the other model.
    public var name: String
    /// The name in the reference.
    public var referenceName: String
    /// What it is for.
    public var role: String
    /// Its layer.
    public var layer: Int?
    /// How the reference stores it.
    public var referenceStorage: String
    /// How the other stores it.
    public var storage: String
    /// The dimensions in the reference.
    public var referenceShape: [Int]
    /// The dimensions in the other.
    public var shape: [Int]
    /// How rows and columns lie against each other.
    public var order: String
    /// Whether only the rows that both have were compared.
    public var partial: Bool
    /// What became of it.
    public var change: String
    /// The numbers; `null` where they were not compared.
    public var numbers: Numbers?

    enum CodingKeys: String, CodingKey {
      case name
      case referenceName = "reference_name"
      case role, layer
      case referenceStorage = "reference_storage"
      case storage
      case referenceShape = "reference_shape"
      case shape, order, partial, change, numbers
    }
  }

  enum CodingKeys: String, CodingKey {
    case schema, tool, reference, other, same, account, structure, totals, roles, layers, types
    case histogram, ranks, tensors
  }

  /// Encodes the document with the name of its schema.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.schemaName, forKey: .schema)
    try container.encode(tool, forKey: .tool)
    try container.encode(reference, forKey: .reference)
    try container.encode(other, forKey: .other)
    try container.encode(same, forKey: .same)
    try container.encode(account, forKey: .account)
    try container.encode(structure, forKey: .structure)
    try container.encode(totals, forKey: .totals)
    try container.encode(roles, forKey: .roles)
    try container.encode(layers, forKey: .layers)
    try container.encode(types, forKey: .types)
    try container.encode(histogram, forKey: .histogram)
    try container.encode(ranks, forKey: .ranks)
    try container.encode(tensors, forKey: .tensors)
  }

  /// The document as JSON, indented, ending in a newline.
  ///
  /// - Throws: what `JSONEncoder` throws.
  public func json() throws -> [UInt8] {
    try Report.encoded(self, isIndented: true)
  }
}
