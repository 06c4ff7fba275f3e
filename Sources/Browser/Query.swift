/// Text to look for in names: words that occur in this order, or else letters that do.
///
/// Small letters match capitals too; a capital matches only itself.
struct Query: Sendable, Equatable {
  private let words: [[UInt8]]
  /// Whether texts have to be folded before they are compared.
  let ignoresCase: Bool

  /// `nil` for a text without a word.
  init?(_ text: String) {
    words = text.split(separator: " ").map { Array($0.utf8) }
    ignoresCase = !text.utf8.contains { $0 >= 0x41 && $0 <= 0x5A }
    if words.isEmpty { return nil }
  }

  /// Whether it finds nothing that another does not find: the other was typed on.
  func narrows(_ other: Query) -> Bool {
    guard words.count >= other.words.count, let last = other.words.last else { return false }
    let index = other.words.count - 1
    return words[..<index] == other.words[..<index] && words[index].starts(with: last)
  }

  /// A text as it is compared.
  func folded(_ text: [UInt8]) -> [UInt8] { ignoresCase ? text.map(foldedCase) : text }

  /// Whether the words occur in a name, folded, one after the other.
  func matchesWords(_ text: Span<UInt8>, in range: Range<Int>) -> Bool {
    var start = range.lowerBound
    for word in words {
      guard let found = firstOccurrence(of: word, in: text, start..<range.upperBound) else {
        return false
      }
      start = found + word.count
    }
    return true
  }

  /// Whether all letters occur in a name, folded, in this order, with any others between.
  func matchesLetters(_ text: Span<UInt8>, in range: Range<Int>) -> Bool {
    var position = range.lowerBound
    for word in words {
      for letter in word {
        while position < range.upperBound, text[position] != letter { position += 1 }
        guard position < range.upperBound else { return false }
        position += 1
      }
    }
    return true
  }

  /// Where the words lie in a text, for marking them; empty where they do not.
  func occurrences(in text: [UInt8]) -> [Range<Int>] {
    let text = folded(text)
    var found: [Range<Int>] = []
    var start = 0
    for word in words {
      guard let position = firstOccurrence(of: word, in: text.span, start..<text.count) else {
        return []
      }
      found.append(position..<position + word.count)
      start = position + word.count
    }
    return found
  }

  private func firstOccurrence(of word: [UInt8], in text: Span<UInt8>, _ range: Range<Int>)
    -> Int?
  {
    guard range.count >= word.count else { return nil }
    let first = word[0]
    var position = range.lowerBound
    let last = range.upperBound - word.count
    while position <= last {
      if text[position] == first {
        var offset = 1
        while offset < word.count, text[position + offset] == word[offset] { offset += 1 }
        if offset == word.count { return position }
      }
      position += 1
    }
    return nil
  }
}

/// A letter of ASCII as a small one.
func foldedCase(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }
