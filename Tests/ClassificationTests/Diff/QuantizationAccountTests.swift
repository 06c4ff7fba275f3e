import ModelFile
import TensorStats
import TestSupport
import Testing

@testable import Classification

/// What is said of quantized models whose error their type explains, and of others.
@Suite struct QuantizationAccountTests {
  private let folder: TemporaryFolder
  private static let base = TinyLlama.make(seed: 31)
  private let base = Self.base

  init() throws { folder = try TemporaryFolder() }

  private func hub(_ set: TensorSet, _ name: String = "hub") throws -> Model {
    try set.write(folder, name)
  }

  private func gguf(_ set: TensorSet, _ quantizer: BlockQuantizer, _ name: String = "q")
    throws
    -> Model
  {
    try set.writeGGUF(folder, name, as: quantizer)
  }

  /// The matrices after training by half a deviation.
  private var tuned: TensorSet {
    var weights = Weights(seed: 32)
    return base.mapping("proj") { _, _, values in
      zip(values, weights.gaussian(values.count, sigma: 0.01)).map { $0 + $1 }
    }
  }

  @Test func anErrorThatTheTypeExplainsIsQuantizing() throws {
    let diff = ClassificationTests.diff(try hub(base), try gguf(base, .q4_0()))
    #expect(diff.account.kind == .quantized)
    #expect(diff.account.headline.hasPrefix("Quantized from the reference to Q4_0"))
  }

  @Test func siblingsAreNotMadeOfEachOther() throws {
    let (four, eight) = (try gguf(base, .q4_0(), "four"), try gguf(base, .q8_0, "eight"))
    let there = ClassificationTests.diff(four, eight)
    #expect(there.account.kind == .requantized)
    #expect(there.account.headline.contains("to Q8_0 where the reference has Q4_0"))
    // The error of eight bits is lost in that of four.
    let back = ClassificationTests.diff(eight, four)
    #expect(back.account.kind == .quantized)
    #expect(back.account.headline.contains("or from what that was quantized from"))
  }

  @Test func anotherSearchForScalesIsNoTraining() throws {
    let diff = ClassificationTests.diff(
      try gguf(base, .q4_0(), "plain"), try gguf(base, .q4_0(scale: 0.93), "searched"))
    #expect(diff.account.kind == .requantized)
    #expect(diff.account.headline.hasPrefix("Another quantization of the same weights to Q4_0"))
  }

  @Test func trainingBeforeQuantizingIsNotTheTypesError() throws {
    let there = ClassificationTests.diff(try hub(base), try gguf(tuned, .q8_0))
    #expect(there.account.kind == .quantizedChanged)
    #expect(there.account.headline.hasPrefix("Quantized to Q8_0, but not from the reference"))
    let back = ClassificationTests.diff(try gguf(base, .q4_0(), "base"), try hub(tuned))
    #expect(back.account.kind == .quantizedChanged)
    #expect(back.account.headline.hasPrefix("The reference is quantized, to Q4_0, but not from"))
  }

  @Test func pruningAtRandomShowsThroughEightBits() throws {
    var weights = Weights(seed: 33)
    let pruned = base.mapping("proj") { _, _, values in
      values.map { weights.uniform() < 0.3 ? 0 : $0 }
    }
    let diff = ClassificationTests.diff(try hub(base), try gguf(pruned, .q8_0))
    #expect(diff.account.kind == .pruned)
    #expect(diff.account.headline.contains("and quantized to Q8_0"))
  }

  /// Weights of which one in a hundred is fifteen times as large.
  @Test func heavyTailsAreNoChange() throws {
    let heavy = base.mapping("proj") { _, _, values in
      values.enumerated().map { $0 % 100 == 37 ? $1 * 15 : $1 }
    }
    for quantizer in [BlockQuantizer.q4_0(), .q8_0] {
      let diff = ClassificationTests.diff(try hub(heavy), try gguf(heavy, quantizer))
      #expect(diff.account.kind == .quantized)
    }
  }

  // MARK: - Shares of pruned weights

  @Test(arguments: [0.5, 0.9, 0.97]) func tellsWhichWeightsWereRemoved(share: Double) throws {
    var weights = Weights(seed: 34)
    let random = base.mapping("proj") { _, _, values in
      values.map { Double(weights.uniform()) < share ? 0 : $0 }
    }
    let smallest = base.mapping("proj") { _, _, values in
      let limit = values.map(\.magnitude).sorted()[Int(Double(values.count) * share)]
      return values.map { $0.magnitude < limit ? 0 : $0 }
    }
    let a = ClassificationTests.diff(try hub(base), try hub(random, "random"))
    #expect(a.account.kind == .pruned)
    #expect(a.account.headline.contains("little regard"))
    let b = ClassificationTests.diff(try hub(base), try hub(smallest, "smallest"))
    #expect(b.account.kind == .pruned)
    #expect(b.account.headline.contains("the smallest ones"))
  }

  @Test func prunedFurtherByMagnitude() throws {
    func pruned(_ share: Double) -> TensorSet {
      base.mapping("proj") { _, _, values in
        let limit = values.map(\.magnitude).sorted()[Int(Double(values.count) * share)]
        return values.map { $0.magnitude < limit ? 0 : $0 }
      }
    }
    let diff = ClassificationTests.diff(try hub(pruned(0.5)), try hub(pruned(0.8), "further"))
    #expect(diff.account.headline.contains("the smallest ones"))
  }
}
