import ModelFile
import TensorStats
import TestSupport
import Testing

@testable import Classification

/// Layouts of kernels and of newer libraries, packed step by step as the writers do it.
@Suite struct NewerLayoutTests {
  /// Numbers below a limit, the same on every run.
  private func codes(_ count: Int, below limit: Int, seed: UInt64 = 5) -> [Int] {
    var random = Weights(seed: seed)
    return (0..<count).map { _ in Int(random.uniform() * Float(limit)) }
  }

  private func halves(_ values: [Float]) -> [UInt8] { Stored.f16.bytes(values) }
  private func floats(_ values: [Float]) -> [UInt8] { Stored.f32.bytes(values) }
  private func words(_ values: [UInt32]) -> [UInt8] { values.flatMap { littleEndian($0) } }

  /// A scale that is exact in every type, different from one group to the next.
  private func scale(_ index: Int) -> Float { Float(1 + index * 7 % 31) / 32 }

  /// Two codes a byte.
  private func nibbles(_ codes: [Int], highFirst: Bool = false) -> [UInt8] {
    stride(from: 0, to: codes.count, by: 2).map { start in
      let (even, odd) = (UInt8(codes[start] & 15), UInt8(codes[start + 1] & 15))
      return highFirst ? even << 4 | odd : odd << 4 | even
    }
  }

  /// Bit planes: of every 32 codes first the lowest bits, then the next, down the columns.
  private func planes(_ codes: [[Int]], widths: [Int]) -> [[UInt32]] {
    stride(from: 0, to: codes.count, by: 32).flatMap { block in
      var done = 0
      return widths.flatMap { width in
        let lines = (0..<width).map { word in
          codes[0].indices.map { column -> UInt32 in
            var sum: UInt32 = 0
            for j in 0..<32 / width {
              let code = codes[block + word * (32 / width) + j][column] >> done
              sum |= UInt32(code & ((1 << width) - 1)) << UInt32(width * j)
            }
            return sum
          }
        }
        done += width
        return lines
      }
    }
  }

  @Test(arguments: [(3, [2, 1]), (5, [4, 1]), (6, [4, 2]), (7, [4, 2, 1])])
  func readsBitPlanesOfGPTQ(bits: Int, widths: [Int]) throws {
    let (inputs, outputs) = (96, 64)
    let made = codes(inputs * outputs, below: 1 << bits)
    let rows = (0..<inputs).map { Array(made[$0 * outputs..<($0 + 1) * outputs]) }
    // One group of 32 after another; zero points are packed along the outputs.
    let zeros = (0..<3).map { group in (0..<outputs).map { ($0 + group) % (1 << bits) } }
    let turned = (0..<outputs).map { output in zeros.map { $0[output] } }
    let packedZeros = planes(turned, widths: widths)
    let found = try DecodedModule(
      [
        (
          ".qweight", "I32", [3 * bits, outputs], words(planes(rows, widths: widths).flatMap { $0 })
        ),
        (
          ".qzeros", "I32", [3, 2 * bits],
          words((0..<3).flatMap { group in packedZeros.map { $0[group] } })
        ),
        (".scales", "F16", [3, outputs], halves((0..<3 * outputs).map(scale))),
      ],
      config: #"{"quantization_config": {"quant_method": "gptq", "checkpoint_format": "gptq_p"}}"#)
    #expect(found.packed.variant == "planar")
    #expect(found.packed.bits == Double(bits))
    let expected = (0..<outputs * inputs).map { index -> Float in
      let (output, input) = (index / inputs, index % inputs)
      let difference = rows[input][output] - zeros[input / 32][output]
      return Float(difference) * scale(input / 32 * outputs + output)
    }
    #expect(found.weights == expected)
  }

  @Test func readsFloatsOfSixBits() throws {
    let made = codes(64 * 64, below: 64)
    let bytes = stride(from: 0, to: made.count, by: 4).flatMap { start -> [UInt8] in
      var word = 0
      for place in 0..<4 { word |= made[start + place] << (6 * place) }
      return [UInt8(word & 255), UInt8(word >> 8 & 255), UInt8(word >> 16)]
    }
    let exponents = (0..<128).map { UInt8(120 + $0 % 9) }
    let table = try #require(ElementType.f6e2m3.valueTable)
    let found = try DecodedModule([
      (".weight_packed", "U8", [64, 48], bytes), (".weight_scale", "U8", [64, 2], exponents),
    ])
    #expect(found.packed.variant == "mxfp6-pack-quantized")
    #expect(
      found.weights
        == made.indices.map {
          table[made[$0]]
            * Float(sign: .plus, exponent: Int(exponents[$0 / 32]) - 127, significand: 1)
        })
  }

