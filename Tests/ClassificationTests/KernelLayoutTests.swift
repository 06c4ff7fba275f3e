import TestSupport
import Testing

@testable import Classification

/// Layouts that kernels want, packed as the writers do it.
@Suite struct KernelLayoutTests {
  private func codes(_ count: Int, below limit: Int) -> [Int] {
    var random = Weights(seed: 9)
    return (0..<count).map { _ in Int(random.uniform() * Float(limit)) }
  }

  private func words(_ values: [UInt32]) -> [UInt8] { values.flatMap { littleEndian($0) } }

  /// A scale that is exact in every type, different from one group to the next.
  private func scale(_ index: Int) -> Float { Float(1 + index * 7 % 31) / 32 }

  /// Codes down the columns of rows of 32-bit words, without gaps.
  private func columns(_ codes: [[Int]], bits: Int) -> [[UInt32]] {
    var result = [[UInt32]](
      repeating: [UInt32](repeating: 0, count: codes[0].count), count: codes.count * bits / 32)
    for (row, line) in codes.enumerated() {
      for bit in 0..<bits {
        let place = row * bits + bit
        for (column, code) in line.enumerated() {
          result[place / 32][column] |= UInt32(code >> bit & 1) << UInt32(place % 32)
        }
      }
    }
    return result
  }

  @Test(arguments: [[8, 6, 5], [4, 3, 2]]) func readsWidthsOfEXL2(widths: [Int]) throws {
    let (inputs, outputs) = (128, 64)
    // The first group has 64 inputs, the others 32.
    let counts = [64, 32, 32]
    var (stored, packed, groups, weights): ([[Int]], [[UInt32]], [Int16], [[Float]]) =
      ([], [], [], [])
    let scales = (0..<3).map { group in (0..<outputs).map { ($0 * 3 + group) % 16 } }
    let largest: [Float] = [0.5, 0.25, 2]
    for (group, bits) in widths.enumerated() {
      let made = codes(counts[group] * outputs, below: 1 << bits)
      let lines = (0..<counts[group]).map { Array(made[$0 * outputs..<($0 + 1) * outputs]) }
      groups += [Int16(bits), Int16(packed.count)]
      packed += columns(lines, bits: bits)
      stored += lines
      for line in lines {
        weights.append(
          line.indices.map { output in
            let root = Float(scales[group][output] + 1)
            let scale = root * root / 256 * largest[group]
            return Float(line[output] - 1 << (bits - 1)) * scale
          })
      }
    }
    // Where each input is stored.
    let places = (0..<inputs).map { $0 * 37 % inputs }
    let nibbles = (0..<3).flatMap { group in
      stride(from: 0, to: outputs, by: 8).map { start -> UInt32 in
        (0..<8).reduce(0) { $0 | UInt32(scales[group][start + $1]) << UInt32(4 * $1) }
      }
    }
    let tensors: [(String, String, [Int], [UInt8])] = [
      (".q_weight", "I32", [packed.count, outputs], words(packed.flatMap { $0 })),
      (".q_scale", "I32", [3, outputs / 8], words(nibbles)),
      (".q_scale_max", "F16", [3], Stored.f16.bytes(largest)),
      (".q_groups", "I16", [6], groups.flatMap { littleEndian($0) }),
      (".q_invperm", "I32", [inputs], words(places.map { UInt32($0) })),
    ]
    let found = try DecodedModule(tensors)
    #expect(found.packed.scheme == .exl2)
    #expect(found.packed.shape == [outputs, inputs])
    let expected = (0..<outputs * inputs).map { index -> Float in
      weights[places[index % inputs]][index / inputs]
    }
    #expect(found.weights == expected)

    // Groups that do not fill the matrix are no EXL2.
    var broken = tensors
    broken[3].3[0] = 7
    #expect(try DecodedModule(broken).packed.scheme == .unknown)
  }

