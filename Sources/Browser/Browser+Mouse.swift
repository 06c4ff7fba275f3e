import Report

extension Browser {
  /// A cell of the window.
  struct Place: Sendable, Equatable {
    var row: Int
    var column: Int
  }

  /// What a click means; the second of a double click that opened something means nothing more.
  mutating func click(row: Int, column: Int) -> Effect? {
    notice = nil
    guard prompt == nil else { return nil }
    let place = Place(row: row, column: column)
    if openingClick == place {
      openingClick = nil
      return nil
    }
    openingClick = nil
    let before = (context, opening)
    let effect = press(at: place)
    // Not for tabs and keys, which are clicked again and again.
    if row > 0, row < rows - 1, (context, opening) != before { openingClick = place }
    return effect
  }

  private mutating func press(at place: Place) -> Effect? {
    let (row, column) = (place.row, place.column)
    if row == 0 {
      guard hasModel else { return nil }
      if let view = titleBar.view(at: column).flatMap(View.init) { show(view) }
      return nil
    }
    if row == rows - 1 {
      return bindings.command(
        atColumn: column, in: context, columns: columns, canGoBack: canGoBack
      ).flatMap { perform($0) }
    }
    if isWaiting { return nil }
    switch panes.last {
    case .models(var models):
      let area = ModelsPane.area(in: bodyArea)
      let index = models.position.top + row - area.row
      guard area.contains(row: row, column: column), models.choices.indices.contains(index) else {
        return nil
      }
      if index == models.position.selected { return open(models.chosen) }
      models.position.select(index, count: models.choices.count, height: area.rows)
      panes[panes.count - 1] = .models(models)
    case .detail, .paged, .pager: break
    case nil:
      switch view {
      case .overview: return clickInOverview(row: row, column: column)
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
