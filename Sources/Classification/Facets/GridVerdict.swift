internal import TensorStats

/// The grid of one tensor, judged from what samples of its values say.
struct GridVerdict: Equatable {
  var kind: Verdict.Grid.Kind
  var bits: Int
  /// Neighbours that share a step; `nil` where groups are permuted or whole rows.
  var groupSize: Int?
  var confidence: Double
  /// Values by their distance from zero in steps of the grid, where the steps are even and known.
  var nearZero: CodesNearZero?
  /// The float type that values are numbers of, times scales.
  var content: FloatContent?
  /// The entries of a table that is not known.
  var entries: Int?
  /// Whether columns have scales of their own besides.
  var hasColumnScales = false
  /// Whether the values are sums of coarser grids, whose bits do not show.
  var isSum = false

  /// Judges samples; `nil` where the values lie on no grid.
  ///
  /// The order matters: tables of floats look like fine even grids, and grids of few steps like tables.
  init?(_ grid: GridEvidence) {
    guard
      let verdict = Self.few(grid) ?? Self.codebook(grid) ?? Self.floats(grid) ?? Self.tiles(grid)
        ?? Self.whole(grid) ?? Self.bytes(grid) ?? Self.table(grid) ?? Self.even(grid)
        ?? Self.columns(grid)
    else {
      return nil
    }
    self = verdict
  }

  init(
    _ kind: Verdict.Grid.Kind, bits: Int, groupSize: Int? = nil, confidence: Double,
    content: FloatContent? = nil, nearZero: CodesNearZero? = nil, entries: Int? = nil,
    hasColumnScales: Bool = false
  ) {
    self.kind = kind
    self.bits = bits
    self.groupSize = groupSize
    self.confidence = confidence
    self.content = content
    self.nearZero = nearZero
    self.entries = entries
    self.hasColumnScales = hasColumnScales
  }

  /// Two or three values.
  private static func few(_ grid: GridEvidence) -> GridVerdict? {
    guard let few = grid.fewValues else { return fewOfGroups(grid) }
    switch few.distinct {
    case 2 where few.zeroShare == 0 && few.isSymmetric:
      return GridVerdict(.binary, bits: 1, confidence: 0.95)
    case 3 where few.zeroShare > 0 && few.hasBothSigns:
      return GridVerdict(.ternary, bits: 2, confidence: 0.95)
    // Some rows have one value besides zero.
    case 3: return fewOfGroups(grid)
    default: return nil
    }
  }

  /// Up to four values in groups or rows that have a scale each.
  private static func fewOfGroups(_ grid: GridEvidence) -> GridVerdict? {
    func isFew(_ count: GridEvidence.DistinctCount, _ most: Int) -> Bool {
      // Where most weights are zero there are few others anyway.
      count.windows >= 16 && (2...most).contains(count.most)
        && count.natural >= Threshold.fewRepeats.value * Double(count.most)
    }
    let row = grid.distinctInRows
    if let row, isFew(row, 3) { return few(row.most, groupSize: nil) }
    if let found = grid.distinctCurve.last(where: { isFew($0, 3) }) {
      return few(found.most, groupSize: found.window)
    }
    return row.flatMap { isFew($0, 4) ? few($0.most, groupSize: nil) : nil }
  }

  private static func few(_ values: Int, groupSize: Int?) -> GridVerdict {
    let (kind, bits): (Verdict.Grid.Kind, Int) =
      values == 4 ? (.uniform, 2) : values == 3 ? (.ternary, 2) : (.binary, 1)
    return GridVerdict(kind, bits: bits, groupSize: groupSize, confidence: 0.9)
  }

  /// Entries of a known table with one scale a group.
  private static func codebook(_ grid: GridEvidence) -> GridVerdict? {
    let fits = grid.codebooks.filter { $0.share >= Threshold.codebookShare.value && $0.groups >= 8 }
    guard let best = fits.max(by: { ($0.share, $0.group) < ($1.share, $1.group) }) else {
      return nil
    }
    // Grids of two bits lie on these tables, too; of a table nearly all entries are used.
    let window = grid.distinctCurve.first { $0.window >= best.group }
    guard (window?.most ?? 16) > 8 else { return nil }
    return GridVerdict(
      .codebook, bits: 4, groupSize: best.group, confidence: 0.9, nearZero: best.nearZero)
  }

