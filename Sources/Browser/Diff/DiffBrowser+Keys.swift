import Report

extension DiffBrowser {
  mutating func press(_ key: Key) -> Effect? {
    if prompt == nil || key != .enter { notice = nil }
    if prompt != nil { return answerPrompt(key) }
    return KeyBinding.comparison.command(for: key, in: context).flatMap { obey($0) }
  }

  /// Does what a key or a click on the footer means.
  private mutating func obey(_ command: Command) -> Effect? {
    switch command {
    case .quit: return .quit
    case .close where panes.isEmpty: return .quit
    case .close: panes.removeLast()
    case .redraw: return .redraw
    case .showOverview: show(.summary)
    case .showTensors: show(.tensors)
    case .showHistogram: show(.groups)
    case .nextView: show(View(rawValue: (view.rawValue + 1) % View.allCases.count) ?? .summary)
    case .previousView:
      let count = View.allCases.count
      show(View(rawValue: (view.rawValue + count - 1) % count) ?? .summary)
    case .export:
      if report == nil {
        notice = Browser.Notice(text: "there is nothing to export before the end", isError: true)
      } else {
        prompt = Prompt(.export, text: "diff.json")
      }
    case .help: return openHelp()
    case .back where !panes.isEmpty: panes.removeLast()
    default: perform(command)
    }
    return nil
  }

  private mutating func show(_ view: View) {
    self.view = view
    panes = []
    query = nil
    drill = nil
  }

  private mutating func perform(_ command: Command) {
    let height = bodyArea.rows
    switch panes.last {
    case .tensor(let top):
      // The next tensor is a key away: what scrolls a page, scrolls the text.
      switch command {
      case .up, .down:
        list.move(command, height: listArea.rows)
        panes[panes.count - 1] = .tensor(top: 0)
      default:
        guard let target = command.target(from: top, count: .max, height: height) else { return }
        panes[panes.count - 1] = .tensor(top: clampedDetailTop(target))
      }
    case .pager(var pager):
      guard
        let top = command.target(from: pager.top, count: pager.lines.count, height: height - 1)
      else { return }
      pager.scroll(to: top, height: height - 1)
      panes[panes.count - 1] = .pager(pager)
    case nil:
      switch view {
      case .summary: performInSummary(command)
      case .tensors: performInTensors(command)
      case .groups: performInGroups(command)
      }
    }
  }

  private mutating func performInSummary(_ command: Command) {
    let lines = summaryLines
    let height = bodyArea.rows
    switch command {
    case .up: summary.move(by: -1, among: lines, height: height)
    case .down: summary.move(by: 1, among: lines, height: height)
    case .open:
      if let selected = summary.selected(among: lines, height: height),
        case .filter(let filter) = lines[selected].target
      {
        listTensors(filter)
      }
    default:
      guard
        let target = command.target(from: summary.top, count: lines.count, height: height)
      else { return }
      summary.scroll(by: target - summary.top, count: lines.count, height: height)
    }
  }

  private mutating func performInTensors(_ command: Command) {
    switch command {
    case .open: if list.selected != nil { panes.append(.tensor(top: 0)) }
    case .filter: prompt = Prompt(.filter(before: list.filter.text), text: list.filter.text)
    case .back where query != nil: query = nil
    case .back where drill != nil:
      if let drill {
        list.setFilter(drill.filter)
        show(drill.view)
      }
    case .clearFilter, .back: list.setFilter("")
    case .search: prompt = Prompt(.search)
    case .searchNext, .searchPrevious: search(backwards: command == .searchPrevious)
    case .sort:
      let all = DiffList.Order.allCases
      list.setOrder(all[(list.order.rawValue + 1) % all.count], reversed: false)
      notice = Browser.Notice(text: "sorted by \(list.order.title)", isError: false)
    case .reverseSort: list.setOrder(list.order, reversed: !list.isReversed)
    default: list.move(command, height: listArea.rows)
    }
    list.move(by: 0, height: listArea.rows)
  }

  private mutating func performInGroups(_ command: Command) {
    let rows = groupRows
    if command == .open {
      if rows.indices.contains(groups.selected), let filter = rows[groups.selected].filter {
        listTensors(filter)
      }
    } else {
      let before = groups
      guard groups.move(command, count: rows.count, height: bodyArea.rows) else { return }
      skipHeading(from: before, rows)
    }
  }

  /// Leaves the name of a kind of group for the next row in the direction of the move.
  private mutating func skipHeading(from before: Position, _ rows: [GroupRow]) {
    let height = bodyArea.rows
    guard rows.indices.contains(groups.selected), rows[groups.selected].filter == nil else {
      return
    }
    let step = groups.selected < before.selected && groups.selected > 0 ? -1 : 1
    // The heading above the first group is seen with it.
    groups.scroll(by: groups.selected == 0 ? -groups.top : 0, count: rows.count, height: height)
    groups.select(groups.selected + step, count: rows.count, height: height)
  }

  private mutating func listTensors(_ filter: String) {
    let origin = (view, list.filter.text)
    show(.tensors)
    drill = origin
    list.setFilter(filter)
    list.select(0, height: listArea.rows)
  }

