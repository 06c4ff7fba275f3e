import Classification
import Foundation
import Report
import TestSupport
import Testing

@Suite struct CommandTests {
  @Test(arguments: Fixture.kinds, ["exact", "sample", "header"])
  func everyReportFollowsTheSchema(name: String, measure: String) throws {
    let run = try Program(["--json", "--measure", measure, Fixture.model(name)])
    #expect(run.status == (name == "damaged" ? 1 : 0), "\(run.errors)")
    let schema = try JSONSchema(ReportSchema.text)
    #expect(try schema.errors(in: run.output) == [])
    let line = try Program(["--jsonl", "--measure", measure, Fixture.model(name)])
    #expect(try schema.errors(in: line.output, definition: "report") == [])
    let measurement = try run.report()["measurement"] as? [String: Any]
    #expect(measurement?["mode"] as? String == measure)
  }

  @Test(arguments: [
    ("bf16", "bf16", 0), ("bf16", "pruned-50", 1), ("bf16", "fp32", 1), ("bf16", "damaged", 2),
    ("fp32", "tiny-llama-Q8_0.gguf", 1), ("tiny-llama-Q8_0.gguf", "tiny-llama-Q4_K_M.gguf", 1),
    ("bf16", "gptq-4bit", 1), ("bf16", "/nonexistent.gguf", 2), ("split", "sharded", 1),
  ])
  func everyComparisonFollowsTheSchema(reference: String, other: String, status: Int32) throws {
    let path = other.hasPrefix("/") ? other : Fixture.model(other)
    let run = try Program(["diff", "--json", Fixture.model(reference), path])
    #expect(run.status == status, "\(run.errors)")
    let schema = try JSONSchema(Program(["schema", "diff"]).text)
    #expect(try schema.errors(in: run.output) == [])
  }

  @Test(arguments: [
    Fixture.kinds + ["--measure", "header"], ["/nonexistent.gguf"],
    [
      "--memory", "1MiB", "--context", "512", "tiny-llama-Q8_0.gguf", "--against",
      "tiny-llama-Q4_K_M.gguf",
    ], ["--runtime", "llama.cpp", "--kv", "q8_0", "--batch", "2", "split"],
  ])
  func everyFitFollowsTheSchema(arguments: [String]) throws {
    let names = Set(Fixture.kinds)
    let run = try Program(
      ["fit", "--json"] + arguments.map { names.contains($0) ? Fixture.model($0) : $0 })
    #expect(!run.output.isEmpty, "\(run.errors)")
    let schema = try JSONSchema(Program(["schema", "fit"]).text)
    #expect(try schema.errors(in: run.output) == [])
  }

  /// Norms near 1 would stretch the deviation of all weights together.
  @Test func theErrorIsThatOfMatrices() throws {
    let paths = ["bf16", "pruned-50"].map(Fixture.model)
    func json(_ arguments: [String]) throws -> [String: Any]? {
      try JSONSerialization.jsonObject(with: Program(arguments).output) as? [String: Any]
    }
    let fit = try json(["fit", "--json", "--measure", "header", paths[1], "--against", paths[0]])
    let document = try json(["diff", "--json"] + paths)
    var (weights, sum) = (0.0, 0.0)
    for tensor in document?["tensors"] as? [[String: Any]] ?? [] {
      guard let numbers = tensor["numbers"] as? [String: Any],
        let error = numbers["relative_rmse"] as? Double, let count = numbers["weights"] as? Int,
        let shape = tensor["shape"] as? [Int], shape.count == 2
      else { continue }
      weights += Double(count)
      sum += Double(count) * error * error
    }
    let model = try #require((fit?["models"] as? [[String: Any]])?.first)
    let measured = try #require(model["measured"] as? [String: Any])
    let error = try #require(measured["matrix_error"] as? Double)
    #expect(abs(error - (sum / weights).squareRoot()) < 1e-9)
    let all = measured["numbers"] as? [String: Any]
    #expect(error > (all?["relative_rmse"] as? Double ?? 1))
    let text = try Program(["fit", "--measure", "header", paths[1], "--against", paths[0]]).text
    #expect(text.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains("σ of each"))
  }

