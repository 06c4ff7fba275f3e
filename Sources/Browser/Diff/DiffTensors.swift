import Report

/// Which numbers of a comparison have room in a line.
struct DiffColumns {
  private let barWidth: Int
  private let showsNoise: Bool
  private let showsEqual: Bool

  static let errorWidth = 11
  private static let noiseWidth = 10
  private static let equalWidth = 9

  /// The error first, then its bar, equal weights and noise.
  init(width: Int) {
    var room = width - Self.errorWidth
    showsEqual = room >= Self.equalWidth + 9
    if showsEqual { room -= Self.equalWidth }
    showsNoise = room >= Self.noiseWidth + 9
    if showsNoise { room -= Self.noiseWidth }
    // It repeats the number beside it, so it gets what names and numbers leave.
    barWidth = room >= 5 ? min(room - 1, 12) : 0
  }

  var width: Int {
    Self.errorWidth + (barWidth > 0 ? barWidth + 1 : 0) + (showsEqual ? Self.equalWidth : 0)
      + (showsNoise ? Self.noiseWidth : 0)
  }

  /// The titles; `title` adds an arrow to that of the order.
  func heading(_ title: (String, DiffList.Order) -> String) -> StyledLine {
    var line = StyledLine(rightAligned(title("error", .error), Self.errorWidth), .heading)
    if barWidth > 0 { line.add(leftAligned("", barWidth + 1), .heading) }
    if showsNoise { line.add(rightAligned(title("SNR", .noise), Self.noiseWidth), .heading) }
    if showsEqual { line.add(rightAligned(title("equal", .equal), Self.equalWidth), .heading) }
    return line
  }

  /// The order that a click on the heading means.
  func order(at column: Int) -> DiffList.Order {
    var start = Self.errorWidth + (barWidth > 0 ? barWidth + 1 : 0)
    if column < start { return .error }
    if showsNoise { start += Self.noiseWidth }
    return column < start ? .noise : .equal
  }

  /// The numbers with a bar of a share of the greatest error.
  func line(_ numbers: DiffReport.Numbers?, share: Double) -> StyledLine {
    let style = Style.difference(numbers?.relativeRMSE)
    var line = StyledLine(rightAligned(numbers?.errorText ?? "–", Self.errorWidth), style)
    if barWidth > 0 { line.add(" " + Bars.horizontal(share, width: barWidth), style) }
    if showsNoise { line.add(rightAligned(numbers?.noiseText ?? "–", Self.noiseWidth)) }
    if showsEqual { line.add(rightAligned(numbers?.equalText ?? "–", Self.equalWidth)) }
    return line
  }
}

extension Style {
  /// The colour of an error in standard deviations: about what rounding, 8-bit, 4-bit and 2-bit
  /// codes cost, and what is more than that.
  static func difference(_ error: Double?) -> Style {
    guard let error, error > 0 else { return .dim }
    let limits = [0.004, 0.03, 0.12, 0.4]
    let heats: [Style] = [.heat1, .heat2, .heat3, .heat4]
    return zip(limits, heats).first { error < $0.0 }?.1 ?? .heat5
  }
}

/// The list of compared tensors, and all that is known of one.
extension DiffBrowser {
  /// The narrowest window in which the selected tensor is shown beside the list.
  private static let columnsForDetail = 130
  private static let changeWidth = 12

  /// Where rows of tensors are: below their head.
  var listArea: Area {
    let body = bodyArea
    let right = body.columns >= Self.columnsForDetail ? body.columns * 2 / 5 + 1 : 0
    return body.inset(top: 1, right: right)
  }

  /// Columns of the name and of the change, and the numbers in what they leave.
  var listColumns: (name: Int, change: Int, numbers: DiffColumns) {
    let width = max(listArea.columns - 2, 0)
    let change = width >= 60 ? Self.changeWidth : 0
    let least = min(max(width * 2 / 5, 28), max(width - change - DiffColumns.errorWidth, 1))
    let numbers = DiffColumns(width: width - least - change)
    return (max(width - change - numbers.width, 1), change, numbers)
  }

