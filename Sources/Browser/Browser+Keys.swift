import Report

extension Browser {
  mutating func press(_ key: Key) -> Effect? {
    notice = nil
    if prompt != nil { return answerPrompt(key) }
    guard let command = KeyBinding.command(for: key, in: context) else { return nil }
    return perform(command)
  }

  private mutating func perform(_ command: Command) -> Effect? {
    switch command {
    case .quit: return .quit
    case .redraw: return .redraw
    case .showOverview: show(.overview)
    case .showTensors: show(.tensors)
    case .showHistogram: show(.histogram)
    case .showMetadata: show(.metadata)
    case .nextView: showView(by: 1)
    case .previousView: showView(by: -1)
    case .export: prompt = Prompt(.export, text: exportPath)
    case .openModel: return .listModels(directory: nil)
    case .help: return openHelp()
    case .back where !panes.isEmpty: panes.removeLast()
    default: return performInContext(command)
    }
    return nil
  }

  private mutating func performInContext(_ command: Command) -> Effect? {
    switch panes.last {
    case .detail: return performInDetail(command)
    case .paged(let pane): perform(command, in: pane)
    case .pager(let pager): perform(command, in: pager)
    case .models(var models):
      let height = ModelsPane.area(in: bodyArea).rows
      if command == .open { return models.chosen }
      if models.position.move(command, count: models.choices.count, height: height) {
        panes[panes.count - 1] = .models(models)
      }
    case nil:
      switch view {
      case .overview: return performInOverview(command)
      case .tensors: return performInTensors(command)
      case .histogram: return performInHistogram(command)
      case .metadata: return performInMetadata(command)
      }
    }
    return nil
  }

  private mutating func perform(_ command: Command, in pane: PagedPane) {
    var pane = pane
    switch command {
    case .toggleHex: pane.toggleHex()
    case .goTo:
      prompt = Prompt(.goTo)
      return
    default:
      guard pane.move(command, lines: bodyArea.rows - 1, columns: bodyArea.columns - 2) else {
        return
      }
    }
    panes[panes.count - 1] = .paged(pane)
  }

  private mutating func perform(_ command: Command, in pager: Pager) {
    var pager = pager
    let height = bodyArea.rows - 1
    switch command {
    case .search: prompt = Prompt(.search)
    case .searchNext, .searchPrevious: searchInPager(backwards: command == .searchPrevious)
    default:
      guard let top = command.target(from: pager.top, count: pager.lines.count, height: height)
      else { return }
      pager.scroll(to: command == .last ? pager.lines.count : top, height: height)
      panes[panes.count - 1] = .pager(pager)
    }
  }

  private mutating func searchInPager(backwards: Bool, includingCurrent: Bool = false) {
    guard case .pager(var pager) = panes.last, let query else { return }
    if pager.search(
      query, backwards: backwards, includingCurrent: includingCurrent, height: bodyArea.rows - 1)
    {
      panes[panes.count - 1] = .pager(pager)
    } else {
      notice = Notice(text: "not found", isError: true)
    }
  }

  private mutating func show(_ view: View) {
    self.view = view
    panes = []
    query = nil
  }

  private mutating func showView(by step: Int) {
    let count = View.allCases.count
    show(View(rawValue: (view.rawValue + step + count) % count) ?? .overview)
  }

  mutating func open(_ pager: Pager) {
    var pager = pager
    pager.adapt(width: bodyArea.columns - 3, height: bodyArea.rows - 1)
    panes.append(.pager(pager))
  }

  /// Makes everything fit the window.
  mutating func adaptToSize() {
    list.scrollToSelection(height: listHeight)
    for index in panes.indices {
      switch panes[index] {
      case .pager(var pager):
        pager.adapt(width: bodyArea.columns - 3, height: bodyArea.rows - 1)
        panes[index] = .pager(pager)
      case .paged(var pane):
        pane.go(to: pane.first, lines: bodyArea.rows - 1, columns: bodyArea.columns - 2)
        panes[index] = .paged(pane)
      case .models(var models):
        models.position.select(
          models.position.selected, count: models.choices.count,
          height: ModelsPane.area(in: bodyArea).rows)
        panes[index] = .models(models)
      case .detail: break
      }
    }
    let areas = overviewAreas
    overview.position.select(
      overview.position.selected, count: overviewLines(in: areas).count, height: areas.text.rows)
    histogram.position.select(
      histogram.position.selected, count: histogramBars.count, height: histogramArea.rows)
    metadata.position.select(
      metadata.position.selected, count: metadataRows.count, height: metadataArea.rows)
  }

