public import ModelFile
internal import TensorStats

/// A key of metadata that one model has and the other has not, or with another value.
public struct MetadataChange: Sendable, Equatable {
  /// The key.
  public var key: String
  /// The reference's value.
  public var reference: MetadataValue?
  /// The other's value.
  public var other: MetadataValue?

  /// The differences of two models in one format; the keys of two formats have nothing in common.
  static func all(_ samplers: Samplers) -> [MetadataChange] {
    let (a, b) = (samplers.reference.model, samplers.other.model)
    guard a.format == b.format else { return [] }
    let valuesA = Dictionary(a.metadata.map { ($0.key, $0.value) }) { _, last in last }
    let valuesB = Dictionary(b.metadata.map { ($0.key, $0.value) }) { _, last in last }
    return Set(valuesA.keys).union(valuesB.keys).sorted().compactMap { key in
      let (x, y) = (valuesA[key], valuesB[key])
      return isSame(x, y, samplers) ? nil : MetadataChange(key: key, reference: x, other: y)
    }
  }

  private static func isSame(
    _ x: MetadataValue?, _ y: MetadataValue?, _ samplers: Samplers
  ) -> Bool {
    guard let x, let y, x.isSame(as: y) else { return false }
    guard case .array(let a) = x, case .array(let b) = y else { return true }
    // Of long arrays, and of arrays in arrays, not all is kept.
    return a.first.count == a.count && a.elementType != .array
      || samplers.reference.hasElements(a, of: b, in: samplers.other)
  }
}
