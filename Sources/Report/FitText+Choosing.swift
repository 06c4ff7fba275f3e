internal import Classification

extension FitText {
  var table: [String] {
    let rows = report.models.map { model -> [String] in
      guard model.format != nil else { return ["nothing"] + Array(repeating: "–", count: 8) }
      if model.obstacle != nil {
        let size = Format.gibibytes(model.storedBytes)
        return [kind(of: model), size] + Array(repeating: "–", count: 7)
      }
      let fits = model.memory.fits.map { $0 ? "yes" : "no" } ?? "–"
      let useless: Set = ["none", "unknown", "removed"]
      let runtimes = model.runtimes.count { !useless.contains($0.support) }
      return [
        kind(of: model), Format.gibibytes(model.storedBytes),
        model.memory.totalBytes.map(Format.gibibytes) ?? "–",
        model.bitsPerWeight.map { Format.decimal($0, places: 2) } ?? "–", fits,
        model.memory.largestContext.map(Format.count) ?? "–", "\(runtimes)",
        model.quality.map { "+\(Format.roundNumber($0.perplexityRise))" } ?? "–",
        model.measured?.matrixError.map { "\(Format.number($0)) σ" } ?? "–",
      ]
    }
    let heads = [
      "kind", "size", "memory", "bits", "fits", "most tokens", "runtimes", "loss*", "error",
    ]
    let widths = heads.indices.map { column in
      ([heads[column]] + rows.map { $0[column] }).map(displayWidth).max() ?? 0
    }
    func line(_ cells: [String], _ path: String) -> String {
      cells.enumerated().map { padded($1, to: widths[$0], right: $0 > 0) }
        .joined(separator: "  ") + "  " + path
    }
    return [painter.paint(line(heads, "path"), .dim)]
      + zip(report.models, rows).map { line($1, escapedForTerminal($0.path)) }
      + (report.models.contains { $0.quality != nil }
        ? wrapped(
          "* published rise of perplexity of another model; orientation only",
          to: width
        ).map { painter.paint($0, .dim) } : [])
  }

  func shortDetail(_ model: FitReport.Candidate) -> [String] {
    guard model.format != nil else { return [] }
    let memory = model.memory
    let remarks = [
      model.obstacle,
      model.doubts.isEmpty ? nil : model.doubts.joined(separator: "; "),
      memory.assumptions.isEmpty
        ? nil : "assumed: " + memory.assumptions.joined(separator: "; "),
      memory.unknown.isEmpty ? nil : "not known: " + memory.unknown.joined(separator: "; "),
    ]
    return remarks.compactMap(\.self).flatMap { remark in
      wrapped(escapedForTerminal("\(model.path): \(remark)"), to: width)
        .map { painter.paint($0, .dim) }
    }
  }

  var recommendation: [String] {
    guard let choice = report.recommendation else {
      let words =
        if report.models.count == 1 {
          report.models[0].obstacle == nil
            ? "It cannot be run as asked." : "It cannot be run on its own."
        } else if report.models.contains(where: \.isOther) {
          "None of them can be recommended: what can be run is another model than the one that "
            + "they were compared with."
        } else {
          "None of them can be run as asked."
        }
      return wrapped(words, to: width).map { painter.paint($0, .error) }
    }
    return wrapped(
      escapedForTerminal("Take \(choice.path): it \(choice.reason)."),
      to: width
    ).map { painter.paint($0, .title) }
  }
}

extension FitReport.Candidate {
  fileprivate var isOther: Bool {
    measured.flatMap { Diff.Account.Kind(rawValue: $0.kind) }.flatMap(Fit.Kinship.init) == .other
  }
}
