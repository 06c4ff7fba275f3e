/// The front matter of a model card: the YAML between two lines of `---` at its start.
///
/// Cards use flat keys with strings and lists of strings (huggingface/hub-docs,
/// docs/hub/model-cards.md); what is nested deeper is left out.
enum FrontMatter {
  /// The keys of a card as an object of strings and arrays of strings, none without front matter, and
  /// the text below them.
  static func parse(_ card: String) -> (keys: JSONValue, prose: String) {
    var lines = card.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)[...]
    let isOpened = trimmed(lines.first ?? "") == "---"
    lines = lines.dropFirst()
    guard isOpened, let end = lines.firstIndex(where: { trimmed($0) == "---" }) else {
      return (.object([:]), card)
    }
    var members: [String: JSONValue] = [:]
    var key: String?
    for line in lines[..<end] where !trimmed(line).isEmpty && !trimmed(line).hasPrefix("#") {
      let text = trimmed(line)
      if text.hasPrefix("- ") || text == "-" {
        guard let key else { continue }
        let item = JSONValue.string(scalar(trimmed(text.dropFirst(1))))
        members[key] = .array((members[key]?.array ?? []) + [item])
      } else if line.first?.isWhitespace == false, let colon = text.firstIndex(of: ":") {
        let name = scalar(text[..<colon])
        let value = trimmed(text[text.index(after: colon)...])
        key = name
        members[name] = value.hasPrefix("[") ? list(value) : .string(scalar(value))
      } else {
        key = nil
      }
    }
    let prose = lines[(end + 1)...].joined(separator: "\n")
    return (.object(members), prose)
  }

  private static func list(_ text: Substring) -> JSONValue {
    let inner = text.dropFirst().prefix { $0 != "]" }
    return .array(
      inner.split(separator: ",").map { .string(scalar(trimmed($0))) })
  }

  private static func scalar(_ text: Substring) -> String {
    let text = trimmed(text)
    guard text.count >= 2, let quote = text.first, quote == "\"" || quote == "'",
      text.last == quote
    else { return String(text) }
    return String(text.dropFirst().dropLast())
  }

  private static func trimmed(_ text: Substring) -> Substring {
    let start = text.drop(while: \.isWhitespace)
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return start[...last]
  }
}
