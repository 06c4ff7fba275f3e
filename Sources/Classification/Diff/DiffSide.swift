public import ModelFile
internal import TensorStats

/// One of two models that are compared.
public struct DiffSide: Sendable {
  /// Its headers.
  public var model: Model
  /// What its tensors are.
  public var plan: Plan
  let keys: TensorKeys
  private let readings: [Int: Reading]

  /// Works out what its tensors are called.
  public init(_ model: Model, plan: Plan) {
    self.model = model
    self.plan = plan
    keys = TensorKeys(model, plan)
    readings = Dictionary(plan.readings.map { ($0.tensor, $0) }) { first, _ in first }
  }

  /// How a tensor is read: its weights, or its elements where it is bookkeeping.
  func reading(of tensor: Int) -> Reading? {
    let header = model.tensors[tensor]
    // A product that overflows is no number of elements.
    guard header.isReadable, header.elementCount > 0,
      elementCount(shape: header.shape) == header.elementCount
    else { return nil }
    let type = header.type
    if let reading = readings[tensor], plan.tensors[tensor].packing != nil { return reading }
    guard type.family != .foreign, type.family != .complex,
      type.isDefined(in: model.parts[header.part].byteOrder),
      // Codes that nobody can decode say nothing as numbers.
      plan.tensors[tensor].packing == nil || isBookkeeping(tensor)
    else { return nil }
    if let reading = readings[tensor] { return reading }
    return Reading(
      tensor: tensor, decoder: .plain(type), shape: header.shape.map { Int(clamping: $0) })
  }

  /// A tensor as bytes, for one whose numbers cannot be decoded.
  func bytes(of tensor: Int) -> Reading? {
    let header = model.tensors[tensor]
    guard header.isReadable, header.byteCount > 0 else { return nil }
    return Reading(tensor: tensor, decoder: .plain(.u8), shape: [header.byteCount])
  }

  /// Whether a tensor only serves to read another one.
  func isBookkeeping(_ tensor: Int) -> Bool {
    guard let packing = plan.tensors[tensor].packing else { return false }
    return plan.packed[packing].carrier != tensor
  }

  /// The dimensions of a tensor's weights.
  func shape(of tensor: Int) -> [Int] {
    plan.tensors[tensor].logicalShape ?? model.tensors[tensor].shape.map { Int(clamping: $0) }
  }

  /// How a tensor's weights are stored: the type, or the scheme.
  func storage(of tensor: Int) -> String {
    guard let packing = plan.tensors[tensor].packing, plan.packed[packing].carrier == tensor else {
      return model.tensors[tensor].type.name
    }
    return plan.packed[packing].scheme.rawValue
  }

  /// The width of a tensor's codes; `nil` where it has none.
  func codeBits(of tensor: Int) -> Double? {
    if let packing = plan.tensors[tensor].packing { return plan.packed[packing].bits }
    return model.tensors[tensor].type.codeBits.map(Double.init)
  }

  /// The scheme that a tensor belongs to; `nil` where it is stored plainly.
  func scheme(of tensor: Int) -> Scheme? {
    plan.tensors[tensor].packing.map { plan.packed[$0].scheme }
  }

  /// Whether a tensor is the output matrix and the same numbers as the embedding, as far as a sample
  /// tells.
  func isCopyOfEmbedding(_ tensor: Int, _ sampler: ValueSampler) -> Bool {
    guard plan.tensors[tensor].role == .head, let head = side(of: tensor),
      let table = plan.tensors.indices.first(where: { plan.tensors[$0].role == .embedding })
        .flatMap({ side(of: $0) }), head.rows == table.rows, head.columns == table.columns
    else { return false }
    func sample(_ side: ReadingPair.Side) -> [Float]? {
      sampler.values(
        of: side, rows: evenlySpaced(64, below: side.rows),
        columns: evenlySpaced(64, below: side.columns))
    }
    guard let values = sample(head) else { return false }
    return values == sample(table)
  }

  /// Layers of the deepest stack.
  var layerCount: Int { (keys.keys.lazy.map(\.layer).max() ?? -1) + 1 }
}
