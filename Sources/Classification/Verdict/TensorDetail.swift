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

  /// Judges all measured tensors of which there is something to say.
  static func all(_ observed: Observation) -> [Int: TensorDetail] {
    observed.measurements.reduce(into: [:]) { details, entry in
      let detail = TensorDetail(
        effectiveType: effectiveType(entry.key, entry.value, observed),
        groups: observed.groupPattern(entry.key), blocks: observed.blockPattern(entry.key))
      if detail != TensorDetail() { details[entry.key] = detail }
    }
  }

  private init(
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
    // Constants fit every type and show nothing.
    guard counts.distinctAtLeast >= Threshold.narrowDistinct.count else { return label.rawValue }
    let content = FloatContent.allCases.first {
      $0.mayBeContent(of: label) && $0.isContent(of: counts)
    }
    return content?.rawValue ?? label.rawValue
  }
}
