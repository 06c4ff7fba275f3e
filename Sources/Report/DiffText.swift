/// What `inspect diff` tells, for people: what happened first, then by how much and where.
public struct DiffText {
  private let report: DiffReport
  private let painter: Painter
  private let width: Int

  /// Prepares a text of at most `width` columns.
  public init(_ report: DiffReport, painter: Painter, width: Int) {
    self.report = report
    self.painter = painter
    self.width = max(width, 60)
  }

  /// The text, ending in a newline.
  ///
  /// - Parameter includesTensors: whether every tensor has a line; else the ten that changed most.
  public func text(includesTensors: Bool) -> String {
    var lines = headline + evidence
    if !report.same {
      lines += structure
      lines += numbers
      lines += tensorLines(includesTensors ? .max : Self.fewTensors)
    } else if includesTensors {
      lines += tensorLines(.max)
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The tensors that are shown unasked.
  private static let fewTensors = 10
  /// The names and keys that are shown of a list.
  private static let fewNames = 8

  // MARK: - What happened

  private var headline: [String] {
    let ink: Ink = report.same ? .good : .title
    return [
      painter.paint("reference  ", .dim) + escapedForTerminal(report.reference.path),
      painter.paint("other      ", .dim) + escapedForTerminal(report.other.path),
    ]
      + wrapped(escapedForTerminal(report.account.headline), to: width - 2)
      .map { "  " + painter.paint($0, ink) }
  }

  private var evidence: [String] {
    guard !report.account.evidence.isEmpty else { return [] }
    return [""]
      + labelled("evidence", report.account.evidence.flatMap { wrappedHanging($0) })
  }

  private var structure: [String] {
    let lines = report.structureLists.flatMap { title, items in
      let shown = items.prefix(Self.fewNames).map(escapedForTerminal)
      let more = items.count > shown.count ? ["… and \(items.count - shown.count) more"] : []
      return labelled(title, shown + more)
    }
    return lines.isEmpty ? [] : [""] + lines
  }

  // MARK: - Numbers

  private var numbers: [String] {
    guard report.totals.weights > 0 else { return [] }
    var lines = [""]
    lines += labelled(
      "in all", wrapped(report.totals.phrases.joined(separator: ", "), to: width - 14))
    lines.append("")
    lines += table("types", report.types)
    lines += table("roles", report.roles)
    if report.layers.count > 1 {
      let errors = report.layers.map { $0.numbers.relativeRMSE ?? 0 }
      let shown = errors.count > width - 30 ? Array(errors.prefix(width - 30)) : errors
      let most = errors.max() ?? 0
      lines += labelled(
        "layers",
        [
          painter.paint(Bars.sparkline(shown), .bar)
            + "  error by layer, at most \(Format.number(most)) σ"
        ])
    }
    lines += labelled("errors", histogram)
    return lines
  }

  private func table(_ name: String, _ groups: [DiffReport.Group]) -> [String] {
    guard !groups.isEmpty else { return [] }
    let names = groups.map { escapedForTerminal($0.name) }
    let nameWidth = min(names.map(displayWidth).max() ?? 0, 28)
    return labelled(
      name,
      zip(groups, names).map { group, name in
        padded(shortenedInMiddle(name, to: nameWidth), to: nameWidth) + "  "
          + row(group.numbers) + "  "
          + painter.paint(Format.quantity(group.tensors, "tensor"), .dim)
      })
  }

  private func row(_ numbers: DiffReport.Numbers) -> String {
    padded(numbers.errorText, to: 11, right: true) + "  "
      + padded(numbers.noiseText, to: 9, right: true) + "  "
      + padded(numbers.equalText, to: 8, right: true) + " equal"
  }

  private var histogram: [String] {
    let counts = report.histogram.tensors
    let most = counts.max() ?? 0
    guard most > 0 else { return [] }
    return counts.indices.filter { counts[$0] > 0 }.map { bin in
      let bar = Bars.horizontal(Double(counts[bin]) / Double(most), width: 24)
      return padded(report.histogram.label(bin), to: 15) + painter.paint(bar, .bar) + " "
        + Format.quantity(counts[bin], "tensor")
    }
  }

  // MARK: - Tensors

  private func tensorLines(_ count: Int) -> [String] {
    let all = count == .max
    let candidates = report.tensors.filter { all || $0.change != "identical" && $0.numbers != nil }
    let sorted =
      all
      ? candidates
      : candidates.sorted {
        ($1.numbers?.relativeRMSE ?? 0, $0.name) < ($0.numbers?.relativeRMSE ?? 0, $1.name)
      }
    guard !sorted.isEmpty else { return [] }
    let shown = sorted.prefix(count)
    var lines = [""]
    lines += labelled(all ? "tensors" : "most", shown.map(line))
    if shown.count < sorted.count {
      lines += labelled("", ["… and \(sorted.count - shown.count) more (--tensors)"])
    }
    return lines
  }

  private func line(_ tensor: DiffReport.Tensor) -> String {
    let numbers = tensor.numbers.map(row) ?? String(repeating: " ", count: 41)
    return padded(tensor.change, to: 10) + numbers + "  " + escapedForTerminal(tensor.name)
  }

  // MARK: - Parts

  /// A sentence whose further lines are set in.
  private func wrappedHanging(_ text: String) -> [String] {
    wrapped(escapedForTerminal(text), to: width - 16).enumerated().map { index, line in
      index == 0 ? line : "  " + line
    }
  }

  private func labelled(_ name: String, _ lines: [String]) -> [String] {
    lines.enumerated().map { index, line in
      "  " + painter.paint(padded(index == 0 ? name : "", to: 12), .dim) + line
    }
  }
}
