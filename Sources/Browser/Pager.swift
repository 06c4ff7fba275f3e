import Report

/// A long text to read, wrapped to the window, with search.
struct Pager: Sendable {
  /// What is read.
  var title: String
  /// Paragraphs, escaped.
  private let paragraphs: [StyledLine]
  private(set) var lines: [StyledLine] = []
  private(set) var top = 0
  private var width = 0

  /// Shows paragraphs that are escaped already.
  init(title: String, paragraphs: [StyledLine]) {
    self.title = title
    self.paragraphs = paragraphs
  }

  /// Shows a text from a file: its line breaks and tabs are kept, all else is escaped.
  init(title: String, text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    self.init(
      title: title,
      paragraphs: lines.map { line in
        let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
        return StyledLine(parts.map { escapedForTerminal(String($0)) }.joined(separator: "    "))
      })
  }

  /// Wraps the text anew; the place is kept roughly.
  mutating func adapt(width: Int, height: Int) {
    guard width != self.width else {
      scroll(to: top, height: height)
      return
    }
    let share = lines.isEmpty ? 0 : Double(top) / Double(lines.count)
    self.width = width
    lines = paragraphs.flatMap { $0.wrapped(to: width) }
    scroll(to: Int(share * Double(lines.count)), height: height)
  }

  mutating func scroll(to line: Int, height: Int) {
    top = min(max(line, 0), max(lines.count - height, 0))
  }

  /// Scrolls to the next line with a match.
  mutating func search(_ query: Query, backwards: Bool, includingCurrent: Bool, height: Int) -> Bool
  {
    guard !lines.isEmpty else { return false }
    for offset in (includingCurrent ? 0 : 1)...lines.count {
      let line =
        ((backwards ? top - offset : top + offset) % lines.count + lines.count) % lines.count
      if !query.occurrences(in: Array(lines[line].text.utf8)).isEmpty {
        // Not clamped to the end, so that the match is the first line and the next one is found.
        top = line
        return true
      }
    }
    return false
  }
}

extension Pager {
  /// Draws what is seen, below the title.
  func draw(in body: Area, query: Query?, on screen: inout Screen) {
    screen.put(
      shortenedInMiddle(title, to: body.columns - 2), row: body.row, column: 1, style: .headline)
    let area = body.inset(top: 1, left: 1, right: 1)
    screen.draw(lines.dropFirst(top).prefix(area.rows).map { $0.marking(query) }, in: area)
    screen.drawScrollBar(top: top, total: lines.count, in: body.inset(top: 1))
  }
}

extension StyledLine {
  /// The line in pieces of at most `width` columns, broken at spaces where that is possible.
  func wrapped(to width: Int) -> [StyledLine] {
    if spans.count <= 1 {
      return wrappedLines(text, to: width).map { StyledLine($0, spans.first?.style ?? .plain) }
    }
    // Of several styles, the first is a label that the others are set beside.
    let label = spans[0]
    let indent = max(min(displayWidth(label.text), width / 2), 0)
    var rest = StyledLine()
    rest.spans = Array(spans.dropFirst())
    let style = rest.spans.first?.style ?? .plain
    let pieces = wrappedLines(rest.text, to: max(width - indent, 1))
    return pieces.enumerated().map { index, piece in
      StyledLine(
        index == 0 ? leftAligned(label.text, indent) : String(repeating: " ", count: indent),
        label.style
      ).adding(piece, style)
    }
  }

  /// The line with the places that a query finds marked.
  func marking(_ query: Query?) -> StyledLine {
    guard let query else { return self }
    let occurrences = query.occurrences(in: Array(text.utf8))
    guard !occurrences.isEmpty else { return self }
    var line = StyledLine()
    var offset = 0
    for span in spans {
      let bytes = Array(span.text.utf8)
      var position = 0
      for occurrence in occurrences {
        let start = min(max(occurrence.lowerBound - offset, position), bytes.count)
        let end = min(max(occurrence.upperBound - offset, start), bytes.count)
        line.add(String(decoding: bytes[position..<start], as: UTF8.self), span.style)
        line.add(String(decoding: bytes[start..<end], as: UTF8.self), .match)
        position = end
      }
      line.add(String(decoding: bytes[position...], as: UTF8.self), span.style)
      offset += bytes.count
    }
    return line
  }
}
