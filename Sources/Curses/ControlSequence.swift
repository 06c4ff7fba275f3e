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

  /// Whether it is a report of the mouse in SGR form (xterm's 1006), as far as it goes.
  var isMouse: Bool { introducer == UInt8(ascii: "[") && parameters.first == UInt8(ascii: "<") }

  /// What it means; releases, other buttons and keys with modifiers mean nothing here.
  var event: Event? { isMouse ? mouseEvent : key.map(Event.key) }

  /// `<button;column;row`, from 1 on, with `M` for a press; of the button's bits 4, 8 and 16 are
  /// keys held meanwhile, 32 a movement, 64 the wheel.
  private var mouseEvent: Event? {
    let numbers = parameters.dropFirst().split(
      separator: UInt8(ascii: ";"), omittingEmptySubsequences: false
    ).map { Int(String(decoding: $0, as: UTF8.self)) ?? -1 }
    guard final == UInt8(ascii: "M"), numbers.count == 3,
      numbers.allSatisfy({ 0...0xFFFF ~= $0 }), numbers[1] > 0, numbers[2] > 0
    else { return nil }
    let (row, column) = (numbers[2] - 1, numbers[1] - 1)
    return switch numbers[0] & ~0x1C {
    case 0: .press(row: row, column: column)
    // Three rows for a notch, as pagers do.
    case 64: .wheel(rows: -3, row: row, column: column)
    case 65: .wheel(rows: 3, row: row, column: column)
    default: nil
    }
  }

  /// The key, where it is one without modifiers; the numbers are those of VT220, rxvt and Linux.
  private var key: Key? {
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
