import ModelFile

/// Text from a file, safe to print: control characters (U+0000–001F, U+007F–009F), line separators
/// (U+2028, U+2029), the signs that change the direction of text and those that are not seen at all
/// (Unicode's category Cf: joiners, zero-width spaces, byte order marks) become visible escapes as
/// JSON writes them (`\n`, `\u001b`).
///
/// Every name, key, value and path that came from a file or its surroundings goes through here on
/// its way to a terminal.
public func escapedForTerminal(_ text: String) -> String {
  if isPlain(text) || !text.unicodeScalars.contains(where: isEscaped) { return text }
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case _ where isEscaped(scalar):
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      }
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

private func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
  isUnprintable(scalar) || scalar.properties.generalCategory == .format
}

/// Whether a text is ASCII without control characters, as nearly all names are.
func isPlain(_ text: String) -> Bool {
  text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
}
