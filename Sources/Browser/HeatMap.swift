import Report

/// Layers against the parts of a network, coloured by one quantity.
struct HeatMap: Sendable {
  /// What the colours stand for.
  enum Quantity: Int, CaseIterable, Sendable {
    case sparsity, bits, rms, problems

    var title: String {
      switch self {
      case .sparsity: "zeros"
      case .bits: "bits"
      case .rms: "RMS"
      case .problems: "problems"
      }
    }
  }

  /// A cell: some layers, one part.
  struct Cell: Sendable, Equatable {
    var tensors: Int
    var value: Double?
    /// 0 nothing special … 1 extreme.
    var heat: Double
  }

  /// The parts that occur, in the order of a layer.
  private(set) var parts: [NetworkPart] = []
  /// The layers of each line.
  private(set) var layers: [ClosedRange<Int>] = []
  /// Cells line by line; `nil` where there is no tensor.
  private(set) var cells: [[Cell?]] = []

  /// The deviation from the median, in robust standard deviations, from which on a cell is warm.
  ///
  /// 3.5 is the usual limit for outliers (Iglewicz and Hoaglin 1993).
  private static let warmDeviation = 3.5
  /// The deviation at which a cell is hottest.
  private static let hottestDeviation = 14.0

  /// Sums up a model in at most `lines` lines; layers are put together where there are more.
  init(table: TensorFacts, quantity: Quantity, lines: Int) {
    let lastLayer = table.lastLayer
    guard lastLayer >= 0, lines > 0 else { return }
    parts = table.layerParts
    let perLine = (lastLayer + lines) / lines
    layers = stride(from: 0, through: lastLayer, by: perLine).map {
      $0...min($0 + perLine - 1, lastLayer)
    }
    var columnOf = Array(repeating: 0, count: NetworkPart.allCases.count)
    for (column, part) in parts.enumerated() { columnOf[Int(part.rawValue)] = column }
    var sums = Array(repeating: Sum(), count: layers.count * parts.count)
    for index in 0..<table.count where table.isLayerWeight(index) {
      let cell =
        table.layers[index] / perLine * parts.count + columnOf[Int(table.parts[index].rawValue)]
      sums[cell].add(index, of: table, quantity: quantity)
    }
    let values = sums.map { $0.value(quantity) }
    let heats = Self.heats(values, quantity: quantity, columns: parts.count)
    cells = layers.indices.map { line in
      parts.indices.map { column in
        let cell = line * parts.count + column
        let tensors = sums[cell].tensors
        return tensors > 0
          ? Cell(tensors: tensors, value: values[cell], heat: heats[cell]) : nil
      }
    }
  }

  private struct Sum {
    var tensors = 0
    var counts = 0.0
    var zeros = 0.0
    var squares = 0.0
    var squareCounts = 0.0
    var bits = 0.0
    var bitCounts = 0.0
    var problems = 0

    mutating func add(_ index: Int, of table: TensorFacts, quantity: Quantity) {
      tensors += 1
      counts += Double(table.counts[index])
      zeros += Double(table.zeros[index])
      problems += table.problems[index] + (table.notFinite[index] > 0 ? 1 : 0)
      if table.squares[index].isFinite {
        squares += table.squares[index]
        squareCounts += Double(table.counts[index])
      }
      if table.bits[index].isFinite {
        bits += table.bits[index] * Double(table.parameters[index])
        bitCounts += Double(table.parameters[index])
      }
    }

    func value(_ quantity: Quantity) -> Double? {
      switch quantity {
      case .sparsity: counts > 0 ? zeros / counts : nil
      case .bits: bitCounts > 0 ? bits / bitCounts : nil
      case .rms: squareCounts > 0 ? (squares / squareCounts).squareRoot() : nil
      case .problems: tensors > 0 ? Double(problems) : nil
      }
    }
  }

  private static func heats(_ values: [Double?], quantity: Quantity, columns: Int) -> [Double] {
    switch quantity {
    case .sparsity: return values.map { $0 ?? 0 }
    // 16 bits and more are as hot as it gets: the scale is for telling quantized weights apart.
    case .bits: return values.map { min(($0 ?? 0) / 16, 1) }
    case .problems: return values.map { ($0 ?? 0) > 0 ? 1 : 0 }
    case .rms:
      // Each part is compared with itself in other layers. Where half of them are equal, as with
      // norms that were never trained, there is no spread to measure outliers by.
      var heats = Array(repeating: 0.0, count: values.count)
      for column in 0..<columns {
        let cells = stride(from: column, to: values.count, by: columns).filter { values[$0] != nil }
        let sorted = cells.compactMap { values[$0] }.sorted()
        guard sorted.count >= 3 else { continue }
        let median = sorted[sorted.count / 2]
        let deviations = sorted.map { ($0 - median).magnitude }.sorted()
        // 1.4826 makes the median of deviations the standard deviation of normal data.
        let spread = deviations[deviations.count / 2] * 1.4826
        guard spread > median.magnitude * 1e-6 else { continue }
        for cell in cells {
          let deviation = ((values[cell] ?? median) - median).magnitude / spread
          heats[cell] = min(
            max(deviation - warmDeviation, 0) / (hottestDeviation - warmDeviation), 1)
        }
      }
      return heats
    }
  }
}

