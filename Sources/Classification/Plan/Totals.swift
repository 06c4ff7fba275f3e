internal import ModelFile

/// Sums over the tensors of a model.
public struct Totals: Sendable, Equatable {
  /// Tensors in the headers.
  public var tensors: Int
  /// Logical weights; packed codes counted, bookkeeping not.
  public var parameters: Int
  /// Bytes of all tensors.
  public var storedBytes: Int
  /// Stored bits for each parameter; `nil` without parameters.
  public var bitsPerWeight: Double?

  init(_ model: Model, _ planned: [PlannedTensor]) {
    tensors = model.tensors.count
    parameters = planned.reduce(0) { $0.addingClamped($1.parameters) }
    storedBytes = model.tensors.reduce(0) { $0.addingClamped($1.byteCount) }
    bitsPerWeight = parameters > 0 ? 8 * Double(storedBytes) / Double(parameters) : nil
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
