import ModelFile
import TensorStats
import TestSupport
import Testing

@testable import Classification

/// GGUF files: natural zeros of block types, types that hide zeros, and claims of types.
@Suite struct BlockKindTests {
  @Test func takesZerosOfDenseFourBitBlocksForNatural() throws {
    let opened = try llama(.q4_0, named: "model-Q4_0") { quantizedQ4_0($0) }
    #expect(field(opened, "labels") == "quantized")
    #expect(field(opened, "sparsity.level") == "none")
    #expect(field(opened, "quantization.scheme") == "ggml")
    #expect(field(opened, "quantization.variant") == "Q4_0")
    #expect(field(opened, "mismatches") == "0")
    let zeros = try #require(opened.verdict.sparsity.zeroFraction)
    #expect(zeros > 0.08 && zeros < 0.15)
  }

  @Test func findsGroupsInFourBitBlocks() throws {
    let opened = try llama(.q4_0) { values in
      var pruned = values
      pruneGroups(&pruned, n: 2, m: 4)
      return quantizedQ4_0(pruned)
    }
    #expect(field(opened, "labels") == "sparse quantized pruned")
    #expect(field(opened, "sparsity.n_m") == "2:4")
  }

  @Test func findsPruningInEightBitBlocks() throws {
    let opened = try llama(.q8_0) { values in
      var pruned = values
      pruneByMagnitude(&pruned, share: 0.5)
      return quantizedQ8_0(pruned)
    }
    #expect(field(opened, "labels") == "quantized pruned")
    #expect(field(opened, "sparsity.level") == "half")
  }

  @Test func saysThatCodebooksHideZeros() throws {
    let opened = try llama(.iq2XS) { [UInt8](repeating: 0x11, count: $0.count / 256 * 74) }
    #expect(field(opened, "labels") == "quantized")
    #expect(field(opened, "sparsity.measurable") == "false")
    #expect(opened.verdict.evidence.contains { $0.statement.contains("cannot be measured") })
  }

  @Test func takesZerosOfTernaryBlocksForNatural() throws {
    var weights = Weights(seed: 11)
    let opened = try llama(.tq2_0) { values in
      (0..<values.count / 256).flatMap { _ -> [UInt8] in
        // Codes 0, 1 and 2, of which 1 is zero, and a scale of 1.
        (0..<64).map { _ in
          (0..<4).reduce(0) { $0 | UInt8(weights.uniform() < 0.5 ? 1 : 2) << UInt8(2 * $1) }
        } + [0x00, 0x3C]
      }
    }
    #expect(field(opened, "labels") == "quantized")
    #expect(field(opened, "precision.effective") == "ternary")
    #expect(field(opened, "sparsity.level") == "none")
  }

  @Test func noticesAFileThatIsNotWhatItsNameSays() throws {
    let opened = try llama(.q4_0, named: "model-Q8_0", fileType: 7) { quantizedQ4_0($0) }
    #expect(opened.verdict.mismatches.map(\.source) == ["general.file_type", "file name"])
    #expect(opened.verdict.mismatches.map(\.claim) == ["Q8_0", "Q8_0"])
  }

  @Test func noticesEightBitsThatWereFour() throws {
    let opened = try llama(.q8_0) { values in
      // Seven steps on each side in every block, as four bits leave them.
      quantizedQ8_0(
        stride(from: 0, to: values.count, by: 32).flatMap { start in
          let block = values[start..<start + 32]
          let step = (block.map(\.magnitude).max() ?? 0) / 7
          return block.map { ($0 / step).rounded() * step }
        })
    }
    #expect(field(opened, "precision.grid") == "uniform")
    #expect(field(opened, "precision.grid.bits") == "4")
    #expect(field(opened, "labels") == "quantized")
  }

  @Test func namesAVocabulary() throws {
    let folder = try TemporaryFolder()
    var file = GGUFBuilder()
    file.set("general.architecture", .string("llama"))
    file.set("tokenizer.ggml.model", .string("gpt2"))
    let opened = try Opened(folder.write(file.bytes, to: "vocab.gguf"))
    #expect(field(opened, "file_role") == "vocabulary")
    #expect(field(opened, "label") == "none")
  }

  /// A one-layer model of width 256 whose matrices are stored in a block type.
  private func llama(
    _ type: ElementType, named name: String = "model", fileType: UInt32? = nil,
    quantize: ([Float]) -> [UInt8]
  ) throws -> Opened {
    let folder = try TemporaryFolder()
    var file = GGUFBuilder()
    file.set("general.architecture", .string("llama"))
    file.set("llama.block_count", .u32(1))
    file.set("llama.embedding_length", .u32(256))
    if let fileType { file.set("general.file_type", .u32(fileType)) }
    var weights = Weights(seed: 4)
    file.add(
      "token_embd.weight", type: .f16, shape: [32, 256],
      data: Stored.f16.bytes(weights.gaussian(8192)))
    for matrix in ["attn_q", "attn_k", "attn_v", "attn_output"] {
      file.add(
        "blk.0.\(matrix).weight", type: type, shape: [64, 256],
        data: quantize(weights.gaussian(16384)))
    }
    file.add(
      "output_norm.weight", type: .f32, shape: [256], data: Stored.f32.bytes(weights.gaussian(256)))
    return try Opened(folder.write(file.bytes, to: "\(name).gguf"))
  }

  private func field(_ opened: Opened, _ path: String) -> String {
    opened.verdict.field(path, opened.plan)
  }
}

/// Blocks of Q4_0 as ggml's `quantize_row_q4_0_ref` writes them.
func quantizedQ4_0(_ values: [Float]) -> [UInt8] {
  stride(from: 0, to: values.count, by: 32).flatMap { start -> [UInt8] in
    let block = Array(values[start..<start + 32])
    let greatest = block.max { $0.magnitude < $1.magnitude } ?? 0
    let scale = greatest / -8
    let codes = block.map { UInt8(min(15, max(0, (scale == 0 ? 0 : $0 / scale) + 8.5))) }
    return littleEndian(halfBits(scale)) + (0..<16).map { codes[$0] | codes[$0 + 16] << 4 }
  }
}

/// Blocks of Q8_0 as ggml's `quantize_row_q8_0_ref` writes them.
private func quantizedQ8_0(_ values: [Float]) -> [UInt8] {
  stride(from: 0, to: values.count, by: 32).flatMap { start -> [UInt8] in
    let block = values[start..<start + 32]
    let scale = (block.map(\.magnitude).max() ?? 0) / 127
    return littleEndian(halfBits(scale))
      + block.map { UInt8(bitPattern: Int8((scale == 0 ? 0 : $0 / scale).rounded())) }
  }
}
