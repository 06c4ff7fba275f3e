import ModelFile
import TensorStats
import Testing

@testable import Classification

/// Weights that were FP8 before they were stored in a wider type.
@Suite struct FloatContentTests {
  /// The nearest number with so many bits of mantissa and a least exponent, ties to even.
  private static func rounded(
    _ value: Float, mantissaBits: Int, leastExponent: Int, largest: Float
  ) -> Float {
    guard value != 0 else { return 0 }
    let exponent = max(Int(value.exponent), leastExponent)
    let step = Float(sign: .plus, exponent: exponent - mantissaBits, significand: 1)
    let number = (value / step).rounded(.toNearestOrEven) * step
    return min(max(number, -largest), largest)
  }

  private static func e4m3(_ value: Float) -> Float {
    rounded(value, mantissaBits: 3, leastExponent: -6, largest: 448)
  }

  private static func e5m2(_ value: Float) -> Float {
    rounded(value, mantissaBits: 2, leastExponent: -14, largest: 57344)
  }

  private static let rows = 128
  private static let columns = 512

  /// The verdict on a layer whose weights are changed before they are stored.
  private static func verdict(
    _ stored: Stored, _ change: (inout [Float], _ rows: Int, _ columns: Int) -> Void
  ) throws -> Verdict {
    var sample = Sample()
    var weights = Weights(seed: 5)
    var values = weights.gaussian(rows * columns)
    change(&values, rows, columns)
    sample.add("model.layers.0.self_attn.q_proj.weight", [rows, columns], values, stored)
    let opened = try sample.opened()
    let kept = stored.values(stored.bytes(values))
    let lines = (0..<12).map { Array(kept[$0 * columns..<($0 + 1) * columns]) }
    let tile = (0..<128).flatMap { kept[$0 * columns..<$0 * columns + 128] }
    let type: ElementType = stored == .bf16 ? .bf16 : stored == .f16 ? .f16 : .f32
    let evidence = GridEvidence(SampleRows(rows: lines, tiles: [tile]), storage: type)
    return classify(
      opened.model, plan: opened.plan, measurements: opened.measurements, grids: [0: evidence],
      mode: .exact)
  }

  /// Scales every part of a matrix on its own.
  private static func scaled(
    rows height: Int?, columns width: Int?, roundScale: @escaping (Float) -> Float = { $0 },
    to largest: Float, _ round: @escaping (Float) -> Float
  ) -> (inout [Float], Int, Int) -> Void {
    { values, rows, columns in
      let (height, width) = (height ?? rows, width ?? columns)
      for top in stride(from: 0, to: rows, by: height) {
        for left in stride(from: 0, to: columns, by: width) {
          let places = (top..<min(top + height, rows)).flatMap { row in
            (left..<min(left + width, columns)).map { row * columns + $0 }
          }
          let most = places.reduce(Float(0)) { max($0, values[$1].magnitude) }
          let scale = roundScale(most / largest)
          for place in places { values[place] = round(values[place] / scale) * scale }
        }
      }
    }
  }

  @Test(arguments: Stored.allCases) func tellsCasts(stored: Stored) throws {
    for (round, name) in [(Self.e4m3, "fp8_e4m3"), (Self.e5m2, "fp8_e5m2")] {
      let verdict = try Self.verdict(stored) { values, _, _ in values = values.map(round) }
      #expect(verdict.precision.effective == name)
      #expect(verdict.precision.effectiveBits == 8)
      #expect(verdict.precision.grid == nil)
      #expect(verdict.labels == [stored == .bf16 ? .bf16 : stored == .f16 ? .fp16 : .fp32])
    }
  }

  /// Of weights hardly larger than the smallest number few different values are left, on even steps.
  @Test(arguments: [(0.002, 0x1p-9), (0.006, 0x1p-9), (0.002, 0x1p-9 * 1.5)])
  func tellsCastsOfTheSmallestWeights(_ sigma: Double, _ step: Double) throws {
    let verdict = try Self.verdict(.bf16) { values, _, _ in
      values = values.map { Float((Double($0) * sigma / 0.02 / step).rounded() * step) }
    }
    let isCast = step == 0x1p-9
    #expect(verdict.precision.effective?.hasPrefix("int") == !isCast)
    #expect((verdict.precision.effective == "fp8_e4m3") == isCast)
    #expect((verdict.precision.grid == nil) == isCast)
    #expect(verdict.label == .bf16)
  }

