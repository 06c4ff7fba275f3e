import Report

extension Browser {
  /// Draws the current state.
  public func render() -> Screen {
    Screen(rows: rows, columns: columns, title: titleBar, status: statusLine, footer: footer) {
      screen in
      drawBody(on: &screen)
    }
  }

  /// Whether there is nothing but the wait for a model.
  var isWaiting: Bool { opening != nil && !hasModel && panes.isEmpty }

  private func drawBody(on screen: inout Screen) {
    if let opening, isWaiting {
      screen.draw(
        wrappedLines(escapedForTerminal(opening.path), to: bodyArea.columns - 2).map {
          StyledLine($0, .headline)
        } + [StyledLine(opening.words, .dim)], in: bodyArea.inset(left: 1, right: 1))
      return
    }
    switch panes.last {
    case .detail(let tensor): drawDetail(of: tensor, on: &screen)
    case .paged(let pane): draw(pane, on: &screen)
    case .pager(let pager): pager.draw(in: bodyArea, query: query, on: &screen)
    case .models(let models): models.draw(in: bodyArea, on: &screen)
    case nil:
      switch view {
      case .overview: drawOverview(on: &screen)
      case .tensors: drawTensors(on: &screen)
      case .histogram: drawHistogram(on: &screen)
      case .metadata: drawMetadata(on: &screen)
      }
    }
  }

  var bodyArea: Area { Area(bodyOf: rows, columns) }

  var titleBar: TitleBar {
    TitleBar(
      name: TitleBar.name(of: report.path), views: hasModel ? View.allCases.map(\.title) : [],
      shown: view.rawValue, columns: columns)
  }

  // MARK: - The lines below

  private var statusLine: StyledLine {
    if let prompt { return prompt.line(columns: columns, remark: remark(for: prompt)) }
    if let notice {
      return StyledLine(
        " " + shortenedInMiddle(notice.text, to: columns - 2), notice.isError ? .error : .good)
    }
    if let opening {
      let name = shortenedInMiddle(TitleBar.name(of: opening.path), to: max(columns / 3, 8))
      return StyledLine(cut(" opening \(name): \(opening.words)", to: columns), .dim)
    }
    if context == .pictures {
      return StyledLine(" " + cut(pictureWords(width: columns - 2), to: columns - 2), .key)
    }
    if let progress, !isComplete { return progress.line("measuring", columns: columns) }
    if case .models(let models) = panes.last, let path = models.selectedPath {
      return StyledLine(" " + shortenedInMiddle(escapedForTerminal(path), to: columns - 2), .dim)
    }
    return panes.isEmpty && view == .tensors
      ? StyledLine(" ") + listSummary(width: columns - 2) : StyledLine()
  }

  /// The keys that are shown; without a model there are no views to go to and nothing to export,
  /// without layers no map.
  var bindings: [KeyBinding] {
    var hasParent = true
    if case .models(let models) = panes.last { hasParent = models.parent != nil }
    let hasPictures = context != .overview || hasPictures
    if isWaiting { return KeyBinding.all.filter { $0.command == .close } }
    return KeyBinding.all.filter {
      (hasModel || $0.contexts != nil || [.help, .close].contains($0.command))
        && (hasParent || $0.command != .left || $0.contexts != [.models])
        && (hasPictures || $0.contexts != [.overview] || $0.command != .right)
    }
  }

  private var footer: StyledLine {
    guard let prompt else {
      return bindings.footer(in: context, columns: columns, canGoBack: canGoBack)
    }
    return prompt.footer
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
    screen.draw(pane.lines(area.rows, columns: area.columns, marking: query), in: area)
    let perLine = pane.perLine(columns: area.columns)
    screen.drawScrollBar(
      top: pane.first / perLine, total: (pane.count + perLine - 1) / perLine, in: body.inset(top: 1)
    )
  }
}

extension StyledLine {
  static func + (a: StyledLine, b: StyledLine) -> StyledLine {
    var line = a
    line.spans += b.spans
    return line
  }
}

extension Browser.Opening {
  /// What is being done.
  var words: String {
    switch stage {
    case .header: "reading the header…"
    case .tensors(let count): "putting \(Format.quantity(count, "tensor")) in order…"
    }
  }
}

extension Browser.Progress {
  /// How far it has come, in one line.
  func line(_ verb: String, columns: Int) -> StyledLine {
    let share = bytesInAll > 0 ? Double(bytesRead) / Double(bytesInAll) : 0
    var line = StyledLine(" \(verb) ", .dim)
    line.add(Bars.horizontal(share, width: min(max(columns / 5, 8), 30)), .bar)
    line.add(" " + rightAligned("\(Int(min(max(share, 0), 1) * 100)) %", 5))
    let bytes = " · \(Format.bytes(bytesRead)) of \(Format.bytes(bytesInAll))"
    let time = secondsLeft.map { " · \(Numbers.duration($0)) left" } ?? ""
    // Where there is room for one, the time is what one wants to know.
    let texts = [bytes + time, time, ""]
    line.add(texts.first { line.width + displayWidth($0) <= columns } ?? "", .dim)
    return line
  }
}

extension Screen {
  /// The smallest window in which anything can be read.
  private static let leastRows = 6
  private static let leastColumns = 24

  /// A title above, a status and keys below, and what is drawn between; where hardly anything could be
  /// read, only that.
  init(
    rows: Int, columns: Int, title: @autoclosure () -> TitleBar,
    status: @autoclosure () -> StyledLine, footer: @autoclosure () -> StyledLine,
    body: (inout Screen) -> Void
  ) {
    self.init(rows: rows, columns: columns)
    guard rows >= Self.leastRows, columns >= Self.leastColumns else {
      sayItIsTooSmall()
      return
    }
    title().draw(on: &self)
    body(&self)
    draw(status(), row: rows - 2, column: 0, width: columns)
    draw(footer(), row: rows - 1, column: 0, width: columns)
  }

  private mutating func sayItIsTooSmall() {
    let text = "too small: \(Self.leastColumns)×\(Self.leastRows) needed"
    for (row, line) in wrappedLines(text, to: columns).enumerated() {
      put(line, row: row, column: 0, style: .warning)
    }
  }
}

extension Area {
  /// Between the title above, and status and keys below.
  init(bodyOf rows: Int, _ columns: Int) {
    self.init(row: 1, column: 0, rows: max(rows - 3, 0), columns: max(columns, 0))
  }
}
