import Report

extension Browser {
  /// The smallest window in which anything can be read.
  private static let leastRows = 6
  private static let leastColumns = 24

  /// Draws the current state.
  public func render() -> Screen {
    var screen = Screen(rows: rows, columns: columns)
    guard rows >= Self.leastRows, columns >= Self.leastColumns else {
      let text = "too small: \(Self.leastColumns)×\(Self.leastRows) needed"
      for (row, line) in wrappedLines(text, to: columns).enumerated() {
        screen.put(line, row: row, column: 0, style: .warning)
      }
      return screen
    }
    drawTitle(on: &screen)
    switch panes.last {
    case .detail(let tensor): drawDetail(of: tensor, on: &screen)
    case .paged(let pane): draw(pane, on: &screen)
    case .pager(let pager): draw(pager, on: &screen)
    case .models(let models): models.draw(in: bodyArea, on: &screen)
    case nil:
      switch view {
      case .overview: drawOverview(on: &screen)
      case .tensors: drawTensors(on: &screen)
      case .histogram: drawHistogram(on: &screen)
      case .metadata: drawMetadata(on: &screen)
      }
    }
    screen.draw(statusLine, row: rows - 2, column: 0, width: columns)
    screen.draw(footer, row: rows - 1, column: 0, width: columns)
    return screen
  }

  /// Between the title above, and status and keys below.
  var bodyArea: Area { Area(row: 1, column: 0, rows: max(rows - 3, 0), columns: max(columns, 0)) }

  // MARK: - The title

  private func drawTitle(on screen: inout Screen) {
    screen.paint(row: 0, column: 0, width: columns, style: .title)
    let tabs = tabPositions
    let start = tabs.first?.column ?? columns
    let name = shortenedInMiddle(modelName, to: max(start - 10, 0))
    var column = screen.put(" inspect ", row: 0, column: 0, width: start, style: .tab)
    column = screen.put(" " + name, row: 0, column: column, width: start - column, style: .title)
    for tab in tabs {
      let isShown = tab.view == view
      screen.put(tab.text, row: 0, column: tab.column, style: isShown ? .tab : .title)
    }
  }

  /// The last component of the path that was asked for.
  private var modelName: String {
    let path = report.path
    let end = path.lastIndex { $0 != "/" }.map { path[...$0] } ?? ""
    let name = end.split(separator: "/").last.map(String.init) ?? path
    return escapedForTerminal(name)
  }

  /// The views in the title, at its right end; in a narrow window only the shown one by name.
  var tabPositions: [(view: View, text: String, column: Int)] {
    let isNarrow = columns < 70
    let texts = View.allCases.map { view in
      isNarrow && view != self.view
        ? " \(view.rawValue + 1) " : " \(view.rawValue + 1) \(view.title) "
    }
    var column = columns - texts.reduce(0) { $0 + displayWidth($1) }
    return zip(View.allCases, texts).map { view, text in
      defer { column += displayWidth(text) }
      return (view, text, column)
    }
  }

  // MARK: - The lines below

  private var statusLine: StyledLine {
    if let prompt {
      if case .overwrite(let path) = prompt.purpose {
        return StyledLine(
          " \(shortenedInMiddle(escapedForTerminal(path), to: max(columns - 32, 8))) exists. ",
          .warning
        ).adding("Overwrite it? y/n", .key)
      }
      // The end of a long text is where one types.
      let room = max(columns - displayWidth(prompt.title) - 3, 0)
      var text = escapedForTerminal(prompt.text)
      while displayWidth(text) > room { text.removeFirst() }
      return StyledLine(" " + prompt.title, .key).adding(text).adding("▏", .key)
    }
    if let notice {
      return StyledLine(
        " " + shortenedInMiddle(notice.text, to: columns - 2), notice.isError ? .error : .good)
    }
    if let progress, !isComplete { return progressLine(progress) }
    return panes.isEmpty && view == .tensors ? StyledLine(" ") + listSummary : StyledLine()
  }

