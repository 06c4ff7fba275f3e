/// The table of tensors for `--tensors`: a line each.
public struct TensorTable {
  private let tensors: Report.Tensors
  private let painter: Painter

  /// Prepares the table.
  public init(_ tensors: Report.Tensors, painter: Painter) {
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
    // Most tensors of a model have one of a few shapes.
    var known: [Cells: String] = [:]
    var last: (cells: Cells, columns: String)?
    for tensor in tensors {
      let cells = Cells(tensor)
      let columns: String
      if let last, last.cells == cells {
        columns = last.columns
      } else {
        columns = known[cells] ?? self.columns(cells, typeWidth: typeWidth)
        if known.count < 1024 { known[cells] = columns }
        last = (cells, columns)
      }
      text += columns
      text += tensor.name.isEmpty ? "\"\"" : escapedForTerminal(tensor.name)
      text += "\n"
      if text.utf8.count >= 1 << 16 {
        write(text)
        text.removeAll(keepingCapacity: true)
      }
    }
    write(text)
  }

  /// What a line tells besides the name.
  private struct Cells: Hashable {
    var type: String
    var shape: [UInt64]
    var bytes: Int
    var zeroFraction: Double?

    init(_ tensor: Report.Tensor) {
      type = tensor.type
      shape = tensor.shape
      bytes = tensor.bytes
      zeroFraction = tensor.measurement?.zeroFraction
    }
  }

  private func columns(_ cells: Cells, typeWidth: Int) -> String {
    padded(escapedForTerminal(cells.type), to: typeWidth) + "  "
      + padded(Format.shape(cells.shape), to: 16) + "  "
      + padded(Format.bytes(cells.bytes), to: 8, right: true) + "  "
      + padded(cells.zeroFraction.map(Format.percent) ?? "–", to: 8, right: true) + "  "
  }
}
