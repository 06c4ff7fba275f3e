import Report

/// What the overview remembers.
struct OverviewState: Sendable {
  /// The selected line and the first one on the screen.
  var position = Position()
  /// What colours the map.
  var quantity = HeatMap.Quantity.sparsity
  var focus = Focus.text
  /// Where the cursor in the pictures was last.
  var cursor = PictureCursor()

  /// Where keys go.
  enum Focus: Sendable { case text, pictures }
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
    let wanted = max(table.layerParts.count * 9 + 8, Self.leastMapWidth)
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
    // One cursor at a time: in the pictures it is a cell of its own.
    let selected =
      overview.focus == .text
      ? overview.position.selected(among: lines, height: areas.text.rows) : nil
    for (offset, line) in lines.dropFirst(position.top).prefix(areas.text.rows).enumerated() {
      let row = areas.text.row + offset
      screen.put(position.top + offset == selected ? "›" : " ", row: row, column: 0, style: .key)
      screen.draw(line.line, row: row, column: 1, width: areas.text.columns - 1)
    }
    screen.drawScrollBar(top: position.top, total: lines.count, in: areas.text)
    draw(pictures(in: areas), in: areas, on: &screen)
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
      sections.append(pictures(in: areas).lines.map { OverviewLine(line: $0, target: nil) })
    }
    return Array(
      sections.filter { !$0.isEmpty }.joined(separator: [OverviewLine(line: .blank, target: nil)]))
  }
}

// MARK: - Keys

extension Browser {
  mutating func performInOverview(_ command: Command) -> Effect? {
    let areas = overviewAreas
    if overview.focus == .pictures { return performInPictures(command, areas) }
    let height = areas.text.rows
    let lines = overviewLines(in: areas)
    switch command {
    case .up: overview.position.move(by: -1, among: lines, height: height)
    case .down: overview.position.move(by: 1, among: lines, height: height)
    case .open: return open(selectedTarget(lines, height: height))
    case .right: enterPictures(in: areas)
    case .back: leaveView()
    case .cycleColor: cycleColor()
    default: _ = overview.position.move(command, count: lines.count, height: height)
    }
    return nil
  }

  /// Shows what is behind a line.
  mutating func open(_ target: OverviewLine.Target?) -> Effect? {
    switch target {
    case .filter(let text): listTensors(filter: text)
    case .tensor(let tensor):
      drillDown()
      list.reveal(tensor: tensor, height: listHeight)
      panes = [.detail(tensor: tensor)]
    case .problems: open(problemPager)
    case .finding(let finding):
      guard let scope = finding.scope else { return openHelp() }
      listTensors(filter: scope.filter, order: scope.order)
    case .terms(let terms): return .explain(terms)
    case nil: break
    }
    return nil
  }

  /// The words that the selected line is about; without one, those of the verdict.
  var overviewTerms: [String] {
    let areas = overviewAreas
    return switch selectedTarget(overviewLines(in: areas), height: areas.text.rows) {
    case .terms(let terms): terms
    case .finding(let finding): finding.terms
    case .filter(let text):
      // Of a type its name, of other tensors what is wrong with them.
      text.hasPrefix("type:")
        ? [String(text.dropFirst(5)), "storage"] : ["nans", "infinities"]
    case .tensor, .problems: report.problems.prefix(Self.problemLimit).map(\.code)
    case nil: report.classification.labels
    }
  }

  /// The finding that is selected.
  var selectedFinding: Finding? {
    let areas = overviewAreas
    guard context == .overview,
      case .finding(let finding) = selectedTarget(
        overviewLines(in: areas), height: areas.text.rows)
    else { return nil }
    return finding
  }

  private func selectedTarget(_ lines: [OverviewLine], height: Int) -> OverviewLine.Target? {
    overview.position.selected(among: lines, height: height).flatMap { lines[$0].target }
  }

  mutating func clickInOverview(row: Int, column: Int) -> Effect? {
    let areas = overviewAreas
    if let verdict = areas.verdict, verdict.contains(row: row, column: column) {
      let lines = verdictLines(width: verdict.columns - 2)
      let line = row - verdict.row
      return open(lines.indices.contains(line) ? lines[line].target : nil)
    }
    if let target = clickInPictures(row: row, column: column, areas) { return open(target) }
    let lines = overviewLines(in: areas)
    let line = overview.position.top + row - areas.text.row
    guard areas.text.contains(row: row, column: column), lines.indices.contains(line),
      lines[line].target != nil
    else { return nil }
    if overview.focus == .text,
      line == overview.position.selected(among: lines, height: areas.text.rows)
    {
      return open(lines[line].target)
    }
    overview.focus = .text
    overview.position.select(line, count: lines.count, height: areas.text.rows)
    return nil
  }
}

extension Position {
  /// The line that keys act on: of those that are seen and have something behind them, the nearest.
  func selected(among lines: [OverviewLine], height: Int) -> Int? {
    let seen = (top..<max(top + height, top)).clamped(to: 0..<lines.count)
    let below = seen.clamped(to: selected..<Int.max)
    let above = seen.clamped(to: 0..<selected)
    return below.first { lines[$0].target != nil } ?? above.last { lines[$0].target != nil }
  }

  /// Goes to the next line that can be opened or explained; where none is near, scrolls by one, so
  /// that no text is passed unseen.
  mutating func move(by step: Int, among lines: [OverviewLine], height: Int) {
    if let current = selected(among: lines, height: height) {
      var row = current + step
      while lines.indices.contains(row), lines[row].target == nil { row += step }
      if lines.indices.contains(row), (row - current).magnitude < max(height, 1) {
        select(row, count: lines.count, height: height)
        return
      }
    }
    let before = self
    scroll(by: step, count: lines.count, height: height)
    if top == before.top { self = before }
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