  private func progressLine(_ progress: Progress) -> StyledLine {
    let share =
      progress.bytesInAll > 0 ? Double(progress.bytesRead) / Double(progress.bytesInAll) : 0
    var line = StyledLine(" measuring ", .dim)
    line.add(Bars.horizontal(share, width: min(max(columns / 5, 8), 30)), .bar)
    line.add(" " + rightAligned("\(Int(min(max(share, 0), 1) * 100)) %", 5))
    line.add(" · \(Format.bytes(progress.bytesRead)) of \(Format.bytes(progress.bytesInAll))", .dim)
    if let seconds = progress.secondsLeft { line.add(" · \(Numbers.duration(seconds)) left", .dim) }
    return line
  }

  /// The keys that mean something here, those of this place first, as many as fit.
  private var footer: StyledLine {
    var line = StyledLine(" ")
    func hints(_ bindings: [KeyBinding]) -> [StyledLine] {
      bindings.compactMap { binding in
        guard let short = binding.short, let key = binding.keys.first else { return nil }
        return StyledLine(key.name, .key).adding(" " + short, .dim)
      }
    }
    if let prompt {
      switch prompt.purpose {
      case .overwrite:
        return line.adding("y", .key).adding(" overwrite  ", .dim).adding("n", .key).adding(
          " keep", .dim)
      default:
        return line.adding("Enter", .key).adding(" accept  ", .dim).adding("Esc", .key).adding(
          " cancel", .dim)
      }
    }
    let applying = KeyBinding.all.filter { $0.applies(in: context) }
    let general = hints(applying.filter { $0.command == .help || $0.command == .quit })
    var own = applying.filter { $0.command != .help && $0.command != .quit }
    own = own.filter { $0.contexts != nil } + own.filter { $0.contexts == nil }
    var shown = hints(own)
    if !panes.isEmpty { shown.insert(StyledLine("Esc", .key).adding(" back", .dim), at: 0) }
    let reserved = general.reduce(0) { $0 + $1.width + 2 }
    for hint in shown where line.width + hint.width + 2 + reserved <= columns {
      line = line + hint
      line.add("  ")
    }
    for hint in general {
      line = line + hint
      line.add("  ")
    }
    return line
  }

  // MARK: - Panes

  private func draw(_ pane: PagedPane, on screen: inout Screen) {
    let body = bodyArea
    let title: String
    switch pane.source {
    case .tensor(let tensor):
      title = table.names.indices.contains(tensor) ? table.names[tensor] : ""
    case .array(let key): title = escapedForTerminal(key)
    }
    let unit =
      switch pane.source {
      case _ where pane.isHex: "bytes"
      case .array: "elements"
      case .tensor(let tensor):
        report.tensors.indices.contains(tensor) && report.tensors[tensor].logicalShape != nil
          ? "decoded weights" : "values"
      }
    let count = "  \(Format.count(pane.count)) \(unit)"
    screen.draw(
      StyledLine(shortenedInMiddle(title, to: max(body.columns - count.count - 2, 0)), .headline)
        .adding(count, .dim), row: body.row, column: 1, width: body.columns - 2)
    let area = body.inset(top: 1, left: 1, right: 1)
    screen.draw(pane.lines(area.rows, columns: area.columns), in: area)
    let perLine = pane.perLine(columns: area.columns)
    screen.drawScrollBar(
      top: pane.first / perLine, total: (pane.count + perLine - 1) / perLine, in: body.inset(top: 1)
    )
  }

  private func draw(_ pager: Pager, on screen: inout Screen) {
    let body = bodyArea
    screen.put(
      shortenedInMiddle(pager.title, to: body.columns - 2), row: body.row, column: 1,
      style: .headline)
    let area = body.inset(top: 1, left: 1, right: 1)
    screen.draw(
      pager.lines.dropFirst(pager.top).prefix(area.rows).map { $0.marking(query) }, in: area)
    screen.drawScrollBar(top: pager.top, total: pager.lines.count, in: body.inset(top: 1))
  }
}

extension StyledLine {
  static func + (a: StyledLine, b: StyledLine) -> StyledLine {
    var line = a
    line.spans += b.spans
    return line
  }
}