  @Test(arguments: ["I8", "F16"]) func readsPlainWordsOfTorchAO(zeroType: String) throws {
    let (inputs, outputs, group) = (64, 32, 32)
    let made = codes(inputs * outputs, below: 16)
    let packed = stride(from: 0, to: made.count, by: 8).map { start in
      (0..<8).reduce(UInt32(0)) { $0 | UInt32(made[start + $1]) << UInt32(4 * $1) }
    }
    let zeros = (0..<2 * outputs).map { 1 + $0 % 14 }
    let found = try DecodedModule([
      ("._weight_qdata", "I32", [outputs, inputs / 8], words(packed)),
      ("._weight_scale", "F16", [2, outputs], halves((0..<2 * outputs).map(scale))),
      (
        "._weight_zero_point", zeroType, [2, outputs],
        zeroType == "I8" ? zeros.map { UInt8($0) } : halves(zeros.map { Float($0) })
      ),
    ])
    #expect(found.packed.variant == "Int4PlainInt32Tensor")
    let expected = made.indices.map { index -> Float in
      let place = index % inputs / group * outputs + index / inputs
      return Float(made[index] - zeros[place]) * scale(place)
    }
    // Float zero points are those of NPUs, whose order is not known.
    #expect(found.weights == (zeroType == "I8" ? expected : nil))
  }

  /// Nibbles in words, in AWQ's order.
  private func ordered(_ line: [Int]) -> [UInt32] {
    stride(from: 0, to: line.count, by: 8).map { start in
      var word: UInt32 = 0
      for (place, code) in [0, 2, 4, 6, 1, 3, 5, 7].enumerated() {
        word |= UInt32(line[start + code] & 15) << UInt32(4 * place)
      }
      return word
    }
  }

  @Test(arguments: [true, false]) func readsIntegersOfQuark(isSigned: Bool) throws {
    let (inputs, outputs, group) = (64, 64, 32)
    let made = codes(inputs * outputs, below: 16).map { isSigned ? $0 - 8 : $0 }
    let zeros = (0..<2 * outputs).map { isSigned ? 0 : 1 + $0 % 14 }
    let found = try DecodedModule([
      (
        ".weight", "I32", [inputs, outputs / 8],
        words((0..<inputs).flatMap { ordered(Array(made[$0 * outputs..<($0 + 1) * outputs])) })
      ),
      (".weight_scale", "F32", [2, outputs], floats((0..<2 * outputs).map(scale))),
      (
        ".weight_zero_point", "I32", [2, outputs / 8],
        words((0..<2).flatMap { ordered(Array(zeros[$0 * outputs..<($0 + 1) * outputs])) })
      ),
    ])
    #expect(found.packed.scheme == .quark)
    #expect(found.packed.symmetric == isSigned)
    let expected = (0..<outputs * inputs).map { index -> Float in
      let (output, input) = (index / inputs, index % inputs)
      let place = input / group * outputs + output
      return Float(made[input * outputs + output] - zeros[place]) * scale(place)
    }
    #expect(found.weights == expected)
  }

  /// Scales in the order of the tensor cores: blocks of 128 × 4.
  private func blocked(_ values: [UInt8], rows: Int, columns: Int) -> [UInt8] {
    let (height, width) = ((rows + 127) / 128 * 128, (columns + 3) / 4 * 4)
    var result = [UInt8](repeating: 0, count: height * width)
    for row in 0..<rows {
      for column in 0..<columns {
        let block = row / 128 * (width / 4) + column / 4
        result[block * 512 + row % 32 * 16 + row % 128 / 32 * 4 + column % 4] =
          values[row * columns + column]
      }
    }
    return result
  }

