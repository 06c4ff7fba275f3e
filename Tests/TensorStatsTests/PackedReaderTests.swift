import Foundation
import ModelFile
@testable import TensorStats
import TestSupport
import Testing

/// A model of one file made for a test.
private struct PackedFile {
  let folder: TemporaryFolder
  let model: Model
  let files: [FileReader?]

  init(_ tensors: [(name: String, type: String, shape: [UInt64], data: [UInt8])]) throws {
    var builder = SafetensorsBuilder()
    for tensor in tensors { builder.add(tensor.name, tensor.type, tensor.shape, tensor.data) }
    folder = try TemporaryFolder()
    model = Model.open(try folder.write(builder.bytes, to: "model.safetensors"))
    files = model.parts.map { try? FileReader(path: $0.path) }
  }

  /// The index of a tensor; the header may order them otherwise.
  func index(_ name: String) -> Int { model.tensors.firstIndex { $0.name == name } ?? -1 }

  func weights(
    _ decoder: PackedDecoder, _ shape: [Int], rowsAtOnce: Int = .max
  ) throws -> (floats: [Float], codes: [UInt8]) {
    var reader = try PackedReader(decoder, shape: shape, model: model, files: files)
    var floats = [Float](repeating: .nan, count: reader.rows * reader.columns)
    var codes = [UInt8](repeating: 0xEE, count: floats.count)
    var row = 0
    while row < reader.rows {
      let range = row..<row + min(rowsAtOnce, reader.rows - row)
      let weights = range.lowerBound * reader.columns..<range.upperBound * reader.columns
      try floats.withUnsafeMutableBufferPointer { floats in
        try codes.withUnsafeMutableBufferPointer { codes in
          try reader.read(
            rows: range, into: UnsafeMutableBufferPointer(rebasing: floats[weights]),
            codes: UnsafeMutableBufferPointer(rebasing: codes[weights]))
        }
      }
      row = range.upperBound
    }
    return (floats, codes)
  }
}

/// Little-endian bytes of numbers.
private func bytes(_ numbers: [Float]) -> [UInt8] {
  numbers.flatMap { littleEndian($0.bitPattern) }
}

/// Packs a stored matrix of codes bit by bit.
private func pack(
  _ codes: [[UInt8]], bits: Int, _ packing: Packing, _ direction: StoredCodes.Direction
) -> [UInt8] {
  let (rows, columns, n) = (codes.count, codes[0].count, packing.places.count)
  let runWords = ((packing.places.max() ?? 0) + bits + packing.wordBits - 1) / packing.wordBits
  func words(_ count: Int) -> Int {
    let rest = packing.places.prefix(count % n).max().map { $0 + bits } ?? 0
    return count / n * runWords + (rest + packing.wordBits - 1) / packing.wordBits
  }
  let wordRows =
    direction == .alongRow ? rows : direction == .downColumn ? words(rows) : (rows + n - 1) / n
  let wordColumns = direction == .alongRow ? words(columns) : columns
  var result = [UInt8](repeating: 0, count: wordRows * wordColumns * packing.wordBits / 8)
  for r in 0..<rows {
    for c in 0..<columns {
      for bit in 0..<bits where codes[r][c] >> UInt8(bit) & 1 == 1 {
        let word: (row: Int, column: Int, bit: Int)
        switch direction {
        case .alongRow:
          let place = packing.places[c % n] + bit
          word = (r, c / n * runWords + place / packing.wordBits, place % packing.wordBits)
        case .downColumn:
          let place = packing.places[r % n] + bit
          word = (r / n * runWords + place / packing.wordBits, c, place % packing.wordBits)
        case .rowsApart: word = (r % wordRows, c, packing.places[r / wordRows] + bit)
        }
        let byte = (word.row * wordColumns + word.column) * packing.wordBits / 8 + word.bit / 8
        result[byte] |= 1 << UInt8(word.bit % 8)
      }
    }
  }
  return result
}