  /// Floats of 8 bits times any scale of the tensor, of rows or of tiles.
  ///
  /// Whole numbers up to 15 are such floats, too, but span four octaves.
  private static func floats(_ grid: GridEvidence) -> GridVerdict? {
    // Pruning takes the octaves of small magnitudes away; many different values remain.
    let isRich = (grid.distinctInRows?.most ?? 0) > Threshold.floatDistinct.count
    let octaves = (isRich ? Threshold.floatOctavesRich : Threshold.floatOctaves).count
    let found = grid.floats.first {
      $0.share >= Threshold.codebookShare.value && $0.octaves >= octaves
        // Whole numbers times powers of two have as many values in a row, but few in a group.
        && ($0.octaves >= Threshold.floatOctaves.count
          || lattice(grid).map { $0.bits > 4 || $0.isSum } ?? true)
    }
    guard let found else { return nil }
    return GridVerdict(
      .fp8Tile, bits: 8, confidence: 0.9, content: found.mantissaBits == 2 ? .e5m2 : .e4m3,
      // With one scale the smallest numbers step evenly from zero.
      nearZero: found.scope == .tensor ? grid.table?.nearZero : nil)
  }

  /// FP8 numbers times one scale for a tile.
  private static func tiles(_ grid: GridEvidence) -> GridVerdict? {
    guard let tiles = grid.fp8Tiles, tiles.tiles > 0,
      Double(tiles.mostDistinct) <= Threshold.tileDistinct.value,
      tiles.share >= Threshold.codebookShare.value,
      // Fewer are coarser grids.
      tiles.medianDistinct > 64
    else { return nil }
    return GridVerdict(.fp8Tile, bits: 8, confidence: 0.9, content: .e4m3)
  }

  /// Few values in all of the tensor: one scale, or one table.
  private static func whole(_ grid: GridEvidence) -> GridVerdict? {
    guard !hasGridOfFloats(grid), let table = grid.table,
      table.natural >= Threshold.wholeRepeats.value * Double(table.distinct)
    else { return nil }
    guard let levels = table.levels else {
      // Rows with a scale each have few values of their own.
      guard let row = grid.distinctInRows, 2 * row.most > table.distinct else { return nil }
      return GridVerdict(
        .codebook, bits: bitWidth(table.distinct), confidence: 0.9, nearZero: table.nearZero,
        entries: table.distinct)
    }
    return GridVerdict(
      .uniform, bits: bitWidth(levels), confidence: 0.9, nearZero: table.nearZero)
  }

  /// 127 steps to the largest magnitude of a row or group, as symmetric 8-bit codes have them.
  private static func bytes(_ grid: GridEvidence) -> GridVerdict? {
    guard !hasGridOfFloats(grid) else { return nil }
    let fits = grid.int8Residuals.filter {
      $0.groups >= 16 && $0.residual <= Threshold.byteResidual.value
    }
    guard let best = fits.min(by: { $0.residual < $1.residual }),
      // Constants and coarser grids have few values, and so have integer tables (IQ4).
      (grid.distinctInRows?.most ?? 0) > 32,
      let window = grid.distinctCurve.first(where: { $0.window == 32 }),
      window.mean >= Threshold.distinctRatio.value * window.natural
    else { return nil }
    return GridVerdict(
      .uniform, bits: 8, groupSize: best.group, confidence: 0.9, nearZero: best.nearZero)
  }

  /// Floats of one or two octaves lie on an even grid by nature: norms, values far from zero.
  private static func hasGridOfFloats(_ grid: GridEvidence) -> Bool {
    grid.isStorageGrid == true || grid.meanOverDeviation.map { abs($0) >= 0.5 } ?? false
  }

  /// A table of up to 16 values for each group or row, whose steps are not even: k-means, SqueezeLLM,
  /// tables for other distributions than NF4's.
  private static func table(_ grid: GridEvidence) -> GridVerdict? {
    guard !hasGridOfFloats(grid) else { return nil }
    let most = Threshold.tableEntries.count
    func isTable(_ count: GridEvidence.DistinctCount) -> Bool {
      count.most <= most && count.most >= Threshold.leastTable.count && isFew(count)
    }
    let row = grid.distinctInRows.flatMap { isTable($0) ? $0 : nil }
    // Longer windows see the tables of several groups.
    let window = grid.distinctCurve.filter(isTable).min {
      (bitWidth($0.most), -$0.window) < (bitWidth($1.most), -$1.window)
    }
    guard let found = row ?? window else { return nil }
    // Even steps as many as there are values are integers; others fit fine steps by chance alone.
    let even = grid.lattices.contains { lattice in
      lattice.medianPeak >= Threshold.certainLatticePeak.value
        && (lattice.frequency + 1 <= Threshold.tableSteps.value * Double(found.most)
          || Double(lattice.nearZero.ones) >= Threshold.tableOnes.value
            * Double(lattice.windows * lattice.values))
    }
    guard !even else { return nil }
    return GridVerdict(
      .codebook, bits: bitWidth(found.most), groupSize: row == nil ? found.window : nil,
      confidence: 0.9, entries: found.most)
  }