extension HeatMap {
  /// A block whose shade tells the heat where there are no colours.
  static func glyph(_ heat: Double) -> String {
    switch Style.heat(heat) {
    case .heat0: "·"
    case .heat1, .heat2: "░"
    case .heat3: "▒"
    case .heat4: "▓"
    default: "█"
    }
  }

  /// The map in lines of at most `width` columns: a heading, a line for each group of layers.
  ///
  /// Where there is room, cells show their values too.
  func lines(quantity: Quantity, width: Int) -> [StyledLine] {
    guard !parts.isEmpty else { return [] }
    let (labelWidth, cellWidth) = widths(in: width)
    let shown = shownParts(width: width)
    var heading = StyledLine(leftAligned("", labelWidth), .dim)
    for part in shown {
      let title = cellWidth < 5 ? String(part.title.prefix(cellWidth - 1)) : part.title
      heading.add(leftAligned(title, cellWidth), .heading)
    }
    var lines = [heading]
    for (line, range) in layers.enumerated() {
      var text = StyledLine(rightAligned(Self.label(range), labelWidth - 1) + " ", .dim)
      for cell in cells[line].prefix(shown.count) {
        guard let cell else {
          text.add(leftAligned("", cellWidth))
          continue
        }
        let style = Style.heat(cell.heat)
        if cellWidth >= 7 {
          text.add(Self.glyph(cell.heat) + " ", style)
          let value = Self.text(cell.value, quantity, width: cellWidth - 3)
          text.add(leftAligned(value, cellWidth - 2), style)
        } else if let _ = cell.value {
          let block = String(repeating: Self.glyph(cell.heat), count: cellWidth - 1)
          text.add(block + " ", style)
        } else {
          text.add(leftAligned("?", cellWidth), .dim)
        }
      }
      lines.append(text)
    }
    return lines
  }

  /// Columns of the label and of a cell with its gap.
  func widths(in width: Int) -> (label: Int, cell: Int) {
    let label = max(layers.map { Self.label($0).count }.max() ?? 0, 3) + 1
    return (label, min(max((width - label) / max(parts.count, 1), 2), 9))
  }

  /// The parts that have room.
  func shownParts(width: Int) -> ArraySlice<NetworkPart> {
    let (label, cell) = widths(in: width)
    return parts.prefix(max((width - label) / cell, 0))
  }

  /// A cell in words, from many to few: which layers, which part, its value and of how many tensors
  /// it is.
  func words(line: Int, column: Int, quantity: Quantity) -> [String] {
    let range = layers[line]
    let place = (range.count == 1 ? "layer " : "layers ") + Self.label(range) + ", "
    let (long, short) = (place + parts[column].words + ": ", place + parts[column].title + ": ")
    guard let cell = cells[line][column] else {
      return [long + "no such tensor", short + "no such tensor"]
    }
    let value: String? = cell.value.map {
      switch quantity {
      case .sparsity: Numbers.percent($0) + " zeros"
      case .bits: Numbers.bits($0) + " bits a weight"
      case .rms: "RMS " + Numbers.value($0) + (cell.heat > 0 ? ", unusual for its part" : "")
      case .problems: Format.quantity(Int($0), "problem")
      }
    }
    let told = value ?? "not measured yet"
    let count = ", " + Format.quantity(cell.tensors, "tensor")
    return [long + told + count, short + told + count, short + told]
  }

  private static func label(_ range: ClosedRange<Int>) -> String {
    range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)–\(range.upperBound)"
  }

  /// A value in some columns, with fewer digits where there is no room for all.
  private static func text(_ value: Double?, _ quantity: Quantity, width: Int) -> String {
    guard let value else { return "?" }
    let text =
      switch quantity {
      case .sparsity: share(value)
      case .bits: Numbers.bits(value)
      case .rms: Numbers.value(value)
      case .problems: "\(Int(value))"
      }
    if text.utf8.count <= width { return text }
    let whole = Format.decimal(value, places: 0).utf8.count
    let rounded = Format.decimal(value, places: max(width - whole - 1, 0))
    // What would be rounded to nothing is told as a power of ten.
    if rounded.contains(where: { $0 >= "1" && $0 <= "9" }), rounded.utf8.count <= width {
      return rounded
    }
    return "1e\(Int((Double(value.exponent) * 0.30103).rounded()))"
  }

  /// A share in at most four characters; none and all only where it is exactly that.
  private static func share(_ value: Double) -> String {
    if value == 0 { return "0" }
    if value == 1 { return "all" }
    if value < 0.001 { return "<.1%" }
    if value < 0.01 { return Format.decimal(value * 100, places: 1) + "%" }
    return value > 0.99 ? ">99%" : Format.decimal(value * 100, places: 0) + "%"
  }
}
