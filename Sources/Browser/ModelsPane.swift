import Report

/// Models to choose from.
struct ModelsPane: Sendable {
  /// The folder they are in, or words for what they are.
  var directory: String
  var choices: [ModelChoice]
  var position: Position
  /// The paths that were asked about.
  private var asked: Set<String> = []

  /// Lists choices; the first is selected that is not the folder above.
  init(directory: String, choices: [ModelChoice]) {
    self.directory = directory
    self.choices = choices
    position = Position()
    if choices.count > 1, choices[0].isParent {
      position.select(1, count: choices.count, height: 0)
    }
  }

  /// The lines on the screen.
  func draw(in body: Area, on screen: inout Screen) {
    screen.put(
      shortenedInMiddle(escapedForTerminal(directory), to: body.columns - 2), row: body.row,
      column: 1, style: .heading)
    let area = Self.area(in: body)
    if choices.isEmpty { screen.put("no models here", row: area.row, column: 1, style: .dim) }
    // What a model is matters more than its size.
    let sizeWidth = area.columns >= 60 ? 11 : 0
    let names =
      choices.map { displayWidth(escapedForTerminal($0.name)) + ($0.isDirectory ? 1 : 0) }
      .max() ?? 0
    let nameWidth = min(names + 1, max(area.columns * 2 / 5, 10))
    let noteWidth = max(area.columns - nameWidth - sizeWidth - 4, 0)
    for offset in 0..<area.rows {
      let index = position.top + offset
      guard choices.indices.contains(index) else { break }
      let choice = choices[index]
      let name = escapedForTerminal(choice.name) + (choice.isDirectory ? "/" : "")
      // Of a path both ends tell it from others, of a name its end.
      let aligned =
        choice.name.contains("/")
        ? leftAligned(name, nameWidth) : leftAlignedName(name, nameWidth)
      var line = StyledLine(" " + aligned, choice.isDirectory ? .key : .plain)
      if sizeWidth > 0 {
        line.add(rightAligned(choice.bytes.map(Format.bytes) ?? "", sizeWidth), .dim)
      }
      line.add("  " + cut(escapedForTerminal(choice.note), to: noteWidth))
      screen.draw(line, row: area.row + offset, column: 0, width: area.columns - 1)
      if index == position.selected {
        screen.paint(row: area.row + offset, column: 0, width: area.columns - 1, style: .selected)
      }
    }
    screen.drawScrollBar(top: position.top, total: choices.count, in: area)
  }

  /// Says of a model what it is.
  mutating func describe(path: String, note: String?) {
    guard let note else { return }
    for index in choices.indices where choices[index].path == path { choices[index].note = note }
  }

  /// The next model on the screen that nothing is known of, asked for once.
  mutating func nextToDescribe(height: Int) -> String? {
    let visible = (position.top..<position.top + max(height, 0)).clamped(to: 0..<choices.count)
    let next = visible.first { index in
      let choice = choices[index]
      return !choice.isParent && choice.note.isEmpty && !asked.contains(choice.path)
    }
    guard let next else { return nil }
    asked.insert(choices[next].path)
    return choices[next].path
  }

  static func area(in body: Area) -> Area { body.inset(top: 1) }

  /// What to do with the selected choice.
  var chosen: Browser.Effect? {
    guard choices.indices.contains(position.selected) else { return nil }
    let choice = choices[position.selected]
    // A folder may be a model: whoever opens it finds out.
    return choice.isParent ? .listModels(directory: choice.path) : .openModel(path: choice.path)
  }

  /// Where the selected choice is.
  var selectedPath: String? {
    choices.indices.contains(position.selected) ? choices[position.selected].path : nil
  }

  /// Lists the selected folder, whatever is in it.
  var folderToList: Browser.Effect? {
    guard choices.indices.contains(position.selected), choices[position.selected].isDirectory
    else { return nil }
    return .listModels(directory: choices[position.selected].path)
  }

  /// Lists the folder above; of a list from elsewhere there is none.
  var parent: Browser.Effect? {
    choices.first(where: \.isParent).map { .listModels(directory: $0.path) }
  }

  /// The next choice whose name a query finds.
  func nextMatch(_ query: Query, backwards: Bool, includingCurrent: Bool) -> Int? {
    guard !choices.isEmpty else { return nil }
    for offset in (includingCurrent ? 0 : 1)...choices.count {
      let place = position.selected + (backwards ? -offset : offset)
      let index = (place % choices.count + choices.count) % choices.count
      if !query.occurrences(in: Array(escapedForTerminal(choices[index].name).utf8)).isEmpty {
        return index
      }
    }
    return nil
  }
}

extension ModelChoice {
  /// Whether it leads to the folder above.
  public var isParent: Bool { isDirectory && name == ".." }
}
