/// Builds safetensors files, sound ones and others.
public struct SafetensorsBuilder {
  /// One tensor and its bytes.
  public struct Entry {
    var name: String
    var type: String
    var shape: [UInt64]
    var data: [UInt8]
  }

  private var entries: [Entry] = []
  private var metadata: [(key: String, value: String)] = []
  /// Whether the header is padded with spaces to a multiple of 8.
  public var isPadded = true

  /// A file without tensors.
  public init() {}

  /// Adds a tensor behind the others.
  public mutating func add(_ name: String, _ type: String, _ shape: [UInt64], _ data: [UInt8]) {
    entries.append(Entry(name: name, type: type, shape: shape, data: data))
  }

  /// Adds a tensor of 32-bit floats.
  public mutating func add(_ name: String, _ shape: [UInt64], _ values: [Float]) {
    add(name, "F32", shape, values.flatMap { littleEndian($0.bitPattern) })
  }

  /// Adds a pair to `__metadata__`.
  public mutating func add(metadata key: String, _ value: String) {
    metadata.append((key, value))
  }

  /// The header's JSON without its length.
  public var header: String {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.map { "\(jsonString($0.key)):\(jsonString($0.value))" }
      members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for entry in entries {
      let shape = entry.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(jsonString(entry.name)):{\"dtype\":\"\(entry.type)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(offset + entry.data.count)]}")
      offset += entry.data.count
    }
    return "{\(members.joined(separator: ","))}"
  }

  /// The whole file.
  public var bytes: [UInt8] {
    Self.file(header: header, data: entries.flatMap(\.data), isPadded: isPadded)
  }

  /// A file of any header and data.
  public static func file(header: String, data: [UInt8], isPadded: Bool = true) -> [UInt8] {
    var text = Array(header.utf8)
    while isPadded, !text.count.isMultiple(of: 8) { text.append(UInt8(ascii: " ")) }
    return littleEndian(UInt64(text.count)) + text + data
  }
}

/// The bytes of a number, least significant first.
public func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  withUnsafeBytes(of: number.littleEndian) { Array($0) }
}

private func jsonString(_ text: String) -> String {
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": quoted += "\\\""
    case "\\": quoted += "\\\\"
    case _ where scalar.value < 0x20:
      let digits = String(scalar.value, radix: 16)
      quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: quoted.unicodeScalars.append(scalar)
    }
  }
  return quoted + "\""
}
