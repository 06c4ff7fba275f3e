import Foundation
import ModelFile
import TestSupport
import Testing

@testable import TensorStats

/// Matrices as quantizing and computing back leaves them; figures to compare with are those of
/// simulations with numpy.
private struct GridSimulation {
  var random = SeededGenerator(state: 41)
  let rows: Int
  let columns: Int

  init(rows: Int = 4, columns: Int = 512) {
    self.rows = rows
    self.columns = columns
  }

  mutating func normal() -> Float {
    // A sum of twelve has a variance of one.
    (0..<12).reduce(-6) { sum, _ in sum + Float(random.next() >> 40) / Float(1 << 24) }
  }

  mutating func matrix(scale: Float = 0.02) -> [[Float]] {
    (0..<rows).map { _ in (0..<columns).map { _ in normal() * scale } }
  }

  /// Groups of a row, each changed on its own.
  func grouped(_ matrix: [[Float]], _ group: Int, _ change: ([Float]) -> [Float]) -> [[Float]] {
    matrix.map { row in
      stride(from: 0, to: row.count, by: group).flatMap { change(Array(row[$0..<$0 + group])) }
    }
  }

  static func bf16(_ value: Float) -> Float {
    let bits = value.bitPattern
    return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
  }

  /// Symmetric integers with one scale for a group.
  static func symmetric(_ levels: Float) -> ([Float]) -> [Float] {
    { group in
      let step = group.reduce(0) { max($0, $1.magnitude) } / levels
      return group.map { ($0 / step).rounded() * step }
    }
  }
}

@Suite struct GridEvidenceTests {
  private func evidence(_ rows: [[Float]], _ storage: ElementType = .f32) -> GridEvidence {
    GridEvidence(SampleRows(rows: rows), storage: storage)
  }

  private func peak(_ evidence: GridEvidence, _ window: Int) -> GridEvidence.Lattice? {
    evidence.lattices.first { $0.window == window }
  }

  @Test func findsNothingInNormalValues() throws {
    var simulation = GridSimulation()
    let found = evidence(simulation.matrix().map { $0.map(GridSimulation.bf16) }, .bf16)
    #expect(found.sampleCount == 4 * 512)
    let at32 = try #require(peak(found, 32))
    #expect(abs(at32.medianPeak - 0.20) < 0.03)
    #expect(abs((peak(found, 16)?.medianPeak ?? 0) - 0.31) < 0.04)
    #expect(found.latticeGroup == nil)
    #expect(found.fewValues == nil)
    #expect(found.isStorageGrid == false)
    #expect((found.meanOverDeviation ?? 1) < 0.1)
    let at128 = try #require(found.distinctCurve.first { $0.window == 128 })
    #expect(abs(at128.mean - 121) < 4)
    #expect(found.codebooks.allSatisfy { $0.share < 0.3 })
    #expect(found.int8Residuals.allSatisfy { abs($0.residual - 0.289) < 0.02 })
  }

  @Test(arguments: [(7, 32), (7, 128), (127, 32)] as [(Int, Int)])
  func findsEqualStepsAndTheirGroups(levels: Int, group: Int) throws {
    var simulation = GridSimulation()
    let rows = simulation.grouped(
      simulation.matrix(), group, GridSimulation.symmetric(Float(levels)))
    let found = evidence(rows)
    let lattice = try #require(peak(found, 32))
    #expect(lattice.medianPeak > 0.95)
    #expect(lattice.frequency <= Double(2 * levels) + 1)
    #expect(lattice.frequency > Double(levels))
    #expect(found.latticeGroup == group)
    if levels == 7 {
      let most = try #require(found.distinctCurve.first { $0.window == 32 }?.most)
      #expect(most <= 15)
    } else {
      #expect((found.int8Residuals.first { $0.group == 32 }?.residual ?? 1) < 0.01)
    }
  }

