/// A name in quotation marks for a sentence, a very long one cut short.
func quoted(_ name: String) -> String {
  // Names have no limit in safetensors; a sentence needs one.
  let longest = 100
  let scalars = name.unicodeScalars
  guard name.utf8.count > longest, scalars.count > longest else { return "\"\(name)\"" }
  return "\"\(String(String.UnicodeScalarView(scalars.prefix(longest))))…\""
}

/// Whether a scalar could make a terminal act or show its neighbours in another order: ECMA-48's
/// controls (C0, DEL, C1), line separators and the bidi controls of Unicode's UAX #9.
public func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0x200E, 0x200F,
    0x061C:
    true
  default: false
  }
}

/// Whether a text holds a scalar that has no place in a name.
func hasUnprintable(_ text: String) -> Bool {
  // Nearly all names are ASCII, whose bytes tell at once.
  if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return false }
  return text.unicodeScalars.contains(where: isUnprintable)
}
