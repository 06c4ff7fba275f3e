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
    case .float32, .decoded: describeBins(totals, FloatBins.float32)
    case .float64: describeBins(totals, FloatBins.float64)
    case .int32, .uint32, .int64, .uint64: describeBins(totals, FloatBins.integers)
    case .complex: break
    }
    if kind == .float32 || kind == .float64 {
      lossless = LosslessCounts(totals.lossless, eligible: count - zeros - nans - infinities)
    }
    if let count = totals.codeCount { codes = Self.codes(totals.codes, count: count) }
    blockCodes = BlockCodes(totals.blockCodes)
    if grid.isMatrix, job.sample == nil {
      let zeroStructure = ZeroStructure(
        totals.zeroTotals, grid: grid, zeros: zeros, mapSide: mapSide)
      zeroRows = zeroStructure.zeroRowCount
      zeroColumns = zeroStructure.zeroColumnCount
      structure = zeroStructure
    }
  }

  /// The share of zeros of a tensor, from pages: their spread tells how zeros cluster.
  private static func interval(_ totals: Totals, coverage: Double) -> ClosedRange<Double> {
    let pages = Double(totals.pages)
    let share = Double(totals.zeros) / Double(max(1, totals.count))
    // What none of n pages shows may be in three of n more (the rule of three).
    let unseen = min(1, 3 / max(1, pages))
    if totals.zeros == 0 { return 0...unseen }
    if totals.zeros == totals.count { return (1 - unseen)...1 }
    let mean = Double(totals.zeros) / pages
    let variance = max(0, Double(totals.squaredPageZeros) / pages - mean * mean)
    let deviation = (variance / max(1, pages - 1) * (1 - coverage)).squareRoot()
    let margin = 1.96 * deviation / mean * share
    return max(0, share - margin)...min(1, share + margin)
  }

  /// The codes of types whose numbers others scale.
  private static func codeCount(of type: ElementType) -> Int? {
    switch type {
    case .u8, .i8: 256
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
    let table = type.valueTable ?? []
    var finite: [(value: Double, pattern: UInt32, count: Int)] = []
    finite.reserveCapacity(totals.values.keys.count)
    for (pattern, count) in zip(totals.values.keys, totals.values.counts) {
      let value = type.number(pattern, table: table)
      if value.isNaN {
        nans += count
      } else if value.isInfinite {
        infinities += count
      } else {
        finite.append((value, pattern, count))
      }
    }
    finite.sort { $0.value < $1.value }
    if type == .f16 || type == .bf16 {
      lossless = LosslessCounts(finite, type: type)
    }
    var merged: [(value: Double, count: Int)] = []
    merged.reserveCapacity(finite.count)
    for entry in finite {
      if let last = merged.last, last.value == entry.value {
        merged[merged.count - 1].count += entry.count
      } else {
        merged.append((entry.value, entry.count))
      }
    }
    let values = ValueCounts(merged)
    guard let first = values.values.first, let last = values.values.last else { return }
    let isWhole = type.family == .integer || type.family == .boolean
    // −0 and +0 are one value, shown as 0.
    minimum = isWhole ? .integer(Int128(first)) : .real(first + 0)
    maximum = isWhole ? .integer(Int128(last)) : .real(last + 0)
    distinct = merged.count
    entropyBits = values.entropyBits
    describe(values, values.moments, from: first, to: last)
  }

  private mutating func describeBins(_ totals: Totals, _ bins: FloatBins) {
    let values = bins.values(totals.values, zeros: zeros)
    guard values.total > 0 else { return }
    if bins.areIntegers {
      minimum = .integer(totals.least)
      maximum = .integer(totals.greatest)
    } else {
      minimum = .real(totals.minimum + 0)
      maximum = .real(totals.maximum + 0)
    }
    var moments = Moments()
    for piece in totals.moments.sorted(by: { $0.piece < $1.piece }) { moments.merge(piece.moments) }
    guard let minimum, let maximum else { return }
    describe(values, moments, from: minimum.double, to: maximum.double)
  }

  private mutating func describe(
    _ values: ValueCounts, _ moments: Moments, from first: Double, to last: Double
  ) {
    mean = moments.mean
    standardDeviation = moments.deviation
    quantiles = values.quantiles(Self.quantileShares).map { min(max($0, first), last) }
    nearZeros = values.count(below: 0.05 * moments.deviation)
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
  /// Of 32-bit and 64-bit floats.
  init(_ totals: LosslessTotals, eligible: Int) {
    var trailingZeros = totals.trailingZeros
    // Those of which only the top was looked at.
    if !trailingZeros.isEmpty { trailingZeros[0] += eligible - trailingZeros.reduce(0, +) }
    let isDouble = trailingZeros.count > 24
    self.init(
      eligible: eligible, float32: isDouble ? totals.float32 : eligible,
      bfloat16: totals.bfloat16, float16: totals.float16, f8e4m3: totals.f8e4m3,
      f8e5m2: totals.f8e5m2, trailingZeros: trailingZeros,
      distinctAtLeast: totals.patterns.patterns.count)
  }

  /// Of F16 and BF16, by their patterns.
  init(_ finite: [(value: Double, pattern: UInt32, count: Int)], type: ElementType) {
    let mantissaBits = type == .f16 ? 10 : 7
    self.init(
      eligible: 0, float32: 0, bfloat16: 0, float16: 0, f8e4m3: 0, f8e5m2: 0,
      trailingZeros: Array(repeating: 0, count: mantissaBits + 1), distinctAtLeast: 0)
    for (value, pattern, count) in finite where value != 0 {
      eligible += count
      if FloatFormat.bfloat16.holds(value) { bfloat16 += count }
      if FloatFormat.float16.holds(value) { float16 += count }
      if FloatFormat.f8e4m3.holds(value) { f8e4m3 += count }
      if FloatFormat.f8e5m2.holds(value) { f8e5m2 += count }
      trailingZeros[min(mantissaBits, pattern.trailingZeroBitCount)] += count
      distinctAtLeast = min(256, distinctAtLeast + 1)
    }
    float32 = eligible
  }
}
