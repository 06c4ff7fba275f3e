internal import Classification

/// What `inspect fit` tells, for people.
public struct FitText {
  let report: FitReport
  let painter: Painter
  let width: Int

  /// Prepares a text of at most `width` columns.
  public init(_ report: FitReport, painter: Painter, width: Int) {
    self.report = report
    self.painter = painter
    self.width = max(width, 60)
  }

  /// One model in full; several as a table to choose from.
  public var text: String {
    var lines: [String] = []
    if report.models.count == 1 {
      lines = detail(report.models[0])
    } else if !report.models.isEmpty {
      lines = table + report.models.flatMap(shortDetail)
    }
    if report.models.count > 1 || report.recommendation == nil && !report.models.isEmpty {
      lines.append("")
      lines += recommendation
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private func detail(_ model: FitReport.Candidate) -> [String] {
    var lines = [painter.paint(escapedForTerminal(model.path), .dim)]
    guard model.format != nil else { return lines + ["  nothing could be read"] }
    lines += labelled(model.fileRole == "model" ? "model" : "file", [facts(of: model)])
    if let obstacle = model.obstacle {
      return lines + labelled("note", wrapped(obstacle, to: width - 14))
    }
    lines.append("")
    lines += labelled("memory", memory(of: model))
    for (name, remarks) in [
      ("assumed", model.memory.assumptions), ("not known", model.memory.unknown),
    ] where !remarks.isEmpty {
      lines += labelled(
        name, remarks.flatMap { wrapped(escapedForTerminal($0), to: width - 14) })
    }
    if !model.doubts.isEmpty {
      lines += labelled("doubtful", model.doubts.flatMap { wrapped($0, to: width - 14) })
    }
    lines.append("")
    lines += labelled("runtimes", runtimes(of: model))
    if model.network == "generator" {
      let name = model.architecture.map { " (\(escapedForTerminal($0)))" } ?? ""
      lines += labelled(
        "",
        wrapped("whether they know the architecture\(name) is not looked at", to: width - 14)
          .map { painter.paint($0, .dim) })
    }
    if let quality = model.quality {
      lines.append("")
      lines += labelled("quality", wrapped(describe(quality), to: width - 14))
    }
    if let measured = model.measured {
      lines.append("")
      lines += labelled(
        "measured", wrapped(escapedForTerminal(describe(measured)), to: width - 14))
    }
    return lines
  }

  private func facts(of model: FitReport.Candidate) -> String {
    var facts = [kind(of: model)]
    if let parameters = model.parameters {
      let bits = model.bitsPerWeight.map { " × \(Format.decimal($0, places: 2)) bits" } ?? ""
      facts.append("\(Format.count(parameters)) parameters\(bits)")
    }
    if let length = model.contextLength {
      facts.append("made for \(Format.count(length)) tokens")
    }
    return facts.joined(separator: ", ")
  }

  func kind(of model: FitReport.Candidate) -> String {
    let names = [model.scheme == "ggml" ? nil : model.scheme, model.variant].compactMap(\.self)
    guard model.format != nil else { return "nothing" }
    if model.obstacle != nil, model.fileRole != "model" {
      return "\(model.fileRole.replacing("_", with: " ")) \(model.format ?? "")".trimmed
    }
    let scheme = names.isEmpty ? "plain" : escapedForTerminal(names.joined(separator: " "))
    return "\(scheme) \(model.format ?? "")".trimmed
  }

  private func memory(of model: FitReport.Candidate) -> [String] {
    var lines: [String] = []
    for line in model.memory.lines {
      let bytes = line.bytes.map(Format.gibibytes) ?? "too much"
      let note = line.item == "weights" ? "as stored" : substituted(line)
      let mark = line.estimate ? "about " : ""
      for (index, part) in wrapped(mark + note, to: width - 36).enumerated() {
        lines.append(
          index > 0
            ? String(repeating: " ", count: 22) + painter.paint(part, .dim)
            : padded(line.item, to: 9) + padded(bytes, to: 11, right: true) + "  "
              + painter.paint(part, .dim)
        )
      }
    }
    let total = model.memory.totalBytes.map(Format.gibibytes) ?? "too much"
    let comma = model.readsTokens ? ", " : ""
    let least = model.memory.minimumBytes.map { "\(comma)at least \(Format.gibibytes($0))" } ?? ""
    let needed =
      padded("in all", to: 9) + padded(total, to: 11, right: true)
      + (model.readsTokens ? "  for \(Format.count(model.memory.context)) tokens" : "  ") + least
    lines.append(painter.paint(needed, .title))
    if let memory = report.request.memoryBytes, let fits = model.memory.fits {
      let verdict = fits ? "fits" : "does not fit"
      lines.append(
        painter.paint(
          "\(verdict) \(Format.gibibytes(memory))\(most(of: model))", fits ? .good : .error))
    }
    return lines
  }

  private func most(of model: FitReport.Candidate) -> String {
    guard let most = model.memory.largestContext else { return "" }
    return most == model.contextLength
      ? ", as would all \(Format.count(most)) tokens that it was made for"
      : ", as would up to \(Format.count(most)) tokens"
  }

  /// A formula with the numbers beside their names.
  private func substituted(_ line: FitReport.Line) -> String {
    var text = ""
    var name = ""
    func flushed() -> String {
      let trimmed = name.trimmed
      guard let input = line.inputs.first(where: { $0.name == trimmed }) else { return name }
      let value = input.value
      let number =
        value == value.rounded() && value.magnitude < 1e15
        ? Format.count(Int(value)) : Format.roundNumber(value)
      let lead = name.hasPrefix(" ") ? " " : ""
      return "\(lead)\(trimmed) \(number)\(name.hasSuffix(" ") ? " " : "")"
    }
    for character in line.formula {
      if "×+(),".contains(character) {
        text += flushed() + String(character)
        name = ""
      } else {
        name.append(character)
      }
    }
    return text + flushed()
  }

  private func runtimes(of model: FitReport.Candidate) -> [String] {
    let silent = model.runtimes.filter { $0.support == "none" && $0.note == nil }
    let others = silent.map(\.runtime).joined(separator: ", ")
    let last =
      silent.isEmpty
      ? [] : [painter.paint("\(others) \(silent.count == 1 ? "does" : "do") not load it", .dim)]
    return model.runtimes.filter { !silent.contains($0) }.flatMap { runtime -> [String] in
      let (word, ink) = describe(runtime)
      let name = padded(
        [runtime.runtime, runtime.version].compactMap(\.self).joined(separator: " "),
        to: 18
      )
      let need =
        runtime.totalBytes.map { padded(Format.gibibytes($0), to: 10, right: true) }
        ?? String(repeating: " ", count: 10)
      let remarks = [runtime.support == "none" ? nil : runtime.needs, runtime.note]
      let remark = remarks.compactMap(\.self).joined(separator: "; ")
      let lead = name + painter.paint(padded(word, to: 26), ink) + need + "  "
      // Beside the numbers where there is room for more than a word or two, else below the name.
      let isBeside = width >= 100
      let indent = isBeside ? 56 : 18
      let notes = wrapped(escapedForTerminal(remark), to: max(width - 14 - indent, 20)).map {
        painter.paint($0, .dim)
      }
      guard let first = notes.first else { return [lead.trimmedAtEnd] }
      let below = (isBeside ? Array(notes.dropFirst()) : notes).map {
        String(repeating: " ", count: indent) + $0
      }
      return [isBeside ? lead + first : lead.trimmedAtEnd] + below
    } + last
  }

  private func describe(_ runtime: FitReport.RuntimeFit) -> (String, Ink) {
    let word =
      switch runtime.support {
      case "native": "loads it"
      case "dequantizes": "loads it as 16-bit"
      case "converts": "after conversion"
      case "converts_dequantized": "after conversion to 16-bit"
      case "plugin": "with a package"
      case "removed": "no longer loads it"
      case "unknown": "unknown"
      default: "does not load it"
      }
    switch (runtime.support, runtime.fits) {
    case ("none", _), ("removed", _): return (word, .dim)
    case ("unknown", _): return (word, .dim)
    case (_, false?): return ("\(word), too big", .error)
    default: return (word, .good)
    }
  }

  private func describe(_ quality: FitReport.Quality) -> String {
    "files of this kind (\(quality.recipe)\(quality.usesImportance ? ", importance matrix" : "")): "
      + "perplexity +\(Format.roundNumber(quality.perplexityRise)), "
      + "divergence \(Format.roundNumber(quality.divergence)); published for \(quality.model) "
      + "[\(quality.source)]; orientation, not a measurement of this file"
  }

  private func describe(_ measured: FitReport.Measured) -> String {
    let error = measured.matrixError.map {
      "RMSE \(Format.number($0)) σ of each matrix, over all matrices. "
    }
    return "against \(measured.against): \(error ?? "")\(measured.headline)"
  }

  private func labelled(_ name: String, _ lines: [String]) -> [String] {
    lines.enumerated().map { index, line in
      "  " + painter.paint(padded(index == 0 ? name : "", to: 12), .dim) + line
    }
  }
}

extension FitReport.Candidate {
  fileprivate var readsTokens: Bool { NetworkKind(rawValue: network)?.readsTokens ?? true }
}

extension String {
  fileprivate var trimmed: String {
    var text = Substring(self)
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }

  fileprivate var trimmedAtEnd: String {
    var text = Substring(self)
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
