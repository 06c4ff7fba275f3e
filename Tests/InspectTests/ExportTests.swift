import Foundation
import TestSupport
import Testing

@testable import inspect

/// Where an export may go.
@Suite struct ExportTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { folder.url.appending(path: name).path }

  /// What came of it in a word: `written`, `exists`, or why it failed.
  private func write(_ name: String, overwriting: Bool = false) -> String {
    let outcome = Export.write(
      { Array("new".utf8) }, to: path(name), overwriting: overwriting,
      sources: [path("model.gguf")])
    return switch outcome {
    case .written: "written"
    case .exists(let asked, let isReadOnly):
      asked == path(name) ? isReadOnly ? "read-only" : "exists" : "asks for \(asked)"
    case .failed(let reason): reason
    }
  }

  private func content(_ name: String) -> String? {
    try? String(contentsOfFile: path(name), encoding: .utf8)
  }

  @Test func writesWhatIsNewAndAsksForWhatIsThere() throws {
    #expect(write("report.json") == "written")
    #expect(content("report.json") == "new")
    _ = try folder.write("old", to: "old.json")
    #expect(write("old.json") == "exists")
    #expect(content("old.json") == "old")
    #expect(write("old.json", overwriting: true) == "written")
    #expect(content("old.json") == "new")
    // Also for one who may write everywhere.
    #expect(chmod(path("old.json"), 0o444) == 0)
    #expect(write("old.json") == "read-only")
  }

  @Test func completesPathsAsAShell() throws {
    try FileManager.default.createDirectory(
      atPath: path("reports"), withIntermediateDirectories: false)
    for name in ["report-1.json", "report-2.json", ".hidden", "zeros"] {
      _ = try folder.write("", to: name)
    }
    for (beginning, names) in [
      ("rep", ["report-1.json", "report-2.json", "reports/"]), ("reports", ["reports/"]),
      ("z", ["zeros"]), (".h", [".hidden"]), ("x", []), ("nothing/x", []),
      ("", ["report-1.json", "report-2.json", "reports/", "zeros"]),
    ] {
      let folder = folder.url.path + "/"
      #expect(
        Export.completions(of: folder + beginning) == names.map { folder + $0 }, "\(beginning)")
    }
    #expect(Export.completions(of: "~") == ["~/"])
  }

  /// Even where the user has agreed.
  @Test(arguments: [
    ("pipe", "not a regular file"), ("link-to-pipe", "not a regular file"), ("folder", "a folder"),
    ("link-to-folder", "a folder"), ("link-to-nothing", "leads nowhere"),
    ("model.gguf", "of the model"), ("link-to-model", "of the model"),
    ("hard-link", "of the model"),
  ])
  func refuses(name: String, reason: String) throws {
    let files = FileManager.default
    _ = try folder.write("weights", to: "model.gguf")
    #expect(mkfifo(path("pipe"), 0o600) == 0)
    try files.createDirectory(atPath: path("folder"), withIntermediateDirectories: false)
    for (link, target) in [
      ("link-to-pipe", "pipe"), ("link-to-folder", "folder"), ("link-to-nothing", "nothing"),
      ("link-to-model", "model.gguf"),
    ] {
      try files.createSymbolicLink(atPath: path(link), withDestinationPath: target)
    }
    try files.linkItem(atPath: path("model.gguf"), toPath: path("hard-link"))
    let before = try files.contentsOfDirectory(atPath: folder.url.path).sorted()
    for overwriting in [false, true] {
      #expect(write(name, overwriting: overwriting).contains(reason))
    }
    #expect(try files.contentsOfDirectory(atPath: folder.url.path).sorted() == before)
    #expect(content("model.gguf") == "weights")
    var status = stat()
    #expect(lstat(path("pipe"), &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  @Test func followsALinkThatStaysOne() throws {
    _ = try folder.write("old", to: "target.json")
    try FileManager.default.createSymbolicLink(
      atPath: path("link.json"), withDestinationPath: "target.json")
    #expect(write("link.json") == "exists")
    #expect(write("link.json", overwriting: true) == "written")
    #expect(content("target.json") == "new")
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: path("link.json"))
        == "target.json")
  }
}
