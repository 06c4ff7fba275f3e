import ModelFile
import TestSupport
import Testing

@testable import TensorStats

@Suite struct PageSampleTests {
  /// Two large tensors and a small one; every tenth value of the first is zero.
  private func fixture() throws -> ScanFixture {
    var random = SeededGenerator(state: 13)
    var first = random.manyBytes(1 << 20).map { $0 | 1 }
    for place in stride(from: 0, to: first.count, by: 10) { first[place] = 0 }
    return try ScanFixture([
      (.u8, [1024, 1024], first), (.f32, [512, 512], random.manyBytes(1 << 20)),
      (.i8, [100], Array(repeating: 0, count: 100)),
    ])
  }

  @Test func readsPagesOfEveryTensorAndSaysHowMuch() throws {
    let results = try fixture().scan(mode: .sample(byteBudget: 64 << 20, seed: 1)).measured
    #expect(results[0]?.count == 64 * 4096)
    #expect(results[0]?.coverage == 0.25)
    #expect(results[0]?.structure == nil && results[0]?.zeroRows == nil)
    #expect(results[2]?.coverage == 1)
    #expect(results[2]?.zeroShareInterval == nil)
    let interval = try #require(results[0]?.zeroShareInterval)
    #expect(interval.contains(0.1) && interval.upperBound - interval.lowerBound < 0.01)
  }

  @Test func readsTheSameForTheSameSeed() throws {
    let fixture = try fixture()
    let one = fixture.scan(mode: .sample(byteBudget: 64 << 20, seed: 1), workers: 1).measured
    let two = fixture.scan(mode: .sample(byteBudget: 64 << 20, seed: 1), workers: 4).measured
    let other = fixture.scan(mode: .sample(byteBudget: 64 << 20, seed: 2), workers: 4).measured
    #expect(one == two)
    #expect(one[1] != other[1])
  }

  @Test func keepsToItsBudget() throws {
    let fixture = try fixture()
    let read = Scan(
      model: fixture.model, readings: fixture.readings, mode: .sample(byteBudget: 100_000, seed: 0),
      workers: 2
    ).run { _ in }
    #expect(read <= 100_000)
    #expect(read > 80_000)
    let nothing = fixture.scan(mode: .sample(byteBudget: 0, seed: 0)).measured
    #expect(nothing[0]?.count == 4096)
    // One page does not tell how others differ from it.
    #expect(nothing[0]?.zeroShareInterval == 0...1)
    #expect(nothing[0]?.countInAll == 1 << 20)
  }

  @Test func doesNotCallAnUnseenZeroImpossible() throws {
    let ones = Array(repeating: UInt8(1), count: 1 << 20)
    let results = try ScanFixture([(.u8, [1 << 20], ones)])
      .scan(mode: .sample(byteBudget: 1 << 20, seed: 0)).measured
    let interval = try #require(results[0]?.zeroShareInterval)
    #expect(interval.lowerBound == 0 && interval.upperBound > 0)
  }

  @Test func takesOnePageFromEachStratum() {
    let sample = PageSample(pageElements: 4096, pages: 1000, count: 64, seed: 5)
    let pages = (0..<64).map { sample.page($0) }
    #expect(Set(pages).count == 64)
    for (stratum, page) in pages.enumerated() {
      #expect(page >= stratum * 1000 / 64 && page < (stratum + 1) * 1000 / 64)
    }
    #expect(sample.strata(0) == 0..<64)
  }
}
