import CKernels

/// Looks at the zeros of a piece of a matrix, given a bit for each element.
struct ZeroCounter: ~Copyable {
  private let words = UnsafeMutablePointer<UInt64>.allocate(capacity: 64)
  private let next = UnsafeMutablePointer<UInt64>.allocate(capacity: 64)
  private let turned = UnsafeMutablePointer<UInt64>.allocate(capacity: 64)
  private let rowZeros = UnsafeMutablePointer<UInt32>.allocate(capacity: 64)
  /// 64 rows of a convolution, turned: a word for each column.
  private var bandColumns = UnsafeMutableBufferPointer<UInt64>(start: nil, count: 0)

  /// N:M groups are counted where at least one element in so many is zero: the densest patterns
  /// leave half of a group zero, so below a quarter none holds in more than half of the groups.
  private static let groupThreshold = 4

  deinit {
    words.deallocate()
    next.deallocate()
    turned.deallocate()
    rowZeros.deallocate()
    bandColumns.deallocate()
  }

  /// A piece of a matrix.
  struct Piece {
    var rows: Range<Int>
    var columns: Range<Int>
    var grid: PieceGrid
    /// Rows and columns of the map.
    var map: (rows: Int, columns: Int)
  }

  /// Adds what a piece without zeros tells.
  static func addDense(_ piece: Piece, to totals: inout ZeroTotals) {
    if piece.columns.count == piece.grid.columns { return totals.hasDenseRow = true }
    if totals.zeroColumns.isEmpty { totals.zeroColumns = allOnes(piece.grid.columns) }
    let first = piece.columns.lowerBound / 64
    for word in 0..<(piece.columns.count + 63) / 64 { totals.zeroColumns[first + word] = 0 }
  }

  /// Adds what the zeros of a piece tell.
  ///
  /// - Parameters:
  ///   - bits: the piece's rows, each `stride` bits behind the other, and a word more.
  ///   - zeros: how many bits are set.
  mutating func add(
    _ bits: UnsafePointer<UInt64>, stride: Int, zeros: Int, of piece: Piece,
    to totals: inout ZeroTotals
  ) {
    let (rows, columns, grid) = (piece.rows, piece.columns, piece.grid)
    if totals.zeroColumns.isEmpty { totals.zeroColumns = Self.allOnes(grid.columns) }
    if totals.map.isEmpty {
      totals.map = Array(repeating: 0, count: piece.map.rows * piece.map.columns)
    }
    let isWhole = columns.count == grid.columns
    if !isWhole, totals.zerosByRow.isEmpty {
      totals.zerosByRow = Array(repeating: 0, count: grid.rows)
    }
    let countsGroups = zeros >= rows.count * columns.count / Self.groupThreshold
    let countsChannels = countsGroups && isWhole && grid.kernel > 1
    let wordCount = (columns.count + 63) / 64
    if countsChannels, bandColumns.count < 64 * wordCount {
      bandColumns.deallocate()
      bandColumns = .allocate(capacity: 64 * wordCount)
    }
    for band in Swift.stride(from: 0, to: rows.count, by: PieceGrid.bandHeight) {
      let height = min(PieceGrid.bandHeight, rows.count - band)
      rowZeros.update(repeating: 0, count: 64)
      if countsChannels { bandColumns[..<(64 * wordCount)].update(repeating: 0) }
      func load(_ word: Int, into words: UnsafeMutablePointer<UInt64>) -> Bool {
        let valid = columns.count - 64 * word
        let mask = valid >= 64 ? ~0 : (1 as UInt64) << UInt64(valid) - 1
        return load_block(bits, band * stride + 64 * word, stride, height, mask, words) != 0
      }
      var any = load(0, into: words)
      for word in 0..<wordCount {
        let isLast = word + 1 == wordCount
        let valid = columns.count - 64 * word
        let anyNext = !isLast && load(word + 1, into: next)
        if countsGroups, any || anyNext {
          count_groups(words, isLast ? nil : UnsafePointer(next), valid, &totals.rowGroups)
        }
        if any {
          block_tiles(words, &totals.tiles, rowZeros)
          if countsGroups {
            turned.update(from: words, count: 64)
            transpose_64(turned)
            count_groups(turned, nil, height, &totals.columnGroups)
            if countsChannels {
              bandColumns.baseAddress?.advanced(by: 64 * word).update(from: turned, count: 64)
            }
          }
          addToMap(band, height, 64 * word, min(64, valid), piece, &totals.map)
        }
        totals.zeroColumns[columns.lowerBound / 64 + word] &= any ? inAllLines(height, valid) : 0
        any = anyNext
        words.update(from: next, count: 64)
      }
      if countsChannels {
        countChannels(grid.columns / grid.kernel, kernel: grid.kernel, &totals.channelGroups)
      }
      for row in 0..<height {
        let place = rows.lowerBound + band + row
        if isWhole {
          totals.addRow(place, zeros: Int(rowZeros[row]), columns: grid.columns)
        } else {
          totals.zerosByRow[place] += Int(rowZeros[row])
        }
      }
    }
  }

  /// Counts groups along the channels of the turned rows, at each place of the kernel.
  private func countChannels(_ channels: Int, kernel: Int, _ counts: inout group_counts) {
    func load(_ first: Int, _ place: Int, into words: UnsafeMutablePointer<UInt64>) {
      for i in 0..<64 {
        words[i] = first + i < channels ? bandColumns[(first + i) * kernel + place] : 0
      }
      transpose_64(words)
    }
    for place in 0..<kernel {
      load(0, place, into: words)
      for first in Swift.stride(from: 0, to: channels, by: 64) {
        let isLast = first + 64 >= channels
        if !isLast { load(first + 64, place, into: next) }
        count_groups(words, isLast ? nil : UnsafePointer(next), channels - first, &counts)
        words.update(from: next, count: 64)
      }
    }
  }

  /// Bits that are all set, a word for 64 columns.
  private static func allOnes(_ columns: Int) -> [UInt64] {
    Array(repeating: ~0, count: (columns + 63) / 64)
  }

  /// The columns that are zero in each line; those behind the last one too.
  private func inAllLines(_ height: Int, _ valid: Int) -> UInt64 {
    var always = ~UInt64(0)
    for row in 0..<height { always &= words[row] }
    return valid < 64 ? always | ~0 << UInt64(valid) : always
  }

  /// Adds the zeros of 64 × 64 elements to the cells of the map that they lie in.
  private func addToMap(
    _ firstRow: Int, _ height: Int, _ firstColumn: Int, _ width: Int, _ piece: Piece,
    _ cells: inout [UInt32]
  ) {
    let (grid, map) = (piece.grid, piece.map)
    let top = piece.rows.lowerBound + firstRow
    let left = piece.columns.lowerBound + firstColumn
    var cell = left * map.columns / grid.columns
    var column = 0
    while column < width {
      let columnEnd = min(width, ZeroMap.start(of: cell + 1, map.columns, grid.columns) - left)
      let mask =
        (columnEnd == 64 ? ~0 : (1 as UInt64) << UInt64(columnEnd) - 1)
        & ~0 << UInt64(column)
      var line = top * map.rows / grid.rows
      var row = 0
      while row < height {
        let rowEnd = min(height, ZeroMap.start(of: line + 1, map.rows, grid.rows) - top)
        let zeros = count_masked(words + row, rowEnd - row, mask)
        cells[line * map.columns + cell] &+= UInt32(truncatingIfNeeded: zeros)
        row = rowEnd
        line += 1
      }
      column = columnEnd
      cell += 1
    }
  }
}
