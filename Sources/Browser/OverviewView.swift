import Report

/// What the overview remembers.
struct OverviewState: Sendable {
  /// The selected line and the first one on the screen.
  var position = Position()
  /// What colours the map.
  var quantity = HeatMap.Quantity.sparsity
}

/// Where the parts of the overview are.
struct OverviewAreas: Sendable {
  /// The verdict, where it stays above what is scrolled.
  var verdict: Area?
  var text: Area
  /// The heat map, where it has a place of its own.
  var map: Area?
}

/// A line of the overview and what is behind it.
struct OverviewLine: Sendable {
  var line: StyledLine
  var target: Target?

  enum Target: Sendable, Equatable {
    /// A word to explain.
    case term(String)
    /// Tensors to list.
    case filter(String)
    /// A tensor to open.
    case tensor(Int)
    /// All problems.
    case problems
  }
}

extension Browser {
  /// The narrowest window in which the map stands beside the text.
  private static let columnsForMap = 70
  /// Problems of which more are only counted.
  private static let problemLimit = 5

  /// The lowest window in which the verdict stays above what is scrolled.
  private static let rowsForVerdict = 14

  /// Where the verdict, the text and the map are; a low window has the verdict within the text.
  var overviewAreas: OverviewAreas {
    var body = bodyArea
    var verdict: Area?
    if body.rows >= Self.rowsForVerdict {
      let height = min(verdictLines(width: body.columns - 2).count, body.rows / 3)
      verdict = Area(row: body.row, column: 0, rows: height, columns: body.columns)
      body = body.inset(top: height + 1)
    }
    guard body.columns >= Self.columnsForMap, table.lastLayer >= 0 else {
      return OverviewAreas(verdict: verdict, text: body, map: nil)
    }
    let wanted = max(table.layerParts.count * 8 + 8, Self.leastMapWidth)
    let width = min(max(body.columns * 2 / 5, Self.leastMapWidth), wanted)
    return OverviewAreas(
      verdict: verdict, text: body.inset(right: width + 3),
      map: Area(row: body.row, column: body.columns - width - 1, rows: body.rows, columns: width))
  }

  /// As wide as the scale below the map.
  private static let leastMapWidth = 33

  func drawOverview(on screen: inout Screen) {
    let areas = overviewAreas
    if let verdict = areas.verdict {
      screen.draw(verdictLines(width: verdict.columns - 2).map(\.line), in: verdict.inset(left: 1))
    }
    let lines = overviewLines(in: areas)
    let position = overview.position
    for (offset, line) in lines.dropFirst(position.top).prefix(areas.text.rows).enumerated() {
      let row = areas.text.row + offset
      let isSelected = position.top + offset == position.selected && line.target != nil
      screen.put(isSelected ? "›" : " ", row: row, column: 0, style: .key)
      screen.draw(line.line, row: row, column: 1, width: areas.text.columns - 1)
    }
    screen.drawScrollBar(top: position.top, total: lines.count, in: areas.text)
    guard let map = areas.map else { return }
    var pictures = mapLines(height: map.rows, width: map.columns)
    let chart = sparsityChart(width: map.columns)
    if pictures.count + 1 + chart.count <= map.rows { pictures += [.blank] + chart }
    screen.draw(pictures, in: map)
  }

  /// The heat map with its title and its scale.
  private func mapLines(height: Int, width: Int) -> [StyledLine] {
    let quantity = overview.quantity
    let map = HeatMap(table: table, quantity: quantity, lines: height - 3)
    guard !map.parts.isEmpty else { return [] }
    var title = StyledLine("Layers × parts", .heading).adding(" by \(quantity.title)", .dim)
    if table.measuredCount < table.count, quantity == .sparsity || quantity == .rms {
      title.add(" so far", .dim)
    }
    var lines = [title] + map.lines(quantity: quantity, width: width)
    var scale = StyledLine()
    let words: [String] =
      switch quantity {
      case .sparsity: ["0", "20 %", "40 %", "60 %", "80 %", "all"]
      case .bits: ["", "≤3", "≤6", "≤9", "≤12", "16+"]
      case .rms: ["usual", "", "", "unusual for its part", "", ""]
      case .problems: ["none", "", "", "", "", "some"]
      }
    let heats = [0, 0.1, 0.3, 0.5, 0.7, 1]
    for (word, heat) in zip(words, heats) where !word.isEmpty {
      scale.add(HeatMap.glyph(heat), Style.heat(heat))
      scale.add(word + " ", .dim)
    }
    lines.append(scale)
    return lines
  }

