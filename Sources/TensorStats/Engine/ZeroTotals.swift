import CKernels

/// What is known of the zeros of a matrix; totals of pieces add up in any order.
struct ZeroTotals {
  /// Rows of whole width that were looked at, by their share of zeros in ten bins; rows of pieces
  /// without zeros are not among them.
  var rowDensity = Array(repeating: 0, count: 10)
  /// Sums over those rows of the zeros in a row and of their square.
  var zerosInRows = 0
  var squaresOfZeros: Int128 = 0
  /// The first rows that hold zeros only.
  var zeroRows: [Int] = []
  var zeroRowCount = 0
  /// Zeros by row, where pieces are narrower than rows; else empty.
  var zerosByRow: [Int] = []
  /// A bit for each column: whether all that was seen of it is zero; empty until something is.
  var zeroColumns: [UInt64] = []
  /// Whether a piece as wide as the matrix held no zero.
  var hasDenseRow = false
  /// N:M groups along rows, along columns and along channels, of the pieces where enough is zero.
  var rowGroups = group_counts()
  var columnGroups = group_counts()
  var channelGroups = group_counts()
  /// All-zero tiles, in the order of `block_tiles`.
  var tiles: [UInt64] = Array(repeating: 0, count: Int(TILES))
  /// Zeros in the cells of the map, row by row; empty until there is one.
  var map: [UInt32] = []

  mutating func merge(_ other: ZeroTotals) {
    for i in rowDensity.indices { rowDensity[i] += other.rowDensity[i] }
    zerosInRows += other.zerosInRows
    squaresOfZeros += other.squaresOfZeros
    addZeroRows(other.zeroRows, count: other.zeroRowCount)
    if zerosByRow.isEmpty {
      zerosByRow = other.zerosByRow
    } else {
      for (i, zeros) in other.zerosByRow.enumerated() { zerosByRow[i] += zeros }
    }
    if zeroColumns.isEmpty {
      zeroColumns = other.zeroColumns
    } else {
      for (i, word) in other.zeroColumns.enumerated() { zeroColumns[i] &= word }
    }
    hasDenseRow = hasDenseRow || other.hasDenseRow
    rowGroups.add(other.rowGroups)
    columnGroups.add(other.columnGroups)
    channelGroups.add(other.channelGroups)
    for i in tiles.indices { tiles[i] += other.tiles[i] }
    if map.isEmpty {
      map = other.map
    } else {
      for (i, zeros) in other.map.enumerated() { map[i] &+= zeros }
    }
  }

  /// Adds the numbers of rows that hold zeros only.
  mutating func addZeroRows(_ rows: [Int], count: Int) {
    zeroRowCount += count
    guard !rows.isEmpty else { return }
    let isBehind = zeroRows.last.map { $0 < rows[0] } ?? true
    zeroRows += rows
    if !isBehind { zeroRows.sort() }
    zeroRows = Array(zeroRows.prefix(ZeroStructure.indexLimit))
  }

  /// Counts a row.
  mutating func addRow(_ row: Int, zeros: Int, columns: Int) {
    rowDensity[min(9, 10 * zeros / columns)] += 1
    zerosInRows += zeros
    squaresOfZeros += Int128(zeros) * Int128(zeros)
    if zeros == columns { addZeroRows([row], count: 1) }
  }
}

extension group_counts {
  mutating func add(_ other: group_counts) {
    withUnsafeMutableBytes(of: &self) { own in
      withUnsafeBytes(of: other) { others in
        let own = own.bindMemory(to: UInt64.self)
        let others = others.bindMemory(to: UInt64.self)
        for i in own.indices { own[i] += others[i] }
      }
    }
  }
}
