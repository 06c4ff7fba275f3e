import Report

/// A place in the pictures of the overview, by what it is about, so that it stays when the window's
/// size or the order of measurements changes.
struct PictureCursor: Sendable, Equatable {
  /// A layer of the map.
  var layer = 0
  /// A part of the map; `nil` for the first.
  var part: NetworkPart?
  /// A bar of the chart; `nil` while the cursor is in the map.
  var bar: String?
}

/// The pictures of the overview as they are drawn: the map of layers and parts, and below it how
/// many tensors have how many zeros.
struct OverviewPictures: Sendable {
  var map: HeatMap
  var quantity: HeatMap.Quantity
  /// The bars that are drawn.
  var bars: [HistogramBar] = []
  /// Everything in lines: title, heading and cells of the map, its scale; the chart's title and bars.
  var lines: [StyledLine] = []
  var width: Int

  /// Lines above the cells of the map.
  private static let linesAboveCells = 2

  /// Lines that a cursor can be in: those of the map, then the bars.
  var count: Int { map.layers.count + bars.count }

  /// Parts that a cursor can be in.
  var partCount: Int { map.shownParts(width: width).count }

  /// Where a cursor is: a line of the map with a part, or behind those a bar.
  func place(of cursor: PictureCursor) -> (line: Int, part: Int) {
    let part = map.shownParts(width: width).firstIndex { $0 == cursor.part } ?? 0
    let line =
      map.layers.firstIndex { $0.contains(cursor.layer) } ?? max(map.layers.count - 1, 0)
    guard cursor.bar != nil || map.layers.isEmpty, !bars.isEmpty else { return (line, part) }
    return (map.layers.count + (bars.firstIndex { $0.label == cursor.bar } ?? 0), part)
  }

  /// The cursor in a line, moved there from another.
  func cursor(line: Int, part: Int) -> PictureCursor {
    var cursor = PictureCursor(layer: map.layers.last?.lowerBound ?? 0)
    cursor.part = map.parts.indices.contains(part) ? map.parts[part] : nil
    if map.layers.indices.contains(line) {
      cursor.layer = map.layers[line].lowerBound
    } else if bars.indices.contains(line - map.layers.count) {
      cursor.bar = bars[line - map.layers.count].label
    }
    return cursor
  }

  /// The filter that lists the tensors of a place.
  func filter(line: Int, part: Int) -> String? {
    if map.layers.indices.contains(line) {
      guard map.parts.indices.contains(part) else { return nil }
      let layers = map.layers[line]
      return "layer:\(layers.lowerBound)-\(layers.upperBound) part:\(map.parts[part].title)"
    }
    let bar = line - map.layers.count
    return bars.indices.contains(bar) ? bars[bar].filter : nil
  }

  /// The place in words, from many to few.
  func words(line: Int, part: Int) -> [String] {
    if map.layers.indices.contains(line) {
      guard map.parts.indices.contains(part) else { return [] }
      return map.words(line: line, column: part, quantity: quantity)
    }
    let bar = line - map.layers.count
    guard bars.indices.contains(bar) else { return [] }
    let counts = bars[bar].fields.joined().split(separator: " ").joined(separator: " ")
    return ["\(bars[bar].label) zeros: \(counts) parameters"]
  }

  /// The drawn line and columns of a place.
  func drawn(line: Int, part: Int) -> (line: Int, column: Int, width: Int) {
    guard map.layers.indices.contains(line) else {
      return (lines.count - bars.count + line - map.layers.count, 0, width)
    }
    let (label, cell) = map.widths(in: width)
    return (Self.linesAboveCells + line, label + part * cell, max(cell - 1, 1))
  }

  /// The place that is drawn in a line and column.
  func place(line: Int, column: Int) -> (line: Int, part: Int)? {
    let bar = line - (lines.count - bars.count)
    if bars.indices.contains(bar) { return (map.layers.count + bar, 0) }
    let (label, cell) = map.widths(in: width)
    guard map.layers.indices.contains(line - Self.linesAboveCells), column >= label,
      (column - label) / cell < partCount
    else { return nil }
    return (line - Self.linesAboveCells, (column - label) / cell)
  }
}

// MARK: - What they show

extension Browser {
  /// Lines of the map where it stands within the text.
  private static let mapHeightInText = 20