  /// Two matrices of 4 bits make fine steps that both have in common, and use few of them.
  @Test func countsTheStepsThatSumsLeaveOut() throws {
    var simulation = GridSimulation(rows: 32)
    let (a, b) = (simulation.matrix(), simulation.matrix(scale: 0.015))
    let four = GridSimulation.symmetric(7)
    let sums = zip(simulation.grouped(a, 128, four), simulation.grouped(b, 128, four)).map {
      zip($0, $1).map { GridSimulation.bf16(($0 + $1) / 2) }
    }
    let bytes = simulation.grouped(a, 128, GridSimulation.symmetric(127)).map {
      $0.map(GridSimulation.bf16)
    }
    let sum = try #require(peak(evidence(sums, .bf16), 128))
    let byte = try #require(peak(evidence(bytes, .bf16), 128))
    #expect(sum.occupancy < 0.94)
    #expect(byte.occupancy > 0.97)
  }

  @Test func findsRowsOnOneGrid() throws {
    var simulation = GridSimulation(columns: 1024)
    let rows = simulation.grouped(simulation.matrix(), 1024, GridSimulation.symmetric(127))
    let found = evidence(rows)
    #expect((found.int8Residuals.first { $0.group == nil }?.share ?? 0) > 0.999)
    #expect((found.distinctInRows?.mean ?? 999) < 220)
    #expect(found.latticeGroup == 1024)
  }

  @Test func countsTheLevelsOfAllRowsOfOneStep() throws {
    var simulation = GridSimulation(rows: 8, columns: 1024)
    let step: Float = 0.001
    var rows = simulation.matrix().map { $0.map { ($0 / step).rounded() * step } }
    rows[3][5] = 90 * step
    rows[6][7] = -88 * step
    let levels = try #require(evidence(rows).groupLevels)
    #expect((175...181).contains(levels))
    // With a step for each row all use as many.
    let own = simulation.grouped(simulation.matrix(), 1024, GridSimulation.symmetric(7))
    #expect(evidence(own).groupLevels == 15)
  }

  @Test func countsTheEndsOfRows() throws {
    var simulation = GridSimulation()
    let rows = simulation.matrix(scale: 1)
    #expect(try #require(evidence(rows).extremeShare) < 0.01)
    let clipped = rows.map { $0.map { min(max($0, -0.5), 0.5) } }
    #expect(try #require(evidence(clipped).extremeShare) > 0.5)
  }

  // MARK: - Scales of columns

  /// A tile whose rows are codes of 4 bits, and whose columns are divided by scales of their own.
  private func tile(isQuantized: Bool, isTurned: Bool = false) -> [Float] {
    var simulation = GridSimulation(rows: 128, columns: 128)
    let scales = (0..<128).map { _ in exp2(Float(simulation.random.next() >> 40) * 0x1p-22 - 2) }
    var rows = simulation.matrix().map { row in zip(row, scales).map { $0.0 * $0.1 } }
    if isQuantized {
      rows = simulation.grouped(rows, 128, GridSimulation.symmetric(7))
    } else {
      // As many zeros, by magnitude.
      rows = rows.map { $0.map { $0.magnitude < 0.008 ? 0 : $0 } }
    }
    let values = rows.map { zip($0, scales).map { GridSimulation.bf16($0.0 / $0.1) } }
    let turned = (0..<128).map { column in values.map { $0[column] } }
    return Array((isTurned ? turned : values).joined())
  }

  @Test(arguments: [false, true])
  func findsCodesBehindScalesOfColumns(isTurned: Bool) throws {
    let tiles = [tile(isQuantized: true, isTurned: isTurned)]
    let found = try #require(GridEvidence.ColumnRatios(tiles, side: 128))
    #expect(found.share > 0.95)
  }

  @Test func findsNoCodesInPrunedColumns() throws {
    let found = try #require(GridEvidence.ColumnRatios([tile(isQuantized: false)], side: 128))
    #expect(found.share < 0.6)
    #expect(GridEvidence.ColumnRatios([], side: 128) == nil)
    #expect(GridEvidence.ColumnRatios([[Float](repeating: 0, count: 1 << 14)], side: 128) == nil)
  }

