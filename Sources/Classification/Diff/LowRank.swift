internal import ModelFile
internal import TensorStats

/// How many dimensions the change of one matrix has.
public struct LowRank: Sendable, Equatable {
  /// The matrix.
  public var name: String
  /// What the matrix is for.
  public var role: Role
  /// Dimensions that stand out from noise; where the change is of low rank, those before the step down
  /// to what is left.
  public var rank: Int
  /// Dimensions of the sample.
  public var size: Int
  /// Their share of the change's energy.
  public var energy: Double
  /// The last singular value of them over the first that is left, or over the arithmetic's precision
  /// where that is greater.
  public var step: Double
  /// By how much rows were scaled besides, as a standard deviation of factors; `nil` where they were not.
  ///
  /// DoRA gives each row a length of its own (arXiv 2402.09353).
  public var rowScaling: Double?
  /// What is left, as its energy relative to that of rounding to the type the weights are stored in.
  public var remainder: Double

  /// Dimensions that stand out from rounding.
  var aboveRounding: Int

  /// Whether so few dimensions are the change.
  public var isLow: Bool {
    guard rank > 0, energy >= DiffThresholds.lowRankEnergy else { return false }
    let share = Double(rank) / Double(size)
    if share > DiffThresholds.lowRankShare {
      return share <= DiffThresholds.clearRankShare && step >= DiffThresholds.leadingSteps.overRest
    }
    // One direction leads in many changes, and by itself says little.
    let steps = rank > 2 ? DiffThresholds.lowRankSteps : DiffThresholds.leadingSteps
    return step >= steps.overRest
      || step >= steps.overRounding && remainder <= DiffThresholds.lowRankRemainder
  }
}

extension LowRank {
  /// Rows of a sample, of twice as many columns: the rank of a submatrix is that of the whole where it
  /// is smaller than the sample, and 384 tell those of most adapters.
  static let sampleSize = 384
  /// Rows of a sample for adapters of high rank.
  static let largeSampleSize = 768

  /// Whether a larger sample may show a low rank where this one does not.
  var needsLargerSample: Bool {
    !isLow && size >= Self.sampleSize
      && (rank >= size / 8 || (size / 4..<size - size / 16).contains(aboveRounding))
  }

  /// Measures the rank of the change of a pair on a sample of rows and columns.
  ///
  /// - Parameters:
  ///   - types: how both sides are stored, which says how much was rounded.
  ///   - codeError: the error of codes in deviations of the weights, 0 where both sides are floats.
  /// - Returns: `nil` where it cannot be read or nothing changed in it.
  init?(
    _ pair: ReadingPair, name: String, role: Role, samplers: Samplers, types: [ElementType],
    codeError: Double = 0, size: Int = sampleSize
  ) {
    guard
      let sample = samplers.values(of: pair, rows: size, columns: 2 * size)
        .flatMap({ Self.changed($0) })
    else { return nil }
    let change = zip(sample.reference, sample.other).map { Double($1) - Double($0) }
    let (rows, columns) = (sample.rows, sample.columns)
    guard codeError > 0 else {
      let rounding = Rounding(sample.reference, sample.other, columns: columns, types: types)
      self.init(rounding.even(change), rows: rows, columns: columns, name: name, role: role)
      rowScaling = Self.rowScaling(sample.reference, change, columns: columns)
      return
    }
    func power(_ values: some Sequence<Double>) -> Double { values.reduce(0) { $0 + $1 * $1 } }
    let rounding = codeError * codeError * power(sample.reference.lazy.map(Double.init))
    guard rounding > 0 else { return nil }
    self.init(
      Self.even(change, columns: columns), rows: rows, columns: columns, name: name,
      role: role, overRounding: power(change) / rounding)
  }

  private typealias Sample = (reference: [Float], other: [Float], rows: Int, columns: Int)

  /// The rows and columns of a sample in which anything changed: where the others are many, those few are
  /// not the dimensions of an adapter.
  private static func changed(_ sample: Sample) -> Sample? {
    var (rows, columns) = (Set<Int>(), Set<Int>())
    for index in sample.reference.indices where sample.reference[index] != sample.other[index] {
      rows.insert(index / sample.columns)
      columns.insert(index % sample.columns)
    }
    guard rows.count < sample.rows || columns.count < sample.columns else { return sample }
    guard !rows.isEmpty else { return nil }
    let places = sample.reference.indices.filter {
      rows.contains($0 / sample.columns) && columns.contains($0 % sample.columns)
    }
    return (
      places.map { sample.reference[$0] }, places.map { sample.other[$0] }, rows.count,
      columns.count
    )
  }

  /// The deviation of the rows' factors; `nil` where a change of its size makes it by chance.
  private static func rowScaling(
    _ reference: [Float], _ change: [Double], columns: Int
  ) -> Double? {
    var (factors, chances): ([Double], Double) = ([], 0)
    for start in stride(from: 0, to: change.count, by: max(1, columns)) {
      var (own, common, power) = (0.0, 0.0, 0.0)
      for index in start..<start + columns {
        let value = Double(reference[index])
        own += value * value
        common += value * change[index]
        power += change[index] * change[index]
      }
      guard own > 0 else { continue }
      factors.append(common / own)
      chances += power / own / Double(columns)
    }
    guard factors.count > 16 else { return nil }
    let mean = factors.reduce(0, +) / Double(factors.count)
    let variance = factors.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(factors.count)
    let isScaled = variance > DiffThresholds.scaledRows * chances / Double(factors.count)
    return isScaled ? variance.squareRoot() : nil
  }

