internal import TensorStats

// Quantized weights, as one sentence.
extension Diff.Account {
  /// What quantizing made of the reference, or of what it was made of.
  static func quantized(_ diff: Diff, _ tally: Tally) -> (Kind, String, Double)? {
    let all = [.quantized, .requantized, .quantizedChanged].reduce(0) { $0 + tally.share($1) }
    guard
      all > DiffThresholds.majority
        || all > 0 && tally.share(.changed) == 0 && tally.share(.unrelated) == 0
    else { return nil }
    if tally.share(.quantizedChanged) >= DiffThresholds.changedBesides * all {
      return (.quantizedChanged, quantizedChangedHeadline(diff, tally, of: all), 0.9)
    }
    if tally.share(.requantized) > tally.share(.quantized) {
      return (.requantized, requantizedHeadline(diff, tally), 0.9)
    }
    let doubt = doubt(diff, .quantized)
    return (
      .quantized, "\(quantizedHeadline(diff, tally))\(doubt ?? "").", doubt == nil ? 0.95 : 0.7
    )
  }

  /// That quantizing explains errors, but not well, of most weights of a kind; `nil` where it does.
  static func doubt(_ diff: Diff, _ kind: TensorChange.Kind) -> String? {
    let tensors = diff.tensors.filter { $0.kind == kind }
    let doubtful = tensors.filter(\.isDoubtful)
    func weights(_ tensors: [TensorChange]) -> Int { tensors.reduce(0) { $0 + $1.parameters } }
    guard 2 * weights(doubtful) > weights(tensors) else { return nil }
    return
      "; the error is \(times(doubtful)) the usual, so the weights may have been changed before"
  }

  private static func error(_ tally: Tally, _ kind: TensorChange.Kind) -> String {
    tally.sum(kind).relativeRootMeanSquare.map { decimal($0, digits: 3) } ?? "?"
  }

  private static func quantizedHeadline(_ diff: Diff, _ tally: Tally) -> String {
    let quantized = diff.tensors.filter { $0.kind == .quantized }
    let floats = quantized.filter(\.isFloat)
    let codes = quantized.filter { !$0.isFloat }
    var parts: [String] = []
    if !codes.isEmpty { parts.append("to \(list(storages(codes)))") }
    if !floats.isEmpty { parts.append("and stored as \(list(storages(floats))) again") }
    // The error of fine codes is lost in that of coarse ones.
    let isEither = codes.contains {
      ($0.referenceCodeError).map { [own = $0.codeError ?? 0] in 2 * $0 < own } ?? false
    }
    let source = isEither ? "the reference, or from what that was quantized from," : "the reference"
    return "Quantized from \(source) \(parts.joined(separator: " ")), with an error of "
      + "\(error(tally, .quantized)) σ"
  }

  private static func requantizedHeadline(_ diff: Diff, _ tally: Tally) -> String {
    let tensors = diff.tensors.filter { $0.kind == .requantized }
    let types = list(storages(tensors))
    let error = error(tally, .requantized)
    if tensors.allSatisfy({ $0.storage == $0.referenceStorage }) {
      return "Another quantization of the same weights to \(types), or of weights that changed "
        + "little: they differ by \(error) σ, no more than the errors of the type."
    }
    let before = list(storages(tensors, \.referenceStorage))
    return
      "Another quantization of the same weights, to \(types) where the reference has \(before): "
      + "they differ by \(error) σ, as the errors of both make it."
  }

  private static func quantizedChangedHeadline(
    _ diff: Diff, _ tally: Tally, of all: Double
  ) -> String {
    let tensors = diff.tensors.filter { $0.kind == .quantizedChanged }
    let share = tally.share(.quantizedChanged) / all
    let types = list(storages(tensors))
    let what =
      tensors.contains { !$0.isFloat }
      ? "Quantized to \(types)" : "Quantized and stored as \(types) again"
    let subject = share > 0.98 ? "the weights" : "\(percent(share)) of the weights"
    let found =
      "\(what), but not from the reference as it is: \(subject) differ by "
      + "\(error(tally, .quantizedChanged)) σ, \(times(tensors)) what quantizing explains"
    guard let ranks = lowRanks(diff) else {
      return "\(found), so they were changed or quantized more coarsely before."
    }
    return "\(found). Their changes have rank \(ranks), as a LoRA of that rank makes them that was "
      + "merged before."
  }

  /// That the reference is quantized and the other not, and that this does not explain how they differ.
  static func referenceQuantizedChanged(_ diff: Diff, _ tally: Tally) -> (Kind, String, Double) {
    let tensors = diff.tensors.filter { $0.kind == .quantizedChanged }
    return (
      .quantizedChanged,
      "The reference is quantized, to \(list(storages(tensors, \.referenceStorage))), but not from the "
        + "other model as it is: they differ by \(error(tally, .quantizedChanged)) σ, "
        + "\(times(tensors)) what quantizing explains.", 0.9
    )
  }

  private static func times(_ tensors: [TensorChange]) -> String {
    let excesses = tensors.compactMap { tensor in
      tensor.excess
        ?? tensor.difference?.relativeRootMeanSquare.map { $0 / max(tensor.codeErrors, 1e-9) }
    }.sorted()
    guard !excesses.isEmpty else { return "more than" }
    return "\(decimal(excesses[excesses.count / 2], digits: 1)) times"
  }
}
