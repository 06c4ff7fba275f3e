import ModelFile

import Testing

@testable import Classification
@testable import TensorStats

/// Judgements that rest on numbers alone: counts of codes, near zeros, grids.
@Suite struct JudgementTests {
  /// A matrix of a feed-forward layer, without a file behind it.
  private func matrix(
    _ type: ElementType, _ shape: [UInt64], named name: String = "up_proj"
  ) -> Tensor {
    Tensor(
      name: "model.layers.0.mlp.\(name).weight", type: type, shape: shape,
      elementCount: Int(shape.reduce(1, *)), part: 0, offset: 0,
      byteCount: type.byteCount(shape: shape) ?? 0, isReadable: true)
  }

  /// Zeros of one matrix of a storage type, judged.
  private func origin(_ type: ElementType, _ edit: (inout Measurement) -> Void) -> ZeroOrigin? {
    let model = Model(path: "model", format: .gguf, tensors: [matrix(type, [64, 256])])
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

  @Test(arguments: [(0.36, true), (0.07, false)])
  func namesNearZerosThatMayBePruned(_ near: Double, _ isNamed: Bool) throws {
    let model = Model(path: "model", format: .gguf, tensors: [matrix(.q4K, [64, 256])])
    var measurement = Measurement()
    measurement.count = 16384
    measurement.standardDeviation = 0.02
    measurement.nearZeros = Int(near * 16384)
    let verdict = classify(
      model, plan: Plan(model: model), measurements: [0: measurement], mode: .exact)
    #expect(verdict.labels == [.quantized])
    #expect(!verdict.sparsity.measurable)
    #expect(verdict.evidence.contains { $0.statement.contains("may have been pruned") } == isNamed)
  }

  @Test func takesZerosOfWholeRowsForThoseOfHeavyTails() throws {
    let evidence = lattice(peak: 0.99, frequency: 14, most: 12, group: 4096)
    let grid = try #require(GridVerdict(evidence))
    #expect(grid.groupSize == 4096)
    let model = Model(path: "model", format: .safetensors, tensors: [matrix(.f32, [64, 4096])])
    var measurement = Measurement()
    measurement.count = 262144
    measurement.zeros = 150_000
    measurement.standardDeviation = 0.02
    var steep = evidence
    steep.lattices[0].nearZero = CodesNearZero(zeros: 570, ones: 260, twos: 60)
    let verdict = classify(
      model, plan: Plan(model: model), measurements: [0: measurement], grids: [0: steep],
      mode: .exact)
    #expect(verdict.label == .fp32)
  }

  @Test func abstainsWithThreeBits() throws {
    let found = try #require(origin(.q3K) { $0.zeros = 9000 })
    #expect(found.excess == 0)
  }

  @Test(arguments: [(0.5, 2, 4, 0.6875), (0.75, 1, 4, 0.738), (0.5, 4, 8, 0.637)])
  func knowsChance(_ share: Double, _ n: Int, _ m: Int, _ expected: Double) {
    #expect(abs(GroupPattern.chance(n: n, m: m, zeroShare: share) - expected) < 0.001)
  }

  @Test(
    arguments: [
      // As many zeros as a grid of 8 bits has, and a tenth, a fifth and half of the weights pruned.
      (0.0074, 2.0, 8, false), (0.107, 2.0, 8, true), (0.2, 0.0, 8, true), (0.5, 0.0, 8, true),
      // Heavy tails in rows of 8 bits, dense and pruned.
      (0.35, 2.0, 8, false),
    ] as [(Double, Double, Int, Bool)])
  func judgesBlocksOfEightBitsByTheCodesBesideZero(
    _ share: Double, _ sides: Double, _ bits: Int, _ isPruned: Bool
  ) throws {
    let found = try #require(
      origin(.q8_0) {
        $0.zeros = Int(share * 16384)
        let ones = share > 0.3 && sides > 0 ? 0.29 : 0.0074 * sides
        $0.blockCodes = BlockCodes(blocks: 64, median: 30, most: 32)
        $0.codesNearZero = CodesNearZero(
          zeros: Int(share * 2048), ones: Int(ones * 2048), twos: Int(ones * 2048))
      })
    #expect((found.excess > 0) == isPruned)
    if isPruned { #expect(found.excess > share - 0.02) }
  }

  /// Codes beside zero are missing after pruning and where there were fewer bits before, which leaves
  /// out others as well.
  @Test(
    arguments: [
      (.q6K, 0.10, 0.99, true), (.q6K, 0.15, 0.98, true), (.q6K, 0.16, 0.74, false),
      (.q8_0, 0.08, 0.99, true), (.q8_0, 0.09, 0.78, false), (.q8_0, 0.054, 0.93, false),
      (.q5_0, 0.15, 0.98, true), (.q5_0, 0.5, 0.93, true), (.q5_0, 0.3, 0.67, false),
    ] as [(ElementType, Double, Double, Bool)])
  func tellsPruningFromFewerBitsByTheCodesInUse(
    _ type: ElementType, _ share: Double, _ use: Double, _ isPruned: Bool
  ) throws {
    let found = try #require(
      origin(type) {
        $0.zeros = Int(share * 16384)
        $0.codesNearZero = CodesNearZero(zeros: Int(share * 2048), ones: 4, twos: 20)
        $0.codeUse = use
      })
    #expect((found.excess > 0) == isPruned)
  }

