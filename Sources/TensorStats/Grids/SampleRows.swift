public import ModelFile

/// Neighbouring values from rows of a tensor, for the grid tests.
public struct SampleRows: Sendable, Equatable {
  /// Rows, each from its first column on.
  public var rows: [[Float]] = []
  /// Tiles of 128 × 128 neighbours, row by row, where the matrix is large enough.
  public var tiles: [[Float]] = []
  /// Whether rows are there from the first to the last column.
  public var areWholeRows = true

  /// Of given values.
  public init(rows: [[Float]] = [], tiles: [[Float]] = [], areWholeRows: Bool = true) {
    self.rows = rows
    self.tiles = tiles
    self.areWholeRows = areWholeRows
  }

  /// Rows and columns of a tile: DeepSeek's FP8 has one scale for each.
  public static let tileSide = 128

  /// Rows that are read: with 1,024 columns they give 256 windows of 128.
  private static let rowCount = 32
  /// Tiles that are read.
  private static let tileCount = 4
  /// The most columns that are read of a row.
  private static let columnLimit = 1 << 14

  /// Reads rows and tiles, spread over a tensor.
  ///
  /// - Parameters:
  ///   - model: the model of the reading.
  ///   - matrixHeight: the rows of each matrix of the tensor where columns are read instead of rows, as
  ///     values that share a scale lie below one another there; `nil` where rows are read.
  ///   - seed: decides the places; the same seed reads the same.
  /// - Returns: `nil` where the tensor is empty or cannot be read, by columns where it is stored in
  ///   blocks.
  public init?(
    _ reading: Reading, of model: Model, columnsOf matrixHeight: Int? = nil, seed: UInt64 = 0
  ) {
    guard let source = RowSource(reading, of: model) else { return nil }
    var random = SplitMix64(seed: seed ^ UInt64(reading.tensor))
    let (height, width) = (source.rows, source.columns)
    let columns = min(width, Self.columnLimit / source.unit * source.unit)
    if let matrixHeight {
      guard matrixHeight > 0, height.isMultiple(of: matrixHeight), source.unit == 1,
        readColumns(source, matrixHeight, &random)
      else { return nil }
    } else {
      areWholeRows = columns == width
      for row in Self.places(Self.rowCount, of: height, &random) {
        guard let values = source.values(row: row, columns: 0..<columns) else { return nil }
        rows.append(values)
      }
    }
    let side = Self.tileSide
    guard height >= side, width >= side, side.isMultiple(of: source.unit) || source.unit % side == 0
    else { return }
    for band in Self.places(Self.tileCount, of: height / side, &random) {
      let column = random.below(width / side) * side
      var tile: [Float] = []
      for row in (band * side)..<((band + 1) * side) {
        guard let values = source.values(row: row, columns: column..<(column + side)) else {
          return nil
        }
        tile += values
      }
      tiles.append(tile)
    }
  }

  /// Reads columns of some matrices, a few neighbours at a time; whether they could be read.
  private mutating func readColumns(
    _ source: RowSource, _ matrixHeight: Int, _ random: inout SplitMix64
  ) -> Bool {
    let length = min(matrixHeight, Self.columnLength)
    areWholeRows = length == matrixHeight
    let width = min(source.columns, Self.columnsTogether)
    for matrix in Self.places(Self.rowCount / width, of: source.rows / matrixHeight, &random) {
      // All matrices of a tensor that has few of them are read in several places.
      for _ in 0..<max(1, Self.rowCount / width * matrixHeight / source.rows) {
        let column = random.below(source.columns - width + 1)
        var band = [[Float]](repeating: [], count: width)
        for row in (matrix * matrixHeight)..<(matrix * matrixHeight + length) {
          guard let values = source.values(row: row, columns: column..<(column + width)) else {
            return false
          }
          for (index, value) in values.enumerated() { band[index].append(value) }
        }
        rows += band
      }
    }
    return true
  }

  /// The most values that are read of a column.
  private static let columnLength = 1 << 11
  /// Neighbouring columns that are read at once.
  private static let columnsTogether = 8

  /// One place in each of `count` equal strata, or all places where there are no more.
  private static func places(_ count: Int, of all: Int, _ random: inout SplitMix64) -> [Int] {
    guard all > count else { return Array(0..<all) }
    return (0..<count).map { stratum in
      let start = stratum * all / count
      return start + random.below((stratum + 1) * all / count - start)
    }
  }
}

/// Random numbers that are the same everywhere for the same seed (Steele, Lea and Flood 2014).
struct SplitMix64 {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number from 0 up to, not including, a limit above 0.
  mutating func below(_ limit: Int) -> Int {
    Int(UInt64(limit).multipliedFullWidth(by: next()).high)
  }
}
