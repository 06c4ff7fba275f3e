import ModelFile

extension Measurement {
  /// What the totals of all pieces say.
  ///
  /// - Parameter mapSide: the most rows and columns of the zero map.
  init(_ totals: Totals, of job: ScanJob, mapSide: Int) {
    self.init()
    let (kind, grid) = (job.kind, job.grid)
    if job.sample != nil {
      coverage = Double(totals.count) / Double(job.elementCount)
      zeroShareInterval = Self.interval(totals, coverage: coverage)
    }
    count = totals.count
    zeros = totals.zeros
    nans = totals.nans
    infinities = totals.infinities
    guard count > 0, kind != .complex else { return }
    switch kind {
    case .codes8, .codes16:
      guard let type = job.type else { return }
      describePatterns(totals, type)
      codes = Self.codes(totals.values, count: Self.codeCount(of: type))
    case .float32: describeFloats(totals, FloatBins.float32)
    case .float64: describeFloats(totals, FloatBins.float64)
    case .decoded:
      describeFloats(totals, FloatBins.float32)
      // Computed numbers say nothing of how they were stored.
      lossless = nil
    case .int32, .uint32, .int64, .uint64: describeIntegers(totals)
    case .complex: break
    }
    if let count = totals.codeCount { codes = Self.codes(totals.codes, count: count) }
    blockCodes = BlockCodes(totals.blockCodes.map { Int($0) })
    if totals.codeUse.count == 2, totals.codeUse[1] >= 256 * Self.leastCodeUse {
      codeUse = 256 * Double(totals.codeUse[0]) / Double(totals.codeUse[1])
    }
    if totals.nearCodes.count == 3 {
      codesNearZero = CodesNearZero(
        zeros: Int(totals.nearCodes[0]), ones: Int(totals.nearCodes[1]),
        twos: Int(totals.nearCodes[2]))
    }
    if grid.isMatrix, job.sample == nil {
      let zeroStructure = ZeroStructure(
        totals.zeroTotals, grid: grid, zeros: zeros, mapSide: mapSide)
      zeroRows = zeroStructure.zeroRowCount
      zeroColumns = zeroStructure.zeroColumnCount
      structure = zeroStructure
    }
  }

  /// Codes that must be expected before the share of those in use says something: 0.02 more or less.
  private static let leastCodeUse: UInt64 = 250

  /// The share of zeros of a tensor, from pages, one of each stratum.
  ///
  /// How much neighbouring pages differ tells how zeros cluster, and leaves out what they do slowly from
  /// one end of the tensor to the other, as strata do (Wolter, "Introduction to Variance Estimation",
  /// 2007, chapter 8: successive differences).
  private static func interval(_ totals: Totals, coverage: Double) -> ClosedRange<Double> {
    let pages = Double(max(1, totals.pages))
    let share = Double(totals.zeros) / Double(max(1, totals.count))
    // What none of n pages shows may be in three of n more (the rule of three).
    let unseen = min(1, 3 / pages)
    if totals.zeros == 0 { return 0...unseen }
    if totals.zeros == totals.count { return (1 - unseen)...1 }
    guard totals.pageSteps > 0 else { return 0...1 }
    let steps = Double(totals.pageSteps)
    let variance = Double(totals.squaredPageSteps) / (2 * steps) / pages * (1 - coverage)
    // Student's t for 95 %, by the expansion of Cornish and Fisher: few pages know little of how they
    // differ.
    let factor = 1.96 + 2.37 / steps + 2.82 / (steps * steps) + 2.56 / (steps * steps * steps)
    let margin = factor * variance.squareRoot() * pages / Double(totals.count)
    return max(0, share - margin)...min(1, share + margin)
  }

  /// The codes of integers and of floats of 4 and 8 bits.
  private static func codeCount(of type: ElementType) -> Int? {
    switch type {
    case .u8, .i8, .f8e4m3, .f8e5m2: 256
    case .f4: 16
    default: nil
    }
  }

  /// How often each code occurs.
  private static func codes(_ list: CountList, count: Int?) -> [Int]? {
    guard let count else { return nil }
    var codes = Array(repeating: 0, count: count)
    for (code, number) in zip(list.keys, list.counts) where Int(code) < count {
      codes[Int(code)] = number
    }
    return codes
  }

  /// Everything follows from the table of patterns.
  private mutating func describePatterns(_ totals: Totals, _ type: ElementType) {
    let patterns = PatternCounts(totals.values, of: type)
    nans += patterns.nans
    infinities += patterns.infinities
    if type == .f16 || type == .bf16 {
      lossless = LosslessCounts(patterns, mantissaBits: type == .f16 ? 10 : 7)
    }
    let values = patterns.values
    guard let first = values.values.first, let last = values.values.last else { return }
    let isWhole = type.family == .integer || type.family == .boolean
    // −0 and +0 are one value, shown as 0.
    minimum = isWhole ? .integer(Int128(first)) : .real(first + 0)
    maximum = isWhole ? .integer(Int128(last)) : .real(last + 0)
    distinct = values.values.count
    entropyBits = values.entropyBits
    describe(values, values.moments, from: first, to: last) { values.count(below: $0) }
  }