  @Test(arguments: [128, 256]) func readsQQQ(group: Int) throws {
    let (rows, inputs) = (128, 256)
    let isGrouped = group < inputs
    let made = codes(rows * inputs, below: 16)
    // Tiles of 16 × 16, then 1,024 codes by the permutation, then words.
    var permutation: [Int] = []
    for i in 0..<32 {
      var codes: [Int] = []
      for block in 0..<2 {
        for row in 0..<4 { codes.append(16 * (4 * (i % 4) + row) + i / 4 + 8 * block) }
      }
      for j in 0..<4 { permutation += codes.map { $0 + 256 * j } }
    }
    let interleave = isGrouped ? [0, 2, 4, 6, 1, 3, 5, 7] : [4, 0, 5, 1, 6, 2, 7, 3]
    permutation = stride(from: 0, to: 1024, by: 8).flatMap { start in
      interleave.map { permutation[start + $0] }
    }
    var bytes: [UInt8] = []
    for strip in 0..<inputs / 16 {
      let line = (0..<rows * 16).map { place -> Int in
        let (output, input) = (place / 256 * 16 + place % 16, strip * 16 + place % 256 / 16)
        return made[output * inputs + input]
      }
      let turned = line.indices.map { line[$0 / 1024 * 1024 + permutation[$0 % 1024]] }
      bytes += stride(from: 0, to: turned.count, by: 2).map {
        UInt8(turned[$0]) | UInt8(turned[$0 + 1]) << 4
      }
    }
    func ordered(_ values: [Float], _ run: [Int]) -> [Float] {
      values.indices.map { values[$0 / run.count * run.count + run[$0 % run.count]] }
    }
    let groupOrder = (0..<8).flatMap { i in (0..<8).map { i + 8 * $0 } }
    let rowOrder = (0..<4).flatMap { i in [0, 1, 8, 9, 16, 17, 24, 25].map { 2 * i + $0 } }
    let groups = (0..<2 * rows).map(scale)
    let channels = (0..<rows).map { Float(1 + $0 % 5) / 4 }
    let found = try DecodedModule([
      (".B", "I32", [inputs / 16, rows * 2], bytes),
      (".s_channel", "F32", [1, rows], Stored.f32.bytes(ordered(channels, rowOrder))),
      isGrouped
        ? (".s_group", "F16", [2, rows], Stored.f16.bytes(ordered(groups, groupOrder)))
        : (".s_group", "F16", [0], []),
    ])
    #expect(found.packed.scheme == .qqq)
    #expect(found.packed.groupSize == (isGrouped ? group : nil))
    let expected = made.indices.map { index -> Float in
      let (output, input) = (index / inputs, index % inputs)
      if isGrouped {
        return Float(made[index] - 8) * (groups[input / group * rows + output] * channels[output])
      }
      // Two's complement in the upper half of a byte.
      let code = made[index] < 8 ? made[index] : made[index] - 16
      return Float(code * 16) * channels[output]
    }
    #expect(found.weights == expected)
  }

  @Test(arguments: [".weight", ".qweight"]) func readsEETQ(name: String) throws {
    let (rows, inputs) = (64, 128)
    let made = codes(rows * inputs, below: 256).map { $0 - 128 }
    var stored = [UInt8](repeating: 0, count: made.count)
    for output in 0..<rows {
      for place in 0..<inputs {
        // Inputs of each 16 are taken in the order 0 1 8 9 2 3 10 11 …
        let row = place % 16
        let input = place / 16 * 16 + 8 * (row % 4 / 2) + row % 2 + 2 * (row / 4)
        // Two outputs interleaved by 64 inputs.
        var at = output / 2 * 2 * inputs + place / 64 * 128 + output % 2 * 64 + place % 64
        if at % 4 == 1 { at += 1 } else if at % 4 == 2 { at -= 1 }
        stored[at] = UInt8(made[output * inputs + input] + 128)
      }
    }
    let scales = (0..<rows).map(scale)
    let found = try DecodedModule([
      (name, "I8", [inputs, rows], stored),
      (".weight_scales", "F16", [rows], Stored.f16.bytes(scales)),
    ])
    #expect(found.packed.scheme == .eetq)
    let expected = made.indices.map { Float(made[$0]) * scales[$0 / inputs] }
    #expect(found.weights == expected)
  }

