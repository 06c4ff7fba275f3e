import ModelFile
import TensorStats
import Testing

@testable import Classification

@Suite struct RecommendationTests {
  /// A llama of eight billion weights, all of one type.
  private func gguf(_ type: ElementType) -> FitSubject {
    let model = fitModel(
      [("blk.0.ffn_up.weight", type, [8_030_261_248 / 4096, 4096])],
      metadata: [
        "general.architecture": .string("llama"), "llama.block_count": number(32),
        "llama.embedding_length": number(4096), "llama.attention.head_count": number(32),
        "llama.attention.head_count_kv": number(8), "llama.context_length": number(131_072),
        "llama.vocab_size": number(128_256),
      ],
      format: .gguf
    )
    return FitSubject(model)
  }

  private func choice(_ types: [ElementType], memory: Int?) -> ElementType? {
    let request = FitRequest(memory: memory)
    let fits = types.map { Fit(gguf($0), request) }
    return Recommendation(fits, request).map { types[$0.index] }
  }

  @Test func takesTheLeastLossThatFits() {
    let types: [ElementType] = [.q4_1, .q4K, .q8_0, .q6K, .q2K]
    #expect(choice(types, memory: 12 << 30) == .q8_0)
    #expect(choice(types, memory: 10 << 30) == .q8_0)
    #expect(choice(types, memory: 9 << 30) == .q6K)
    // Larger, but the published loss of Q4_1 is greater than that of Q4_K.
    #expect(choice([.q4_1, .q4K], memory: nil) == .q4K)
    #expect(choice(types, memory: 1 << 30) == nil)
  }

  @Test func whatWasMeasuredBeatsWhatWasPublished() {
    let request = FitRequest()
    var fits = [ElementType.q4K, .q4_1].map { Fit(gguf($0), request) }
    fits[0].measuredError = 0.08
    fits[1].measuredError = 0.07
    #expect(Recommendation(fits, request)?.index == 1)
    #expect(Recommendation(fits, request)?.reason.contains("measured error") == true)
  }

  @Test func wideFloatsAreNoBetterThanHalves() {
    #expect(choice([.f32, .bf16], memory: nil) == .bf16)
  }

  @Test func publishedFiguresAreTheNearestRecipes() {
    #expect(PublishedQuality.nearest(to: gguf(.q6K))?.recipe == "Q6_K")
    #expect(PublishedQuality.nearest(to: gguf(.q4K))?.recipe == "Q4_K_S")
    #expect(PublishedQuality.nearest(to: FitSubject(llama8B)) == nil)
    #expect(abs(PublishedQuality.table[7].bitsPerWeight - 4.90) < 0.01)
  }

  /// Fits of some models, each altered.
  private func fits(_ changes: [(inout Fit) -> Void], _ types: [ElementType]) -> [Fit] {
    zip(types, changes).map { type, change in
      var subject = gguf(type)
      subject.path = type.name
      var fit = Fit(subject, FitRequest())
      change(&fit)
      return fit
    }
  }

  @Test func oneMissingErrorDoesNotThrowTheOthersAway() {
    let fits = fits(
      [
        {
          $0.measuredError = 0.0054
          $0.kinship = .same
        },
        {
          $0.measuredError = 0.33
          $0.kinship = .same
        }, { _ in },
      ], [.q8_0, .q2K, .f16])
    let choice = Recommendation(fits, FitRequest())
    #expect(choice?.index == 0)
    #expect(choice?.reason.contains("least measured error, 0.0054 σ, of the 2") == true)
    #expect(choice?.reason.contains("F16 (its error could not be measured)") == true)
  }

  @Test func anotherModelIsNeverTaken() {
    let other: (inout Fit) -> Void = { $0.kinship = .other }
    let same: (inout Fit) -> Void = {
      $0.kinship = .same
      $0.measuredError = 0.33
    }
    let choice = Recommendation(fits([other, same], [.f16, .q2K]), FitRequest())
    #expect(choice?.index == 1)
    #expect(choice?.reason.contains("F16 (it is another model)") == true)
    #expect(Recommendation(fits([other, other], [.f16, .q2K]), FitRequest()) == nil)
    let alone = Recommendation(fits([other], [.f16]), FitRequest())
    #expect(alone?.reason.contains("another model") == true)
  }

