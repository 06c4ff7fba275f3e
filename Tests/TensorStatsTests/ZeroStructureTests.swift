import ModelFile
import TestSupport
import Testing

@testable import TensorStats

/// The structure of zeros, counted one by one.
private struct NaiveZeros {
  let rows: Int
  let columns: Int
  let isZero: [Bool]
  var kernel = 1

  /// The matrix with a row for each place of the kernel, and the channels as columns.
  var byChannel: NaiveZeros {
    let channels = columns / kernel
    return NaiveZeros(
      rows: rows * kernel, columns: channels,
      isZero: (0..<rows * columns).map { index in
        let (line, channel) = index.quotientAndRemainder(dividingBy: channels)
        return zero(line / kernel, channel * kernel + line % kernel)
      })
  }

  func zero(_ row: Int, _ column: Int) -> Bool { isZero[row * columns + column] }

  func zeros(inRow row: Int) -> Int { (0..<columns).count { zero(row, $0) } }

  func tiles(_ height: Int, _ width: Int) -> Int {
    (0..<rows / height).reduce(0) { sum, r in
      sum
        + (0..<columns / width).count { c in
          (0..<height * width).allSatisfy {
            zero(r * height + $0 / width, c * width + $0 % width)
          }
        }
    }
  }

  /// Zeros of each whole group along an axis; groups do not lead over a multiple of `span`.
  func groups(_ m: Int, _ axis: ZeroStructure.Axis, shift: Int, span: Int) -> [Int] {
    let (lines, length) = axis == .row ? (rows, columns) : (columns, rows)
    var counts: [Int] = []
    for line in 0..<lines {
      for start in stride(from: 0, to: length, by: span) {
        var place = start + shift
        while place + m <= min(length, start + span) {
          counts.append(
            (place..<place + m).count { axis == .row ? zero(line, $0) : zero($0, line) })
          place += m
        }
      }
    }
    return counts
  }
}

@Suite struct ZeroStructureTests {
  /// F32 zeros and ones; every other zero is −0.
  private func bytes(_ isZero: [Bool]) -> [UInt8] {
    isZero.indices.flatMap { index in
      isZero[index] ? [0, 0, 0, index % 2 == 0 ? 0x80 : 0] : [0, 0, 0x80, 0x3F] as [UInt8]
    }
  }

  private func compare(_ structure: ZeroStructure, _ naive: NaiveZeros, _ comment: Comment) {
    #expect(structure.rows == naive.rows && structure.columns == naive.columns, comment)
    let zerosByRow = (0..<naive.rows).map { naive.zeros(inRow: $0) }
    #expect(structure.zeroRows == zerosByRow.indices.filter { zerosByRow[$0] == naive.columns })
    #expect(structure.zeroRowCount == structure.zeroRows.count, comment)
    let zeroColumns = (0..<naive.columns).filter { column in
      (0..<naive.rows).allSatisfy { naive.zero($0, column) }
    }
    #expect(structure.zeroColumns == zeroColumns, comment)
    #expect(structure.zeroColumnCount == zeroColumns.count, comment)
    let mean = Double(zerosByRow.reduce(0, +)) / Double(naive.rows)
    #expect(abs(structure.zerosPerRow.mean - mean) < 1e-9, comment)
    let variance =
      zerosByRow.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(naive.rows)
    #expect(abs(structure.zerosPerRow.variance - variance) < 1e-6 * max(1, variance), comment)
    let density = (0..<10).map { bin in
      zerosByRow.count { min(9, 10 * $0 / naive.columns) == bin }
    }
    #expect(structure.rowDensity == density, comment)
    for tile in structure.tiles {
      #expect(tile.zeroTiles == naive.tiles(tile.rows, tile.columns), comment)
      #expect(tile.tiles == (naive.rows / tile.rows) * (naive.columns / tile.columns), comment)
    }
    for group in structure.groups {
      let isTurned = group.axis == .channel
      let matrix = isTurned ? naive.byChannel : naive
      let axis = isTurned ? .row : group.axis
      let length = axis == .row ? matrix.columns : matrix.rows
      let zeros = matrix.groups(group.m, axis, shift: 0, span: length)
      let wanted = group.m - group.n
      #expect(group.groups == zeros.count, comment)
      #expect(group.compliant == zeros.count { $0 >= wanted }, comment)
      #expect(group.exact == zeros.count { $0 == wanted }, comment)
      let shifted = matrix.groups(
        group.m, axis, shift: min(3, group.m / 2), span: axis == .row ? length : 64)
      #expect(group.shiftedGroups == shifted.count, "\(comment) \(group)")
      #expect(group.shiftedCompliant == shifted.count { $0 >= wanted }, comment)
    }
    let (rows, columns) = (structure.map.rows, structure.map.columns)
    guard !structure.groups.isEmpty else { return }
    #expect(rows == min(256, naive.rows) && columns == min(256, naive.columns), comment)
    var cells = Array(repeating: (zeros: 0, all: 0), count: rows * columns)
    for row in 0..<naive.rows {
      for column in 0..<naive.columns {
        let cell = row * rows / naive.rows * columns + column * columns / naive.columns
        cells[cell].all += 1
        if naive.zero(row, column) { cells[cell].zeros += 1 }
      }
    }
    for (cell, density) in zip(cells, structure.map.densities) {
      #expect((density == 0) == (cell.zeros == 0) && (density == 255) == (cell.zeros == cell.all))
      #expect(abs(Double(density) - 255 * Double(cell.zeros) / Double(cell.all)) <= 1.01)
    }
  }