  func drawTensors(on screen: inout Screen) {
    let area = listArea
    let width = max(area.columns - 2, 0)
    let (names, changeWidth, columns) = listColumns
    func title(_ text: String, _ order: DiffList.Order) -> String {
      order == list.order ? text + (list.order.isDescending != list.isReversed ? "↓" : "↑") : text
    }
    let name = list.order == .file ? title("name (file order)", .file) : title("name", .name)
    let heading = StyledLine(
      leftAligned(" " + name, names)
        + (changeWidth > 0 ? leftAligned(" " + title("change", .change), changeWidth) : ""),
      .heading)
    screen.draw(
      heading + columns.heading(title), row: area.row - 1, column: 0, width: area.columns)
    if list.listed.isEmpty {
      let text =
        list.rows.isEmpty
        ? "Nothing compared" + (report == nil ? " yet" : "")
        : "No tensor passes the filter; F lists all"
      screen.put(text, row: area.row, column: 2, width: width, style: .dim)
    }
    for offset in 0..<area.rows {
      let index = list.position.top + offset
      guard list.listed.indices.contains(index) else { break }
      let row = list.rows[list.listed[index]]
      var line = StyledLine(" " + leftAlignedName(escapedForTerminal(row.name), max(names - 1, 0)))
      if changeWidth > 0 {
        line.add(" " + leftAligned(row.change ?? "…", changeWidth - 1), Self.style(row.change))
      }
      let share = list.greatestError > 0 ? (row.error ?? 0) / list.greatestError : 0
      screen.draw(
        line.marking(query) + columns.line(row.numbers, share: share), row: area.row + offset,
        column: 0, width: area.columns - 1)
      if index == list.position.selected {
        screen.paint(row: area.row + offset, column: 0, width: area.columns - 1, style: .selected)
      }
    }
    screen.drawScrollBar(top: list.position.top, total: list.listed.count, in: area)
    let body = bodyArea
    guard body.columns >= Self.columnsForDetail else { return }
    let content = body.inset(left: area.columns + 2)
    for row in 0..<body.rows {
      screen.put("│", row: body.row + row, column: area.columns, style: .dim)
    }
    screen.draw(tensorLines(width: content.columns - 1), in: content)
  }

  /// Everything that is known of the selected tensor.
  func tensorLines(width: Int) -> [StyledLine] {
    guard let row = list.selected, width > 0 else { return [] }
    var lines = wrappedLines(escapedForTerminal(row.name), to: width).prefix(4).map {
      StyledLine($0, .headline)
    }
    func add(_ name: String, _ value: String, _ style: Style = .plain) {
      lines += StyledLine(leftAligned(name, 14), .dim).adding(value, style).wrapped(to: width)
    }
    if let report, let index = list.selectedIndex, report.tensors.indices.contains(index) {
      let tensor = report.tensors[index]
      if tensor.referenceName != tensor.name {
        add("in reference", escapedForTerminal(tensor.referenceName))
      }
      add("change", tensor.change, Self.style(tensor.change))
      add("role", tensor.role + (tensor.layer.map { ", layer \($0)" } ?? ""))
      add("stored", escapedForTerminal("\(tensor.referenceStorage) → \(tensor.storage)"))
      let shapes = [tensor.referenceShape, tensor.shape].map { Format.shape($0) }
      add("shape", shapes[0] == shapes[1] ? shapes[0] : shapes.joined(separator: " → "))
      if tensor.order != "same" { add("order", "rows or columns are \(tensor.order)") }
      if tensor.partial { add("compared", "only the rows that both have", .warning) }
    } else {
      add("role", row.role)
    }
    guard let numbers = row.numbers else {
      return lines + [.blank, StyledLine("Its numbers were not compared", .dim)]
    }
    lines += Browser.heading("Differences", width: width)
    add("error", numbers.errorText, .key)
    add("SNR", numbers.noiseText)
    add("cosine", numbers.cosine.map { Format.decimal($0, places: 6) } ?? Numbers.missing)
    add("RMSE", Numbers.value(numbers.rmse))
    add("mean |Δ|", Numbers.value(numbers.meanAbs))
    add("greatest |Δ|", Numbers.value(numbers.maxAbs))
    lines += Browser.heading("Weights", width: width)
    let bar = Bars.horizontal(numbers.identicalFraction ?? 0, width: min(20, max(width / 3, 1)))
    add("equal", bar + " \(numbers.equalText) of \(Format.count(numbers.weights))", .bar)
    for (name, count) in [
      ("sign flips", numbers.signFlips), ("new zeros", numbers.newZeros),
      ("filled zeros", numbers.filledZeros), ("not finite", numbers.notFinite),
    ] where count > 0 {
      add(
        name,
        "\(Format.count(count))  "
          + Numbers.percent(Numbers.share(count, of: numbers.weights)))
    }
    guard let report, let error = row.error else { return lines }
    lines += errorLines(
      report.histogram, title: "All tensors by error, this one among the marked",
      marked: report.histogram.bin(of: error), width: width
    ).map(\.line)
    return lines
  }

  /// The first line of a tensor that still fills the window.
  func clampedDetailTop(_ top: Int) -> Int {
    let count = tensorLines(width: bodyArea.columns - 3).count
    return min(max(top, 0), max(count - bodyArea.rows, 0))
  }

  /// The style of what became of a tensor.
  private static func style(_ change: String?) -> Style {
    switch change {
    case nil, "identical": .dim
    case "cast": .good
    case "unrelated", "unread": .error
    case "reshaped", "pruned", "filled": .warning
    default: .plain
    }
  }
}