  @Test(arguments: ["comfy", "torchao", "torchao-plain"])
  func readsScalesOfTensorCores(writer: String) throws {
    let (rows, columns, groups) = (192, 96, 6)
    let made = codes(rows * columns, below: 16)
    // E4M3 of 2⁻¹ … 2⁶ in the bit patterns 0x30 … 0x68.
    let scales = (0..<rows * groups).map { UInt8(0x30 + $0 % 8 * 8) }
    let table = try #require(ElementType.f4.valueTable)
    let isComfy = writer == "comfy"
    let bytes = nibbles(made, highFirst: isComfy)
    let stored = writer == "torchao-plain" ? scales : blocked(scales, rows: rows, columns: groups)
    let found =
      isComfy
      ? try DecodedModule([
        (".comfy_quant", "U8", [19], Array(#"{"format": "nvfp4"}"#.utf8)),
        (".weight", "U8", [rows, columns / 2], bytes),
        (".weight_scale", "F8_E4M3", [256, 8], stored),
        (".weight_scale_2", "F32", [], floats([0.25])),
      ])
      : try DecodedModule([
        ("._weight_qdata", "U8", [rows, columns / 2], bytes),
        (
          "._weight_scale", "F8_E4M3", writer == "torchao" ? [64, 32] : [rows, groups], stored
        ),
        ("._weight_per_tensor_scale", "F32", [], floats([0.25])),
      ])
    #expect(found.packed.groupSize == 16)
    let expected = made.indices.map { index -> Float in
      let exponent = Int(scales[index / 16] >> 3) - 7
      let scale = Float(sign: .plus, exponent: exponent, significand: 1) * 0.25
      return table[made[index]] * scale
    }
    #expect(found.weights == expected)
  }

  @Test func readsFourBitsOfTorchAO() throws {
    let (rows, columns) = (64, 128)
    let made = codes(rows * columns, below: 16).map { $0 - 8 }
    let bytes = nibbles(made)
    let zero = { (place: Int) in Float(place % 5) / 8 }
    let found = try DecodedModule([
      ("._weight_qdata", "I8", [rows, columns / 2], bytes),
      ("._weight_scale", "F32", [2, rows], floats((0..<2 * rows).map(scale))),
      ("._weight_zero_point", "F32", [2, rows], floats((0..<2 * rows).map(zero))),
    ])
    #expect(found.packed.variant == "Int4Tensor")
    #expect(found.packed.groupSize == 64)
    let expected = made.indices.map { index -> Float in
      let place = index % columns / 64 * rows + index / columns
      return Float(made[index]) * scale(place) + zero(place)
    }
    #expect(found.weights == expected)
  }

  @Test func readsTilesOfTinygemm() throws {
    // 200 of 256 stored inputs; a scale and an offset for every 64.
    let (rows, stored, columns) = (16, 256, 200)
    let made = codes(rows * stored, below: 16)
    var packed: [UInt32] = []
    for tile in 0..<rows / 8 {
      for outer in 0..<stored / 128 {
        for thread in 0..<32 {
          for inner in 0..<4 {
            let row = tile * 8 + thread / 4
            let start = row * stored + outer * 128 + inner * 32 + thread % 4 * 2
            // Two tiles of 16 inputs: v₀ … v₇ are stored as v₇ v₅ v₃ v₁ v₆ v₄ v₂ v₀.
            let values = [0, 1, 8, 9, 16, 17, 24, 25].map { UInt32(made[start + $0]) }
            var word: UInt32 = 0
            for (place, value) in [0, 2, 4, 6, 1, 3, 5, 7].enumerated() {
              word |= values[value] << UInt32(4 * place)
            }
            packed.append(word)
          }
        }
      }
    }
    let zero = { (place: Int) in Float(place % 5) / 8 }
    let pairs = (0..<4 * rows).flatMap { [scale($0), zero($0)] }
    let found = try DecodedModule(
      [
        ("._weight_qdata", "I32", [2, 2, 32, 4], words(packed)),
        ("._weight_scale_and_zero", "F32", [4, rows, 2], floats(pairs)),
      ],
      metadata: [
        "weight":
          #"{"_type": "Int4TilePackedTo4dTensor", "_data": {"block_size": [1, 64], "shape": [16, 200]}}"#
      ])
    #expect(found.packed.shape == [rows, columns])
    let expected = (0..<rows * columns).map { index -> Float in
      let (row, column) = (index / columns, index % columns)
      let place = column / 64 * rows + row
      return Float(made[row * stored + column] - 8) * scale(place) + zero(place)
    }
    #expect(found.weights == expected)
  }
}

/// The one packed weight of a file, decoded in uneven pieces as workers take them.
struct DecodedModule {
  var packed: PackedWeight
  /// Its weights; `nil` where they are not decoded.
  var weights: [Float]?

  /// Writes the tensors of a layer and reads its weights; metadata is named by what follows the layer.
  init(
    _ tensors: [(String, String, [Int], [UInt8])], config: String? = nil,
    metadata: [String: String] = [:]
  ) throws {
    let layer = "model.layers.0.mlp.up_proj"
    let folder = try TemporaryFolder()
    var builder = SafetensorsBuilder()
    for (key, value) in metadata { builder.add(metadata: layer + "." + key, value) }
    for (name, type, shape, bytes) in tensors {
      builder.add(layer + name, type, shape.map { UInt64($0) }, bytes)
    }
    let path = try folder.write(builder.bytes, to: "m/model.safetensors")
    if let config { try folder.write(config, to: "m/config.json") }
    let model = Model.open(path)
    let files = model.parts.map { try? FileReader(path: $0.path) }
    var bytes: [Int: [UInt8]] = [:]
    for index in Plan.auxiliaryTensors(of: model) {
      let tensor = model.tensors[index]
      let range = Plan.auxiliaryRange(of: tensor)
      bytes[index] = try files[0]?.bytes(
        at: tensor.offset + range.lowerBound, count: range.count)
    }
    let plan = Plan(model: model, auxiliary: bytes)
    packed = try #require(plan.packed.first)
    guard case .packed(let decoder)? = packed.decoder else { return }
    var reader = try PackedReader(decoder, shape: packed.shape, model: model, files: files)
    var floats = [Float](repeating: .nan, count: packed.parameters)
    try floats.withUnsafeMutableBufferPointer { buffer in
      var row = 0
      while row < reader.rows {
        let end = min(reader.rows, row + 37)
        try reader.read(
          rows: row..<end,
          into: UnsafeMutableBufferPointer(
            rebasing: buffer[row * reader.columns..<end * reader.columns]))
        row = end
      }
    }
    weights = floats
  }
}
