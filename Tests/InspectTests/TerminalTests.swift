import Foundation
import TestSupport
import Testing

/// Journeys through the real program in a real terminal.
@Suite(.enabled(if: Tmux.isInstalled), .timeLimit(.minutes(2)))
struct TerminalTests {
  private func open(
    _ model: String, options: String = "--measure header", rows: Int = 24, columns: Int = 80,
    environment: String = ""
  ) -> Tmux {
    Tmux(
      "\(Program.url.path) \(options) '\(model)'", rows: rows, columns: columns,
      environment: environment)
  }

  /// The program has ended, and nothing of it is left on the terminal.
  private func expectRestored(_ terminal: Tmux, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(
      terminal.until { $0.contains("ended: ") }, "\(terminal.screen)",
      sourceLocation: sourceLocation)
    #expect(terminal.state == "001", sourceLocation: sourceLocation)
  }

  /// Four layers of one matrix, every other weight of which is zero; small, since the program is
  /// tested as it is built for tests, slowly.
  private func prunedModel(in folder: TemporaryFolder) throws -> String {
    var file = SafetensorsBuilder()
    for layer in 0..<4 {
      for module in ["q_proj", "k_proj"] {
        let values = (0..<1024).map { (index: Int) -> Float in
          index % 2 == 0 ? 0 : Float(index * 7919 % 1013) / 1013
        }
        file.add("model.layers.\(layer).self_attn.\(module).weight", [32, 32], values)
      }
    }
    file.add(metadata: "format", "pt")
    return try folder.write(file.bytes, to: "pruned.safetensors")
  }

