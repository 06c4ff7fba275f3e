import ModelFile

/// Reads weights that are entries of codebooks, a vector for some neighbouring rows at a time.
struct IndexedVectorReader: Sendable {
  private let description: IndexedVectors
  private let rows: Int
  private let columns: Int
  /// For each book its indices and its entries, [group, entry, row of the vector].
  private let books: [(indices: TensorBytes, entries: [Float])]
  /// For each stored place the column that it stands for; empty where they lie in order.
  private let order: [Int32]

  /// Codebooks stay in memory; the largest that are written have 65,536 entries of 16 weights.
  private static let bookLimit = 1 << 22

  init(
    _ description: IndexedVectors, rows: Int, columns: Int, matrices: Int, model: Model,
    files: [FileReader?]
  ) throws(DecodingError) {
    self.description = description
    self.rows = rows
    self.columns = columns
    let (groups, length) = (description.groups, description.length)
    func mismatch(_ tensor: Int, _ sentence: String) -> DecodingError {
      DecodingError(tensor, .mismatch(sentence))
    }
    let first = description.books.first?.indices ?? -1
    guard matrices == 1, groups > 0, columns % groups == 0, (1...1024).contains(length),
      !description.books.isEmpty
    else { throw mismatch(first, "the vectors cannot be read") }
    var books: [(TensorBytes, [Float])] = []
    for book in description.books {
      guard (1...20).contains(book.bits), book.firstBit >= 0, book.firstBit < book.indexBits,
        book.indexBits <= 32, book.firstBit + book.bits <= book.indexBits,
        model.tensors.indices.contains(book.entries),
        model.tensors[book.entries].type.family == .float,
        model.tensors[book.entries].type.layout?.elements == 1,
        model.tensors[book.entries].elementCount <= Self.bookLimit,
        model.tensors[book.entries].elementCount >= groups * length << book.bits
      else { throw mismatch(book.entries, "the codebooks cannot be read") }
      var indices = try TensorBytes(book.indices, in: model, files: files)
      let (needed, overflow) = description.rowBytes(book, columns: columns)
        .multipliedReportingOverflow(by: (rows - 1) / length + 1)
      guard !overflow else { throw mismatch(book.indices, "the description is too large") }
      try indices.divide(among: groups, needing: needed)
      let bytes = try TensorBytes(book.entries, in: model, files: files)
      books.append((indices, model.tensors[book.entries].type.floats(try bytes.readAll())))
    }
    self.books = books
    order =
      try description.order.map { tensor throws(DecodingError) in
        try GroupReader.indexes(
          tensor, columns: columns, matrices: 1, model: model, files: files)
      } ?? []
    guard Set(order).count == order.count else {
      throw mismatch(description.order ?? first, "two columns stand in one place")
    }
  }

  /// Decodes rows.
  func read(
    _ range: Range<Int>, into floats: UnsafeMutableBufferPointer<Float>
  ) throws(DecodingError) {
    let (length, width) = (description.length, columns / description.groups)
    let vectors = range.lowerBound / length..<(range.upperBound - 1) / length + 1
    for (number, book) in description.books.enumerated() {
      let rowBytes = description.rowBytes(book, columns: columns)
      let entries = books[number].entries
      for group in 0..<description.groups {
        let bytes = try books[number].indices.read(
          rows: vectors, of: rowBytes, piece: 0..<rowBytes, matrix: group)
        let base = group * entries.count / description.groups
        for row in range {
          let line = (row / length - vectors.lowerBound) * rowBytes
          for place in 0..<width {
            let index = book.index(place, in: bytes, from: line)
            let number2 = entries[base + index * length + row % length]
            let stored = group * width + place
            let column = order.isEmpty ? stored : Int(order[stored])
            let at = (row - range.lowerBound) * columns + column
            floats[at] = number == 0 ? number2 : floats[at] + number2
          }
        }
      }
    }
  }
}

extension IndexedVectors {
  /// The bytes of the indices of a row of vectors in one group: whole words of 32 bits where they are
  /// packed.
  fileprivate func rowBytes(_ book: Book, columns: Int) -> Int {
    let bits = columns / max(groups, 1) * book.indexBits
    return book.indexBits % 8 == 0 && book.indexBits < 32 && !book.isPacked
      ? bits / 8 : (bits + 31) / 32 * 4
  }
}

extension IndexedVectors.Book {
  /// One index of a line of them.
  fileprivate func index(_ place: Int, in bytes: [UInt8], from line: Int) -> Int {
    let bit = place * indexBits + firstBit
    var word: UInt64 = 0
    for byte in bit / 8...(bit + bits - 1) / 8 {
      word |= UInt64(bytes[line + byte]) << UInt64(8 * (byte - bit / 8))
    }
    return Int(word >> UInt64(bit % 8) & (1 << UInt64(bits) - 1))
  }
}
