/// One set of tensors as its files describe it: a single file, a sharded set or a GGUF split.
public struct Model: Sendable {
  /// The path, or `hf:` or `ollama:` name, that was asked for.
  public var path: String
  /// The container format; `nil` where no part could be recognised.
  public var format: Format?
  /// The files, in the order of their numbers or of the index.
  public var parts: [Part]
  /// The tensors of all parts, in the order of their headers.
  public var tensors: [Tensor]
  /// `__metadata__` of safetensors, or the keys of GGUF, in file order; of a set, the parts' keys
  /// together, the first part's value where they differ.
  public var metadata: [MetadataEntry]
  /// What the files beside the model claim.
  public var sidecars: [Sidecar]
  /// Everything found wrong while opening it.
  public var problems: [Problem]
  /// Whether the path names one shard or split part whose set could not be put together.
  public var isLonePart: Bool

  /// Describes a model.
  public init(
    path: String,
    format: Format? = nil,
    parts: [Part] = [],
    tensors: [Tensor] = [],
    metadata: [MetadataEntry] = [],
    sidecars: [Sidecar] = [],
    problems: [Problem] = [],
    isLonePart: Bool = false
  ) {
    self.path = path
    self.format = format
    self.parts = parts
    self.tensors = tensors
    self.metadata = metadata
    self.sidecars = sidecars
    self.problems = problems
    self.isLonePart = isLonePart
  }

  /// A container format.
  public enum Format: String, Sendable {
    case safetensors, gguf
  }
}

/// One file of a model.
public struct Part: Sendable {
  /// The path that the file is opened by.
  public var path: String
  /// The file's size in bytes.
  public var byteCount: Int
  /// Everything before the data section, padding included.
  public var headerByteCount: Int
  /// GGUF's version number; `nil` for safetensors, which has none.
  public var version: Int?
  /// The order of bytes in numbers, of the header and of the data.
  public var byteOrder: ByteOrder
  /// GGUF's alignment of tensor data; `nil` for safetensors.
  public var alignment: Int?
  /// What the file was when its header was read, so that a later change is noticed.
  public var identity: FileIdentity?

  /// Describes a file of a model.
  public init(
    path: String,
    byteCount: Int,
    headerByteCount: Int,
    version: Int? = nil,
    byteOrder: ByteOrder = .little,
    alignment: Int? = nil,
    identity: FileIdentity? = nil
  ) {
    self.path = path
    self.byteCount = byteCount
    self.headerByteCount = headerByteCount
    self.version = version
    self.byteOrder = byteOrder
    self.alignment = alignment
    self.identity = identity
  }
}

/// The order of bytes within a number.
public enum ByteOrder: String, Sendable {
  case little, big
}

/// One tensor as its header describes it.
public struct Tensor: Sendable {
  /// The name, invalid UTF-8 repaired; never shown without escaping.
  public var name: String
  /// How its elements are stored.
  public var type: ElementType
  /// Row-major (outermost first) for both formats.
  public var shape: [UInt64]
  /// The product of `shape`; 0 where it overflows.
  public var elementCount: Int
  /// The index of its file in ``Model/parts``.
  public var part: Int
  /// Where its bytes start in its file.
  public var offset: Int
  /// How many bytes it has in its file; 0 where that cannot be known.
  public var byteCount: Int
  /// Whether its bytes lie in the file and agree with its type and shape, so that it can be read.
  public var isReadable: Bool

  /// Describes a tensor.
  public init(
    name: String,
    type: ElementType,
    shape: [UInt64],
    elementCount: Int,
    part: Int,
    offset: Int,
    byteCount: Int,
    isReadable: Bool
  ) {
    self.name = name
    self.type = type
    self.shape = shape
    self.elementCount = elementCount
    self.part = part
    self.offset = offset
    self.byteCount = byteCount
    self.isReadable = isReadable
  }
}
