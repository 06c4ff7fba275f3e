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
    if let reading = readings[tensor] { return reading }
    let type = model.tensors[tensor].type
    guard model.tensors[tensor].isReadable, type.layout != nil, type.family != .foreign,
      type.family != .complex
    else { return nil }
    return Reading(
      tensor: tensor, decoder: .plain(type),
      shape: model.tensors[tensor].shape.map { Int(clamping: $0) })
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

  /// Layers of the deepest stack.
  var layerCount: Int { (keys.keys.lazy.map(\.layer).max() ?? -1) + 1 }
}
