/// The table of tensors for `--tensors`: a line each.
public struct TensorTable {
  private let tensors: [Report.Tensor]
  private let painter: Painter

  /// Prepares the table.
  public init(_ tensors: [Report.Tensor], painter: Painter) {
    self.tensors = tensors
    self.painter = painter
  }

  /// Writes an empty line, the heading and a line for each tensor, many lines at a time.
  ///
  /// Names are whole, so that they can be searched and copied.
  public func write(_ write: (String) -> Void) {
    guard !tensors.isEmpty else { return }
    let typeWidth = max(tensors.lazy.map { displayWidth($0.type) }.max() ?? 0, 4)
    let heading =
      "\(padded("type", to: typeWidth))  \(padded("shape", to: 16))  "
      + "\(padded("bytes", to: 8, right: true))  \(padded("zeros", to: 8, right: true))  name"
    var text = "\n" + painter.paint(heading, .dim) + "\n"
    for tensor in tensors {
      append(escapedForTerminal(tensor.type), to: typeWidth, &text)
      append(Self.shape(tensor), to: 16, &text)
      append(Format.bytes(tensor.bytes), to: 8, right: true, &text)
      append(
        tensor.measurement?.zeroFraction.map(Format.percent) ?? "–", to: 8, right: true, &text)
      text += escapedForTerminal(tensor.name)
      text += "\n"
      if text.utf8.count >= 1 << 16 {
        write(text)
        text.removeAll(keepingCapacity: true)
      }
    }
    write(text)
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
