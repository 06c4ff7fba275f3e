internal import ModelFile
internal import TensorStats

/// The grid of one tensor, judged from what samples of its values say.
struct GridVerdict: Equatable {
  var kind: Verdict.Grid.Kind
  var bits: Int
  /// Neighbours that share a step; `nil` where groups are permuted or whole rows.
  var groupSize: Int?
  var confidence: Double
  /// The float type that values are numbers of, times scales.
  var content: FloatContent?

  /// Judges samples; `nil` where the values lie on no grid.
  ///
  /// The order matters: tables of floats look like fine even grids, and grids of few steps like tables.
  init?(_ grid: GridEvidence, stored type: ElementType) {
    guard
      let few = Self.few(grid) ?? Self.codebook(grid) ?? Self.floats(grid) ?? Self.tiles(grid)
        ?? Self.lattice(grid) ?? Self.permuted(grid, type)
    else {
      return nil
    }
    self = few
  }

  init(
    _ kind: Verdict.Grid.Kind, bits: Int, groupSize: Int? = nil, confidence: Double,
    content: FloatContent? = nil
  ) {
    self.kind = kind
    self.bits = bits
    self.groupSize = groupSize
    self.confidence = confidence
    self.content = content
  }

  /// Two or three values.
  private static func few(_ grid: GridEvidence) -> GridVerdict? {
    guard let few = grid.fewValues, few.isSymmetric else { return nil }
    switch few.distinct {
    case 2 where few.zeroShare == 0: return GridVerdict(.binary, bits: 1, confidence: 0.95)
    case 3: return GridVerdict(.ternary, bits: 2, confidence: 0.95)
    default: return nil
    }
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
      .codebook, bits: 4, groupSize: best.group, confidence: 0.9)
  }

  /// Floats of 8 bits times any scale of the tensor, of rows or of tiles.
  ///
  /// Whole numbers up to 15 are such floats, too, but span four octaves.
  private static func floats(_ grid: GridEvidence) -> GridVerdict? {
    let found = grid.floats.first {
      $0.share >= Threshold.codebookShare.value && $0.octaves >= Threshold.floatOctaves.count
    }
    guard let found else { return nil }
    return GridVerdict(
      .fp8Tile, bits: 8, confidence: 0.9, content: found.mantissaBits == 2 ? .e5m2 : .e4m3)
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

  /// Even steps in windows of neighbours.
  private static func lattice(_ grid: GridEvidence) -> GridVerdict? {
    // Floats of one or two octaves lie on an even grid by nature: norms, values far from zero.
    guard grid.isStorageGrid != true, grid.meanOverDeviation.map({ abs($0) < 0.5 }) ?? true else {
      return nil
    }
    let wide = grid.lattices.first { $0.window == 32 }
    let short = grid.lattices.first { $0.window == 16 }
    let peak: GridEvidence.Lattice
    if let wide, wide.medianPeak >= Threshold.latticePeak.value {
      peak = wide
    } else if let short, short.medianPeak >= Threshold.shortLatticePeak.value {
      peak = short
    } else {
      return nil
    }
    guard peak.windows >= 16 else { return nil }
    var bits = bitWidth(Int(peak.frequency.rounded()) + 1)
    // Integer tables (IQ4) look like fine grids; few values in a window tell them, where the window
    // is long enough that it could have had more.
    for count in grid.distinctCurve
    where count.window <= max(grid.latticeGroup ?? 32, 32) && count.window >= 2 * count.most {
      guard count.mean < Threshold.distinctRatio.value * Double(count.window) else { continue }
      bits = min(bits, bitWidth(count.most))
    }
    return GridVerdict(
      .uniform, bits: max(1, min(8, bits)), groupSize: grid.latticeGroup,
      confidence: peak.medianPeak >= Threshold.certainLatticePeak.value ? 0.9 : 0.7)
  }

  /// Groups whose members lie apart, as act-order leaves them: rows have few values all the same.
  private static func permuted(_ grid: GridEvidence, _ type: ElementType) -> GridVerdict? {
    guard grid.isStorageGrid != true, grid.meanOverDeviation.map({ abs($0) < 0.5 }) ?? true,
      let row = grid.distinctInRows, row.windows >= 4, row.window >= 512
    else { return nil }
    let natural = naturalDistinct(row.window, type)
    guard row.mean < Threshold.rowDistinctRatio.value * natural else { return nil }
    // A usual group has 128 members.
    let perGroup = Double(row.most) / (Double(row.window) / 128)
    return GridVerdict(
      .uniform, bits: max(2, min(8, bitWidth(Int(perGroup.rounded(.up))))), groupSize: nil,
      confidence: 0.6)
  }

  private static func bitWidth(_ levels: Int) -> Int {
    levels <= 1 ? 1 : Int.bitWidth - (levels - 1).leadingZeroBitCount
  }

  /// Different values among so many natural weights of a type, from simulations; between the known
  /// lengths in proportion.
  static func naturalDistinct(_ window: Int, _ type: ElementType) -> Double {
    let curve: [(Double, Double)]
    switch type {
    case .bf16: curve = [(0, 0), (128, 121), (256, 229), (2048, 1026), (4096, 1356), (16384, 1900)]
    case .f16: curve = [(0, 0), (128, 127), (256, 252), (2048, 1835), (4096, 3200), (16384, 9000)]
    default: return Double(window)
    }
    let length = Double(window)
    for (low, high) in zip(curve, curve.dropFirst()) where length <= high.0 {
      return low.1 + (high.1 - low.1) * (length - low.0) / (high.0 - low.0)
    }
    return curve[curve.count - 1].1
  }
}
