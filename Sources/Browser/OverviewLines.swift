import Report

/// What the overview says, section by section.
extension Browser {
  // MARK: - The verdict

  func verdictLines(width: Int) -> [OverviewLine] {
    let classification = report.classification
    var lines = statusLines(width: width)
    // Of a model without tensors nothing can be said, least of all with certainty.
    if report.status != .ok, report.tensors.isEmpty { return lines }
    for text in wrappedLines(escapedForTerminal(classification.headline), to: width) {
      lines.append(
        OverviewLine(line: StyledLine(text, .headline), target: .terms(classification.labels)))
    }
    var badges = StyledLine()
    for label in classification.labels {
      badges.add(" " + escapedForTerminal(label).uppercased() + " ", Style.badge(label))
      badges.add(" ")
      if isComplete, let confidence = classification.confidence(of: label) {
        badges.add(Numbers.confidence(confidence) + " certain ", .dim)
      }
    }
    if !isComplete {
      badges.add("so far", .warning)
    } else if report.status != .ok {
      badges.add("of what could be read", .dim)
    }
    lines.append(OverviewLine(line: badges, target: .terms(classification.labels + ["confidence"])))
    for text in wrappedLines(facts.joined(separator: " · "), to: width) {
      lines.append(
        OverviewLine(
          line: StyledLine(text), target: .terms(["parameters", "stored_bytes", "bits_per_weight"]))
      )
    }
    if !isComplete {
      let weights = weightSums
      if weights.counts > 0 {
        let share = Double(weights.zeros) / Double(weights.counts)
        let line = StyledLine("So far ", .dim).adding(
          "\(Format.count(table.measuredCount)) of \(Format.count(table.count))", .plain
        ).adding(" tensors measured, ", .dim).adding(Numbers.percent(share), .plain).adding(
          " of their weights are zero", .dim)
        lines.append(OverviewLine(line: line, target: nil))
      } else {
        lines.append(OverviewLine(line: StyledLine("Nothing measured yet", .dim), target: nil))
      }
    }
    return lines
  }

  /// That the model is damaged or cannot be read, before anything else is said of it.
  private func statusLines(width: Int) -> [OverviewLine] {
    guard report.status != .ok else { return [] }
    let problem = report.problems.first { $0.severity == "error" }
    let badge = " " + report.status.rawValue.uppercased() + " "
    let line = StyledLine(badge, .errorBadge).adding(
      " " + escapedForTerminal(problem?.message ?? ""), .error)
    return Self.paragraph(line, width: width, target: .problems)
  }

  private var facts: [String] {
    var facts: [String] = []
    let totals = report.totals
    facts.append(Format.parameters(totals.parameters) + " parameters")
    facts.append(Format.bytes(totals.storedBytes))
    if let bits = totals.bitsPerWeight { facts.append(Numbers.bits(bits) + " bits/weight") }
    facts.append(Format.quantity(totals.tensors, "tensor"))
    if let architecture = report.architecture {
      if let name = architecture.name { facts.append(escapedForTerminal(name)) }
      if let layers = architecture.layers {
        // What is only said stands beside who says it, unless the tensors agree.
        let isClaim = architecture.source != "tensors" && table.lastLayer != layers - 1
        let text = Format.quantity(layers, "layer")
        facts.append(isClaim ? "\(text) by \(architecture.source)" : text)
      }
      if let experts = architecture.experts { facts.append(Format.quantity(experts, "expert")) }
    }
    if report.fileRole != "model" {
      facts.append(
        escapedForTerminal(
          String(report.fileRole.map { $0 == "_" ? " " : $0 })))
    }
    let format = report.format ?? "unknown format"
    facts.append(report.files.count > 1 ? "\(format) in \(report.files.count) files" : "\(format)")
    return facts
  }

  /// Sums over the tensors whose role is weight.
  private var weightSums: TensorTree.Sums {
    var sums = TensorTree.Sums()
    let role = table.roleNames.firstIndex(of: "weight")
    for index in 0..<table.count where table.roles[index] == role {
      sums.add(table.sums(of: index))
    }
    return sums
  }

  // MARK: - What is wrong