  /// How many tensors have how many zeros, to fill the room that a map of few layers leaves.
  private func sparsityChart(width: Int) -> [StyledLine] {
    let bars = sparsityBars
    guard let greatest = bars.map(\.value).max(), greatest > 0 else { return [] }
    let labelWidth = bars.map { displayWidth($0.label) }.max() ?? 0
    let lines = bars.map { bar in
      StyledLine(rightAligned(bar.label, labelWidth) + " ", .dim)
        .adding(
          Bars.horizontal(bar.value / greatest, width: max(width - labelWidth - 8, 1)), bar.style
        )
        .adding(rightAligned(Format.parameters(Int(bar.value)), 7), bar.value > 0 ? .plain : .dim)
    }
    let unit = histogram.countsParameters ? ", by parameters" : ", by tensors"
    return [StyledLine("Zeros in a tensor", .heading).adding(unit, .dim)] + lines
  }

  /// What is scrolled.
  func overviewLines(in areas: OverviewAreas) -> [OverviewLine] {
    let width = areas.text.columns - 2
    var sections = [
      warningLines(width: width), evidenceLines(width: width), storageLines(width: width),
      numberLines(width: width),
    ]
    if areas.verdict == nil { sections.insert(verdictLines(width: width), at: 0) }
    if areas.map == nil {
      let map = mapLines(height: 20, width: width)
      sections.append(map.map { OverviewLine(line: $0, target: nil) })
    }
    return Array(
      sections.filter { !$0.isEmpty }.joined(separator: [OverviewLine(line: .blank, target: nil)]))
  }

  // MARK: - The verdict

