internal import ModelFile
internal import TensorStats

/// torchao: subclass tensors taken apart, each described in the metadata under the weight's name.
///
///     _weight_qdata I8, U8 or F8, _weight_scale, _weight_zero_point (transformers), or
///     weight:qdata, weight:scale, weight:zero_point (torchao's own writer)
///
/// `torchao/prototype/safetensors`; `_type` is Float8Tensor, Int8Tensor, Int4Tensor or
/// IntxUnpackedToInt8Tensor, whose `target_dtype` is narrower than its container.
enum TorchAO {
  static let signatures = [
    Signature("._weight_qdata", with: ["._weight_scale"]) { match($0, "._weight_", ".weight") },
    Signature(":qdata", with: [":scale"]) { match($0, ":", "") },
  ]

  private static func match(_ module: Module, _ separator: String, _ name: String) -> PackedWeight?
  {
    let (scaleName, zeroName) = (separator + "scale", separator + "zero_point")
    guard let matrix = module.matrix, let scale = module.shape(scaleName) else { return nil }
    let entry = module.scene.model[metadata: module.prefix + name]?.string
    let description = entry.flatMap { JSONValue.document(in: Array($0.utf8)) }
    let data = description?["_data"]
    let kind = description?["_type"]?.string ?? ""
    let target = data?["target_dtype"]?["_data"]?.string
    let isFloat = module.tensor.type.family == .float
    let isDynamic =
      data?["act_quant_kwargs"].map { $0 != .null }
      ?? data?["activation_quantization"].map { $0 != .null } ?? false
    let variant =
      switch kind {
      case "Float8Tensor": isDynamic ? "float8_dynamic" : "float8_weight_only"
      case "Int8Tensor": isDynamic ? "int8_dynamic" : "int8_weight_only"
      case "IntxUnpackedToInt8Tensor": isDynamic ? "int8_dynamic_intx" : "intx_weight_only"
      case "": isFloat ? "float8_weight_only" : "int8_weight_only"
      default: kind
      }
    // Four-bit tensors pack two codes a byte in orders of their kernels.
    guard module.tensor.type == .i8 || isFloat else {
      guard module.tensor.type == .u8 else { return nil }
      return PackedWeight(
        .torchao,
        kind.isEmpty ? "int4" : kind,
        module,
        auxiliary: [scaleName, zeroName],
        shape: [matrix.rows, matrix.columns.multipliedClamped(by: 2)],
        codes: .hidden,
        bits: 4,
        groupSize: data?["block_size"]?.array?.last?.integer,
        actOrder: false
      )
    }
    guard let sharing = module.sharing(of: scale, rows: matrix.rows, columns: matrix.columns) else {
      return nil
    }
    var bits = 8
    if let target, target.hasPrefix("int"), let width = Int(target.dropFirst(3)), (1...8) ~= width {
      bits = width
    }
    var group: Int?
    if case .tiles(1, let columns) = sharing, columns < matrix.columns { group = columns }
    if group == nil, let block = data?["block_size"]?.array?.last?.integer, block < matrix.columns {
      group = block
    }
    let isSymmetric = module[zeroName] == nil || module.isZero(zeroName) == true
    return PackedWeight(
      .torchao,
      variant,
      module,
      auxiliary: [scaleName, zeroName],
      shape: [matrix.rows, matrix.columns],
      codes: isFloat ? .scaledFloat : .integer(zeroCode: isSymmetric ? 0 : nil),
      bits: Double(bits),
      groupSize: group,
      symmetric: isSymmetric,
      actOrder: false,
      decoder: .bytes(
        module,
        isFloat ? .float(module.tensor.type) : .signed,
        zero: isFloat ? nil : module.values(zeroName, sharing: sharing),
        scales: module.scale(scaleName, sharing: sharing)
      )
    )
  }
}