  /// What is pruned and what is another model are smaller, wider or nearer, and not taken.
  @Test(
    arguments: [
      (
        ["pruned-50", "sparse-2-4", "tiny-llama-Q8_0.gguf"], nil, "tiny-llama-Q8_0.gguf",
        "was pruned"
      ),
      (["gptq-4bit", "bf16", "pruned-50"], "bf16", "bf16", "least measured error"),
      (["bf16", "tiny-llama-Q4_K_M.gguf"], "fp32-from-bf16", "bf16", "another model"),
    ] as [([String], String?, String, String)])
  func recommendsByWhatWasMeasured(
    models: [String], original: String?, choice: String, words: String
  ) throws {
    // Against an original, headers are enough.
    let against =
      original.map { ["--against", Fixture.model($0), "--measure", "header"] } ?? []
    let run = try Program(["fit", "--json"] + models.map(Fixture.model) + against)
    let document = try JSONSerialization.jsonObject(with: run.output) as? [String: Any]
    let recommendation = try #require(document?["recommendation"] as? [String: Any])
    #expect(recommendation["path"] as? String == Fixture.model(choice))
    #expect((recommendation["reason"] as? String)?.contains(words) == true, "\(recommendation)")
  }

  @Test func theSchemasKnowEveryWordOfComparisons() throws {
    for kind in Diff.Account.Kind.allCases {
      #expect(DiffSchema.text.contains("\"\(kind.rawValue)\""))
    }
    for kind in TensorChange.Kind.allCases {
      #expect(DiffSchema.text.contains("\"\(kind.rawValue)\""))
    }
  }

  /// Arguments and the exit code that they give.
  static let examples: [(arguments: [String], status: Int32)] = [
    (["--help"], 0), (["--version"], 0), (["schema"], 0), (["schema", "fit"], 0),
    (["schema", "x"], 64), ([], 64), (["--nonsense", "x"], 64),
    (["--measure", "half", "x"], 64), (["--jobs", "0", "x"], 64), (["--jobs", "x", "x"], 64),
    (["--color", "pink", "x"], 64), (["histogram", "x", "--of", "nothing"], 64),
    (["explain", "nothing"], 64), (["explain", "hole"], 0), (["explain"], 0),
    (["fit", Fixture.model("bf16"), "--memory", "24"], 64),
    (["fit", "--measure", "header", Fixture.model("bf16"), "--memory", "24GiB"], 0),
    (["fit", "--measure", "header", Fixture.model("bf16"), "--memory", "25769803776"], 0),
    (["--json", "/nonexistent.gguf"], 1), (["check", "/nonexistent.gguf"], 1),
    (["check", Fixture.model("bf16")], 0), (["check", Fixture.model("damaged")], 1),
    (["check", Fixture.model("bf16"), Fixture.model("damaged")], 1),
    (["histogram", Fixture.model("bf16")], 0), ([Fixture.model("bf16")], 0),
    (["--text", "--tensors", Fixture.model("damaged")], 1),
  ]

  @Test(arguments: examples)
  func exits(with example: (arguments: [String], status: Int32)) throws {
    let run = try Program(example.arguments)
    #expect(run.status == example.status, "\(example.arguments): \(run.errors)")
  }