  /// The pictures, beside the text or at its end.
  func pictures(in areas: OverviewAreas) -> OverviewPictures {
    let width = areas.map?.columns ?? areas.text.columns - 2
    let height = areas.map?.rows ?? Self.mapHeightInText
    let quantity = overview.quantity
    var pictures = OverviewPictures(
      map: HeatMap(table: table, quantity: quantity, lines: height - 3), quantity: quantity,
      width: width)
    pictures.lines = lines(of: pictures.map, width: width)
    guard areas.map != nil else { return pictures }
    if !pictures.lines.isEmpty { pictures.lines.append(.blank) }
    // Without room for all bins, those that are not empty tell most.
    let room = height - pictures.lines.count
    let charts = [false, true].lazy.map { isShort in
      self.sparsityBars.filter { !isShort || $0.value > 0 }
    }
    pictures.bars = charts.first { $0.count < room } ?? []
    pictures.lines += chartLines(pictures.bars, width: width)
    return pictures
  }

  /// A map with its title and its scale.
  private func lines(of map: HeatMap, width: Int) -> [StyledLine] {
    let quantity = overview.quantity
    guard !map.parts.isEmpty, !map.layers.isEmpty else { return [] }
    var title = StyledLine("Layers × parts", .heading).adding(" by \(quantity.title)", .dim)
    if !isComplete, table.measuredCount < table.count, quantity == .sparsity || quantity == .rms {
      title.add(" so far", .dim)
    }
    var lines = [title] + map.lines(quantity: quantity, width: width)
    let scales = [false, true].map { Self.scale(of: quantity, isShort: $0) }
    lines.append(scales.first { $0.width <= width } ?? scales[1])
    return lines
  }

  /// What the glyphs and colours of a map mean.
  ///
  /// - Parameter isShort: whether heats of one glyph, which differ in colour only, share a word.
  private static func scale(of quantity: HeatMap.Quantity, isShort: Bool) -> StyledLine {
    let words: [String] =
      switch quantity {
      case .sparsity: ["0", "≤20 %", "≤40 %", "≤60 %", "≤80 %", "all"]
      case .bits: ["", "≤3", "≤6", "≤9", "≤12", "16+"]
      case .rms: ["usual", "", "", "unusual for its part", "", ""]
      case .problems: ["none", "", "", "", "", "some"]
      }
    let heats = [0, 0.1, 0.3, 0.5, 0.7, 1]
    var scale = StyledLine()
    for (index, word) in words.enumerated() where !word.isEmpty {
      let glyph = HeatMap.glyph(heats[index])
      let isSameAsNext =
        heats.indices.contains(index + 1) && HeatMap.glyph(heats[index + 1]) == glyph
        && !words[index + 1].isEmpty
      if isShort, isSameAsNext { continue }
      scale.add(glyph, Style.heat(heats[index]))
      scale.add(isShort ? word + " " : " " + word + "  ", .dim)
    }
    return scale
  }

  /// How many tensors have how many zeros, to fill the room that a map of few layers leaves.
  private func chartLines(_ bars: [HistogramBar], width: Int) -> [StyledLine] {
    guard let greatest = bars.map(\.value).max(), greatest > 0 else { return [] }
    let labelWidth = bars.map { displayWidth($0.label) }.max() ?? 0
    let lines = bars.map { bar in
      StyledLine(rightAligned(bar.label, labelWidth) + " ", .dim)
        .adding(
          Bars.horizontal(bar.value / greatest, width: max(width - labelWidth - 8, 1)), bar.style
        )
        .adding(rightAligned(Format.parameters(Int(bar.value)), 7), bar.value > 0 ? .plain : .dim)
    }
    let unit = histogram.countsParameters ? ", by parameters" : ", by tensors"
    return [StyledLine("Zeros in a tensor", .heading).adding(unit, .dim)] + lines
  }

  /// Draws the pictures beside the text, and the cursor wherever they are.
  func draw(_ pictures: OverviewPictures, in areas: OverviewAreas, on screen: inout Screen) {
    if let area = areas.map { screen.draw(pictures.lines, in: area) }
    guard overview.focus == .pictures, pictures.count > 0 else { return }
    let origin = origin(of: pictures, in: areas)
    let (line, part) = pictures.place(of: overview.cursor)
    let drawn = pictures.drawn(line: line, part: part)
    let row = origin.row + drawn.line
    guard (areas.map ?? areas.text).contains(row: row, column: origin.column) else { return }
    screen.paint(
      row: row, column: origin.column + drawn.column, width: drawn.width, style: .selected)
  }

  /// The row and column at which the pictures begin; the row may be outside of the window.
  private func origin(of pictures: OverviewPictures, in areas: OverviewAreas)
    -> (row: Int, column: Int)
  {
    if let area = areas.map { return (area.row, area.column) }
    let above = overviewLines(in: areas).count - pictures.lines.count
    return (areas.text.row + above - overview.position.top, areas.text.column + 1)
  }
}

