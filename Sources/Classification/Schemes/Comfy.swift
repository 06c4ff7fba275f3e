internal import ModelFile
internal import TensorStats

/// ComfyUI: single files that say of each layer how it is stored.
///
///     old  scale_weight F32 [], scale_input F32 [] beside weight F8; one tensor `scaled_fp8` for the file
///     new  comfy_quant U8: JSON {"format": …} beside weight, or `_quantization_metadata` with all layers
///
/// ComfyUI `QUANTIZATION.md`, comfy-kitchen.
enum Comfy {
  static let signatures = [
    Signature(".comfy_quant", [.u8], with: [".weight"]) { described($0) },
    Signature(".scale_weight", with: [".weight"]) { scaled($0) },
  ]

  private static func scaled(_ scale: Module) -> PackedWeight? {
    guard let carrier = scale[".weight"] else { return nil }
    let module = Module(scene: scale.scene, prefix: scale.prefix, carrier: carrier)
    guard let (rows, columns) = module.lastMatrix, let shape = module.shape(".scale_weight"),
      [.f8e4m3, .f8e5m2].contains(module.tensor.type),
      let sharing = module.sharing(of: shape, rows: rows, columns: columns)
    else { return nil }
    return PackedWeight(
      .comfyFP8,
      "scaled_fp8",
      module,
      auxiliary: [".scale_weight", ".scale_input"],
      shape: module.shape,
      codes: .scaledFloat,
      bits: 8,
      symmetric: true,
      decoder: .bytes(
        module,
        .float(module.tensor.type),
        scales: module.scale(".scale_weight", sharing: sharing)
      )
    )
  }

  private static func described(_ state: Module) -> PackedWeight? {
    guard let carrier = state[".weight"] else { return nil }
    let module = Module(scene: state.scene, prefix: state.prefix, carrier: carrier)
    return layer(module, state.document(".comfy_quant"))
  }

  /// The layers that the metadata describes.
  static func described(inMetadataOf scene: Module.Scene) -> [PackedWeight] {
    guard let text = scene.model[metadata: "_quantization_metadata"]?.string,
      let layers = JSONValue.document(in: Array(text.utf8))?["layers"]?.object
    else { return [] }
    return layers.sorted { $0.key < $1.key }.compactMap { name, entry in
      guard let carrier = scene.indexes[name + ".weight"], entry["format"]?.string != nil else {
        return nil
      }
      return layer(Module(scene: scene, prefix: name, carrier: carrier), entry)
    }
  }

  private static let suffixes = [
    ".comfy_quant", ".weight_scale", ".weight_scale_2", ".input_scale", ".weight_zeros",
    ".weight_proj_down", ".weight_proj_up", ".weight_smooth_factor", ".weight_s_rel",
    ".weight_s_channel", ".weight_correction", ".weight_codebook",
  ]

  private static func layer(_ module: Module, _ description: JSONValue?) -> PackedWeight? {
    guard let (rows, columns) = module.lastMatrix else { return nil }
    let format = description?["format"]?.string ?? "unknown"
    // The weights were rotated, so that their codes tell of no single one.
    let isRotated = format.contains("convrot") || description?["convrot"]?.bool == true
    let sharing = module.shape(".weight_scale").flatMap {
      module.sharing(of: $0, rows: rows, columns: columns)
    }
    var found = PackedWeight(
      .comfyQuant,
      format,
      module,
      auxiliary: suffixes,
      shape: module.shape,
      codes: .hidden,
      bits: 8
    )
    let type = module.tensor.type
    switch type {
    case .i8 where !format.contains("4"):
      found.codes = isRotated ? .hidden : .integer(zeroCode: 0)
      found.symmetric = true
      if let sharing, !isRotated {
        found.decoder = .packed(
          .bytes(
            module,
            .signed,
            scales: module.scale(".weight_scale", sharing: sharing)
          ))
      }
    case .f8e4m3, .f8e5m2:
      found.codes = .scaledFloat
      found.symmetric = true
      if format == "mxfp8" {
        found.groupSize = 32
        found.decoder = .packed(
          .bytes(
            module, .float(type), scales: blockScales(module, as: .f8e8m0, size: 32)))
      } else if let sharing {
        found.decoder = .packed(
          .bytes(
            module,
            .float(type),
            scales: module.scale(".weight_scale", sharing: sharing)
          ))
      }
    case .u8, .i8:
      // Two codes a byte.
      found.bits = 4
      found.shape = module.shape.dropLast() + [columns.multipliedClamped(by: 2)]
      if format == "nvfp4" { nvfp4(module, &found) }
      if format == "awq_w4a16" { groups(module, &found) }
    default: return nil
    }
    return found
  }

  /// Scales for blocks of a row in the order of the tensor cores.
  private static func blockScales(_ module: Module, as type: ElementType, size: Int) -> [Scale] {
    module.scale(
      ".weight_scale", as: type, sharing: .tiles(rows: 1, columns: size), arrangement: .blocked)
  }

  /// E2M1 codes, the first in the high nibble (`quantize_nvfp4` of comfy-kitchen).
  private static func nvfp4(_ module: Module, _ found: inout PackedWeight) {
    found.groupSize = 16
    found.codes = .float4
    found.symmetric = true
    found.decoder = .packed(
      PackedDecoder(
        storage: .codes(
          StoredCodes(tensor: module.carrier, bits: 4, packing: .highFirst(bits: 4, wordBits: 8)),
          .rowMajor),
        numbers: .float(.f4),
        scales: blockScales(module, as: .f8e4m3, size: 16)
          + module.scale(".weight_scale_2", sharing: .matrix)))
  }

  /// Codes with a scale and an offset for each group: (code − 8) · scale + zero.
  private static func groups(_ module: Module, _ found: inout PackedWeight) {
    guard let scale = module.shape(".weight_scale"), scale.count == 2,
      module.shape(".weight_zeros") == scale, let inputs = found.shape.last,
      let group = module.groupSize(of: inputs, groups: scale[0])
    else { return }
    let sharing = GroupValues.Sharing.tiles(rows: 1, columns: group)
    found.groupSize = group
    found.codes = .offsetInteger
    found.symmetric = false
    found.decoder = .packed(
      PackedDecoder(
        storage: .codes(
          StoredCodes(tensor: module.carrier, bits: 4, packing: .dense(bits: 4, wordBits: 8)),
          .rowMajor),
        zero: GroupValues(.constant(8), sharing: .matrix),
        scales: module.scale(".weight_scale", sharing: sharing, arrangement: .transposed),
        bias: module.values(".weight_zeros", sharing: sharing, arrangement: .transposed)))
  }
}