  private mutating func describeIntegers(_ totals: Totals) {
    guard totals.least <= totals.greatest else { return }
    minimum = .integer(totals.least)
    maximum = .integer(totals.greatest)
    describe(
      FloatBins.integers.values(totals.values, zeros: zeros), totals.allMoments,
      from: Double(totals.least), to: Double(totals.greatest)
    ) { [zeros] in zeros + FloatBins.integers.count(totals.values, below: $0) }
  }

  private mutating func describeFloats(_ totals: Totals, _ bins: FloatBins) {
    let narrow = PatternCounts(narrow: totals.narrow)
    nans += narrow.nans
    infinities += narrow.infinities
    let narrowValues = narrow.values
    let otherZeros = zeros - narrowValues.count(of: 0)
    let values = bins.values(totals.values, zeros: otherZeros).merged(with: narrowValues)
    guard values.total > 0 else { return }
    let first = min(totals.minimum, narrowValues.values.first ?? .infinity) + 0
    let last = max(totals.maximum, narrowValues.values.last ?? -.infinity) + 0
    minimum = .real(first)
    maximum = .real(last)
    var moments = totals.allMoments
    moments.merge(narrowValues.moments)
    describe(values, moments, from: first, to: last) {
      otherZeros + bins.count(totals.values, below: $0) + narrowValues.count(below: $0)
    }
    lossless = LosslessCounts(totals.lossless, narrow, bins)
  }

  /// - Parameter below: counts the values that are nearer to zero than a limit.
  private mutating func describe(
    _ values: ValueCounts, _ moments: Moments, from first: Double, to last: Double,
    below: (Double) -> Int
  ) {
    mean = moments.mean
    standardDeviation = moments.deviation
    quantiles = values.quantiles(Self.quantileShares).map { min(max($0, first), last) }
    let limit = 0.05 * moments.deviation
    nearZeros = limit > 0 ? below(limit) : 0
    linearHistogram = values.linearHistogram(minimum: first, maximum: last)
    magnitudeHistogram = values.magnitudeHistogram()
    gap = values.gap
  }
}

extension BlockCodes {
  /// - Parameter histogram: blocks by their different codes.
  init?(_ histogram: [Int]) {
    let blocks = histogram.reduce(0, +)
    guard blocks > 0 else { return nil }
    var below = 0
    let median = histogram.firstIndex { count in
      below += count
      return 2 * below >= blocks
    }
    self.init(
      blocks: blocks, median: median ?? 0, most: histogram.lastIndex { $0 > 0 } ?? 0)
  }
}

extension LosslessCounts {
  /// Of 16-bit floats, by their patterns.
  init(_ patterns: PatternCounts, mantissaBits: Int) {
    self.init(
      eligible: 0, float32: 0, bfloat16: 0, float16: 0, f8e4m3: 0, f8e5m2: 0,
      trailingZeros: Array(repeating: 0, count: mantissaBits + 1), distinctAtLeast: 0)
    add(patterns, mantissaBits: mantissaBits, below: 0)
    distinctAtLeast = min(PatternSet.limit, patterns.finite.count { $0.value != 0 })
  }

  /// Of 32-bit and 64-bit floats.
  ///
  /// - Parameter narrow: those that were counted by pattern, without their last 13 bits.
  init(_ totals: LosslessTotals, _ narrow: PatternCounts, _ bins: FloatBins) {
    self.init(
      eligible: totals.eligible, float32: totals.float32, bfloat16: totals.bfloat16,
      float16: totals.float16, f8e4m3: totals.f8e4m3, f8e5m2: totals.f8e5m2,
      trailingZeros: totals.trailingZeros, distinctAtLeast: 0)
    if trailingZeros.isEmpty {
      trailingZeros = Array(repeating: 0, count: bins.mantissaBits + 1)
    }
    // Those of which only the top was looked at.
    trailingZeros[0] += eligible - trailingZeros.reduce(0, +)
    if bins.mantissaBits == 23 { float32 = eligible }
    add(narrow, mantissaBits: 23, below: 13)
    var patterns = totals.patterns
    for entry in narrow.finite where entry.value != 0 && !patterns.isFull {
      patterns.insert(UInt64(entry.pattern) << 13)
    }
    distinctAtLeast = patterns.patterns.count
  }

  /// Adds numbers, given by their patterns without so many zero bits `below`.
  private mutating func add(_ patterns: PatternCounts, mantissaBits: Int, below: Int) {
    for (value, pattern, count) in patterns.finite where value != 0 {
      eligible += count
      float32 += count
      let number = FloatFormat.Number(value)
      if FloatFormat.bfloat16.holds(number) { bfloat16 += count }
      if FloatFormat.float16.holds(number) { float16 += count }
      if FloatFormat.f8e4m3.holds(number) { f8e4m3 += count }
      if FloatFormat.f8e5m2.holds(number) { f8e5m2 += count }
      trailingZeros[min(mantissaBits, pattern.trailingZeroBitCount + below)] += count
    }
  }
}
