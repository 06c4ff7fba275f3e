import Report

extension DiffBrowser {
  /// The keys of this place, and an explanation of what is shown, which has to be looked up.
  mutating func openHelp() -> Effect? {
    if case .pager = panes.last {
      panes.removeLast()
      return nil
    }
    let terms = shownTerms
    openHelp(under: [])
    return .explain(terms)
  }

  /// Puts explanations above the keys.
  mutating func explain(_ explanations: [Explanation]) {
    guard case .pager = panes.last else { return }
    panes.removeLast()
    openHelp(under: explanations.flatMap(\.lines))
  }

  private mutating func openHelp(under lines: [StyledLine]) {
    var pager = Pager(
      title: "Help", paragraphs: lines + KeyBinding.comparison.helpLines(in: context))
    pager.adapt(width: bodyArea.columns - 3, height: bodyArea.rows - 1)
    panes.append(.pager(pager))
  }

  /// The words of this place, as the report and the glossary write them.
  private var shownTerms: [String] {
    let columns = ["relative_rmse", "snr_db", "identical_fraction"]
    switch context {
    case .summary: return [report?.account.kind].compactMap { $0 } + columns + ["cosine"]
    case .tensors: return [selectedChange].compactMap { $0 } + columns
    case .detail:
      return [selectedChange].compactMap { $0 } + columns
        + ["cosine", "max_abs", "mean_abs", "sign_flips", "new_zeros", "filled_zeros"]
    default: return columns
    }
  }

  private var selectedChange: String? { list.selected?.change }
}
