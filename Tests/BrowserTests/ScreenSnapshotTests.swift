@testable import Browser
import Foundation
import Report
import TestSupport
import Testing

/// Whole screens against golden files; `RECORD=1` writes them anew.
@Suite struct ScreenSnapshotTests {
  /// A state of the browser by the keys that lead to it.
  struct State: CustomTestStringConvertible, Sendable {
    var name: String
    var report: Report
    var keys: String
    var isMeasured = true
    var isComplete = true
    var updates: [Browser.Update] = []
    var testDescription: String { name }

    /// The screen of the state in a window of a size.
    func screen(rows: Int, columns: Int) -> Screen {
      var browser = Browser(report: report, rows: rows, columns: columns, isComplete: isComplete)
      if isMeasured, report.tensors.first?.measurement == nil { browser.measureAll() }
      browser.type(keys)
      _ = browser.update(updates)
      return browser.render()
    }
  }

  static let states: [State] = [
    State(name: "overview", report: Sample.llama, keys: ""),
    State(
      name: "overview-scanning", report: Sample.llama, keys: "", isMeasured: false,
      isComplete: false,
      updates: [
        .measured(tensor: 1, Sample.measurement(count: 32768, zeros: 4096)),
        .progress(.init(bytesRead: 12_000_000, bytesInAll: 70_000_000, secondsLeft: 75)),
      ]),
    State(name: "overview-bits", report: Sample.llama, keys: "c"),
    State(name: "overview-map", report: Sample.llama, keys: "ljjjjjjjl"),
    State(name: "overview-empty", report: Sample.empty, keys: ""),
    State(name: "overview-invalid", report: Sample.damaged, keys: "", isMeasured: false),
    State(name: "overview-unreadable", report: Sample.unreadable, keys: ""),
    State(name: "tensors", report: Sample.llama, keys: "2jj"),
    State(name: "tensors-open", report: Sample.llama, keys: "2jj⏎jj⏎jl"),
    State(name: "tensors-flat", report: Sample.llama, keys: "2ts"),
    State(name: "tensors-search", report: Sample.llama, keys: "2/3 q_proj"),
    State(name: "tensors-filter", report: Sample.llama, keys: "2fsparsity>50% part:down⏎"),
    State(name: "tensors-marked", report: Sample.small, keys: "2t  "),
    State(
      name: "detail", report: Sample.small, keys: "2tj⏎",
      updates: [
        .picture(tensor: 1, Sample.picture),
        .values(tensor: 1, start: 0, (0..<32).map { $0 % 3 == 0 ? 0 : Double($0) / 100 }),
      ]),
    State(
      name: "detail-end", report: Sample.small, keys: "2tj⏎LbG",
      updates: [.picture(tensor: 1, Sample.picture)]),
    State(
      name: "values", report: Sample.small, keys: "2tjv",
      updates: [.values(tensor: 1, start: 0, (0..<2048).map { Double($0) / 7 - 100 })]),
    State(
      name: "bytes", report: Sample.small, keys: "2tjvx",
      updates: [.bytes(tensor: 1, start: 0, (0..<2048).map { UInt8(truncatingIfNeeded: $0) })]),
    State(name: "histogram", report: Sample.llama, keys: "3"),
    State(name: "histogram-values", report: Sample.llama, keys: "3sssL"),
    State(name: "histogram-bits", report: Sample.llama, keys: "3ssssp"),
    State(name: "metadata", report: Sample.llama, keys: "4j"),
    State(name: "metadata-pager", report: Sample.llama, keys: "4G⏎/long"),
    State(name: "help", report: Sample.llama, keys: "2?"),
    State(name: "export", report: Sample.small, keys: "e"),
    State(name: "hostile", report: Sample.hostile, keys: "2t"),
    State(name: "hostile-metadata", report: Sample.hostile, keys: "4"),
    State(
      name: "models", report: Sample.small, keys: "",
      updates: [
        .models(
          directory: "/models",
          [
            .init(path: "..", name: "..", bytes: nil, isDirectory: true),
            .init(path: "a", name: "a.safetensors", bytes: 123_456_789, note: "bf16"),
            .init(
              path: "b", name: "a-model-with-a-long-name", bytes: nil,
              note: "Pruned to 50 % (by magnitude, without a pattern) · BF16 · 7.24 B parameters",
              isDirectory: true),
          ])
      ]),
  ]

  @Test(arguments: states) func isDrawnAsRecorded(_ state: State) throws {
    for (rows, columns) in [(24, 80), (40, 120), (10, 40)] {
      try compare(state, rows: rows, columns: columns)
    }
  }

  @Test func saysThatTheWindowIsTooSmall() throws {
    try compare(State(name: "tiny", report: Sample.small, keys: ""), rows: 3, columns: 20)
  }

  private func compare(_ state: State, rows: Int, columns: Int) throws {
    try Snapshot.compare(
      state.screen(rows: rows, columns: columns), name: "\(state.name)-\(columns)x\(rows)")
  }

  /// Pictures of some screens for the documentation; `SCREENSHOTS=1` draws them anew.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["SCREENSHOTS"] == "1"))
  func drawsPictures() throws {
    let folder = Paths.package.appending(path: "docs/screens")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    func draw(_ screen: Screen, name: String) throws {
      try ScreenPicture(screen).svg.write(
        to: folder.appending(path: "\(name).svg"), atomically: true, encoding: .utf8)
    }
    for name in ["overview", "tensors-open", "detail", "histogram"] {
      let state = try #require(Self.states.first { $0.name == name })
      try draw(state.screen(rows: 34, columns: 120), name: name)
    }
    var comparison = DiffBrowser(
      reference: "original.gguf", other: "small.gguf", rows: 24, columns: 120)
    var report = Sample.comparison
    (report.reference.path, report.other.path) = ("original.gguf", "small.gguf")
    _ = comparison.update([.report(report)])
    try draw(comparison.render(), name: "diff")
  }
}

/// Golden screens; `RECORD=1` writes them anew.
enum Snapshot {
  static func compare(_ screen: Screen, name: String) throws {
    let drawn = screen.description
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Snapshots/\(name).txt")
    if ProcessInfo.processInfo.environment["RECORD"] == "1" {
      try drawn.write(to: file, atomically: true, encoding: .utf8)
    }
    let recorded = try String(contentsOf: file, encoding: .utf8)
    #expect(drawn == recorded, "\(file.lastPathComponent)")
  }
}
