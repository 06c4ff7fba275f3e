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

  /// What the words of a comparison mean.
  static let wordLines: [StyledLine] = {
    let words = [
      (
        "error",
        "The root mean square of the differences, in units of the reference's standard deviation σ. "
          + "Rounding to BF16 costs about 0.002 σ, 8-bit codes 0.005 to 0.01 σ, 4-bit codes 0.07 to "
          + "0.1 σ; 1 σ and more is as far as a different network."
      ),
      (
        "SNR", "The reference's power over that of the differences: 20 dB is an error of a tenth."
      ),
      ("equal", "The share of weights that are the same number in both."),
      ("identical", "The same numbers in the same type."),
      ("cast", "The same numbers in another type."),
      ("rounded", "Rounded to a narrower float type; unrounded: in the reference."),
      ("quantized", "Stored as codes now; unquantized: in the reference."),
      ("pruned", "Some weights became zero; filled: some are zero in the reference only."),
      ("changed", "Changed, but still recognisable: as training does."),
      ("unrelated", "Nothing in common beyond chance."),
      ("reshaped", "Other dimensions, so numbers were not compared."),
      ("unread", "Could not be read or decoded."),
    ]
    return words.map { StyledLine(leftAligned($0.0, 12), .heading).adding($0.1) } + [.blank]
  }()
}
