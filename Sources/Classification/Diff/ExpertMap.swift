internal import ModelFile
internal import TensorStats

/// Which expert of a reference's layer each expert of another model's layer was copied from.
public struct ExpertMap: Sendable, Equatable {
  /// The stack of layers: empty where there is only one.
  public var stack: String
  /// The layer of the other model.
  public var layer: Int
  /// For each expert of the other the reference's; `nil` for one that resembles none.
  public var sources: [Int?]
  /// Experts of the reference's layer.
  public var referenceCount: Int

  /// Whether each expert comes from the one of the same number and none is missing.
  public var isIdentity: Bool {
    sources.count == referenceCount && sources.enumerated().allSatisfy { $0 == $1 }
  }

  /// Whether at least half of the experts were found.
  public var isFound: Bool { sources.count { $0 != nil } * 2 > sources.count }
}

extension ExpertMap {
  /// Finds the sources of experts, where they are not in place.
  ///
  /// - Parameter layers: the sources of layers, by stack, where they are not those of the same number.
  static func all(
    reference a: DiffSide, other b: DiffSide, layers: [String: [Int?]], samplers: Samplers
  ) -> [ExpertMap] {
    let (layersA, layersB) = (experts(a), experts(b))
    return layersB.keys.sorted { ($0.stack, $0.layer) < ($1.stack, $1.layer) }.compactMap { place in
      var source = place
      if let layers = layers[place.stack] {
        guard layers.indices.contains(place.layer), let layer = layers[place.layer] else {
          return nil
        }
        source.layer = layer
      }
      guard let slotsA = layersA[source], let slotsB = layersB[place],
        let slot = slotsB.keys.filter({ slotsA[$0] != nil }).min(),
        let expertsA = slotsA[slot], let expertsB = slotsB[slot]
      else { return nil }
      func map(rows: Int) -> ExpertMap? {
        ExpertMap(
          place, signatures(expertsA, rows, samplers.reference),
          signatures(expertsB, rows, samplers.other))
      }
      // A row of each tells that all are in place; where they are not, more are needed.
      guard let first = map(rows: 1), !first.isIdentity, let map = map(rows: rows) else {
        return nil
      }
      return map.isIdentity || !map.isFound ? nil : map
    }
  }

  private struct Place: Hashable {
    var stack: String
    var layer: Int
  }

  /// The matrices of experts by layer and slot, in the order of their numbers, which have no gaps.
  private static func experts(_ side: DiffSide) -> [Place: [String: [ReadingPair.Side]]] {
    var found: [Place: [String: [Int: ReadingPair.Side]]] = [:]
    var stacks: [Place: [String: [ReadingPair.Side]]] = [:]
    for (index, key) in side.keys.keys.enumerated()
    where key.layer >= 0 && side.plan.tensors[index].role == .weight {
      let place = Place(stack: key.stack, layer: key.layer)
      if key.expert >= 0, let matrix = side.side(of: index) {
        found[place, default: [:]][key.slot, default: [:]][key.expert] = matrix
      } else if side.isStackOfExperts(index), let all = side.side(of: index),
        let height = side.stackedRows(of: index), height > 0, all.rows / height <= mostExperts
      {
        stacks[place, default: [:]][key.slot] = stride(from: 0, to: all.rows, by: height).map {
          ReadingPair.Side(all.reading, rows: $0..<min($0 + height, all.rows))
        }
      }
    }
    let apart = found.mapValues { slots in
      slots.compactMapValues { matrices in
        let sorted = matrices.sorted { $0.key < $1.key }
        let isWhole = sorted.enumerated().allSatisfy { $0 == $1.key }
        return isWhole && sorted.count <= mostExperts ? sorted.map(\.value) : nil
      }
    }
    return apart.merging(stacks) { $0.merging($1) { first, _ in first } }
  }

  private static let mostExperts = 1024
  /// Of 1,024 values the correlation by chance is 0.03, and 0.2 is not met among a million pairs.
  private static let rows = 8
  private static let columns = 128

  private static func signatures(
    _ matrices: [ReadingPair.Side], _ rows: Int, _ sampler: ValueSampler
  ) -> [[Double]?] {
    matrices.map { matrix in
      sampler.values(
        of: matrix, rows: evenlySpaced(rows, below: matrix.rows),
        columns: evenlySpaced(columns, below: matrix.columns)
      ).flatMap(standardized)
    }
  }

  private init?(_ place: Place, _ a: [[Double]?], _ b: [[Double]?]) {
    let (reference, other) = (a.compactMap(\.self), b.compactMap(\.self))
    guard reference.count == a.count, other.count == b.count, let length = reference.first?.count,
      (reference + other).allSatisfy({ $0.count == length })
    else { return nil }
    stack = place.stack
    layer = place.layer
    referenceCount = reference.count
    sources = other.enumerated().map { index, expert in
      // Most are where they were, and the others need not be tried.
      if reference.indices.contains(index),
        dot(reference[index], expert) >= DiffThresholds.copiedLayer
      {
        return index
      }
      let all = reference.map { dot($0, expert) }
      return all.indices.max { all[$0] < all[$1] }
        .flatMap { all[$0] >= DiffThresholds.copiedLayer ? $0 : nil }
    }
  }
}
