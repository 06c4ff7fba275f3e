import ModelFile
import TensorStats
import TestSupport
import Testing

@testable import Classification

/// Layouts that GPTQModel, HQQ, llm-compressor, ModelOpt and bitsandbytes write with their less usual
/// options.
@Suite struct LibraryLayoutTests {
  @Test(arguments: Layout.libraries)
  func recognises(_ layout: Layout) throws {
    let opened = try layout.sample.opened(mode: .header)
    for (field, value) in layout.expected {
      #expect(opened.verdict.field(field, opened.plan) == value, "\(field)")
    }
  }

  private func halves(_ values: [Float]) -> [UInt8] { Stored.f16.bytes(values) }
  private func floats(_ values: [Float]) -> [UInt8] { Stored.f32.bytes(values) }

  /// Numbers below a limit, the same on every run.
  private func codes(_ count: Int, below limit: Int) -> [Int] {
    var random = Weights(seed: 9)
    return (0..<count).map { _ in Int(random.uniform() * Float(limit)) }
  }

  @Test func readsBlocksOfGGMLInBytes() throws {
    var sample = Sample.llama()
    sample.config =
      #"{"hidden_size": 64, "quantization_config": {"quant_method": "gguf", "bits": 4,"#
      + #" "format": "q_0"}}"#
    for index in sample.tensors.indices where sample.tensors[index].name.contains("proj") {
      var tensor = sample.tensors[index]
      var weights = Weights(seed: UInt64(index))
      let bytes = quantizedQ4_0(weights.gaussian(tensor.shape[0] * tensor.shape[1]))
      tensor.name = tensor.name.replacing(".weight", with: ".qweight")
      tensor.type = "U8"
      tensor.shape[1] = tensor.shape[1] / 32 * 18
      tensor.bytes = bytes
      sample.tensors[index] = tensor
    }
    let opened = try sample.opened()
    let expected = [
      "labels": "quantized", "quantization.scheme": "ggml", "quantization.variant": "Q4_0",
      "quantization.group_size": "32", "quantization.bits_per_weight": "4.5",
      "sparsity.level": "none", "mismatches": "0",
    ]
    for (field, value) in expected {
      #expect(opened.verdict.field(field, opened.plan) == value, "\(field)")
    }
    let index = try #require(opened.tensor("model.layers.0.self_attn.q_proj.qweight"))
    let measured = try #require(opened.measurements[index])
    #expect(measured.count == 64 * 64)
    var decoded = [Float](repeating: 0, count: 64 * 64)
    let bytes = try #require(sample.tensors.first { $0.name.contains("q_proj") }).bytes
    _ = bytes.withUnsafeBytes { bytes in
      decoded.withUnsafeMutableBufferPointer { ElementType.q4_0.decodeBlocks(bytes, into: $0) }
    }
    #expect(measured.zeros == decoded.count { $0 == 0 })
    #expect(measured.minimum?.double == decoded.min().map(Double.init))
  }

  @Test(arguments: [5, 6]) func readsCodesOfHQQInBytes(bits: Int) throws {
    let made = codes(64 * 64, below: 1 << bits)
    let zeros = (0..<64).map { Float($0 % 7) + 0.5 }
    let found = try DecodedModule([
      (".W_q", "U8", [64, 64], made.map { UInt8($0) }),
      (".scale", "F32", [64, 1], floats((0..<64).map { Float($0 + 1) / 32 })),
      (".zero", "F32", [64, 1], floats(zeros)),
      (".shape", "I64", [2], Layout.longs([32, 128])),
      (".nbits", "I32", [], Layout.words([Int32(bits)])),
      (".axis", "I32", [], Layout.words([1])),
    ])
    #expect(found.packed.bits == Double(bits))
    #expect(found.packed.groupSize == 64)
    let expected = made.indices.map { index -> Float in
      let scale = Float(index / 64 + 1) / 32
      return (Float(made[index]) - zeros[index / 64]) * scale
    }
    #expect(found.weights == expected)
  }

