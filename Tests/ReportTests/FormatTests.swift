import Testing

@testable import Report

@Suite struct FormatTests {
  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (8_030_261_248, "8,030,261,248"), (-1234, "-1,234"),
  ])
  func setsOffThousands(value: Int, text: String) {
    #expect(Format.count(value) == text)
  }

  @Test(arguments: [
    (0.0, "0 %"), (1.0, "100 %"), (0.5, "50.0 %"), (0.000_01, "<0.01 %"), (0.999_99, ">99.99 %"),
    (0.9999, "99.99 %"), (0.0012, "0.12 %"),
  ])
  func neverRoundsAShareToNoneOrAll(share: Double, text: String) {
    #expect(Format.percent(share) == text)
  }

  @Test(arguments: [
    (0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (999_999, "1.00 MB"),
    (16_060_522_496, "16.1 GB"), (Int.max, "9.22 EB"),
  ])
  func writesBytesInDecimalUnits(value: Int, text: String) {
    #expect(Format.bytes(value) == text)
  }

  @Test(arguments: [
    (0.0 as Double, "0"), (0.02137, "0.02137"), (448, "448"), (-1.5, "-1.500"),
    (1.234e-8, "1.23e-8"),
    (3.0e38, "3.00e38"), (.leastNonzeroMagnitude, "4.94e-324"),
  ])
  func writesNumbersOfAnyMagnitude(value: Double, text: String) {
    #expect(Format.number(value) == text)
  }
}

@Suite struct NameFilterTests {
  @Test(arguments: [
    ("*", "", true), ("a?c", "abc", true), ("a?c", "ac", false), ("*up_proj*", "m.up_proj.w", true),
    ("*a*b", "xaxbxb", true), ("*a*b", "xaxbxbc", false), ("[a-c]x", "bx", true),
    ("[!a-c]x", "bx", false), ("[", "[", true), ("a\\*", "a*", true), ("a\\*", "ab", false),
    ("é*", "été", true),
  ])
  func matchesGlobs(pattern: String, name: String, isMatch: Bool) {
    #expect(matches(name, glob: pattern) == isMatch)
  }

  @Test func excludesFromWhatIsIncluded() {
    let filter = NameFilter(include: ["*.weight"], exclude: ["*norm*"])
    #expect(filter.contains("a.weight"))
    #expect(!filter.contains("norm.weight"))
    #expect(!filter.contains("a.bias"))
  }

  /// A pattern of many stars is no trap for time.
  @Test(.timeLimit(.minutes(1)))
  func endsOnPatternsOfManyStars() {
    let pattern = String(repeating: "*a", count: 200) + "b"
    #expect(!matches(String(repeating: "a", count: 5000), glob: pattern))
  }
}