  @Test(arguments: [(15, 0.26), (16, 0.32), (3, 0.37), (7, 0.59)])
  func judgesWeightsThatHadFewerBitsByThose(_ codes: Int, _ share: Double) throws {
    let block = try #require(
      origin(.q8_0) {
        $0.zeros = Int(share * 16384)
        $0.blockCodes = BlockCodes(blocks: 64, median: codes, most: codes)
        $0.codesNearZero = CodesNearZero(zeros: Int(share * 2048), ones: 0, twos: 0)
      })
    #expect(block.excess == 0)
    // The same in bytes with a scale for each row: codes lie 127 ÷ 7 apart.
    let byte = try #require(
      origin(.i8) {
        $0.zeros = Int(share * 16384)
        var counts = [Int](repeating: 0, count: 256)
        counts[0] = Int(share * 16384)
        var rest = (1 - share) / 2 * 16384
        for place in 1...(codes / 2) {
          let step = Int((Double(place) * 127 / Double(codes / 2)).rounded())
          // Each code is used half as often as the one before.
          counts[step] = Int(place == codes / 2 ? rest : rest / 2)
          rest -= Double(counts[step])
          counts[256 - step] = counts[step]
        }
        $0.codes = counts
      })
    #expect(byte.excess == 0)
  }

  @Test func countsThePrunedCodesOfAByteAboveTheGap() throws {
    // The smaller half is gone: the codes beside zero are empty, the next are as frequent as ever.
    let found = try #require(
      origin(.i8) {
        $0.zeros = 8192
        $0.codes = (0..<256).map { code in
          let distance = min(code, 256 - code)
          return code == 0 ? 8192 : distance < 16 ? 0 : 37
        }
      })
    #expect(found.excess > 0.49)
  }

  // MARK: - Grids

  /// Evidence as even grids of so many levels give it.
  private func lattice(
    peak: Double, frequency: Double, most: Int = 32, group: Int? = 32, values: Int = 32
  ) -> GridEvidence {
    var grid = GridEvidence()
    grid.lattices = [
      GridEvidence.Lattice(
        window: 32, windows: 200, values: values, medianPeak: peak, frequency: frequency,
        nearZero: CodesNearZero(zeros: 100, ones: 200, twos: 200))
    ]
    grid.distinctCurve = [
      GridEvidence.DistinctCount(
        window: 32, windows: 200, mean: Double(most) * 0.95, median: most, most: most, values: 32,
        natural: 31.5)
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
  ])
  func countsLevelsOfEvenGrids(_ peak: Double, _ frequency: Double, _ most: Int, _ bits: Int) {
    let found = GridVerdict(lattice(peak: peak, frequency: frequency, most: most))
    #expect(found?.kind == .uniform)
    #expect(found?.bits == bits)
    #expect(found?.groupSize == 32)
    #expect(found?.isSum == false)
  }

  /// Fine steps of which some are left out, or more than 8 bits have, are no codes.
  @Test(arguments: [
    (0.93, 0.86, 227.0, true), (0.76, 0.98, 281, true), (0.76, 0.98, 255, false),
    (0.99, 0.86, 30, false),
  ])
  func takesSumsOfCoarseGridsForNoFineOne(
    _ peak: Double, _ occupancy: Double, _ frequency: Double, _ isSum: Bool
  ) throws {
    var grid = lattice(peak: peak, frequency: frequency, most: 28)
    grid.lattices[0].occupancy = occupancy
    let found = try #require(GridVerdict(grid))
    #expect(found.isSum == isSum)
    let model = Model(path: "model", format: .safetensors, tensors: [matrix(.bf16, [64, 4096])])
    var measurement = Measurement()
    measurement.count = 262144
    measurement.zeros = 24000
    measurement.standardDeviation = 0.02
    let verdict = classify(
      model, plan: Plan(model: model), measurements: [0: measurement], grids: [0: grid],
      mode: .exact)
    #expect(verdict.label == .bf16)
    #expect((verdict.precision.grid == nil) == isSum)
    #expect(verdict.evidence.contains { $0.statement.contains("averages") } == isSum)
  }

  /// Half steps of which hardly any is odd are those of an average.
  @Test(arguments: [(0.26, true), (0.52, false)])
  func takesHalfStepsForAnAverage(_ oddShare: Double, _ isSum: Bool) {
    var grid = lattice(peak: 0.99, frequency: 28, most: 24)
    grid.lattices[0].oddShare = oddShare
    #expect(GridVerdict(grid)?.isSum == isSum)
    // Four bits are few codes anyway.
    var coarse = lattice(peak: 0.99, frequency: 14, most: 14)
    coarse.lattices[0].oddShare = oddShare
    #expect(GridVerdict(coarse)?.isSum == false)
  }

  /// Short windows that were chosen for their values other than zero have too few zeros.
  @Test func countsTheZerosOfWindowsAsLongAsGroups() throws {
    var grid = lattice(peak: 0.99, frequency: 14, most: 15, group: 128)
    let long = CodesNearZero(zeros: 4284, ones: 1492, twos: 1376)
    grid.lattices.append(
      GridEvidence.Lattice(
        window: 128, windows: 64, values: 62, medianPeak: 0.99, frequency: 14, nearZero: long))
    #expect(GridVerdict(grid)?.nearZero == long)
    grid.latticeGroup = 32
    #expect(GridVerdict(grid)?.nearZero == grid.lattices[0].nearZero)
  }

  /// Steps around a zero point of their own make no zeros, but half of the weights nearly zero.
  @Test(arguments: [(0.48, 4, true), (0.36, 4, false), (0.28, 5, true), (0.07, 5, false)])
  func judgesDequantizedOffsetsByWhatIsNearZero(
    _ near: Double, _ bits: Int, _ isPruned: Bool
  ) {
    let model = Model(path: "model", format: .safetensors, tensors: [matrix(.bf16, [64, 4096])])
    var measurement = Measurement()
    measurement.count = 262144
    measurement.zeros = 600
    measurement.nearZeros = Int(near * 262144)
    measurement.standardDeviation = 0.02
    let grid = lattice(
      peak: 0.99, frequency: bits == 4 ? 14 : 30, most: bits == 4 ? 15 : 26)
    let verdict = classify(
      model, plan: Plan(model: model), measurements: [0: measurement], grids: [0: grid],
      mode: .exact)
    #expect(verdict.precision.grid?.bits == bits)
    #expect(verdict.labels.contains(.pruned) == isPruned)
  }

  @Test func takesFewIntegersOnFineStepsForATable() {
    // IQ4: 16 integers between −127 and 113.
    let found = GridVerdict(lattice(peak: 0.99, frequency: 216, most: 16))
    #expect(found?.kind == .codebook)
    #expect(found?.bits == 4)
    #expect(found?.groupSize == 32)
  }

  @Test(arguments: [(208.0, 3, 16), (12.0, 4, 32)])
  func findsGroupsOf16BehindTheStepsThatTwoShare(
    _ frequency: Double, _ bits: Int, _ group: Int
  ) {
    // Q3_K: the scales of its groups are multiples of one number.
    var grid = lattice(peak: 0.99, frequency: frequency)
    grid.lattices.insert(
      GridEvidence.Lattice(
        window: 16, windows: 200, values: 12, medianPeak: 0.999, frequency: 7,
        nearZero: CodesNearZero(zeros: 700, ones: 1660, twos: 910)), at: 0)
    grid.distinctCurve.insert(
      GridEvidence.DistinctCount(
        window: 16, windows: 200, mean: 6.4, median: 7, most: 8, values: 12.6, natural: 12.5), at: 0
    )
    #expect(GridVerdict(grid)?.bits == bits)
    #expect(GridVerdict(grid)?.groupSize == group)
  }

  @Test(arguments: [(30, 4), (120, 8)])
  func countsTheValuesOfRowsWhoseGroupsAreMixed(_ most: Int, _ bits: Int) {
    // Two groups of 128 whose columns act-order has mixed lie on fine steps together.
    var grid = lattice(peak: 0.99, frequency: bits == 4 ? 270 : 250, group: 256)
    grid.groupLevels = bits == 4 ? 271 : 251
    grid.distinctInRows = GridEvidence.DistinctCount(
      window: 256, windows: 32, mean: Double(most) * 0.85, median: most, most: most, values: 196,
      natural: 193)
    #expect(GridVerdict(grid)?.bits == bits)
    #expect(GridVerdict(grid)?.nearZero == (bits == 4 ? nil : grid.lattices[0].nearZero))
  }

  @Test func takesConstantsForNoGrid() {
    var grid = GridEvidence()
    grid.fewValues = GridEvidence.FewValues(
      scope: .tensor, distinct: 1, isSymmetric: false, hasBothSigns: false, zeroShare: 0)
    grid.distinctInRows = GridEvidence.DistinctCount(
      window: 256, windows: 32, mean: 1, median: 1, most: 1, values: 256, natural: 256)
    #expect(GridVerdict(grid) == nil)
  }

  @Test(arguments: [(8.0, Verdict.Grid.Kind.ternary), (4.0, nil)])
  func knowsThreeValuesOfRowsThatAreMostlyZero(
    _ natural: Double, _ kind: Verdict.Grid.Kind?
  ) {
    var grid = GridEvidence()
    // Some rows have one value besides zero.
    grid.fewValues = GridEvidence.FewValues(
      scope: .row, distinct: 3, isSymmetric: false, hasBothSigns: false, zeroShare: 0.97)
    grid.distinctInRows = GridEvidence.DistinctCount(
      window: 256, windows: 32, mean: 2.8, median: 3, most: 3, values: natural, natural: natural)
    #expect(GridVerdict(grid)?.kind == kind)
  }

  @Test func knowsTheFewValuesOfAWholeTensor() {
    var grid = GridEvidence()
    grid.table = GridEvidence.ValueTable(distinct: 200, natural: 1900, levels: 255)
    #expect(GridVerdict(grid)?.kind == .uniform)
    #expect(GridVerdict(grid)?.bits == 8)
    grid.table?.levels = nil
    grid.distinctInRows = GridEvidence.DistinctCount(
      window: 512, windows: 32, mean: 150, median: 150, most: 160, values: 512, natural: 400)
    #expect(GridVerdict(grid)?.kind == .codebook)
    #expect(GridVerdict(grid)?.entries == 200)
    // As many as natural values have.
    grid.table?.natural = 300
    grid.distinctInRows?.mean = 390
    #expect(GridVerdict(grid) == nil)
    // Rows with tables of their own have fewer values than all together.
    grid.table?.natural = 1900
    grid.distinctInRows?.most = 8
    #expect(GridVerdict(grid)?.entries == 8)
  }

  @Test(arguments: [
    ([14.0, nil], "FP32 storage, 50 % of the weights on grids of 4 bits (looks dequantized)"),
    ([14.0, 31.0], "FP32 storage, on a 5-bit grid (looks dequantized)"),
    ([nil, nil], "FP32"),
  ])
  func tellsOfAPartThatLiesOnGrids(_ frequencies: [Double?], _ headline: String) {
    let tensors = ["up_proj", "gate_proj"].map { matrix(.f32, [64, 4096], named: $0) }
    let model = Model(path: "model", format: .safetensors, tensors: tensors)
    var measurement = Measurement()
    measurement.count = 262144
    measurement.standardDeviation = 0.02
    var grids: [Int: GridEvidence] = [:]
    for (index, frequency) in frequencies.enumerated() {
      grids[index] = frequency.map { lattice(peak: 0.99, frequency: $0) } ?? GridEvidence()
    }
    let verdict = classify(
      model, plan: Plan(model: model), measurements: [0: measurement, 1: measurement],
      grids: grids, mode: .exact)
    #expect(verdict.headline == headline)
  }

  /// One layer of many that was quantized shows by its zeros and is sampled besides, but stands for
  /// itself only.
  @Test func samplesMatricesWithUnusualZeros() throws {
    let tensors = (0..<12).map { layer in
      var tensor = matrix(.bf16, [64, 4096])
      tensor.name = "model.layers.\(layer).mlp.up_proj.weight"
      return tensor
    }
    let model = Model(path: "model", format: .safetensors, tensors: tensors)
    let plan = Plan(model: model)
    var shares = Dictionary(uniqueKeysWithValues: (0..<12).map { ($0, 0.0) })
    #expect(plan.gridTensors(zeroShares: shares) == [0, 6, 11])
    shares[3] = 0.15
    #expect(plan.gridTensors(zeroShares: shares) == [0, 3, 6, 11])
    // Those alike need no second sample, and zeros only have no grid.
    shares[4] = 0.16
    shares[5] = 1
    #expect(plan.gridTensors(zeroShares: shares).count == 4)
    #expect(plan.gridTensors(zeroShares: [:]) == [0, 6, 11])

    var measurements = Measurements()
    for index in 0..<12 {
      var measurement = Measurement()
      measurement.count = 262144
      measurement.zeros = index == 3 || index == 4 ? 40000 : 0
      measurement.standardDeviation = 0.02
      measurements[index] = measurement
    }
    let gridded = lattice(peak: 0.99, frequency: 14, most: 16)
    let none = GridEvidence()
    let verdict = classify(
      model, plan: plan, measurements: measurements,
      grids: [0: none, 3: gridded, 6: none, 11: none], mode: .exact)
    #expect(verdict.headline == "BF16")
    #expect(
      verdict.evidence.contains {
        $0.statement.hasPrefix("the values of 1 of 4 sampled matrices lie on a 4-bit grid")
      })
    #expect(verdict.sparsity.prunedPart == nil)
    // Layers like the quantized one are 3 of 4 of the sampled, but 3 of 12 of all.
    let most = classify(
      model, plan: plan, measurements: measurements,
      grids: [0: none, 3: gridded, 4: gridded], mode: .exact)
    #expect(most.precision.partOnGrids == nil)
  }

  // MARK: - Zeros among their neighbours

  /// As heavy tails and outlier columns leave them, and as pruning does.
  @Test(arguments: [
    (0.675, 0.234, 0.049, false), (0.658, 0.254, 0.045, false), (0.94, 0.05, 0.0055, false),
    (0.5, 0.154, 0.172, true), (0.51, 0.166, 0.148, true), (0.9, 0.017, 0.0075, true),
  ])
  func judgesZerosOfFourBitsByTheirNeighbours(
    _ zeros: Double, _ ones: Double, _ twos: Double, _ isPruned: Bool
  ) throws {
    let found = try #require(
      origin(.i8) {
        $0.zeros = Int(zeros * 16384)
        var codes = [Int](repeating: 0, count: 256)
        codes[0] = $0.zeros
        for (step, share) in [(1, ones), (2, twos), (3, twos / 2), (7, 0.005)] {
          (codes[step], codes[256 - step]) = (Int(share * 8192), Int(share * 8192))
        }
        $0.codes = codes
      })
    #expect((found.excess > 0.05) == isPruned)
  }

  @Test(arguments: [(0.07, 0.075, false), (0.37, 0.3, false), (0.5, 0.001, true)])
  func judgesZerosOfFloatsByTheSmallestNumbers(
    _ zeros: Double, _ ones: Double, _ isPruned: Bool
  ) throws {
    let found = try #require(
      origin(.f8e4m3) {
        $0.zeros = Int(zeros * 16384)
        var codes = [Int](repeating: 0, count: 256)
        (codes[0], codes[128]) = ($0.zeros / 2, $0.zeros / 2)
        for code in [1, 129, 2, 130] { codes[code] = Int(ones * 8192) }
        $0.codes = codes
      })
    #expect((found.excess > 0.05) == isPruned)
  }

  // MARK: - Tables

  /// Evidence as values of tables give it: few different ones, which fit fine steps at best.
  private func table(
    _ most: Int, window: Int = 64, natural: Double = 60, peak: Double = 0.99,
    frequency: Double = 216, ones: Int = 0
  ) -> GridEvidence {
    var grid = lattice(peak: peak, frequency: frequency, group: nil)
    grid.lattices[0].nearZero = CodesNearZero(zeros: 100, ones: ones, twos: 0)
    grid.distinctCurve = [
      GridEvidence.DistinctCount(
        window: window, windows: 200, mean: Double(most) * 0.95, median: most, most: most,
        values: Double(window), natural: natural)
    ]
    return grid
  }

  @Test(arguments: [(16, 4), (8, 3), (9, 4), (6, 3)])
  func countsTheEntriesOfTables(_ most: Int, _ bits: Int) {
    let found = GridVerdict(table(most))
    #expect(found?.kind == .codebook)
    #expect(found?.bits == bits)
    #expect(found?.entries == most)
    #expect(found?.groupSize == 64)
  }

  @Test func takesEvenStepsForNoTable() {
    #expect(GridVerdict(table(15, frequency: 14, ones: 3000))?.kind == .uniform)
    // Heavy tails leave most of the outer codes out.
    #expect(GridVerdict(table(8, frequency: 14, ones: 3000))?.kind == .uniform)
    // Natural values of few octaves repeat as well.
    #expect(GridVerdict(table(16, natural: 20, peak: 0.2)) == nil)
    #expect(GridVerdict(table(17, peak: 0.2)) == nil)
    // Four values are integers of 2 bits.
    #expect(GridVerdict(table(4))?.kind != .codebook)
  }

  @Test func takesTheShortestTable() {
    var grid = table(8)
    grid.distinctCurve += table(15, window: 128, natural: 110).distinctCurve
    #expect(GridVerdict(grid)?.bits == 3)
    #expect(GridVerdict(grid)?.groupSize == 64)
  }

  @Test(arguments: [(0.97, true), (0.4, false)])
  func findsCodesUnderScalesOfColumns(_ share: Double, _ isFound: Bool) {
    var grid = lattice(peak: 0.2, frequency: 40)
    grid.columnRatios = GridEvidence.ColumnRatios(pairs: 96, share: share)
    let found = GridVerdict(grid)
    #expect((found != nil) == isFound)
    if isFound { #expect(found?.hasColumnScales == true && found?.bits == 4) }
  }

  @Test func takesClippedValuesForNoGrid() {
    var grid = lattice(peak: 0.95, frequency: 227)
    #expect(GridVerdict(grid)?.bits == 8)
    grid.extremeShare = 0.6
    #expect(GridVerdict(grid) == nil)
    // Act-order leaves few values in a row, and so does clipping.
    grid = lattice(peak: 0.2, frequency: 40)
    grid.distinctInRows = GridEvidence.DistinctCount(
      window: 1024, windows: 32, mean: 200, median: 200, most: 210, values: 1024, natural: 1000)
    #expect(GridVerdict(grid)?.confidence == 0.6)
    grid.extremeShare = 0.6
    #expect(GridVerdict(grid) == nil)
  }

  @Test func takesCrowdsForNoGrid() {
    var grid = lattice(peak: 0.7, frequency: 3, most: 32, group: nil)
    grid.distinctCurve[0].median = 31
    #expect(GridVerdict(grid) == nil)
    grid.distinctCurve[0].median = 4
    #expect(GridVerdict(grid) != nil)
  }

  @Test func countsTheCodesOfAllRowsOfOneStep() {
    var grid = lattice(peak: 0.99, frequency: 60, most: 32, group: 1024)
    #expect(GridVerdict(grid)?.bits == 6)
    grid.groupLevels = 251
    #expect(GridVerdict(grid)?.bits == 8)
    // Of short groups each has a step of its own.
    grid.latticeGroup = 64
    #expect(GridVerdict(grid)?.bits == 6)
  }

  @Test func findsNoGridInNaturalWeights() {
    #expect(GridVerdict(lattice(peak: 0.2, frequency: 40)) == nil)
  }

  @Test func findsNoGridInFewValues() {
    // Sixteen values fit some of 600 steps to seven tenths by chance, thirty do not.
    #expect(GridVerdict(lattice(peak: 0.7, frequency: 40, values: 16)) == nil)
    #expect(GridVerdict(lattice(peak: 0.7, frequency: 40, values: 30)) != nil)
  }

  @Test func knowsSymmetricBytesByTheirResidual() {
    var grid = lattice(peak: 0.3, frequency: 100)
    grid.int8Residuals = [
      GridEvidence.GridResidual(
        group: nil, groups: 32, residual: 0.02, share: 1,
        nearZero: CodesNearZero(zeros: 10, ones: 20, twos: 20))
    ]
    #expect(GridVerdict(grid) == nil)
    grid.distinctInRows = GridEvidence.DistinctCount(
      window: 512, windows: 32, mean: 140, median: 140, most: 150, values: 508, natural: 270)
    #expect(GridVerdict(grid)?.bits == 8)
    #expect(GridVerdict(grid)?.groupSize == nil)
    grid.int8Residuals[0].residual = 0.289
    #expect(GridVerdict(grid) == nil)
  }

  @Test func doesNotTakeTheGridOfFloatsForOne() {
    var norms = lattice(peak: 1, frequency: 25, most: 20)
    norms.isStorageGrid = true
    #expect(GridVerdict(norms) == nil)
    norms.isStorageGrid = false
    norms.meanOverDeviation = 20
    #expect(GridVerdict(norms) == nil)
  }

  @Test func knowsCodebooksAndTiles() {
    var table = lattice(peak: 0.5, frequency: 100, most: 14)
    table.codebooks = [
      GridEvidence.CodebookFit(codebook: .nf4, group: 64, groups: 100, share: 0.999)
    ]
    #expect(GridVerdict(table)?.kind == .codebook)
    var tiles = lattice(peak: 0.7, frequency: 200)
    tiles.fp8Tiles = GridEvidence.FP8Tiles(
      tiles: 4, medianDistinct: 186, mostDistinct: 200, share: 1)
    #expect(GridVerdict(tiles)?.kind == .fp8Tile)
  }

  @Test func knowsTernaryWeights() {
    var grid = GridEvidence()
    grid.fewValues = GridEvidence.FewValues(
      scope: .tensor, distinct: 3, isSymmetric: true, hasBothSigns: true, zeroShare: 0.4)
    #expect(GridVerdict(grid)?.kind == .ternary)
  }

  @Test func knowsTernaryGroupsButNotTheLastOfPrunedWeights() {
    var grid = GridEvidence()
    grid.distinctCurve = [
      GridEvidence.DistinctCount(
        window: 128, windows: 200, mean: 3, median: 3, most: 3, values: 86, natural: 70)
    ]
    #expect(GridVerdict(grid)?.kind == .ternary)
    #expect(GridVerdict(grid)?.groupSize == 128)
    // Of 128 weights two were left.
    grid.distinctCurve[0].values = 3
    grid.distinctCurve[0].natural = 3
    #expect(GridVerdict(grid) == nil)
  }

  @Test func seesPermutedGroupsInWholeRows() {
    var grid = lattice(peak: 0.2, frequency: 40, group: nil)
    grid.distinctInRows = GridEvidence.DistinctCount(
      window: 2048, windows: 50, mean: 200, median: 200, most: 206, values: 1900, natural: 980)
    let found = GridVerdict(grid)
    #expect(found?.kind == .uniform)
    #expect(found?.bits == 4)
    #expect(found?.groupSize == nil)
  }
}