private func randomCodes(_ count: Int, bits: Int, seed: UInt64) -> [UInt8] {
  var generator = SeededGenerator(state: seed)
  return (0..<count).map { _ in UInt8.random(in: 0...UInt8(1 << bits - 1), using: &generator) }
}

/// A flat list as rows.
private func lines(_ codes: [UInt8], _ length: Int) -> [[UInt8]] {
  stride(from: 0, to: codes.count, by: length).map {
    Array(codes[$0..<min($0 + length, codes.count)])
  }
}

private func transposed(_ rows: [[UInt8]]) -> [[UInt8]] {
  rows[0].indices.map { column in rows.map { $0[column] } }
}

@Suite struct PackedReaderTests {
  /// Every width in every container, in every direction and arrangement.
  @Test(arguments: 1...8, [8, 16, 32, 64])
  func readsCodesOfAnyWidthInAnyContainer(bits: Int, wordBits: Int) throws {
    var packings: [Packing] = [
      .dense(bits: bits, wordBits: wordBits), .whole(bits: bits, wordBits: wordBits),
      .highFirst(bits: bits, wordBits: wordBits),
    ]
    if bits == 4, wordBits == 32 { packings.append(.awq) }
    let codes = randomCodes(9 * 14, bits: bits, seed: UInt64(bits * wordBits))
    for packing in packings {
      for direction in [StoredCodes.Direction.alongRow, .downColumn, .rowsApart] {
        let runWords = ((packing.places.max() ?? 0) + bits + wordBits - 1) / wordBits
        if direction == .rowsApart, runWords > 1 { continue }
        for (arrangement, stored) in [
          (Arrangement.rowMajor, lines(codes, 14)), (.transposed, transposed(lines(codes, 14))),
          (.lines(9 * 14), [codes]), (.lines(18), lines(codes, 18)),
        ] {
          let data = pack(stored, bits: bits, packing, direction)
          let file = try PackedFile([("w", "U8", [UInt64(data.count)], data)])
          let decoder = PackedDecoder(
            storage: .codes(
              StoredCodes(tensor: 0, bits: bits, packing: packing, direction: direction),
              arrangement))
          for count in [1, 4, 9] {
            let read = try file.weights(decoder, [9, 14], rowsAtOnce: count)
            #expect(read.codes == codes, "\(packing) \(direction) \(arrangement)")
            #expect(read.floats == codes.map { Float($0) })
          }
        }
      }
    }
  }

  @Test(arguments: 0...9) func readsTheSameHoweverFarItReadsAhead(rowsAhead: Int) throws {
    let codes = randomCodes(2 * 9 * 14, bits: 4, seed: 23)
    let packing = Packing.dense(bits: 4, wordBits: 16)
    for direction in [StoredCodes.Direction.alongRow, .downColumn, .rowsApart] {
      let data = [0, 1].flatMap { matrix in
        let half = Array(codes[matrix * 126..<(matrix + 1) * 126])
        return pack(transposed(lines(half, 14)), bits: 4, packing, direction)
      }
      let file = try PackedFile([("w", "U8", [UInt64(data.count)], data)])
      var cells = try CellReader(
        .codes(StoredCodes(tensor: 0, bits: 4, packing: packing, direction: direction)),
        rows: 9, columns: 14, matrices: 2, panelRows: 2, arrangement: .transposed,
        model: file.model, files: file.files)
      cells.rowsAhead = rowsAhead
      for (row, matrix) in [(0, 0), (1, 0), (2, 0), (4, 0), (8, 0), (8, 1), (3, 1), (5, 1), (0, 1)]
      {
        let start = matrix * 126 + row * 14
        let read = try cells.read(row..<row + 1, matrix: matrix)
        #expect(read == Array(codes[start..<start + 14]), "\(direction), row \(row)")
      }
    }
  }