  /// Where an export goes unless the user says otherwise: beside the user, not beside the model.
  private var exportPath: String {
    var name = String(report.path.split(separator: "/").last ?? "model")
    for suffix in [".safetensors", ".gguf", ".index.json"] where name.hasSuffix(suffix) {
      name.removeLast(suffix.count)
    }
    return name + ".report.json"
  }
}

// MARK: - The prompt

extension Browser {
  private mutating func answerPrompt(_ key: Key) -> Effect? {
    guard var current = prompt else { return nil }
    if case .overwrite(let path) = current.purpose {
      prompt = nil
      if key == .character("y") || key == .character("Y") {
        return .export(path: path, overwriting: true)
      }
      notice = Notice(text: "not exported", isError: false)
      return nil
    }
    switch key {
    case .enter:
      prompt = nil
      return accept(current)
    case .escape:
      prompt = nil
      switch current.purpose {
      case .filter(let before): list.setFilter(Filter(before), table: table, height: listHeight)
      case .search: query = nil
      default: break
      }
    case .up where current.purpose == .search: searchAgain(backwards: true)
    case .down where current.purpose == .search: searchAgain(backwards: false)
    default:
      guard current.edit(key) else { return nil }
      prompt = current
      takeEffect(current)
    }
    return nil
  }

  /// What a text does while it is typed.
  private mutating func takeEffect(_ prompt: Prompt) {
    switch prompt.purpose {
    case .search:
      query = Query(prompt.text)
      guard query != nil else { return }
      if case .pager = panes.last {
        searchInPager(backwards: false, includingCurrent: true)
      } else if view == .tensors {
        searchInTensors(backwards: false, includingCurrent: true)
      } else {
        searchInMetadata(backwards: false, includingCurrent: true)
      }
    case .filter: list.setFilter(Filter(prompt.text), table: table, height: listHeight)
    case .export, .overwrite, .goTo: break
    }
  }

  private mutating func searchAgain(backwards: Bool) {
    if case .pager = panes.last {
      searchInPager(backwards: backwards)
    } else if view == .tensors {
      searchInTensors(backwards: backwards)
    } else {
      searchInMetadata(backwards: backwards)
    }
  }

  private mutating func accept(_ prompt: Prompt) -> Effect? {
    switch prompt.purpose {
    case .search, .filter, .overwrite: break
    case .export: if !prompt.text.isEmpty { return .export(path: prompt.text, overwriting: false) }
    case .goTo:
      let digits = prompt.text.filter { $0 != "," && $0 != " " }
      guard case .paged(var pane) = panes.last else { break }
      guard let index = Int(digits), index >= 0, index < pane.count else {
        notice = Notice(text: "an index from 0 to \(Format.count(pane.count - 1))", isError: true)
        break
      }
      pane.go(to: index, lines: bodyArea.rows - 1, columns: bodyArea.columns - 2)
      panes[panes.count - 1] = .paged(pane)
    }
    return nil
  }
}

// MARK: - Help

extension Browser {
  /// The keys of this place, and an explanation of what is selected, which has to be looked up.
  private mutating func openHelp() -> Effect? {
    if case .pager(let pager) = panes.last, pager.title == Self.helpTitle {
      panes.removeLast()
      return nil
    }
    let terms = selectedTerms
    let help = Pager(title: Self.helpTitle, paragraphs: Self.keyLines(for: context))
    open(help)
    return terms.isEmpty ? nil : .explain(terms)
  }

  private static let helpTitle = "Help"

  /// The words that the selection is about.
  private var selectedTerms: [String] {
    switch context {
    case .overview: overviewTerm.map { [$0] } ?? []
    case .tensors: [list.arrangement == .flat ? Self.term(list.order) : "sparsity"]
    case .detail: ["sparsity", "effective", "entropy"]
    case .histogram:
      switch histogram.subject {
      case .sparsity, .roles, .layers: ["sparsity"]
      case .values: ["values"]
      case .bits: ["effective"]
      }
    case .metadata, .values, .pager, .models: []
    }
  }

