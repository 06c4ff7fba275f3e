import Browser

/// What a terminal sends for a key behind Escape: CSI, parameters, intermediates and a final byte
/// (ECMA-48, 5.4), or SS3 and one byte.
struct ControlSequence {
  private let introducer: UInt8
  private var parameters: [UInt8] = []
  private var final: UInt8?
  /// Bytes behind the final one: a function key of the Linux console, the old form of the mouse.
  private var missing = 0

  /// Longer ones are no keys.
  private static let limit = 32

  init(introducer: UInt8) { self.introducer = introducer }

  var isComplete: Bool { final != nil && missing == 0 || parameters.count > Self.limit }

  mutating func take(_ byte: UInt8) {
    if final != nil {
      missing -= 1
    } else if introducer == UInt8(ascii: "[") && (0x20..<0x40).contains(byte) {
      parameters.append(byte)
    } else {
      final = byte
      if introducer == UInt8(ascii: "["), parameters.isEmpty {
        missing = byte == UInt8(ascii: "[") ? 1 : byte == UInt8(ascii: "M") ? 3 : 0
      }
    }
  }

  /// The key, where it is one without modifiers; the numbers are those of VT220, rxvt and Linux.
  var key: Key? {
    switch (String(decoding: parameters, as: UTF8.self), final) {
    case ("", UInt8(ascii: "A")): .up
    case ("", UInt8(ascii: "B")): .down
    case ("", UInt8(ascii: "C")): .right
    case ("", UInt8(ascii: "D")): .left
    case ("", UInt8(ascii: "H")), ("1", UInt8(ascii: "~")), ("7", UInt8(ascii: "~")): .home
    case ("", UInt8(ascii: "F")), ("4", UInt8(ascii: "~")), ("8", UInt8(ascii: "~")): .end
    case ("3", UInt8(ascii: "~")): .delete
    case ("5", UInt8(ascii: "~")): .pageUp
    case ("6", UInt8(ascii: "~")): .pageDown
    case ("", UInt8(ascii: "M")) where introducer == UInt8(ascii: "O"): .enter
    case ("", UInt8(ascii: "Z")): .backTab
    default: nil
    }
  }
}
