/// A flat JSON object that keeps the order of its keys.
public struct MetadataObject: Encodable, Sendable, Equatable {
  /// Keys and values in file order.
  public var entries: [Entry]

  /// Keeps entries.
  public init(entries: [Entry] = []) {
    self.entries = entries
  }

  /// One member.
  public struct Entry: Sendable, Equatable {
    /// The key.
    public var key: String
    /// Its value.
    public var value: Value

    /// Pairs a key with its value.
    public init(key: String, value: Value) {
      self.key = key
      self.value = value
    }
  }

  /// A JSON value as reports need it.
  public indirect enum Value: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int128)
    case number(Double)
    case string(String)
    case array([Value])
    /// A long array of which only the beginning is told.
    case begun(arrayOf: String, count: Int, first: [Value])
    case object(MetadataObject)
  }

  /// Encodes the members as one object.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    for entry in entries { try container.encode(entry.value, forKey: Key(stringValue: entry.key)) }
  }

  struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

extension MetadataObject.Value: Encodable {
  /// Encodes the value itself.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value):
      if value.isFinite { try container.encode(value) } else { try container.encodeNil() }
    case .string(let value): try container.encode(value)
    case .array(let values): try container.encode(values)
    case .begun(let elementType, let count, let first):
      try container.encode(Begun(arrayOf: elementType, count: count, first: first))
    case .object(let object): try container.encode(object)
    }
  }

  private struct Begun: Encodable {
    var arrayOf: String
    var count: Int
    var first: [MetadataObject.Value]

    enum CodingKeys: String, CodingKey {
      case arrayOf = "array_of"
      case count, first
    }
  }
}
