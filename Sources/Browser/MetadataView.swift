public import Report

/// What the view of the metadata remembers.
struct MetadataState: Sendable { var position = Position() }

/// A row of the metadata: a key with its value, or the name of a file above those of its own.
struct MetadataRow: Sendable {
  /// Escaped.
  var key: String
  /// `nil` for the name of a file.
  var entry: MetadataObject.Entry?
  /// The key as it is in the model; `nil` for claims of other files.
  var modelKey: String?
}

extension Browser {
  /// The model's own keys, then the claims of the files beside it.
  var metadataRows: [MetadataRow] {
    var rows = report.metadata.entries.map {
      MetadataRow(
        key: $0.key.isEmpty ? TensorFacts.noName : escapedForTerminal($0.key), entry: $0,
        modelKey: $0.key)
    }
    for claim in claims {
      rows.append(MetadataRow(key: escapedForTerminal(claim.source), entry: nil, modelKey: nil))
      Self.add(claim.entries, prefix: "", to: &rows)
    }
    return rows
  }

  /// Objects of more members are a row of their own: a tokenizer lists its tokens in one.
  private static let fewMembers = 24

  /// The members of objects one by one, as `quantization_config.bits`.
  private static func add(_ object: MetadataObject, prefix: String, to rows: inout [MetadataRow]) {
    for entry in object.entries {
      let key = prefix + escapedForTerminal(entry.key)
      if case .object(let inner) = entry.value, prefix.count < 200,
        inner.entries.count <= fewMembers
      {
        add(inner, prefix: key + ".", to: &rows)
      } else {
        rows.append(MetadataRow(key: key, entry: entry, modelKey: nil))
      }
    }
  }

  func drawMetadata(on screen: inout Screen) {
    let area = metadataArea
    let rows = metadataRows
    let titleWidth = bodyArea.columns - 2
    screen.draw(
      metadataTitle(rows).cut(to: titleWidth), row: bodyArea.row, column: 1, width: titleWidth)
    if rows.isEmpty {
      screen.put(
        "The file says nothing about itself", row: area.row, column: 1, width: area.columns - 2,
        style: .dim)
    }
    let keys = rows.lazy.filter { $0.entry != nil }.map { displayWidth($0.key) }.max() ?? 0
    let keyWidth = min(keys, max(area.columns * 2 / 5, 8))
    let typeWidth = area.columns >= 60 ? 9 : 0
    for offset in 0..<area.rows {
      let index = metadata.position.top + offset
      guard rows.indices.contains(index) else { break }
      let row = rows[index]
      let isSelected = index == metadata.position.selected
      var line: StyledLine
      if let entry = row.entry {
        line = StyledLine(" " + leftAligned(row.key, keyWidth) + "  ", .key)
        if typeWidth > 0 { line.add(leftAligned(entry.value.typeName, typeWidth), .dim) }
        let room = max(area.columns - keyWidth - typeWidth - 5, 0)
        line.add(Self.preview(entry.value, width: room))
      } else {
        line = StyledLine(" " + row.key, .heading)
      }
      if !isSelected { line = line.marking(query) }
      screen.draw(line, row: area.row + offset, column: 0, width: area.columns - 1)
      if isSelected {
        screen.paint(row: area.row + offset, column: 0, width: area.columns - 1, style: .selected)
      }
    }
    screen.drawScrollBar(top: metadata.position.top, total: rows.count, in: area)
  }

  var metadataArea: Area { bodyArea.inset(top: 1) }

  /// The selected key, with its number where numbers stand for something.
  var metadataTerms: [String] {
    let rows = metadataRows
    let selected = metadata.position.selected
    guard rows.indices.contains(selected), let entry = rows[selected].entry else { return [] }
    if entry.key == "general.file_type", case .integer(let number) = entry.value {
      return ["\(entry.key) \(number)", entry.key]
    }
    // Members of objects are found by the way to them, which is their row's key.
    return [rows[selected].modelKey ?? rows[selected].key]
  }

  private func metadataTitle(_ rows: [MetadataRow]) -> StyledLine {
    var line = StyledLine(Format.quantity(report.metadata.entries.count, "key"), .heading).adding(
      " of the model", .dim)
    if !claims.isEmpty {
      line.add(
        ", claims of \(claims.map { escapedForTerminal($0.source) }.joined(separator: ", "))", .dim)
    }
    if let tokenizer = tokenizerSummary { line.add("  " + tokenizer, .plain) }
    return line
  }

  /// The tokenizer of a GGUF in a few words.
  private var tokenizerSummary: String? {
    var words: [String] = []
    for entry in report.metadata.entries {
      switch (entry.key, entry.value) {
      case ("tokenizer.ggml.model", .string(let name)):
        words.append("tokenizer " + escapedForTerminal(name))
      case ("tokenizer.ggml.tokens", .begun(_, let count, _)):
        words.append(Format.count(count) + " tokens")
      case ("tokenizer.ggml.tokens", .array(let tokens)): words.append("\(tokens.count) tokens")
      case ("tokenizer.chat_template", _): words.append("chat template")
      default: break
      }
    }
    return words.isEmpty ? nil : words.joined(separator: ", ")
  }

