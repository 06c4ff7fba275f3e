import Report

/// What the histograms of the whole model remember.
struct HistogramState: Sendable {
  /// What is counted.
  enum Subject: Int, CaseIterable, Sendable {
    case sparsity, roles, layers, values, bits

    var title: String {
      switch self {
      case .sparsity: "Zeros in a tensor"
      case .roles: "Zeros by role"
      case .layers: "Zeros by layer"
      case .values: "Magnitudes of all weights"
      case .bits: "Bits of a weight"
      }
    }

    /// Whether its bars are shares: they end at all, and have no logarithm.
    var isShare: Bool { self == .roles || self == .layers }

    /// Whether its bars count tensors or, weighted, parameters.
    var isCount: Bool { self == .sparsity || self == .bits }
  }

  var subject = Subject.sparsity
  var isLogarithmic = false
  /// Parameters instead of tensors.
  var countsParameters = false
  var position = Position()
  /// Weights of all tensors by the exponent of their magnitude.
  private(set) var magnitudes: [Int: Int] = [:]
  /// Weights that are zero and so have no exponent.
  private(set) var zeros = 0
  private var noted: Set<Int> = []

  /// Adds the magnitudes of a tensor, once; scales, indexes and other bookkeeping are no weights.
  mutating func note(_ tensor: Report.Tensor, at index: Int) {
    guard tensor.parameters > 0, let measurement = tensor.measurement,
      let histogram = measurement.histogram, histogram.kind == "log2_magnitude",
      histogram.edges.count == histogram.counts.count + 1, noted.insert(index).inserted
    else { return }
    zeros = zeros.addingClamped(measurement.zeros)
    for (edge, count) in zip(histogram.edges, histogram.counts) where count > 0 {
      // The lowest bin may begin at 0, which has no exponent.
      let exponent =
        edge > 0 && edge.isFinite ? Int(edge.exponent) : Int(Double.leastNormalMagnitude.exponent)
      magnitudes[exponent] = magnitudes[exponent, default: 0].addingClamped(count)
    }
  }

  mutating func forgetMeasurements() {
    magnitudes = [:]
    zeros = 0
    noted = []
  }
}

/// A bar of a histogram.
struct HistogramBar: Sendable {
  var label: String
  /// What its length stands for.
  var value: Double
  /// Its numbers, each as wide as those of other bars; where there is no room the last go.
  var fields: [String]
  /// The style of its bar.
  var style = Style.bar
  /// The filter that lists what it counts.
  var filter: String?
}

/// The bars of a histogram, each made when it is looked at, as there may be thousands of layers.
struct HistogramBars: RandomAccessCollection, Sendable {
  let endIndex: Int
  private let bar: @Sendable (Int) -> HistogramBar

  var startIndex: Int { 0 }
  subscript(index: Int) -> HistogramBar { bar(index) }

  init(count: Int, _ bar: @escaping @Sendable (Int) -> HistogramBar) {
    endIndex = count
    self.bar = bar
  }

  init(_ bars: [HistogramBar]) { self.init(count: bars.count) { bars[$0] } }
}

extension Browser {
  /// Bars of which all are looked at to set the visible ones below each other; the numbers of more
  /// are as wide as each other.
  private static let fewBars = 256

  func drawHistogram(on screen: inout Screen) {
    let body = bodyArea
    let bars = histogramBars
    screen.draw(
      histogramTitle(width: body.columns - 2), row: body.row, column: 1, width: body.columns - 2)
    let area = histogramArea
    if bars.isEmpty {
      screen.put(
        report.measurement.mode == "header"
          ? "The weights were not read: --measure exact or sample does"
          : isComplete ? "There is nothing to count" : "Nothing measured yet",
        row: area.row, column: 1, width: body.columns - 2, style: .dim)
      return
    }
    let visible = histogram.position.top..<min(histogram.position.top + area.rows, bars.count)
    let isShort = bars.count <= Self.fewBars
    let compared = (isShort ? 0..<bars.count : visible).map { bars[$0] }
    let labelWidth = min(
      max(compared.map { displayWidth($0.label) }.max() ?? 0, 4), body.columns / 3)
    let texts = Self.texts(
      of: compared, width: max(body.columns - labelWidth - 7, 0), isTrimmed: isShort)
    let textWidth = texts.map(displayWidth).max() ?? 0
    let barWidth = max(body.columns - labelWidth - textWidth - 6, 1)
    let isShare = histogram.subject.isShare
    let values = compared.map(\.value)
    let heights = histogram.isLogarithmic && !isShare ? Bars.logarithmic(values) : values
    let greatest = isShare ? 1 : heights.reduce(0, max)
    for (offset, index) in visible.enumerated() {
      let place = isShort ? index : offset
      let bar = compared[place]
      let isSelected = index == histogram.position.selected
      var line = StyledLine(rightAligned(bar.label, labelWidth) + " ", isSelected ? .key : .plain)
      line.add(
        Bars.horizontal(greatest > 0 ? heights[place] / greatest : 0, width: barWidth),
        isSelected ? .chosenBar : bar.style)
      line.add(" " + texts[place], isSelected ? .key : .dim)
      screen.put(isSelected ? "›" : " ", row: area.row + offset, column: 0, style: .key)
      screen.draw(line, row: area.row + offset, column: 1, width: body.columns - 2)
    }
    screen.drawScrollBar(top: histogram.position.top, total: bars.count, in: area)
  }