  @Test(arguments: [0.5, 0.7, 0.9], [true, false])
  func findsNoGridInWhatPruningLeaves(share: Double, byMagnitude: Bool) {
    var simulation = GridSimulation(rows: 20, columns: 512)
    let limits: [Double: Double] = [0.5: 0.674, 0.7: 1.036, 0.9: 1.645]
    let limit = limits[share] ?? 0
    let rows = simulation.matrix(scale: 1).map { row in
      row.map { value -> Float in
        let isKept =
          byMagnitude
          ? Double(value.magnitude) >= limit
          : Double(simulation.random.next() >> 40) / Double(1 << 24) >= share
        return isKept ? GridSimulation.bf16(value * 0.02) : 0
      }
    }
    let found = evidence(rows, .bf16)
    // What natural values of such a number reach, ln 600 ÷ n, and half as much again.
    for lattice in found.lattices where lattice.window >= 32 && lattice.windows >= 16 {
      #expect(lattice.medianPeak * Double(lattice.values) < 9.6)
    }
    #expect(found.latticeGroup == nil)
    for count in found.distinctCurve + [found.distinctInRows].compactMap({ $0 }) {
      #expect(count.mean > 0.85 * count.natural)
    }
    #expect(found.int8Residuals.allSatisfy { $0.residual > 0.2 })
    #expect(found.codebooks.allSatisfy { $0.share < 0.6 })
  }

  @Test func findsTheGridAmongPrunedWeightsAndCountsItsZeros() throws {
    var simulation = GridSimulation(rows: 16)
    let pruned = simulation.matrix().map { row in
      row.map { $0.magnitude < 0.0077 ? 0 : $0 }
    }
    let byte = evidence(simulation.grouped(pruned, 128, GridSimulation.symmetric(127)))
    let residual = try #require(byte.int8Residuals.first { $0.group == 128 })
    #expect(residual.residual < 0.01)
    // Three in ten are zero, and none is one step from it.
    #expect(residual.nearZero.zeroRatio > 100)
    let dense = evidence(
      simulation.grouped(simulation.matrix(), 32, GridSimulation.symmetric(7)))
    let lattice = try #require(peak(dense, 32))
    #expect(lattice.nearZero.zeroRatio > 0.8 && lattice.nearZero.zeroRatio < 1.5)
    let both = evidence(simulation.grouped(pruned, 32, GridSimulation.symmetric(7)))
    let found = try #require(peak(both, 32))
    #expect(found.medianPeak > 0.95)
    #expect(found.nearZero.zeroRatio > 4)
    #expect(found.nearZero.nextRatio < 1)
  }

