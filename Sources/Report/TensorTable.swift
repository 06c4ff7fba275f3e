/// The table of tensors for `--tensors`: a line each.
struct TensorTable {
  private let tensors: [Report.Tensor]
  private let painter: Painter
  private let width: Int

  init(_ tensors: [Report.Tensor], painter: Painter, width: Int) {
    self.tensors = tensors
    self.painter = painter
    self.width = width
  }

  /// The heading and the lines; names are whole, so that they can be searched and copied.
  var lines: [String] {
    let types = tensors.lazy.map { displayWidth($0.type) }.max() ?? 0
    let typeWidth = max(types, 4)
    var lines = [
      painter.paint(
        "\(padded("type", to: typeWidth))  \(padded("shape", to: 16))  "
          + "\(padded("bytes", to: 8, right: true))  \(padded("zeros", to: 8, right: true))  name",
        .dim)
    ]
    lines.reserveCapacity(tensors.count + 1)
    for tensor in tensors {
      let shape = tensor.shape.map(String.init).joined(separator: "×")
      let zeros = tensor.measurement?.zeroFraction.map(Format.percent) ?? "–"
      lines.append(
        padded(escapedForTerminal(tensor.type), to: typeWidth) + "  "
          + padded(shape.isEmpty ? "scalar" : shape, to: 16) + "  "
          + padded(Format.bytes(tensor.bytes), to: 8, right: true) + "  "
          + padded(zeros, to: 8, right: true) + "  " + escapedForTerminal(tensor.name))
    }
    return lines
  }
}