  /// A change without rows or columns that are stronger than most: its rank stays, and the errors of
  /// coarse codes, which follow the largest weight near by, are noise like any other.
  private static func even(_ change: [Double], columns: Int) -> [Double] {
    let rows = change.count / max(1, columns)
    var even = change
    func weaken(_ lines: Int, _ place: (_ line: Int, _ index: Int) -> Int, of length: Int) {
      let powers = (0..<lines).map { line in
        (0..<length).reduce(0.0) { $0 + even[place(line, $1)] * even[place(line, $1)] }
      }
      let usual = powers.sorted()[lines / 2]
      for line in 0..<lines where powers[line] > usual {
        let factor = (usual / powers[line]).squareRoot()
        for index in 0..<length { even[place(line, index)] *= factor }
      }
    }
    weaken(rows, { $0 * columns + $1 }, of: columns)
    weaken(columns, { $1 * columns + $0 }, of: rows)
    return even
  }

  /// Measures the rank of a change.
  ///
  /// - Parameter overRounding: the power of the change over that of rounding; `nil` where rounding has
  ///   deviations of 1.
  private init?(
    _ change: [Double], rows: Int, columns: Int, name: String, role: Role,
    overRounding: Double? = nil
  ) {
    guard
      var values = singularValues(change, rows: rows, columns: columns),
      let first = values.first, first > 0
    else { return nil }
    // What fades out below the precision has no step there.
    let least = first * Self.precision
    values = values.map { $0 > least ? $0 : 0 }
    self.name = name
    self.role = role
    size = values.count
    let most = Int(DiffThresholds.clearRankShare * Double(size))
    let edge = Self.edge(rows, columns)
    aboveRounding =
      overRounding == nil
      ? values.prefix { $0 > edge }.count : Self.rank(values, rows: rows, columns: columns)
    let standing =
      aboveRounding > most ? Self.rank(values, rows: rows, columns: columns) : aboveRounding
    // The change of an adapter ends in a step; noise may stand out behind it, as rounding is not quite
    // like noise.
    let steps = (1..<max(2, min(standing, most) + 1)).map { rank in
      Self.step(values, after: rank, least)
    }
    let steepest = steps.indices.max { steps[$0] < steps[$1] } ?? 0
    let all = values.reduce(0) { $0 + $1 * $1 }
    func measure(_ rank: Int) -> (energy: Double, step: Double, remainder: Double) {
      let energy = values.prefix(rank).reduce(0) { $0 + $1 * $1 }
      let freedom = max(1, Double((rows - rank) * (columns - rank)))
      return (
        energy / all, Self.step(values, after: rank, least),
        overRounding.map { (1 - energy / all) * $0 } ?? (all - energy) / freedom
      )
    }
    rank = min(standing, steepest + 1)
    (energy, step, remainder) = measure(rank)
    if !isLow {
      rank = standing
      (energy, step, remainder) = measure(rank)
    }
  }

  /// Smaller singular values, relative to the greatest, are noise of the arithmetic.
  private static let precision = 1e-5

  private static func step(_ values: [Double], after rank: Int, _ least: Double) -> Double {
    guard rank > 0, rank <= values.count else { return 0 }
    return values[rank - 1] / max(least, rank < values.count ? values[rank] : 0)
  }

  /// A singular value above it is none of a random matrix with a deviation of 1.
  private static func edge(_ rows: Int, _ columns: Int) -> Double {
    (Double(rows).squareRoot() + Double(columns).squareRoot()) * DiffThresholds.noiseMargin
  }

  /// The singular values above the greatest that noise with the energy of the rest would have.
  private static func rank(_ values: [Double], rows: Int, columns: Int) -> Int {
    var rank = 0
    // Each round takes what stands out away from the rest; a few settle it.
    for _ in 0..<values.count {
      let rest = values.dropFirst(rank).reduce(0) { $0 + $1 * $1 }
      let freedom = Double((rows - rank) * (columns - rank))
      guard freedom > 0 else { break }
      let deviation = (rest / freedom).squareRoot()
      let edge = deviation * edge(rows, columns)
      let next = values.prefix { $0 > edge }.count
      if next <= rank { break }
      rank = next
    }
    return rank
  }
}

/// The deviation of rounding to a float type in the rows and columns of a sample.
///
/// A number is rounded by up to half its last place, so rows of large weights have more of it, which
/// would pass for dimensions of their own.
private struct Rounding {
  private var rows: [Double]
  private var columns: [Double]

  init(_ reference: [Float], _ other: [Float], columns count: Int, types: [ElementType]) {
    let bits = types.compactMap(\.mantissaBits).min() ?? Float.significandBitCount
    let least = types.contains(.f16) ? Self.leastExponentOfF16 : Float.leastNormalMagnitude.exponent
    let height = reference.count / max(1, count)
    rows = Array(repeating: 0, count: height)
    columns = Array(repeating: 0, count: count)
    for index in reference.indices {
      let magnitude = max(reference[index].magnitude, other[index].magnitude)
      let exponent = magnitude > 0 && magnitude.isFinite ? max(magnitude.exponent, least) : least
      let place = Double(
        sign: .plus, exponent: exponent - min(bits, Float.significandBitCount), significand: 1)
      rows[index / count] += place * place / 12 / Double(count)
      columns[index % count] += place * place / 12 / Double(height)
    }
    let mean = columns.reduce(0, +) / Double(max(1, count))
    rows = rows.map { $0.squareRoot() }
    columns = columns.map { ($0 / mean).squareRoot() }
  }

  private static let leastExponentOfF16 = -14

  /// A change with rounding of deviation 1 everywhere; its rank stays.
  func even(_ change: [Double]) -> [Double] {
    var even = change
    for index in even.indices {
      let scale = rows[index / columns.count] * columns[index % columns.count]
      if scale > 0 { even[index] /= scale }
    }
    return even
  }
}
