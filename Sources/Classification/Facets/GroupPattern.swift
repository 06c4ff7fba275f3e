internal import TensorStats

/// An N:M pattern: in every M neighbours at most N weights are not zero.
public struct GroupPattern: Sendable, Equatable {
  /// Weights of a group that may differ from zero.
  public var n: Int
  /// Weights of a group.
  public var m: Int
  /// Whether the groups run along the inputs of the layer, as hardware needs it.
  public var axis: Verdict.Sparsity.Axis
  /// The share of groups with at least M − N zeros.
  public var compliance: Double
  /// The share of groups with exactly so many.
  public var exact: Double
  /// The share of groups that zeros at random places would make compliant.
  public var chance: Double
  /// Whole, aligned groups.
  public var groups: Int
}

extension GroupPattern {
  /// The order of the search: the smallest M that holds is reported, as 2:4 implies 4:8.
  static let order = [(1, 2), (2, 4), (1, 4), (4, 8), (2, 8), (8, 16), (16, 32), (8, 32)]

  /// Finds the pattern of a matrix, along the inputs first.
  ///
  /// The inputs of a convolution are tried in the order in which they are stored and along the channels
  /// at each place of the kernel, which NVIDIA's ASP and cuSPARSELt prune. The pattern goes before the
  /// order: with kernels of two elements, 2:4 along the channels makes 4:8 as stored.
  ///
  /// - Parameters:
  ///   - zeroShare: the zeros among all its weights.
  ///   - isQuantized: whether kept weights may be zero by nature.
  init?(
    _ structure: ZeroStructure, view: MatrixView, zeroShare: Double, isQuantized: Bool
  ) {
    let inputs: [ZeroStructure.Axis] = view.inputAxis == .columns ? [.row, .channel] : [.column]
    let outputs: [ZeroStructure.Axis] = view.inputAxis == .columns ? [.column] : [.row]
    for (axis, directions) in [(Verdict.Sparsity.Axis.input, inputs), (.output, outputs)] {
      for (n, m) in Self.order {
        for direction in directions {
          guard
            let counts = structure.groups.first(where: {
              $0.n == n && $0.m == m && $0.axis == direction
            }),
            let found = GroupPattern(
              counts, axis: axis, zeroShare: zeroShare, isQuantized: isQuantized)
          else { continue }
          self = found
          return
        }
      }
    }
    return nil
  }

  private init?(
    _ counts: ZeroStructure.GroupCounts, axis: Verdict.Sparsity.Axis, zeroShare: Double,
    isQuantized: Bool
  ) {
    n = counts.n
    m = counts.m
    groups = counts.groups
    self.axis = axis
    guard groups >= Threshold.leastGroups.count else { return nil }
    compliance = Double(counts.compliant) / Double(groups)
    exact = Double(counts.exact) / Double(groups)
    chance = Self.chance(n: n, m: m, zeroShare: zeroShare)
    let deviation = (chance * (1 - chance) / Double(groups)).squareRoot()
    guard compliance >= Threshold.groupCompliance.value,
      isQuantized || exact >= Threshold.groupExactness.value,
      compliance - chance > Threshold.groupDeviations.value * deviation,
      zeroShare <= Double(m - n) / Double(m)
        + (isQuantized ? Threshold.groupSurplusQuantized : Threshold.groupSurplus).value
    else { return nil }
    if counts.shiftedGroups > 0 {
      let shifted = Double(counts.shiftedCompliant) / Double(counts.shiftedGroups)
      guard shifted < Threshold.shiftedCompliance.value else { return nil }
    }
  }

  /// P(at least M − N of M are zero) where each is zero with the same probability.
  static func chance(n: Int, m: Int, zeroShare s: Double) -> Double {
    var sum = 0.0
    for zeros in (m - n)...m {
      var term = 1.0
      for i in 0..<zeros { term *= Double(m - i) / Double(zeros - i) * s }
      for _ in zeros..<m { term *= 1 - s }
      sum += term
    }
    return min(sum, 1)
  }
}

/// All-zero tiles that hold nearly all zeros of a matrix.
public struct BlockPattern: Sendable, Equatable {
  /// Rows of a tile.
  public var rows: Int
  /// Columns of a tile.
  public var columns: Int
  /// The share of tiles that hold zeros only.
  public var zeroShare: Double
  /// The share of the zeros that lie in them.
  public var explained: Double

  /// Finds the largest tiles that explain the zeros.
  ///
  /// - Parameters:
  ///   - zeros: those to explain, of `count` weights.
  ///   - isQuantized: whether kept weights may be zero by nature.
  init?(_ structure: ZeroStructure, zeros: Int, count: Int, isQuantized: Bool = false) {
    let least = isQuantized ? Threshold.blockExplainedQuantized : Threshold.blockExplained
    guard zeros > 0, count > 0, zeros < count else { return nil }
    let share = Double(zeros) / Double(count)
    let found = structure.tiles.compactMap { tile -> BlockPattern? in
      let size = tile.rows * tile.columns
      guard tile.tiles >= 4, size > 1 else { return nil }
      let zeroShare = Double(tile.zeroTiles) / Double(tile.tiles)
      let explained = min(1, Double(tile.zeroTiles * size) / Double(zeros))
      var chance = 1.0
      for _ in 0..<min(size, 4096) { chance *= share }
      // Odds rather than shares, which cannot be three times as large where chance is above a third.
      guard explained >= least.value,
        zeroShare * (1 - chance) > Threshold.blockChance.value * chance * (1 - zeroShare)
      else { return nil }
      return BlockPattern(
        rows: tile.rows, columns: tile.columns, zeroShare: zeroShare, explained: explained)
    }
    guard let largest = found.max(by: { $0.rows * $0.columns < $1.rows * $1.columns }) else {
      return nil
    }
    self = largest
  }

  private init(rows: Int, columns: Int, zeroShare: Double, explained: Double) {
    self.rows = rows
    self.columns = columns
    self.zeroShare = zeroShare
    self.explained = explained
  }
}
