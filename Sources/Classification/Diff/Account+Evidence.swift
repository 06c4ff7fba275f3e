internal import TensorStats

// The numbers behind an account.
extension Diff.Account {
  static func layers(_ diff: Diff) -> String? {
    let maps = diff.layerMaps.filter { !$0.isIdentity && $0.isFound }
    guard !maps.isEmpty else { return nil }
    return maps.map { map in
      let sources = map.sources.map { $0.map(String.init) ?? "–" }.joined(separator: ", ")
      let least = map.leastCorrelation.map { decimal($0) } ?? "?"
      return "\(map.stack.isEmpty ? "layers" : "\(map.stack) layers") come from \(sources) of "
        + "\(map.referenceCount), the least correlation is \(least)"
    }.joined(separator: "; ")
  }

  static func ranks(_ diff: Diff) -> [String] {
    let inside = diff.ranks.filter { $0.role == .weight }
    // Those of embeddings are told apart.
    let sampled = inside.isEmpty ? diff.ranks : inside
    guard !sampled.isEmpty else { return [] }
    let low = sampled.filter(\.isLow)
    let ranks = range(sampled.map(\.rank).sorted())
    let energy = sampled.map(\.energy).min() ?? 0
    let count = counting(sampled.count, "sampled matrix", "sampled matrices")
    let lowRank =
      low.isEmpty
      ? "none is of low rank" : "\(low.count) \(low.count == 1 ? "is" : "are") of low rank"
    let outstanding =
      sampled.allSatisfy { $0.rank == 0 }
      ? "no dimension stands out from noise"
      : "\(ranks) dimensions stand out from noise and have at least \(percent(energy)) of the energy"
    return ["changes of \(count): \(lowRank); \(outstanding)"]
  }

  static func widths(_ diff: Diff) -> [String] {
    (diff.widths + diff.reorders).map { width in
      "\(width.name): \(width.found) of \(width.sampled) sampled rows or columns are found in the reference"
        + (width.found > 1 ? (width.isOrdered ? ", in its order" : ", in another order") : "")
        + (width.found > 0 && width.isChanged
          ? " (cosine \(decimal(width.cosine, digits: 4)))" : "")
    }
  }

  static func structure(_ diff: Diff) -> [String] {
    var sentences: [String] = []
    if !diff.removed.isEmpty { sentences.append("\(diff.removed.count) tensors are gone") }
    if !diff.added.isEmpty { sentences.append("\(diff.added.count) tensors are new") }
    sentences += diff.tiedHeads.map { "\($0), which only one has, is a copy of its embedding" }
    if diff.removedBookkeeping + diff.addedBookkeeping > 0 {
      sentences.append(
        "scales and other bookkeeping: \(diff.addedBookkeeping) tensors are new, "
          + "\(diff.removedBookkeeping) gone")
    }
    let values = diff.tensors.reduce(0) { $0 + ($1.difference?.newNotFinite ?? 0) }
    if values > 0 {
      sentences.append(
        "\(values) \(values == 1 ? "value is" : "values are") not finite in one of the two")
    }
    let permuted = diff.tensors.count(where: \.isPermutedWithinHeads)
    if permuted > 0 { sentences.append("rows of \(permuted) tensors are permuted within heads") }
    let grouped = diff.tensors.count(where: \.isGroupedOtherwise)
    if grouped > 0 {
      sentences.append(
        "queries, keys and values of \(grouped) tensors are joined head by head in one of the two")
    }
    for (conversion, words) in [
      (ReadingPair.Conversion.addingOne, "have 1 added to them in one of the two, as GGUF has it"),
      (.negatedExponential, "hold −eˣ of what the other format has"),
    ] {
      let count = diff.tensors.count { $0.conversion == conversion }
      if count > 0 { sentences.append("\(count) tensors \(words)") }
    }
    sentences += repeatedHeads(diff).map {
      "heads of \($0.tensors) tensors are repeated \($0.times) times in \($0.isOther ? "the other" : "the reference")"
    }
    let pooled = diff.tensors.compactMap(\.pooledHeads)
    if let times = pooled.max() {
      sentences.append(
        "heads of \(pooled.count) tensors are means of \(times) of the reference's")
    }
    let transposed = diff.tensors.count { $0.order == .transposed }
    if transposed > 0 { sentences.append("\(transposed) tensors are transposed") }
    let partial = diff.tensors.count(where: \.isPartial)
    if partial > 0 {
      sentences.append("\(partial) tensors have more rows in one than in the other")
    }
    return sentences
  }

  /// How often heads of keys and values are repeated in one of the two, and in how many tensors.
  static func repeatedHeads(_ diff: Diff) -> [(times: Int, isOther: Bool, tensors: Int)] {
    var counts: [ReadingPair.Order: Int] = [:]
    for tensor in diff.tensors { counts[tensor.order, default: 0] += 1 }
    return counts.compactMap { order, tensors in
      switch order {
      case .repeated(_, let times): (times: times, isOther: true, tensors: tensors)
      case .selected(_, let times, _): (times: times, isOther: false, tensors: tensors)
      default: nil
      }
    }.sorted { $0.times < $1.times }
  }

  static func restructured(_ diff: Diff) -> [String] {
    var parts: [String] = []
    if !diff.isComparable { parts.append("the formats differ") }
    let heads = repeatedHeads(diff)
    parts += heads.map {
      "heads of keys and values are repeated \($0.times) times in \($0.isOther ? "the other" : "the reference")"
    }
    let joined = diff.tensors.contains(where: \.isJoined)
    if joined { parts.append("some matrices are joined in only one of the two") }
    if diff.tensors.contains(where: { $0.name != $0.referenceName && !$0.isJoined }) {
      parts.append("names differ")
    }
    if !diff.added.isEmpty || !diff.removed.isEmpty
      || diff.addedBookkeeping + diff.removedBookkeeping > 0
    {
      let all =
        diff.added.count + diff.removed.count + diff.addedBookkeeping
        + diff.removedBookkeeping
      parts.append(
        all == diff.tiedHeads.count
          ? "the output matrix, which is the embedding, is written out in only one of the two"
          : "the sets of tensors differ")
    }
    if let vocabulary = vocabularyHeadline(diff) {
      parts.append(vocabulary.prefix(1).lowercased() + vocabulary.dropFirst())
    } else if diff.tensors.contains(where: \.isPartial) {
      parts.append("some have more rows in one of the two")
    } else if heads.isEmpty,
      diff.tensors.contains(where: { $0.shape != $0.referenceShape && !$0.isJoined })
    {
      parts.append("dimensions are written differently")
    }
    // Conversions to another format reorder rows as a matter of course.
    if diff.isComparable,
      diff.tensors.contains(where: { $0.isPermutedWithinHeads || $0.isGroupedOtherwise })
    {
      parts.append("rows of heads are in another order")
    }
    if !diff.metadata.isEmpty { parts.append("metadata differs") }
    return parts.isEmpty ? ["only their order differs"] : parts
  }
}