  /// Each way to share, checked weight by weight.
  @Test(
    arguments: [
      (.matrix, 1), (.tiles(rows: 1, columns: 5), 27), (.tiles(rows: 4, columns: 4), 12),
      (.tiles(rows: 1, columns: 14), 9), (.tiles(rows: 9, columns: 1), 14), (.runs(4), 32),
      (.runs(31), 5), (.every(7), 7), (.every(50), 50), (.indexed(by: 1), 27),
      (.bands(ends: [3, 4, 14], order: nil, sameForAllRows: false), 27),
      (.bands(ends: [3, 4, 14], order: nil, sameForAllRows: true), 3),
    ] as [(GroupValues.Sharing, Int)])
  func sharesScalesZerosAndBiases(sharing: GroupValues.Sharing, count: Int) throws {
    let codes = randomCodes(9 * 14, bits: 4, seed: 11)
    let numbers = (0..<count).map { Float($0 + 1) / 3 }
    let groups: [Int32] = [2, 0, 1, 1, 0, 2, 2, 2, 0, 0, 1, 1, 2, 0]
    func group(_ row: Int, _ column: Int) -> Int {
      switch sharing {
      case .matrix: 0
      case .tiles(let height, let width):
        row / height * ((14 + width - 1) / width) + column / width
      case .runs(let length): (row * 14 + column) / length
      case .every(let n): (row * 14 + column) % n
      case .indexed: row * 3 + Int(groups[column])
      case .bands(let ends, _, let isSame):
        (isSame ? 0 : row * 3) + ends.count { column >= $0 }
      }
    }
    let rowMajor = bytes(numbers)
    let data = pack(lines(codes, 14), bits: 4, .dense(bits: 4, wordBits: 8), .alongRow)
    let file = try PackedFile([
      ("codes", "U8", [UInt64(data.count)], data),
      ("groups", "I32", [14], groups.flatMap { littleEndian($0) }),
      ("numbers", "F32", [UInt64(count)], rowMajor),
    ])
    var sharing = sharing
    if case .indexed = sharing { sharing = .indexed(by: file.index("groups")) }
    let shared = GroupValues(
      .elements(tensor: file.index("numbers"), as: .f32), sharing: sharing)
    let decoder = PackedDecoder(
      storage: .codes(
        StoredCodes(
          tensor: file.index("codes"), bits: 4, packing: .dense(bits: 4, wordBits: 8)), .rowMajor),
      numbers: .signed, zero: shared,
      scales: [Scale(shared), Scale(GroupValues(.constant(7), sharing: .matrix), divides: true)],
      bias: shared)
    let expected = (0..<9 * 14).map { i -> Float in
      let code = Float(codes[i] < 8 ? Int(codes[i]) : Int(codes[i]) - 16)
      let number = numbers[group(i / 14, i % 14)]
      let product = (code - number) * (number / 7)
      return product + number
    }
    for rows in [1, 2, 5, 9] {
      #expect(try file.weights(decoder, [9, 14], rowsAtOnce: rows).floats == expected)
    }
  }

  @Test func readsTransposedPackedZeroPoints() throws {
    // Three groups of eight outputs, as GPTQ stores them.
    let zeros = randomCodes(24, bits: 4, seed: 12)
    let data = pack(lines(zeros, 8), bits: 4, .dense(bits: 4, wordBits: 32), .alongRow)
    let codes = [UInt8](repeating: 9, count: 8 * 12)
    let file = try PackedFile([("codes", "U8", [96], codes), ("zeros", "I32", [3, 1], data)])
    let decoder = PackedDecoder(
      storage: .codes(
        StoredCodes(
          tensor: file.index("codes"), bits: 8, packing: .dense(bits: 8, wordBits: 8)), .rowMajor),
      zero: GroupValues(
        .codes(
          StoredCodes(
            tensor: file.index("zeros"), bits: 4, packing: .dense(bits: 4, wordBits: 32)), plus: 1),
        sharing: .tiles(rows: 1, columns: 4), arrangement: .transposed))
    let expected = (0..<96).map { 9 - Float(zeros[$0 % 12 / 4 * 8 + $0 / 12] + 1) }
    for rows in [1, 3, 8] {
      #expect(try file.weights(decoder, [8, 12], rowsAtOnce: rows).floats == expected)
    }
  }

