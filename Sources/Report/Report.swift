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
  public var tensors: Tensors

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
}
