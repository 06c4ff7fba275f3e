/// Which tensors a command is about, by glob patterns over their names.
public struct NameFilter: Sendable, Equatable {
  /// A tensor must match one of these; all do where there are none.
  public var include: [String]
  /// A tensor must match none of these.
  public var exclude: [String]

  /// Keeps patterns.
  public init(include: [String] = [], exclude: [String] = []) {
    self.include = include
    self.exclude = exclude
  }

  /// Whether a name passes.
  public func contains(_ name: String) -> Bool {
    (include.isEmpty || include.contains { matches(name, glob: $0) })
      && !exclude.contains { matches(name, glob: $0) }
  }
}

/// Whether a whole name matches a pattern: `*` any text, `?` one character, `[a-z]` and `[!a-z]`
/// one of a set, `\` the next character itself.
public func matches(_ name: String, glob pattern: String) -> Bool {
  let name = Array(name.unicodeScalars)
  let pattern = Array(pattern.unicodeScalars)
  // Upon a mismatch the last star takes one character more; earlier stars need no second try.
  var place = 0
  var index = 0
  var star: (pattern: Int, name: Int)?
  while place < name.count {
    if index < pattern.count, pattern[index] == "*" {
      star = (index, place)
      index += 1
    } else if let next = step(pattern, at: index, over: name[place]) {
      index = next
      place += 1
    } else if let last = star {
      star = (last.pattern, last.name + 1)
      index = last.pattern + 1
      place = last.name + 1
    } else {
      return false
    }
  }
  return pattern[index...].allSatisfy { $0 == "*" }
}

/// The place after the pattern's next element if it matches a character.
private func step(
  _ pattern: [Unicode.Scalar], at index: Int, over scalar: Unicode.Scalar
) -> Int? {
  guard index < pattern.count else { return nil }
  switch pattern[index] {
  case "?": return index + 1
  case "\\" where index + 1 < pattern.count:
    return pattern[index + 1] == scalar ? index + 2 : nil
  case "[":
    // A bracket that is never closed stands for itself.
    guard let end = pattern[(index + 1)...].dropFirst().firstIndex(of: "]") else {
      return scalar == "[" ? index + 1 : nil
    }
    var set = pattern[(index + 1)..<end]
    let isNegated = set.first == "!" || set.first == "^"
    if isNegated { set = set.dropFirst() }
    return contains(set, scalar) != isNegated ? end + 1 : nil
  default: return pattern[index] == scalar ? index + 1 : nil
  }
}

private func contains(_ set: ArraySlice<Unicode.Scalar>, _ scalar: Unicode.Scalar) -> Bool {
  var index = set.startIndex
  while index < set.endIndex {
    if index + 2 < set.endIndex, set[index + 1] == "-" {
      if set[index] <= scalar, scalar <= set[index + 2] { return true }
      index += 3
    } else {
      if set[index] == scalar { return true }
      index += 1
    }
  }
  return false
}
