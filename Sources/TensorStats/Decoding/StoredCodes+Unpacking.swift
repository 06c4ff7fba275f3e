import CKernels

extension StoredCodes {
  /// The codes of a run, after which the places repeat.
  private var runCodes: Int { packing.places.count }

  private var wordBytes: Int { packing.wordBits / 8 }

  /// The words of a run.
  private var runWords: Int { packing.runWords ?? words(runCodes) }

  /// The words that the first so many codes of a run reach into.
  private func words(_ codes: Int) -> Int {
    // Parts of codes are read one after the other; all of them fill the run.
    if !packing.planes.isEmpty { return codes > 0 ? packing.runWords ?? 0 : 0 }
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

  /// Where the words of a rectangle of the stored matrix of codes are: rows of words, of which there
  /// are so many, and the bytes of each.
  func place(
    of rows: Range<Int>, _ columns: Range<Int>, wordRows: Int
  ) -> (rows: Range<Int>, piece: Range<Int>) {
    func words(_ codes: Range<Int>) -> Range<Int> {
      let start = codes.lowerBound / runCodes * runWords
      return start..<max(start, wordCount(codes.upperBound))
    }
    func bytes(_ words: Range<Int>) -> Range<Int> {
      words.lowerBound * wordBytes..<words.upperBound * wordBytes
    }
    return switch direction {
    case .alongRow: (rows, bytes(words(columns)))
    case .downColumn: (words(rows), bytes(columns))
    case .rowsApart: (0..<wordRows, bytes(columns))
    }
  }

  /// Reads a rectangle of the stored matrix of codes, one a byte, row by row.
  func unpack(
    _ rows: Range<Int>, _ columns: Range<Int>, of bytes: TensorBytes, rowBytes: Int, matrix: Int
  ) throws(DecodingError) -> [UInt8] {
    if increment != 0, !countsInWords {
      var plain = self
      plain.increment = 0
      let mask = (1 << bits) - 1
      return try plain.unpack(rows, columns, of: bytes, rowBytes: rowBytes, matrix: matrix)
        .map { UInt8(truncatingIfNeeded: (Int($0) &+ increment) & mask) }
    }
    guard packing.planes.isEmpty else {
      return try unpackPlanes(rows, columns, of: bytes, rowBytes: rowBytes, matrix: matrix)
    }
    switch direction {
    case .alongRow:
      return try unpackAlongRows(rows, columns, of: bytes, rowBytes: rowBytes, matrix: matrix)
    case .downColumn:
      return try unpackDownColumns(rows, columns, of: bytes, rowBytes: rowBytes, matrix: matrix)
    case .rowsApart:
      return try unpackRowsApart(rows, columns, of: bytes, rowBytes: rowBytes, matrix: matrix)
    }
  }

  /// Whether all codes of a word can be incremented by one addition.
  private var countsInWords: Bool { packing.planes.isEmpty && runWords == 1 }

  /// Adds the increment of all their codes to words.
  private func incremented(_ words: [UInt8]) -> [UInt8] {
    guard increment != 0 else { return words }
    let addend = packing.places.reduce(UInt64(0)) {
      $0 &+ UInt64(truncatingIfNeeded: increment) << UInt64($1)
    }
    var result = words
    for start in stride(from: 0, to: words.count - wordBytes + 1, by: wordBytes) {
      var word: UInt64 = 0
      for byte in 0..<wordBytes { word |= UInt64(words[start + byte]) << UInt64(8 * byte) }
      word &+= addend
      for byte in 0..<wordBytes {
        result[start + byte] = UInt8(truncatingIfNeeded: word >> UInt64(8 * byte))
      }
    }
    return result
  }

  /// Puts together codes whose bits lie apart.
  private func unpackPlanes(
    _ rows: Range<Int>, _ columns: Range<Int>, of bytes: TensorBytes, rowBytes: Int, matrix: Int
  ) throws(DecodingError) -> [UInt8] {
    var codes = [UInt8](repeating: 0, count: rows.count * columns.count)
    var done = 0
    for plane in packing.planes {
      var part = self
      part.bits = plane.bits
      part.packing = Packing(wordBits: packing.wordBits, places: plane.places)
      part.packing.runWords = packing.runWords
      let bits = try part.unpack(rows, columns, of: bytes, rowBytes: rowBytes, matrix: matrix)
      for index in codes.indices { codes[index] |= bits[index] << UInt8(done) }
      done += plane.bits
    }
    return codes
  }

  private func unpackAlongRows(
    _ rows: Range<Int>, _ columns: Range<Int>, of bytes: TensorBytes, rowBytes: Int, matrix: Int
  ) throws(DecodingError) -> [UInt8] {
    let firstRun = columns.lowerBound / runCodes
    let runBytes = runWords * wordBytes
    let piece = place(of: rows, columns, wordRows: rows.count).piece
    // A load takes up to eight bytes and may begin at the last one.
    let words = incremented(
      try bytes.read(rows: rows, of: rowBytes, piece: piece, matrix: matrix, padding: 8))
    // Whole runs are unpacked, also where a row begins or ends inside of one.
    let skipped = columns.lowerBound - firstRun * runCodes
    var codes = [UInt8](repeating: 0, count: rows.count * columns.count)
    if isSequential, skipped * bits % 8 == 0 {
      codes.withUnsafeMutableBufferPointer { codes in
        words.withUnsafeBufferPointer { words in
          guard let from = words.baseAddress, let to = codes.baseAddress else { return }
          for row in 0..<rows.count {
            packed_sequence(
              from + row * piece.count + skipped * bits / 8, columns.count, Int32(bits),
              to + row * columns.count)
          }
        }
      }
      return codes
    }
    let places = packing.places.map { UInt8(truncatingIfNeeded: $0) }
    let wholeRuns = piece.count / runBytes
    var line = [UInt8](repeating: 0, count: (piece.count + runBytes - 1) / runBytes * runCodes)
    for row in 0..<rows.count {
      line.withUnsafeMutableBufferPointer { line in
        words.withUnsafeBufferPointer { words in
          guard let from = words.baseAddress, let to = line.baseAddress else { return }
          let start = from + row * piece.count
          if runWords == 1 {
            packed_runs(
              start, wholeRuns, Int32(wordBytes), places, Int32(runCodes), Int32(bits), to)
          } else {
            unpackLongRuns(UnsafeRawPointer(start), skipped + columns.count, to)
          }
        }
      }
      codes.replaceSubrange(
        row * columns.count..<(row + 1) * columns.count,
        with: line[skipped..<skipped + columns.count])
    }
    return codes
  }

  /// Whether codes follow each other without gaps.
  private var isSequential: Bool {
    packing.places.indices.allSatisfy { packing.places[$0] == $0 * bits }
      && runWords * packing.wordBits == runCodes * bits
  }

  /// Codes of runs of several words.
  private func unpackLongRuns(
    _ from: UnsafeRawPointer, _ count: Int, _ to: UnsafeMutablePointer<UInt8>
  ) {
    let mask = UInt16(1 << bits - 1)
    for i in 0..<count {
      let (run, place) = i.quotientAndRemainder(dividingBy: runCodes)
      let bit = run * runWords * packing.wordBits + packing.places[place]
      let pair = from.loadUnaligned(fromByteOffset: bit >> 3, as: UInt16.self)
      to[i] = UInt8(truncatingIfNeeded: pair >> UInt16(bit & 7) & mask)
    }
  }

  private func unpackDownColumns(
    _ rows: Range<Int>, _ columns: Range<Int>, of bytes: TensorBytes, rowBytes: Int, matrix: Int
  ) throws(DecodingError) -> [UInt8] {
    let firstRun = rows.lowerBound / runCodes
    let (wordRows, piece) = place(of: rows, columns, wordRows: 0)
    let words = incremented(
      try bytes.read(rows: wordRows, of: rowBytes, piece: piece, matrix: matrix))
    return [UInt8](unsafeUninitializedCapacity: rows.count * columns.count) { codes, count in
      words.withUnsafeBufferPointer { source in
        guard let base = source.baseAddress, var to = codes.baseAddress else { return }
        for row in rows {
          let (run, place) = row.quotientAndRemainder(dividingBy: runCodes)
          let bit = packing.places[place]
          let word = (run - firstRun) * runWords + bit / packing.wordBits
          let shift = bit % packing.wordBits
          let from = base + word * piece.count
          let below = shift + bits > packing.wordBits ? from + piece.count : from
          packed_column(
            from, below, columns.count, Int32(wordBytes), Int32(shift), Int32(bits), to)
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
    let piece = place(of: rows, columns, wordRows: wordRows).piece
    var codes = [UInt8](repeating: 0, count: rows.count * columns.count)
    var row = rows.lowerBound
    while row < rows.upperBound {
      // Rows whose codes lie in the same place of consecutive words.
      let (place, first) = row.quotientAndRemainder(dividingBy: wordRows)
      let taken = min(rows.upperBound - row, wordRows - first)
      guard place < runCodes else {
        throw DecodingError(tensor, .mismatch("the words have no place for so many rows"))
      }
      let words = incremented(
        try bytes.read(rows: first..<first + taken, of: rowBytes, piece: piece, matrix: matrix))
      let start = (row - rows.lowerBound) * columns.count
      codes.withUnsafeMutableBufferPointer { codes in
        words.withUnsafeBufferPointer { words in
          guard let from = words.baseAddress, let to = codes.baseAddress else { return }
          packed_column(
            from, from, taken * columns.count, Int32(wordBytes), Int32(packing.places[place]),
            Int32(bits), to + start)
        }
      }
      row += taken
    }
    return codes
  }
}
