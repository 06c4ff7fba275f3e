internal import ModelFile
public import TensorStats

/// Which tensors of two models belong together, and how their numbers are compared.
public struct DiffPlan: Sendable {
  /// The model whose weights are taken for granted.
  public var reference: DiffSide
  /// What is compared with it.
  public var other: DiffSide
  /// Tensors that belong together.
  public var matches: [TensorMatch]
  /// Indexes of tensors that only the reference has.
  public var removed: [Int]
  /// Indexes of tensors that only the other has.
  public var added: [Int]
  /// Where layers come from.
  public var layerMaps: [LayerMap]
  /// Where experts come from, of the layers in which they are not in place.
  public var expertMaps: [ExpertMap]
  /// Keys of metadata that differ.
  public var metadata: [MetadataChange]

  /// The pairs to compare; the match of each is at its index in ``comparable``.
  public var pairs: [ReadingPair] { comparable.compactMap { matches[$0].pair } }

  /// The matches whose numbers are compared.
  public var comparable: [Int] { matches.indices.filter { matches[$0].pair != nil } }

  /// Matches the tensors of two models by name, by what families of names mean, and by layers that
  /// were copied.
  public init(reference a: DiffSide, other b: DiffSide, samplers: Samplers) {
    reference = a
    other = b
    layerMaps = LayerMap.all(reference: a, other: b, samplers: samplers)
    metadata = MetadataChange.all(samplers)
    var matches: [TensorMatch] = []
    var used: Set<Int> = []
    var found: Set<Int> = []
    let moved = layerMaps.filter { !$0.isIdentity && $0.isFound }
    let layers = Dictionary(moved.map { ($0.stack, $0.sources) }) { first, _ in first }
    expertMaps = ExpertMap.all(reference: a, other: b, layers: layers, samplers: samplers)
    let partners = Partners(a, b, layers, expertMaps)
    for index in b.model.tensors.indices {
      for (partner, part) in partners.of(index) {
        var match = TensorMatch(partner, index, part, a, b)
        if !b.isBookkeeping(index), !a.isBookkeeping(partner) { match.align(a, b, samplers) }
        // Some projects join matrices in another order or transposed.
        if match.isJoined, !match.isRelated(samplers) { continue }
        matches.append(match)
        used.insert(partner)
        found.insert(index)
      }
    }
    self.matches = matches
    removed = a.model.tensors.indices.filter { !used.contains($0) }
    added = b.model.tensors.indices.filter { !found.contains($0) }
  }
}

/// Finds the reference's tensor of each tensor of the other.
private struct Partners {
  let a: DiffSide
  let b: DiffSide
  /// The sources of layers, by stack, where they are not those of the same number.
  let sources: [String: [Int?]]
  /// The sources of experts, by stack and layer, where they are not those of the same number.
  let moves: [String: [Int: [Int?]]]
  /// The reference's tensors of single experts, by the key of the stack.
  let experts: [TensorKey: [Int]]
  /// The partners of tensors that are joined in one of the two and apart in the other.
  let joined: [Int: [(tensor: Int, part: TensorMatch.Part)]]

  init(_ a: DiffSide, _ b: DiffSide, _ layers: [String: [Int?]], _ maps: [ExpertMap]) {
    self.a = a
    self.b = b
    sources = layers
    moves = maps.reduce(into: [:]) { $0[$1.stack, default: [:]][$1.layer] = $1.sources }
    var experts: [TensorKey: [Int]] = [:]
    for (index, key) in a.keys.keys.enumerated() where key.expert >= 0 {
      experts[key.stacked, default: []].append(index)
    }
    self.experts = experts
    var joined: [Int: [(tensor: Int, part: TensorMatch.Part)]] = [:]
    for index in a.model.tensors.indices where layers[a.keys.keys[index].stack] == nil {
      let key = a.keys.keys[index]
      // Experts of the reference that are gone have no place in the other.
      let places = moves[key.stack]?[key.layer].map { sources in
        (0..<(sources.compactMap(\.self).max() ?? -1) + 1).map { sources.firstIndex(of: $0) }
      }
      for piece in FusedParts.pieces(of: index, a, in: b, experts: places) ?? [] {
        joined[piece.tensor, default: []].append(
          (index, .rows(reference: piece.fusedRows, other: piece.rows)))
      }
    }
    for index in b.model.tensors.indices where layers[b.keys.keys[index].stack] == nil {
      let key = b.keys.keys[index]
      for piece in FusedParts.pieces(of: index, b, in: a, experts: moves[key.stack]?[key.layer])
        ?? []
      {
        joined[index, default: []].append(
          (piece.tensor, .rows(reference: piece.rows, other: piece.fusedRows)))
      }
    }
    self.joined = joined
  }

  /// The partners of a tensor, mostly one; several where it holds all experts and they are apart in
  /// the reference.
  func of(_ index: Int) -> [(tensor: Int, part: TensorMatch.Part)] {
    if let joined = joined[index] { return joined }
    var key = b.keys.keys[index]
    let experts = key.expert >= 0 || b.isStackOfExperts(index) ? moves[key.stack]?[key.layer] : nil
    if let experts, key.expert >= 0 {
      guard key.expert < experts.count, let source = experts[key.expert] else { return [] }
      key.expert = source
    }
    if key.layer >= 0, let sources = sources[key.stack] {
      guard key.layer < sources.count, let source = sources[key.layer] else { return [] }
      key = key.moved(toLayer: source)
    } else if experts == nil, let same = a.keys.names[b.model.tensors[index].name],
      a.isBookkeeping(same) == b.isBookkeeping(index),
      // Zero points of two schemes mean different things, and their weights are compared.
      !b.isBookkeeping(index) || a.scheme(of: same) == b.scheme(of: index)
    {
      return [(same, .whole)]
    }
    if b.isBookkeeping(index) { return [] }
    if let own = a.keys.tensors[key], !a.isBookkeeping(own) {
      guard let experts, key.expert < 0, a.isStackOfExperts(own) else { return [(own, .whole)] }
      return experts.enumerated().compactMap { expert, source in
        source.map { (own, .expert(reference: $0, other: expert)) }
      }
    }
    if key.expert >= 0, let stack = a.keys.tensors[key.stacked] {
      return [(stack, .expert(reference: key.expert, other: nil))]
    }
    guard key.expert < 0, let members = self.experts[key] else { return [] }
    return members.flatMap { member in
      let number = a.keys.keys[member].expert
      let places = experts.map { all in all.indices.filter { all[$0] == number } } ?? [number]
      return places.map { place -> (tensor: Int, part: TensorMatch.Part) in
        (member, .expert(reference: nil, other: place))
      }
    }
  }
}
