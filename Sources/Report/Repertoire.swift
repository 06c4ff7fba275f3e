/// The characters that a terminal can show.
public enum Repertoire: Sendable {
  /// All of Unicode.
  case unicode
  /// The drawing characters of code page 437, which the fonts of the Linux console have; other text
  /// as it is.
  case console
  /// ASCII only, for locales without UTF-8.
  case ascii
}

/// A text with every character that a terminal lacks replaced by others of the same width.
public func limited(_ text: String, to repertoire: Repertoire) -> String {
  switch repertoire {
  case .unicode: return text
  case .console:
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { result.append(consoleForm(of: scalar)) }
    return String(result)
  case .ascii:
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let form = asciiForm(of: scalar)
      for _ in 0..<scalar.displayWidth { result.append(form) }
    }
    return String(result)
  }
}

/// Full, medium and light shades stand for finer blocks and for braille by the number of its dots.
private func consoleForm(of scalar: Unicode.Scalar) -> Unicode.Scalar {
  switch scalar.value {
  case 0x2581...0x2584: "▄"  // ▁▂▃▄
  case 0x2585...0x2587: "█"  // ▅▆▇
  case 0x2589...0x258B: "█"  // ▉▊▋
  case 0x258D...0x258F: "▌"  // ▍▎▏
  case 0x2800...0x28FF:
    switch (scalar.value & 0xFF).nonzeroBitCount {
    case 0: " "
    case 1, 2: "░"
    case 3, 4: "▒"
    case 5, 6: "▓"
    default: "█"
    }
  case 0x25B8: "►"  // ▸
  case 0x25BE: "▼"  // ▾
  case 0x2026: "."  // …
  case 0x26A0: "!"  // ⚠
  case 0x2715: "x"  // ✕
  case 0x203A: ">"  // ›
  default: scalar
  }
}

private func asciiForm(of scalar: Unicode.Scalar) -> Unicode.Scalar {
  if scalar.isASCII { return scalar }
  return switch scalar.value {
  case 0x2500, 0x2501, 0x2504, 0x2505, 0x2508, 0x2013, 0x2014, 0x2212: "-"
  case 0x2502, 0x2503, 0x2506: "|"
  case 0x250C...0x254B, 0x256D...0x2570: "+"
  case 0x2581, 0x2582: "_"
  case 0x2583: "."
  case 0x2584: "="
  case 0x2580: "\""
  case 0x2585, 0x2586, 0x2587, 0x2588, 0x2589, 0x258A, 0x258B: "#"
  case 0x258C, 0x258D: "="
  case 0x258E, 0x258F: "-"
  case 0x2591: ":"
  case 0x2592: "+"
  case 0x2593: "%"
  case 0x2800...0x28FF:
    switch (scalar.value & 0xFF).nonzeroBitCount {
    case 0: " "
    case 1, 2: "."
    case 3, 4: "+"
    case 5, 6: "%"
    default: "#"
    }
  case 0x00B7, 0x2022: "."  // · •
  case 0x00D7, 0x02E3: "x"  // × ˣ
  case 0x03C3: "s"  // σ
  case 0x0394: "d"  // Δ
  case 0x2248: "~"  // ≈
  case 0x00B1: "~"  // ±
  case 0x2026: "~"  // …
  case 0x2190, 0x2264: "<"  // ← ≤
  case 0x2191: "^"
  case 0x2192, 0x203A, 0x25B8, 0x25BA, 0x2265: ">"  // ≥
  case 0x2193, 0x25BE, 0x25BC: "v"
  case 0x26A0: "!"
  case 0x2715: "x"
  default: "?"
  }
}
