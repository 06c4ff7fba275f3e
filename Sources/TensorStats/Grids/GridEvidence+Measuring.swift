public import ModelFile

extension GridEvidence {
  /// Lengths of windows in which different values are counted.
  private static let windows = [16, 32, 64, 128, 256]
  /// The most windows of one length: the median of 200 is steady to a few per cent.
  private static let windowLimit = 256
  /// From this median peak on, windows are worth a look for how long their grid lasts.
  private static let latticeThreshold = 0.5
  /// By how much the range of long windows exceeds that of 32 values, hence the frequency: that of
  /// 1,024 normal values is 1.55 times as wide.
  private static let rangeGrowth = 1.6

  /// Measures samples.
  ///
  /// - Parameter storage: the type that the values are stored in.
  public init(_ samples: SampleRows, storage: ElementType) {
    self.init()
    let rows = samples.rows.filter { $0.allSatisfy(\.isFinite) }
    sampleCount = rows.reduce(0) { $0 + $1.count }
    guard sampleCount > 0 else { return }
    distinctCurve = Self.windows.compactMap { Self.distinct(Self.windows(rows, of: $0), $0) }
    if let length = rows.map(\.count).max() {
      distinctInRows = Self.distinct(rows.map { $0[...] }, length)
    }
    lattices = [16, 32, 128].compactMap { Self.lattice(rows, window: $0) }
    latticeGroup = latticeGroup(rows)
    let tiles = samples.tiles.filter { $0.allSatisfy(\.isFinite) }
    fp8Tiles = FP8Tiles(tiles)
    floats = [
      FloatGrid([Array(rows.joined())], scope: .tensor), FloatGrid(rows, scope: .row),
      FloatGrid(tiles, scope: .tile),
    ].compactMap { $0 }
    for group in [16, 32, 64] {
      let windows = Self.windows(rows, of: group)
      codebooks += [Codebook.nf4, .e2m1].compactMap { CodebookFit($0, windows, group: group) }
    }
    fewValues = FewValues(rows)
    if samples.areWholeRows, let residual = GridResidual(rows.map { $0[...] }, group: nil) {
      int8Residuals.append(residual)
    }
    int8Residuals += [128, 32].compactMap { group in
      GridResidual(Self.windows(rows, of: group), group: group)
    }
    isStorageGrid = Self.isStorageGrid(Self.windows(rows, of: 32), storage)
    let moments = Self.moments(rows)
    meanOverDeviation =
      moments.deviation > 0 ? moments.mean.magnitude / moments.deviation : nil
  }

  /// Aligned windows of rows, evenly over all of them.
  static func windows(_ rows: [[Float]], of length: Int) -> [ArraySlice<Float>] {
    let counts = rows.map { $0.count / length }
    let all = counts.reduce(0, +)
    let taken = min(all, windowLimit)
    var result: [ArraySlice<Float>] = []
    var (row, before) = (0, 0)
    for index in 0..<taken {
      let place = index * all / taken
      while place - before >= counts[row] {
        before += counts[row]
        row += 1
      }
      let start = (place - before) * length
      result.append(rows[row][start..<(start + length)])
    }
    return result
  }

  private static func distinct(_ windows: [ArraySlice<Float>], _ length: Int) -> DistinctCount? {
    guard !windows.isEmpty else { return nil }
    let counts = windows.map { distinctCount($0) }.sorted()
    return DistinctCount(
      window: length, windows: windows.count,
      mean: Double(counts.reduce(0, +)) / Double(counts.count), median: counts[counts.count / 2],
      most: counts[counts.count - 1])
  }

  /// Different values; ±0 are one.
  static func distinctCount(_ values: some Sequence<Float>) -> Int {
    let sorted = values.map { $0 + 0 }.sorted()
    var count = sorted.isEmpty ? 0 : 1
    for index in sorted.indices.dropFirst() where sorted[index] != sorted[index - 1] { count += 1 }
    return count
  }

  private static func lattice(_ rows: [[Float]], window: Int) -> Lattice? {
    Lattice(windows(rows, of: window), window: window)
  }

  /// Only frequencies little above those of short windows are tried: two grids of few levels have
  /// multiples that come close to each other.
  private func latticeGroup(_ rows: [[Float]]) -> Int? {
    guard let base = lattices.first(where: { $0.window == 32 }) ?? lattices.first,
      base.medianPeak >= Self.latticeThreshold
    else { return nil }
    let longest = rows.map(\.count).max() ?? 0
    let last = Self.rangeGrowth * base.frequency + 1
    var group: Int?
    var window = 16
    while window <= longest {
      // Long windows are few: the time goes with values times frequencies.
      let windows = Self.windows(rows, of: window).prefix(max(8, 8192 / window))
      let peak = Lattice(Array(windows), window: window, last: last)?.medianPeak ?? 0
      if peak >= 0.9 * base.medianPeak { group = window } else if window >= 32 { break }
      window *= 2
    }
    return group
  }

  private static func moments(_ rows: [[Float]]) -> Moments {
    rows.reduce(into: Moments()) { moments, row in
      let values = row.map { Double($0) }
      moments.merge(values.withUnsafeBufferPointer { Moments(of: $0) })
    }
  }

  /// Whether most windows span two exponents at most and their smallest step is that of the type
  /// itself, or a few times it.
  private static func isStorageGrid(
    _ windows: [ArraySlice<Float>], _ storage: ElementType
  ) -> Bool? {
    let mantissaBits: Int
    switch storage {
    case .f16: mantissaBits = 10
    case .bf16: mantissaBits = 7
    case .f32: mantissaBits = 23
    default: return nil
    }
    guard !windows.isEmpty else { return nil }
    var count = 0
    for window in windows {
      let sorted = window.sorted()
      let exponents = window.filter { $0 != 0 }.map { $0.exponent }
      let steps = zip(sorted.dropFirst(), sorted).map { $0.0 - $0.1 }.filter { $0 > 0 }
      guard let lowest = exponents.min(), let highest = exponents.max(), highest - lowest <= 1,
        let step = steps.min()
      else { continue }
      let ulp = Float(sign: .plus, exponent: Int(highest) - mantissaBits, significand: 1)
      let ratio = step / ulp
      if ratio >= 0.25, ratio <= 8, ratio.significand == 1 { count += 1 }
    }
    return 2 * count > windows.count
  }
}
