import ArgumentParser
import ModelFile
import Report

/// Which models a command is about.
struct PathOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Models: files, folders, indexes, any part of a set, hf:org/name[@revision], ollama:name[:tag].",
      valueName: "path"),
    completion: .file(extensions: ["safetensors", "gguf", "json"]))
  var paths: [String] = []

  @Option(
    help: ArgumentHelp(
      "Read further paths from a file, one a line (- is standard input).",
      valueName: "file"))
  var filesFrom: String?

  @Flag(help: "Search folders for models.")
  var recursive = false

  func validate() throws {
    guard !paths.isEmpty || filesFrom != nil else {
      throw ValidationError("Missing expected argument '<path> ...'")
    }
  }

  /// The paths of all models that are meant, in order.
  func models() throws -> [String] {
    let all = paths + (try filesFrom.map(lines) ?? [])
    guard recursive else { return all }
    return all.flatMap { path -> [String] in
      guard FileSystem.kind(of: path) == .directory else { return [path] }
      var problems: [Problem] = []
      let models = ModelSearch.models(below: path, problems: &problems)
      for problem in problems { Output.complain(Report.Problem(problem).line(path: path)) }
      return models
    }
  }

  private func lines(of path: String) throws -> [String] {
    if path == "-" {
      var lines: [String] = []
      while let line = readLine() { lines.append(line) }
      return lines.filter { !$0.isEmpty }
    }
    do {
      let file = try FileReader(path: path)
      let text = String(decoding: try file.bytes(at: 0, count: file.byteCount), as: UTF8.self)
      return text.split(whereSeparator: \.isNewline).map(String.init)
    } catch {
      throw ValidationError("--files-from \(path): \(error)")
    }
  }
}
