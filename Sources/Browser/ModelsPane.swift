import Report

/// Models to choose from.
struct ModelsPane: Sendable {
  /// The folder they are in, or words for what they are.
  var directory: String
  var choices: [ModelChoice]
  var position = Position()

  /// The lines on the screen.
  func draw(in body: Area, on screen: inout Screen) {
    screen.put(
      shortenedInMiddle(escapedForTerminal(directory), to: body.columns - 2), row: body.row,
      column: 1, style: .heading)
    let area = Self.area(in: body)
    if choices.isEmpty { screen.put("no models here", row: area.row, column: 1, style: .dim) }
    let sizeWidth = 11
    let names = choices.map { displayWidth(escapedForTerminal($0.name)) }.max() ?? 0
    let nameWidth = min(names + 1, max(area.columns * 3 / 5, 10))
    for offset in 0..<area.rows {
      let index = position.top + offset
      guard choices.indices.contains(index) else { break }
      let choice = choices[index]
      let name = escapedForTerminal(choice.name) + (choice.isDirectory ? "/" : "")
      var line = StyledLine(" " + leftAligned(name, nameWidth), choice.isDirectory ? .key : .plain)
      line.add(rightAligned(choice.bytes.map(Format.bytes) ?? "", sizeWidth), .dim)
      line.add("  " + escapedForTerminal(choice.note))
      screen.draw(line, row: area.row + offset, column: 0, width: area.columns - 1)
      if index == position.selected {
        screen.paint(row: area.row + offset, column: 0, width: area.columns - 1, style: .selected)
      }
    }
    screen.drawScrollBar(top: position.top, total: choices.count, in: area)
  }

  /// Says of a model what it is.
  mutating func describe(path: String, note: String) {
    for index in choices.indices where choices[index].path == path { choices[index].note = note }
  }

  static func area(in body: Area) -> Area { body.inset(top: 1) }

  /// What to do with the selected choice.
  var chosen: Browser.Effect? {
    guard choices.indices.contains(position.selected) else { return nil }
    let choice = choices[position.selected]
    return choice.isDirectory ? .listModels(directory: choice.path) : .openModel(path: choice.path)
  }
}
