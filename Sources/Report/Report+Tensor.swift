extension Report {
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