// MARK: - Keys

extension Browser {
  /// Whether there is something to walk over.
  var hasPictures: Bool { table.lastLayer >= 0 || overviewAreas.map != nil }

  /// Gives the keys to the pictures, where there are some.
  mutating func enterPictures(in areas: OverviewAreas) {
    guard pictures(in: areas).count > 0 else {
      tell("there is no map: no tensor has the number of a layer in its name")
      return
    }
    overview.focus = .pictures
    showCursor(in: areas)
  }

  mutating func performInPictures(_ command: Command, _ areas: OverviewAreas) -> Effect? {
    let pictures = pictures(in: areas)
    var (line, part) = pictures.place(of: overview.cursor)
    switch command {
    case .open:
      return pictures.filter(line: line, part: part).flatMap { open(.filter($0)) }
    case .back: overview.focus = .text
    case .cycleColor: cycleColor()
    case .left where part == 0 || line >= pictures.map.layers.count: overview.focus = .text
    case .left, .right:
      guard line < pictures.map.layers.count else { break }
      part = min(part + (command == .left ? -1 : 1), pictures.partCount - 1)
      overview.cursor = pictures.cursor(line: line, part: part)
    default:
      let height = (areas.map ?? areas.text).rows
      guard let target = command.target(from: line, count: pictures.count, height: height) else {
        break
      }
      line = min(max(target, 0), max(pictures.count - 1, 0))
      overview.cursor = pictures.cursor(line: line, part: part)
      showCursor(in: areas)
    }
    return nil
  }

  mutating func cycleColor() {
    let all = HeatMap.Quantity.allCases
    overview.quantity = all[(overview.quantity.rawValue + 1) % all.count]
  }

  /// Scrolls to the cursor where the pictures are part of the text; without pictures the keys go to
  /// the text.
  mutating func showCursor(in areas: OverviewAreas) {
    guard overview.focus == .pictures else { return }
    let pictures = pictures(in: areas)
    guard pictures.count > 0 else {
      overview.focus = .text
      return
    }
    guard areas.map == nil else { return }
    let (line, part) = pictures.place(of: overview.cursor)
    let count = overviewLines(in: areas).count
    let above = count - pictures.lines.count
    func show(_ row: Int) {
      overview.position.select(above + row, count: count, height: areas.text.rows)
    }
    // The heading is seen with the first cells, the scale with the last.
    if line == 0 { show(0) }
    if line == pictures.count - 1 { show(pictures.lines.count - 1) }
    show(pictures.drawn(line: line, part: part).line)
  }

  /// What a click on the pictures opens.
  mutating func clickInPictures(row: Int, column: Int, _ areas: OverviewAreas)
    -> OverviewLine.Target?
  {
    guard (areas.map ?? areas.text).contains(row: row, column: column) else { return nil }
    let pictures = pictures(in: areas)
    let origin = origin(of: pictures, in: areas)
    guard let place = pictures.place(line: row - origin.row, column: column - origin.column),
      let filter = pictures.filter(line: place.line, part: place.part)
    else { return nil }
    overview.cursor = pictures.cursor(line: place.line, part: place.part)
    return .filter(filter)
  }

  /// Where the cursor is, in words of at most some columns.
  func pictureWords(width: Int = .max) -> String {
    let pictures = pictures(in: overviewAreas)
    let place = pictures.place(of: overview.cursor)
    let words = pictures.words(line: place.line, part: place.part)
    return words.first { displayWidth($0) <= width } ?? words.last ?? ""
  }

  /// The words that the cursor is about.
  var pictureTerms: [String] {
    if overview.cursor.bar != nil { return ["zero_fraction"] }
    return switch overview.quantity {
    case .sparsity: ["zero_fraction"]
    case .bits: ["effective", "bits_per_weight"]
    case .rms: ["std"]
    case .problems: ["nans", "infinities"]
    }
  }

  /// What the pictures show, and the place of the cursor in words.
  var pictureLines: [StyledLine] {
    let words = StyledLine(pictureWords(), .headline)
    guard overview.cursor.bar == nil else {
      return [words, StyledLine("A bar tells how many tensors have so many zeros."), .blank]
    }
    let heat =
      switch overview.quantity {
      case .sparsity: "by the share of their weights that are zero"
      case .bits: "by the bits that a weight takes"
      case .rms: "by how far their size (root mean square) is from that of the part in other layers"
      case .problems: "where something is wrong with them"
      }
    return [
      words,
      StyledLine(
        "A cell of the map stands for one part of one layer, or of several where there are more than "
          + "lines. Its tensors colour it \(heat); c takes another number."), .blank,
    ]
  }
}
