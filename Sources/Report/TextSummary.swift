/// The summary of a report for people: what the model is first, then why, then the rest.
public struct TextSummary {
  private let report: Report
  private let painter: Painter
  private let width: Int
  private var lines: [String] = []

  /// Prepares a summary of at most `width` columns.
  public init(_ report: Report, painter: Painter, width: Int) {
    self.report = report
    self.painter = painter
    self.width = max(width, 40)
  }

  /// The summary, ending in a newline.
  public var text: String {
    var summary = self
    summary.addHeadline()
    if !report.files.isEmpty {
      summary.addFacts()
      summary.addStorage()
      summary.addEvidence()
    }
    summary.addProblems()
    return summary.lines.joined(separator: "\n") + "\n"
  }

  private mutating func addHeadline() {
    lines.append(painter.paint(escapedForTerminal(report.path), .dim))
    if report.status != .ok {
      let word = report.status == .invalid ? "INVALID" : "UNREADABLE"
      let first = report.problems.first { $0.severity == "error" }?.message ?? ""
      for (index, line) in wrapped("\(word): \(escapedForTerminal(first))", to: width - 2)
        .enumerated()
      {
        lines.append((index == 0 ? "  " : "    ") + painter.paint(line, .error))
      }
    }
    guard !report.tensors.isEmpty else { return }
    for line in wrapped(escapedForTerminal(report.classification.headline), to: width - 2) {
      lines.append("  " + painter.paint(line, .title))
    }
  }

  private mutating func addFacts() {
    let verdict = report.classification
    lines.append("")
    add(
      "kind",
      verdict.labels.map { $0 + (verdict.confidence(of: $0).map(confidence) ?? "") }
        .joined(separator: ", "))
    let version = report.files.first?.version.map { " v\($0)" } ?? ""
    let data = report.files.reduce(0) { $0 + $1.bytes }
    add(
      "format",
      "\(report.format ?? "unknown")\(version), \(Format.quantity(report.files.count, "file")), "
        + "\(Format.bytes(data))\(report.fileRole == "model" ? "" : ", \(report.fileRole)")")
    if let architecture = report.architecture { add("network", describe(architecture)) }
    let bits = report.totals.bitsPerWeight.map { " × \(Format.decimal($0, places: 2)) bits" } ?? ""
    add(
      "parameters",
      "\(Format.count(report.totals.parameters))\(bits), "
        + Format.quantity(report.totals.tensors, "tensor"))
    addPrecision(verdict.precision)
    addZeros(verdict.sparsity)
    if let sentence = report.notFinite.sentence {
      addWrapped("not finite", sentence, ink: .warning)
    }
    add("measured", describe(report.measurement))
  }

  private mutating func addPrecision(_ precision: Report.Precision) {
    var text = precision.storage
    if let effective = precision.effective, effective != precision.storage {
      text += ", effectively \(effective)"
    }
    if let type = precision.losslessType, let bytes = precision.losslessBytes {
      text += "; as \(type) it would lose nothing and take \(Format.bytes(bytes))"
    }
    add("precision", text)
  }

  private mutating func addZeros(_ sparsity: Report.Sparsity) {
    guard let share = sparsity.zeroFraction ?? sparsity.zeroFractionAll else {
      return add("zeros", "not measured")
    }
    var text = Format.percent(share)
    if report.measurement.coverage < 1 { text += " of what was read" }
    text +=
      sparsity.zeroFraction == nil
      ? " of all weights" : " of \(Format.count(sparsity.prunableParameters)) prunable weights"
    if !sparsity.measurable { text += " (the type hides zeros)" }
    if let pattern = sparsity.pattern, pattern != "none" {
      text += ", " + (pattern == "n_m" ? "\(sparsity.n ?? 0):\(sparsity.m ?? 0)" : pattern)
      if let axis = sparsity.axis { text += " along \(axis)" }
    }
    add("zeros", text)
  }

