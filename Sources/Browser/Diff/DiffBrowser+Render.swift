import Report

extension DiffBrowser {
  /// Draws the current state.
  public func render() -> Screen {
    Screen(rows: rows, columns: columns, title: titleBar, status: statusLine, footer: footer) {
      screen in
      drawBody(on: &screen)
    }
  }

  private var footer: StyledLine {
    prompt?.footer
      ?? KeyBinding.comparison.footer(in: context, columns: columns, canGoBack: !panes.isEmpty)
  }

  private func drawBody(on screen: inout Screen) {
    switch panes.last {
    case .tensor(let top):
      let body = bodyArea
      let lines = tensorLines(width: body.columns - 3)
      screen.draw(lines.dropFirst(top), in: body.inset(left: 1, right: 1))
      screen.drawScrollBar(top: top, total: lines.count, in: body)
    case .pager(let pager): pager.draw(in: bodyArea, query: nil, on: &screen)
    case nil:
      switch view {
      case .summary: drawSummary(on: &screen)
      case .tensors: drawTensors(on: &screen)
      case .groups: drawGroups(on: &screen)
      }
    }
  }

  var titleBar: TitleBar {
    var names = (TitleBar.name(of: paths.reference), TitleBar.name(of: paths.other))
    // Models are mostly called alike and their folders are not.
    if names.0 == names.1 {
      names = (escapedForTerminal(paths.reference), escapedForTerminal(paths.other))
    }
    var bar = TitleBar(
      name: "", views: View.allCases.map(\.title), shown: view.rawValue, columns: columns)
    let room = max(bar.nameWidth - 3, 0)
    if displayWidth(names.0) + displayWidth(names.1) > room {
      names = (shortenedInMiddle(names.0, to: room / 2), shortenedInMiddle(names.1, to: room / 2))
    }
    bar.name = "\(names.0) → \(names.1)"
    return bar
  }

  private var statusLine: StyledLine {
    if let prompt { return prompt.line(columns: columns, remark: remark(for: prompt)) }
    if let notice { return StyledLine(" " + notice.text, notice.isError ? .error : .good) }
    if report == nil {
      return progress?.line("comparing", columns: columns) ?? StyledLine(" opening…", .dim)
    }
    guard panes.isEmpty, view == .tensors else { return StyledLine() }
    var line = StyledLine(" ")
    if list.filter.isEmpty {
      line.add(Format.quantity(list.rows.count, "tensor"))
    } else {
      line.add(escapedForTerminal(list.filter.text), .key)
      line.add(
        "  \(Format.count(list.listed.count)) of \(Format.quantity(list.rows.count, "tensor"))")
    }
    line.add(" by \(list.order.title)\(list.isReversed ? ", reversed" : "")", .dim)
    return line
  }
}
