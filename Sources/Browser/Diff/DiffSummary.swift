import Report

/// What happened, and the numbers of the whole.
extension DiffBrowser {
  /// The narrowest window in which pictures stand beside the text.
  private static let columnsForTwo = 110
  /// The names and keys that are shown of a list.
  private static let fewNames = 6

  func drawSummary(on screen: inout Screen) {
    let body = bodyArea
    let lines = summaryLines
    screen.draw(
      lines.lazy.map(\.line).dropFirst(summary.top), in: body.inset(left: 1, right: 1))
    if let selected = summary.selected(among: lines, height: body.rows) {
      screen.put("›", row: body.row + selected - summary.top, column: 0, style: .key)
    }
    screen.drawScrollBar(top: summary.top, total: lines.count, in: body)
  }

  /// What is scrolled; a line may have tensors behind it.
  var summaryLines: [OverviewLine] {
    let width = bodyArea.columns - 3
    guard width > 0 else { return [] }
    func plain(_ lines: [StyledLine]) -> [OverviewLine] {
      lines.map { OverviewLine(line: $0, target: nil) }
    }
    guard let report else { return plain(progressLines(width: width)) }
    let head = plain(verdictLines(report, width: width))
    guard width >= Self.columnsForTwo else {
      return head
        + evidenceLines(report, width: width) + errorLines(report.histogram, width: width)
        + totalLines(report, width: width)
        + plain(layerLines(report, width: width) + structureLines(width: width))
    }
    let left = width * 3 / 5
    let right = width - left - 3
    let texts =
      evidenceLines(report, width: left) + totalLines(report, width: left)
      + plain(structureLines(width: left))
    let pictures =
      errorLines(report.histogram, width: right) + plain(layerLines(report, width: right))
    return head
      + (0..<max(texts.count, pictures.count)).map { index in
        var text = index < texts.count ? texts[index] : OverviewLine(line: .blank, target: nil)
        guard index < pictures.count else { return text }
        text.line.pad(to: left + 3)
        text.line = text.line + pictures[index].line
        text.target = text.target ?? pictures[index].target
        return text
      }
  }

  /// What is known while the comparison runs.
  private func progressLines(width: Int) -> [StyledLine] {
    var lines = [StyledLine(planned == nil ? "Opening the two…" : "Comparing…", .headline)]
    if let planned {
      lines.append(
        StyledLine("\(Format.count(list.rows.count)) of \(Format.quantity(planned, "tensor"))")
          .adding(" compared so far", .dim))
    }
    lines += pathLines(width: width)
    guard !list.rows.isEmpty else { return lines }
    return lines + errorLines(errorsSoFar, width: width).map(\.line)
  }

  private var errorsSoFar: DiffReport.Histogram {
    var histogram = DiffReport.Histogram.empty
    for row in list.rows {
      if let error = row.error { histogram.tensors[histogram.bin(of: error)] += 1 }
    }
    return histogram
  }

  private func pathLines(width: Int) -> [StyledLine] {
    [("reference", paths.reference), ("other", paths.other)].map { name, path in
      StyledLine(leftAligned(name, 11), .dim).adding(
        shortenedInMiddle(escapedForTerminal(path), to: max(width - 11, 1)))
    }
  }

  private func verdictLines(_ report: DiffReport, width: Int) -> [StyledLine] {
    var lines = wrappedLines(escapedForTerminal(report.account.headline), to: width).map {
      StyledLine($0, .headline)
    }
    let kind = report.account.kind.map { $0 == "_" ? " " : $0 }
    lines.append(
      StyledLine(" " + String(kind).uppercased() + " ", Self.badge(report.account.kind)).adding(
        "  " + Numbers.confidence(report.account.confidence) + " certain", .dim))
    for (name, side) in [("reference", report.reference), ("other", report.other)] {
      let facts = [
        side.format ?? "unknown format", Format.quantity(side.tensors, "tensor"),
        Format.parameters(side.parameters) + " parameters", Format.bytes(side.storedBytes),
      ].joined(separator: " · ")
      let room = width - 11 - displayWidth(facts) - 2
      var line = StyledLine(leftAligned(name, 11), .dim)
      if room >= 12 {
        line.add(shortenedInMiddle(escapedForTerminal(side.path), to: room))
        line.add("  " + facts, .dim)
      } else {
        line.add(shortenedInMiddle(escapedForTerminal(side.path), to: max(width - 11, 1)))
      }
      lines.append(line)
      for problem in side.problems where problem.severity != "note" {
        lines += StyledLine(leftAligned("", 11)).adding(
          "⚠ " + escapedForTerminal(problem.message), Style.severity(problem.severity)
        ).wrapped(to: width)
      }
    }
    return lines
  }

  private func evidenceLines(_ report: DiffReport, width: Int) -> [OverviewLine] {
    let account = report.account
    guard !account.evidence.isEmpty else { return [] }
    let heading = Browser.heading("Why", width: width).map { OverviewLine(line: $0, target: nil) }
    return heading
      + account.evidence.enumerated().flatMap { index, sentence in
        let change = account.changes.indices.contains(index) ? account.changes[index] : nil
        let lines = StyledLine("· ", .good).adding(escapedForTerminal(sentence)).wrapped(to: width)
        // The first of its lines stands for the tensors that it counts.
        return lines.enumerated().map { line, text in
          OverviewLine(line: text, target: line == 0 ? change.map { .filter("change:" + $0) } : nil)
        }
      }
  }

