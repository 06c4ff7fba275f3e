import ModelFile

/// Reads tiles of 16 × 16 codes of 3 bits with scales in them, and the outliers beside them.
///
///     word of a row   bits 0–2 scale code, 3–5 zero code, 6–53 sixteen codes, 54–61 a piece of the tile's
///                     numbers: every second row the next 8 of 64 bits
///     tile's numbers  F16 scale's scale, zero's scale, scale's zero, zero's zero
///     outliers        the upper half of a word F16, the lower its column
///
/// weight = s · (code − z) + outlier, with s and z = scale · (code − zero).
struct OutlierTileReader: Sendable {
  private let words: TensorBytes
  private let outliers: TensorBytes
  /// For each row, or each row of tiles, and for the end, how many outliers are stored before it.
  private let starts: [Int]
  private let rows: Int
  private let columns: Int
  /// For each stored column the one that it stands for; empty where they lie in order.
  private let order: [Int]

  /// The side of a tile.
  private static let side = 16
  /// Rows whose starts stay in memory; no published matrix has a tenth of them.
  private static let rowLimit = 1 << 24

  init(
    _ description: OutlierTiles, rows: Int, columns: Int, matrices: Int, model: Model,
    files: [FileReader?]
  ) throws(DecodingError) {
    func mismatch(_ tensor: Int, _ sentence: String) -> DecodingError {
      DecodingError(tensor, .mismatch(sentence))
    }
    words = try TensorBytes(description.words, in: model, files: files)
    outliers = try TensorBytes(description.outliers, in: model, files: files)
    guard matrices == 1, rows <= Self.rowLimit, rows % Self.side == 0, columns % Self.side == 0,
      words.byteCount / 8 == rows * columns / Self.side
    else { throw mismatch(description.words, "the tiles do not fill the matrix") }
    let found = try TensorBytes(description.starts, in: model, files: files)
    guard found.byteCount / 4 == rows + 1 || found.byteCount / 4 == rows / Self.side + 1 else {
      throw mismatch(description.starts, "there is not one start for each row")
    }
    starts = try found.readAll().words(of: 4).map { Int($0) }
    guard starts.first == 0, starts.last == outliers.byteCount / 4,
      zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 })
    else { throw mismatch(description.starts, "the rows do not follow each other") }
    self.rows = rows
    self.columns = columns
    guard let tensor = description.order else {
      order = []
      return
    }
    let bytes = try TensorBytes(tensor, in: model, files: files)
    guard bytes.byteCount == 2 * columns else {
      throw mismatch(tensor, "there is not one place for each column")
    }
    order = try bytes.readAll().words(of: 2).map { Int($0) }
    guard Set(order) == Set(0..<columns) else {
      throw mismatch(tensor, "the order of the columns is none")
    }
  }

  /// Decodes rows.
  func read(
    _ range: Range<Int>, into floats: UnsafeMutableBufferPointer<Float>
  ) throws(DecodingError) {
    let side = Self.side
    let tiles = range.lowerBound / side..<(range.upperBound - 1) / side + 1
    let bytes = try words.read(
      rows: tiles, of: columns * 8, piece: 0..<columns * 8, matrix: 0)
    let stored = bytes.words(of: 8)
    for tile in tiles {
      for strip in 0..<columns / side {
        let first = (tile - tiles.lowerBound) * columns + strip * side
        let shared = Self.numbers(of: stored[first..<first + side])
        for row in max(tile * side, range.lowerBound)..<min((tile + 1) * side, range.upperBound) {
          let word = stored[first + row % side]
          let scale = shared[0] * (Float(word & 7) - shared[2])
          let zero = shared[1] * (Float(word >> 3 & 7) - shared[3])
          let out = (row - range.lowerBound) * columns
          for place in 0..<side {
            let code = Float(word >> UInt64(6 + 3 * place) & 7)
            floats[out + column(strip * side + place)] = scale * (code - zero)
          }
        }
      }
    }
    try addOutliers(range, tiles, floats)
  }

  private func column(_ stored: Int) -> Int { order.isEmpty ? stored : order[stored] }

  /// The four numbers that a tile's rows have in pieces.
  private static func numbers(of words: ArraySlice<UInt64>) -> [Float] {
    var all: UInt64 = 0
    for (row, word) in words.enumerated() { all |= (word >> 54 & 255) << UInt64(row / 2 * 8) }
    return ElementType.f16.floats(
      (0..<8).map { UInt8(truncatingIfNeeded: all >> UInt64(8 * $0)) })
  }

  private func addOutliers(
    _ range: Range<Int>, _ tiles: Range<Int>, _ floats: UnsafeMutableBufferPointer<Float>
  ) throws(DecodingError) {
    // Those of a row of tiles are interleaved, a row after the other, and padded with zeros.
    let isByTiles = starts.count != rows + 1
    let lists = isByTiles ? tiles : range
    let (first, end) = (starts[lists.lowerBound], starts[lists.upperBound])
    guard end > first else { return }
    let bytes = try outliers.read(
      rows: 0..<1, of: outliers.byteCount, piece: first * 4..<end * 4, matrix: 0)
    let found = bytes.words(of: 4)
    let values = ElementType.f16.floats(
      found.flatMap { [UInt8($0 >> 16 & 255), UInt8($0 >> 24 & 255)] })
    for list in lists {
      for index in starts[list]..<starts[list + 1] {
        let row = isByTiles ? list * Self.side + index % Self.side : list
        let place = Int(found[index - first] & 0xFFFF)
        guard place < columns else {
          throw DecodingError(
            outliers.index, .mismatch("an outlier stands outside of the matrix"))
        }
        guard range.contains(row) else { continue }
        floats[(row - range.lowerBound) * columns + column(place)] += values[index - first]
      }
    }
  }
}
