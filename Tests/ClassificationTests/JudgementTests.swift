import ModelFile

import Testing

@testable import Classification
@testable import TensorStats

/// Judgements that rest on numbers alone: counts of codes, near zeros, grids.
@Suite struct JudgementTests {
  /// Zeros of one matrix of a storage type, judged.
  private func origin(_ type: ElementType, _ edit: (inout Measurement) -> Void) -> ZeroOrigin? {
    let shape: [UInt64] = [64, 256]
    let tensor = Tensor(
      name: "model.layers.0.mlp.up_proj.weight", type: type, shape: shape, elementCount: 16384,
      part: 0, offset: 0, byteCount: type.byteCount(shape: shape) ?? 0, isReadable: true)
    let model = Model(path: "model", format: .gguf, tensors: [tensor])
    var measurement = Measurement()
    measurement.count = 16384
    measurement.standardDeviation = 0.02
    edit(&measurement)
    let observed = Observation(model, Plan(model: model), [0: measurement], [:], .exact)
    return ZeroOrigin(0, observed)
  }

  @Test func countsPrunedCodesOfEightBits() throws {
    // Twenty in a hundred are zero while their neighbours are as rare as usual.
    let pruned = try #require(
      origin(.i8) {
        $0.zeros = 3277
        var codes = [Int](repeating: 50, count: 256)
        codes[0] = 3277
        $0.codes = codes
      })
    #expect(pruned.excess > 0.19 && pruned.excess < 0.2)
    let dense = try #require(
      origin(.i8) {
        $0.zeros = 164
        $0.codes = [Int](repeating: 64, count: 256)
      })
    #expect(dense.excess == 0)
  }

  @Test(arguments: [(0.44, true), (0.05, false)])
  func findsPruningOfOffsetBlocksNearZero(_ near: Double, _ isPruned: Bool) throws {
    let found = try #require(origin(.q5K) { $0.nearZeros = Int(near * 16384) })
    #expect((found.excess > 0) == isPruned)
  }

  @Test func explainsZerosOfACastByItsRange() throws {
    // E4M3 rounds below 2⁻¹⁰ to zero: 4 % of weights with σ = 0.02.
    #expect(try #require(origin(.f8e4m3) { $0.zeros = 655 }).excess == 0)
    #expect(try #require(origin(.f8e4m3) { $0.zeros = 8192 }).excess > 0.4)
  }

  @Test func abstainsWithThreeBits() throws {
    let found = try #require(origin(.q3K) { $0.zeros = 9000 })
    #expect(found.excess == 0)
  }

  @Test(arguments: [(0.5, 2, 4, 0.6875), (0.75, 1, 4, 0.738), (0.5, 4, 8, 0.637)])
  func knowsChance(_ share: Double, _ n: Int, _ m: Int, _ expected: Double) {
    #expect(abs(GroupPattern.chance(n: n, m: m, zeroShare: share) - expected) < 0.001)
  }

  // MARK: - Grids

  /// Evidence as even grids of so many levels give it.
  private func lattice(peak: Double, frequency: Double, most: Int = 32, group: Int? = 32)
    -> GridEvidence
  {
    var grid = GridEvidence()
    grid.lattices = [
      GridEvidence.Lattice(window: 32, windows: 200, medianPeak: peak, frequency: frequency)
    ]
    grid.distinctCurve = [
      GridEvidence.DistinctCount(
        window: 32, windows: 200, mean: Double(most) * 0.95, median: most, most: most)
    ]
    grid.latticeGroup = group
    grid.meanOverDeviation = 0.01
    grid.isStorageGrid = false
    return grid
  }

  @Test(arguments: [
    (peak: 1.0, frequency: 14.0, most: 16, bits: 4), (peak: 0.99, frequency: 31, most: 24, bits: 5),
    (peak: 0.99, frequency: 227, most: 32, bits: 8),
    (peak: 0.76, frequency: 227, most: 31, bits: 8),
    (peak: 0.99, frequency: 216, most: 16, bits: 4),
  ])
  func countsLevelsOfEvenGrids(_ peak: Double, _ frequency: Double, _ most: Int, _ bits: Int) {
    let found = GridVerdict(lattice(peak: peak, frequency: frequency, most: most), stored: .bf16)
    #expect(found?.kind == .uniform)
    #expect(found?.bits == bits)
    #expect(found?.groupSize == 32)
  }

  @Test func findsNoGridInNaturalWeights() {
    #expect(GridVerdict(lattice(peak: 0.2, frequency: 40), stored: .bf16) == nil)
  }

  @Test func doesNotTakeTheGridOfFloatsForOne() {
    var norms = lattice(peak: 1, frequency: 25, most: 20)
    norms.isStorageGrid = true
    #expect(GridVerdict(norms, stored: .bf16) == nil)
    norms.isStorageGrid = false
    norms.meanOverDeviation = 20
    #expect(GridVerdict(norms, stored: .bf16) == nil)
  }

  @Test func knowsCodebooksAndTiles() {
    var table = lattice(peak: 0.5, frequency: 100, most: 14)
    table.codebooks = [
      GridEvidence.CodebookFit(codebook: .nf4, group: 64, groups: 100, share: 0.999)
    ]
    #expect(GridVerdict(table, stored: .bf16)?.kind == .codebook)
    var tiles = lattice(peak: 0.7, frequency: 200)
    tiles.fp8Tiles = GridEvidence.FP8Tiles(
      tiles: 4, medianDistinct: 186, mostDistinct: 200, share: 1)
    #expect(GridVerdict(tiles, stored: .bf16)?.kind == .fp8Tile)
  }

  @Test func knowsTernaryWeights() {
    var grid = GridEvidence()
    grid.fewValues = GridEvidence.FewValues(
      scope: .tensor, distinct: 3, isSymmetric: true, zeroShare: 0.4)
    #expect(GridVerdict(grid, stored: .bf16)?.kind == .ternary)
  }

  @Test func seesPermutedGroupsInWholeRows() {
    var grid = lattice(peak: 0.2, frequency: 40, group: nil)
    grid.distinctInRows = GridEvidence.DistinctCount(
      window: 2048, windows: 50, mean: 200, median: 200, most: 206)
    let found = GridVerdict(grid, stored: .bf16)
    #expect(found?.kind == .uniform)
    #expect(found?.bits == 4)
    #expect(found?.groupSize == nil)
  }
}
