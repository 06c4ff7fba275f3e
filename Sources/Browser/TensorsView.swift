import Report

extension Browser {
  /// The narrowest window in which the selected tensor is shown beside the list.
  private static let columnsForDetail = 120

  /// Where the list is, and where the selected tensor is shown beside it.
  var tensorAreas: (list: Area, detail: Area?) {
    let body = bodyArea
    guard body.columns >= Self.columnsForDetail else { return (body, nil) }
    let width = min(body.columns * 2 / 5, 80)
    return (
      body.inset(right: width + 1),
      Area(row: body.row, column: body.columns - width, rows: body.rows, columns: width)
    )
  }

  /// Rows of tensors on the screen: the list's head takes one.
  var listHeight: Int { max(tensorAreas.list.rows - 1, 0) }

  /// The tensor whose statistics are on the screen.
  var shownTensor: Int? {
    if case .detail(let tensor) = panes.last { return tensor }
    guard panes.isEmpty, view == .tensors, tensorAreas.detail != nil else { return nil }
    return list.selectedTensor
  }

  func drawTensors(on screen: inout Screen) {
    let (area, detailArea) = tensorAreas
    let columns = ListColumns(width: area.columns - 1)
    screen.draw(
      columns.heading(
        order: list.arrangement == .flat ? list.order : nil, reversed: list.isReversed),
      row: area.row, column: 0, width: area.columns)
    let rows = area.inset(top: 1)
    if list.count == 0 {
      let text = list.filter.isEmpty ? "No tensors" : "No tensor passes the filter; F lists all"
      if let mistake = list.filter.mistake {
        screen.put(
          escapedForTerminal(mistake), row: rows.row + 1, column: 2, width: rows.columns - 2,
          style: .warning)
      }
      screen.put(text, row: rows.row, column: 2, width: rows.columns - 2, style: .dim)
    }
    for offset in 0..<rows.rows {
      let position = list.top + offset
      guard let row = list.row(position) else { break }
      var line = line(for: row, columns: columns)
      let isSelected = position == list.selected
      if !isSelected { line = line.marking(query) }
      screen.draw(line, row: rows.row + offset, column: 0, width: rows.columns)
      if isSelected {
        screen.paint(row: rows.row + offset, column: 0, width: rows.columns - 1, style: .selected)
      }
    }
    guard let detailArea else {
      screen.drawScrollBar(top: list.top, total: list.count, in: rows)
      return
    }
    // The scroll bar is part of the line between the list and the tensor.
    for row in 0..<detailArea.rows {
      screen.put("│", row: detailArea.row + row, column: detailArea.column - 1, style: .dim)
    }
    screen.drawScrollBar(
      top: list.top, total: list.count,
      in: Area(row: rows.row, column: 0, rows: rows.rows, columns: detailArea.column))
    let content = detailArea.inset(left: 1)
    if let tensor = list.selectedTensor {
      screen.draw(detailLines(of: tensor, width: content.columns), in: content)
    } else if case .node(let node) = list.row(list.selected) {
      screen.draw(groupLines(of: node, width: content.columns), in: content)
    }
  }

  private func line(for row: TensorList.Row, columns: ListColumns) -> StyledLine {
    switch row {
    case .tensor(let tensor):
      return columns.line(
        tensorCells(tensor, label: table.names[tensor], indent: 0),
        isMarked: list.marked.contains(tensor))
    case .node(let index):
      let node = list.tree.nodes[index]
      if node.tensor >= 0 {
        return columns.line(
          tensorCells(
            node.tensor, label: node.label.isEmpty ? TensorFacts.noName : table.string(node.label),
            indent: node.depth),
          isMarked: list.marked.contains(node.tensor))
      }
      return columns.line(groupCells(index), isMarked: false)
    }
  }

