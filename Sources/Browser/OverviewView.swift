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
    /// Words to explain.
    case terms([String])
    /// A sentence to explain, and the tensors that it is about.
    case finding(Finding)
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
  /// The narrowest in which the histogram does, where there are no layers to map.
  private static let columnsForChart = 100
  /// Problems of which more are only counted.
  static let problemLimit = 5

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
    let hasPictures =
      table.lastLayer >= 0 && body.columns >= Self.columnsForMap
      || body.columns >= Self.columnsForChart && table.roleNames.contains("weight")
    guard hasPictures else {
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
    if !pictures.isEmpty { pictures.append(.blank) }
    // Without room for all bins, those that are not empty tell most.
    let room = map.rows - pictures.count
    let charts = [false, true].lazy.map { self.sparsityChart(width: map.columns, isShort: $0) }
    if let chart = charts.first(where: { $0.count <= room }) { pictures += chart }
    screen.draw(pictures, in: map)
  }

  /// The heat map with its title and its scale.
  func mapLines(height: Int, width: Int) -> [StyledLine] {
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
  private func sparsityChart(width: Int, isShort: Bool) -> [StyledLine] {
    let bars = sparsityBars.filter { !isShort || $0.value > 0 }
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
      case .finding(let finding):
        guard let scope = finding.scope else { return openHelp() }
        listTensors(filter: scope.filter, order: scope.order)
      case .terms(let terms): return .explain(terms)
      case nil: break
      }
    case .cycleColor:
      let all = HeatMap.Quantity.allCases
      overview.quantity = all[(overview.quantity.rawValue + 1) % all.count]
    default: _ = overview.position.move(command, count: lines.count, height: height)
    }
    return nil
  }

  /// The words that the selected line is about; without one, those of the verdict.
  var overviewTerms: [String] {
    switch selectedTarget(overviewLines(in: overviewAreas)) {
    case .terms(let terms): terms
    case .finding(let finding): finding.terms
    case .filter: ["storage"]
    case .tensor, .problems: report.problems.prefix(Self.problemLimit).map(\.code)
    case nil: report.classification.labels
    }
  }

  /// The finding that is selected.
  var selectedFinding: Finding? {
    guard context == .overview,
      case .finding(let finding) = selectedTarget(overviewLines(in: overviewAreas))
    else { return nil }
    return finding
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
