/// A pattern of `*` (anything) and `?` (one byte) that a whole name matches or does not.
struct Glob: Sendable, Equatable {
  /// What stands before, between and behind the stars.
  private let pieces: [[UInt8]]

  init(_ pattern: [UInt8]) {
    pieces = pattern.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
      .map(Array.init)
  }

  /// Whether a part of a text matches: each piece behind the one before, as early as it can be, the
  /// first at the beginning and the last at the end.
  func matches(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard let first = pieces.first, let last = pieces.last, first.count <= range.count,
      fits(first, text, at: range.lowerBound)
    else { return false }
    if pieces.count == 1 { return first.count == range.count }
    let end = range.upperBound - last.count
    var position = range.lowerBound + first.count
    guard position <= end, fits(last, text, at: end) else { return false }
    for index in 1..<pieces.count - 1 {
      guard let found = place(of: pieces[index], in: text, position..<end) else { return false }
      position = found + pieces[index].count
    }
    return true
  }

  private func place(of piece: [UInt8], in text: Span<UInt8>, _ range: Range<Int>) -> Int? {
    guard let first = piece.first else { return range.lowerBound }
    let isFree = first == UInt8(ascii: "?")
    var position = range.lowerBound
    while position + piece.count <= range.upperBound {
      if isFree || text[position] == first, fits(piece, text, at: position) { return position }
      position += 1
    }
    return nil
  }

  private func fits(_ piece: [UInt8], _ text: Span<UInt8>, at start: Int) -> Bool {
    for offset in piece.indices
    where piece[offset] != text[start + offset] && piece[offset] != UInt8(ascii: "?") {
      return false
    }
    return true
  }
}
