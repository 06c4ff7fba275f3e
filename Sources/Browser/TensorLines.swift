import Report

/// What is said and drawn of one tensor, section by section.
extension Browser {
  func headLines(of index: Int, width: Int) -> [StyledLine] {
    let tensor = report.tensors[index]
    var lines = wrappedLines(table.names[index], to: width).prefix(4).map {
      StyledLine($0, .headline)
    }
    var facts = [table.typeName(index), Format.shape(tensor.shape)]
    if let logical = tensor.logicalShape, logical.map({ UInt64(clamping: $0) }) != tensor.shape {
      facts.append("stands for " + logical.map(String.init).joined(separator: "×"))
    }
    facts.append(Format.parameters(tensor.parameters) + " parameters")
    facts.append(Format.bytes(tensor.bytes))
    facts.append(table.roleName(index))
    lines += wrappedLines(facts.joined(separator: " · "), to: width).map { StyledLine($0) }
    let place = "\(escapedForTerminal(tensor.file)), byte \(Format.count(tensor.offset))"
    lines.append(StyledLine(shortenedInMiddle(place, to: width), .dim))
    if table.problems[index] > 0 {
      for problem in report.problems where problem.tensor == tensor.name {
        let style = Style.severity(problem.severity)
        lines += wrappedLines("⚠ " + escapedForTerminal(problem.message), to: width).map {
          StyledLine($0, style)
        }
      }
    }
    for zeros in report.classification.sparsity.naturalZeros where zeros.tensor == tensor.name {
      lines.append(
        StyledLine("its zeros are natural: ", .dim).adding(escapedForTerminal(zeros.reason)))
    }
    return lines
  }

  func zeroLines(_ measurement: Report.TensorMeasurement, width: Int) -> [StyledLine] {
    var lines = Self.heading("Zeros", width: width)
    let share = measurement.zeroFraction
    lines.append(
      StyledLine(Bars.horizontal(share ?? 0, width: min(20, width / 3)), Style.zeros(share)).adding(
        " " + Numbers.percent(share), Style.zeros(share)
      ).adding("  \(Format.count(measurement.zeros)) of ", .dim).adding(
        Format.count(measurement.count), .dim))
    var structure: [(String, String)] = []
    if let pattern = measurement.nm {
      structure.append(
        (
          "pattern \(pattern.n):\(pattern.m)",
          "along \(escapedForTerminal(pattern.axis)), \(Numbers.percent(pattern.compliance)) of groups, "
            + "\(Numbers.percent(pattern.exact)) exactly"
        ))
    }
    if let rows = measurement.zeroRows, rows > 0 {
      structure.append(("zero rows", Format.count(rows)))
    }
    if let columns = measurement.zeroColumns, columns > 0 {
      structure.append(("zero columns", Format.count(columns)))
    }
    if let blocks = measurement.blocks, blocks.zeroShare > 0 {
      structure.append(
        (
          "zero blocks",
          "\(Numbers.percent(blocks.zeroShare)) of \(blocks.rows)×\(blocks.columns) tiles, "
            + "\(Numbers.percent(blocks.explained)) of the zeros"
        ))
    }
    if let near = measurement.nearZeroFraction, measurement.std ?? 0 > 0 {
      structure.append(("near zero", Numbers.percent(near) + " within 0.05 σ"))
    }
    for (name, value) in structure {
      lines += StyledLine(leftAligned(name, 14), .dim).adding(value).wrapped(to: width)
    }
    return lines
  }

  func statisticLines(_ measurement: Report.TensorMeasurement, width: Int) -> [StyledLine] {
    var lines = Self.heading("Values", width: width)
    var cells: [(name: String, value: String, style: Style)] = [
      ("mean", Numbers.value(measurement.mean), .plain),
      ("std σ", Numbers.value(measurement.std), .plain),
      ("min", Self.text(measurement.min), .plain), ("max", Self.text(measurement.max), .plain),
    ]
    if measurement.nans > 0 { cells.append(("NaN", Format.count(measurement.nans), .error)) }
    if measurement.infinities > 0 {
      cells.append(("infinite", Format.count(measurement.infinities), .error))
    }
    if let distinct = measurement.distinct {
      cells.append(("distinct", Format.count(distinct), .plain))
    }
    if let entropy = measurement.entropyBits {
      cells.append(("entropy", Numbers.bits(entropy) + " bits", .plain))
    }
    if let effective = measurement.effectiveType {
      cells.append(("really", escapedForTerminal(effective), .key))
    }
    if measurement.coverage < 1 {
      cells.append(("read", Numbers.percent(measurement.coverage), .warning))
    }
    let perLine = max(width / 25, 1)
    for start in stride(from: 0, to: cells.count, by: perLine) {
      var line = StyledLine()
      for cell in cells[start..<min(start + perLine, cells.count)] {
        line.add(leftAligned(cell.name, 9), .dim)
        line.add(leftAligned(cell.value, 14) + "  ", cell.style)
      }
      lines.append(line)
    }
    if let quantiles = measurement.quantiles {
      // Values of wide types are counted in bins of 1/256 of themselves; a constant needs no bin.
      let isExact = measurement.distinct != nil || measurement.min == measurement.max
      lines += Self.quantileLines(quantiles, isExact: isExact, width: width)
    }
    return lines
  }