  private func tensorCells(_ tensor: Int, label: String, indent: Int) -> ListColumns.Cells {
    ListColumns.Cells(
      name: label, indent: list.arrangement == .tree ? indent * 2 + 2 : 0,
      type: table.typeName(tensor), shape: Format.shape(report.tensors[tensor].shape),
      parameters: Format.parameters(table.parameters[tensor]),
      size: Format.bytes(table.bytes[tensor]), sparsity: table.sparsity(tensor),
      bits: table.bits[tensor], hasProblem: table.isSuspicious(tensor),
      // Of what has no bytes nothing will come.
      isMeasured: table.isMeasured[tensor] || isComplete || table.bytes[tensor] == 0,
      isBookkeeping: table.parameters[tensor] == 0,
      isWholeName: list.arrangement == .flat)
  }

  private func groupCells(_ index: Int) -> ListColumns.Cells {
    let node = list.tree.nodes[index]
    let sums = list.sums[index]
    var name = (list.isFolded(node: index) ? "▸ " : "▾ ") + groupName(node)
    if node.memberCount > 0 { name += "  ×\(node.memberCount)" }
    return ListColumns.Cells(
      name: name, indent: node.depth * 2, type: groupType(index),
      shape: Self.tensorCount(sums.tensors),
      parameters: Format.parameters(sums.parameters), size: Format.bytes(sums.bytes),
      sparsity: Numbers.share(sums.zeros, of: sums.counts),
      bits: sums.parameters > 0 ? Double(sums.bytes) * 8 / Double(sums.parameters) : .nan,
      hasProblem: sums.suspicious > 0, isMeasured: sums.counts > 0 || isComplete)
  }

  /// A number of tensors in the room of a shape, in which no digit may be left out.
  private static func tensorCount(_ count: Int) -> String {
    count < 100_000 ? Format.quantity(count, "tensor") : Format.parameters(count) + " tensors"
  }

  func groupName(_ node: TensorTree.Node) -> String {
    let label = table.string(node.label)
    guard let run = node.run else { return label }
    return label + (label.isEmpty ? "" : " › ") + "\(run.lowerBound)…\(run.upperBound)"
  }

  /// The one type of a group's tensors; looks at no more than a few.
  private func groupType(_ index: Int) -> String {
    let node = list.tree.nodes[index]
    var type: Int?
    // A layer has a dozen tensors, and its first layers tell enough of a run.
    for child in (index + 1..<max(node.end, index + 1)).prefix(64) {
      let tensor = list.tree.nodes[child].tensor
      guard tensor >= 0 else { continue }
      if let type, type != table.types[tensor] { return "mixed" }
      type = table.types[tensor]
    }
    return type.map { table.typeNames[$0] } ?? ""
  }

  /// What is listed, in one line of at most `width` columns; what has no room is left out.
  func listSummary(width: Int) -> StyledLine {
    let sums = list.listed
    var count = StyledLine()
    if list.filter.isEmpty {
      count.add(Format.quantity(sums.tensors, "tensor"))
    } else {
      count.add(cut(escapedForTerminal(list.filter.text), to: max(width / 3, 8)), .key)
      count.add("  \(Format.count(sums.tensors)) of \(Format.quantity(table.count, "tensor"))")
    }
    var marks = StyledLine()
    if !list.marked.isEmpty {
      let marked = list.markedSums(table: table)
      let text = "  •\(Format.count(marked.tensors)) marked"
      marks = Self.adding(
        marked, to: StyledLine(text, .marked), style: .marked, width: width - count.width)
    }
    return Self.adding(sums, to: count, style: .dim, width: width - marks.width) + marks
  }

  /// A line with as many sums behind it as there is room for, zeros before size and parameters.
  private static func adding(
    _ sums: TensorTree.Sums, to line: StyledLine, style: Style, width: Int
  ) -> StyledLine {
    let zeros = Numbers.share(sums.zeros, of: sums.counts).map {
      " · \(Numbers.percent($0)) zeros"
    }
    let size = " · \(Format.bytes(sums.bytes))"
    let parameters = " · \(Format.parameters(sums.parameters)) parameters"
    let candidates = [[parameters, size, zeros], [size, zeros], [zeros]]
    let texts = candidates.map { $0.compactMap(\.self).joined() }
    let fitting = texts.first { line.width + displayWidth($0) <= width }
    return line.adding(fitting ?? "", style)
  }
}

// MARK: - Keys

