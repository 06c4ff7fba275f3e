import ModelFile
import TestSupport
import Testing

@testable import TensorStats

@Suite struct MeasurementsTests {
  /// What scans tell of every type: all fields that a measurement has are in one of them.
  private static func measured() throws -> [TensorStats.Measurement] {
    var random = SeededGenerator(state: 71)
    var tensors = ElementType.decodable.filter { $0 != .i2S }.map { type in
      let layout = type.layout ?? BlockLayout(elements: 1, bytes: 1)
      var bytes = random.manyBytes(64 * layout.elements * layout.bytes)
      // Zeros in half of the rows.
      bytes.replaceSubrange(0..<bytes.count / 2, with: repeatElement(0, count: bytes.count / 2))
      return (type: type, shape: [64, layout.elements * layout.elements], bytes: bytes)
    }
    let extremes = [Int64.min, .max, -1]
    tensors.append((.i64, [3], extremes.flatMap { littleEndian($0) }))
    tensors.append((.f32, [0], []))
    let fixture = try ScanFixture(tensors)
    let exact = fixture.scan().measured
    let sampled = fixture.scan(mode: .sample(byteBudget: 5000, seed: 1)).measured
    return [exact, sampled].flatMap { results in results.sorted { $0.key < $1.key }.map(\.value) }
  }

  @Test func keepsEveryFieldOfAMeasurement() throws {
    let measured = try Self.measured()
    #expect(measured.contains { $0.zeroShareInterval != nil })
    #expect(measured.contains { $0.blockCodes != nil })
    #expect(measured.contains { $0.structure?.groups.isEmpty == false })
    var kept = Measurements()
    for (index, measurement) in measured.enumerated() { kept[3 * index] = measurement }
    #expect(kept.count == measured.count)
    #expect(kept[1] == nil && kept[-1] == nil && kept[1 << 40] == nil)
    for (place, found) in kept.enumerated() {
      #expect(found.index == 3 * place)
      #expect(found.measured == measured[place])
    }
  }

  @Test func keepsTheLastMeasurementOfATensor() throws {
    let measured = try Self.measured()
    var kept: Measurements = [2: measured[0], 0: measured[1]]
    kept[2] = measured[3]
    kept[0] = nil
    #expect(kept.count == 1)
    #expect(Array(kept).map(\.index) == [2])
    #expect(kept[2] == measured[3])
  }
}