  private mutating func addStorage() {
    let all = report.storage.reduce(0) { $0 + $1.bytes }
    guard all > 0 else { return }
    lines.append("")
    let nameWidth = report.storage.map { displayWidth($0.type) }.max() ?? 0
    for (index, storage) in report.storage.enumerated() {
      let share = Double(storage.bytes) / Double(all)
      let name = padded(escapedForTerminal(storage.type), to: max(nameWidth, 6))
      lines.append(
        label(index == 0 ? "storage" : "") + name + " "
          + painter.paint(Bars.horizontal(share, width: 20), .bar) + " "
          + padded(Format.percent(share), to: 7, right: true) + "  "
          + padded(Format.bytes(storage.bytes), to: 8, right: true) + "  "
          + Format.quantity(storage.tensors, "tensor"))
    }
  }

  private mutating func addEvidence() {
    let verdict = report.classification
    if !verdict.evidence.isEmpty { lines.append("") }
    for (index, evidence) in verdict.evidence.enumerated() {
      addWrapped(
        index == 0 ? "evidence" : "", "\(evidence.facet): \(evidence.statement)",
        suffix: confidence(evidence.confidence))
    }
    for (index, finding) in verdict.structure.findings.enumerated() {
      addWrapped(
        index == 0 ? "structure" : "", finding.statement, suffix: confidence(finding.confidence))
    }
    for (index, mismatch) in verdict.mismatches.enumerated() {
      addWrapped(
        index == 0 ? "mismatch" : "",
        "\(mismatch.source) claims \(mismatch.claim); measured: \(mismatch.measured)",
        ink: .warning)
    }
    if verdict.distillation.level != "none" {
      addWrapped("distilled", verdict.distillation.statement)
    }
  }

  private mutating func addProblems() {
    guard !report.problems.isEmpty else { return }
    lines.append("")
    let shown = report.problems.prefix(12)
    for (index, problem) in shown.enumerated() {
      let ink: Ink =
        problem.severity == "error" ? .error : problem.severity == "warning" ? .warning : .dim
      addWrapped(
        index == 0 ? "problems" : "", "\(problem.severity): \(problem.message) [\(problem.code)]",
        ink: ink)
    }
    if report.problems.count > shown.count {
      add("", "… and \(report.problems.count - shown.count) more (inspect check)")
    }
  }

  // MARK: - Parts

  private mutating func add(_ name: String, _ value: String) {
    addWrapped(name, value)
  }

  private mutating func addWrapped(
    _ name: String, _ text: String, suffix: String = "", ink: Ink = .plain
  ) {
    for (index, line) in wrapped(escapedForTerminal(text) + suffix, to: width - 14).enumerated() {
      lines.append(label(index == 0 ? name : "") + painter.paint(line, ink))
    }
  }

  private func label(_ name: String) -> String {
    "  " + painter.paint(padded(name, to: 12), .dim)
  }

  private func confidence(_ value: Double) -> String {
    " (\(Format.percent(value)) sure)"
  }

  private func describe(_ architecture: Report.Architecture) -> String {
    var parts = [architecture.name ?? "unnamed"]
    func add(_ value: Int?, _ noun: String) {
      if let value { parts.append(Format.quantity(value, noun)) }
    }
    add(architecture.layers, "layer")
    if let size = architecture.hiddenSize { parts.append("hidden size \(Format.count(size))") }
    add(architecture.experts, "expert")
    if let size = architecture.vocabSize { parts.append("vocabulary \(Format.count(size))") }
    return parts.joined(separator: ", ")
  }

  private func describe(_ summary: Report.MeasurementSummary) -> String {
    switch summary.mode {
    case "header": "the header only; values were not read"
    case "sample": "a sample of \(Format.percent(summary.coverage)) of the bytes"
    default:
      summary.coverage == 1
        ? "every byte (\(Format.bytes(summary.bytesRead)))"
        : "\(Format.percent(summary.coverage)) of the bytes"
    }
  }
}

/// A text filled up with spaces to a width.
public func padded(_ text: String, to width: Int, right: Bool = false) -> String {
  let spaces = String(repeating: " ", count: max(0, width - displayWidth(text)))
  return right ? spaces + text : text + spaces
}
