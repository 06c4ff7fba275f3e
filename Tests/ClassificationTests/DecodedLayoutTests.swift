import ModelFile
import TensorStats
import TestSupport
import Testing

@testable import Classification

/// Layouts whose weights are decoded: a matrix is packed step by step as the writers do it, and must
/// come back.
@Suite struct DecodedLayoutTests {
  /// Codes of 4 or 8 bits, and scales that differ from group to group.
  private struct Codes {
    let rows: Int
    let columns: Int
    let group: Int
    var codes: [[Int]]
    var scales: [[Float]]

    init(rows: Int, columns: Int, group: Int, bits: Int = 4) {
      self.rows = rows
      self.columns = columns
      self.group = group
      var random = Weights(seed: 11)
      let count = Float(1 << bits)
      codes = (0..<rows).map { _ in
        (0..<columns).map { _ in Int(random.uniform() * count) }
      }
      scales = (0..<rows).map { row in
        (0..<columns / group).map { Float(1 + (row * 7 + $0 * 3) % 61) / 64 }
      }
    }

    func weights(zero: (Int, Int) -> Int) -> [Float] {
      (0..<rows).flatMap { row in
        (0..<columns).map { column in
          Float(codes[row][column] - zero(row, column / group)) * scales[row][column / group]
        }
      }
    }
  }

  /// Reads the one packed weight of a file.
  private func decoded(_ tensors: [(String, String, [Int], [UInt8])]) throws -> DecodedModule {
    try DecodedModule(tensors)
  }

  private func halves(_ values: [Float]) -> [UInt8] { Stored.f16.bytes(values) }
  private func floats(_ values: [Float]) -> [UInt8] { Stored.f32.bytes(values) }

  /// Scales as [groups, out].
  private func columnwise(_ scales: [[Float]], paddedTo count: Int = 0) -> [[Float]] {
    (0..<max(count, scales[0].count)).map { group in
      scales.map { group < $0.count ? $0[group] : 0 }
    }
  }

  @Test func readsGemvFastOfAWQ() throws {
    let made = Codes(rows: 8, columns: 256, group: 128)
    let zero = { (row: Int, group: Int) in (row + 5 * group) % 16 }
    // pack_intweight: [x, y, 2] turned within 32 inputs, evens before odds within eight, four rows
    // interleaved by 64 inputs, four codes to a word.
    var packed: [UInt16] = []
    for quad in 0..<made.rows / 4 {
      for block in 0..<made.columns / 64 {
        var line: [Int] = []
        for row in 0..<4 {
          for half in 0..<2 {
            let from = Array(made.codes[quad * 4 + row][(block * 64 + half * 32)...].prefix(32))
            var turned: [Int] = []
            for y in 0..<4 {
              for x in 0..<4 { turned += [from[x * 8 + y * 2], from[x * 8 + y * 2 + 1]] }
            }
            for eight in 0..<4 {
              for odd in 0..<2 {
                for pair in 0..<4 { line.append(turned[eight * 8 + pair * 2 + odd]) }
              }
            }
          }
        }
        for start in stride(from: 0, to: line.count, by: 4) {
          let (low, high) = (line[start] | line[start + 1] << 4, line[start + 2])
          packed.append(UInt16(low | high << 8 | line[start + 3] << 12))
        }
      }
    }
    let scaled = (0..<made.rows).map { row in
      made.scales[row].indices.map { -made.scales[row][$0] * Float(zero(row, $0)) }
    }
    let words = packed.flatMap { littleEndian($0) }
    let scales = halves(Array(columnwise(made.scales, paddedTo: 8).joined()))
    let zeros = halves(Array(columnwise(scaled, paddedTo: 8).joined()))
    for name in [".qzeros", ".scaled_zeros"] {
      let found = try decoded([
        (".qweight", "I16", [2, 256], words), (".scales", "F16", [8, 8], scales),
        (name, "F16", [8, 8], zeros),
      ])
      #expect(found.packed.scheme == .awq)
      #expect(found.packed.shape == [8, 256])
      #expect(found.weights == made.weights(zero: zero))
    }
  }