  @Test func readsVectorsOfALengthThatAllLayersShare() throws {
    // Vectors of 4, books of 16 and 4 entries: indices of 6 bits, 16 to a row of 3 words.
    let (rows, columns) = (8, 16)
    let made = codes(rows * columns, below: 64)
    var words = [UInt32](repeating: 0, count: rows * 3)
    for (index, code) in made.enumerated() {
      let (row, bit) = (index / columns, index % columns * 6)
      let wide = UInt64(code) << UInt64(bit % 32)
      words[row * 3 + bit / 32] |= UInt32(truncatingIfNeeded: wide)
      if bit % 32 > 26 { words[row * 3 + bit / 32 + 1] |= UInt32(wide >> 32) }
    }
    let entries = (0..<64).map { Float($0 - 30) / 8 }
    let residual = (0..<16).map { Float($0 - 7) / 64 }
    let found = try DecodedModule(
      [
        (".indices", "I32", [1, rows, 3], words.flatMap { littleEndian($0) }),
        (".centroids.weight", "F16", [1, 64], halves(entries)),
        (".res_centroids.weight", "F16", [1, 16], halves(residual)),
      ],
      config: #"{"quantization_config": {"quant_method": "vptq", "vector_lens": [-1, 4]}}"#)
    #expect(found.packed.shape == [32, 16])
    let expected = (0..<32 * 16).map { index -> Float in
      let (output, input) = (index / 16, index % 16)
      let code = made[output / 4 * columns + input]
      return entries[(code & 15) * 4 + output % 4] + residual[(code >> 4) * 4 + output % 4]
    }
    #expect(found.weights == expected)
  }

  @Test func readsNamesOfBitsAndBytesThatAreJoined() throws {
    let made = codes(32 * 64, below: 16)
    let table = (0..<16).map { Float($0 - 7) / 8 }
    let state = #"{"quant_type": "fp4", "blocksize": 64, "shape": [32, 64]}"#
    let found = try DecodedModule([
      (
        ".weight", "U8", [1024, 1],
        (0..<1024).map { UInt8(made[2 * $0] << 4 | made[2 * $0 + 1]) }
      ),
      (".weight_absmax", "F32", [32], floats((0..<32).map { Float($0 + 1) })),
      (".weight_quant_map", "F32", [16], floats(table)),
      (".weight_quant_state", "U8", [state.utf8.count], Array(state.utf8)),
    ])
    #expect(found.packed.scheme == .bnbFP4)
    #expect(found.packed.auxiliary.count == 3)
    #expect(found.weights == made.indices.map { table[made[$0]] * Float($0 / 64 + 1) })

    let bytes = (0..<8 * 32).map { UInt8($0 % 256) }
    let wide = try DecodedModule([
      (".weight", "I8", [8, 32], bytes),
      (".weight_scb", "F32", [8], floats((1...8).map(Float.init))),
    ])
    #expect(wide.packed.scheme == .bnbInt8)
    #expect(
      wide.weights?.last == Float(Int8(bitPattern: bytes[255])) * (Float(8) / 127))
  }

  @Test(arguments: [Float(1024), Float(0.25)])
  func dividesByScalesThatAreInverse(_ scale: Float) throws {
    // E4M3 codes of 1, 2, 4 and −8.
    let bytes = (0..<32 * 64).map { [UInt8(0x38), 0x40, 0x48, 0xD0][$0 % 4] }
    let values = [Float(1), 2, 4, -8]
    let found = try DecodedModule([
      (".weight", "F8_E4M3", [32, 64], bytes),
      (".weight_scale_inv", "F32", [32], floats((0..<32).map { scale * Float(1 + $0 % 2) })),
    ])
    #expect(found.packed.scheme == .fp8)
    #expect(found.packed.variant == "per-channel")
    let expected = bytes.indices.map { index -> Float in
      let factor = scale * Float(1 + index / 64 % 2)
      return scale > 1 ? values[index % 4] / factor : values[index % 4] * factor
    }
    #expect(found.weights == expected)
  }