  @Test func fitsCodebooks() throws {
    var simulation = GridSimulation()
    for (codebook, group) in [(GridEvidence.Codebook.nf4, 64), (.e2m1, 32)] {
      let entries = codebook.entries.map { Float($0) }
      let rows = simulation.grouped(simulation.matrix(), group) { values in
        let top = values.reduce(0) { max($0, $1.magnitude) }
        let scale = top / Float(codebook.largest[0])
        return values.map { value in
          let nearest = entries.min { abs($0 * scale - value) < abs($1 * scale - value) } ?? 0
          return GridSimulation.bf16(nearest * scale)
        }
      }
      let found = evidence(rows, .bf16)
      let fit = try #require(
        found.codebooks.first { $0.codebook == codebook && $0.group == group })
      #expect(fit.share > 0.99)
    }
  }

  @Test func fitsTilesOfFP8() throws {
    var simulation = GridSimulation()
    let numbers = (ElementType.f8e4m3.valueTable ?? []).filter(\.isFinite).sorted()
    let tile = (0..<128 * 128).map { _ in simulation.normal() * 0.02 }
    let scale = tile.reduce(0) { max($0, $1.magnitude) } / 448
    let rounded = tile.map { value -> Float in
      let place = numbers.firstIndex { $0 >= value / scale } ?? numbers.count - 1
      return GridSimulation.bf16(numbers[place] * scale)
    }
    let natural = tile.map(GridSimulation.bf16)
    let row = [Array(tile[..<1024])]
    let found = GridEvidence(SampleRows(rows: row, tiles: [rounded]), storage: .bf16)
    #expect((found.fp8Tiles?.mostDistinct ?? 999) <= 253)
    #expect((found.fp8Tiles?.share ?? 0) > 0.99)
    let other = GridEvidence(SampleRows(rows: row, tiles: [natural]), storage: .bf16)
    #expect((other.fp8Tiles?.mostDistinct ?? 0) > 1500)
    #expect((other.fp8Tiles?.share ?? 1) < 0.3)
  }

  @Test func knowsTwoAndThreeValues() {
    var simulation = GridSimulation()
    let signs = (0..<8).map { _ in
      (0..<64).map { _ in Float(Int(simulation.random.next() % 3) - 1) }
    }
    let ternary = evidence(signs.map { $0.map { $0 * 0.7 } })
    #expect(ternary.fewValues?.scope == .tensor)
    #expect(ternary.fewValues?.distinct == 3)
    #expect(ternary.fewValues?.isSymmetric == true)
    let binaryRows = signs.enumerated().map { row, values in
      values.map { ($0 < 0 ? -1 : 1) * Float(row + 1) }
    }
    let binary = evidence(binaryRows)
    #expect(binary.fewValues?.scope == .row)
    #expect(binary.fewValues?.distinct == 2)
    #expect(binary.fewValues?.zeroShare == 0)
  }

  @Test func tabulatesTheFewValuesOfATensor() throws {
    var simulation = GridSimulation()
    let natural = simulation.matrix().map { $0.map(GridSimulation.bf16) }
    #expect(evidence(natural, .bf16).table == nil)
    // One step for all, as stored in BF16.
    let step: Float = 0.09 / 127
    let even = natural.map { $0.map { GridSimulation.bf16(($0 / step).rounded() * step) } }
    let table = try #require(evidence(even, .bf16).table)
    let codes = Set(even.joined().map { Int(($0 / step).rounded()) })
    #expect(table.distinct == codes.count)
    #expect(table.levels == (codes.max() ?? 0) - (codes.min() ?? 0) + 1)
    #expect(table.nearZero.zeros == even.joined().count { $0 == 0 })
    #expect(table.natural > 2 * Double(table.distinct))
    // Uneven entries count by their order.
    let entries: [Float] = [-0.0717, -0.0302, -0.0111, 0, 0.0134, 0.0319, 0.0828]
    let uneven = natural.map { row in
      row.map { value in entries.min { abs($0 - value) < abs($1 - value) } ?? 0 }
    }
    let shared = try #require(evidence(uneven, .bf16).table)
    #expect(shared.distinct == 7)
    #expect(shared.levels == nil)
    #expect(shared.nearZero.ones == uneven.joined().count { $0 == -0.0111 })
    #expect(shared.nearZero.twos == uneven.joined().count { $0 == 0.0134 })
  }

  @Test func countsStepsThatAreFewerThanTheFirstFrequency() throws {
    // Codes of −2 to 2: two steps from zero to the largest magnitude.
    var simulation = GridSimulation()
    let rows = simulation.grouped(simulation.matrix(), 64, GridSimulation.symmetric(2))
    let found = try #require(peak(evidence(rows), 32))
    let all = rows.joined()
    let ones = Double(all.count { $0 != 0 }) / Double(all.count)
    #expect(found.nearZero.ones > 2 * found.nearZero.twos)
    #expect(Double(found.nearZero.ones + found.nearZero.twos) > 0.5 * ones * 32 * 64)
  }

  @Test func sparesNormWeights() {
    var simulation = GridSimulation()
    let rows = simulation.matrix(scale: 0.05).map { row in row.map { GridSimulation.bf16(1 + $0) } }
    let found = evidence(rows, .bf16)
    // The float's own grid is uniform there.
    #expect((peak(found, 32)?.medianPeak ?? 0) > 0.9)
    #expect(found.isStorageGrid == true)
    #expect((found.meanOverDeviation ?? 0) > 10)
  }

  @Test func readsRowsAndTilesOfATensor() throws {
    let (rows, columns) = (300, 256)
    let values = (0..<rows * columns).map { Float($0) }
    let fixture = try ScanFixture([
      (.f32, [rows, columns], values.flatMap { littleEndian($0.bitPattern) }),
      (.q8_0, [4, 64], (0..<8).flatMap { _ in [0x00, 0x3C] + Array(0..<32) }),
    ])
    let sample = try #require(SampleRows(fixture.readings[0], of: fixture.model, seed: 1))
    #expect(sample.rows.count == 32)
    #expect(sample.areWholeRows)
    for row in sample.rows {
      #expect(row[0].truncatingRemainder(dividingBy: 256) == 0)
      #expect(row == (0..<256).map { row[0] + Float($0) })
    }
    #expect(sample.tiles.count == 2)
    #expect(sample.tiles.allSatisfy { $0.count == 128 * 128 && $0[128] == $0[0] + 256 })
    #expect(SampleRows(fixture.readings[0], of: fixture.model, seed: 1) == sample)
    let blocks = try #require(SampleRows(fixture.readings[1], of: fixture.model))
    #expect(blocks.rows.count == 4)
    #expect(blocks.rows[0][33] == 1)
  }

  @Test func expectsTheValuesOfANarrowerTypeWhereverTheyAreStored() throws {
    var simulation = GridSimulation(rows: 2, columns: 4096)
    let rows = simulation.matrix().map { $0.map(GridSimulation.bf16) }
    let wide = try #require(evidence(rows, .f32).distinctInRows)
    #expect(wide == evidence(rows, .bf16).distinctInRows)
    #expect(wide.mean > 0.9 * wide.natural)
  }

  @Test func takesNoClippedWeightsForAGrid() throws {
    var simulation = GridSimulation()
    let rows = simulation.matrix().map { $0.map { min(max($0, -0.01), 0.01) } }
    let found = evidence(rows)
    #expect(try #require(peak(found, 32)).medianPeak < 0.6)
    #expect(found.int8Residuals.allSatisfy { $0.residual > 0.25 })
  }

  @Test func knowsThreeValuesOfTwoScales() {
    var simulation = GridSimulation()
    let rows = (0..<8).map { _ in
      (0..<64).map { _ in [-0.3, 0, 0.5][Int(simulation.random.next() % 3)] as Float }
    }
    #expect(evidence(rows).fewValues?.isSymmetric == false)
    #expect(evidence(rows).fewValues?.hasBothSigns == true)
  }

  @Test func findsGridsAlongColumns() throws {
    var simulation = GridSimulation(rows: 64, columns: 256)
    let rows = simulation.grouped(
      simulation.matrix(), 64, GridSimulation.symmetric(7))
    // One matrix below the other, each the transpose.
    let turned = (0..<256).flatMap { column in rows.map { $0[column] } }
    let fixture = try ScanFixture([
      (.f32, [512, 64], (turned + turned).flatMap { littleEndian($0.bitPattern) })
    ])
    let reading = fixture.readings[0]
    let columns = try #require(SampleRows(reading, of: fixture.model, columnsOf: 256))
    #expect(columns.rows.count == 32)
    #expect(columns.rows.allSatisfy(rows.contains))
    let found = try #require(
      GridEvidence(reading, of: fixture.model, matrixHeight: 256, areInputsRows: false))
    #expect(try #require(peak(found, 32)).medianPeak > 0.99)
    #expect(found.latticeGroup == 64)
  }

  @Test func survivesOddSamples() {
    #expect(GridEvidence(SampleRows(), storage: .f32) == GridEvidence())
    for row in [[], [1], [.nan, 1], [0, 0, 0], Array(repeating: 5, count: 40)] as [[Float]] {
      let found = evidence([row])
      #expect(found.lattices.isEmpty)
    }
  }
}