  /// The numbers of bars below each other in at most `width` columns: the bar gives way to them, and
  /// where that is not enough, the last of them go.
  private static func texts(of bars: [HistogramBar], width: Int, isTrimmed: Bool) -> [String] {
    for count in (1...max(bars.map(\.fields.count).max() ?? 1, 1)).reversed() {
      let texts = bars.map { $0.fields.prefix(count).joined() }
      let margin = isTrimmed ? texts.map { $0.prefix { $0 == " " }.count }.min() ?? 0 : 0
      let trimmed = texts.map { String($0.dropFirst(margin)) }
      if count == 1 || trimmed.allSatisfy({ displayWidth($0) <= width }) { return trimmed }
    }
    return []
  }

  /// Where the bars are: below a title and an empty line.
  var histogramArea: Area { bodyArea.inset(top: bodyArea.rows > 8 ? 2 : 1) }

  /// The title in at most `width` columns; what has no room is left out.
  private func histogramTitle(width: Int) -> StyledLine {
    var line = StyledLine(histogram.subject.title, .heading)
    func add(_ text: String, _ style: Style = .plain) {
      if line.width + displayWidth(text) <= width { line.add(text, style) }
    }
    switch histogram.subject {
    case .sparsity, .bits: add(histogram.countsParameters ? ", by parameters" : ", by tensors")
    case .roles, .layers: add(", share of all weights")
    case .values: add(", by powers of two")
    }
    if histogram.isLogarithmic, !histogram.subject.isShare { add(", log") }
    if !isComplete {
      add(
        "  so far: \(Format.count(table.measuredCount)) of \(Format.count(table.count))", .warning)
    }
    if histogram.subject == .sparsity, let role = table.roleNames.firstIndex(of: "weight") {
      // Norms and embeddings are not pruned, so their zeros tell something else.
      let counted = table.roles.count { $0 == role }
      if counted < table.count {
        add(
          "  \(Format.count(counted)) of \(Format.quantity(table.count, "tensor")) are of role weight",
          .dim)
      }
    }
    return line
  }

  var histogramBars: HistogramBars {
    switch histogram.subject {
    case .sparsity: HistogramBars(sparsityBars)
    case .roles:
      shareBars(of: table.roles, count: table.roleNames.count) { [names = table.roleNames] in
        (names[$0], "role:" + names[$0])
      }
    case .layers: layerBars
    case .values: HistogramBars(magnitudeBars)
    case .bits: HistogramBars(bitBars)
    }
  }

  /// The report's own edges: 0, 0.1 %, 1 %, 5 %, then tenths.
  private static let sparsityEdges = [
    0, 0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1,
  ]

  /// Tensors of role weight by their share of zeros, closed on the left, the last on both sides.
  var sparsityBars: [HistogramBar] {
    let edges = Self.sparsityEdges
    var tensors = Array(repeating: 0, count: edges.count - 1)
    var parameters = tensors
    let role = table.roleNames.firstIndex(of: "weight")
    for index in 0..<table.count where table.roles[index] == role {
      guard let share = table.sparsity(index) else { continue }
      let bin = min((edges.firstIndex { share < $0 } ?? edges.count) - 1, edges.count - 2)
      tensors[bin] += 1
      parameters[bin] = parameters[bin].addingClamped(table.parameters[index])
    }
    guard tensors.contains(where: { $0 > 0 }) else { return [] }
    return tensors.indices.map { bin in
      let low = edges[bin]
      let high = edges[bin + 1]
      let isLast = bin == tensors.count - 1
      return HistogramBar(
        label: "\(Self.edge(low)) – \(Self.edge(high)) %",
        value: Double(histogram.countsParameters ? parameters[bin] : tensors[bin]),
        fields: countFields(tensors: tensors[bin], parameters: parameters[bin]),
        style: Style.heat((low + high) / 2),
        filter: "role:weight sparsity>=\(low) sparsity\(isLast ? "<=" : "<")\(high)")
    }
  }

  private static func edge(_ share: Double) -> String {
    // 0.1 and whole percents.
    Format.decimal(share * 100, places: share == 0.001 ? 1 : 0)
  }

  /// How many tensors and parameters, first what the bar's length stands for.
  private func countFields(tensors: Int, parameters: Int) -> [String] {
    let fields = Self.fields(tensors: tensors, parameters: parameters)
    return histogram.countsParameters ? fields.reversed() : fields
  }

  private static func fields(tensors: Int, parameters: Int) -> [String] {
    let noun = tensors == 1 ? " tensor " : " tensors"
    return [
      rightAligned(Format.count(tensors), 6) + noun,
      rightAligned(Format.parameters(parameters), 7),
    ]
  }