  /// Quantiles as numbers and as a box plot between the first and the last percent.
  private static func quantileLines(
    _ quantiles: Report.Quantiles, isExact: Bool, width: Int
  ) -> [StyledLine] {
    let named: [(String, Double?)] = [
      ("1 %", quantiles.q01), ("5 %", quantiles.q05), ("25 %", quantiles.q25),
      ("50 %", quantiles.q50), ("75 %", quantiles.q75), ("95 %", quantiles.q95),
      ("99 %", quantiles.q99),
    ]
    var lines: [StyledLine] = []
    // Values take up to ten columns, and as many go side by side as there is room for.
    let perLine = min(max(width / (isExact ? 11 : 12), 1), named.count)
    let cellWidth = width / perLine
    for start in stride(from: 0, to: named.count, by: perLine) {
      var names = StyledLine()
      var values = StyledLine()
      for (name, value) in named[start..<min(start + perLine, named.count)] {
        names.add(leftAligned(name, cellWidth), .dim)
        let text =
          (isExact || value == nil ? "" : "≈")
          + (value.map(isExact ? Numbers.exact : Format.number) ?? Numbers.missing)
        values.add(leftAligned(text, cellWidth - 1) + " ")
      }
      lines += [names, values]
    }
    let values = named.compactMap(\.1)
    guard values.count == named.count, let low = values.first, let high = values.last, high > low,
      width >= 20
    else { return lines }
    let room = width - 1
    let marks = values.map { Int((($0 - low) / (high - low) * Double(room)).rounded()) }
    var plot = Array(repeating: Character(" "), count: width)
    for column in marks[0]...marks[6] { plot[column] = "─" }
    for column in marks[1]...marks[5] { plot[column] = "━" }
    for column in marks[2]...marks[4] { plot[column] = "█" }
    plot[marks[0]] = "├"
    plot[marks[6]] = "┤"
    plot[marks[3]] = "┃"
    lines.append(StyledLine(String(plot), .bar))
    return lines
  }

  func histogramLines(of tensor: Int, _ measurement: Report.TensorMeasurement, width: Int)
    -> [StyledLine]
  {
    let picture = picture(of: tensor)
    let kept = measurement.histogram
    let histogram =
      detail.showsMagnitudes
      ? picture?.magnitudeHistogram ?? (kept?.kind == "log2_magnitude" ? kept : nil)
      : picture?.linearHistogram ?? (kept?.kind == "linear" ? kept : nil)
    guard let shown = histogram ?? kept, !shown.counts.isEmpty,
      shown.edges.count == shown.counts.count + 1
    else { return [] }
    let isMagnitude = shown.kind == "log2_magnitude"
    let title =
      (isMagnitude ? "Magnitudes" : "Histogram") + (detail.isLogarithmic ? ", log heights" : "")
    var lines = Self.heading(title, width: width)
    // Whole columns for each bin where there are few bins.
    let columns =
      shown.counts.count <= width ? width / shown.counts.count * shown.counts.count : width
    var heights = Bars.resampled(shown.counts, to: columns)
    if detail.isLogarithmic { heights = Bars.logarithmic(heights) }
    lines += Bars.columnChart(heights, rows: 6).map { StyledLine($0, .bar) }
    let low = Numbers.value(shown.edges.first)
    let high = Numbers.value(shown.edges.last)
    let middle = isMagnitude ? "|w|, powers of 2" : ""
    let gap = max(columns - displayWidth(low) - displayWidth(high) - displayWidth(middle), 0)
    lines.append(
      StyledLine(
        low + String(repeating: " ", count: gap / 2) + middle
          + String(repeating: " ", count: gap - gap / 2) + high, .dim))
    return lines
  }

