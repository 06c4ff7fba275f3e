/// Which of several models to take, and why.
public struct Recommendation: Sendable, Equatable {
  /// The index of the model in the list that was chosen from.
  public var index: Int
  /// One sentence without the model's name, beginning with a verb.
  public var reason: String

  /// Chooses the best of the models that can be run: the least measured error, else the least published
  /// loss, where it is known of all of them, else the most bits for each weight up to 16; of equals the
  /// smallest.
  ///
  /// - Returns: `nil` where none can be run.
  public init?(_ fits: [Fit], _ request: FitRequest) {
    let usable = fits.indices.filter { fits[$0].isUsable && fits[$0].subject.weightBytes > 0 }
    guard !usable.isEmpty else { return nil }
    let errors = usable.compactMap { fits[$0].measuredError }
    let hasErrors = errors.count == usable.count
    let losses = usable.compactMap { fits[$0].quality?.perplexityRise }
    let hasLosses = losses.count == usable.count
    func loss(_ fit: Fit) -> Double {
      if hasErrors { return fit.measuredError ?? 0 }
      if hasLosses { return fit.quality?.perplexityRise ?? 0 }
      return -min(fit.subject.bitsPerWeight ?? 0, 16)
    }
    func isBetter(_ a: Int, _ b: Int) -> Bool {
      (loss(fits[a]), fits[a].subject.weightBytes) < (loss(fits[b]), fits[b].subject.weightBytes)
    }
    guard let best = usable.min(by: isBetter) else { return nil }
    index = best
    let others = fits.count - usable.count
    let place = request.memory == nil ? "can be run" : "fits the memory and can be run"
    if fits.count == 1 {
      reason = place
    } else if usable.count == 1 {
      reason = "is the only one of \(fits.count) that \(place)"
    } else if hasErrors || hasLosses {
      reason =
        "has the least \(hasErrors ? "measured error" : "published loss") of the \(usable.count) of \(fits.count) that "
        + (request.memory == nil ? "can be run" : "fit the memory and can be run")
    } else {
      reason =
        "keeps the most bits for each weight (up to 16) of the \(usable.count) that "
        + (request.memory == nil ? "can be run" : "fit the memory and can be run")
        + (others > 0 ? "; \(others) cannot" : "")
    }
  }
}