  @Test func networksWithPartsMissingHaveNoErrorThatCounts() {
    let cut: (inout Fit) -> Void = {
      $0.kinship = .changed
      $0.measuredError = 0
    }
    let choice = Recommendation(
      fits([cut, { $0.measuredError = 0.07 }], [.f16, .q4K]), FitRequest())
    #expect(choice?.index == 1)
    #expect(choice?.reason.contains("its network was changed") == true)
  }

  @Test func bitsThatAreNotRealAreNotPreferred() {
    func doubtful(_ type: ElementType) -> Fit {
      var subject = gguf(type)
      subject.path = type.name
      subject.doubts = ["it looks dequantized"]
      return Fit(subject, FitRequest())
    }
    let sound = Fit(gguf(.q4K), FitRequest())
    let choice = Recommendation([doubtful(.f16), sound], FitRequest())
    #expect(doubtful(.f16).quality == nil)
    #expect(choice?.index == 1)
    #expect(choice?.reason.contains("nothing against its bits") == true)
    #expect(choice?.reason.contains("F16 (it looks dequantized)") == true)
    // Where all are doubtful the reason says so.
    let least = Recommendation([doubtful(.f16), doubtful(.q4K)], FitRequest())
    #expect(least?.reason.contains("; but it looks dequantized") == true)
    // Then those count that tell something.
    var (pruned, dequantized) = (doubtful(.f16), doubtful(.f16))
    (pruned.subject.realBits, dequantized.subject.realBits) = (0.8, 2)
    let real = Recommendation([pruned, dequantized], FitRequest())
    #expect(real?.index == 1)
    #expect(real?.reason.contains("most real bits") == true)
  }

  @Test func equalErrorsGiveTheSmallest() {
    let fits = fits(
      [{ $0.measuredError = 0.3283 }, { $0.measuredError = 0.3284 }], [.f16, .q2K])
    let choice = Recommendation(fits, FitRequest())
    #expect(choice?.index == 1)
    #expect(
      choice?.reason.contains("0.33 σ, as others do, and is the smallest of them, of") == true)
  }

  @Test func differentNetworksAreSaidToBe() {
    var small = gguf(.q8_0)
    small.hiddenSize = 256
    let request = FitRequest()
    let choice = Recommendation([Fit(small, request), Fit(gguf(.q4K), request)], request)
    #expect(choice?.reason.contains("different networks") == true)
  }

  @Test func measurementsMakeDoubts() {
    var verdict = Verdict.plain
    verdict.precision.storage = "fp16"
    verdict.precision.storageBits = 16
    verdict.precision.effectiveBits = 16
    #expect(FitSubject.doubts(verdict).words == [])
    verdict.precision.effectiveBits = 2
    verdict.precision.effective = "int2"
    #expect(FitSubject.doubts(verdict).words.first?.contains("2 bits (int2)") == true)
    // An FP32 file of BF16 values has all the bits that are counted.
    verdict.precision.storageBits = 32
    verdict.precision.effectiveBits = 16
    #expect(FitSubject.doubts(verdict).words == [])
    verdict.labels = [.pruned]
    verdict.sparsity.zeroFraction = 0.95
    #expect(FitSubject.doubts(verdict).words.first?.contains("about 95 %") == true)
    #expect(abs((FitSubject.doubts(verdict).realBits ?? 0) - 0.8) < 1e-9)
  }
}

extension Verdict {
  /// What headers tell of Llama-3.1-8B.
  fileprivate static var plain: Verdict {
    classify(
      llama8B, plan: Plan(model: llama8B, auxiliary: [:]), measurements: [:], mode: .header)
  }
}
