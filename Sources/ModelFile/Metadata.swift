/// A key of a model's metadata and its value.
public struct MetadataEntry: Sendable, Equatable {
  /// The key, invalid UTF-8 repaired.
  public var key: String
  /// Its value.
  public var value: MetadataValue

  /// Pairs a key with its value.
  public init(key: String, value: MetadataValue) {
    self.key = key
    self.value = value
  }
}

/// A value of GGUF's metadata; safetensors has strings only.
public enum MetadataValue: Sendable, Equatable {
  case string(String)
  case unsigned(UInt64, GGUFValueType)
  case signed(Int64, GGUFValueType)
  case float32(Float)
  case float64(Double)
  case bool(Bool)
  case array(MetadataArray)
}

/// A GGUF array, of which long ones are only begun.
public struct MetadataArray: Sendable, Equatable {
  /// The type of its elements.
  public var elementType: GGUFValueType
  /// How many elements it has.
  public var count: Int
  /// All elements of an array of at most 64, the first 8 of a longer one.
  public var first: [MetadataValue]
  /// Where the elements start in their file, for reading further ones.
  public var offset: Int
  /// The index of the file in ``Model/parts``.
  public var part: Int

  /// Describes an array.
  public init(
    elementType: GGUFValueType, count: Int, first: [MetadataValue], offset: Int, part: Int
  ) {
    self.elementType = elementType
    self.count = count
    self.first = first
    self.offset = offset
    self.part = part
  }

  /// The longest array that is kept whole.
  public static let wholeLimit = 64
  /// How many elements of a longer array are kept.
  public static let firstCount = 8
}

/// The type of a metadata value, by its number in the file (ggml/include/gguf.h, `gguf_type`).
public enum GGUFValueType: UInt32, Sendable, Hashable, CaseIterable {
  case u8 = 0
  case i8, u16, i16, u32, i32, f32, bool, string, array, u64, i64, f64

  /// The name as the specification writes it.
  public var name: String { "\(self)" }

  /// Bytes of one value; `nil` for strings and arrays.
  public var byteCount: Int? {
    switch self {
    case .u8, .i8, .bool: 1
    case .u16, .i16: 2
    case .u32, .i32, .f32: 4
    case .u64, .i64, .f64: 8
    case .string, .array: nil
    }
  }
}

extension Model {
  /// The value of a metadata key.
  public subscript(metadata key: String) -> MetadataValue? {
    metadata.first { $0.key == key }?.value
  }
}

extension MetadataValue {
  /// The text of a string value.
  public var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// A whole number of any integer type; readers must take u32 and u64 alike for any count.
  public var integer: Int? {
    switch self {
    case .unsigned(let value, _): Int(exactly: value)
    case .signed(let value, _): Int(exactly: value)
    default: nil
    }
  }

  /// A number of any type.
  public var number: Double? {
    switch self {
    case .unsigned(let value, _): Double(value)
    case .signed(let value, _): Double(value)
    case .float32(let value): Double(value)
    case .float64(let value): value
    default: nil
    }
  }
}