  @Test func countsWhatCountingOneByOneFinds() throws {
    var random = SeededGenerator(state: 7)
    for (rows, columns) in [
      (1, 1), (3, 2), (5, 36), (64, 64), (65, 63), (37, 68), (130, 129), (100, 200), (2, 700),
      (700, 2), (129, 64),
    ] {
      var isZero = (0..<rows * columns).map { _ in Int.random(in: 0..<10, using: &random) < 6 }
      // A zero row, a zero column and a zero square.
      if rows > 4, columns > 4 {
        for column in 0..<columns { isZero[3 * columns + column] = true }
        for row in 0..<rows { isZero[row * columns + columns / 2] = true }
        for row in 32..<max(32, min(rows, 64)) {
          for column in 0..<min(32, columns) { isZero[row * columns + column] = true }
        }
      }
      let results = try ScanFixture([(.f32, [rows, columns], bytes(isZero))]).scan()
      let measurement = try #require(results.measured[0])
      let structure = try #require(measurement.structure)
      compare(
        structure, NaiveZeros(rows: rows, columns: columns, isZero: isZero), "\(rows) × \(columns)")
      #expect(measurement.zeroRows == structure.zeroRowCount)
      #expect(measurement.zeroColumns == structure.zeroColumnCount)
    }
  }

  @Test func countsGroupsAlongChannels() throws {
    var random = SeededGenerator(state: 9)
    for (rows, channels, kernel) in [
      (1, 2, 2), (3, 4, 9), (64, 64, 9), (65, 63, 3), (70, 130, 2), (5, 200, 25), (130, 16, 7),
      (4, 1, 9), (6, 65, 1),
    ] {
      let columns = channels * kernel
      let isZero = (0..<rows * columns).map { _ in Int.random(in: 0..<10, using: &random) < 6 }
      var fixture = try ScanFixture([(.f32, [rows, columns], bytes(isZero))])
      fixture.readings[0].kernel = kernel
      let structure = try #require(fixture.scan().measured[0]?.structure)
      #expect(structure.groups.contains { $0.axis == .channel } == (channels > 1 && kernel > 1))
      compare(
        structure, NaiveZeros(rows: rows, columns: columns, isZero: isZero, kernel: kernel),
        "\(rows) × \(channels) × \(kernel)")
    }
  }

  @Test func countsNoChannelsThatAKernelDoesNotMake() throws {
    let isZero = (0..<8 * 30).map { $0 % 3 == 0 }
    for kernel in [-1, 0, 4, 30, 60, Int.max] {
      var fixture = try ScanFixture([(.f32, [8, 30], bytes(isZero))])
      fixture.readings[0].kernel = kernel
      let structure = try #require(fixture.scan().measured[0]?.structure)
      #expect(!structure.groups.contains { $0.axis == .channel })
    }
  }

  @Test func knowsTwoOfFourFromChance() throws {
    var random = SeededGenerator(state: 2)
    let (rows, columns) = (64, 256)
    var pruned: [Bool] = []
    for _ in 0..<rows * columns / 4 {
      pruned += [true, true, false, false].shuffled(using: &random)
    }
    let free = (0..<rows * columns).map { _ in Bool.random(using: &random) }
    for (isZero, isPruned) in [(pruned, true), (free, false)] {
      let results = try ScanFixture([(.f32, [rows, columns], bytes(isZero))]).scan()
      let groups = try #require(results.measured[0]?.structure?.groups)
      let counts = try #require(groups.first { $0.n == 2 && $0.m == 4 && $0.axis == .row })
      let share = Double(counts.compliant) / Double(counts.groups)
      let shifted = Double(counts.shiftedCompliant) / Double(counts.shiftedGroups)
      #expect(isPruned ? share == 1 : abs(share - 0.6875) < 0.03)
      #expect(abs(Double(counts.exact) / Double(counts.groups) - (isPruned ? 1 : 0.375)) < 0.03)
      #expect(shifted < 0.85)
    }
  }

  @Test func putsThePiecesOfLargeMatricesTogether() throws {
    // Wider than a piece, and more rows than one.
    for (rows, columns) in [(3, 1_500_000), (70, 90_001), (300, 9000), (5000, 300)] {
      // A byte for each value keeps the test small.
      var values = Array(repeating: UInt8(1), count: rows * columns)
      var random = SeededGenerator(state: 4)
      var places = Set((0..<2000).map { _ in Int.random(in: 0..<values.count, using: &random) })
      places.formUnion(columns..<2 * columns)
      places.formUnion((0..<rows).map { $0 * columns + columns - 1 })
      for place in places { values[place] = 0 }
      let fixture = try ScanFixture([(.u8, [rows, columns], values)])
      let results = fixture.scan(workers: 2)
      let structure = try #require(results.measured[0]?.structure)
      #expect(structure.zeroRows == [1])
      #expect(structure.zeroColumns == [columns - 1])
      #expect(results.measured[0]?.zeros == places.count)
      #expect(Int((structure.zerosPerRow.mean * Double(rows)).rounded()) == places.count)
      #expect(structure.rowDensity.reduce(0, +) == rows && structure.rowDensity[9] == 1)
      #expect(fixture.scan(workers: 1).measured == results.measured)
    }
  }

  @Test func leavesOutWhatDenseMatricesDoNotHave() throws {
    let dense = Array(repeating: false, count: 64 * 64)
    let results = try ScanFixture([
      (.f32, [64, 64], bytes(dense)), (.f32, [4096], bytes(dense)),
      (.f32, [2, 32, 64], bytes(dense)),
    ]).scan()
    let structure = try #require(results.measured[0]?.structure)
    #expect(structure.groups.isEmpty && structure.tiles.isEmpty)
    #expect(structure.rowDensity[0] == 64)
    #expect(structure.map == ZeroMap(rows: 1, columns: 1, densities: [0]))
    #expect(results.measured[1]?.structure == nil)
    #expect(results.measured[2]?.structure?.rows == 64)
  }
}
