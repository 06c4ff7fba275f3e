import Browser

/// A screen as an SVG picture, coloured as a terminal of 256 colours shows it.
///
/// Blocks and braille are drawn as shapes, so that they join without the right font.
struct ScreenPicture {
  private let screen: Screen

  // A cell in pixels, as a terminal's font of 14 has it.
  private let cellWidth = 8.4
  private let cellHeight = 18.0
  private let margin = 12.0

  init(_ screen: Screen) { self.screen = screen }

  /// The document.
  var svg: String {
    let width = Double(screen.columns) * cellWidth + 2 * margin
    let height = Double(screen.rows) * cellHeight + 2 * margin
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.text(width)) \(Self.text(height))">
      <style>text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace }</style>
      <rect width="100%" height="100%" rx="8" fill="#16181d"/>

      """
    for row in 0..<screen.rows {
      for span in screen.spans(inRow: row) { svg += picture(of: span, row: row) }
    }
    return svg + "</svg>\n"
  }

  private func picture(of span: Screen.Span, row: Int) -> String {
    let look = span.style.look
    let x = margin + Double(span.column) * cellWidth
    let y = margin + Double(row) * cellHeight
    let width = Double(span.text.unicodeScalars.count) * cellWidth
    var picture = ""
    if let background = look.background {
      picture +=
        "<rect x=\"\(Self.text(x))\" y=\"\(Self.text(y))\" width=\"\(Self.text(width))\" "
        + "height=\"\(Self.text(cellHeight))\" fill=\"\(background)\"/>\n"
    }
    var letters = ""
    var shapes = ""
    var shades: [(opacity: Double, path: String)] = []
    for (index, scalar) in span.text.unicodeScalars.enumerated() {
      let left = x + Double(index) * cellWidth
      if let shade = Self.shades[scalar] {
        let path = rectangle(left, y, cellWidth, cellHeight)
        if shades.last?.opacity == shade {
          shades[shades.count - 1].path += path
        } else {
          shades.append((shade, path))
        }
      } else if let shape = shape(of: scalar, x: left, y: y) {
        shapes += shape
      } else {
        letters.unicodeScalars.append(scalar)
        continue
      }
      letters += " "
    }
    if !shapes.isEmpty { picture += "<path d=\"\(shapes)\" fill=\"\(look.foreground)\"/>\n" }
    for shade in shades {
      picture +=
        "<path d=\"\(shade.path)\" fill=\"\(look.foreground)\" "
        + "fill-opacity=\"\(shade.opacity)\"/>\n"
    }
    return picture + words(of: letters, look: look, x: x, y: y)
  }

  /// Each word at its own place, so that neither spaces nor the font's width matter.
  private func words(of letters: String, look: Style.Look, x: Double, y: Double) -> String {
    var picture = ""
    let scalars = Array(letters.unicodeScalars)
    var start = 0
    while start < scalars.count {
      guard scalars[start] != " " else {
        start += 1
        continue
      }
      let end = scalars[start...].firstIndex(of: " ") ?? scalars.count
      let word = String(String.UnicodeScalarView(scalars[start..<end]))
      let left = x + Double(start) * cellWidth
      picture +=
        "<text x=\"\(Self.text(left))\" y=\"\(Self.text(y + 13.5))\" "
        + "textLength=\"\(Self.text(Double(end - start) * cellWidth))\" "
        + "fill=\"\(look.foreground)\"" + (look.isBold ? " font-weight=\"bold\"" : "")
        + ">\(Self.escaped(word))</text>\n"
      start = end
    }
    return picture
  }

  private static let shades: [Unicode.Scalar: Double] = ["░": 0.25, "▒": 0.5, "▓": 0.75]

  /// The outline of a block or of the dots of braille.
  private func shape(of scalar: Unicode.Scalar, x: Double, y: Double) -> String? {
    switch scalar.value {
    case 0x2588: return rectangle(x, y, cellWidth, cellHeight)
    case 0x2581...0x2587:
      let height = cellHeight * Double(scalar.value - 0x2580) / 8
      return rectangle(x, y + cellHeight - height, cellWidth, height)
    case 0x2589...0x258F:
      return rectangle(x, y, cellWidth * Double(0x2590 - scalar.value) / 8, cellHeight)
    case 0x2800...0x28FF:
      let bits: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
      var dots = ""
      for (row, columns) in bits.enumerated() {
        for (column, bit) in columns.enumerated() where scalar.value & bit != 0 {
          dots += rectangle(
            x + Double(column) * cellWidth / 2 + 0.6, y + Double(row) * cellHeight / 4 + 0.6,
            cellWidth / 2 - 1.2, cellHeight / 4 - 1.2)
        }
      }
      return dots
    default: return nil
    }
  }

  private func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> String {
    "M\(Self.text(x)) \(Self.text(y))h\(Self.text(width))v\(Self.text(height))h-\(Self.text(width))z"
  }

  private static func text(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      default: result.append(character)
      }
    }
  }
}

extension Style {
  fileprivate struct Look {
    var foreground: String
    var background: String?
    var isBold = false
  }

  /// The colours of the terminal's palette for 256 colours.
  fileprivate var look: Look {
    switch self {
    case .plain: Look(foreground: "#d0d0d0")
    case .title: Look(foreground: "#bcbcbc", background: "#303030")
    case .tab: Look(foreground: "#ffffff", background: "#005faf", isBold: true)
    case .heading: Look(foreground: "#5fafff", isBold: true)
    case .headline: Look(foreground: "#ffffff", isBold: true)
    case .dim: Look(foreground: "#808080")
    case .key, .marked: Look(foreground: "#ffd787", isBold: true)
    case .selected: Look(foreground: "#ffffff", background: "#005f87")
    case .match: Look(foreground: "#000000", background: "#ffd787")
    case .bar: Look(foreground: "#5fafd7")
    case .chosenBar: Look(foreground: "#ffd787", isBold: true)
    case .good: Look(foreground: "#87d787")
    case .warning: Look(foreground: "#ffaf00")
    case .error: Look(foreground: "#ff5f5f")
    case .precisionBadge: Look(foreground: "#ffffff", background: "#005faf", isBold: true)
    case .quantizedBadge: Look(foreground: "#ffffff", background: "#8700af", isBold: true)
    case .prunedBadge: Look(foreground: "#000000", background: "#ffaf00", isBold: true)
    case .sparseBadge: Look(foreground: "#000000", background: "#87d787", isBold: true)
    case .distilledBadge: Look(foreground: "#000000", background: "#5fd7d7", isBold: true)
    case .errorBadge: Look(foreground: "#ffffff", background: "#d70000", isBold: true)
    case .heat0: Look(foreground: "#585858")
    case .heat1: Look(foreground: "#5f87af")
    case .heat2: Look(foreground: "#5fd7af")
    case .heat3: Look(foreground: "#afd75f")
    case .heat4: Look(foreground: "#ffd700")
    case .heat5: Look(foreground: "#ff5f5f")
    }
  }
}
