internal import ModelFile

/// Sums over the tensors of a model.
public struct Totals: Sendable, Equatable {
  /// Tensors in the headers.
  public var tensors: Int
  /// Logical weights; packed codes counted, bookkeeping not.
  public var parameters: Int
  /// Bytes of all tensors.
  public var storedBytes: Int
  /// Stored bits for each parameter, with the bookkeeping of codes and without buffers, which stand
  /// for no weights; `nil` without parameters.
  public var bitsPerWeight: Double?

  init(_ model: Model, _ planned: [PlannedTensor]) {
    tensors = model.tensors.count
    parameters = planned.reduce(0) { $0.addingClamped($1.parameters) }
    storedBytes = model.tensors.reduce(0) { $0.addingClamped($1.byteCount) }
    let weightBytes = zip(model.tensors, planned).reduce(0) { sum, pair in
      pair.1.isStoredForWeights ? sum.addingClamped(pair.0.byteCount) : sum
    }
    bitsPerWeight = parameters > 0 ? 8 * Double(weightBytes) / Double(parameters) : nil
  }
}

extension PlannedTensor {
  /// Whether its bytes are part of what weights cost: it holds some, or belongs to codes.
  fileprivate var isStoredForWeights: Bool {
    if parameters > 0 || packing != nil { return true }
    return switch role {
    case .scale, .zeroPoint, .codebook, .mask, .auxiliary: true
    case .buffer, .index, .weight, .embedding, .head, .norm, .bias, .router, .adapter, .vector:
      false
    }
  }
}

extension Int {
  /// A sum that stops at the largest number: headers may claim any sizes.
  func addingClamped(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  /// A product that stops at the largest number.
  func multipliedClamped(by other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? .max : product
  }
}