  @Test func readsStacksOfMatrices() throws {
    // Three experts of 5 × 6 with a scale for each row, and one factor of all.
    let codes = randomCodes(90, bits: 8, seed: 13)
    let scales = (0..<15).map { Float($0 + 1) }
    let file = try PackedFile([
      (
        "codes", "U8", [3, 6, 5],
        (0..<3).flatMap { e in
          transposed(lines(Array(codes[e * 30..<e * 30 + 30]), 6)).flatMap { $0 }
        }
      ), ("scales", "F32", [3, 5, 1], bytes(scales)), ("all", "F32", [], bytes([0.5])),
    ])
    let decoder = PackedDecoder(
      storage: .codes(
        StoredCodes(
          tensor: file.index("codes"), bits: 8, packing: .dense(bits: 8, wordBits: 8)),
        .transposed),
      scales: [
        Scale(
          GroupValues(
            .elements(tensor: file.index("scales"), as: .f32), sharing: .tiles(rows: 1, columns: 6))
        ),
        Scale(GroupValues(.elements(tensor: file.index("all"), as: .f32), sharing: .matrix)),
      ])
    let expected = (0..<90).map { Float(codes[$0]) * (scales[$0 / 6] * 0.5) }
    for rows in [1, 4, 15] {
      #expect(try file.weights(decoder, [3, 5, 6], rowsAtOnce: rows).floats == expected)
    }
  }

  @Test func unpacksDoubleQuantizedScales() throws {
    let codes = randomCodes(64, bits: 4, seed: 14)
    let absmax: [UInt8] = [3, 200, 17, 90, 1, 255, 128, 64]
    let map = (0..<256).map { Float($0) / 255 }
    let table = (0..<16).map { Float($0 - 7) / 8 }
    let data = pack([codes], bits: 4, .highFirst(bits: 4, wordBits: 8), .alongRow)
    let file = try PackedFile([
      ("w", "U8", [32, 1], data), ("absmax", "U8", [8], absmax), ("map", "F32", [256], bytes(map)),
      ("nested", "F32", [3], bytes([2, 3, 5])), ("table", "F32", [16], bytes(table)),
    ])
    let nested = PackedDecoder(
      storage: .codes(
        StoredCodes(tensor: file.index("absmax"), bits: 8, packing: .dense(bits: 8, wordBits: 8)),
        .rowMajor),
      numbers: .tensor(file.index("map")),
      scales: [
        Scale(GroupValues(.elements(tensor: file.index("nested"), as: .f32), sharing: .runs(3)))
      ], bias: GroupValues(.constant(0.25), sharing: .matrix))
    let decoder = PackedDecoder(
      storage: .codes(
        StoredCodes(tensor: file.index("w"), bits: 4, packing: .highFirst(bits: 4, wordBits: 8)),
        .lines(64)), numbers: .tensor(file.index("table")),
      scales: [Scale(GroupValues(.packed(nested), sharing: .runs(8)))])
    let expected = (0..<64).map { i -> Float in
      let scaled = map[Int(absmax[i / 8])] * [2, 3, 5][i / 8 / 3]
      return table[Int(codes[i])] * (scaled + 0.25)
    }
    for rows in [1, 3, 4] {
      #expect(try file.weights(decoder, [4, 16], rowsAtOnce: rows).floats == expected)
    }
  }