  @Test func reportsTheOthersWhenOneCannotBeRead() throws {
    let run = try Program([
      "--jsonl", Fixture.model("bf16"), "/nonexistent.gguf", Fixture.model("fp32"),
    ])
    let states = try run.text.split(separator: "\n").map { line in
      (try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["status"]
        as? String
    }
    #expect(states == ["ok", "unreadable", "ok"])
    #expect(run.status == 1)
    #expect(run.errors.contains("/nonexistent.gguf: error: cannot open"))
  }

  @Test func readsPathsFromAList() throws {
    let list = "\(Fixture.model("bf16"))\n\(Fixture.model("fp32"))\n"
    let run = try Program(["--jsonl", "--measure", "header", "--files-from", "-"], input: list)
    #expect(run.text.split(separator: "\n").count == 2)
    #expect(try Program(["--jsonl", "--files-from", "-"]).status == 0)
  }

  @Test func searchesFolders() throws {
    let run = try Program([
      "--jsonl", "--measure", "header", "--recursive", Fixture.model("sharded"),
      Fixture.model("split"),
    ])
    #expect(run.text.split(separator: "\n").count == 2, "\(run.errors)")
  }

  @Test func coloursOnlyWhereWanted() throws {
    let model = Fixture.model("bf16")
    func isColored(_ options: [String], _ environment: [String: String] = [:]) throws -> Bool {
      let arguments = ["--text", "--measure", "header"] + options + [model]
      return try Program(arguments, environment: environment).output.contains(0x1b)
    }
    #expect(try !isColored([]))
    #expect(try isColored(["--color", "always"]))
    #expect(try isColored(["--color", "always"], ["NO_COLOR": "1"]))
    #expect(try isColored([], ["CLICOLOR_FORCE": "1"]))
    #expect(try !isColored([], ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"]))
    #expect(try !isColored(["--color", "never"], ["CLICOLOR_FORCE": "1"]))
  }

  @Test func givesTheSameReportForAnyNumberOfWorkers() throws {
    for measure in ["exact", "sample"] {
      let reports = try ["1", "2", "3"].map { jobs in
        var report = try Program([
          "--json", "--measure", measure, "--jobs", jobs, Fixture.model("pruned-50"),
        ]).report()
        report["measurement"] = nil
        return try JSONSerialization.data(withJSONObject: report, options: .sortedKeys)
      }
      #expect(Set(reports).count == 1)
    }
  }

  @Test func measuresOnlyWhatIsIncluded() throws {
    func measured(_ options: [String]) throws -> [String] {
      let report = try Program(["--json"] + options + [Fixture.model("bf16")]).report()
      return (report["tensors"] as? [[String: Any]] ?? [])
        .filter { $0["measurement"] is [String: Any] }.compactMap { $0["name"] as? String }
    }
    let all = try measured([])
    let some = try measured(["--include", "*up_proj*"])
    let others = try measured(["--exclude", "*up_proj*"])
    #expect(some.count == 2)
    #expect(Set(some).union(others) == Set(all))
    #expect(Set(some).isDisjoint(with: others))
  }

  /// Nothing that a file holds reaches the terminal as a control.
  @Test func escapesHostileNamesEverywhere() throws {
    let evil = "\u{1b}[31m\u{9b}\u{7f}\r\nx: error: fake [y]\u{2028}\u{202e}\t"
    var builder = SafetensorsBuilder()
    builder.add(metadata: "k\(evil)", evil)
    builder.add("a\(evil)", [40, 40], [Float](repeating: 1, count: 1600))
    let folder = try TemporaryFolder()
    let sound = try folder.write(builder.bytes, to: "m\u{1b}[31m\u{9b}.safetensors")
    let damaged = try folder.write(builder.bytes.dropLast(), to: "d\n\u{1b}.safetensors")
    for path in [sound, damaged] {
      for command in [
        ["--text"], ["--text", "--tensors"], ["--json"], ["--jsonl"], ["check"], ["histogram"],
        ["histogram", "--of", "values"],
      ] {
        let run = try Program(command + [path])
        for scalar in (run.text + run.errors).unicodeScalars {
          let isControl =
            scalar.value < 0x20 && scalar != "\n" || (0x7f..<0xa0).contains(scalar.value)
            || [0x2028, 0x202e].contains(scalar.value)
          #expect(!isControl, "\(command) U+\(String(scalar.value, radix: 16))")
        }
        #expect(!(run.text + run.errors).contains("\nx: error"))
      }
    }
  }

  @Test func countsValuesThatAreNoNumbers() throws {
    let folder = try TemporaryFolder()
    var file = SafetensorsBuilder()
    file.add("a.weight", [2, 2], [0, .nan, .infinity, 1])
    file.add("b.weight", [2, 2], [.nan, 1, 2, 3])
    file.add("c.weight", [2, 2], [0, 1, 2, 3])
    let path = try folder.write(file.bytes, to: "diverged.safetensors")
    let text = try Program(["--text", path]).text
    #expect(text.contains("2 NaN and 1 infinite values in 2 tensors"))
    #expect(try !Program(["--text", Fixture.model("bf16")]).text.contains("NaN"))
  }
}
