import Report

/// What the view of one tensor remembers.
struct DetailState: Sendable {
  /// The first line on the screen.
  var top = 0
  /// Logarithmic heights.
  var isLogarithmic = false
  /// Bins of magnitudes instead of values.
  var showsMagnitudes = false
  /// The first values of the tensor that was looked at last.
  var firstValues: (tensor: Int, values: [Double])?

  /// How many first values are shown.
  static let firstCount = 32
}

extension Browser {
  func drawDetail(of tensor: Int, on screen: inout Screen) {
    let body = bodyArea
    let lines = detailLines(of: tensor, width: body.columns - 3)
    screen.draw(
      lines.dropFirst(min(detail.top, max(lines.count - 1, 0))), in: body.inset(left: 1, right: 1))
    screen.drawScrollBar(top: detail.top, total: lines.count, in: body)
  }

  /// Everything that is known of a tensor.
  func detailLines(of tensor: Int, width: Int) -> [StyledLine] {
    guard report.tensors.indices.contains(tensor), width > 0 else { return [] }
    guard let measurement = report.tensors[tensor].measurement else {
      let state =
        report.tensors[tensor].shape.contains(0)
        ? "It holds no values" : isComplete ? "Not measured" : "Not measured yet…"
      return headLines(of: tensor, width: width) + [.blank, StyledLine(state, .dim)]
        + firstValueLines(of: tensor, width: width)
    }
    func numbers(_ width: Int) -> [StyledLine] {
      zeroLines(measurement, width: width) + statisticLines(measurement, width: width)
    }
    func rest(_ width: Int) -> [StyledLine] {
      firstValueLines(of: tensor, width: width) + findingLines(about: tensor, width: width)
    }
    func pictures(_ width: Int) -> [StyledLine] {
      histogramLines(of: tensor, measurement, width: width) + mapLines(of: tensor, width: width)
    }
    guard width >= Self.columnsForTwo else {
      return headLines(of: tensor, width: width) + numbers(width) + pictures(width)
        + rest(width)
    }
    // Numbers at the left, pictures at the right.
    let left = (width - 3) / 2
    let numberLines = numbers(left) + rest(left)
    let pictureLines = pictures(width - 3 - left)
    return headLines(of: tensor, width: width)
      + (0..<max(numberLines.count, pictureLines.count)).map { index in
        var line = index < numberLines.count ? numberLines[index] : .blank
        guard index < pictureLines.count else { return line }
        line.pad(to: left + 3)
        return line + pictureLines[index]
      }
  }

  /// The narrowest place in which numbers and pictures stand side by side.
  private static let columnsForTwo = 108
}

// MARK: - Keys

extension Browser {
  mutating func performInDetail(_ command: Command) -> Effect? {
    switch command {
    case .toggleLog: detail.isLogarithmic.toggle()
    case .toggleBins: detail.showsMagnitudes.toggle()
    case .showValues, .open:
      guard let tensor = shownTensor ?? list.selectedTensor else { return nil }
      openValues(of: tensor)
    case .left: if case .detail = panes.last { panes.removeLast() }
    case .nextTensor: showNeighbour(by: 1)
    case .previousTensor: showNeighbour(by: -1)
    default:
      guard case .detail(let tensor) = panes.last else { return nil }
      let body = bodyArea
      let count = detailLines(of: tensor, width: body.columns - 3).count
      if let top = command.target(from: detail.top, count: count, height: body.rows) {
        detail.top = min(max(top, 0), max(count - body.rows, 0))
      }
    }
    return nil
  }

  /// Shows the next tensor of the list, or the one before.
  private mutating func showNeighbour(by step: Int) {
    guard case .detail(let shown) = panes.last else { return }
    if list.selectedTensor != shown { list.reveal(tensor: shown, height: listHeight) }
    var row = list.selected + step
    while row >= 0, row < list.count, list.tensor(atRow: row) == nil { row += step }
    guard let tensor = list.tensor(atRow: row) else {
      tell(step > 0 ? "the last tensor of the list" : "the first tensor of the list")
      return
    }
    list.select(row, height: listHeight)
    detail.top = 0
    panes[panes.count - 1] = .detail(tensor: tensor)
  }

  private mutating func openValues(of index: Int) {
    let tensor = report.tensors[index]
    let shape = tensor.weightShape
    panes.append(
      .paged(
        PagedPane(
          source: .tensor(index), valueCount: tensor.weightCount, byteCount: tensor.bytes,
          rowLength: shape.count > 1 ? shape[shape.count - 1] : 0)))
  }

  /// Values, bytes or elements that are on the screen but were not read.
  func wantedItems() -> Effect? {
    switch panes.last {
    case .paged(let pane): return pane.wanted(lines: bodyArea.rows - 1, columns: bodyArea.columns)
    case .pager, .models: return nil
    case .detail, nil:
      guard let tensor = shownTensor, detail.firstValues?.tensor != tensor else { return nil }
      let count = report.tensors[tensor].weightCount
      guard count > 0 else { return nil }
      return .loadValues(tensor: tensor, start: 0, count: min(count, DetailState.firstCount))
    }
  }

  /// Hands items to the pane that shows them.
  mutating func take(_ items: PagedPane.Items, from start: Int, of source: PagedPane.Source) {
    for index in panes.indices {
      guard case .paged(var pane) = panes[index], pane.source == source else { continue }
      pane.take(items, from: start)
      panes[index] = .paged(pane)
    }
  }
}

extension Report.Tensor {
  /// The dimensions of the weights that are read of it: of packed codes those they stand for.
  var weightShape: [Int] { logicalShape ?? shape.map { Int(clamping: $0) } }

  /// How many weights can be read of it; 0 where the number overflows.
  var weightCount: Int {
    guard let logicalShape else { return elements ?? 0 }
    var count = 1
    for dimension in logicalShape {
      let (product, overflow) = count.multipliedReportingOverflow(by: max(dimension, 0))
      guard !overflow else { return 0 }
      count = product
    }
    return count
  }
}