  @Test func placesStoredWeightsByTheMask() throws {
    // Eleven columns: the last mask byte has bits that mean nothing.
    let mask: [UInt8] = [0b0000_0101, 0b1111_1000, 0, 0, 0xFF, 0b0000_0111]
    let stored: [Float] = [1, 2] + (3...13).map { Float($0) }
    let file = try PackedFile([
      ("values", "F32", [13], bytes(stored)), ("mask", "U8", [3, 2], mask),
      ("offsets", "I64", [3], [0, 2, 2].flatMap { littleEndian(Int64($0)) }),
    ])
    var decoder = PackedDecoder(
      storage: .bitmask(
        BitmaskRows(
          values: file.index("values"), type: .f32, mask: file.index("mask"),
          rowOffsets: file.index("offsets"))))
    let expected: [Float] =
      [1, 0, 2] + [Float](repeating: 0, count: 19) + (3...13).map { Float($0) }
    for rows in [1, 2, 3] {
      #expect(try file.weights(decoder, [3, 11], rowsAtOnce: rows).floats == expected)
    }
    // Without offsets every row must store as many as the others.
    decoder.storage = .bitmask(
      BitmaskRows(values: file.index("values"), type: .f32, mask: file.index("mask")))
    #expect(throws: DecodingError.self) { try file.weights(decoder, [3, 11]) }
  }

  @Test func refusesMasksThatContradictTheOffsets() throws {
    for offsets: [Int64] in [[0, 3], [1, 2], [-1, 2], [0, .max], [2, 0]] {
      let file = try PackedFile([
        ("values", "F32", [4], bytes([1, 2, 3, 4])), ("mask", "U8", [2, 1], [0b11, 0b11]),
        ("offsets", "I64", [2], offsets.flatMap { littleEndian($0) }),
      ])
      let decoder = PackedDecoder(
        storage: .bitmask(
          BitmaskRows(
            values: file.index("values"), type: .f32, mask: file.index("mask"),
            rowOffsets: file.index("offsets"))))
      #expect(throws: DecodingError.self) { try file.weights(decoder, [2, 8]) }
    }
  }