  @Test(arguments: [true, false])
  func readsSignedZeroPointsOfCompressedTensors(isOneForAll: Bool) throws {
    let made = codes(32 * 64, below: 256)
    let count = isOneForAll ? 1 : 32
    let zeros = (0..<count).map { Int8($0 * 3 - 40) }
    let found = try DecodedModule([
      (".weight_packed", "I32", [32, 16], made.map { UInt8($0) }),
      (
        ".weight_scale", "F32", isOneForAll ? [1] : [32, 1],
        floats((0..<count).map { Float($0 + 1) / 64 })
      ),
      (
        ".weight_zero_point", "I8", isOneForAll ? [1] : [32, 1],
        zeros.map { UInt8(bitPattern: $0) }
      ),
      (".weight_shape", "I64", [2], Layout.longs([32, 64])),
    ])
    #expect(found.packed.symmetric == false)
    #expect(found.packed.groupSize == nil)
    let expected = made.indices.map { index -> Float in
      let row = isOneForAll ? 0 : index / 64
      return Float(made[index] - 128 - Int(zeros[row])) * Float(row + 1) / 64
    }
    #expect(found.weights == expected)
  }

  @Test func carriesWhatTheFirstZeroPointsOfGPTQBorrowed() throws {
    let (inputs, outputs) = (64, 32)
    let zeros = codes(outputs, below: 4)
    let stored = stride(from: 0, to: outputs, by: 16).map { start in
      (0..<16).reduce(UInt32(0)) { $0 | UInt32(zeros[start + $1]) << UInt32(2 * $1) }
        &- 0x5555_5555
    }
    let found = try DecodedModule([
      (".qweight", "I32", [4, outputs], [UInt8](repeating: 0, count: 16 * outputs)),
      (".qzeros", "I32", [1, 2], stored.flatMap { littleEndian($0) }),
      (".scales", "F16", [1, outputs], halves([Float](repeating: 1, count: outputs))),
    ])
    #expect(found.packed.variant == "v1")
    #expect(found.weights == (0..<outputs * inputs).map { -Float(zeros[$0 / inputs]) })
  }

  @Test func readsScalesOfTilesWithAllSides() throws {
    let bytes = (0..<256 * 128).map { [UInt8(0x38), 0x40][$0 % 2] }
    let found = try DecodedModule([
      (".weight", "F8_E4M3", [256, 128], bytes),
      (".weight_scale", "F32", [2, 1, 1, 1], floats([0.25, 0.5])),
    ])
    #expect(found.packed.variant == "block")
    let expected = bytes.indices.map { index -> Float in
      let scale: Float = index < 128 * 128 ? 0.25 : 0.5
      return Float(1 + index % 2) * scale
    }
    #expect(found.weights == expected)
  }

  @Test func readsLargerBlocksOfModelOpt() throws {
    let found = try DecodedModule([
      (".weight", "U8", [32, 32], [UInt8](repeating: 0x42, count: 1024)),
      (".weight_scale", "F8_E4M3", [32, 2], (0..<64).map { $0 % 2 == 0 ? 0x38 : 0x40 }),
      (".weight_scale_2", "F32", [], floats([0.5])),
    ])
    #expect(found.packed.groupSize == 32)
    // Codes 2 and 4 are 1 and 2.
    let expected = (0..<32 * 64).map { index -> Float in
      let scale: Float = index / 32 % 2 == 0 ? 0.5 : 1
      return Float(1 + index % 2) * scale
    }
    #expect(found.weights == expected)
  }