  private func totalLines(_ report: DiffReport, width: Int) -> [OverviewLine] {
    guard report.totals.weights > 0 else { return [] }
    let phrases = wrappedLines(report.totals.phrases.joined(separator: " · "), to: width)
    var lines = (Browser.heading("In all", width: width) + phrases.map { StyledLine($0) }).map {
      OverviewLine(line: $0, target: nil)
    }
    guard !report.same else { return lines }
    for (title, groups, filter) in [
      ("Types", report.types, Self.typeFilter), ("Roles", report.roles, Self.roleFilter),
    ] where !groups.isEmpty {
      lines += Browser.heading(title, width: width).map { OverviewLine(line: $0, target: nil) }
      lines += groups.map {
        OverviewLine(
          line: groupLine($0, of: groups, width: width), target: .filter(filter($0)))
      }
    }
    return lines
  }

  private func layerLines(_ report: DiffReport, width: Int) -> [StyledLine] {
    let errors = report.layers.map { $0.numbers.relativeRMSE ?? 0 }
    guard errors.count > 1, let greatest = errors.max(), greatest > 0 else { return [] }
    let columns = min(width, errors.count * max(1, min(width / errors.count, 4)))
    // Whole columns for a layer where there is room, else the worst of its neighbours.
    let heights = (0..<columns).map { column in
      let first = column * errors.count / columns
      return errors[first..<max((column + 1) * errors.count / columns, first + 1)].max() ?? 0
    }
    let last = "layer \(report.layers.last?.name ?? "")"
    return Browser.heading("Error by layer, up to \(Format.number(greatest)) σ", width: width)
      + Bars.columnChart(heights, rows: 5).map { StyledLine($0, .bar) }
      + [
        StyledLine(
          leftAligned("0", max(columns - last.count, 2)) + last, .dim)
      ]
  }

  /// How many tensors have how great an error, each bin with the filter that lists them; one may be
  /// marked.
  func errorLines(
    _ histogram: DiffReport.Histogram, title: String = "Tensors by error", marked: Int? = nil,
    width: Int
  ) -> [OverviewLine] {
    let counts = histogram.tensors
    guard let greatest = counts.max(), greatest > 0,
      let first = counts.firstIndex(where: { $0 > 0 }),
      let last = counts.lastIndex(where: { $0 > 0 })
    else { return [] }
    let labels = (first...last).map(histogram.label)
    let labelWidth = labels.map(displayWidth).max() ?? 0
    let barWidth = min(max(width - labelWidth - 10, 4), 60)
    let lines = zip(first...last, labels).compactMap { bin, label -> OverviewLine? in
      let isMarked = bin == marked
      if counts[bin] == 0 {
        // Of a gap, one line tells that there is one.
        return counts[bin - 1] == 0
          ? nil : OverviewLine(line: StyledLine(rightAligned("·", labelWidth), .dim), target: nil)
      }
      let line = StyledLine(rightAligned(label, labelWidth) + " ", isMarked ? .key : .dim).adding(
        Bars.horizontal(Double(counts[bin]) / Double(greatest), width: barWidth),
        isMarked ? .chosenBar : .bar
      ).adding(rightAligned(Format.count(counts[bin]), 8), isMarked ? .key : .plain)
      return OverviewLine(line: line, target: .filter(Self.filter(bin, of: histogram.edges)))
    }
    return Browser.heading(title, width: width).map { OverviewLine(line: $0, target: nil) } + lines
  }

  /// The tensors in a bin of errors.
  private static func filter(_ bin: Int, of edges: [Double]) -> String {
    let low = bin > 0 ? ["error>=\(edges[bin])"] : []
    let high = bin + 1 < edges.count ? ["error<\(edges[bin + 1])"] : []
    return (low + high).joined(separator: " ")
  }

  private func structureLines(width: Int) -> [StyledLine] {
    guard !structure.isEmpty else { return [] }
    return Browser.heading("What else differs", width: width)
      + structure.flatMap { title, items -> [StyledLine] in
        let shown = items.prefix(Self.fewNames).enumerated().map { index, item in
          StyledLine(leftAligned(index == 0 ? title : "", 10), .dim).adding(
            shortenedInMiddle(escapedForTerminal(item), to: max(width - 10, 1)))
        }
        let more = items.count - shown.count
        return more > 0
          ? shown + [StyledLine(leftAligned("", 10) + "… and \(Format.count(more)) more", .dim)]
          : shown
      }
  }

  /// The style of what happened.
  private static func badge(_ kind: String) -> Style {
    switch kind {
    case "identical", "cast": .sparseBadge
    case "quantized", "rounded", "reference_quantized", "reference_rounded": .quantizedBadge
    case "pruned", "reference_pruned", "width_pruned": .prunedBadge
    case "layers_moved": .distilledBadge
    default: .precisionBadge
    }
  }
}
