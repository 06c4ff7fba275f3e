internal import ModelFile

/// Sizes that the configuration, or GGUF's keys, give a language model, against its tensors.
///
/// Only where one kind of size is meant: with a table of tokens, and with one stack of layers beside
/// those of encoders. A number counts as right where any key that may mean it has it.
extension Mismatches {
  mutating func checkSizes(_ observed: Observation) {
    let model = observed.model
    guard observed.plan.fileRole == .model, observed.claims.sizesAreOfModel(model),
      let sizes = DeclaredSizes(model), let network = MeasuredSizes(observed)
    else { return }
    let width = network.width
    if !sizes.widths.isEmpty, !sizes.widths.contains(width) {
      add(
        "\(sizes.widthKey) \(sizes.hidden)", sizes.source,
        "the embedding and the norms are \(width) wide")
    }
    if let tokens = sizes.vocabularies.max(),
      !sizes.vocabularies.contains(where: {
        network.tokens >= $0 && network.tokens - $0 < Threshold.paddedTokens.count
      })
    {
      add("\(sizes.tokenKey) \(tokens)", sizes.source, "the embedding has \(network.tokens) rows")
    }
    guard let stack = network.stack else { return }
    if !sizes.layers.isEmpty,
      !sizes.layers.contains(where: {
        $0 == stack.layers || $0.addingClamped(sizes.predictors) == stack.layers
      })
    {
      add(
        "\(sizes.layerKey) \(list(sizes.layers))", sizes.source,
        "the file has \(counting(stack.layers, "layer"))")
    }
    checkFeedForward(sizes, stack)
    checkHeads(sizes, stack)
  }

  private mutating func checkFeedForward(_ sizes: DeclaredSizes, _ stack: MeasuredSizes.Stack) {
    guard !sizes.feedForward.isEmpty else { return }
    let odd = stack.feedForward.filter { !sizes.feedForward.contains($0.key) }
    guard let most = odd.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) }) else {
      return
    }
    let layers = odd.values.reduce(into: Set<Int>()) { $0.formUnion($1) }
    let widths = odd.count > 1 ? "\(odd.keys.min() ?? 0) to \(odd.keys.max() ?? 0)" : "\(most.key)"
    add(
      "\(sizes.feedForwardKey) \(list(sizes.declaredFeedForward))", sizes.source,
      "feed-forward layers are \(widths) wide in \(layers.count) of "
        + counting(stack.layers, "layer"))
  }

  private mutating func checkHeads(_ sizes: DeclaredSizes, _ stack: MeasuredSizes.Stack) {
    guard let heads = sizes.heads else { return }
    let sides = [
      ("queries", heads.queries, stack.queries), ("keys", heads.keys, stack.keys),
    ]
    for (name, count, rows) in sides {
      let expected = count.multipliedClamped(by: heads.length)
      let odd = rows.filter { $0.key != expected }
      guard let first = odd.min(by: { $0.key < $1.key }) else { continue }
      let layers = odd.values.reduce(into: Set<Int>()) { $0.formUnion($1) }
      let found = odd.count > 1 ? "\(first.key) to \(odd.keys.max() ?? 0)" : "\(first.key)"
      add(
        "\(count) heads of \(heads.length) for \(name)", sizes.source,
        "their projections have \(found) rows instead of \(expected) in \(layers.count) of "
          + counting(stack.layers, "layer"))
    }
  }

  private func list(_ numbers: Set<Int>) -> String {
    numbers.sorted().map(String.init).joined(separator: " or ")
  }
}

extension QuantizationClaims {
  /// Whether sizes beside the file are meant for it, and the file is whole.
  fileprivate func sizesAreOfModel(_ model: Model) -> Bool {
    (model.format == .gguf || model.isOfItsFolder)
      && !model.problems.contains { $0.code == .missingPart || $0.code == .duplicateTensor }
  }
}