  @Test(arguments: [16, 32]) func readsScalesWithoutSign(group: Int) throws {
    let blocks = 64 / group
    let found = try DecodedModule(
      [
        (".weight", "U8", [32, 32], [UInt8](repeating: 0x42, count: 1024)),
        // 2, then 3 times the smallest number.
        (
          ".weight_scale", "U8", [32, blocks],
          (0..<32 * blocks).map { $0 % 2 == 0 ? 0x80 : 0x03 }
        ),
      ],
      config: #"{"quantization_config": {"quant_method": "quark", "global_quant_config": "#
        + #"{"weight": {"dtype": "fp4", "scale_format": "e5m3"}}}}"#)
    #expect(found.packed.groupSize == group)
    #expect(found.packed.variant == "amdfp4")
    let expected = (0..<32 * 64).map { index -> Float in
      let scale: Float = index / group % 2 == 0 ? 2 : 3 * 0x1p-17
      return Float(1 + index % 2) * scale
    }
    #expect(found.weights == expected)
  }

  @Test func readsCodesOfCodes() throws {
    let made = codes(32 * 64, below: 16)
    let order = [0, 2, 4, 6, 1, 3, 5, 7]
    let words = stride(from: 0, to: made.count, by: 8).map { start in
      (0..<8).reduce(UInt32(0)) { $0 | UInt32(made[start + order[$1]]) << UInt32(4 * $1) }
    }
    let found = try DecodedModule([
      (".weight", "I32", [32, 8], words.flatMap { littleEndian($0) }),
      (".weight_scale", "F32", [], floats([0.5])),
      (".weight_scale_2", "F32", [32], floats((1...32).map(Float.init))),
      (".weight_zero_point_2", "I32", [4], [UInt8](repeating: 0, count: 16)),
    ])
    #expect(found.packed.scheme == .quark)
    let expected = made.indices.map { index -> Float in
      let number = made[index] < 8 ? made[index] : made[index] - 16
      return Float(number) * (Float(index / 64 + 1) * 0.5)
    }
    #expect(found.weights == expected)
  }

  @Test(arguments: ["I8", "F8_E4M3"]) func scalesCodesThatAreStoredSparsely(type: String) throws {
    // Every other weight is stored: 2 or, as a float, what the same byte is.
    let byte: UInt8 = type == "I8" ? 2 : 0x40
    let found = try DecodedModule([
      (".compressed", type, [32, 32], [UInt8](repeating: byte, count: 1024)),
      (".bitmask", "U8", [32, 8], [UInt8](repeating: 0x55, count: 256)),
      (".shape", "I64", [2, 1], Layout.longs([32, 64])),
      (".weight_scale", "F32", [32, 1], floats((1...32).map(Float.init))),
    ])
    #expect(found.packed.codes.isQuantized)
    #expect(found.packed.sparseStorage == .bitmask24)
    let expected = (0..<32 * 64).map { index -> Float in
      let scale = Float(index / 64 + 1)
      return index % 2 == 0 ? 2 * scale : 0
    }
    #expect(found.weights == expected)
  }

  @Test func readsFusedExpertsOfModelOpt() throws {
    // Two experts, 32 inputs, 16 outputs; the low nibble is the even input.
    let scales: [UInt8] = [0x38, 0x40]
    let found = try DecodedModule([
      ("", "U8", [2, 16, 16], [UInt8](repeating: 0x42, count: 512)),
      ("_weight_scale", "F8_E4M3", [2, 2, 16], (0..<64).map { scales[$0 / 16 % 2] }),
      ("_weight_scale_2", "F32", [], floats([0.5])),
    ])
    #expect(found.packed.scheme == .modelopt)
    #expect(found.packed.shape == [2, 16, 32])
    let expected = (0..<2 * 16 * 32).map { index -> Float in
      let scale: Float = index % 32 < 16 ? 0.5 : 1
      return Float(1 + index % 2) * scale
    }
    #expect(found.weights == expected)
  }

  @Test func readsSparseRowsOfWhichNothingStatesTheColumns() throws {
    // Every third of 64 columns.
    let columns = stride(from: 0, to: 64, by: 3).map { Int64($0) }
    let count = columns.count * 64
    let found = try DecodedModule([
      (".weight.values", "F32", [count], floats([Float](repeating: 2, count: count))),
      (
        ".weight.crow_indices", "I64", [65],
        Layout.longs((0...64).map { Int64($0 * columns.count) })
      ),
      (".weight.col_indices", "I64", [count], Layout.longs((0..<64).flatMap { _ in columns })),
    ])
    #expect(found.packed.shape == [64, 64])
    let expected = (0..<64 * 64).map { index -> Float in index % 64 % 3 == 0 ? 2 : 0 }
    #expect(found.weights == expected)
  }

  // MARK: - Zeros

  /// A layer of NF4 of which a share of the codes is zero; of the others a share lies beside it.
  private func normalFloats(zeros: Float, beside: Float = 0.4, blockSize: Int) -> Sample {
    var random = Weights(seed: 3)
    let count = 512 * 256
    func code() -> UInt8 {
      if random.uniform() < zeros { return 7 }
      let codes: [UInt8] = random.uniform() < beside ? [6, 8] : [4, 5, 9, 10]
      return codes[Int(random.uniform() * Float(codes.count))]
    }
    var sample = Layout("", [], [:]).sample
    let layer = "model.layers.0.self_attn.q_proj.weight"
    sample.add(layer, "U8", [count / 2, 1], (0..<count / 2).map { _ in code() << 4 | code() })
    sample.add(
      layer + ".absmax", "F32", [count / blockSize],
      floats([Float](repeating: 1, count: count / blockSize)))
    sample.add(layer + ".quant_map", "F32", [16], floats((0..<16).map { Float($0 - 7) / 8 }))
    let state = #"{"quant_type": "nf4", "blocksize": \#(blockSize), "shape": [512, 256]}"#
    sample.add(
      layer + ".quant_state.bitsandbytes__nf4", "U8", [state.utf8.count], Array(state.utf8))
    return sample
  }

  @Test(arguments: [
    (64, 0.1, "quantized pruned", "half"), (4096, 0.1, "quantized pruned", "half"),
    // Outliers leave most others close to zero.
    (64, 0.8, "quantized", "none"), (4096, 0.8, "quantized", "none"),
  ])
  func judgesZerosOfNF4ByTheCodesBeside(
    blockSize: Int, beside: Double, labels: String, level: String
  ) throws {
    let opened = try normalFloats(zeros: 0.52, beside: Float(beside), blockSize: blockSize).opened()
    #expect(opened.verdict.field("labels", opened.plan) == labels)
    #expect(opened.verdict.field("sparsity.level", opened.plan) == level)
  }

  @Test func takesZerosOfSomeCodesInAPlainModelForNatural() throws {
    var sample = normalFloats(zeros: 0.1, blockSize: 64)
    var weights = Weights(seed: 4)
    for name in ["up_proj", "gate_proj"] {
      sample.add("model.layers.0.mlp.\(name).weight", [512, 256], weights.gaussian(512 * 256))
    }
    let opened = try sample.opened()
    #expect(opened.verdict.field("labels", opened.plan) == "bf16")
    #expect(opened.verdict.field("sparsity.level", opened.plan) == "none")
  }

  @Test func findsNoBlocksInCodesOfOneBit() throws {
    // Every tenth group has one code only, which is its zero point.
    var random = Weights(seed: 6)
    let (groups, rows) = (1024, 128)
    var bits = (0..<groups * 64).map { index in
      index / 64 % 10 == 0 ? 0 : random.uniform() < 0.5 ? 0 : 1
    }
    let zeros = (0..<groups).map { Float($0 % 10 == 0 ? 0 : 0.4) }
    var bytes = [UInt8](repeating: 0, count: rows * 64)
    for (index, bit) in bits.enumerated() {
      let (place, byte) = (index / (rows * 64), index % (rows * 64))
      bytes[byte] |= UInt8(bit) << UInt8(7 - place)
    }
    bits = []
    var sample = Layout("", [], [:]).sample
    let layer = "model.layers.0.self_attn.q_proj"
    sample.add(layer + ".W_q", "U8", [rows, 64], bytes)
    sample.add(layer + ".scale", "F32", [groups, 1], floats([Float](repeating: 1, count: groups)))
    sample.add(layer + ".zero", "F32", [groups, 1], floats(zeros))
    sample.add(layer + ".shape", "I64", [2], Layout.longs([256, 256]))
    sample.add(layer + ".nbits", "I32", [], Layout.words([1]))
    let opened = try sample.opened()
    #expect(opened.verdict.field("labels", opened.plan) == "quantized")
    #expect(opened.verdict.field("sparsity.pattern", opened.plan) == "none")
    let zeroShare = try #require(opened.verdict.sparsity.zeroFraction)
    #expect(zeroShare > 0.09 && zeroShare < 0.11)
  }

  @Test func takesZerosOfSixBitFloatsForNatural() throws {
    var random = Weights(seed: 8)
    let made = (0..<256 * 256).map { _ in Int(random.uniform() * 64) }
    let bytes = stride(from: 0, to: made.count, by: 4).flatMap { start -> [UInt8] in
      var word = 0
      for place in 0..<4 { word |= made[start + place] << (6 * place) }
      return [UInt8(word & 255), UInt8(word >> 8 & 255), UInt8(word >> 16)]
    }
    var sample = Layout("", [], [:]).sample
    let layer = "model.layers.0.self_attn.q_proj"
    sample.add(layer + ".weight_packed", "U8", [256, 192], bytes)
    sample.add(layer + ".weight_scale", "U8", [256, 8], [UInt8](repeating: 120, count: 2048))
    let opened = try sample.opened()
    #expect(opened.verdict.field("labels", opened.plan) == "quantized")
    #expect(opened.verdict.field("sparsity.level", opened.plan) == "none")
  }
}

extension Layout {
  static let libraries = [
    Layout(
      "blocks of ggml in bytes", [".qweight U8 256 288"],
      config: #"{"quantization_config": {"quant_method": "gguf", "bits": 4, "format": "q_k_m"}}"#,
      [
        "label": "quantized", "quantization.scheme": "ggml", "quantization.variant": "Q4_K",
        "quantization.parameters": "131072", "mismatches": "0",
      ]),
    Layout(
      "blocks of ggml with other bits than the rest", [".qweight U8 256 420"],
      config:
        #"{"hidden_size": 512, "quantization_config": {"quant_method": "gguf", "bits": 4, "format": "q_k_m"}}"#,
      ["quantization.variant": "Q6_K", "quantization.parameters": "131072"]),
    Layout(
      "rows of bytes that are no blocks", [".qweight U8 256 100"],
      config: #"{"quantization_config": {"quant_method": "gguf", "bits": 4, "format": "q_k_m"}}"#,
      ["quantization": "nil"]),
    Layout(
      "HQQ with a group for each output",
      [
        ".W_q U8 128 256", ".scale F16 256 1", ".zero F16 256 1", ".shape I64 2", ".nbits I32",
      ],
      contents: [".shape": longs([256, 256]), ".nbits": words([4])],
      ["quantization.group_size": "nil", "quantization.parameters": "65536"]),
    Layout(
      "HQQ with three values",
      [
        ".W_q U8 256 64", ".scale F16 1024 1", ".zero F16 1024 1", ".shape I64 2", ".nbits F32",
      ],
      contents: [".shape": longs([256, 256])],
      ["quantization.variant": "1.58-bit axis 1", "quantization.parameters": "65536"]),
    Layout(
      "fused experts in MXFP4",
      [
        "model.layers.0.mlp.experts.up_proj U8 4 64 32",
        "model.layers.0.mlp.experts.up_proj_weight_scale U8 4 64 2",
      ],
      config: #"{"quantization_config": {"quant_method": "modelopt", "quant_algo": "MXFP4"}}"#,
      [
        "label": "quantized", "quantization.scheme": "modelopt", "quantization.group_size": "32",
        "quantization.parameters": "16384",
      ]),
    Layout(
      "SINQ",
      [
        ".W_q U8 512 64", ".meta.scale.x U8 32 32", ".meta.scale.m F16 1 32",
        ".meta.scale.s F16 1 32", ".meta.scale2 F16 1 256", ".meta.zero.x U8 1024 1",
        ".meta.zero.m F16 1 1", ".meta.zero.s F16 1 1",
      ],
      config: #"{"quantization_config": {"quant_method": "sinq", "nbits": 4}}"#,
      [
        "label": "quantized", "quantization.scheme": "sinq", "quantization.bits": "4.0",
        "quantization.parameters": "65536", "mismatches": "0",
      ]),
    Layout(
      "MXFP8 of fused experts",
      [
        "model.layers.0.mlp.experts.up_proj F8_E4M3 4 64 64",
        "model.layers.0.mlp.experts.up_proj_weight_scale U8 4 64 2",
      ],
      ["label": "quantized", "parameters": "16448", "quantization.group_size": "32"]),
    Layout(
      "AWQ under the name of GPTQ",
      [".qweight I32 256 32", ".qzeros I32 2 32", ".scales F16 2 256"],
      config:
        #"{"quantization_config": {"quant_method": "gptq", "bits": 4, "format": "gemm"}}"#,
      ["quantization.scheme": "awq", "mismatches": "0"]),
  ]
}
