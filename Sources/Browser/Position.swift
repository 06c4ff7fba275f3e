/// The selected row of a list and the first one on the screen.
struct Position: Sendable, Equatable {
  private(set) var selected = 0
  private(set) var top = 0

  /// Selects a row and scrolls so that it is seen.
  mutating func select(_ row: Int, count: Int, height: Int) {
    selected = min(max(row, 0), max(count - 1, 0))
    guard height > 0 else { return }
    if selected < top { top = selected }
    if selected >= top + height { top = selected - height + 1 }
    top = min(max(top, 0), max(count - height, 0))
  }

  mutating func move(by rows: Int, count: Int, height: Int) {
    select(selected.addingClamped(rows), count: count, height: height)
  }

  /// Scrolls; the selection stays on the screen.
  mutating func scroll(by rows: Int, count: Int, height: Int) {
    guard height > 0 else { return }
    top = min(max(top + rows, 0), max(count - height, 0))
    selected = min(max(selected, top), max(min(top + height, count) - 1, 0))
  }

  /// Moves as a command says, where it is one of moving.
  ///
  /// - Returns: whether it is one.
  mutating func move(_ command: Command, count: Int, height: Int) -> Bool {
    guard let target = command.target(from: selected, count: count, height: height) else {
      return false
    }
    select(target, count: count, height: height)
    return true
  }
}

extension Command {
  /// Where a command of moving leads from a row; `nil` for other commands.
  func target(from row: Int, count: Int, height: Int) -> Int? {
    let page = max(height - 1, 1)
    return switch self {
    case .up: row - 1
    case .down: row + 1
    case .pageUp: row - page
    case .pageDown: row + page
    case .halfUp: row - max(page / 2, 1)
    case .halfDown: row + max(page / 2, 1)
    case .first: 0
    case .last: count - 1
    default: nil
    }
  }
}
