import Browser
import Testing

@Test func cutsTextAtItsWidthAndAtTheEdges() {
  var screen = Screen(rows: 3, columns: 6)
  #expect(screen.put("abcdefgh", row: 0, column: 0) == 6)
  screen.put("xyz", row: 1, column: 1, width: 2, style: .error)
  screen.put("left", row: 2, column: -2)
  screen.put("no", row: 9, column: 0)
  screen.put("no", row: -1, column: 0)
  screen.put("no", row: 0, column: Int.max)
  #expect(screen.description == "abcdef\n xy\nft\n---\n\n.ee\n\n")
}

@Test func keepsWideCharactersWhole() {
  var screen = Screen(rows: 1, columns: 5)
  screen.put("中文字", row: 0, column: 0)
  // The third does not fit: a space stands in its place.
  #expect(screen.text(inRow: 0) == "中文")
  screen.put("x", row: 0, column: 1)
  // Half of a wide character is none.
  #expect(screen.text(inRow: 0) == " x文")
  screen.put("y", row: 0, column: 2)
  #expect(screen.text(inRow: 0) == " xy")
}

@Test func setsCombiningCharactersOnTheCellBefore() {
  var screen = Screen(rows: 1, columns: 4)
  screen.put("e\u{301}x\u{302}", row: 0, column: 0)
  #expect(screen.text(inRow: 0) == "e\u{301}x\u{302}")
  // A flood of them is cut off.
  screen.put("a" + String(repeating: "\u{300}", count: 1000), row: 0, column: 0)
  #expect(screen.text(inRow: 0).unicodeScalars.count <= 8)
  // One without a letter before it is dropped.
  screen.put("\u{300}b", row: 0, column: 0)
  #expect(screen.text(inRow: 0).unicodeScalars.first == "b")
}

@Test func letsNoControlCharacterThrough() {
  var screen = Screen(rows: 1, columns: 8)
  screen.put("a\u{1b}[m\u{9b}\n", row: 0, column: 0)
  #expect(screen.text(inRow: 0) == "a?[m??")
}

@Test func dividesALineByStylesAndUncertainWidths() {
  var screen = Screen(rows: 1, columns: 8)
  screen.put("ab", row: 0, column: 0, style: .good)
  screen.put("中c", row: 0, column: 2, style: .good)
  screen.put("d", row: 0, column: 5, style: .error)
  let spans = screen.spans(inRow: 0)
  #expect(spans.map(\.text) == ["ab中", "c", "d", "  "])
  #expect(spans.map(\.column) == [0, 4, 5, 6])
  #expect(spans.map(\.style) == [.good, .good, .error, .plain])
  #expect(screen.spans(inRow: 5).isEmpty)
}

@Test func standsAnySize() {
  for (rows, columns) in [(0, 0), (0, 10), (10, 0), (-5, -5), (1, 1)] {
    var screen = Screen(rows: rows, columns: columns)
    screen.put("中\u{300}x", row: 0, column: 0)
    screen.paint(row: 0, column: -3, width: Int.max, style: .error)
    _ = screen.description
    #expect(screen.rows >= 0)
  }
}

@Test func everyStyleHasItsOwnLetter() {
  #expect(Set(Style.allCases.map(\.rawValue)).count == Style.allCases.count)
}