extension Browser {
  mutating func performInTensors(_ command: Command) -> Effect? {
    let height = listHeight
    switch command {
    case .open:
      if let tensor = list.selectedTensor {
        detail.top = 0
        panes.append(.detail(tensor: tensor))
      } else if list.toggleFold() {
        list.scrollToSelection(height: height)
      }
    case .left: list.foldOrLeave(height: height)
    case .right:
      if let tensor = list.selectedTensor {
        detail.top = 0
        panes.append(.detail(tensor: tensor))
      } else {
        list.unfoldOrEnter(height: height)
      }
    case .search: prompt = Prompt(.search)
    case .searchNext: searchInTensors(backwards: false)
    case .searchPrevious: searchInTensors(backwards: true)
    case .filter: prompt = Prompt(.filter(before: list.filter.text), text: list.filter.text)
    case .clearFilter:
      drill = nil
      list.setFilter(.all, table: table, height: height)
    case .back:
      // Escape undoes what narrows the list, the latest first.
      if query != nil {
        query = nil
      } else if let drill {
        goBack(to: drill)
      } else if !list.filter.isEmpty {
        list.setFilter(.all, table: table, height: height)
      } else {
        leaveView()
      }
    case .sort:
      let all = TensorList.Order.allCases
      let next = list.arrangement == .tree ? .size : all[(list.order.rawValue + 1) % all.count]
      list.setOrder(next, reversed: false, table: table, height: height)
      notice = Notice(text: "sorted by \(next.title)", isError: false)
    case .reverseSort:
      list.setOrder(list.order, reversed: !list.isReversed, table: table, height: height)
    case .toggleTree:
      list.setArrangement(list.arrangement == .tree ? .flat : .tree, table: table, height: height)
    case .foldAll, .unfoldAll:
      list.setAllFolded(command == .foldAll)
      list.scrollToSelection(height: height)
    case .mark:
      list.toggleMark(table: table)
      list.select(list.selected + 1, height: height)
    case .clearMarks: list.clearMarks(table: table)
    case .toggleLog, .toggleBins, .showValues: return performInDetail(command)
    default: _ = list.move(command, height: height)
    }
    return nil
  }

  mutating func searchInTensors(backwards: Bool, includingCurrent: Bool = false) {
    guard let query = query ?? lastQuery else {
      notice = Notice(text: "search first: /", isError: false)
      return
    }
    self.query = query
    if let tensor = list.nextMatch(
      query, backwards: backwards, includingCurrent: includingCurrent, table: table)
    {
      list.reveal(tensor: tensor, height: listHeight)
    } else {
      tell("no name matches")
    }
  }

  mutating func clickInTensors(row: Int, column: Int) {
    let (area, _) = tensorAreas
    guard area.contains(row: row, column: column) else { return }
    if row == area.row {
      let columns = ListColumns(width: area.columns - 1)
      if let order = columns.order(at: column) {
        let reversed = list.arrangement == .flat && list.order == order && !list.isReversed
        list.setOrder(order, reversed: reversed, table: table, height: listHeight)
      }
      return
    }
    let position = list.top + row - area.row - 1
    guard position < list.count else { return }
    if position == list.selected {
      _ = performInTensors(.open)
    } else {
      list.select(position, height: listHeight)
    }
  }

  /// Returns to where a list was asked for; marks that were set meanwhile stay.
  private mutating func goBack(to drill: Drill) {
    let current = list
    list = drill.list
    list.takeMarks(from: current)
    list.refresh(table: table)
    list.scrollToSelection(height: listHeight)
    show(drill.view)
  }

  /// Goes to the tensors; Escape leads back.
  mutating func drillDown() {
    if view != .tensors { drill = Drill(view: view, list: list) }
    panes = []
    view = .tensors
  }

  /// Shows the tensors that pass a filter, in an order.
  mutating func listTensors(filter: String, order: TensorList.Order? = nil) {
    drillDown()
    list.setFilter(Filter(filter), table: table, height: listHeight)
    if let order {
      list.setOrder(order, reversed: false, table: table, height: listHeight)
    }
    list.select(0, height: listHeight)
  }
}
