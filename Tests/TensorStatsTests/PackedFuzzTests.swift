import ModelFile
import TensorStats
import TestSupport
import Testing

/// Descriptions at random: whatever they say, they decode or are refused.
@Suite struct PackedFuzzTests {
  @Test func survivesRandomDescriptions() throws {
    var generator = SeededGenerator(state: 21)
    var builder = SafetensorsBuilder()
    let types = ["U8", "I8", "I16", "I32", "I64", "F16", "BF16", "F32", "F8_E4M3", "F8_E8M0"]
    for (i, type) in types.enumerated() {
      let width = [1, 1, 2, 4, 8, 2, 2, 4, 1, 1][i]
      builder.add("t\(i)", type, [16], generator.bytes(16 * width))
      // Small numbers, so that offsets and groups are often in range.
      builder.add(
        "s\(i)", type, [8], (0..<8 * width).map { $0 % width == 0 ? UInt8($0 / width / 2) : 0 })
    }
    builder.add("book", [2, 4, 1, 2], (0..<16).map { Float($0) })
    let folder = try TemporaryFolder()
    let model = Model.open(try folder.write(builder.bytes, to: "model.safetensors"))
    let files = model.parts.map { try? FileReader(path: $0.path) }

    var decoded = 0
    for _ in 0..<6000 {
      let decoder = randomDecoder(model.tensors.count, depth: 0, &generator)
      var shape = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
        number(&generator, usually: 1...8)
      }
      // Bands are multiples of 32.
      if Int.random(in: 0..<4, using: &generator) == 0 { shape.append(32) }
      guard var reader = try? PackedReader(decoder, shape: shape, model: model, files: files),
        reader.rows * reader.columns < 1 << 16
      else { continue }
      var floats = [Float](repeating: 0, count: reader.rows * reader.columns)
      let rows = reader.rows
      floats.withUnsafeMutableBufferPointer { buffer in
        if (try? reader.read(rows: 0..<rows, into: buffer)) != nil { decoded += 1 }
      }
    }
    // Enough of them make sense for the test to mean anything.
    #expect(decoded > 100)
  }

  /// Mostly a small number, at times one that is hostile.
  private func number(_ generator: inout SeededGenerator, usually range: ClosedRange<Int>) -> Int {
    guard Int.random(in: 0..<30, using: &generator) == 0 else {
      return .random(in: range, using: &generator)
    }
    return [0, -1, .min, .max, 1 << 31, 1 << 32, 1 << 62].randomElement(using: &generator) ?? 0
  }

  private func randomDecoder(
    _ tensors: Int, depth: Int, _ generator: inout SeededGenerator
  ) -> PackedDecoder {
    func pick(_ range: ClosedRange<Int>) -> Int { number(&generator, usually: range) }
    func chance(_ n: Int) -> Bool { Int.random(in: 0..<n, using: &generator) == 0 }
    func tensor() -> Int { chance(40) ? pick(-1...tensors) : pick(0...tensors - 1) }
    func codes() -> StoredCodes {
      let bits = pick(1...8)
      let word = chance(30) ? pick(0...99) : [8, 16, 32, 64][pick(0...3) & 3]
      let sane = (1...8).contains(bits) && [8, 16, 32, 64].contains(word)
      let packing: Packing =
        switch pick(0...4) {
        case 4 where sane: .planar(bits: bits)
        case 0 where sane: .dense(bits: bits, wordBits: word)
        case 1 where sane: .whole(bits: bits, wordBits: word)
        case 2 where sane: .highFirst(bits: bits, wordBits: word)
        default: Packing(wordBits: word, places: (0..<pick(0...6) & 15).map { _ in pick(0...40) })
        }
      let directions: [StoredCodes.Direction] = [.alongRow, .downColumn, .rowsApart]
      return StoredCodes(
        tensor: tensor(), bits: bits, packing: packing,
        direction: directions.randomElement(using: &generator) ?? .alongRow)
    }
    func arrangement() -> Arrangement {
      switch pick(0...3) {
      case 3: .blocked
      case 0: .transposed
      case 1: .lines(pick(1...64))
      default: .rowMajor
      }
    }
    let types: [ElementType] = [
      .u8, .i8, .i32, .i64, .f16, .bf16, .f32, .f8e4m3, .f8e8m0, .f4, .q4_0,
    ]
    func type() -> ElementType { types.randomElement(using: &generator) ?? .u8 }
    func values() -> GroupValues {
      let source: GroupValues.Source
      switch pick(0...4) {
      case 4: source = .pairs(tensor: tensor(), as: type(), second: chance(2))
      case 0: source = .constant(0.5)
      case 1: source = .codes(codes(), plus: 1)
      case 2 where depth < 2:
        source = .packed(randomDecoder(tensors, depth: depth + 1, &generator))
      default: source = .elements(tensor: tensor(), as: type())
      }
      let sharing: GroupValues.Sharing =
        switch pick(0...5) {
        case 5:
          .bands(
            ends: (0..<pick(0...3) & 3).map { _ in pick(1...8) }, order: chance(2) ? tensor() : nil,
            sameForAllRows: chance(2))
        case 0: .matrix
        case 1: .tiles(rows: pick(1...4), columns: pick(1...8))
        case 2: .runs(pick(1...16))
        case 3: .every(pick(1...16))
        default: .indexed(by: tensor())
        }
      return GroupValues(
        source, sharing: sharing, arrangement: arrangement(),
        storedColumns: chance(4) ? pick(1...16) : nil)
    }
    var decoder: PackedDecoder
    switch pick(0...13) {
    case 10:
      decoder = PackedDecoder(
        storage: .banded(
          BandedCodes(
            tensor: tensor(),
            bands: (0..<pick(0...3) & 3).map { _ in
              BandedCodes.Band(bits: pick(1...8), count: chance(2) ? 32 : pick(1...64))
            }, order: chance(2) ? tensor() : nil)))
    case 11:
      decoder = PackedDecoder(
        storage: .indexed(
          IndexedVectors(
            length: pick(1...4), groups: pick(1...2),
            books: (0..<pick(0...2) & 3).map { _ in
              IndexedVectors.Book(
                indices: tensor(), indexBits: pick(1...16), firstBit: pick(0...4),
                bits: pick(1...4),
                isPacked: chance(2), entries: tensor())
            }, order: chance(2) ? tensor() : nil)))
    case 13:
      decoder = PackedDecoder(
        storage: .outlierTiles(
          OutlierTiles(
            words: tensor(), outliers: tensor(), starts: tensor(),
            order: chance(2) ? tensor() : nil)))
    case 12:
      let (rows, columns) = (pick(1...4), pick(1...4))
      let places = rows.multipliedReportingOverflow(by: columns).partialValue & 15
      decoder = PackedDecoder(
        storage: .tiled(
          TiledCodes(
            tensor: tensor(), bits: [2, 4, 8][pick(0...2) & 1], tileRows: rows,
            tileColumns: columns, order: Array(0..<places), sequence: chance(2) ? .down : .across,
            storedColumns: chance(2) ? pick(1...8) : nil)))
    case 0:
      decoder = PackedDecoder(
        storage: .bitmask(
          BitmaskRows(
            values: tensor(), type: type(), mask: tensor(),
            rowOffsets: chance(2) ? tensor() : nil)))
    case 1:
      decoder = PackedDecoder(
        storage: .marlin24(Marlin24(codes: tensor(), bits: pick(4...8), meta: tensor())))
    case 2:
      decoder = PackedDecoder(
        storage: .vectors(
          VectorCodes(codes: tensor(), codebooks: chance(3) ? tensor() : tensors - 1)))
    default: decoder = PackedDecoder(storage: .codes(codes(), arrangement()))
    }
    switch pick(0...5) {
    case 0: decoder.numbers = .signed
    case 1: decoder.numbers = .float(type())
    case 2: decoder.numbers = .table((0..<pick(0...16) & 31).map { Float($0) })
    case 3: decoder.numbers = .tensor(tensor())
    default: break
    }
    if chance(3) { decoder.zero = values() }
    for _ in 0..<pick(0...2) & 3 { decoder.scales.append(Scale(values(), divides: chance(2))) }
    if chance(3) { decoder.bias = values() }
    return decoder
  }
}