  /// As weights too small for F16 leave them: 4 bits of whole steps.
  @Test(arguments: Stored.allCases) func takesTheSmallestNumbersOfF16ForNoGrid(
    _ stored: Stored
  ) throws {
    let verdict = try Self.verdict(stored) { values, _, _ in
      values = values.map { half($0 * 6e-6) }
    }
    #expect(verdict.precision.grid == nil)
    #expect(verdict.precision.effective?.hasPrefix("int") == false)
    #expect(!verdict.labels.contains(.pruned))
    if stored == .f16 {
      #expect(verdict.sparsity.level == Verdict.Sparsity.Level.none)
      #expect(verdict.sparsity.naturalZeros.map(\.reason) == [.underflow])
    }
  }

  @Test(arguments: Stored.allCases) func tellsScaledFloats(stored: Stored) throws {
    let cases: [(String, String, (inout [Float], Int, Int) -> Void)] = [
      (
        "a power of two", "fp8_e4m3",
        { values, _, _ in values = values.map { Self.e4m3($0 * 64) / 64 } }
      ),
      (
        "a tensor", "fp8_e4m3", Self.scaled(rows: nil, columns: nil, to: 448, Self.e4m3)
      ),
      (
        "a tensor in E5M2", "fp8_e5m2",
        Self.scaled(rows: nil, columns: nil, to: 57344, Self.e5m2)
      ),
      (
        "rows", "fp8_e4m3",
        Self.scaled(rows: 1, columns: nil, roundScale: bfloat, to: 448, Self.e4m3)
      ),
      (
        "rows in E5M2", "fp8_e5m2",
        Self.scaled(rows: 1, columns: nil, roundScale: half, to: 57344, Self.e5m2)
      ),
      ("tiles", "fp8_e4m3", Self.scaled(rows: 128, columns: 128, to: 448, Self.e4m3)),
      (
        "tiles with powers of two", "fp8_e4m3",
        Self.scaled(
          rows: 128, columns: 128,
          roundScale: { Float(sign: .plus, exponent: Int($0.exponent) + 1, significand: 1) },
          to: 448, Self.e4m3)
      ),
    ]
    // All of them in the type where rounding is coarsest, some in the others.
    for (title, effective, change) in stored == .bf16 ? cases : Array(cases[3...4]) {
      let precision = try Self.verdict(stored, change).precision
      #expect(precision.grid?.kind == .fp8Tile, "\(title)")
      #expect(precision.grid?.bits == 8, "\(title)")
      #expect(precision.effective == effective, "\(title)")
    }
  }

  @Test(arguments: Stored.allCases) func takesIntegersForNoFloats(stored: Stored) throws {
    for levels in [Float(15), 127] {
      for height in stored == .bf16 ? [1, nil] : [1] {
        let change = Self.scaled(rows: height, columns: nil, to: levels) { $0.rounded() }
        let precision = try Self.verdict(stored, change).precision
        #expect(precision.grid?.kind != .fp8Tile, "\(levels)")
        #expect(precision.effective?.hasPrefix("fp8") != true, "\(levels)")
      }
    }
    let natural = try Self.verdict(stored) { _, _, _ in }.precision
    #expect(natural.grid == nil)
    #expect(natural.effective?.hasPrefix("fp8") != true)
  }

  /// Values, not tensors, are counted.
  @Test func countsTheValuesThatDoNotFit() throws {
    let verdict = try Self.verdict(.f32) { values, _, _ in
      for index in values.indices { values[index] = bfloat(values[index]) }
      for index in 0..<20 { values[index * 3000] = 0.0123456 }
    }
    #expect(verdict.precision.effective == "bf16")
    #expect(
      verdict.evidence.contains {
        $0.statement.hasPrefix("99.97 % of 65.54 k fp32") && $0.statement.hasSuffix("; 20 are not")
      }, "\(verdict.evidence)")
  }

  @Test func saysOfASampleThatItIsOne() throws {
    let sample = Sample.llama(.f32, layers: 8).rounded(bfloat)
    let evidence = try sample.opened(mode: .sample).verdict.evidence
    let found = try #require(evidence.first { $0.statement.contains("are exactly bf16 values") })
    #expect(found.statement.contains("sampled of"))
    #expect(found.confidence == Threshold.sampledConfidence.value)
  }
}
