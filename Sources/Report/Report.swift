/// What is told of one model; its keys are the contract with scripts (`inspect schema`).
///
/// Sizes are in bytes, fractions 0…1, shapes row-major. A number that does not exist is `nil` and
/// written as `null`.
public struct Report: Encodable, Sendable, Equatable {
  /// The path that was asked for.
  public var path: String
  /// Whether the model is sound.
  public var status: Status
  /// What is wrong with it.
  public var problems: [Problem]
  /// `safetensors` or `gguf`.
  public var format: String?
  /// Its files.
  public var files: [File]
  /// What the file is for.
  public var fileRole: String
  /// The architecture as names, shapes and configuration tell it.
  public var architecture: Architecture?
  /// The metadata as one flat object.
  public var metadata: MetadataObject
  /// Sums over all tensors.
  public var totals: Totals
  /// The storage types, by bytes descending.
  public var storage: [Storage]
  /// What kind of model it is.
  public var classification: Classification
  /// How it was measured.
  public var measurement: MeasurementSummary
  /// How many tensors, and parameters, have how many zeros.
  public var sparsityHistogram: SparsityHistogram
  /// The tensors, in the order of the files.
  public var tensors: [Tensor]

  /// Whether a model is sound: `ok` exactly when no problem is an error.
  public enum Status: String, Encodable, Sendable {
    case ok, invalid, unreadable
  }

  /// Something wrong, as ``ModelFile/Problem`` has it.
  public struct Problem: Encodable, Sendable, Equatable {
    public var severity: String
    public var code: String
    public var message: String
    public var file: String?
    public var tensor: String?
    public var byteOffset: Int?

    enum CodingKeys: String, CodingKey {
      case severity, code, message, file, tensor
      case byteOffset = "byte_offset"
    }
  }

  /// One file of the model.
  public struct File: Encodable, Sendable, Equatable {
    public var path: String
    public var bytes: Int
    public var headerBytes: Int
    public var dataBytes: Int
    public var version: Int?
    public var byteOrder: String
    public var alignment: Int?

    enum CodingKeys: String, CodingKey {
      case path, bytes
      case headerBytes = "header_bytes"
      case dataBytes = "data_bytes"
      case version
      case byteOrder = "byte_order"
      case alignment
    }
  }

  /// The shape of the network.
  public struct Architecture: Encodable, Sendable, Equatable {
    public var name: String?
    public var source: String
    public var layers: Int?
    public var hiddenSize: Int?
    public var heads: Int?
    public var kvHeads: Int?
    public var headDim: Int?
    public var vocabSize: Int?
    public var contextLength: Int?
    public var experts: Int?

    enum CodingKeys: String, CodingKey {
      case name, source, layers
      case hiddenSize = "hidden_size"
      case heads
      case kvHeads = "kv_heads"
      case headDim = "head_dim"
      case vocabSize = "vocab_size"
      case contextLength = "context_length"
      case experts
    }
  }

  /// Sums over all tensors.
  public struct Totals: Encodable, Sendable, Equatable {
    public var tensors: Int
    public var parameters: Int
    public var storedBytes: Int
    public var bitsPerWeight: Double?

    enum CodingKeys: String, CodingKey {
      case tensors, parameters
      case storedBytes = "stored_bytes"
      case bitsPerWeight = "bits_per_weight"
    }
  }

  /// The share of one storage type.
  public struct Storage: Encodable, Sendable, Equatable {
    public var type: String
    public var tensors: Int
    public var elements: Int
    public var bytes: Int
  }

  /// How the model was measured.
  public struct MeasurementSummary: Encodable, Sendable, Equatable {
    public var mode: String
    public var coverage: Double
    public var bytesRead: Int
    public var seconds: Double

    /// Describes how a model was measured.
    public init(mode: String, coverage: Double, bytesRead: Int, seconds: Double) {
      self.mode = mode
      self.coverage = coverage
      self.bytesRead = bytesRead
      self.seconds = seconds
    }