  /// The beginning of a value in one line.
  private static func preview(_ value: MetadataObject.Value, width: Int) -> String {
    // A character of the text is at most six of the escapes.
    let text = value.text(limit: width + 1)
    let escaped = escapedForTerminal(text)
    return displayWidth(escaped) > width ? shortenedAtEnd(escaped, to: width - 1) + "…" : escaped
  }
}

// MARK: - Keys

extension Browser {
  mutating func performInMetadata(_ command: Command) -> Effect? {
    let rows = metadataRows
    let height = metadataArea.rows
    switch command {
    case .open:
      let selected = metadata.position.selected
      guard rows.indices.contains(selected), let entry = rows[selected].entry else { return nil }
      openValue(entry.value, key: rows[selected].key, modelKey: rows[selected].modelKey)
    case .search: prompt = Prompt(.search)
    case .searchNext: searchInMetadata(backwards: false)
    case .searchPrevious: searchInMetadata(backwards: true)
    case .back: if query != nil { query = nil } else { leaveView() }
    default: _ = metadata.position.move(command, count: rows.count, height: height)
    }
    return nil
  }

  private mutating func openValue(_ value: MetadataObject.Value, key: String, modelKey: String?) {
    switch value {
    case .begun(_, let count, _):
      guard let modelKey else { return }
      panes.append(
        .paged(PagedPane(source: .array(modelKey), valueCount: count, byteCount: 0, rowLength: 0)))
    case .array(let elements):
      open(
        Pager(
          title: key,
          paragraphs: elements.enumerated().map { index, element in
            StyledLine(leftAligned("\(index)", 6), .dim).adding(
              escapedForTerminal(element.text(limit: .max)))
          }))
    case .object(let object):
      open(
        Pager(
          title: key,
          paragraphs: object.entries.map {
            StyledLine(escapedForTerminal($0.key) + "  ", .key).adding(
              escapedForTerminal($0.value.text(limit: .max)))
          }))
    default: open(Pager(title: key, text: value.text(limit: .max)))
    }
  }

  mutating func searchInMetadata(backwards: Bool, includingCurrent: Bool = false) {
    guard let query = query ?? lastQuery else {
      notice = Notice(text: "search first: /", isError: false)
      return
    }
    self.query = query
    let rows = metadataRows
    guard !rows.isEmpty else { return }
    let start = metadata.position.selected
    for offset in (includingCurrent ? 0 : 1)...rows.count {
      let index =
        ((backwards ? start - offset : start + offset) % rows.count + rows.count) % rows.count
      let text = rows[index].key + " " + (rows[index].entry?.value.text(limit: 100_000) ?? "")
      let bytes = query.folded(Array(text.utf8))
      if query.matchesWords(bytes.span, in: 0..<bytes.count) {
        metadata.position.select(index, count: rows.count, height: metadataArea.rows)
        return
      }
    }
    tell("no key or value matches")
  }

  mutating func clickInMetadata(row: Int, column: Int) {
    let area = metadataArea
    guard area.contains(row: row, column: column) else { return }
    let rows = metadataRows
    let index = metadata.position.top + row - area.row
    guard rows.indices.contains(index) else { return }
    if index == metadata.position.selected {
      _ = performInMetadata(.open)
    } else {
      metadata.position.select(index, count: rows.count, height: area.rows)
    }
  }
}

extension MetadataObject.Value {
  /// What kind of value it is.
  var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "bool"
    case .integer: "integer"
    case .number: "number"
    case .string: "string"
    case .array, .begun: "array"
    case .object: "object"
    }
  }

  /// The value as text, not escaped; strings and arrays may be cut off behind `limit` characters.
  func text(limit: Int) -> String {
    switch self {
    case .null: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .integer(let value): return "\(value)"
    case .number(let value): return "\(value)"
    case .string(let text):
      return limit < text.utf8.count ? String(text.unicodeScalars.prefix(limit)) : text
    case .array(let elements): return "[" + Self.list(elements.map { $0 }, limit: limit) + "]"
    case .begun(let type, let count, let first):
      return "\(Format.count(count)) × \(type): " + Self.list(first, limit: limit) + ", …"
    case .object(let object):
      return "{"
        + Self.list(
          object.entries.map { .string($0.key + ": " + $0.value.text(limit: limit)) }, limit: limit)
        + "}"
    }
  }

  /// The whole value as text, not escaped.
  public var text: String { text(limit: .max) }

  private static func list(_ elements: [MetadataObject.Value], limit: Int) -> String {
    var text = ""
    for (index, element) in elements.enumerated() {
      if index > 0 { text += ", " }
      text += element.text(limit: limit)
      if text.utf8.count > limit { break }
    }
    return text
  }
}
