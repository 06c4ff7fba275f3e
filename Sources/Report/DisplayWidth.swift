/// Columns that a terminal gives to a text without control characters.
///
/// Counted by scalars, as terminals and `wcwidth` do: an emoji joined of several is as wide as its
/// parts.
public func displayWidth(_ text: String) -> Int {
  if isPlain(text) { return text.utf8.count }
  var width = 0
  for scalar in text.unicodeScalars { width += scalar.displayWidth }
  return width
}

/// A text of at most `width` columns: a longer one keeps its beginning and its end around `…`.
///
/// The end is favoured by one column: names of tensors differ there. Time and memory are bounded by
/// `width` unless the text consists of combining characters.
public func shortenedInMiddle(_ text: String, to width: Int) -> String {
  guard width > 0 else { return "" }
  let scalars = text.unicodeScalars
  var total = 0
  for scalar in scalars {
    total += scalar.displayWidth
    if total > width { break }
  }
  guard total > width else { return text }

  var headRoom = (width - 1) / 2
  var tailRoom = width - 1 - headRoom
  var tailStart = scalars.endIndex
  // A combining character needs the letter before it, so it is taken only together with that.
  var candidate = tailStart
  while candidate > scalars.startIndex {
    candidate = scalars.index(before: candidate)
    let columns = scalars[candidate].displayWidth
    guard columns <= tailRoom else { break }
    tailRoom -= columns
    if columns > 0 { tailStart = candidate }
  }
  headRoom += tailRoom
  var headEnd = scalars.startIndex
  while headEnd < tailStart {
    let columns = scalars[headEnd].displayWidth
    guard columns <= headRoom else { break }
    headRoom -= columns
    headEnd = scalars.index(after: headEnd)
  }
  return String(scalars[..<headEnd]) + "…" + String(scalars[tailStart...])
}

extension Unicode.Scalar {
  /// Columns that a terminal gives to this scalar: 0 for combining and invisible ones, 2 for East
  /// Asian wide ones and emoji, else 1.
  public var displayWidth: Int {
    if value < 0x300 { return 1 }
    // Medial vowels and final consonants of Hangul join the syllable that they follow.
    if (0x1160...0x11FF).contains(value) { return 0 }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    if value < 0x1100 { return 1 }
    if properties.isEmojiPresentation { return 2 }
    return isEastAsianWide ? 2 : 1
  }

  /// Whether Unicode's EastAsianWidth.txt calls it W or F, by blocks; emoji aside.
  private var isEastAsianWide: Bool {
    switch value {
    case 0x1100...0x115F,  // Hangul Jamo, leading consonants
      0x2329, 0x232A,  // angle brackets
      0x2E80...0x303E, 0x3041...0x4DBF,  // radicals, kana, CJK symbols, extension A
      0x4E00...0xA4CF,  // CJK ideographs, Yi
      0xA960...0xA97F, 0xAC00...0xD7A3,  // Hangul
      0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F,  // compatibility and vertical forms
      0xFF01...0xFF60, 0xFFE0...0xFFE6,  // full-width forms
      0x16FE0...0x18CFF, 0x1AFF0...0x1B2FF,  // Tangut, Khitan, kana supplements
      0x1F200...0x1F2FF,  // enclosed ideographs
      0x20000...0x2FFFD, 0x30000...0x3FFFD:  // extensions B and later
      true
    default: false
    }
  }
}
