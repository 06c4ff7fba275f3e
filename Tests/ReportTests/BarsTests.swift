import Report
import Testing

@Test(arguments: [
  (0.0, "    "), (1.0, "████"), (0.5, "██  "), (0.001, "▏   "), (0.999, "███▉"), (0.34, "█▍  "),
  (Double.nan, "    "), (-1, "    "), (7, "████"),
])
func drawsABar(fraction: Double, expected: String) {
  #expect(Bars.horizontal(fraction, width: 4) == expected)
  #expect(Bars.horizontal(fraction, width: 0) == "")
}

@Test func drawsColumns() {
  #expect(Bars.sparkline([0, 1, 2, 4, 8]) == " ▁▂▄█")
  #expect(Bars.columnChart([0, 1, 8, 16], rows: 2) == ["   █", " ▁██"])
  #expect(Bars.columnChart([0, 0], rows: 1) == ["  "])
  #expect(Bars.columnChart([], rows: 1) == [""])
}

@Test func resamplesWithoutLosingCounts() {
  #expect(Bars.resampled([1, 2, 3, 4], to: 2) == [3, 7])
  #expect(Bars.resampled([1, 2], to: 4) == [1, 1, 2, 2])
  #expect(Bars.resampled([], to: 4) == [])
  #expect(Bars.resampled(Array(repeating: 1, count: 7), to: 3).reduce(0, +) == 7)
}

@Test func showsASingleOccurrenceOnALogarithmicScale() {
  #expect(Bars.logarithmic([0, 1, 2, 1024]) == [0, 1, 2, 11])
}

@Test func drawsWhereTheZerosAre() {
  // The left half all zeros, the right half none.
  let halves: [UInt8] = [255, 0, 255, 0]
  #expect(Bars.dotMap(halves, rows: 2, columns: 2, width: 4, height: 1) == ["⣿⣿⠀⠀"])
  // Half of the zeros everywhere is half of the dots.
  let grey = Bars.dotMap([128], rows: 1, columns: 1, width: 2, height: 1)
  #expect(grey.joined().unicodeScalars.map { ($0.value & 0xFF).nonzeroBitCount }.reduce(0, +) == 8)
  #expect(Bars.dotMap([1, 2], rows: 1, columns: 1, width: 2, height: 1) == [])
  #expect(Bars.meanShares(halves, rows: 2, columns: 2, width: 2, height: 1) == [1, 0])
}

@Test func replacesWhatATerminalLacks() {
  #expect(limited("a…b │ █▌ ⣿⠀ 中", to: .ascii) == "a~b | #= #  ??")
  #expect(limited("▂▆ ⣿⠁ é", to: .console) == "▄█ █░ é")
  #expect(limited("⣿", to: .unicode) == "⣿")
}

/// A pattern of the weights must not come from rounding them to dots.
@Test(arguments: [
  (64, 60, 2, 32), (64, 100, 2, 96), (256, 60, 2, 32), (100, 60, 2, 50), (7, 10, 2, 7),
  (128, 24, 4, 16), (97, 10, 2, 10), (1, 1, 4, 1), (0, 5, 2, 5),
])
func dotsAreTheSameForAllCells(cells: Int, characters: Int, dots: Int, taken: Int) {
  #expect(Bars.wholeDots(cells, characters: characters, dots: dots) == taken)
}
