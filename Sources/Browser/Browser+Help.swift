import Report

extension Browser {
  /// The keys of this place, and an explanation of what is selected, which has to be looked up.
  mutating func openHelp() -> Effect? {
    if case .pager(let pager) = panes.last, pager.title == Self.helpTitle {
      panes.removeLast()
      return nil
    }
    let terms = selectedTerms
    open(
      Pager(title: Self.helpTitle, paragraphs: findingLines + KeyBinding.all.helpLines(in: context))
    )
    return terms.isEmpty ? nil : .explain(terms)
  }

  private static let helpTitle = "Help"

  /// The words that the selection is about, as the report and the glossary write them.
  private var selectedTerms: [String] {
    switch context {
    case .overview: overviewTerms
    case .pictures: pictureTerms
    case .tensors:
      // Of a tensor what it is, of a group what is added up of it, then what it is sorted by.
      (list.selectedTensor.map { [report.tensors[$0].type, report.tensors[$0].role] }
        ?? ["parameters", "stored_bytes"])
        + (list.arrangement == .flat ? Self.terms(of: list.order) : ["zero_fraction", "effective"])
    case .detail: shownTensor.map(terms(ofTensor:)) ?? []
    case .values: shownTypeTerms
    case .histogram:
      switch histogram.subject {
      case .sparsity: ["zero_fraction"]
      case .roles: ["zero_fraction"] + table.roleNames
      case .layers: ["zero_fraction"]
      case .values: ["abs_max"]
      case .bits: ["effective", "bits_per_weight"]
      }
    case .metadata: metadataTerms
    case .elements, .pager, .models, .summary, .groups: []
    }
  }

  /// The type of the tensor whose values are shown.
  private var shownTypeTerms: [String] {
    guard case .paged(let pane) = panes.last, case .tensor(let tensor) = pane.source,
      report.tensors.indices.contains(tensor)
    else { return [] }
    return [report.tensors[tensor].type]
  }

  /// The words of the numbers that are shown of a tensor.
  private func terms(ofTensor index: Int) -> [String] {
    let tensor = report.tensors[index]
    var terms = [tensor.type, tensor.role, "parameters"]
    terms += report.classification.sparsity.naturalZeros.filter { $0.tensor == tensor.name }
      .map(\.reason)
    guard let measurement = tensor.measurement else { return terms }
    terms += ["zero_fraction", "near_zero_fraction"]
    if measurement.nm != nil { terms.append("n_m") }
    if measurement.zeroRows ?? 0 > 0 { terms.append("zero_rows") }
    if measurement.zeroColumns ?? 0 > 0 { terms.append("zero_columns") }
    if measurement.blocks != nil { terms.append("blocks") }
    if measurement.effectiveType != nil { terms.append("effective") }
    if measurement.distinct != nil { terms.append("distinct") }
    if measurement.entropyBits != nil { terms.append("entropy_bits") }
    if measurement.nans > 0 { terms.append("nans") }
    if measurement.infinities > 0 { terms.append("infinities") }
    if measurement.coverage < 1 { terms.append("coverage") }
    return terms + ["mean", "std", "min", "max", "quantiles"]
  }

  private static func terms(of order: TensorList.Order) -> [String] {
    switch order {
    case .bits: ["effective", "bits_per_weight"]
    case .parameters: ["parameters"]
    case .size: ["stored_bytes"]
    case .file, .name, .type: ["storage"]
    case .sparsity: ["zero_fraction"]
    }
  }

  /// Puts explanations above the keys.
  mutating func explain(_ explanations: [Explanation]) {
    var lines = explanations.flatMap(\.lines)
    guard !lines.isEmpty else { return }
    if case .pager(let pager) = panes.last, pager.title == Self.helpTitle {
      panes.removeLast()
      lines = findingLines + lines + KeyBinding.all.helpLines(in: context)
    }
    open(Pager(title: Self.helpTitle, paragraphs: lines))
  }
}