  /// Whether windows have far fewer different values than they had place for.
  private static func isFew(_ count: GridEvidence.DistinctCount) -> Bool {
    count.windows >= 4 && count.window >= 4 * count.most
      && count.natural >= Threshold.tableRepeats.value * Double(count.most)
  }

  /// Columns that were divided by scales after they were quantized.
  private static func columns(_ grid: GridEvidence) -> GridVerdict? {
    guard !hasGridOfFloats(grid), let ratios = grid.columnRatios, ratios.pairs >= 8,
      ratios.share >= Threshold.columnRatios.value
    else { return nil }
    return GridVerdict(.uniform, bits: 4, groupSize: nil, confidence: 0.7, hasColumnScales: true)
  }

  /// Even steps, or few values in whole rows.
  private static func even(_ grid: GridEvidence) -> GridVerdict? {
    let lattice = lattice(grid)
    // Fine steps fit the few values of several coarse grids, too.
    let areFew =
      grid.distinctInRows.flatMap { row in
        grid.groupLevels.map { Double($0) >= Threshold.mixedSteps.value * Double(row.most) }
      } ?? false
    let isCoarse = lattice.map { $0.bits < 7 && !$0.isSum } ?? false
    if isCoarse || (grid.latticeGroup ?? 0) > 32 && !areFew, let lattice { return lattice }
    return permuted(grid) ?? lattice
  }

  /// Even steps in windows of neighbours.
  private static func lattice(_ grid: GridEvidence) -> GridVerdict? {
    guard !hasGridOfFloats(grid) else { return nil }
    let wide = grid.lattices.first { $0.window >= 32 && $0.windows >= 16 }
    let short = grid.lattices.first { $0.window == 16 }
    let peak: GridEvidence.Lattice
    if let short, isFiner(short, than: wide, grid) {
      return GridVerdict(
        .uniform, bits: bitWidth(Int(short.frequency.rounded()) + 1), groupSize: 16,
        confidence: 0.9, nearZero: short.nearZero)
    }
    if let wide, wide.medianPeak >= Threshold.latticePeak.value,
      wide.medianPeak * Double(wide.values) >= Threshold.latticeStrength.value
    {
      peak = wide
    } else if let short, short.medianPeak >= Threshold.shortLatticePeak.value {
      peak = short
    } else {
      return nil
    }
    guard peak.windows >= 16 else { return nil }
    let curve = grid.distinctCurve.filter { $0.window <= max(grid.latticeGroup ?? 32, 32) }
    // Values that only crowd around even places differ from one another as natural ones do.
    let levels = Int(max(peak.frequency, grid.groupFrequency ?? 0).rounded()) + 1
    if peak.medianPeak < Threshold.certainLatticePeak.value, let window = curve.last,
      window.median > 2 * levels
    {
      return nil
    }
    var bits = bitWidth(levels)
    var group = grid.latticeGroup
    var entries: Int?
    if let group = grid.latticeGroup,
      group > Threshold.longestGroup.count || group >= grid.distinctInRows?.window ?? .max,
      let levels = grid.groupLevels
    {
      // Rows with one step use its codes to different ends.
      bits = bitWidth(levels)
    } else {
      // Integer tables (IQ4) look like fine grids; few values in a window tell them, where the window
      // is long enough that it could have had more.
      // Where a window twice as long has no more, all steps were seen; else the longest has seen most.
      let full = zip(curve.dropFirst(), curve).first { $0.most == $1.most }?.0 ?? curve.last
      if let full, full.window >= 2 * full.most,
        full.mean < Threshold.distinctRatio.value * full.natural
      {
        // As many fine steps and as few values are integers of a table (IQ4).
        let isTable =
          full.most == Threshold.tableEntries.count
          && Double(levels) > Threshold.integerTableSteps.value * Double(full.most)
        if isTable, bitWidth(full.most) < bits { entries = full.most }
        bits = min(bits, bitWidth(full.most))
      }
      // Some windows have no more values than fewer bits allow, where many could differ.
      if let fewest = curve.filter(isFew).min(by: { $0.most < $1.most }),
        bitWidth(fewest.most) < bits
      {
        bits = bitWidth(fewest.most)
        entries = nil
        group = curve.last { isFew($0) && bitWidth($0.most) == bits }?.window
      }
    }
    // Clipping makes the same value of many, and the few others fit fine steps.
    if bits > 5, grid.extremeShare ?? 0 >= Threshold.clippedShare.value { return nil }
    if bits > 4, entries == nil, isSum(peak, grid) {
      var verdict = GridVerdict(.uniform, bits: 4, groupSize: group, confidence: 0.7)
      verdict.isSum = true
      return verdict
    }
    let confidence = peak.medianPeak >= Threshold.certainLatticePeak.value ? 0.9 : 0.7
    if let entries {
      return GridVerdict(
        .codebook, bits: bits, groupSize: group, confidence: confidence, entries: entries)
    }
    return GridVerdict(
      .uniform, bits: max(1, min(8, bits)), groupSize: group, confidence: confidence,
      nearZero: reach(peak, grid).nearZero)
  }

