internal import TensorStats

// Where layers and experts come from, as one sentence each.
extension Diff.Account {
  static func layersHeadline(_ map: LayerMap, _ diff: Diff) -> String {
    let stack = map.stack.isEmpty ? "" : "\(map.stack) "
    let found = map.sources.enumerated().compactMap { layer, source in
      source.map { (layer: layer, source: $0) }
    }
    let sure = map.correlations.filter { $0 >= DiffThresholds.copiedLayer }
    let mean = decimal(sure.reduce(0, +) / Double(max(1, sure.count)))
    let new = map.unlike
    if !new.isEmpty, found.allSatisfy({ $0.layer == $0.source }) {
      let places = map.sources.count > map.referenceCount ? "new" : "not the reference's"
      return
        "\(stack)layer\(new.count == 1 ? "" : "s") \(runs(new)) \(new.count == 1 ? "is" : "are") "
        .capitalizingFirst
        + "\(places); \(stack)layers \(runs(found.map(\.layer))) are the reference's of the same "
        + "number (correlation \(mean))."
    }
    let what =
      map.hasRepeats
      ? "Built from repeated layers of the reference"
      : map.sources.count < map.referenceCount
        ? "Initialised from layers of the reference" : "The reference's layers in another order"
    let end =
      map.hasRepeats || map.sources.count >= map.referenceCount
      ? "" : "; consistent with distillation or layer-dropping"
    let since = diff.isRestSame(except: []) ? "; what both have is the same" : since(diff)
    let rest =
      new.isEmpty
      ? "" : ", and \(runs(new)) \(new.count == 1 ? "resembles" : "resemble") none of them"
    return "\(what): \(stack)layers \(runs(found.map(\.layer))) are its "
      + "\(found.map { String($0.source) }.joined(separator: ", ")) (correlation \(mean))\(rest)"
      + "\(end)\(since)."
  }

  /// That what came from the reference was trained on.
  private static func since(_ diff: Diff) -> String {
    let sum = diff.tensors.reduce(into: Difference()) { sum, tensor in
      if tensor.kind == .changed, let difference = tensor.difference { sum.merge(difference) }
    }
    return sum.relativeRootMeanSquare.map {
      "; changed since, by \(decimal($0, digits: 3)) of their deviation"
    } ?? ""
  }

  /// Numbers with runs of them written as such: `0–3, 5 and 7`.
  static func runs(_ numbers: [Int]) -> String {
    var runs: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = runs.last, last.upperBound + 1 == number {
        runs[runs.count - 1] = last.lowerBound...number
      } else {
        runs.append(number...number)
      }
    }
    return list(
      runs.flatMap { run in
        run.count > 2
          ? ["\(run.lowerBound)–\(run.upperBound)"] : run.map(String.init)
      })
  }

  static func gapsHeadline(_ map: LayerMap, _ diff: Diff) -> String {
    func layers(_ numbers: Set<Int>) -> String {
      (numbers.count == 1 ? "layer " : "layers ")
        + list(numbers.sorted().map(String.init))
    }
    var parts: [String] = []
    let removed = map.gaps.subtracting(map.referenceGaps)
    let added = map.referenceGaps.subtracting(map.gaps)
    if !removed.isEmpty {
      parts.append(
        "\(layers(removed)) of the reference \(removed.count == 1 ? "was" : "were") removed")
    }
    if !added.isEmpty {
      parts.append("\(layers(added)) \(added.count == 1 ? "is" : "are") new")
    }
    let rest =
      diff.isRestSame(except: [])
      ? "the others are the same" : "the others come from those of their number"
    return "\(list(parts).capitalizingFirst); \(rest)."
  }

  static func expertsHeadline(_ diff: Diff) -> String? {
    let maps = diff.expertMaps
    guard let map = maps.first else { return nil }
    let found = map.sources.compactMap(\.self)
    let numbers = map.sources.map { $0.map(String.init) ?? "new" }.joined(separator: ", ")
    let rest =
      maps.count == 1
      ? " in layer \(map.layer)"
      : maps.allSatisfy { $0.sources == map.sources }
        ? " in \(maps.count) layers" : " in layer \(map.layer), others in \(maps.count - 1) layers"
    if found.count < map.referenceCount, Set(found).count == map.sources.count {
      return "Experts of the reference were dropped: \(numbers) of \(map.referenceCount) are kept"
        + "\(rest)."
    }
    // A router whose rows stay chooses other experts than before.
    let routers = diff.tensors.filter { $0.role == .router }
    let isRouterSame = routers.contains { $0.kind == .identical || $0.kind == .cast }
    return "The reference's experts in another order: experts 0–\(map.sources.count - 1) are its "
      + "\(numbers)\(rest)\(isRouterSame ? "; the router's rows are in theirs" : "")."
  }
}

extension String {
  /// The text with a capital at its beginning.
  var capitalizingFirst: String { prefix(1).uppercased() + dropFirst() }
}

extension Diff {
  /// Whether all tensors but those of some kinds are the same numbers; bookkeeping does not count.
  func isRestSame(except kinds: Set<TensorChange.Kind>, ofMatrices: Bool = false) -> Bool {
    tensors.allSatisfy {
      $0.isBookkeeping || kinds.contains($0.kind) || $0.kind == .identical || $0.kind == .cast
        || ofMatrices && !$0.isWeightMatrix
    }
  }

  /// The end of a sentence that tells whether all tensors but those of some kinds are the same.
  func rest(except kinds: Set<TensorChange.Kind>) -> String {
    let common = removed.isEmpty && added.isEmpty ? "" : " that both have"
    if isRestSame(except: kinds) { return "; all others\(common) are the same" }
    return isRestSame(except: kinds, ofMatrices: true)
      ? "; all other matrices\(common) are the same" : ""
  }
}
