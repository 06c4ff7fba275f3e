/// What a user or the window did.
public enum Event: Sendable, Equatable {
  case key(Key)
  /// Characters that came at once, as when text is pasted into a prompt.
  case text([Unicode.Scalar])
  /// The first mouse button, at a cell.
  case press(row: Int, column: Int)
  /// The wheel, at a cell: a positive number of rows is towards the end.
  case wheel(rows: Int, row: Int, column: Int)
  case resize(rows: Int, columns: Int)
  /// Results have arrived.
  case wake
  /// The terminal is gone.
  case hangUp
}

/// A key of the keyboard.
public enum Key: Hashable, Sendable {
  case character(Unicode.Scalar)
  case up, down, left, right
  case pageUp, pageDown, home, end
  case enter, escape, backspace, delete, tab, backTab

  /// Control and a letter: what the keyboard sends for it.
  public static func control(_ letter: Unicode.Scalar) -> Key {
    Unicode.Scalar(letter.value & 0x1F).map(Key.character) ?? .escape
  }
}