  /// The longest windows within a group: those that were chosen for having enough values other than
  /// zero have fewer zeros than there are, and the shorter the fewer.
  private static func reach(
    _ peak: GridEvidence.Lattice, _ grid: GridEvidence
  ) -> GridEvidence.Lattice {
    grid.lattices.last { $0.window <= max(peak.window, grid.latticeGroup ?? 0) } ?? peak
  }

  /// Whether fine steps come from the sum of coarser grids: an average of quantized models has a common
  /// step nearly always, but lies on few of its multiples, or on more than 8 bits name.
  private static func isSum(_ peak: GridEvidence.Lattice, _ grid: GridEvidence) -> Bool {
    // Windows as long as groups show best what is left out.
    let reach = reach(peak, grid)
    // The average of a model and its fine-tune, with one step for both, has half of it.
    if reach.oddShare < Threshold.oddCodes.value { return true }
    guard peak.window >= 32, min(peak.frequency, reach.frequency) > Threshold.fineSteps.value else {
      return false
    }
    return peak.frequency > Threshold.byteSteps.value
      || reach.occupancy < Threshold.occupiedSteps.value
  }

  /// Whether groups of 16 have steps of their own: steps that two such groups share are much smaller,
  /// as the scales of K-quants are multiples of one number.
  private static func isFiner(
    _ short: GridEvidence.Lattice, than wide: GridEvidence.Lattice?, _ grid: GridEvidence
  ) -> Bool {
    guard let wide, let count = grid.distinctCurve.first(where: { $0.window == 16 }) else {
      return false
    }
    return short.windows >= 16 && short.medianPeak >= Threshold.certainLatticePeak.value
      && short.frequency < Threshold.tableEntries.value
      && short.frequency * Threshold.finerSteps.value < wide.frequency
      && count.mean < Threshold.distinctRatio.value * count.natural
  }

  /// Groups whose members lie apart, as act-order leaves them: rows have few values all the same.
  private static func permuted(_ grid: GridEvidence) -> GridVerdict? {
    guard !hasGridOfFloats(grid), let row = grid.distinctInRows, row.windows >= 4,
      row.window >= 256, row.values >= Double(Threshold.leastSample.count) / 2
    else { return nil }
    // Two groups are less of a proof than four and more.
    let ratio: Threshold = row.window < 512 ? .shortRowDistinctRatio : .rowDistinctRatio
    guard row.mean < ratio.value * row.natural, row.most >= Threshold.leastTable.count,
      // Clipping makes the same value of many.
      grid.extremeShare ?? 0 < Threshold.clippedShare.value
    else { return nil }
    // A usual group has 128 members.
    let perGroup = Double(row.most) / (Double(row.window) / 128)
    return GridVerdict(
      .uniform, bits: max(2, min(8, bitWidth(Int(perGroup.rounded(.up))))), groupSize: nil,
      confidence: 0.6)
  }

  private static func bitWidth(_ levels: Int) -> Int {
    levels <= 1 ? 1 : Int.bitWidth - (levels - 1).leadingZeroBitCount
  }
}
