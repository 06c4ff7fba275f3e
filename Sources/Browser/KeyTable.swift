import Report

/// A table of keys: looked up by the interface, drawn as its footer and its help.
extension [KeyBinding] {
  /// What a key means in a context.
  func command(for key: Key, in context: Context) -> Command? {
    first { $0.applies(in: context) && $0.keys.contains(key) }?.command
  }

  /// The keys that mean something in a context, its own first, as many as fit a line.
  func footer(in context: Context, columns: Int, canGoBack: Bool) -> StyledLine {
    footerHints(in: context, columns: columns, canGoBack: canGoBack).reduce(StyledLine(" ")) {
      $0 + $1.line.adding("  ")
    }
  }

  /// What a click on the footer means.
  func command(atColumn column: Int, in context: Context, columns: Int, canGoBack: Bool)
    -> Command?
  {
    var end = 1
    return footerHints(in: context, columns: columns, canGoBack: canGoBack).first { hint in
      end += hint.line.width + 2
      return column < end
    }?.command
  }

  private func footerHints(in context: Context, columns: Int, canGoBack: Bool)
    -> [(command: Command, line: StyledLine)]
  {
    func hints(_ bindings: [KeyBinding]) -> [(command: Command, line: StyledLine)] {
      bindings.compactMap { binding in
        guard let short = binding.short, let key = binding.keys.first else { return nil }
        return (binding.command, StyledLine(key.name, .key).adding(" " + short, .dim))
      }
    }
    let applying = filter { $0.applies(in: context) }
    let general = hints(
      applying.filter { $0.command == .help || $0.command == .close && !canGoBack })
    let own = applying.filter { $0.command != .help && $0.command != .close }
    var shown = hints(own.filter { $0.contexts != nil } + own.filter { $0.contexts == nil })
    if canGoBack { shown.insert((.back, StyledLine("Esc", .key).adding(" back", .dim)), at: 0) }
    var room = columns - 1 - general.reduce(0) { $0 + $1.line.width + 2 }
    let fitting = shown.filter { hint in
      guard hint.line.width + 2 <= room else { return false }
      room -= hint.line.width + 2
      return true
    }
    return fitting + general
  }

  /// All keys: those of a context, those that hold everywhere, those of other contexts.
  func helpLines(in context: Context) -> [StyledLine] {
    var lines: [StyledLine] = []
    func add(_ bindings: [KeyBinding]) {
      for binding in bindings {
        lines.append(
          StyledLine(leftAligned(binding.keyNames, 16) + " ", .key).adding(binding.meaning))
      }
    }
    lines.append(StyledLine(context.title, .heading))
    add(filter { $0.contexts?.contains(context) == true })
    lines += [.blank, StyledLine("Everywhere", .heading)]
    add(filter { $0.contexts == nil })
    lines.append(
      StyledLine(leftAligned("mouse", 16) + " ", .key).adding(
        "select, again to open; the wheel scrolls; titles of columns sort"))
    for other in Context.allCases where other != context {
      let bindings = filter { $0.contexts?.contains(other) == true }
      if bindings.isEmpty { continue }
      lines += [.blank, StyledLine(other.title, .heading)]
      add(bindings)
    }
    return lines
  }
}
