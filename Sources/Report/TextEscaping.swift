/// Text from a file, safe to print: control characters (U+0000–001F, U+007F–009F), line separators
/// (U+2028, U+2029) and the signs that change the direction of text become visible escapes as JSON
/// writes them (`\n`, `\u001b`).
///
/// Every name, key, value and path that came from a file or its surroundings goes through here on
/// its way to a terminal.
public func escapedForTerminal(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: isUnsafeForTerminal) else { return text }
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case _ where isUnsafeForTerminal(scalar):
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// Whether a terminal could act on a scalar, or show its neighbours in another order.
///
/// C0, DEL and C1 are ECMA-48's controls; the bidi controls are those of Unicode's UAX #9.
private func isUnsafeForTerminal(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7F..<0xA0: true
  case 0x2028, 0x2029: true
  case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
  default: false
  }
}