  private mutating func answerPrompt(_ key: Key) -> Effect? {
    guard var current = prompt else { return nil }
    if case .overwrite(let path, _) = current.purpose {
      prompt = nil
      if current.agrees(key) { return .export(path: path, overwriting: true) }
      notice = Browser.Notice(text: "not exported", isError: false)
      return nil
    }
    switch key {
    case .enter:
      prompt = nil
      if current.purpose == .export {
        let effect = current.exportEffect { Effect.export(path: $0, overwriting: false) }
        if effect == nil {
          notice = Browser.Notice(text: "not exported: no path was given", isError: true)
        }
        return effect
      }
      if current.purpose == .search {
        if Query(current.text) == nil { search(backwards: false) }
        lastQuery = query ?? lastQuery
      }
    case .escape:
      prompt = nil
      if case .filter(let before) = current.purpose { list.setFilter(before) }
      if current.purpose == .search { query = nil }
    case .tab where current.purpose == .export:
      notice = nil
      return current.pathToComplete.map { .complete(path: $0) }
    case .up where current.purpose == .search: search(backwards: true)
    case .down where current.purpose == .search: search(backwards: false)
    default:
      guard current.edit(key) else { return nil }
      takeEffect(current)
    }
    list.move(by: 0, height: listArea.rows)
    return nil
  }

  /// Takes text that came at once, which has its effect when all of it is there.
  mutating func enter(_ text: [Unicode.Scalar]) {
    guard var current = prompt, current.takesText else { return }
    current.insert(text)
    takeEffect(current)
    list.move(by: 0, height: listArea.rows)
  }

  /// What a text does while it is typed.
  private mutating func takeEffect(_ typed: Prompt) {
    prompt = typed
    if case .filter = typed.purpose { list.setFilter(typed.text) }
    if typed.purpose == .search {
      query = Query(typed.text)
      if query != nil { search(backwards: false, includingCurrent: true) }
    }
  }

  /// What is wrong with what is typed.
  func remark(for prompt: Prompt) -> String? {
    prompt.purpose == .search ? notice?.text : nil
  }

  /// Goes to the next tensor whose name the query finds, or the last query where there is none.
  private mutating func search(backwards: Bool, includingCurrent: Bool = false) {
    guard let query = query ?? lastQuery else {
      notice = Browser.Notice(text: "search first: /", isError: false)
      return
    }
    self.query = query
    guard
      let row = list.nextMatch(query, backwards: backwards, includingCurrent: includingCurrent)
    else {
      notice = Browser.Notice(text: "no name matches", isError: true)
      return
    }
    list.select(row, height: listArea.rows)
  }

  // MARK: - The mouse

  mutating func click(row: Int, column: Int) -> Effect? {
    notice = nil
    guard prompt == nil else { return nil }
    if row == rows - 1 {
      return KeyBinding.comparison.command(
        atColumn: column, in: context, columns: columns, canGoBack: !panes.isEmpty
      ).flatMap { obey($0) }
    }
    if row == 0 {
      if let view = titleBar.view(at: column).flatMap(View.init) { show(view) }
    } else {
      clickInBody(row: row, column: column)
    }
    return nil
  }

  private mutating func clickInBody(row: Int, column: Int) {
    guard panes.isEmpty else { return }
    switch view {
    case .summary:
      let lines = summaryLines
      let index = summary.top + row - bodyArea.row
      guard lines.indices.contains(index), lines[index].target != nil else { return }
      if index == summary.selected(among: lines, height: bodyArea.rows) {
        performInSummary(.open)
      } else {
        summary.select(index, count: lines.count, height: bodyArea.rows)
      }
    case .tensors:
      let area = listArea
      if row == area.row - 1 {
        let (names, change, numbers) = listColumns
        let order: DiffList.Order =
          column < names
          ? .name
          : column < names + change ? .change : numbers.order(at: column - names - change)
        list.setOrder(order, reversed: list.order == order && !list.isReversed)
        return
      }
      let index = list.position.top + row - area.row
      guard area.contains(row: row, column: column), list.listed.indices.contains(index) else {
        return
      }
      if index == list.position.selected {
        panes.append(.tensor(top: 0))
      } else {
        list.select(index, height: area.rows)
      }
    case .groups:
      let index = groups.top + row - bodyArea.row
      guard bodyArea.contains(row: row, column: column), groupRows.indices.contains(index) else {
        return
      }
      if index == groups.selected {
        performInGroups(.open)
      } else {
        groups.select(index, count: groupRows.count, height: bodyArea.rows)
      }
    }
  }

  mutating func wheel(rows: Int) {
    guard prompt == nil, rows.magnitude < 1000 else { return }
    switch panes.last {
    case .tensor(let top): panes[panes.count - 1] = .tensor(top: clampedDetailTop(top + rows))
    case .pager(var pager):
      pager.scroll(to: pager.top + rows, height: bodyArea.rows - 1)
      panes[panes.count - 1] = .pager(pager)
    case nil:
      switch view {
      case .summary:
        summary.scroll(by: rows, count: summaryLines.count, height: bodyArea.rows)
      case .tensors: list.scroll(by: rows, height: listArea.rows)
      case .groups: groups.scroll(by: rows, count: groupRows.count, height: bodyArea.rows)
      }
    }
  }
}