  private var layerBars: HistogramBars {
    let last = table.layers.reduce(-1, max)
    // More layers than any network has are numbers of something else.
    guard last >= 0, last < 10_000 else { return HistogramBars([]) }
    return shareBars(of: table.layers, count: last + 1) { ("\($0)", "layer:\($0)") }
  }

  /// The share of zeros in groups of tensors.
  private func shareBars(
    of groups: [Int], count: Int, words: @escaping @Sendable (Int) -> (name: String, filter: String)
  ) -> HistogramBars {
    var sums = Array(repeating: TensorTree.Sums(), count: count)
    for index in 0..<table.count where sums.indices.contains(groups[index]) {
      sums[groups[index]].add(table.sums(of: index))
    }
    let shown = sums.indices.filter { sums[$0].counts > 0 }
    return HistogramBars(count: shown.count) { [sums] index in
      let sum = sums[shown[index]]
      let share = Double(sum.zeros) / Double(sum.counts)
      let (name, filter) = words(shown[index])
      return HistogramBar(
        label: name, value: share,
        fields: [rightAligned(Numbers.percent(share), 7)]
          + Self.fields(tensors: sum.tensors, parameters: sum.parameters),
        style: Style.zeros(share), filter: filter)
    }
  }

  private var magnitudeBars: [HistogramBar] {
    let counts = histogram.magnitudes
    guard let low = counts.keys.min(), let high = counts.keys.max() else { return [] }
    let total = counts.values.reduce(histogram.zeros) { $0.addingClamped($1) }
    func bar(_ label: String, _ count: Int) -> HistogramBar {
      HistogramBar(
        label: label, value: Double(count),
        fields: [
          rightAligned(Format.count(count), 15),
          rightAligned(Numbers.percent(Double(count) / Double(max(total, 1))), 9),
        ])
    }
    // From large to small, without the gap to a bin for what is smaller than all others.
    let bars: [HistogramBar] = (low...high).reversed().compactMap { exponent in
      let count = counts[exponent] ?? 0
      if count == 0, exponent < low + 900, exponent > low { return nil }
      return bar("2^\(exponent)", count)
    }
    return bars + [bar("0", histogram.zeros)]
  }

  private var bitBars: [HistogramBar] {
    var groups: [Int: (tensors: Int, parameters: Int)] = [:]
    for index in 0..<table.count where table.parameters[index] > 0 && table.bits[index].isFinite {
      // To a hundredth of a bit, as it is shown.
      let key = Int((min(table.bits[index], 1e6) * 100).rounded())
      let old = groups[key] ?? (0, 0)
      groups[key] = (old.tensors + 1, old.parameters.addingClamped(table.parameters[index]))
    }
    return groups.keys.sorted(by: >).compactMap { key in
      guard let group = groups[key] else { return nil }
      let bits = Double(key) / 100
      return HistogramBar(
        label: Numbers.bits(bits) + " bits",
        value: Double(histogram.countsParameters ? group.parameters : group.tensors),
        fields: countFields(tensors: group.tensors, parameters: group.parameters),
        style: Style.heat(bits / 16), filter: "bits>=\(bits - 0.005) bits<\(bits + 0.005)")
    }
  }
}

// MARK: - Keys

extension Browser {
  mutating func performInHistogram(_ command: Command) -> Effect? {
    switch command {
    case .cycleSubject, .right, .left:
      let all = HistogramState.Subject.allCases
      let step = command == .left ? all.count - 1 : 1
      histogram.subject = all[(histogram.subject.rawValue + step) % all.count]
      histogram.position = Position()
    case .back: leaveView()
    case .toggleLog:
      guard !histogram.subject.isShare else {
        tell("shares have no logarithm")
        break
      }
      histogram.isLogarithmic.toggle()
    case .toggleWeighting:
      guard histogram.subject.isCount else {
        tell(
          histogram.subject.isShare
            ? "shares are of all weights, however many tensors hold them"
            : "every weight counts, however many tensors hold it")
        break
      }
      histogram.countsParameters.toggle()
    case .open:
      let bars = histogramBars
      let selected = histogram.position.selected
      if bars.indices.contains(selected), let filter = bars[selected].filter {
        listTensors(filter: filter)
      } else if !bars.isEmpty {
        tell("values of this size lie in many tensors: v in a tensor lists its values")
      }
    default:
      _ = histogram.position.move(
        command, count: histogramBars.count, height: histogramArea.rows)
    }
    return nil
  }

  mutating func clickInHistogram(row: Int, column: Int) {
    let area = histogramArea
    guard area.contains(row: row, column: column) else { return }
    let bars = histogramBars
    let index = histogram.position.top + row - area.row
    guard bars.indices.contains(index) else { return }
    if index == histogram.position.selected {
      _ = performInHistogram(.open)
    } else {
      histogram.position.select(index, count: bars.count, height: area.rows)
    }
  }
}