  @Test(arguments: [true, false]) func readsVectorsOfVPTQ(isPacked: Bool) throws {
    let (rows, inputs, groups, length) = (60, 64, 2, 8)
    let (vectors, places) = (8, 32)
    let main = codes(groups * vectors * places, below: 32)
    let residual = codes(groups * vectors * places, below: 4).reversed() as [Int]
    func book(_ entries: Int, _ start: Int) -> [Float] {
      (0..<groups * entries * length).map { Float(($0 * 13 + start) % 97 - 48) / 64 }
    }
    let (first, second) = (book(32, 0), book(4, 7))
    let places2 = (0..<inputs).map { $0 * 27 % inputs }
    let scales = (0..<inputs).map(scale)
    let biases = (0..<inputs).map { Float($0 % 3) / 8 }
    var tensors: [(String, String, [Int], [UInt8])] = [
      (".centroids.weight", "F16", [groups, 32 * length], Stored.f16.bytes(first)),
      (".res_centroids.weight", "F16", [groups, 4 * length], Stored.f16.bytes(second)),
      (".perm", "I16", [inputs], places2.flatMap { littleEndian(Int16($0)) }),
      (".weight_scale", "F32", [inputs], Stored.f32.bytes(scales)),
      (".weight_bias", "F32", [inputs], Stored.f32.bytes(biases)),
    ]
    if isPacked {
      // 32 indices of 5 + 2 bits fill seven words of a line.
      var packed: [UInt32] = []
      for line in 0..<groups * vectors {
        let both = (0..<places).map { place -> [Int] in
          let index = line * places + place
          return [main[index] | residual[index] << 5]
        }
        packed += columns(both, bits: 7).map { $0[0] }
      }
      tensors.append((".indices", "I32", [groups, vectors, 7], words(packed)))
    } else {
      func halfWords(_ values: [Int]) -> [UInt8] { values.flatMap { littleEndian(Int16($0)) } }
      tensors += [
        (".indices", "I16", [groups, vectors, places], halfWords(main)),
        (".res_indices", "I16", [groups, vectors, places], halfWords(residual)),
      ]
    }
    let config = """
      {"quantization_config": {"quant_method": "vptq", "config_for_layers": {
        "model.layers.0.mlp.up_proj": {"in_features": 64, "out_features": 60, "vector_lens": [-1, 8],
          "num_centroids": [-1, 32], "num_res_centroids": [-1, 4]}}}}
      """
    let found = try DecodedModule(tensors, config: config)
    #expect(found.packed.variant == "v8 k32 k4")
    #expect(found.packed.shape == [rows, inputs])
    var expected = [Float](repeating: 0, count: rows * inputs)
    for row in 0..<rows {
      for stored in 0..<inputs {
        let (group, place) = (stored / places, stored % places)
        let index = (group * vectors + row / length) * places + place
        let one = first[(group * 32 + main[index]) * length + row % length]
        let other = second[(group * 4 + residual[index]) * length + row % length]
        let column = places2[stored]
        expected[row * inputs + column] = (one + other) * scales[column] + biases[column]
      }
    }
    #expect(found.weights == expected)
    if isPacked { #expect(try DecodedModule(tensors).packed.shape == [64, inputs]) }
  }

  @Test func readsStackedExpertsOfGPTQ() throws {
    let (experts, outputs, inputs) = (3, 64, 64)
    let made = codes(experts * inputs * outputs, below: 16)
    let packed = (0..<experts).flatMap { expert -> [UInt32] in
      let lines = (0..<inputs).map { input in
        Array(made[(expert * inputs + input) * outputs..<(expert * inputs + input + 1) * outputs])
      }
      return columns(lines, bits: 4).flatMap { $0 }
    }
    let found = try DecodedModule([
      (".qweight", "I32", [experts, inputs / 8, outputs], words(packed)),
      (
        ".qzeros", "I32", [experts, 2, outputs / 8],
        words([UInt32](repeating: 0x7777_7777, count: experts * outputs / 4))
      ),
      (
        ".scales", "F16", [experts, 2, outputs],
        Stored.f16.bytes((0..<experts * 2 * outputs).map(scale))
      ),
    ])
    #expect(found.packed.shape == [experts, outputs, inputs])
    let expected = (0..<experts * outputs * inputs).map { index -> Float in
      let (input, output) = (index % inputs, index / inputs % outputs)
      let expert = index / inputs / outputs
      let code = made[(expert * inputs + input) * outputs + output]
      return Float(code - 8) * scale((expert * 2 + input / 32) * outputs + output)
    }
    #expect(found.weights == expected)
  }

  @Test(arguments: [true, false]) func readsOutliersOfSpQR(byTiles: Bool) throws {
    let (rows, inputs) = (32, 48)
    let (strips, tiles) = (inputs / 16, rows / 16)
    let made = codes(rows * inputs, below: 8)
    let scales = codes(rows * strips, below: 8)
    let zeros = scales.reversed() as [Int]
    // Scale's scale, zero's scale, scale's zero, zero's zero of each tile.
    let shared = (0..<tiles * strips).map { tile in
      (0..<4).map { place -> Float in Float(1 + (tile * 4 + place) % 13) / 8 }
    }
    var stored: [UInt64] = []
    for tile in 0..<tiles {
      for strip in 0..<strips {
        let bits = shared[tile * strips + strip].map { UInt64(halfBits($0)) }
        let all = bits[0] | bits[1] << 16 | bits[2] << 32 | bits[3] << 48
        for line in 0..<16 {
          let row = tile * 16 + line
          var word = UInt64(scales[row * strips + strip]) | UInt64(zeros[row * strips + strip]) << 3
          for place in 0..<16 {
            word |= UInt64(made[row * inputs + strip * 16 + place]) << UInt64(6 + 3 * place)
          }
          stored.append(word | (all >> UInt64(line / 2 * 8) & 255) << 54)
        }
      }
    }
    // Row r has r % 3 outliers.
    var outliers: [[(column: Int, value: Float)]] = []
    for row in 0..<rows {
      var line: [(column: Int, value: Float)] = []
      for number in 0..<row % 3 {
        line.append(((row * 5 + number * 7) % inputs, Float(row + number + 1) / 4))
      }
      outliers.append(line)
    }
    func word(_ outlier: (column: Int, value: Float)) -> UInt32 {
      UInt32(halfBits(outlier.value)) << 16 | UInt32(outlier.column)
    }
    var (starts, found): ([UInt32], [UInt32]) = ([0], [])
    if byTiles {
      for tile in 0..<tiles {
        for turn in 0..<2 {
          for row in tile * 16..<(tile + 1) * 16 {
            found.append(turn < outliers[row].count ? word(outliers[row][turn]) : 0)
          }
        }
        starts.append(UInt32(found.count))
      }
    } else {
      for row in outliers {
        found += row.map(word)
        starts.append(UInt32(found.count))
      }
    }
    let places = (0..<inputs).map { $0 * 5 % inputs }
    let decoded = try DecodedModule([
      (".dense_weights", "I64", [stored.count], stored.flatMap { littleEndian($0) }),
      (".row_offsets", "I32", [starts.count], words(starts)),
      (".col_vals", "I32", [found.count], words(found)),
      (".in_perm", "I32", [inputs / 2], places.flatMap { littleEndian(Int16($0)) }),
    ])
    #expect(decoded.packed.shape == [rows, inputs])
    var expected = [Float](repeating: 0, count: rows * inputs)
    for row in 0..<rows {
      for column in 0..<inputs {
        let numbers = shared[row / 16 * strips + column / 16]
        let scale = numbers[0] * (Float(scales[row * strips + column / 16]) - numbers[2])
        let zero = numbers[1] * (Float(zeros[row * strips + column / 16]) - numbers[3])
        expected[row * inputs + places[column]] =
          scale * (Float(made[row * inputs + column]) - zero)
      }
      for outlier in outliers[row] {
        expected[row * inputs + places[outlier.column]] += outlier.value
      }
    }
    #expect(decoded.weights == expected)
  }
}
