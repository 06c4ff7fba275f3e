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
    let format = state.document(".comfy_quant")?["format"]?.string
    return layer(module, format: format ?? "unknown")
  }

  /// The layers that the metadata describes.
  static func described(inMetadataOf scene: Module.Scene) -> [PackedWeight] {
    guard let text = scene.model[metadata: "_quantization_metadata"]?.string,
      let layers = JSONValue.document(in: Array(text.utf8))?["layers"]?.object
    else { return [] }
    return layers.sorted { $0.key < $1.key }.compactMap { name, entry in
      guard let carrier = scene.indexes[name + ".weight"], let format = entry["format"]?.string
      else { return nil }
      return layer(Module(scene: scene, prefix: name, carrier: carrier), format: format)
    }
  }

  private static let suffixes = [
    ".comfy_quant", ".weight_scale", ".weight_scale_2", ".input_scale", ".weight_zeros",
    ".weight_proj_down", ".weight_proj_up", ".weight_smooth_factor", ".weight_s_rel",
    ".weight_s_channel", ".weight_correction", ".weight_codebook",
  ]

  private static func layer(_ module: Module, format: String) -> PackedWeight? {
    guard let (rows, columns) = module.lastMatrix else { return nil }
    let isRotated = format.contains("convrot")
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
        found.decoder = .bytes(
          module,
          .signed,
          scales: module.scale(".weight_scale", sharing: sharing)
        )
      }
    case .f8e4m3, .f8e5m2:
      found.codes = .scaledFloat
      found.symmetric = true
      if format == "mxfp8" {
        found.groupSize = 32
      } else if let sharing {
        found.decoder = .bytes(
          module,
          .float(type),
          scales: module.scale(".weight_scale", sharing: sharing)
        )
      }
    case .u8, .i8:
      // Two codes a byte; block scales of nvfp4 are swizzled for the tensor cores.
      found.bits = 4
      found.shape = module.shape.dropLast() + [columns.multipliedClamped(by: 2)]
      found.groupSize = format.contains("nvfp4") ? 16 : nil
      found.codes = format.contains("fp4") ? .float4 : .hidden
    default: return nil
    }
    return found
  }
}