  func mapLines(of tensor: Int, width: Int) -> [StyledLine] {
    guard let picture = picture(of: tensor), picture.zeroRows > 0, picture.zeroColumns > 0,
      picture.zeroShares.count == picture.zeroRows * picture.zeroColumns
    else { return [] }
    var lines = Self.heading("Where the zeros are", width: width)
    guard picture.zeroShares.contains(where: { $0 > 0 }) else {
      lines.append(StyledLine("nowhere: no weight is zero", .dim))
      return lines
    }
    let labelWidth = max(String(picture.matrixRows).count, 3) + 1
    // Each line ends with its own share, where there is room.
    let shareWidth = width >= 40 ? 7 : 1
    let room = min(max(width - labelWidth - shareWidth, 1), 100)
    let mapWidth = Bars.wholeDots(picture.zeroColumns, characters: room, dots: 2)
    // A character is about twice as high as wide, and a matrix may be any shape.
    let ratio = Double(picture.matrixRows) / Double(max(picture.matrixColumns, 1))
    let height = Bars.wholeDots(
      picture.zeroRows, characters: min(max(Int(Double(mapWidth) / 2 * ratio), 4), 24), dots: 4)
    let dots = Bars.dotMap(
      picture.zeroShares, rows: picture.zeroRows, columns: picture.zeroColumns, width: mapWidth,
      height: height)
    let shares = Bars.meanShares(
      picture.zeroShares, rows: picture.zeroRows, columns: picture.zeroColumns, width: mapWidth,
      height: height)
    let last = String(max(picture.matrixColumns - 1, 0))
    let title = "column 0"
    lines.append(
      StyledLine(
        String(repeating: " ", count: labelWidth)
          + leftAligned(title, max(mapWidth - last.count, 0)) + last, .dim))
    for (row, text) in dots.enumerated() {
      let label =
        row == 0
        ? "0" : row == height - 1 ? String(max(picture.matrixRows - 1, 0)) : row == 1 ? "row" : ""
      var line = StyledLine(rightAligned(label, labelWidth - 1) + " ", .dim)
      // One colour for neighbours of about the same share.
      for (column, character) in text.unicodeScalars.enumerated() {
        let style = Style.heat(shares[row * mapWidth + column])
        if line.spans.last?.style == style, line.spans.count > 1 {
          line.spans[line.spans.count - 1].text.unicodeScalars.append(character)
        } else {
          line.add(String(character), style)
        }
      }
      if shareWidth > 1 {
        let share = picture.zeroShare(inBand: row, of: height)
        line.add(rightAligned(Self.bandShare(share), shareWidth - 1), Style.zeros(share))
      }
      lines.append(line)
    }
    lines.append(
      StyledLine(
        String(repeating: " ", count: labelWidth) + "each dot a zero, or their share", .dim))
    if picture.rowDensity.contains(where: { $0 > 0 }) {
      let chart = Bars.sparkline(Bars.resampled(picture.rowDensity, to: picture.rowDensity.count))
      lines.append(
        StyledLine("rows by zeros  0 % ", .dim).adding("[" + chart + "]", .bar).adding(
          " 100 %", .dim))
    }
    return lines
  }

  /// The share of zeros in a band of rows; none and all only where it is exactly that.
  private static func bandShare(_ share: Double) -> String {
    if share <= 0 { return "0" }
    if share >= 1 { return "all" }
    return share < 0.01 ? "<1 %" : Format.decimal(min(share, 0.99) * 100, places: 0) + " %"
  }

  func firstValueLines(of tensor: Int, width: Int) -> [StyledLine] {
    guard let first = detail.firstValues, first.tensor == tensor, !first.values.isEmpty else {
      return []
    }
    let isPacked = report.tensors[tensor].logicalShape != nil
    var lines = Self.heading(
      isPacked ? "First weights, decoded" : "First values", width: width)
    let perLine = max(width / PagedPane.valueWidth, 1)
    for start in stride(from: 0, to: first.values.count, by: perLine) {
      var line = StyledLine()
      for value in first.values[start..<min(start + perLine, first.values.count)] {
        line.add(rightAligned(PagedPane.text(value), PagedPane.valueWidth), PagedPane.style(value))
      }
      lines.append(line)
    }
    lines.append(StyledLine("v reads all of them, x in there the bytes", .dim))
    return lines
  }

  /// What of the verdict the tensor is among the reasons of.
  func findingLines(about tensor: Int, width: Int) -> [StyledLine] {
    let findings = findings(about: tensor)
    guard isComplete, !findings.isEmpty else { return [] }
    return Self.heading("Evidence it is part of", width: width)
      + findings.flatMap { $0.line.wrapped(to: width) }
  }

  static func heading(_ title: String, width: Int) -> [StyledLine] {
    [
      .blank,
      StyledLine(title, .heading).adding(
        " " + String(repeating: "─", count: max(width - displayWidth(title) - 1, 0)), .dim),
    ]
  }

  private static func text(_ number: Report.Number?) -> String {
    switch number {
    case .integer(let value):
      value.magnitude < 10_000_000_000_000 ? "\(value)" : Numbers.value(Double(value))
    case .real(let value): Numbers.value(value)
    case nil: Numbers.missing
    }
  }
}
