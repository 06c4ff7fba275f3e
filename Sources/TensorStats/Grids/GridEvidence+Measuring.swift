public import ModelFile

extension GridEvidence {
  /// Lengths of windows in which different values are counted.
  private static let windows = [16, 32, 64, 128, 256]
  /// The most windows of one length: the median of 200 is steady to a few per cent.
  private static let windowLimit = 256
  /// From this median peak on, windows are worth a look for how long their grid lasts.
  private static let latticeThreshold = 0.5
  /// Values other than zero that a window must have: fewer fit some even steps by chance.
  private static let fewestValues = 16
  /// The same for windows of 16, of which lower frequencies are tried.
  private static let fewestShortValues = 12
  /// Windows with so many values from which a length is worth testing.
  private static let fewestWindows = 16

  /// Measures samples.
  ///
  /// - Parameter storage: the type that the values are stored in.
  public init(_ samples: SampleRows, storage: ElementType) {
    self.init()
    let rows = samples.rows.filter { $0.allSatisfy(\.isFinite) }
    sampleCount = rows.reduce(0) { $0 + $1.count }
    guard sampleCount > 0 else { return }
    // Values of a narrower type repeat as that type's do, wherever they are stored.
    let storage = Self.content(of: rows, storage)
    let counter = DistinctCounter(storage)
    distinctCurve = Self.windows.compactMap { counter.count(Self.windows(rows, of: $0), $0) }
    if let length = rows.map(\.count).max() {
      distinctInRows = counter.count(rows.map { $0[...] }, length)
    }
    table = ValueTable(rows, counter)
    lattices = Self.lattices(rows)
    findGroup(rows)
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
    if Self.zeroShare(rows) >= Self.zeroShareOfGrids {
      columnRatios = ColumnRatios(tiles, side: SampleRows.tileSide)
    }
    extremeShare = Self.extremeShare(rows)
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

  /// The share of values that a narrower type must hold to be what is stored in a wider one.
  private static let contentShare = 0.99

  /// The type of 16 bits that holds nearly all values, or the type that they are stored in.
  private static func content(of rows: [[Float]], _ storage: ElementType) -> ElementType {
    guard storage != .bf16 else { return storage }
    var (held, heldHalf, all) = (0, 0, 0)
    for row in rows {
      // The smallest numbers of F16 have few bits whatever they were before.
      for value in row where value != 0 && (storage != .f16 || value.exponent >= -14) {
        all += 1
        let bits = Float.significandBitCount - value.significandBitPattern.trailingZeroBitCount
        let exponent = Int(value.exponent)
        if value.significandBitPattern == 0 || bits <= 7 { held += 1 }
        // Below its smallest normal number F16 loses a bit with each power of two.
        let width = 10 - max(0, -14 - exponent)
        if exponent < 16, width >= 0, value.significandBitPattern == 0 || bits <= width {
          heldHalf += 1
        }
      }
    }
    guard all > 0 else { return storage }
    let least = contentShare * Double(all)
    if Double(held) >= least { return .bf16 }
    return Double(heldHalf) >= least ? .f16 : storage
  }

  /// Aligned windows of rows, evenly over all of them.
  ///
  /// - Parameter least: values other than zero that a window must have.
  static func windows(
    _ rows: [[Float]], of length: Int, least: Int = 1
  ) -> [ArraySlice<Float>] {
    var all: [ArraySlice<Float>] = []
    for row in rows {
      let isDense = !row.contains(0)
      for start in stride(from: 0, through: row.count - length, by: length) {
        let window = row[start..<(start + length)]
        if isDense || window.reduce(0, { $0 + ($1 != 0 ? 1 : 0) }) >= least { all.append(window) }
      }
    }
    let taken = min(all.count, windowLimit)
    return (0..<taken).map { all[$0 * all.count / taken] }
  }

  /// Periodograms of short, usual and long windows.
  private static func lattices(_ rows: [[Float]]) -> [Lattice] {
    var found = [latticeWindows(rows, of: 16)]
    let longest = rows.map(\.count).max() ?? 0
    var window = 32
    while window <= longest {
      let windows = latticeWindows(rows, of: window)
      if windows.count >= fewestWindows || window == 32 && !windows.isEmpty {
        found.append(windows)
        if windows.count >= fewestWindows { break }
      }
      window *= 2
    }
    if window < 128 { found.append(latticeWindows(rows, of: 128)) }
    return found.compactMap { windows in
      windows.first.flatMap { Lattice(windows, window: $0.count) }
    }
  }

  private static func latticeWindows(_ rows: [[Float]], of length: Int) -> [ArraySlice<Float>] {
    windows(rows, of: length, least: length <= 16 ? fewestShortValues : fewestValues)
  }

  /// Finds how long windows may be to still lie on one grid.
  ///
  /// Only frequencies little above those of short windows are tried, as much as their range is wider:
  /// two grids of few levels have multiples that come close to each other.
  private mutating func findGroup(_ rows: [[Float]]) {
    let usual = lattices.last { $0.window >= 32 && $0.window < 128 }
    guard let base = usual ?? lattices.last, base.medianPeak >= Self.latticeThreshold else {
      return
    }
    let longest = rows.map(\.count).max() ?? 0
    let range = Self.medianRange(Self.latticeWindows(rows, of: base.window))
    var window = base.window > 32 ? base.window : 16
    while window <= longest {
      // Long windows are few: the time goes with values times frequencies.
      let windows = Array(Self.latticeWindows(rows, of: window).prefix(max(8, 8192 / window)))
      let growth = range > 0 ? max(1, Self.medianRange(windows) / range) : 1
      let lattice = Lattice(windows, window: window, last: 1.25 * growth * base.frequency + 1)
      if let lattice, lattice.medianPeak >= 0.9 * base.medianPeak {
        latticeGroup = window
        groupFrequency = lattice.frequency
        groupLevels = lattice.levels
      } else if window >= 32 {
        break
      }
      window *= 2
    }
  }

  private static func zeroShare(_ rows: [[Float]]) -> Double {
    let zeros = rows.reduce(0) { $0 + $1.reduce(0) { $0 + ($1 == 0 ? 1 : 0) } }
    return Double(zeros) / Double(max(1, rows.reduce(0) { $0 + $1.count }))
  }

  private static func extremeShare(_ rows: [[Float]]) -> Double? {
    var extreme = 0
    var all = 0
    for row in rows {
      guard let least = row.min(), let most = row.max(), least < most else { continue }
      all += row.count
      extreme += row.reduce(0) { $0 + ($1 == least || $1 == most ? 1 : 0) }
    }
    return all > 0 ? Double(extreme) / Double(all) : nil
  }

  private static func medianRange(_ windows: [ArraySlice<Float>]) -> Double {
    let ranges = windows.map { Double($0.max() ?? 0) - Double($0.min() ?? 0) }.sorted()
    return ranges.isEmpty ? 0 : ranges[ranges.count / 2]
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
      guard let lowest = exponents.min(), let highest = exponents.max(), let step = steps.min()
      else { continue }
      // Below its smallest normal number F16 has even steps only.
      if storage == .f16, highest < -14 {
        count += 1
        continue
      }
      guard highest - lowest <= 1 else { continue }
      let ulp = Float(sign: .plus, exponent: Int(highest) - mantissaBits, significand: 1)
      let ratio = step / ulp
      if ratio >= 0.25, ratio <= 8, ratio.significand == 1 { count += 1 }
    }
    return 2 * count > windows.count
  }
}