  private static func term(_ order: TensorList.Order) -> String {
    switch order {
    case .bits: "effective"
    case .parameters: "parameters"
    case .file, .name, .type, .size: "storage"
    case .sparsity: "sparsity"
    }
  }

  private static func keyLines(for context: Context) -> [StyledLine] {
    var lines: [StyledLine] = []
    func add(_ bindings: [KeyBinding]) {
      for binding in bindings {
        lines.append(
          StyledLine(leftAligned(binding.keyNames, 16) + " ", .key).adding(binding.meaning))
      }
    }
    lines.append(StyledLine(context.title, .heading))
    add(KeyBinding.all.filter { $0.contexts?.contains(context) == true })
    lines += [.blank, StyledLine("Everywhere", .heading)]
    add(KeyBinding.all.filter { $0.contexts == nil })
    lines.append(
      StyledLine(leftAligned("mouse", 16) + " ", .key).adding(
        "select, again to open; the wheel scrolls; titles of columns sort"))
    for other in Context.allCases where other != context {
      let bindings = KeyBinding.all.filter { $0.contexts?.contains(other) == true }
      if bindings.isEmpty { continue }
      lines += [.blank, StyledLine(other.title, .heading)]
      add(bindings)
    }
    return lines
  }

  /// Puts explanations above the keys.
  mutating func explain(_ explanations: [Explanation]) {
    var lines: [StyledLine] = []
    for explanation in explanations {
      lines.append(StyledLine(escapedForTerminal(explanation.term), .heading))
      lines += explanation.text.split(separator: "\n").map {
        StyledLine(escapedForTerminal(String($0)))
      }
      lines.append(.blank)
    }
    guard !lines.isEmpty else { return }
    if case .pager(let pager) = panes.last, pager.title == Self.helpTitle {
      panes.removeLast()
      lines += Self.keyLines(for: context)
    }
    open(Pager(title: Self.helpTitle, paragraphs: lines))
  }
}

// MARK: - The mouse

extension Browser {
  mutating func click(row: Int, column: Int) -> Effect? {
    notice = nil
    guard prompt == nil else { return nil }
    if row == 0 {
      if let tab = tabPositions.last(where: { $0.column <= column }) { show(tab.view) }
      return nil
    }
    switch panes.last {
    case .models(var models):
      let area = ModelsPane.area(in: bodyArea)
      let index = models.position.top + row - area.row
      guard area.contains(row: row, column: column), models.choices.indices.contains(index) else {
        return nil
      }
      if index == models.position.selected { return models.chosen }
      models.position.select(index, count: models.choices.count, height: area.rows)
      panes[panes.count - 1] = .models(models)
    case .detail, .paged, .pager: break
    case nil:
      switch view {
      case .overview: clickInOverview(row: row, column: column)
      case .tensors: clickInTensors(row: row, column: column)
      case .histogram: clickInHistogram(row: row, column: column)
      case .metadata: clickInMetadata(row: row, column: column)
      }
    }
    return nil
  }

  mutating func wheel(rows: Int, row: Int, column: Int) {
    guard prompt == nil, rows.magnitude < 1000 else { return }
    switch panes.last {
    case .models(var models):
      models.position.scroll(
        by: rows, count: models.choices.count, height: ModelsPane.area(in: bodyArea).rows)
      panes[panes.count - 1] = .models(models)
    case .detail, .paged, .pager:
      for _ in 0..<rows.magnitude { _ = performInContext(rows < 0 ? .up : .down) }
    case nil:
      switch view {
      case .overview:
        let areas = overviewAreas
        overview.position.scroll(
          by: rows, count: overviewLines(in: areas).count, height: areas.text.rows)
      case .tensors: list.scroll(by: rows, height: listHeight)
      case .histogram:
        histogram.position.scroll(by: rows, count: histogramBars.count, height: histogramArea.rows)
      case .metadata:
        metadata.position.scroll(by: rows, count: metadataRows.count, height: metadataArea.rows)
      }
    }
  }
}
