import Report
import Testing

@Test(arguments: [
  ("plain.weight", "plain.weight"),
  ("\u{1b}[31mred\u{1b}[0m", "\\u001b[31mred\\u001b[0m"),
  ("a\rb\nc\td", "a\\rb\\nc\\td"),
  ("\u{7f}\u{85}\u{9b}31m", "\\u007f\\u0085\\u009b31m"),
  ("\u{2028}\u{2029}", "\\u2028\\u2029"),
  ("\u{202e}gnp.\u{2066}\u{200f}\u{61c}", "\\u202egnp.\\u2066\\u200f\\u061c"),
  ("\r\n", "\\r\\n"),
  ("中é😀", "中é😀"),
  // What is not seen: joiners, zero-width spaces, byte order marks.
  ("a\u{200b}\u{feff}👩\u{200d}💻", "a\\u200b\\ufeff👩\\u200d💻"),
])
func escapesWhatATerminalWouldActOn(text: String, expected: String) {
  #expect(escapedForTerminal(text) == expected)
}

@Test func leavesNoControlCharacterStanding() {
  for value in UInt32(0)..<0x3000 {
    guard let scalar = Unicode.Scalar(value) else { continue }
    for written in escapedForTerminal(String(scalar)).unicodeScalars {
      #expect(written.properties.generalCategory != .control)
    }
  }
}

@Test(arguments: [
  ("", 0), ("abc", 3), ("中文", 4), ("e\u{301}", 1), ("😀", 2), ("한국", 4), ("ｆｕｌｌ", 8), ("█░▀⣿…", 5),
  ("a\u{200b}b", 2),
])
func countsTheColumnsOfATerminal(text: String, columns: Int) {
  #expect(displayWidth(text) == columns)
}

@Test(arguments: [
  ("model.layers.0.weight", 21, "model.layers.0.weight"),
  ("model.layers.0.weight", 11, "model…eight"),
  ("model.layers.0.weight", 10, "mode…eight"),
  ("abc", 2, "…c"),
  ("abc", 1, "…"),
  ("abc", 0, ""),
  ("中文中文中文", 5, "中…文"),
  ("e\u{301}e\u{301}e\u{301}e\u{301}", 3, "e\u{301}…e\u{301}"),
])
func shortensInTheMiddle(text: String, width: Int, expected: String) {
  #expect(shortenedInMiddle(text, to: width) == expected)
}

@Test func neverShortensToMoreThanTheWidth() {
  let text = "ab中\u{301}c😀d\u{300}e文"
  for width in 0...20 {
    #expect(displayWidth(shortenedInMiddle(text, to: width)) <= width)
  }
}
