/// Text to look for in names: words that occur in this order, or else letters that do.
///
/// Small letters match capitals too; a capital matches only itself.
struct Query: Sendable, Equatable {
  private let words: [[UInt8]]
  private let ignoresCase: Bool

  /// `nil` for a text without a word.
  init?(_ text: String) {
    words = text.split(separator: " ").map { Array($0.utf8) }
    ignoresCase = !text.utf8.contains { $0 >= 0x41 && $0 <= 0x5A }
    if words.isEmpty { return nil }
  }

  /// Whether the words occur in a name one after the other.
  func matchesWords(_ text: [UInt8], in range: Range<Int>) -> Bool {
    var start = range.lowerBound
    for word in words {
      guard let found = firstOccurrence(of: word, in: text, start..<range.upperBound) else {
        return false
      }
      start = found + word.count
    }
    return true
  }

  /// Whether all letters occur in a name in this order, with any others between.
  func matchesLetters(_ text: [UInt8], in range: Range<Int>) -> Bool {
    var position = range.lowerBound
    for word in words {
      for letter in word {
        while position < range.upperBound, folded(text[position]) != letter { position += 1 }
        guard position < range.upperBound else { return false }
        position += 1
      }
    }
    return true
  }

  /// Where the words lie in a text, for marking them; empty where they do not.
  func occurrences(in text: [UInt8]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var start = 0
    for word in words {
      guard let position = firstOccurrence(of: word, in: text, start..<text.count) else {
        return []
      }
      found.append(position..<position + word.count)
      start = position + word.count
    }
    return found
  }

  private func firstOccurrence(of word: [UInt8], in text: [UInt8], _ range: Range<Int>) -> Int? {
    guard range.count >= word.count else { return nil }
    let first = word[0]
    var position = range.lowerBound
    let last = range.upperBound - word.count
    while position <= last {
      if folded(text[position]) == first {
        var offset = 1
        while offset < word.count, folded(text[position + offset]) == word[offset] { offset += 1 }
        if offset == word.count { return position }
      }
      position += 1
    }
    return nil
  }

  private func folded(_ byte: UInt8) -> UInt8 {
    ignoresCase && byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
  }
}