  func warningLines(width: Int) -> [OverviewLine] {
    var lines: [OverviewLine] = []
    for mismatch in report.classification.mismatches {
      let finding = Finding(mismatch)
      lines += Self.paragraph(finding.line, width: width, target: .finding(finding))
    }
    if let sentence = table.notFiniteTotal.sentence {
      lines += Self.paragraph(
        StyledLine("⚠ ", .warning).adding(sentence, .warning), width: width,
        target: .filter("problem"))
    }
    let problems = distinctProblems
    for (problem, count) in problems.prefix(Self.problemLimit) {
      let style = Style.severity(problem.severity)
      let mark = problem.severity == "error" ? "✕ " : problem.severity == "note" ? "· " : "⚠ "
      let tensor = problem.tensor.flatMap { name in report.tensors.firstIndex { $0.name == name } }
      var text = problem.message
      if count > 1 {
        text += ": \(Format.quantity(count, "tensor"))"
      } else if let name = problem.tensor, !text.contains(name) {
        text += ": " + name
      }
      lines += Self.paragraph(
        StyledLine(mark, style).adding(escapedForTerminal(text), style), width: width,
        target: tensor.flatMap { count > 1 ? nil : .tensor($0) } ?? .problems)
    }
    if problems.count > Self.problemLimit {
      let more = problems.dropFirst(Self.problemLimit).reduce(0) { $0 + $1.count }
      lines.append(
        OverviewLine(
          line: StyledLine("  and \(Format.count(more)) more problems: Enter lists them", .dim),
          target: .problems))
    }
    return lines
  }

  /// Problems that say the same of several tensors as one, with how many there are.
  private var distinctProblems: [(problem: Report.Problem, count: Int)] {
    var distinct: [(problem: Report.Problem, count: Int)] = []
    var places: [String: Int] = [:]
    for problem in report.problems {
      let key = problem.code + problem.message
      if problem.tensor != nil, let place = places[key] {
        distinct[place].count += 1
      } else {
        if problem.tensor != nil { places[key] = distinct.count }
        distinct.append((problem, 1))
      }
    }
    // The worst first; those of one kind keep their order.
    return ["error", "warning"].flatMap { severity in
      distinct.filter { $0.problem.severity == severity }
    } + distinct.filter { !["error", "warning"].contains($0.problem.severity) }
  }

  /// All problems, to read.
  var problemPager: Pager {
    Pager(
      title: "Problems",
      paragraphs: report.problems.flatMap { problem -> [StyledLine] in
        var place: [String] = []
        if let file = problem.file { place.append(escapedForTerminal(file)) }
        if let tensor = problem.tensor { place.append("tensor " + escapedForTerminal(tensor)) }
        if let offset = problem.byteOffset { place.append("byte \(Format.count(offset))") }
        var lines = [
          StyledLine(leftAligned(problem.severity, 9), Style.severity(problem.severity)).adding(
            "\(escapedForTerminal(problem.message)) [\(problem.code)]")
        ]
        if !place.isEmpty {
          lines.append(StyledLine(leftAligned("", 9)).adding(place.joined(separator: ", "), .dim))
        }
        return lines
      })
  }

  // MARK: - Why

  /// Lines of a finding that are shown; the rest of a longer one is read with `?`.
  private static let findingLimit = 4

  func evidenceLines(width: Int) -> [OverviewLine] {
    let lines = findings.flatMap { finding in
      Self.paragraph(
        finding.line, width: width, target: .finding(finding), limit: Self.findingLimit)
    }
    return lines.isEmpty ? [] : Self.section("Why", width: width) + lines
  }

  // MARK: - Numbers

  func storageLines(width: Int) -> [OverviewLine] {
    let total = report.storage.reduce(0) { $0.addingClamped($1.bytes) }
    guard total > 0 else { return [] }
    var lines = Self.section("Stored as", width: width)
    let nameWidth = min(max(report.storage.map { displayWidth($0.type) }.max() ?? 0, 4), 12)
    let countWidth =
      max((report.storage.map { Format.count($0.tensors).count }.max() ?? 0) + 1, 6)
    // In a narrow place the numbers matter more than the word behind them.
    let hasUnit = width - nameWidth - countWidth - 28 >= 4
    let barWidth = min(max(width - nameWidth - countWidth - (hasUnit ? 28 : 20), 1), 40)
    for storage in report.storage {
      let share = Double(storage.bytes) / Double(total)
      var line = StyledLine(leftAligned(escapedForTerminal(storage.type), nameWidth) + " ")
      line.add(Bars.horizontal(share, width: barWidth), .bar)
      line.add(rightAligned(Numbers.percent(share), 8))
      line.add(rightAligned(Format.bytes(storage.bytes), 10))
      line.add(
        rightAligned(Format.count(storage.tensors), countWidth)
          + (!hasUnit ? "" : storage.tensors == 1 ? " tensor" : " tensors"), .dim)
      lines.append(
        OverviewLine(line: line, target: .filter("type:" + escapedForTerminal(storage.type))))
    }
    // What has to be held to use it; a cache and a runtime's own needs come on top.
    let memory = StyledLine(leftAligned("in memory", 15), .dim)
      .adding("\(Format.bytes(report.totals.storedBytes)) as stored; inspect fit tells the rest")
    lines += Self.paragraph(memory, width: width, target: .terms(["stored_bytes"]))
    return lines
  }

