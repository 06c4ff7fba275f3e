/// How many values of a model are no finite numbers: a run that diverged, or a conversion that
/// overflowed.
public struct NotFinite: Sendable, Equatable {
  /// Values that are no numbers.
  public private(set) var nans = 0
  /// Values of infinite magnitude.
  public private(set) var infinities = 0
  /// Tensors that hold some of either.
  public private(set) var tensors = 0

  /// Counts nothing yet.
  public init() {}

  /// Adds a tensor.
  public mutating func add(_ measurement: Report.TensorMeasurement) {
    guard measurement.nans > 0 || measurement.infinities > 0 else { return }
    tensors += 1
    nans += measurement.nans
    infinities += measurement.infinities
  }

  /// What is to be told; `nil` where all values are finite.
  public var sentence: String? {
    guard tensors > 0 else { return nil }
    let kinds = [(nans, "NaN"), (infinities, "infinite")].filter { $0.0 > 0 }
    let counts = kinds.map { "\(Format.count($0.0)) \($0.1)" }.joined(separator: " and ")
    let noun = nans + infinities == 1 ? "value" : "values"
    return "\(counts) \(noun) in \(Format.quantity(tensors, "tensor"))"
  }
}

extension Report {
  /// The values of its measured tensors that are no finite numbers.
  public var notFinite: NotFinite {
    tensors.reduce(into: NotFinite()) { sum, tensor in
      if let measurement = tensor.measurement { sum.add(measurement) }
    }
  }
}
