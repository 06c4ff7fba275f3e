internal import ModelFile
internal import TensorStats

/// Which layer of a reference each layer of another model was copied from.
///
/// A copied layer stays recognisable through long training, while independent layers do not correlate
/// at all: for n values the coefficient is about 1/√n by chance.
public struct LayerMap: Sendable, Equatable {
  /// The stack of layers: empty where there is only one, else `encoder`, `decoder` and so on.
  public var stack: String
  /// For each layer of the other model the reference's; `nil` for one that resembles none.
  public var sources: [Int?]
  /// How well each correlates with its source.
  public var correlations: [Double]
  /// Layers of the reference.
  public var referenceCount: Int
  /// Numbers below the greatest that the other has no layer of.
  public var gaps: Set<Int>
  /// Numbers below the greatest that the reference has no layer of.
  public var referenceGaps: Set<Int>
  /// Numbers of layers of which one of the two has nothing to compare: gaps and unreadable layers.
  private var blanks: Set<Int>

  /// Whether each layer that both have comes from the one of the same number, and the last of both
  /// have one number.
  public var isIdentity: Bool {
    sources.count == referenceCount
      && sources.enumerated().allSatisfy { index, source in
        source == index || source == nil && blanks.contains(index)
      }
  }

  /// Whether at least half of the layers were found.
  public var isFound: Bool {
    sources.count { $0 != nil } * 2 > sources.count - blanks.count { $0 < sources.count }
  }

  /// The least correlation of those that were found; `nil` where none was.
  public var leastCorrelation: Double? {
    zip(sources, correlations).compactMap { $0 == nil ? nil : $1 }.min()
  }

  /// The reference's layers that none comes from.
  public var removed: [Int] {
    let used = Set(sources.compactMap(\.self))
    return (0..<referenceCount).filter { !used.contains($0) }
  }

  /// Layers that resemble none of the reference's.
  public var unlike: [Int] {
    sources.indices.filter { sources[$0] == nil && !blanks.contains($0) }
  }

  /// Whether some layer was copied more than once.
  public var hasRepeats: Bool {
    let used = sources.compactMap(\.self)
    return Set(used).count < used.count
  }
}

extension LayerMap {
  /// Finds the sources of all layers of every stack that both models have.
  static func all(
    reference: DiffSide, other: DiffSide, samplers: Samplers
  ) -> [LayerMap] {
    let stacks = Set(other.keys.keys.lazy.filter { $0.layer >= 0 }.map(\.stack)).sorted()
    return stacks.compactMap { stack in
      let a = Signatures.layers(of: reference, stack)
      let b = Signatures.layers(of: other, stack)
      guard a > 0, b > 0, a <= mostLayers, b <= mostLayers else { return nil }
      let slots = Signatures.slots(stack, reference, a, other, b)
      guard !slots.isEmpty else { return nil }
      return LayerMap(
        stack: stack, gaps: (gaps(reference, stack, a), gaps(other, stack, b)),
        reference: (0..<a).map { Signatures.of(reference, $0, stack, slots, samplers.reference) },
        other: (0..<b).map { Signatures.of(other, $0, stack, slots, samplers.other) })
    }
  }

  private init(
    stack: String, gaps: (reference: Set<Int>, other: Set<Int>), reference: [[[Double]?]],
    other: [[[Double]?]]
  ) {
    self.stack = stack
    referenceCount = reference.count
    sources = []
    correlations = []
    self.gaps = gaps.other
    referenceGaps = gaps.reference
    blanks = Self.blanks(reference).union(Self.blanks(other))
    for (index, layer) in other.enumerated() {
      let all = reference.map { Self.similarity($0, layer) }
      let best = all.indices.max { all[$0] < all[$1] } ?? 0
      // Of copies of one layer that of the same number is meant.
      let own = index < all.count && all[index] >= all[best] - 1e-9 ? index : best
      sources.append(all[own] >= DiffThresholds.copiedLayer ? own : nil)
      correlations.append(all[own])
    }
  }

  private static let mostLayers = 4096

  private static func gaps(_ side: DiffSide, _ stack: String, _ count: Int) -> Set<Int> {
    let found = Set(side.keys.keys.lazy.filter { $0.stack == stack }.map(\.layer))
    return Set(0..<count).subtracting(found)
  }

  private static func blanks(_ layers: [[[Double]?]]) -> Set<Int> {
    Set(layers.indices.filter { layers[$0].allSatisfy { $0 == nil } })
  }

  private static func similarity(_ a: [[Double]?], _ b: [[Double]?]) -> Double {
    let values = zip(a, b).compactMap { x, y in
      if let x, let y { dot(x, y) } else { nil }
    }
    return values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
  }
}

/// What layers are recognised by: some values of two or three of their matrices.
private enum Signatures {
  static let rows = 8
  static let columns = 512
  static let matrices = 3

  static func layers(of side: DiffSide, _ stack: String) -> Int {
    (side.keys.keys.lazy.filter { $0.stack == stack }.map(\.layer).max() ?? -1) + 1
  }

  /// Matrices that both models have in most layers, with the same dimensions and in the same order.
  static func slots(_ stack: String, _ a: DiffSide, _ layersA: Int, _ b: DiffSide, _ layersB: Int)
    -> [String]
  {
    let shapesA = shapes(a, stack)
    let shapesB = shapes(b, stack)
    // The heads of llama's queries and keys are permuted in GGUF.
    let skips: Set = a.model.format == b.model.format ? [] : ["attn_q.weight", "attn_k.weight"]
    let common = shapesA.filter { slot, found in
      shapesB[slot].map {
        $0.shape == found.shape && $0.axis == found.axis && $0.count * 2 >= layersB
      } ?? false && found.count * 2 >= layersA && !skips.contains(slot)
    }
    let preferred = ["ffn_down.weight", "attn_output.weight", "attn_v.weight", "ffn_up.weight"]
    let sorted = common.keys.sorted {
      (preferred.firstIndex(of: $0) ?? .max, $0) < (preferred.firstIndex(of: $1) ?? .max, $1)
    }
    return Array(sorted.prefix(matrices))
  }

  private struct Found {
    var shape: [Int]
    var axis: MatrixView.InputAxis
    var count: Int
  }

  private static func shapes(_ side: DiffSide, _ stack: String) -> [String: Found] {
    var found: [String: Found] = [:]
    for (index, key) in side.keys.keys.enumerated() {
      guard key.layer >= 0, key.expert < 0, key.stack == stack,
        let matrix = side.plan.tensors[index].matrix, side.plan.tensors[index].role == .weight,
        let reading = side.reading(of: index)
      else { continue }
      let shape = found[key.slot]?.shape ?? reading.shape
      guard shape == reading.shape else { continue }
      let count = (found[key.slot]?.count ?? 0) + 1
      found[key.slot] = Found(shape: shape, axis: matrix.inputAxis, count: count)
    }
    return found
  }

  static func of(
    _ side: DiffSide, _ layer: Int, _ stack: String, _ slots: [String], _ sampler: ValueSampler
  ) -> [[Double]?] {
    slots.map { slot in
      let key = TensorKey(stack: stack, slot: slot, layer: layer, expert: -1)
      guard let tensor = side.keys.tensors[key], let reading = side.reading(of: tensor) else {
        return nil
      }
      let matrix = ReadingPair.Side(reading)
      let values = sampler.values(
        of: matrix, rows: evenlySpaced(rows, below: matrix.rows),
        columns: evenlySpaced(columns, below: matrix.columns))
      return values.flatMap(standardized)
    }
  }
}
