import Report

extension Browser {
  mutating func press(_ key: Key) -> Effect? {
    if prompt == nil || key != .enter { notice = nil }
    if prompt != nil { return answerPrompt(key) }
    guard let command = KeyBinding.all.command(for: key, in: context) else { return nil }
    return perform(command)
  }

  mutating func perform(_ command: Command) -> Effect? {
    switch command {
    case .quit: return .quit
    case .close:
      guard canClose else { return .quit }
      closePane()
    case .back where canClose: closePane()
    case .redraw: return .redraw
    case _ where isWaiting: return nil
    case .help: return openHelp()
    case _ where !hasModel: return performInContext(command)
    case .showOverview: show(.overview)
    case .showTensors: show(.tensors)
    case .showHistogram: show(.histogram)
    case .showMetadata: show(.metadata)
    case .nextView: showView(by: 1)
    case .previousView: showView(by: -1)
    case .export: prompt = Prompt(.export, text: exportPath)
    case .openModel:
      guard let origin else { return .listModels(directory: nil) }
      show(origin)
    default: return performInContext(command)
    }
    return nil
  }

  mutating func performInContext(_ command: Command) -> Effect? {
    switch panes.last {
    case .detail: return performInDetail(command)
    case .paged(let pane): return perform(command, in: pane)
    case .pager(let pager): perform(command, in: pager)
    case .models(let models): return perform(command, in: models)
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

  private mutating func perform(_ command: Command, in pane: PagedPane) -> Effect? {
    var pane = pane
    switch command {
    case .toggleHex: pane.toggleHex()
    case .goTo:
      prompt = Prompt(.goTo)
      return nil
    case .search:
      prompt = Prompt(.search)
      return nil
    case .searchNext, .searchPrevious:
      return findElement(backwards: command == .searchPrevious)
    default:
      guard pane.move(command, lines: bodyArea.rows - 1, columns: bodyArea.columns - 2) else {
        return nil
      }
    }
    panes[panes.count - 1] = .paged(pane)
    return nil
  }

  /// Looks for the last search in the array that is shown, which has to be read for it.
  private mutating func findElement(backwards: Bool) -> Effect? {
    guard case .paged(let pane) = panes.last, case .array(let key) = pane.source,
      let text = soughtText, !text.isEmpty
    else { return nil }
    return .findElement(
      key: key, text: text, start: backwards ? pane.first - 1 : pane.first + 1,
      backwards: backwards)
  }

  /// Goes to an element that was found.
  mutating func showFound(_ index: Int?, inArray key: String) {
    guard case .paged(var pane) = panes.last, pane.source == .array(key) else { return }
    guard let index else {
      tell("no element matches")
      return
    }
    pane.go(to: index, lines: 1, columns: bodyArea.columns - 2)
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

  private mutating func perform(_ command: Command, in models: ModelsPane) -> Effect? {
    var models = models
    switch command {
    case .open: return open(models.chosen)
    case .right: return models.folderToList
    case .left: return models.parent
    case .search: prompt = Prompt(.search)
    case .searchNext, .searchPrevious: searchInModels(backwards: command == .searchPrevious)
    default:
      let height = ModelsPane.area(in: bodyArea).rows
      guard models.position.move(command, count: models.choices.count, height: height) else {
        return nil
      }
      panes[panes.count - 1] = .models(models)
    }
    return nil
  }

  /// Does what choosing in a list of models means; one is opened after the other.
  mutating func open(_ choice: Effect?) -> Effect? {
    guard case .openModel(let path) = choice else { return choice }
    guard opening == nil else { return nil }
    opening = Opening(path: path, stage: .header)
    return choice
  }

  /// Opens a list of models over everything else.
  mutating func show(_ models: ModelsPane) {
    panes.append(.models(models))
    adaptToSize()
  }

  /// Returns to the list that the model was chosen from, if there is one.
  mutating func leaveView() {
    if let origin { show(origin) }
  }

  /// Takes away what lies on top.
  private mutating func closePane() {
    if case .models(let models) = panes.popLast(), origin != nil { origin = models }
    query = nil
  }

  private mutating func searchInModels(backwards: Bool, includingCurrent: Bool = false) {
    guard case .models(var models) = panes.last, let query = query ?? lastQuery else { return }
    self.query = query
    guard
      let index = models.nextMatch(
        query, backwards: backwards, includingCurrent: includingCurrent)
    else {
      tell("no name matches")
      return
    }
    models.position.select(
      index, count: models.choices.count, height: ModelsPane.area(in: bodyArea).rows)
    panes[panes.count - 1] = .models(models)
  }

  private mutating func searchInPager(backwards: Bool, includingCurrent: Bool = false) {
    guard case .pager(var pager) = panes.last, let query = query ?? lastQuery else { return }
    self.query = query
    if pager.search(
      query, backwards: backwards, includingCurrent: includingCurrent, height: bodyArea.rows - 1)
    {
      panes[panes.count - 1] = .pager(pager)
    } else {
      tell("not found")
    }
  }

  mutating func show(_ view: View) {
    self.view = view
    panes = []
    query = nil
    drill = nil
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
    showCursor(in: areas)
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
    if case .overwrite(let path, _) = current.purpose {
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
      notice = nil
    case .tab where current.purpose == .export:
      notice = nil
      return current.pathToComplete.map { .complete(path: $0) }
    case .up where current.purpose == .search: search(backwards: true)
    case .down where current.purpose == .search: search(backwards: false)
    default:
      let before = current.text
      guard current.edit(key) else { return nil }
      prompt = current
      if current.text != before { takeEffect(current) }
    }
    return nil
  }

  /// Takes text that came at once, which has its effect when all of it is there.
  mutating func enter(_ text: [Unicode.Scalar]) {
    guard var current = prompt, current.takesText else { return }
    current.insert(text)
    prompt = current
    takeEffect(current)
  }

  /// Says what went wrong: beside what is typed, which stands in the same line, and after it.
  func remark(for prompt: Prompt) -> String? {
    switch prompt.purpose {
    case .search, .export: notice?.text
    case .filter: list.filter.mistake
    default: nil
    }
  }

  mutating func tell(_ failure: String) { notice = Notice(text: failure, isError: true) }

  /// What a text does while it is typed.
  private mutating func takeEffect(_ prompt: Prompt) {
    switch prompt.purpose {
    case .search:
      notice = nil
      query = Query(prompt.text)
      guard query != nil else { return }
      search(backwards: false, includingCurrent: true)
    case .filter: list.setFilter(Filter(prompt.text), table: table, height: listHeight)
    case .export, .overwrite, .goTo: break
    }
  }

  /// Goes to the next place that the query finds, in what lies on top.
  private mutating func search(backwards: Bool, includingCurrent: Bool = false) {
    switch panes.last {
    case .pager: searchInPager(backwards: backwards, includingCurrent: includingCurrent)
    case .models: searchInModels(backwards: backwards, includingCurrent: includingCurrent)
    // Elements are read and found outside.
    case .paged: break
    default:
      if view == .tensors {
        searchInTensors(backwards: backwards, includingCurrent: includingCurrent)
      } else {
        searchInMetadata(backwards: backwards, includingCurrent: includingCurrent)
      }
    }
  }

  private mutating func accept(_ prompt: Prompt) -> Effect? {
    switch prompt.purpose {
    case .overwrite: break
    case .search:
      // An empty one repeats the last; else what was typed has been looked for already.
      if case .paged = panes.last {
        if !prompt.text.isEmpty { soughtText = prompt.text }
        return findElement(backwards: false)
      }
      if Query(prompt.text) == nil { search(backwards: false) }
      lastQuery = query ?? lastQuery
    case .filter(let before): if prompt.text != before { drill = nil }
    case .export:
      let effect = prompt.exportEffect { Effect.export(path: $0, overwriting: false) }
      if effect == nil { tell("not exported: no path was given") }
      return effect
    case .goTo:
      guard case .paged(var pane) = panes.last else { break }
      guard let index = pane.index(prompt.text) else {
        tell(pane.indexHint)
        break
      }
      pane.go(to: index, lines: bodyArea.rows - 1, columns: bodyArea.columns - 2)
      panes[panes.count - 1] = .paged(pane)
    }
    return nil
  }
}