  private func verdictLines(width: Int) -> [OverviewLine] {
    let classification = report.classification
    var lines: [OverviewLine] = []
    for text in wrappedLines(escapedForTerminal(classification.headline), to: width) {
      lines.append(
        OverviewLine(line: StyledLine(text, .headline), target: .term(classification.label)))
    }
    var badges = StyledLine()
    for label in classification.labels {
      badges.add(" " + escapedForTerminal(label).uppercased() + " ", Style.badge(label))
      badges.add(" ")
    }
    if isComplete {
      badges.add(Numbers.confidence(classification.confidence) + " certain", .dim)
    } else {
      badges.add("so far", .warning)
    }
    lines.append(OverviewLine(line: badges, target: .term(classification.label)))
    for text in wrappedLines(facts.joined(separator: " · "), to: width) {
      lines.append(OverviewLine(line: StyledLine(text), target: .term("parameters")))
    }
    if !isComplete {
      let weights = weightSums
      if weights.counts > 0 {
        let share = Double(weights.zeros) / Double(weights.counts)
        let line = StyledLine("So far ", .dim).adding(
          "\(table.measuredCount) of \(Format.count(table.count))", .plain
        ).adding(" tensors measured, ", .dim).adding(Numbers.percent(share), .plain).adding(
          " of their weights are zero", .dim)
        lines.append(OverviewLine(line: line, target: nil))
      } else {
        lines.append(OverviewLine(line: StyledLine("Nothing measured yet", .dim), target: nil))
      }
    }
    return lines
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
      if let layers = architecture.layers { facts.append(Format.quantity(layers, "layer")) }
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

  private func warningLines(width: Int) -> [OverviewLine] {
    var lines: [OverviewLine] = []
    for mismatch in report.classification.mismatches {
      let text =
        "\(escapedForTerminal(mismatch.source)) says \(escapedForTerminal(mismatch.claim)); "
        + "measured: \(escapedForTerminal(mismatch.measured))"
      lines += Self.paragraph(
        StyledLine("⚠ ", .warning).adding(text, .warning), width: width, target: .term("mismatch"))
    }
    for problem in report.problems.prefix(Self.problemLimit) {
      let style = Style.severity(problem.severity)
      let mark = problem.severity == "error" ? "✕ " : problem.severity == "note" ? "· " : "⚠ "
      let tensor = problem.tensor.flatMap { name in report.tensors.firstIndex { $0.name == name } }
      lines += Self.paragraph(
        StyledLine(mark, style).adding(escapedForTerminal(problem.message), style), width: width,
        target: tensor.map(OverviewLine.Target.tensor) ?? .problems)
    }
    if report.problems.count > Self.problemLimit {
      let more = report.problems.count - Self.problemLimit
      lines.append(
        OverviewLine(
          line: StyledLine("  and \(Format.count(more)) more problems: Enter lists them", .dim),
          target: .problems))
    }
    return lines
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

  private func evidenceLines(width: Int) -> [OverviewLine] {
    let classification = report.classification
    guard !classification.evidence.isEmpty else { return [] }
    var lines = Self.section("Why", width: width)
    for evidence in classification.evidence {
      lines += Self.paragraph(
        StyledLine(rightAligned(Numbers.confidence(evidence.confidence), 5) + "  ", .good).adding(
          escapedForTerminal(evidence.statement)), width: width, target: .term(evidence.facet))
    }
    if classification.distillation.level != "none" {
      lines += Self.paragraph(
        StyledLine(
          rightAligned(Numbers.confidence(classification.distillation.confidence), 5) + "  ", .good
        ).adding(escapedForTerminal(classification.distillation.statement)), width: width,
        target: .term("distilled"))
    }
    for finding in classification.structure.findings {
      lines += Self.paragraph(
        StyledLine(rightAligned(Numbers.confidence(finding.confidence), 5) + "  ", .good).adding(
          escapedForTerminal(finding.statement)), width: width, target: .term(finding.code))
    }
    return lines
  }

  // MARK: - Numbers

  private func storageLines(width: Int) -> [OverviewLine] {
    let total = report.storage.reduce(0) { $0.addingClamped($1.bytes) }
    guard total > 0 else { return [] }
    var lines = Self.section("Stored as", width: width)
    let nameWidth = min(max(report.storage.map { displayWidth($0.type) }.max() ?? 0, 4), 12)
    let barWidth = min(max(width - nameWidth - 34, 4), 40)
    for storage in report.storage {
      let share = Double(storage.bytes) / Double(total)
      var line = StyledLine(leftAligned(escapedForTerminal(storage.type), nameWidth) + " ")
      line.add(Bars.horizontal(share, width: barWidth), .bar)
      line.add(rightAligned(Numbers.percent(share), 8))
      line.add(rightAligned(Format.bytes(storage.bytes), 10))
      line.add(
        rightAligned(Format.count(storage.tensors), 6)
          + (storage.tensors == 1 ? " tensor" : " tensors"), .dim)
      lines.append(
        OverviewLine(line: line, target: .filter("type:" + escapedForTerminal(storage.type))))
    }
    return lines
  }

  private func numberLines(width: Int) -> [OverviewLine] {
    let classification = report.classification
    var lines = Self.section("Measured", width: width)
    func add(_ name: String, _ value: StyledLine, _ term: String) {
      var line = StyledLine(leftAligned(name, 15), .dim)
      line.spans += value.spans
      lines += Self.paragraph(line, width: width, target: .term(term))
    }
    let sparsity = classification.sparsity
    if let share = sparsity.zeroFraction {
      add(
        "zeros",
        StyledLine(Bars.horizontal(share, width: 10), .bar).adding(" \(Numbers.percent(share))")
          .adding(" of \(Format.parameters(sparsity.prunableParameters)) weights", .dim), "sparsity"
      )
    }
    if let pattern = sparsity.pattern, pattern != "none" {
      var text = escapedForTerminal(pattern)
      if let n = sparsity.n, let m = sparsity.m { text = "\(n):\(m)" }
      if let axis = sparsity.axis { text += " along " + escapedForTerminal(axis) }
      add("pattern", StyledLine(text), "pattern")
    }
    let precision = classification.precision
    if let effective = precision.effective {
      var text = escapedForTerminal(effective)
      if let bits = precision.effectiveBits { text += ", \(Numbers.bits(bits)) bits" }
      if let stored = precision.storageBits { text += " of \(Numbers.bits(stored)) stored" }
      add("precision", StyledLine(text), "effective")
    }
    if let entropy = precision.entropyBits {
      add("entropy", StyledLine(Numbers.bits(entropy) + " bits per weight"), "entropy")
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
      add("quantization", StyledLine(text.joined(separator: ", ")), "quantization")
    }
    if report.measurement.coverage < 1, isComplete {
      add(
        "coverage", StyledLine("\(Numbers.percent(report.measurement.coverage)) of the bytes"),
        "coverage")
    }
    return lines.count > 1 ? lines : []
  }

  private static func section(_ title: String, width: Int) -> [OverviewLine] {
    let rule = String(repeating: "─", count: max(width - displayWidth(title) - 2, 0))
    return [OverviewLine(line: StyledLine(title, .heading).adding(" " + rule, .dim), target: nil)]
  }

  /// A paragraph whose first line can be selected.
  private static func paragraph(_ line: StyledLine, width: Int, target: OverviewLine.Target)
    -> [OverviewLine]
  {
    let lines = line.spans.count == 2 ? line.wrapped(to: width) : [line]
    return lines.enumerated().map { OverviewLine(line: $1, target: $0 == 0 ? target : nil) }
  }
}

// MARK: - Keys

extension Browser {
  mutating func performInOverview(_ command: Command) -> Effect? {
    let areas = overviewAreas
    let height = areas.text.rows
    let lines = overviewLines(in: areas)
    switch command {
    case .up: moveInOverview(lines, by: -1, height: height)
    case .down: moveInOverview(lines, by: 1, height: height)
    case .open:
      switch selectedTarget(lines) {
      case .filter(let text): listTensors(filter: text)
      case .tensor(let tensor):
        view = .tensors
        list.reveal(tensor: tensor, height: listHeight)
        panes = [.detail(tensor: tensor)]
      case .problems: open(problemPager)
      case .term(let term): return .explain([term])
      case nil: break
      }
    case .cycleColor:
      let all = HeatMap.Quantity.allCases
      overview.quantity = all[(overview.quantity.rawValue + 1) % all.count]
    default: _ = overview.position.move(command, count: lines.count, height: height)
    }
    return nil
  }

  /// The word that the selected line is about.
  var overviewTerm: String? {
    switch selectedTarget(overviewLines(in: overviewAreas)) {
    case .term(let term): return term
    case .filter: return "storage"
    case .tensor, .problems: return report.problems.first?.code
    case nil: return report.classification.label
    }
  }

  private func selectedTarget(_ lines: [OverviewLine]) -> OverviewLine.Target? {
    let selected = overview.position.selected
    return lines.indices.contains(selected) ? lines[selected].target : nil
  }

  /// Goes to the next line that can be opened or explained, else scrolls by one.
  private mutating func moveInOverview(_ lines: [OverviewLine], by step: Int, height: Int) {
    var row = overview.position.selected + step
    while lines.indices.contains(row), lines[row].target == nil { row += step }
    if lines.indices.contains(row) {
      overview.position.select(row, count: lines.count, height: height)
    } else {
      let selected = overview.position
      overview.position.scroll(by: step, count: lines.count, height: height)
      if overview.position.top == selected.top { overview.position = selected }
    }
  }

  mutating func clickInOverview(row: Int, column: Int) {
    let areas = overviewAreas
    if let mapArea = areas.map, mapArea.contains(row: row, column: column) {
      let map = HeatMap(table: table, quantity: overview.quantity, lines: mapArea.rows - 3)
      // The title stands above the map.
      if let (layers, part) = map.cell(
        line: row - mapArea.row - 1, column: column - mapArea.column, width: mapArea.columns)
      {
        listTensors(filter: "layer:\(layers.lowerBound)-\(layers.upperBound) part:\(part.title)")
      }
      return
    }
    let lines = overviewLines(in: areas)
    let line = overview.position.top + row - areas.text.row
    guard areas.text.contains(row: row, column: column), lines.indices.contains(line),
      lines[line].target != nil
    else { return }
    overview.position.select(line, count: lines.count, height: areas.text.rows)
  }
}

extension Style {
  /// The badge of a label.
  static func badge(_ label: String) -> Style {
    switch label {
    case "quantized": .quantizedBadge
    case "pruned": .prunedBadge
    case "sparse": .sparseBadge
    case "distilled": .distilledBadge
    default: .precisionBadge
    }
  }

  /// The style of a problem.
  static func severity(_ severity: String) -> Style {
    switch severity {
    case "error": .error
    case "warning": .warning
    default: .dim
    }
  }
}
