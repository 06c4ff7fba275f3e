/// Escapes what JSON allows in strings and terminals obey.
enum JSONEscaping {
  /// Writes U+007F–009F, line separators and signs of text direction as `\u` escapes.
  ///
  /// `JSONEncoder` escapes control characters below U+0020 only. In JSON the others stand in strings
  /// alone, so their UTF-8 can be replaced wherever it is found.
  static func escapingForTerminals(_ json: [UInt8]) -> [UInt8] {
    guard json.contains(where: { $0 == 0x7F || $0 == 0xC2 || $0 == 0xE2 || $0 == 0xD8 }) else {
      return json
    }
    var escaped: [UInt8] = []
    escaped.reserveCapacity(json.count + 64)
    var index = 0
    while index < json.count {
      let (scalar, length) = scalar(in: json, at: index)
      if let scalar {
        let digits = String(scalar, radix: 16)
        escaped += Array("\\u".utf8) + Array(repeating: UInt8(ascii: "0"), count: 4 - digits.count)
        escaped += Array(digits.utf8)
      } else {
        escaped += json[index..<(index + length)]
      }
      index += length
    }
    return escaped
  }

  /// The scalar at a place if it is one to escape, and the bytes that it takes.
  private static func scalar(in json: [UInt8], at index: Int) -> (UInt32?, Int) {
    let left = json.count - index
    switch json[index] {
    case 0x7F: return (0x7F, 1)
    case 0xC2 where left > 1 && json[index + 1] < 0xA0: return (UInt32(json[index + 1]), 2)
    case 0xD8 where left > 1 && json[index + 1] == 0x9C: return (0x061C, 2)
    case 0xE2 where left > 2:
      let scalar = 0x2000 | UInt32(json[index + 1] & 0x3F) << 6 | UInt32(json[index + 2] & 0x3F)
      switch scalar {
      case 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: return (scalar, 3)
      default: return (nil, 1)
      }
    default: return (nil, 1)
    }
  }
}
