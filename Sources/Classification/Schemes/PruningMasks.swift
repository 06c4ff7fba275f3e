internal import ModelFile
internal import TensorStats

/// PyTorch's pruning before it is made permanent: weights as they were, and a mask beside them.
///
///     weight_orig, weight_mask    of the same shape; the mask has 0 where a weight is pruned, else 1
///
/// `torch/nn/utils/prune.py`: a module computes `weight = weight_mask * weight_orig`, which `remove`
/// would store.
enum PruningMasks {
  static let signatures = [Signature("_orig", with: ["_mask"], match: match)]

  private static func match(_ module: Module) -> PackedWeight? {
    let type = module.tensor.type
    guard let mask = module["_mask"], let maskType = module.type("_mask"), type.family == .float,
      maskType.family == .float, let rows = module.shape.first, rows > 0,
      module.shape("_mask") == module.shape
    else { return nil }
    // A convolution is a matrix of outputs.
    let shape =
      module.shape.count > 2 ? [rows, module.tensor.elementCount / rows] : module.shape
    return PackedWeight(
      .mask,
      nil,
      module,
      auxiliary: ["_mask"],
      shape: shape,
      codes: .values(type),
      bits: type.codeBits.map(Double.init),
      decoder: PackedDecoder(
        storage: .numbers(tensor: module.carrier, as: type),
        scales: [
          Scale(
            GroupValues(
              .elements(tensor: mask, as: maskType), sharing: .tiles(rows: 1, columns: 1)))
        ])
    )
  }
}
