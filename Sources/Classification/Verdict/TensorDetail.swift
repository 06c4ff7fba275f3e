internal import ModelFile
internal import TensorStats

/// What was judged of a single tensor.
public struct TensorDetail: Sendable, Equatable {
  /// The narrowest type that holds its values exactly: `bf16`, `fp16`, its own.
  public var effectiveType: String?
  /// The N:M pattern that it holds.
  public var groups: GroupPattern?
  /// The tiles in which its zeros lie.
  public var blocks: BlockPattern?

  init(_ index: Int, _ measured: Measurement, _ observed: Observation) {
    self.init(
      effectiveType: Self.effectiveType(index, measured, observed),
      groups: observed.groupPattern(index, measured), blocks: observed.blockPattern(index))
  }

  fileprivate init(
    effectiveType: String? = nil, groups: GroupPattern? = nil, blocks: BlockPattern? = nil
  ) {
    self.effectiveType = effectiveType
    self.groups = groups
    self.blocks = blocks
  }

  private static func effectiveType(
    _ index: Int, _ measured: Measurement, _ observed: Observation
  ) -> String? {
    let type = observed.model.tensors[index].type
    guard observed.plan.tensors[index].packing == nil, let label = type.precisionLabel,
      let counts = measured.lossless, counts.eligible > 0
    else { return nil }
    // Constants fit every type and show nothing, and `isContent` asks for different values.
    let content = FloatContent.allCases.first {
      $0.mayBeContent(of: label) && $0.isContent(of: measured)
    }
    return content?.rawValue ?? label.rawValue
  }
}

/// What was judged of the tensors of a model, by their index.
public struct TensorDetails: Sendable, Equatable {
  /// Most tensors have nothing else.
  private var effectiveTypes: [String?] = []
  private var others: [Int: TensorDetail] = [:]

  /// Judges all measured tensors.
  init(_ observed: Observation) {
    effectiveTypes = Array(repeating: nil, count: observed.model.tensors.count)
    for (index, measured) in observed.measurements {
      let detail = TensorDetail(index, measured, observed)
      effectiveTypes[index] = detail.effectiveType
      if detail.groups != nil || detail.blocks != nil { others[index] = detail }
    }
  }

  /// What was judged of a tensor; empty where there is nothing to say.
  public subscript(tensor: Int) -> TensorDetail {
    if let detail = others[tensor] { return detail }
    return TensorDetail(
      effectiveType: effectiveTypes.indices.contains(tensor) ? effectiveTypes[tensor] : nil)
  }
}
