import CKernels

extension ZeroStructure {
  /// The finished account of a matrix.
  ///
  /// - Parameters:
  ///   - zeros: all zeros of the matrix.
  ///   - mapSide: the most rows and columns of the map.
  init(_ totals: ZeroTotals, grid: PieceGrid, zeros: Int, mapSide: Int) {
    var totals = totals
    for (row, zeros) in totals.zerosByRow.enumerated() {
      totals.addRow(row, zeros: zeros, columns: grid.columns)
    }
    rows = grid.rows
    columns = grid.columns
    zeroRows = totals.zeroRows
    zeroRowCount = totals.zeroRowCount
    rowDensity = totals.rowDensity
    rowDensity[0] += grid.rows - rowDensity.reduce(0, +)
    let mean = Double(zeros) / Double(rows)
    let variance =
      (Double(totals.squaresOfZeros) - Double(totals.zerosInRows) * mean) / Double(rows)
    zerosPerRow = (mean, max(0, variance))
    zeroColumns = []
    zeroColumnCount = 0
    if !totals.hasDenseRow {
      for (index, word) in totals.zeroColumns.enumerated() where word != 0 {
        for bit in 0..<64 where word >> UInt64(bit) & 1 == 1 && 64 * index + bit < columns {
          zeroColumnCount += 1
          if zeroColumns.count < Self.indexLimit { zeroColumns.append(64 * index + bit) }
        }
      }
    }
    groups = zeros == 0 ? [] : Self.groups(totals, grid)
    tiles = zeros == 0 ? [] : Self.tiles(totals, grid)
    map = ZeroMap(zeros == 0 ? [] : totals.map, grid: grid, side: mapSide)
  }

  private static func groups(_ totals: ZeroTotals, _ grid: PieceGrid) -> [GroupCounts] {
    let patterns = withUnsafeBytes(of: pattern_n) { n in
      withUnsafeBytes(of: pattern_m) { m in zip(n, m).map { (n: Int($0), m: Int($1)) } }
    }
    // The lines of groups, their elements, and how many of these are read together.
    var axes = [
      (
        axis: Axis.row, counts: totals.rowGroups, lines: grid.rows, length: grid.columns,
        span: min(grid.bandColumns, grid.columns)
      ),
      (
        .column, totals.columnGroups, grid.columns, grid.rows,
        min(PieceGrid.bandHeight, grid.rows)
      ),
    ]
    if grid.kernel > 1 {
      let channels = grid.columns / grid.kernel
      axes.append((.channel, totals.channelGroups, grid.rows * grid.kernel, channels, channels))
    }
    return axes.flatMap { axis, counts, lines, length, span in
      let compliant = numbers(counts.compliant)
      let exact = numbers(counts.exact)
      let shifted = numbers(counts.shifted)
      return patterns.enumerated().map { index, pattern in
        // Shifted groups do not lead from one span of elements that are read together to the next.
        let shift = pattern_shift(pattern.m)
        let shiftedOfSpan = max(0, span - shift) / pattern.m
        let shiftedOfRest = max(0, length % max(span, 1) - shift) / pattern.m
        return GroupCounts(
          n: pattern.n, m: pattern.m, axis: axis, groups: lines * (length / pattern.m),
          compliant: compliant[index], exact: exact[index],
          shiftedGroups: lines * (length / max(span, 1) * shiftedOfSpan + shiftedOfRest),
          shiftedCompliant: shifted[index])
      }
    }
  }

  private static func tiles(_ totals: ZeroTotals, _ grid: PieceGrid) -> [TileCounts] {
    let shapes = [(1, 4), (4, 1), (8, 8), (16, 16), (32, 32)]
    return zip(shapes, totals.tiles).map { shape, zeroTiles in
      TileCounts(
        rows: shape.0, columns: shape.1, tiles: (grid.rows / shape.0) * (grid.columns / shape.1),
        zeroTiles: Int(zeroTiles))
    }
  }

  /// The members of a C array.
  private static func numbers<Tuple>(_ tuple: Tuple) -> [Int] {
    withUnsafeBytes(of: tuple) { $0.bindMemory(to: UInt64.self).map { Int($0) } }
  }
}

extension ZeroMap {
  /// Rows and columns of the map of a matrix; at most `side` of each.
  static func size(_ grid: PieceGrid, side: Int) -> (rows: Int, columns: Int) {
    (min(grid.rows, side), min(grid.columns, side))
  }

  /// The first of `elements` rows or columns that lies in a cell, of `cells` in all: element e lies in
  /// cell ⌊e · cells / elements⌋.
  static func start(of cell: Int, _ cells: Int, _ elements: Int) -> Int {
    (cell * elements + cells - 1) / cells
  }

  /// - Parameter cells: zeros in each cell; empty where there are none.
  init(_ cells: [UInt32], grid: PieceGrid, side: Int) {
    guard !cells.isEmpty else {
      // One cell says the same as many.
      (rows, columns, densities) = (1, 1, [0])
      return
    }
    let size = Self.size(grid, side: side)
    rows = size.rows
    columns = size.columns
    densities = []
    densities.reserveCapacity(cells.count)
    let widths = (0..<size.columns).map {
      Self.start(of: $0 + 1, size.columns, grid.columns)
        - Self.start(of: $0, size.columns, grid.columns)
    }
    for row in 0..<size.rows {
      let height =
        Self.start(of: row + 1, size.rows, grid.rows)
        - Self.start(of: row, size.rows, grid.rows)
      for (column, width) in widths.enumerated() {
        let zeros = Int(cells[row * size.columns + column])
        let all = height * width
        densities.append(
          zeros == 0 ? 0 : zeros == all ? 255 : UInt8(min(254, max(1, 255 * zeros / all))))
      }
    }
  }
}
