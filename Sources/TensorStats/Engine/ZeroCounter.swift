import CKernels

/// Looks at the zeros of a piece of a matrix, given a bit for each element.
struct ZeroCounter: ~Copyable {
  private let words = UnsafeMutablePointer<UInt64>.allocate(capacity: 64)
  private let next = UnsafeMutablePointer<UInt64>.allocate(capacity: 64)
  private let turned = UnsafeMutablePointer<UInt64>.allocate(capacity: 64)
  private let rowZeros = UnsafeMutablePointer<Int>.allocate(capacity: 64)

  deinit {
    words.deallocate()
    next.deallocate()
    turned.deallocate()
    rowZeros.deallocate()
  }

  /// Adds what a piece without zeros tells.
  static func addDense(
    rows: Range<Int>, columns: Range<Int>, of grid: PieceGrid, to totals: inout ZeroTotals
  ) {
    if columns.count == grid.columns { return totals.hasDenseRow = true }
    if totals.zeroColumns.isEmpty { totals.zeroColumns = allOnes(grid.columns) }
    let first = columns.lowerBound / 64
    for word in 0..<(columns.count + 63) / 64 { totals.zeroColumns[first + word] = 0 }
  }

  /// Adds what the zeros of a piece tell.
  ///
  /// - Parameters:
  ///   - bits: the piece's rows, each `stride` bits behind the other, and a word more.
  ///   - map: rows and columns of the map.
  func add(
    _ bits: UnsafePointer<UInt64>, stride: Int, rows: Range<Int>, columns: Range<Int>,
    of grid: PieceGrid, map: (rows: Int, columns: Int), to totals: inout ZeroTotals
  ) {
    if totals.zeroColumns.isEmpty { totals.zeroColumns = Self.allOnes(grid.columns) }
    if totals.map.isEmpty { totals.map = Array(repeating: 0, count: map.rows * map.columns) }
    let isWhole = columns.count == grid.columns
    if !isWhole, totals.zerosByRow.isEmpty {
      totals.zerosByRow = Array(repeating: 0, count: grid.rows)
    }
    let wordCount = (columns.count + 63) / 64
    for band in Swift.stride(from: 0, to: rows.count, by: PieceGrid.bandHeight) {
      let height = min(PieceGrid.bandHeight, rows.count - band)
      for row in 0..<64 { rowZeros[row] = 0 }
      var any = load(bits, stride, band, height, word: 0, columns.count, into: words)
      for word in 0..<wordCount {
        let isLast = word + 1 == wordCount
        let anyNext =
          !isLast && load(bits, stride, band, height, word: word + 1, columns.count, into: next)
        let valid = columns.count - 64 * word
        if any || anyNext {
          count_groups(words, isLast ? nil : UnsafePointer(next), valid, &totals.rowGroups)
        }
        let columnWord = columns.lowerBound / 64 + word
        if any {
          addBlock(height, &totals)
          addToMap(
            rows.lowerBound + band, height, columns.lowerBound + 64 * word, min(64, valid), grid,
            map, &totals.map)
          var always = ~UInt64(0)
          for row in 0..<height { always &= words[row] }
          if valid < 64 { always |= ~0 << UInt64(valid) }
          totals.zeroColumns[columnWord] &= always
        } else {
          totals.zeroColumns[columnWord] = 0
        }
        any = anyNext
        words.update(from: next, count: 64)
      }
      for row in 0..<height {
        let place = rows.lowerBound + band + row
        if isWhole {
          totals.addRow(place, zeros: rowZeros[row], columns: grid.columns)
        } else {
          totals.zerosByRow[place] += rowZeros[row]
        }
      }
    }
  }

  /// Bits that are all set, without those behind the last column.
  private static func allOnes(_ columns: Int) -> [UInt64] {
    Array(repeating: ~0, count: (columns + 63) / 64)
  }

  /// Gathers the same 64 columns of the rows of a band.
  ///
  /// - Returns: whether there is any zero.
  private func load(
    _ bits: UnsafePointer<UInt64>, _ stride: Int, _ band: Int, _ height: Int, word: Int,
    _ width: Int, into words: UnsafeMutablePointer<UInt64>
  ) -> Bool {
    var any: UInt64 = 0
    let valid = width - 64 * word
    let mask = valid >= 64 ? ~0 : (1 as UInt64) << UInt64(valid) - 1
    for row in 0..<height {
      let place = (band + row) * stride + 64 * word
      let (index, shift) = (place >> 6, UInt64(place & 63))
      // A shift by 64 gives 0.
      let value = (bits[index] >> shift | bits[index + 1] << (64 - shift)) & mask
      words[row] = value
      any |= value
    }
    for row in height..<64 { words[row] = 0 }
    return any != 0
  }

  /// Rows, columns and tiles of 64 × 64 elements.
  private func addBlock(_ height: Int, _ totals: inout ZeroTotals) {
    for row in 0..<height { rowZeros[row] += words[row].nonzeroBitCount }
    for row in 0..<64 { turned[row] = words[row] }
    transpose_64(turned)
    count_groups(turned, nil, height, &totals.columnGroups)
    // Eight rows that are zero in the same columns, then runs of eight such columns.
    for pair in 0..<2 {
      var thirtyTwo = ~UInt64(0)
      for half in 0..<2 {
        var sixteen = ~UInt64(0)
        for quarter in 0..<2 {
          var eight = ~UInt64(0)
          let first = 32 * pair + 16 * half + 8 * quarter
          for row in first..<first + 8 { eight &= words[row] }
          totals.squares[0] += runs(of: 8, in: eight)
          sixteen &= eight
        }
        totals.squares[1] += runs(of: 16, in: sixteen)
        thirtyTwo &= sixteen
      }
      totals.squares[2] += runs(of: 32, in: thirtyTwo)
    }
  }

  /// Aligned runs of set bits.
  private func runs(of length: Int, in word: UInt64) -> Int {
    guard word != 0 else { return 0 }
    var word = word
    var step = 1
    while step < length {
      word &= word >> UInt64(step)
      step *= 2
    }
    let lowest: UInt64 =
      switch length {
      case 8: 0x0101_0101_0101_0101
      case 16: 0x0001_0001_0001_0001
      default: 0x0000_0001_0000_0001
      }
    return (word & lowest).nonzeroBitCount
  }

  private func addToMap(
    _ firstRow: Int, _ height: Int, _ firstColumn: Int, _ width: Int, _ grid: PieceGrid,
    _ map: (rows: Int, columns: Int), _ cells: inout [UInt32]
  ) {
    let firstCell = firstColumn * map.columns / grid.columns
    for row in 0..<height where words[row] != 0 {
      let line = (firstRow + row) * map.rows / grid.rows * map.columns
      var cell = firstCell
      var start = 0
      while start < width {
        // The first column of the next cell.
        let end = ((cell + 1) * grid.columns + map.columns - 1) / map.columns - firstColumn
        let part =
          words[row] >> UInt64(start) & (end - start >= 64 ? ~0 : 1 << UInt64(end - start) - 1)
        cells[line + cell] &+= UInt32(truncatingIfNeeded: part.nonzeroBitCount)
        start = end
        cell += 1
      }
    }
  }
}
