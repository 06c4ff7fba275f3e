extension StoredCodes {
  /// The codes of a run, after which the places repeat.
  private var runCodes: Int { packing.places.count }

  private var wordBytes: Int { packing.wordBits / 8 }

  /// The words of a run.
  private var runWords: Int { words(runCodes) }

  /// The words that the first so many codes of a run reach into.
  private func words(_ codes: Int) -> Int {
    let end = packing.places.prefix(codes).max().map { $0 + bits } ?? 0
    return (end + packing.wordBits - 1) / packing.wordBits
  }

  /// The words of so many codes.
  private func wordCount(_ codes: Int) -> Int {
    codes / runCodes * runWords + words(codes % runCodes)
  }

  /// The bytes that a matrix of codes needs, all together and in a row of words.
  ///
  /// - Throws: where the description is senseless.
  func byteCounts(rows: Int, columns: Int) throws(DecodingError) -> (all: Int, row: Int) {
    guard (1...8).contains(bits), [8, 16, 32, 64].contains(packing.wordBits), runCodes > 0,
      packing.places.allSatisfy({ 0..<4096 ~= $0 })
    else {
      throw DecodingError(tensor, .mismatch("codes of \(bits) bits cannot lie in such words"))
    }
    // A code must lie in two neighbouring bytes of a row, or two words of a column.
    guard direction != .rowsApart || runWords == 1 else {
      throw DecodingError(tensor, .mismatch("codes of rows far apart must lie in one word"))
    }
    let (wordRows, wordColumns) =
      switch direction {
      case .alongRow: (rows, wordCount(columns))
      case .downColumn: (wordCount(rows), columns)
      case .rowsApart: ((rows + runCodes - 1) / runCodes, columns)
      }
    let (row, overflow) = wordColumns.multipliedReportingOverflow(by: wordBytes)
    let (all, overflow2) = row.multipliedReportingOverflow(by: wordRows)
    guard !overflow, !overflow2 else {
      throw DecodingError(tensor, .mismatch("the description is too large"))
    }
    return (all, row)
  }

  /// Reads a rectangle of the stored matrix of codes, one a byte, row by row.
  func unpack(
    _ rows: Range<Int>, _ columns: Range<Int>, of bytes: TensorBytes, rowBytes: Int, matrix: Int
  ) throws(DecodingError) -> [UInt8] {
    switch direction {
    case .alongRow:
      return try unpackAlongRows(rows, columns, of: bytes, rowBytes: rowBytes, matrix: matrix)
    case .downColumn:
      return try unpackDownColumns(rows, columns, of: bytes, rowBytes: rowBytes, matrix: matrix)
    case .rowsApart:
      return try unpackRowsApart(rows, columns, of: bytes, rowBytes: rowBytes, matrix: matrix)
    }
  }

  private func unpackAlongRows(
    _ rows: Range<Int>, _ columns: Range<Int>, of bytes: TensorBytes, rowBytes: Int, matrix: Int
  ) throws(DecodingError) -> [UInt8] {
    let firstRun = columns.lowerBound / runCodes
    let runBytes = runWords * wordBytes
    let start = firstRun * runBytes
    let piece = start..<max(start, wordCount(columns.upperBound) * wordBytes)
    // A load takes two bytes and may begin at the last one.
    let words = try bytes.read(
      rows: rows, of: rowBytes, piece: piece, matrix: matrix, padding: 8)
    let skipped = columns.lowerBound - firstRun * runCodes
    let isSequential =
      packing.places.indices.allSatisfy { packing.places[$0] == $0 * bits }
      && runBytes * 8 == runCodes * bits
    let mask = UInt16(1 << bits - 1)
    return [UInt8](unsafeUninitializedCapacity: rows.count * columns.count) { codes, count in
      words.withUnsafeBytes { source in
        guard let base = source.baseAddress, var to = codes.baseAddress else { return }
        for row in 0..<rows.count {
          let from = base + row * piece.count
          if isSequential {
            unpackSequence(from, skipping: skipped, columns.count, to)
          } else {
            var code = skipped
            for column in 0..<columns.count {
              let (run, place) =
                code < runCodes ? (0, code) : code.quotientAndRemainder(dividingBy: runCodes)
              let bit = run * runBytes * 8 + packing.places[place]
              let pair = from.loadUnaligned(fromByteOffset: bit >> 3, as: UInt16.self)
              to[column] = UInt8(truncatingIfNeeded: pair >> UInt16(bit & 7) & mask)
              code += 1
            }
          }
          to += columns.count
        }
      }
      count = rows.count * columns.count
    }
  }

  /// Codes without gaps from the lowest bit up.
  private func unpackSequence(
    _ from: UnsafeRawPointer, skipping skipped: Int, _ count: Int, _ to: UnsafeMutablePointer<UInt8>
  ) {
    if bits == 8 {
      UnsafeMutableRawPointer(to).copyMemory(from: from + skipped, byteCount: count)
      return
    }
    let mask = UInt16(1 << bits - 1)
    var bit = skipped * bits
    for i in 0..<count {
      let pair = from.loadUnaligned(fromByteOffset: bit >> 3, as: UInt16.self)
      to[i] = UInt8(truncatingIfNeeded: pair >> UInt16(bit & 7) & mask)
      bit += bits
    }
  }

  private func unpackDownColumns(
    _ rows: Range<Int>, _ columns: Range<Int>, of bytes: TensorBytes, rowBytes: Int, matrix: Int
  ) throws(DecodingError) -> [UInt8] {
    let firstRun = rows.lowerBound / runCodes
    let wordRows = firstRun * runWords..<max(firstRun * runWords, wordCount(rows.upperBound))
    let piece = columns.lowerBound * wordBytes..<columns.upperBound * wordBytes
    let words = try bytes.read(rows: wordRows, of: rowBytes, piece: piece, matrix: matrix)
    let mask = UInt64(1 << bits - 1)
    return [UInt8](unsafeUninitializedCapacity: rows.count * columns.count) { codes, count in
      words.withUnsafeBytes { source in
        guard let base = source.baseAddress, var to = codes.baseAddress else { return }
        for row in rows {
          let (run, place) = row.quotientAndRemainder(dividingBy: runCodes)
          let bit = packing.places[place]
          let word = (run - firstRun) * runWords + bit / packing.wordBits
          let shift = bit % packing.wordBits
          let from = base + word * piece.count
          // A code that begins in one word may end in the one below.
          let below = shift + bits > packing.wordBits ? from + piece.count : nil
          for column in 0..<columns.count {
            var value = loadWord(from, column) >> UInt64(shift)
            if let below {
              value |= loadWord(below, column) << UInt64(packing.wordBits - shift)
            }
            to[column] = UInt8(truncatingIfNeeded: value & mask)
          }
          to += columns.count
        }
      }
      count = rows.count * columns.count
    }
  }

  private func unpackRowsApart(
    _ rows: Range<Int>, _ columns: Range<Int>, of bytes: TensorBytes, rowBytes: Int, matrix: Int
  ) throws(DecodingError) -> [UInt8] {
    let wordRows = bytes.byteCount / rowBytes
    let piece = columns.lowerBound * wordBytes..<columns.upperBound * wordBytes
    let mask = UInt64(1 << bits - 1)
    var codes = [UInt8](repeating: 0, count: rows.count * columns.count)
    var row = rows.lowerBound
    while row < rows.upperBound {
      // Rows whose codes lie in the same place of consecutive words.
      let (place, first) = row.quotientAndRemainder(dividingBy: wordRows)
      let taken = min(rows.upperBound - row, wordRows - first)
      guard place < runCodes else {
        throw DecodingError(tensor, .mismatch("the words have no place for so many rows"))
      }
      let words = try bytes.read(
        rows: first..<first + taken, of: rowBytes, piece: piece, matrix: matrix)
      let shift = UInt64(packing.places[place])
      let start = (row - rows.lowerBound) * columns.count
      codes.withUnsafeMutableBufferPointer { to in
        words.withUnsafeBytes { from in
          guard let base = from.baseAddress else { return }
          for i in 0..<taken * columns.count {
            to[start + i] = UInt8(truncatingIfNeeded: loadWord(base, i) >> shift & mask)
          }
        }
      }
      row += taken
    }
    return codes
  }

  @inline(__always)
  private func loadWord(_ from: UnsafeRawPointer, _ index: Int) -> UInt64 {
    switch wordBytes {
    case 1: UInt64(from.loadUnaligned(fromByteOffset: index, as: UInt8.self))
    case 2: UInt64(from.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
    case 4: UInt64(from.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
    default: from.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
    }
  }
}
