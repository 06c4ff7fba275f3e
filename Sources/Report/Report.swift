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
    /// `error`, `warning` or `note`.
    public var severity: String
    /// The stable identifier, see `inspect explain`.
    public var code: String
    /// What is wrong and what was expected.
    public var message: String
    /// The path of the file that it lies in.
    public var file: String?
    /// The tensor that it is about.
    public var tensor: String?
    /// Where in the file the cause stands.
    public var byteOffset: Int?

    enum CodingKeys: String, CodingKey {
      case severity, code, message, file, tensor
      case byteOffset = "byte_offset"
    }
  }

  /// One file of the model.
  public struct File: Encodable, Sendable, Equatable {
    /// The path that the file is opened by.
    public var path: String
    /// Its size.
    public var bytes: Int
    /// Everything before the data section.
    public var headerBytes: Int
    /// The data section.
    public var dataBytes: Int
    /// GGUF's version number.
    public var version: Int?
    /// `little` or `big`.
    public var byteOrder: String
    /// GGUF's alignment of tensor data.
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
    /// The model type: `llama`, `gpt2`.
    public var name: String?
    /// Where the facts are from: `config.json`, `gguf` or `tensors`.
    public var source: String
    /// Layers of the stack.
    public var layers: Int?
    /// Width of the hidden state.
    public var hiddenSize: Int?
    /// Attention heads of a layer.
    public var heads: Int?
    /// Heads of keys and values, fewer than `heads` where they are shared.
    public var kvHeads: Int?
    /// Width of a head.
    public var headDim: Int?
    /// Tokens of the vocabulary.
    public var vocabSize: Int?
    /// Positions that the model was made for.
    public var contextLength: Int?
    /// Experts of a layer.
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
    /// Tensors in the headers.
    public var tensors: Int
    /// Logical weights: packed codes counted, bookkeeping not.
    public var parameters: Int
    /// Bytes of all tensors.
    public var storedBytes: Int
    /// Stored bits for each parameter.
    public var bitsPerWeight: Double?

    enum CodingKeys: String, CodingKey {
      case tensors, parameters
      case storedBytes = "stored_bytes"
      case bitsPerWeight = "bits_per_weight"
    }
  }

  /// The share of one storage type.
  public struct Storage: Encodable, Sendable, Equatable {
    /// The dtype or ggml type.
    public var type: String
    /// Tensors of the type.
    public var tensors: Int
    /// Their elements as the headers count them.
    public var elements: Int
    /// Their bytes.
    public var bytes: Int
  }

  /// How the model was measured.
  public struct MeasurementSummary: Encodable, Sendable, Equatable {
    /// `exact`, `sample` or `header`.
    public var mode: String
    /// The share of the tensors' bytes that was read.
    public var coverage: Double
    /// Bytes read.
    public var bytesRead: Int
    /// How long it took, opening included.
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
    /// Shares of zeros; bins are closed on the left, the last one on both sides.
    public var edges: [Double]
    /// Tensors of role weight in each bin.
    public var tensors: [Int]
    /// Their parameters.
    public var parameters: [Int]
  }

  /// One tensor.
  public struct Tensor: Encodable, Sendable, Equatable {
    /// Its name.
    public var name: String
    /// The path of its file, as in `files`.
    public var file: String
    /// How its elements are stored.
    public var type: String
    /// The header's dimensions, row-major.
    public var shape: [UInt64]
    /// The dimensions of the weights that it stands for, where they differ.
    public var logicalShape: [Int]?
    /// The product of `shape`; `nil` where it overflows.
    public var elements: Int?
    /// The logical weights that it stands for; 0 for bookkeeping.
    public var parameters: Int
    /// Its size in the file.
    public var bytes: Int
    /// Where it starts in its file.
    public var offset: Int
    /// What it is for: weight, norm, scale and others.
    public var role: String
    /// What was measured of it.
    public var measurement: TensorMeasurement? {
      get { measured.first }
      set { measured = newValue.map { [$0] } ?? [] }
    }
    /// A measurement has hundreds of bytes, so only tensors that have one pay for it.
    private var measured: [TensorMeasurement] = []

    enum CodingKeys: String, CodingKey {
      case name, file, type, shape
      case logicalShape = "logical_shape"
      case elements, parameters, bytes, offset, role, measurement
    }

    /// Describes a tensor.
    public init(
      name: String, file: String, type: String, shape: [UInt64], logicalShape: [Int]?,
      elements: Int?, parameters: Int, bytes: Int, offset: Int, role: String,
      measurement: TensorMeasurement?
    ) {
      self.name = name
      self.file = file
      self.type = type
      self.shape = shape
      self.logicalShape = logicalShape
      self.elements = elements
      self.parameters = parameters
      self.bytes = bytes
      self.offset = offset
      self.role = role
      self.measurement = measurement
    }

    /// Encodes all keys, `measurement` among them.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      try container.encode(file, forKey: .file)
      try container.encode(type, forKey: .type)
      try container.encode(shape, forKey: .shape)
      try container.encodeIfPresent(logicalShape, forKey: .logicalShape)
      try container.encodeIfPresent(elements, forKey: .elements)
      try container.encode(parameters, forKey: .parameters)
      try container.encode(bytes, forKey: .bytes)
      try container.encode(offset, forKey: .offset)
      try container.encode(role, forKey: .role)
      try container.encodeIfPresent(measurement, forKey: .measurement)
    }
  }

  /// What was measured of one tensor.
  public struct TensorMeasurement: Encodable, Sendable, Equatable {
    /// The share of its bytes that was read; 1 is exact.
    public var coverage: Double
    /// Decoded values.
    public var count: Int
    /// Values that are +0 or −0.
    public var zeros: Int
    /// Their share.
    public var zeroFraction: Double?
    /// The share of values with |w| < 0.05 standard deviations.
    public var nearZeroFraction: Double?
    /// Values that are no numbers.
    public var nans: Int
    /// Values of infinite magnitude.
    public var infinities: Int
    /// The smallest finite value.
    public var min: Number?
    /// The largest finite value.
    public var max: Number?
    /// The largest finite magnitude.
    public var absMax: Number?
    /// The arithmetic mean of the finite values.
    public var mean: Double?
    /// Their standard deviation (of the population).
    public var std: Double?
    /// Values that a share of the finite values does not exceed.
    public var quantiles: Quantiles?
    /// Different finite values, ±0 as one.
    public var distinct: Int?
    /// Order-0 entropy of the finite values.
    public var entropyBits: Double?
    /// The narrowest type that holds the values exactly.
    public var effectiveType: String?
    /// Rows of the matrix that hold zeros only.
    public var zeroRows: Int?
    /// Columns of the matrix that hold zeros only.
    public var zeroColumns: Int?
    /// The N:M pattern of smallest M that the zeros keep.
    public var nm: NM?
    /// All-zero tiles.
    public var blocks: Blocks?
    /// How many values lie where.
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

    /// Encodes the number itself.
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
    /// The value at each share.
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
    /// Weights of a group that may differ from zero.
    public var n: Int
    /// Weights of a group.
    public var m: Int
    /// `in` along the inputs of a layer, `out` along its outputs.
    public var axis: String
    /// The share of groups with at least M − N zeros.
    public var compliance: Double
    /// The share of groups with exactly M − N zeros.
    public var exact: Double
  }

  /// All-zero tiles.
  public struct Blocks: Encodable, Sendable, Equatable {
    /// Rows of a tile.
    public var rows: Int
    /// Columns of a tile.
    public var columns: Int
    /// The share of tiles that hold zeros only.
    public var zeroShare: Double
    /// The share of all zeros that lie in such tiles.
    public var explained: Double

    enum CodingKeys: String, CodingKey {
      case rows, columns
      case zeroShare = "zero_share"
      case explained
    }
  }

  /// Counts between edges.
  public struct Histogram: Encodable, Sendable, Equatable {
    /// `linear` or `log2_magnitude`.
    public var kind: String
    /// One more than `counts`, ascending.
    public var edges: [Double]
    /// Values in each bin.
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
