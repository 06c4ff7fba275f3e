import ModelFile

extension Marlin24 {
  /// Where in a tile of 16 stored inputs × 64 outputs each of its 1,024 codes belongs.
  ///
  /// Number = 256 · (output / 16) + 16 · input + output % 16. From `get_permutations_24` of
  /// compressed-tensors (utils/permutations_24.py, up to 0.14), which cites the fragments of
  /// `mma.m16n8k16`.
  static func codeOrder(bits: Int) -> [Int] {
    var order: [Int] = []
    for thread in 0..<32 {
      let column = thread / 4
      var codes: [Int] = []
      for block in 0..<2 {
        for row in [0, 1, 8, 9] {
          codes.append(
            16 * (2 * (thread % 4) + row) + column / 2 * 256 + 8 * (column % 2) + 4 * block)
        }
      }
      for j in 0..<4 { order += codes.map { $0 + j } }
    }
    let interleaved = bits == 4 ? [0, 2, 4, 6, 1, 3, 5, 7] : [0, 2, 1, 3]
    return stride(from: 0, to: order.count, by: interleaved.count).flatMap { start in
      interleaved.map { order[start + $0] }
    }
  }

  /// The order of the scales in each run of eight outputs; empty for their own order.
  ///
  /// `pack_scales_24` of compressed-tensors' marlin_24.py interleaves them where a group is shorter
  /// than the stored half of a row.
  static func scaleOrder(of decoder: PackedDecoder, columns: Int) -> [Int] {
    guard case .tiles(_, let width)? = decoder.scales.first?.values.sharing, width < columns / 2
    else { return [] }
    // Output j of a run stands at the place i with [0, 4, 1, 5, 2, 6, 3, 7][i] = j.
    return [0, 2, 4, 6, 1, 3, 5, 7]
  }
}

/// Reads 2:4 sparse codes in the order of the Marlin kernels.
struct MarlinReader: Sendable {
  private let codes: TensorBytes
  private let meta: TensorBytes
  private let bits: Int
  private let rows: Int
  private let columns: Int
  private let order: [Int]
  /// The last rows that were read, whole tiles.
  private var panel: RowPanel

  /// Outputs come in tiles of this many.
  private static let tile = 64

  init(
    _ description: Marlin24, rows: Int, columns: Int, matrices: Int, panelRows: Int, model: Model,
    files: [FileReader?]
  ) throws(DecodingError) {
    var codes = try TensorBytes(description.codes, in: model, files: files)
    var meta = try TensorBytes(description.meta, in: model, files: files)
    bits = description.bits
    let (weights, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard bits == 4 || bits == 8, rows % Self.tile == 0, columns % 32 == 0, !overflow else {
      throw DecodingError(
        description.codes, .mismatch("\(rows) × \(columns) weights do not fill Marlin's tiles"))
    }
    try codes.divide(among: matrices, needing: weights / 16 * bits)
    // Two bytes for 16 weights.
    try meta.divide(among: matrices, needing: weights / 8)
    self.codes = codes
    self.meta = meta
    self.rows = rows
    self.columns = columns
    panel = RowPanel(rows: rows, tileRows: Self.tile, rowBytes: columns, panelRows: panelRows)
    order = Marlin24.codeOrder(bits: bits)
  }

  /// Reads rows of codes, the code of zero where a weight is not stored.
  mutating func read(_ range: Range<Int>, matrix: Int) throws(DecodingError) -> [UInt8] {
    if let tiles = panel.missing(range, matrix: matrix) {
      panel.hold(try codes(of: tiles, matrix: matrix), of: tiles, matrix: matrix)
    }
    return panel.bytes(of: range)
  }

  /// The codes of rows of whole tiles.
  private func codes(of tiles: Range<Int>, matrix: Int) throws(DecodingError) -> [UInt8] {
    let kept = try keptCodes(tiles, matrix: matrix)
    let positions = try metadata(tiles, matrix: matrix)
    let zero = UInt8(1 << (bits - 1))
    var result = [UInt8](repeating: zero, count: 2 * kept.count)
    result.withUnsafeMutableBufferPointer { result in
      // Two places of two bits each for every four weights, and four of these in a word.
      for (word, places) in positions.enumerated() {
        for quad in 4 * word..<4 * word + 4 {
          let nibble = places >> UInt16(quad % 4 * 4)
          result[4 * quad + Int(nibble & 3)] = kept[2 * quad]
          result[4 * quad + Int(nibble >> 2 & 3)] = kept[2 * quad + 1]
        }
      }
    }
    return result
  }

  /// The stored codes of rows of whole tiles, half as many as there are columns in a row.
  private func keptCodes(_ tiles: Range<Int>, matrix: Int) throws(DecodingError) -> [UInt8] {
    let tileBytes = 1024 * bits / 8
    let (strips, width) = (columns / 32, columns / 2)
    let bytes = try codes.read(
      rows: 0..<strips, of: rows / Self.tile * tileBytes,
      piece: tiles.lowerBound * tileBytes..<tiles.upperBound * tileBytes, matrix: matrix)
    // Where each code of a tile goes, from the tile's first.
    let places = order.map { ($0 / 256 * 16 + $0 % 16) * width + $0 % 256 / 16 }
    var kept = [UInt8](repeating: 0, count: tiles.count * Self.tile * width)
    kept.withUnsafeMutableBufferPointer { kept in
      for strip in 0..<strips {
        for tile in 0..<tiles.count {
          let from = (strip * tiles.count + tile) * tileBytes
          let to = tile * Self.tile * width + strip * 16
          if bits == 8 {
            for code in 0..<1024 { kept[to + places[code]] = bytes[from + code] }
          } else {
            for pair in 0..<512 {
              kept[to + places[2 * pair]] = bytes[from + pair] & 15
              kept[to + places[2 * pair + 1]] = bytes[from + pair] >> 4
            }
          }
        }
      }
    }
    return kept
  }

  /// The words that say which weights are stored, 16 weights each, of rows of whole tiles.
  ///
  /// They are stored in pairs of columns, one below the other, rows shuffled within a tile and 2 × 2
  /// blocks turned: `_calculate_meta_reordering_scatter_offsets` of
  /// torch/sparse/_semi_structured_conversions.py, after CUTLASS's `reorder_meta`.
  private func metadata(_ tiles: Range<Int>, matrix: Int) throws(DecodingError) -> [UInt16] {
    let (tile, words) = (Self.tile, columns / 16)
    let bytes = try meta.read(
      rows: 0..<words / 2, of: rows * 4,
      piece: tiles.lowerBound * tile * 4..<tiles.upperBound * tile * 4, matrix: matrix)
    var result = [UInt16](repeating: 0, count: tiles.count * tile * words)
    for row in 0..<tiles.count * tile {
      let r = row % tile
      let shuffled = r % 2 * 2 + r % 8 / 4 + r % 4 / 2 * 32 + r / 8 * 4
      for word in 0..<words {
        var (place, pair) = (shuffled, word % 2)
        if place % 2 == 0, pair == 1 {
          (place, pair) = (place + 1, 0)
        } else if place % 2 == 1, pair == 0 {
          (place, pair) = (place - 1, 1)
        }
        let at = (word / 2 * tiles.count * tile + row - r + place) * 4 + pair * 2
        result[row * words + word] = UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8
      }
    }
    return result
  }
}