  @Test(arguments: [(4, 128), (8, 64), (4, 256)]) func readsMarlin(bits: Int, group: Int) throws {
    let made = Codes(rows: 128, columns: 256, group: group, bits: bits)
    let (rows, columns) = (made.rows, made.columns)
    // marlin_permute_weights: tiles of 16 × 16, then 1,024 codes by the permutation, then words.
    var permutation: [Int] = []
    for i in 0..<32 {
      var codes: [Int] = []
      for block in 0..<2 {
        for row in [2 * (i % 4), 2 * (i % 4) + 1, 2 * (i % 4 + 4), 2 * (i % 4 + 4) + 1] {
          codes.append(16 * row + i / 4 + 8 * block)
        }
      }
      for j in 0..<4 { permutation += codes.map { $0 + 256 * j } }
    }
    let interleave = bits == 4 ? [0, 2, 4, 6, 1, 3, 5, 7] : [0, 2, 1, 3]
    permutation = stride(from: 0, to: 1024, by: interleave.count).flatMap { start in
      interleave.map { permutation[start + $0] }
    }
    var bytes: [UInt8] = []
    for strip in 0..<columns / 16 {
      let line = (0..<rows * 16).map { place in
        made.codes[place / 256 * 16 + place % 16][strip * 16 + place % 256 / 16]
      }
      let codes = line.indices.map { line[$0 / 1024 * 1024 + permutation[$0 % 1024]] }
      if bits == 8 {
        bytes += codes.map { UInt8($0) }
      } else {
        bytes += stride(from: 0, to: codes.count, by: 2).map {
          UInt8(codes[$0] | codes[$0 + 1] << 4)
        }
      }
    }
    let isGrouped = group < columns
    var run: [Int] = []
    if isGrouped {
      for i in 0..<8 { run += (0..<8).map { i + 8 * $0 } }
    } else {
      for i in 0..<4 { run += [0, 1, 8, 9, 16, 17, 24, 25].map { 2 * i + $0 } }
    }
    var scales: [Float] = []
    for line in columnwise(made.scales) {
      for place in line.indices {
        scales.append(line[place / run.count * run.count + run[place % run.count]])
      }
    }
    let stored = halves(scales)
    let found = try decoded([
      (".B", "I32", [columns / 16, rows * bits / 2], bytes),
      (".s", "F16", [columns / group, rows], stored),
    ])
    #expect(found.packed.scheme == .marlin)
    #expect(found.packed.groupSize == (isGrouped ? group : nil))
    #expect(found.weights == made.weights { _, _ in 1 << (bits - 1) })
  }

  @Test func readsCodesOfGemma() throws {
    let made = Codes(rows: 64, columns: 128, group: 128)
    let bytes = made.codes.flatMap { line in
      stride(from: 0, to: 128, by: 2).map { UInt8(line[$0] | line[$0 + 1] << 4) }
    }
    let found = try decoded([
      (".weight", "U8", [64, 64], bytes),
      (".weight_scale", "F32", [64, 1], floats(made.scales.flatMap { $0 })),
      (".input_activation_scale", "F32", [], floats([1])),
    ])
    #expect(found.packed.scheme == .gemma)
    #expect(found.weights == made.weights { _, _ in 8 })
  }

  /// A matrix of which a tenth is stored; its fourth row is empty.
  private static let sparse: [Float] = {
    var random = Weights(seed: 3)
    return (0..<64 * 96).map { index -> Float in
      let (chance, value) = (random.uniform(), random.uniform())
      return index / 96 == 3 || chance > 0.1 ? 0 : value - 2
    }
  }()

  private static let sides: [UInt8] = littleEndian(Int64(64)) + littleEndian(Int64(96))

  private static let stored = sparse.indices.filter { sparse[$0] != 0 }

  @Test(arguments: ["I64", "I32"]) func readsCompressedRows(type: String) throws {
    let starts = (0...64).map { row in Self.stored.count { $0 < row * 96 } }
    func integers(_ values: [Int]) -> [UInt8] {
      type == "I64"
        ? values.flatMap { littleEndian(Int64($0)) } : values.flatMap { littleEndian(Int32($0)) }
    }
    let tensors: [(String, String, [Int], [UInt8])] = [
      (".crow_indices", type, [65], integers(starts)),
      (".col_indices", type, [Self.stored.count], integers(Self.stored.map { $0 % 96 })),
      (".values", "F32", [Self.stored.count], floats(Self.stored.map { Self.sparse[$0] })),
      (".shape", "I64", [2], Self.sides),
    ]
    let found = try decoded(tensors)
    #expect(found.packed.sparseStorage == .csr)
    #expect(found.weights == Self.sparse)

    // A column that comes twice, and one outside of the matrix.
    for column in [Self.stored[0] % 96, 96] {
      var columns = Self.stored.map { $0 % 96 }
      columns[1] = column
      var broken = tensors
      broken[1].3 = integers(columns)
      #expect(throws: DecodingError.self) { try decoded(broken) }
    }
  }

  @Test func readsCoordinates() throws {
    let places = Self.stored.map { $0 / 96 } + Self.stored.map { $0 % 96 }
    let values = floats(Self.stored.map { Self.sparse[$0] })
    func tensors(_ places: [Int]) -> [(String, String, [Int], [UInt8])] {
      [
        (".indices", "I64", [2, Self.stored.count], places.flatMap { littleEndian(Int64($0)) }),
        (".values", "F32", [Self.stored.count], values),
        (".shape", "I64", [2], Self.sides),
      ]
    }
    let found = try decoded(tensors(places))
    #expect(found.packed.sparseStorage == .coo)
    #expect(found.weights == Self.sparse)

    var unsorted = places
    unsorted.swapAt(0, Self.stored.count - 1)
    #expect(throws: DecodingError.self) { try decoded(tensors(unsorted)) }
  }
}