  @Test func looksAtAModelAndLeaves() throws {
    let folder = try TemporaryFolder()
    let terminal = open(try prunedModel(in: folder), options: "")
    #expect(
      terminal.until { $0.contains("certain") && $0.contains("50.1 %") }, "\(terminal.screen)")
    #expect(terminal.state == "110")
    terminal.press("2")
    #expect(
      terminal.until { $0.contains("▾ model") || $0.contains("▸ model") }, "\(terminal.screen)")
    terminal.press("/")
    terminal.type("1 q_proj")
    #expect(terminal.until { $0.contains("search: 1 q_proj") }, "\(terminal.screen)")
    terminal.press("Enter", "Enter")
    #expect(
      terminal.until { $0.contains("layers.1.self_attn.q_proj.weight") }, "\(terminal.screen)")
    terminal.press("G")
    #expect(terminal.until { $0.contains("each dot a zero") }, "\(terminal.screen)")
    terminal.press("v")
    #expect(terminal.until { $0.contains("[0, 0]") && !$0.contains("…") }, "\(terminal.screen)")
    terminal.press("x")
    #expect(terminal.until { $0.contains("bytes") }, "\(terminal.screen)")
    terminal.press("Escape")
    #expect(terminal.until { $0.contains("Esc back  L log") }, "\(terminal.screen)")
    terminal.press("Escape", "f")
    terminal.type("part:k")
    terminal.press("Enter")
    #expect(terminal.until { $0.contains("part:k  4 of 8") }, "\(terminal.screen)")
    terminal.press("3")
    #expect(terminal.until { $0.contains("Zeros in a tensor") }, "\(terminal.screen)")
    terminal.press("4")
    #expect(terminal.until { $0.contains("of the model") }, "\(terminal.screen)")
    terminal.press("?")
    #expect(terminal.until { $0.contains("read a whole value") }, "\(terminal.screen)")
    terminal.press("Q")
    expectRestored(terminal)
    #expect(terminal.screen.contains("ended: 0"))
  }

  @Test func followsTheWindow() {
    let terminal = open(Fixture.model("bf16"))
    #expect(terminal.until { $0.contains("certain") }, "\(terminal.screen)")
    terminal.press("2")
    terminal.resize(rows: 40, columns: 140)
    #expect(terminal.until { $0.contains("parameters    100,672") }, "\(terminal.screen)")
    terminal.resize(rows: 4, columns: 20)
    #expect(terminal.until { $0.contains("too small") }, "\(terminal.screen)")
    terminal.resize(rows: 24, columns: 80)
    #expect(terminal.until { $0.contains("▾ model") }, "\(terminal.screen)")
    terminal.press("Q")
    expectRestored(terminal)
  }

  @Test func usesTheMouse() {
    let terminal = open(Fixture.model("bf16"))
    #expect(terminal.until { $0.contains("certain") }, "\(terminal.screen)")
    // The third tab, then a row of the second.
    terminal.send(escape: "[<0;60;1M")
    terminal.send(escape: "[<0;60;1m")
    #expect(terminal.until { $0.contains("Zeros in a tensor") }, "\(terminal.screen)")
    terminal.press("2", "t")
    #expect(terminal.until { $0.contains("file order") }, "\(terminal.screen)")
    for _ in 1...2 {
      terminal.send(escape: "[<0;5;5M")
      terminal.send(escape: "[<0;5;5m")
    }
    #expect(terminal.until { $0.contains("First values") }, "\(terminal.screen)")
    terminal.send(escape: "[<65;5;5M")
    terminal.press("Q")
    expectRestored(terminal)
  }

  @Test func stopsAndGoesOn() {
    let terminal = Tmux("sh -i", environment: "PS1=prompt:")
    #expect(terminal.until { $0.contains("prompt:") }, "\(terminal.screen)")
    terminal.type("\(Program.url.path) --measure header \(Fixture.model("bf16"))")
    terminal.press("Enter")
    #expect(terminal.until { $0.contains("certain") }, "\(terminal.screen)")
    terminal.press("C-z")
    #expect(
      terminal.until { !$0.contains("certain") && $0.contains("prompt:") }, "\(terminal.screen)")
    #expect(terminal.state.hasPrefix("00"))
    terminal.resize(rows: 30, columns: 100)
    terminal.type("fg")
    terminal.press("Enter")
    #expect(terminal.until { $0.contains("certain") && $0.contains("quit") }, "\(terminal.screen)")
    #expect(terminal.state == "110")
    terminal.press("Q")
    #expect(terminal.until { !$0.contains("certain") }, "\(terminal.screen)")
    #expect(terminal.state == "001")
  }

  @Test(arguments: [
    ("TERM", 143), ("INT", 130), ("HUP", 129), ("SEGV", 139), ("ABRT", 134), ("BUS", 135),
    ("QUIT", 131),
  ])
  func putsTheTerminalBackWhenItDies(signal: String, status: Int) {
    let terminal = open(
      Fixture.model("bf16"), environment: "SWIFT_BACKTRACE=enable=no")
    #expect(terminal.until { $0.contains("certain") }, "\(terminal.screen)")
    terminal.signal(signal)
    expectRestored(terminal)
    #expect(terminal.screen.contains("ended: \(status)"), "\(terminal.screen)")
  }

  @Test func exportsTheReport() throws {
    let folder = try TemporaryFolder()
    let target = folder.url.appendingPathComponent("report.json").path
    let terminal = open(Fixture.model("bf16"), columns: 160)
    #expect(terminal.until { $0.contains("certain") }, "\(terminal.screen)")
    for answer in ["", "n", "y"] {
      terminal.press("e", "C-u")
      terminal.type(target)
      terminal.press("Enter")
      if answer.isEmpty {
        #expect(terminal.until { $0.contains("wrote ") }, "\(terminal.screen)")
      } else {
        #expect(terminal.until { $0.contains("Overwrite it?") }, "\(terminal.screen)")
        terminal.press(answer)
        #expect(
          terminal.until { $0.contains(answer == "y" ? "wrote " : "not exported") },
          "\(terminal.screen)")
      }
    }
    terminal.press("Q")
    expectRestored(terminal)
    let report = try JSONSerialization.jsonObject(
      with: try Data(contentsOf: URL(fileURLWithPath: target)))
    #expect((report as? [String: Any])?["schema"] as? String == "inspect-report/1")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 1)
  }

  @Test func opensAnotherModel() throws {
    let terminal = open(Fixture.model("tiny-llama-Q8_0.gguf"))
    #expect(terminal.until { $0.contains("certain") }, "\(terminal.screen)")
    terminal.press("o")
    #expect(
      terminal.until { $0.contains("tiny-llama-Q4_K_M.gguf") && $0.contains("../") },
      "\(terminal.screen)")
    terminal.press("G", "Up", "Enter")
    #expect(
      terminal.until { $0.contains("Q4_K") && $0.contains("certain") }, "\(terminal.screen)")
    terminal.press("Q")
    expectRestored(terminal)
  }

  @Test func walksThroughAComparison() {
    let models = ["bf16", "pruned-50"].map(Fixture.model)
    let terminal = Tmux(
      "'\(Program.url.path)' diff '\(models[0])' '\(models[1])'", rows: 30, columns: 120)
    #expect(terminal.until { $0.contains("Pruned from the reference") }, "\(terminal.screen)")
    terminal.press("2", "Enter")
    #expect(terminal.until { $0.contains("new zeros") }, "\(terminal.screen)")
    terminal.resize(rows: 12, columns: 50)
    terminal.press("3", "Down", "Enter")
    #expect(terminal.until { $0.contains("role:weight") }, "\(terminal.screen)")
    terminal.press("Q")
    expectRestored(terminal)
    // As without a terminal: they differ.
    #expect(terminal.screen.contains("ended: 1"), "\(terminal.screen)")
    let same = Tmux("'\(Program.url.path)' diff '\(models[0])' '\(models[0])'")
    #expect(same.until { $0.contains("The two are the same") }, "\(same.screen)")
    same.press("Q")
    #expect(same.until { $0.contains("ended: 0") }, "\(same.screen)")
    for (option, environment) in [("--text", ""), ("", "TERM=dumb")] {
      let text = Tmux(
        "'\(Program.url.path)' diff \(option) '\(models[0])' '\(models[1])'",
        environment: environment)
      #expect(text.until { $0.contains("ended: 1") && $0.contains("most") }, "\(text.screen)")
    }
  }

  @Test func saysOutsideWhatCannotBeOpened() throws {
    let folder = try TemporaryFolder()
    for path in ["/nowhere/typo.gguf", try folder.write("junk", to: "junk.safetensors")] {
      let terminal = open(path)
      #expect(terminal.until { $0.contains("ended: 1") }, "\(terminal.screen)")
      #expect(terminal.screen.contains(path.split(separator: "/").last ?? ""))
    }
    let damaged = open(Fixture.model("damaged"))
    #expect(damaged.until { $0.contains("INVALID") }, "\(damaged.screen)")
    damaged.press("Q")
    #expect(damaged.until { $0.contains("ended: 1") }, "\(damaged.screen)")
  }

  @Test func looksIntoAFolderOfSeveralModels() {
    let terminal = open(Paths.fixtures.appendingPathComponent("models").path, columns: 120)
    #expect(
      terminal.until { $0.contains("sparse-2-4/") && $0.contains("invalid ·") },
      "\(terminal.screen)")
    terminal.press("Q")
    expectRestored(terminal)
  }

  @Test func letsOneChooseFromSeveral() {
    let models = ["bf16", "sparse-2-4", "damaged"].map(Fixture.model)
    let terminal = open(models.joined(separator: "' '"), columns: 120)
    #expect(
      terminal.until { $0.contains("3 models") && $0.contains("bf16") }, "\(terminal.screen)")
    #expect(terminal.until { $0.contains("invalid ·") }, "\(terminal.screen)")
    terminal.press("Down", "Enter")
    #expect(
      terminal.until { $0.contains("certain") && !$0.contains("3 models") }, "\(terminal.screen)")
    terminal.press("Escape")
    #expect(terminal.until { $0.contains("3 models") }, "\(terminal.screen)")
    terminal.press("q", "q")
    expectRestored(terminal)
  }

  @Test func showsNothingOfAStrangersSequences() throws {
    var file = SafetensorsBuilder()
    file.add("\u{1b}]0;owned\u{7}\u{1b}[2J.weight", [2, 2], [0, 1, 2, 3])
    file.add("中文.e\u{301}.weight", [2, 2], [0, 0, 0, 0])
    file.add(String(repeating: "long.", count: 2000), [1], [1])
    file.add(metadata: "\u{9b}31m", "\u{1b}c\u{202e}evil")
    let folder = try TemporaryFolder()
    let model = try folder.write(file.bytes, to: "hostile.safetensors")
    let terminal = open(model)
    let title = terminal.title
    #expect(terminal.until { $0.contains("certain") }, "\(terminal.screen)")
    terminal.press("2", "t")
    #expect(terminal.until { $0.contains("\\u001b") && $0.contains("中文") }, "\(terminal.screen)")
    terminal.press("4")
    #expect(
      terminal.until { $0.contains("\\u009b31m") && $0.contains("\\u202e") }, "\(terminal.screen)")
    #expect(terminal.title == title)
    terminal.press("Q")
    expectRestored(terminal)
  }

  @Test func saysWhyItCannotBeShown() {
    let terminal = open(Fixture.model("bf16"), environment: "TERM=dumb")
    #expect(
      terminal.until { $0.contains("cannot move the cursor") && $0.contains("ended:") },
      "\(terminal.screen)")
    #expect(!terminal.screen.contains("ended: 0"))
    let unknown = open(Fixture.model("bf16"), environment: "TERM=nosuch")
    #expect(unknown.until { $0.contains("is unknown here") && $0.contains("ended:") })
  }

  @Test(arguments: [
    ("LC_ALL=C", false), ("LANG= LC_ALL=POSIX", false), ("LANG=", true),
    ("LC_ALL=de_DE.ISO-8859-1", false),
  ])
  func drawsWhatTheLocaleAllows(environment: String, isUnicode: Bool) {
    let terminal = open(Fixture.model("pruned-50"), environment: environment)
    #expect(terminal.until { $0.contains("certain") }, "\(terminal.screen)")
    #expect(terminal.screen.contains("─") == isUnicode)
    #expect(terminal.screen.contains("Why ---") != isUnicode)
    terminal.press("Q")
    expectRestored(terminal)
  }

  @Test(arguments: ["vt100", "screen", "tmux-256color", "linux"])
  func runsOnOtherTerminals(type: String) {
    let terminal = open(Fixture.model("pruned-50"), environment: "TERM=\(type)")
    #expect(terminal.until { $0.contains("certain") }, "\(terminal.screen)")
    terminal.press("2")
    #expect(terminal.until { $0.contains("model") && $0.contains("zeros") }, "\(terminal.screen)")
    terminal.press("Q")
    #expect(terminal.until { $0.contains("ended: 0") }, "\(terminal.screen)")
  }
}
