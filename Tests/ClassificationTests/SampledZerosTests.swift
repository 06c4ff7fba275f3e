import TestSupport
import Testing

@testable import Classification

/// What a sample says of zeros that lie together.
@Suite struct SampledZerosTests {
  @Test(arguments: [0, 0.1, 0.5]) func intervalCoversZerosThatCluster(share: Double) throws {
    var weights = Weights(seed: 3)
    let (rows, columns) = (1024, 512)
    var sample = Sample()
    for layer in 0..<2 {
      var values = weights.gaussian(rows * columns)
      for index in 0..<Int(share * Double(rows)) * columns { values[index] = 0 }
      sample.add("model.layers.\(layer).mlp.up_proj.weight", [rows, columns], values, .f32)
    }
    let verdict = try sample.opened(mode: .sample).verdict
    let sentence = try #require(
      verdict.evidence.map(\.statement).first { $0.contains("95 % interval") })
    let bounds = try #require(
      sentence.firstMatch(of: /interval ([0-9.]+) % to ([0-9.]+) %/).flatMap {
        match in Double(match.1).flatMap { low in Double(match.2).map { (low, $0) } }
      })
    #expect(bounds.0 <= 100 * share && 100 * share <= bounds.1)
    // Some pages cannot tell much of zeros that fill whole pages or none.
    #expect(bounds.1 - bounds.0 > 5)
  }
}