    enum CodingKeys: String, CodingKey {
      case mode, coverage
      case bytesRead = "bytes_read"
      case seconds
    }
  }

  /// Tensors and parameters by their share of zeros.
  public struct SparsityHistogram: Encodable, Sendable, Equatable {
    public var edges: [Double]
    public var tensors: [Int]
    public var parameters: [Int]
  }

  /// One tensor.
  public struct Tensor: Encodable, Sendable, Equatable {
    public var name: String
    public var file: String
    public var type: String
    public var shape: [UInt64]
    public var logicalShape: [Int]?
    public var elements: Int?
    public var parameters: Int
    public var bytes: Int
    public var offset: Int
    public var role: String
    public var measurement: TensorMeasurement?

    enum CodingKeys: String, CodingKey {
      case name, file, type, shape
      case logicalShape = "logical_shape"
      case elements, parameters, bytes, offset, role, measurement
    }
  }

  /// What was measured of one tensor.
  public struct TensorMeasurement: Encodable, Sendable, Equatable {
    public var coverage: Double
    public var count: Int
    public var zeros: Int
    public var zeroFraction: Double?
    public var nearZeroFraction: Double?
    public var nans: Int
    public var infinities: Int
    public var min: Number?
    public var max: Number?
    public var absMax: Number?
    public var mean: Double?
    public var std: Double?
    public var quantiles: Quantiles?
    public var distinct: Int?
    public var entropyBits: Double?
    public var effectiveType: String?
    public var zeroRows: Int?
    public var zeroColumns: Int?
    public var nm: NM?
    public var blocks: Blocks?
    public var histogram: Histogram?

    enum CodingKeys: String, CodingKey {
      case coverage, count, zeros
      case zeroFraction = "zero_fraction"
      case nearZeroFraction = "near_zero_fraction"
      case nans, infinities, min, max
      case absMax = "abs_max"
      case mean, std, quantiles, distinct
      case entropyBits = "entropy_bits"
      case effectiveType = "effective_type"
      case zeroRows = "zero_rows"
      case zeroColumns = "zero_columns"
      case nm = "n_m"
      case blocks, histogram
    }
  }

  /// An integer exactly, or a floating-point number.
  public enum Number: Encodable, Sendable, Equatable {
    case integer(Int128)
    case real(Double)

    /// The nearest floating-point number.
    public var double: Double {
      switch self {
      case .integer(let value): Double(value)
      case .real(let value): value
      }
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .integer(let value): try container.encode(value)
      case .real(let value): try container.encode(value)
      }
    }
  }

  /// Values below which a share of the weights lies.
  public struct Quantiles: Encodable, Sendable, Equatable {
    public var q01, q05, q25, q50, q75, q95, q99: Double?

    enum CodingKeys: String, CodingKey {
      case q01 = "0.01"
      case q05 = "0.05"
      case q25 = "0.25"
      case q50 = "0.5"
      case q75 = "0.75"
      case q95 = "0.95"
      case q99 = "0.99"
    }
  }

  /// An N:M pattern: at most N of each M neighbours are not zero.
  public struct NM: Encodable, Sendable, Equatable {
    public var n: Int
    public var m: Int
    public var axis: String
    public var compliance: Double
    public var exact: Double
  }

  /// All-zero tiles.
  public struct Blocks: Encodable, Sendable, Equatable {
    public var rows: Int
    public var columns: Int
    public var zeroShare: Double
    public var explained: Double

    enum CodingKeys: String, CodingKey {
      case rows, columns
      case zeroShare = "zero_share"
      case explained
    }
  }

  /// Counts between edges.
  public struct Histogram: Encodable, Sendable, Equatable {
    public var kind: String
    public var edges: [Double]
    public var counts: [Int]
  }

  enum CodingKeys: String, CodingKey {
    case path, status, problems, format, files
    case fileRole = "file_role"
    case architecture, metadata, totals, storage, classification, measurement
    case sparsityHistogram = "sparsity_histogram"
    case tensors
  }
}
