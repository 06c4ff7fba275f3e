/// What the words of a name, a tag or a card promise of zeros.
struct ClaimedZeros: Equatable {
  /// The words that promise something, as they stand.
  var words: String
  /// What they promise.
  var promise: Promise

  enum Promise: Equatable {
    /// This share of the weights.
    case share(Double)
    /// N of M neighbours.
    case groups(n: Int, m: Int)
    /// Any.
    case some
    /// Weights that were removed, perhaps with all that held them.
    case parts
  }

  /// Reads a name or a tag.
  init?(_ text: String) {
    let words = text.words.map(String.init)
    let isSparse = words.contains { word in Self.stems.contains { word.contains($0) } }
    if let groups = Self.groups(text, words) {
      self.init(words: groups.words, promise: .groups(n: groups.n, m: groups.m))
    } else if isSparse, let share = Self.share(text, words) {
      self.init(words: share.words, promise: .share(share.value))
    } else if let word = words.first(where: { ["wanda", "sparsegpt"].contains($0) }) {
      self.init(words: word, promise: .some)
    } else if let word = words.first(where: { $0 == "pruned" }) {
      self.init(words: word, promise: .parts)
    } else {
      return nil
    }
  }

  private init(words: String, promise: Promise) {
    self.words = words
    self.promise = promise
  }

  /// Reads the tags of a card, in which `sparse` alone promises something: unless others say that it
  /// is experts, activations or vectors that are sparse.
  static func all(inTags tags: [String]) -> [ClaimedZeros] {
    let words = Set(tags.flatMap { $0.words.map(String.init) })
    let isOfWeights = words.isDisjoint(with: [
      "splade", "encoder", "retrieval", "moe", "mixture", "experts", "sae", "autoencoder",
      "attention", "activation", "activations", "embedding", "embeddings", "sentence",
    ])
    return tags.compactMap { tag in
      if let claim = ClaimedZeros(tag) { return claim }
      let isPlain = ["sparse", "sparsity"].contains(tag.lowercased())
      return isPlain && isOfWeights ? ClaimedZeros(words: tag, promise: .some) : nil
    }
  }

  /// Reads the value of a card's key `sparsity`: `0.5`, `50%`, `2:4`.
  static func sparsity(_ text: String) -> ClaimedZeros? {
    if let number = Double(text), (0.1...0.99).contains(number) {
      return ClaimedZeros(words: "sparsity \(text)", promise: .share(number))
    }
    return ClaimedZeros("sparsity " + text)
  }

  private static let stems = ["prun", "spars"]

  /// `2:4`, `2of4`; only patterns that pruning makes, as ratios of pictures look alike.
  private static func groups(
    _ text: String, _ words: [String]
  ) -> (words: String, n: Int, m: Int)? {
    for (n, m) in [(2, 4), (1, 4), (4, 8), (2, 8), (8, 16), (16, 32)] {
      if words.contains("\(n)of\(m)") { return ("\(n)of\(m)", n, m) }
      let isWritten = text.split { $0 == " " || $0 == "," || $0 == "-" || $0 == "_" }.contains {
        $0 == "\(n):\(m)"
      }
      if isWritten { return ("\(n):\(m)", n, m) }
    }
    return nil
  }

  /// `pruned50`, `70sparse`, `70% sparsity`, `sparsity-0.5`, `50pct`.
  private static func share(_ text: String, _ words: [String]) -> (words: String, value: Double)? {
    for (index, word) in words.enumerated() {
      let next = index + 1 < words.count ? words[index + 1] : ""
      let letters = word.filter(\.isLetter)
      let digits = word.filter(\.isNumber)
      guard digits.count == 2, let number = Int(digits), number >= 10 else {
        // `sparsity-0.5` falls into three words.
        if word == "0", index > 0, stems.contains(where: { words[index - 1].hasPrefix($0) }),
          let value = Double("0." + next), value >= 0.1
        {
          return ("\(words[index - 1]) 0.\(next)", value)
        }
        continue
      }
      let isGlued = ["pruned", "sparse", "sparsity", "pct", "percent"].contains(letters)
      let isPercent =
        letters.isEmpty
        && (["pct", "percent"].contains(next) || text.contains(digits + "%")
          || text.contains(digits + " %"))
      if isGlued || isPercent {
        return (isGlued ? word : "\(digits) %", Double(number) / 100)
      }
    }
    return nil
  }
}
