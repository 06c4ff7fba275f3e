import Foundation
import ModelFile
import TestSupport
import Testing

@Suite struct FileWindowTests {
  private func file(_ byteCount: Int, in folder: TemporaryFolder) throws -> FileReader {
    let bytes = (0..<byteCount).lazy.map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
    return try FileReader(path: folder.write(bytes, to: "bytes.bin"))
  }

  @Test func showsTheBytesThatAreRead() throws {
    let folder = try TemporaryFolder()
    let file = try file(9 << 20, in: folder)
    var window = FileWindow()
    for (offset, count) in [
      (0, 1), (5, 1 << 20), (4 << 20, 1 << 20), (4 << 20 - 1, 7), (3 << 20, 3 << 20),
      (9 << 20 - 3, 3), (0, 4 << 20),
    ] {
      let read = try file.bytes(at: offset, count: count)
      guard let bytes = window.bytes(of: file, at: offset, count: count) else { continue }
      #expect(bytes.elementsEqual(read), "\(count) bytes at \(offset)")
    }
    let hasFailed = window.hasFailed
    #expect(!hasFailed)
  }

  @Test func refusesWhatIsNotInTheFile() throws {
    let folder = try TemporaryFolder()
    let file = try file(100_000, in: folder)
    var window = FileWindow()
    for (offset, count) in [
      (99_999, 2), (100_000, 1), (-1, 1), (0, 0), (0, -1), (.max, 1), (1, .max), (0, 5 << 20),
    ] {
      let bytes = window.bytes(of: file, at: offset, count: count)
      #expect(bytes == nil, "\(count) at \(offset)")
    }
  }

  #if os(Linux)
  @Test func tellsThatWhatWasLookedAtIsGone() throws {
    let folder = try TemporaryFolder()
    let file = try file(1 << 20, in: folder)
    // As if another part of the program had taken the signal.
    signal(SIGBUS, SIG_DFL)
    var window = FileWindow()
    let present = window.bytes(of: file, at: 0, count: 1 << 20)
    let bytes = try #require(present)
    #expect(bytes.prefix(1 << 16).contains { $0 != 0 })
    let failedBefore = window.hasFailed
    try FileHandle(forWritingAtPath: file.path)?.truncate(atOffset: 10_000)
    #expect(bytes.suffix(1 << 19).allSatisfy { $0 == 0 })
    let failed = window.hasFailed
    #expect(!failedBefore && failed)

    let other = try TemporaryFolder()
    let whole = try self.file(1 << 20, in: other)
    let again = window.bytes(of: whole, at: 0, count: 1 << 20)
    let failedAgain = window.hasFailed
    #expect(again?.contains { $0 != 0 } == true && !failedAgain)
  }
  #endif
}
