import Foundation
import ModelFile
import Synchronization
import TestSupport
import Testing

@testable import TensorStats

@Suite struct ScanFaultTests {
  private func fixture() throws -> ScanFixture {
    try ScanFixture([
      (.f32, [1024], Array(repeating: 1, count: 4096)),
      (.f32, [1024], Array(repeating: 2, count: 4096)),
    ])
  }

  @Test func tellsThatAFileWasReplaced() throws {
    let fixture = try fixture()
    try fixture.folder.write(Array(repeating: 0, count: 9000), to: "values.bin")
    let results = fixture.scan()
    #expect(results.measured.isEmpty)
    #expect(results.problems.count == 2)
    #expect(results.problems[0]?.code == .changedWhileReading)
    #expect(results.problems[0]?.tensor == "tensor 0")
  }

  @Test func finishesTheOtherTensorsOfAFileThatEndsEarly() throws {
    let fixture = try fixture()
    try fixture.folder.write(Array(repeating: 0, count: 5000), to: "values.bin")
    var model = fixture.model
    // As if it had shrunk after it was opened.
    model.parts[0].identity = nil
    let events = Mutex<[Int: ProblemCode?]>([:])
    Scan(model: model, readings: fixture.readings, mode: .exact, workers: 2).run { event in
      events.withLock { events in
        switch event {
        case .measured(let index, _): events[index] = .some(nil)
        case .failed(let index, let problem): events[index] = problem.code
        case .progress: break
        }
      }
    }
    #expect(events.withLock { $0 } == [0: nil, 1: .changedWhileReading])
  }

  @Test func finishesWhatWasMeasuredBeforeAFileWasCutShort() throws {
    var random = SeededGenerator(state: 2)
    let bytes = random.manyBytes(8 << 20)
    let fixture = try ScanFixture((0..<4).map { _ in (.u8, [8 << 20], bytes) })
    var model = fixture.model
    model.parts[0].identity = nil
    let events = Mutex<[Int: ProblemCode?]>([:])
    Scan(model: model, readings: fixture.readings, mode: .exact, workers: 1).run { event in
      switch event {
      case .measured(let index, _):
        events.withLock { $0[index] = .some(nil) }
        // What comes next may be in memory already.
        try? FileHandle(forWritingAtPath: fixture.model.path)?.truncate(atOffset: 9 << 20)
      case .failed(let index, let problem): events.withLock { $0[index] = problem.code }
      case .progress: break
      }
    }
    let ends = events.withLock { $0 }
    #expect(ends.count == 4 && ends[0] == .some(nil))
    #expect((1...3).allSatisfy { ends[$0] == .changedWhileReading })
  }

  @Test func tellsThatAFileCannotBeOpened() throws {
    let fixture = try fixture()
    try FileManager.default.removeItem(atPath: fixture.model.path)
    let results = fixture.scan()
    #expect(results.problems[1]?.code == .readFailed)
  }

  @Test func refusesShapesThatTheBytesDoNotHold() throws {
    var fixture = try fixture()
    fixture.readings[0].shape = [.max, 2]
    fixture.readings[1].shape = [.max, .max, 0]
    fixture.readings += [
      Reading(tensor: 0, decoder: .plain(.f32), shape: [1025]),
      Reading(tensor: 0, decoder: .plain(.f32), shape: [-1]),
      Reading(tensor: 0, decoder: .plain(.q4_0), shape: [31]),
      Reading(
        tensor: 0, decoder: .plain(.foreign(ForeignType(name: "X", layout: nil))), shape: [1]),
      Reading(tensor: 1, decoder: .plain(.f32), shape: [1024]),
    ]
    let results = fixture.scan()
    #expect(Set(results.problems.keys) == [0, 1, 2, 4, 5])
    #expect(results.measured[3]?.count == 0)
    #expect(results.measured[6]?.count == 1024)
  }

  @Test func stopsWhenAskedTo() throws {
    var random = SeededGenerator(state: 1)
    let bytes = random.manyBytes(4 << 20)
    let fixture = try ScanFixture((0..<8).map { _ in (.u8, [4 << 20], bytes) })
    let cancellation = Scan.Cancellation()
    let measured = Atomic(0)
    let read = Scan(model: fixture.model, readings: fixture.readings, mode: .exact, workers: 2)
      .run(cancellation: cancellation) { event in
        if case .measured = event { measured.add(1, ordering: .relaxed) }
        cancellation.cancel()
      }
    #expect(read < 32 << 20)
    #expect(measured.load(ordering: .relaxed) < 8)
  }

  @Test func neverCallsTheHandlerTwiceAtOnce() throws {
    let fixture = try ScanFixture(
      (0..<500).map { _ in (.u8, [64], Array(repeating: 1, count: 64)) })
    let inside = Atomic(0)
    let most = Atomic(0)
    Scan(model: fixture.model, readings: fixture.readings, mode: .exact, workers: 8).run { _ in
      let now = inside.add(1, ordering: .sequentiallyConsistent).newValue
      if now > most.load(ordering: .relaxed) { most.store(now, ordering: .relaxed) }
      inside.subtract(1, ordering: .sequentiallyConsistent)
    }
    #expect(most.load(ordering: .relaxed) == 1)
  }

  @Test func endsWithAllBytesInItsProgress() throws {
    let fixture = try fixture()
    let last = Mutex<Scan.Progress?>(nil)
    let read = Scan(model: fixture.model, readings: fixture.readings, mode: .exact, workers: 1)
      .run { event in
        if case .progress(let progress) = event { last.withLock { $0 = progress } }
      }
    #expect(read == 8192)
    #expect(last.withLock { $0?.bytesRead } == 8192)
    #expect(last.withLock { $0?.bytesInAll } == 8192)
  }
}