  func numberLines(width: Int) -> [OverviewLine] {
    let classification = report.classification
    var lines = Self.section("Measured", width: width)
    func add(_ name: String, _ value: StyledLine, _ terms: [String]) {
      var line = StyledLine(leftAligned(name, 15), .dim)
      line.spans += value.spans
      lines += Self.paragraph(line, width: width, target: .terms(terms))
    }
    let sparsity = classification.sparsity
    if let share = sparsity.zeroFraction {
      add(
        "zeros",
        StyledLine(width >= 50 ? Bars.horizontal(share, width: 10) + " " : "", .bar)
          .adding(Numbers.percent(share))
          .adding(" of \(Format.parameters(sparsity.prunableParameters)) weights", .dim),
        ["zero_fraction", "prunable_parameters", sparsity.level ?? "sparsity"])
    }
    if let pattern = sparsity.pattern, pattern != "none" {
      var text = escapedForTerminal(pattern)
      if let n = sparsity.n, let m = sparsity.m { text = "\(n):\(m)" }
      if let axis = sparsity.axis { text += " along " + escapedForTerminal(axis) }
      add("pattern", StyledLine(text), [pattern, sparsity.axis ?? "sparsity"])
    }
    let precision = classification.precision
    if let effective = precision.effective {
      var text = escapedForTerminal(effective)
      if let bits = precision.effectiveBits { text += ", \(Numbers.bits(bits)) bits" }
      if let stored = precision.storageBits { text += " of \(Numbers.bits(stored)) stored" }
      add("precision", StyledLine(text), ["effective", "storage_bits"])
    }
    if let entropy = precision.entropyBits {
      add("entropy", StyledLine(Numbers.bits(entropy) + " bits per weight"), ["entropy_bits"])
    }
    if let quantization = classification.quantization {
      var text = [escapedForTerminal(quantization.scheme)]
      if let variant = quantization.variant { text.append(escapedForTerminal(variant)) }
      if let bits = quantization.bits { text.append("\(Numbers.bits(bits)) bits") }
      if let group = quantization.groupSize { text.append("groups of \(group)") }
      if let symmetric = quantization.symmetric {
        text.append(symmetric ? "symmetric" : "asymmetric")
      }
      if quantization.actOrder == true { text.append("act-order") }
      text.append(Numbers.percent(quantization.share) + " of the weights")
      add("quantization", StyledLine(text.joined(separator: ", ")), terms(of: "quantization"))
    }
    if report.measurement.coverage < 1, isComplete {
      add(
        "coverage", StyledLine("\(Numbers.percent(report.measurement.coverage)) of the bytes"),
        ["coverage"])
    }
    return lines.count > 1 ? lines : []
  }

  private static func section(_ title: String, width: Int) -> [OverviewLine] {
    let rule = String(repeating: "─", count: max(width - displayWidth(title) - 2, 0))
    return [OverviewLine(line: StyledLine(title, .heading).adding(" " + rule, .dim), target: nil)]
  }

  /// A paragraph whose first line can be selected, cut off behind a number of lines.
  private static func paragraph(
    _ line: StyledLine, width: Int, target: OverviewLine.Target, limit: Int = .max
  ) -> [OverviewLine] {
    var lines = line.spans.count == 2 ? line.wrapped(to: width) : [line]
    if lines.count > limit {
      lines.removeLast(lines.count - limit)
      let text = lines[limit - 1].text
      lines[limit - 1] = StyledLine(
        shortenedAtEnd(text, to: min(displayWidth(text), width - 1)) + "…")
    }
    return lines.enumerated().map { OverviewLine(line: $1, target: $0 == 0 ? target : nil) }
  }
}