  @Test func refusesDescriptionsThatTheTensorsDoNotFit() throws {
    let file = try PackedFile([
      ("w", "U8", [32], [UInt8](repeating: 0x77, count: 32)),
      ("s", "F32", [4], bytes([1, 2, 3, 4])),
      ("g", "I32", [16], (0..<16).flatMap { littleEndian(Int32($0 == 5 ? -1 : 0)) }),
    ])
    let (w, s, g) = (file.index("w"), file.index("s"), file.index("g"))
    let packing = Packing.dense(bits: 4, wordBits: 8)
    func decoder(
      bits: Int = 4, _ packing: Packing = packing, _ arrangement: Arrangement = .rowMajor,
      direction: StoredCodes.Direction = .alongRow, tensor: Int? = nil, scales: [GroupValues] = []
    ) -> PackedDecoder {
      PackedDecoder(
        storage: .codes(
          StoredCodes(tensor: tensor ?? w, bits: bits, packing: packing, direction: direction),
          arrangement), scales: scales.map { Scale($0) })
    }
    func elements(_ type: ElementType, _ sharing: GroupValues.Sharing) -> GroupValues {
      GroupValues(.elements(tensor: s, as: type), sharing: sharing)
    }
    #expect(throws: Never.self) { try file.weights(decoder(), [4, 16]) }
    let bad: [(PackedDecoder, [Int])] = [
      (decoder(), [5, 16]), (decoder(), [4, 17]), (decoder(), [0, 16]), (decoder(), [4, -16]),
      (decoder(), [.max, .max]), (decoder(), [.max, 2, 16]), (decoder(), [1 << 40, 1 << 20]),
      (decoder(), [1, 1 << 30]), (decoder(bits: 0), [4, 16]), (decoder(bits: 9), [4, 16]),
      (decoder(bits: .max), [4, 16]), (decoder(tensor: 99), [4, 16]),
      (decoder(tensor: -1), [4, 16]),
      (decoder(Packing(wordBits: 8, places: [])), [4, 16]),
      (decoder(Packing(wordBits: 12, places: [0])), [4, 16]),
      (decoder(Packing(wordBits: 8, places: [-4])), [4, 16]),
      (decoder(Packing(wordBits: 8, places: [.max])), [4, 16]),
      (decoder(Packing(wordBits: 8, places: [0, 4, 8]), direction: .rowsApart), [4, 16]),
      (decoder(packing, .lines(0)), [4, 16]), (decoder(packing, .lines(-3)), [4, 16]),
      (decoder(scales: [elements(.f32, .tiles(rows: 1, columns: 2))]), [4, 16]),
      (decoder(scales: [elements(.f32, .tiles(rows: 0, columns: 2))]), [4, 16]),
      (decoder(scales: [elements(.f32, .runs(0))]), [4, 16]),
      (decoder(scales: [elements(.f32, .runs(3))]), [4, 16]),
      (decoder(scales: [elements(.f32, .every(0))]), [4, 16]),
      (decoder(scales: [elements(.f32, .every(5))]), [4, 16]),
      (decoder(scales: [elements(.f32, .indexed(by: g))]), [4, 16]),
      (decoder(scales: [elements(.f32, .indexed(by: s))]), [4, 16]),
      (decoder(scales: [elements(.f64, .tiles(rows: 1, columns: 16))]), [4, 16]),
      (decoder(scales: [elements(.q4_0, .matrix)]), [4, 16]),
      (decoder(scales: [elements(.f4, .matrix)]), [4, 16]),
    ]
    for (decoder, shape) in bad {
      #expect(throws: DecodingError.self, "\(decoder) \(shape)") {
        try file.weights(decoder, shape)
      }
    }
    for numbers in [
      CodeNumbers.table([1, 2]), .float(.f8e4m3), .float(.f32), .tensor(w), .tensor(s),
    ] {
      var wrong = decoder()
      wrong.numbers = numbers
      #expect(throws: DecodingError.self) { try file.weights(wrong, [4, 16]) }
    }
  }

  @Test func reportsAFileThatShrank() throws {
    let file = try PackedFile([("w", "U8", [64], [UInt8](repeating: 1, count: 64))])
    let decoder = PackedDecoder(
      storage: .codes(
        StoredCodes(tensor: 0, bits: 8, packing: .dense(bits: 8, wordBits: 8)), .rowMajor))
    var reader = try PackedReader(decoder, shape: [4, 16], model: file.model, files: file.files)
    let length = UInt64(file.model.tensors[0].offset + 40)
    try FileHandle(forWritingAtPath: file.model.parts[0].path)?.truncate(atOffset: length)
    var floats = [Float](repeating: 0, count: 64)
    #expect {
      try floats.withUnsafeMutableBufferPointer { try reader.read(rows: 0..<4, into: $0) }
    } throws: { ($0 as? DecodingError)?.cause == .endedEarly }
  }

  @Test func sumsEntriesOfCodebooks() throws {
    // Two codebooks of three entries, tiles of 2 × 4; 3 rows and 6 columns leave partial tiles.
    let books = (0..<2 * 3 * 8).map { Float($0 * $0) / 7 }
    let codes: [UInt8] = [0, 2, 1, 1, 2, 0, 0, 0]
    let file = try PackedFile([
      ("codes", "U8", [2, 2, 2], codes), ("books", "F32", [2, 3, 2, 4], bytes(books)),
    ])
    var decoder = PackedDecoder(
      storage: .vectors(VectorCodes(codes: file.index("codes"), codebooks: file.index("books"))))
    let expected = (0..<18).map { i -> Float in
      let (row, column) = (i / 6, i % 6)
      let tile = (row / 2 * 2 + column / 4) * 2
      let element = row % 2 * 4 + column % 4
      return books[Int(codes[tile]) * 8 + element] + books[24 + Int(codes[tile + 1]) * 8 + element]
    }
    for rows in [1, 2, 3] {
      #expect(try file.weights(decoder, [3, 6], rowsAtOnce: rows).floats == expected)
    }
    decoder.storage = .vectors(VectorCodes(codes: file.index("books"), codebooks: 0))
    #expect(throws: DecodingError.self) { try file.weights(decoder, [3, 6]) }
  }
}
