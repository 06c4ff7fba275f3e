/// The table of tensors for `--tensors`: a line each.
struct TensorTable {
  private let tensors: [Report.Tensor]
  private let painter: Painter

  init(_ tensors: [Report.Tensor], painter: Painter) {
    self.tensors = tensors
    self.painter = painter
  }

  /// Appends the heading and a line for each tensor; names are whole, so that they can be searched
  /// and copied.
  func write(to text: inout String) {
    let typeWidth = max(tensors.lazy.map { displayWidth($0.type) }.max() ?? 0, 4)
    let heading =
      "\(padded("type", to: typeWidth))  \(padded("shape", to: 16))  "
      + "\(padded("bytes", to: 8, right: true))  \(padded("zeros", to: 8, right: true))  name"
    text += painter.paint(heading, .dim) + "\n"
    for tensor in tensors {
      append(escapedForTerminal(tensor.type), to: typeWidth, &text)
      append(Self.shape(tensor), to: 16, &text)
      append(Format.bytes(tensor.bytes), to: 8, right: true, &text)
      append(
        tensor.measurement?.zeroFraction.map(Format.percent) ?? "–", to: 8, right: true, &text)
      text += escapedForTerminal(tensor.name)
      text += "\n"
    }
  }

  private static func shape(_ tensor: Report.Tensor) -> String {
    guard let first = tensor.shape.first else { return "scalar" }
    var text = String(first)
    for dimension in tensor.shape.dropFirst() { text += "×\(dimension)" }
    return text
  }

  private func append(_ cell: String, to width: Int, right: Bool = false, _ text: inout String) {
    let spaces = max(0, width - displayWidth(cell))
    if right { for _ in 0..<spaces { text += " " } }
    text += cell
    if !right { for _ in 0..<spaces { text += " " } }
    text += "  "
  }
}
