internal import ModelFile
internal import TensorStats

/// Zeros that a dense model has too, each with its reason.
enum NaturalZeros {
  typealias Zeros = Verdict.Sparsity.NaturalZeros

  /// How many are told.
  static let limit = 64

  /// Explains the zeros of tensors outside the prunable set, and those too few to be pruning; the most
  /// zeros first.
  static func explain(_ observed: Observation) -> [Zeros] {
    var found: [Zeros] = []
    for (index, measured) in observed.measurements where measured.zeros > 0 {
      guard let reason = reason(index, measured, observed) else { continue }
      found.append(
        Zeros(tensor: observed.model.tensors[index].name, reason: reason, zeros: measured.zeros))
    }
    found.sort { ($0.zeros, $1.tensor) > ($1.zeros, $0.tensor) }
    return Array(found.prefix(limit))
  }

  private static func reason(
    _ index: Int, _ measured: Measurement, _ observed: Observation
  ) -> Zeros.Reason? {
    let planned = observed.plan.tensors[index]
    let template = observed.plan.names.template(index)
    let isAllZero = measured.zeros == measured.count
    switch planned.role {
    case .bias: return .bias
    case .buffer:
      if template.text.contains("mask") || template.leaf == "bias" { return .mask }
      let isBank = ["mel", "filter", "stft", "dft", "window", ".fb"].contains {
        template.text.contains($0)
      }
      return isBank ? .filterBank : .buffer
    case .embedding, .head:
      if observed.isQuantized(index) { return .quantization }
      return isAllZero ? .zeroInitialised : rows(measured)
    case .adapter:
      return isAllZero ? .adapterB : nil
    case .weight where observed.neverTrained.contains(index): return .zeroInitialised
    case .weight where observed.twoValued.contains(index):
      let isSquare = planned.matrix.map { $0.rows == $0.columns } ?? false
      return isSquare && measured.count - measured.zeros == planned.matrix?.rows ? .identity : .mask
    case .weight:
      if observed.isQuantized(index) {
        guard let origin = ZeroOrigin(index, observed), origin.excess == 0 else { return nil }
        return .quantization
      }
      let isRare = Double(measured.zeros) < Threshold.underflowZeros.value * Double(measured.count)
      if isAllZero { return observed.isPassedOver(index) ? nil : .zeroInitialised }
      if let padding = measured.structure.map(Padding.init), padding.zeros == measured.zeros {
        return .paddingRow
      }
      let type = observed.model.tensors[index].type
      if measured.underflows(type), ZeroOrigin(index, observed)?.excess == 0 { return .underflow }
      return type == .f16 && isRare ? .underflow : nil
    case .norm, .vector, .router: return isAllZero ? .zeroInitialised : nil
    case .scale, .zeroPoint, .index, .codebook, .mask, .auxiliary: return nil
    }
  }

  /// Which rows of a table are zero: a few for padding, or those at the end that no token uses.
  private static func rows(_ measured: Measurement) -> Zeros.Reason? {
    guard let structure = measured.structure, structure.zeroRowCount > 0 else { return nil }
    guard structure.zeroRowCount * structure.columns == measured.zeros else { return nil }
    let isLast = structure.zeroRows.last == structure.rows - 1
    let isRun =
      structure.zeroRows.count == structure.zeroRowCount
      && (structure.zeroRows.first ?? 0) == structure.rows - structure.zeroRowCount
    if isLast && isRun && structure.zeroRowCount > 1 { return .unusedRows }
    let isFew =
      structure.zeroRowCount <= Threshold.paddingRows.count
      || Double(structure.zeroRowCount) < Threshold.paddingRowShare.value * Double(structure.rows)
    return isFew ? .paddingRow : .unusedRows
  }
}
