import ModelFile

/// Reads codes that are stored tile by tile.
struct TiledReader: Sendable {
  private let bytes: TensorBytes
  private let tiled: TiledCodes
  private let rows: Int
  private let columns: Int
  /// The columns with those that only fill tiles.
  private let storedColumns: Int
  /// The last rows that were read, whole tiles.
  private var panel: RowPanel

  init(
    _ description: TiledCodes, rows: Int, columns: Int, matrices: Int, panelRows: Int, model: Model,
    files: [FileReader?]
  ) throws(DecodingError) {
    tiled = description
    let (height, width, bits) = (tiled.tileRows, tiled.tileColumns, tiled.bits)
    func mismatch(_ sentence: String) -> DecodingError {
      DecodingError(description.tensor, .mismatch(sentence))
    }
    guard bits == 2 || bits == 4 || bits == 8, (1...1024).contains(height),
      (1...1024).contains(width), tiled.order.count == height * width,
      height * width * bits % 8 == 0,
      tiled.order.allSatisfy({ (0..<height * width).contains($0) })
    else { throw mismatch("the tiles cannot be read") }
    storedColumns = tiled.storedColumns ?? columns
    let (weights, overflow) = rows.multipliedReportingOverflow(by: storedColumns)
    guard !overflow, rows % height == 0, storedColumns % width == 0, storedColumns >= columns,
      storedColumns < 1 << 32
    else {
      throw mismatch("\(rows) × \(columns) weights do not fill tiles of \(height) × \(width)")
    }
    var bytes = try TensorBytes(description.tensor, in: model, files: files)
    try bytes.divide(among: matrices, needing: weights / 8 * bits)
    self.bytes = bytes
    self.rows = rows
    self.columns = columns
    panel = RowPanel(
      rows: rows, tileRows: height, rowBytes: columns,
      // Padding is read, too.
      panelRows: max(1, min(panelRows, panelRows * columns / max(storedColumns, 1))))
  }

  /// Reads rows of codes.
  mutating func read(_ range: Range<Int>, matrix: Int) throws(DecodingError) -> [UInt8] {
    if let tiles = panel.missing(range, matrix: matrix) {
      panel.hold(try codes(of: tiles, matrix: matrix), of: tiles, matrix: matrix)
    }
    return panel.bytes(of: range)
  }

  /// The codes of rows of whole tiles.
  private func codes(of tiles: Range<Int>, matrix: Int) throws(DecodingError) -> [UInt8] {
    let (height, width, bits) = (tiled.tileRows, tiled.tileColumns, tiled.bits)
    let (size, across) = (height * width * bits / 8, storedColumns / width)
    let stored: [UInt8]
    switch tiled.sequence {
    case .down:
      stored = try bytes.read(
        rows: 0..<across, of: rows / height * size,
        piece: tiles.lowerBound * size..<tiles.upperBound * size, matrix: matrix)
    case .across:
      stored = try bytes.read(
        rows: tiles, of: across * size, piece: 0..<across * size, matrix: matrix)
    }
    let places = tiled.order.map { $0 / width * columns + $0 % width }
    let (perByte, mask) = (8 / bits, UInt8(truncatingIfNeeded: 1 << bits - 1))
    var codes = [UInt8](repeating: 0, count: tiles.count * height * columns)
    codes.withUnsafeMutableBufferPointer { codes in
      for tile in 0..<tiles.count {
        for strip in 0..<across {
          let number = tiled.sequence == .down ? strip * tiles.count + tile : tile * across + strip
          let to = tile * height * columns + strip * width
          // The last tile may reach beyond the matrix.
          let room = columns - strip * width
          for (index, place) in places.enumerated() {
            if room < width, tiled.order[index] % width >= room { continue }
            let byte = stored[number * size + index / perByte]
            codes[to + place] = byte >> UInt8(index % perByte * bits) & mask
          }
        }
      }
    }
    return codes
  }
}
