/// Histograms of a whole model as plain text, for `inspect histogram`.
public struct HistogramText {
  /// What is counted.
  public enum Subject: String, Sendable, CaseIterable {
    /// Tensors and parameters by their share of zeros.
    case sparsity
    /// The share of zeros among the weights of each role.
    case roles
    /// The share of zeros among the weights of each layer.
    case layers
    /// Weights by their magnitude, in powers of two.
    case values
    /// Parameters by the bits that each takes in the file.
    case bits
  }

  private let report: Report
  private let tensors: [Report.Tensor]
  private let painter: Painter
  private let width: Int

  /// Prepares histograms of at most `width` columns over the tensors whose names pass a filter.
  public init(_ report: Report, filter: NameFilter, painter: Painter, width: Int) {
    self.report = report
    tensors = report.tensors.filter { filter.contains($0.name) }
    self.painter = painter
    self.width = max(width, 40)
  }

  /// The histogram of a subject, ending in a newline.
  public func text(of subject: Subject) -> String {
    var lines = [painter.paint(escapedForTerminal(report.path), .dim)]
    if tensors.isEmpty, !report.tensors.isEmpty {
      return lines[0] + "\nno tensor has such a name\n"
    }
    switch subject {
    case .sparsity: lines += sparsity
    case .roles: lines += shares("role") { $0.role }
    case .layers: lines += shares("layer") { $0.layer.map { "\($0)" } }
    case .values: lines += values
    case .bits: lines += bits
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// One row of a histogram.
  private struct Row {
    var label: String
    var count: Int
    var note: String
  }

  /// - Parameter full: what the longest bar stands for; `nil` for the greatest count.
  private func chart(
    _ title: String, _ rows: [Row], full: Int? = nil, empty: String
  ) -> [String] {
    let greatest = full ?? rows.map(\.count).max() ?? 0
    guard greatest > 0, !rows.isEmpty else { return [empty] }
    let labelWidth = rows.map { displayWidth($0.label) }.max() ?? 0
    let noteWidth = rows.map { displayWidth($0.note) }.max() ?? 0
    let barWidth = max(8, width - labelWidth - noteWidth - 4)
    return [painter.paint(title, .title)]
      + rows.map { row in
        padded(row.label, to: labelWidth, right: true) + "  "
          + painter.paint(
            Bars.horizontal(Double(row.count) / Double(greatest), width: barWidth), .bar)
          + "  " + padded(row.note, to: noteWidth, right: true)
      }
  }

  private var sparsity: [String] {
    let histogram = Report.SparsityHistogram(tensors)
    let rows = histogram.tensors.indices.map { index in
      Row(
        label: "\(Format.percent(histogram.edges[index])) – "
          + Format.percent(histogram.edges[index + 1]),
        count: histogram.parameters[index],
        note: "\(Format.parameters(histogram.parameters[index])) in "
          + Format.quantity(histogram.tensors[index], "tensor"))
    }
    return chart(
      "weights by the share of zeros in their tensor", rows, empty: "no weights were measured")
  }

  /// The share of zeros in groups of tensors, as they come in the file.
  private func shares(_ noun: String, of group: (Report.Tensor) -> String?) -> [String] {
    var groups: [String: (zeros: Int, count: Int, tensors: Int)] = [:]
    var names: [String] = []
    for tensor in tensors where tensor.parameters > 0 {
      guard let measurement = tensor.measurement, let name = group(tensor) else { continue }
      if groups[name] == nil { names.append(name) }
      let old = groups[name] ?? (0, 0, 0)
      groups[name] = (
        old.zeros + measurement.zeros, old.count + measurement.count, old.tensors + 1
      )
    }
    // Layers in the order of their numbers; roles keep that of the file.
    names = names.enumerated().sorted {
      (Int($0.element) ?? 0, $0.offset) < (Int($1.element) ?? 0, $1.offset)
    }.map(\.element)
    let rows = names.compactMap { name -> Row? in
      guard let group = groups[name], group.count > 0 else { return nil }
      let share = Double(group.zeros) / Double(group.count)
      return Row(
        label: name, count: Int(share * Double(Self.whole)),
        note: "\(Format.percent(share)) of \(Format.parameters(group.count)) in "
          + Format.quantity(group.tensors, "tensor"))
    }
    return chart(
      "zeros among the weights of each \(noun)", rows, full: Self.whole,
      empty: "no weights of a \(noun) were measured")
  }

  /// What a full bar counts where bars are shares.
  private static let whole = 1 << 20

  private var values: [String] {
    var counts: [Int: Int] = [:]
    var zeros = 0
    for tensor in tensors where tensor.parameters > 0 {
      guard let measurement = tensor.measurement else { continue }
      zeros += measurement.zeros
      guard let histogram = measurement.histogram, histogram.kind == "log2_magnitude" else {
        continue
      }
      for (index, count) in histogram.counts.enumerated() where count > 0 {
        counts[histogram.edges[index].exponentOrZero, default: 0] += count
      }
    }
    guard let first = counts.keys.min(), let last = counts.keys.max() else {
      return ["no values were measured"]
    }
    var rows = [Row(label: "0", count: zeros, note: Format.count(zeros))]
    rows += (first...last).map { exponent in
      let count = counts[exponent] ?? 0
      return Row(label: "2^\(exponent)", count: count, note: Format.count(count))
    }
    return chart(
      "weights by magnitude (2^n ≤ |w| < 2^(n + 1))", rows, empty: "no values were measured")
  }

  private var bits: [String] {
    var parameters: [Double: (count: Int, types: [String])] = [:]
    for tensor in tensors where tensor.parameters > 0 {
      let bits = Double(tensor.bytes) * 8 / Double(tensor.parameters)
      let rounded = (bits * 100).rounded() / 100
      var entry = parameters[rounded] ?? (0, [])
      entry.count += tensor.parameters
      if !entry.types.contains(tensor.type) { entry.types.append(tensor.type) }
      parameters[rounded] = entry
    }
    let rows = parameters.sorted { $0.key < $1.key }.map { bits, entry in
      Row(
        label: Format.decimal(bits, places: 2), count: entry.count,
        note: "\(Format.parameters(entry.count)) as "
          + escapedForTerminal(entry.types.joined(separator: ", ")))
    }
    return chart("parameters by the bits that each takes", rows, empty: "there are no parameters")
  }
}

extension Report.Tensor {
  /// The first component of its name that is a number of at most six digits.
  fileprivate var layer: Int? {
    name.utf8.split { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "/") }.lazy
      .filter { $0.count <= 6 }.compactMap { Int(String($0) ?? "") }.first { $0 >= 0 }
  }
}

extension Double {
  /// The exponent of a power of two; 0 for numbers that have none.
  fileprivate var exponentOrZero: Int { isNormal || isSubnormal ? Int(exponent) : 0 }
}
