import Report

extension Browser {
  mutating func press(_ key: Key) -> Effect? {
    notice = nil
    if prompt != nil { return answerPrompt(key) }
    guard let command = KeyBinding.all.command(for: key, in: context) else { return nil }
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

  mutating func performInContext(_ command: Command) -> Effect? {
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

  mutating func show(_ view: View) {
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
      if current.agrees(key) { return .export(path: path, overwriting: true) }
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
