internal import ModelFile
internal import TensorStats

/// Gemma's own quantization in transformers: codes along the rows, a scale for each.
///
///     weight U8 [out, in·b/8] (2 and 4 bits, unsigned around the middle) or I8 [out, in],
///     weight_scale F32 [out, 1], input_activation_scale and output_activation_scale F32 []
///     embedding_quantized U8 or I8, embedding_scale F32 [rows, 1] or [rows, blocks]
///
/// transformers' `integrations/gemma_quant.py`.
enum GemmaQuant {
  static let signatures = [
    Signature(
      ".weight", [.u8, .i8], with: [".weight_scale", ".input_activation_scale"]
    ) { match($0, scale: ".weight_scale") },
    Signature(".embedding_quantized", [.u8, .i8], with: [".embedding_scale"]) {
      match($0, scale: ".embedding_scale")
    },
  ]

  private static func match(_ module: Module, scale: String) -> PackedWeight? {
    guard let matrix = module.matrix, let scales = module.shape(scale), scales.count == 2,
      scales[0] == matrix.rows, scales[1] > 0
    else { return nil }
    let bits = module.tensor.type == .i8 ? 8 : width(module, bytes: matrix.columns)
    let inputs = matrix.columns.multipliedClamped(by: 8 / bits)
    guard inputs % scales[1] == 0 else { return nil }
    let group = inputs / scales[1]
    let middle = 1 << (bits - 1)
    return PackedWeight(
      .gemma,
      "\(bits)-bit",
      module,
      auxiliary: [scale, ".input_activation_scale", ".output_activation_scale"],
      shape: [matrix.rows, inputs],
      codes: .integer(zeroCode: bits == 8 ? 0 : middle),
      bits: Double(bits),
      groupSize: scales[1] > 1 ? group : nil,
      symmetric: true,
      actOrder: false,
      decoder: PackedDecoder(
        storage: .codes(
          StoredCodes(
            tensor: module.carrier, bits: bits, packing: .dense(bits: bits, wordBits: 8)),
          .rowMajor),
        numbers: bits == 8 ? .signed : .unsigned,
        zero: bits == 8 ? nil : GroupValues(.constant(Float(middle)), sharing: .matrix),
        scales: module.scale(scale, sharing: .tiles(rows: 1, columns: group)))
    )
  }

  /// Two or four codes a byte: whichever gives an input width that the network has, else as claimed.
  private static func width(_ module: Module, bytes: Int) -> Int {
    let widths = module.likelyInputs
    let fits = [4, 2].filter { widths.contains(bytes.multipliedClamped(by: 8 / $0)) }
    if let bits = fits.first, fits.count == 1 { return bits }
    let claimed = module.claims.settings?["module_quant_configs"] == nil ? module.claims.bits : nil
    return claimed == 2 ? 2 : 4
  }
}

extension Module {
  /// The input widths that a layer of its name can have: that of the stream, of the feed-forward and of
  /// what the layer before it puts out.
  fileprivate var likelyInputs: Set<Int> {
    let config = scene.model.sidecar(.config)
    var widths: Set<Int> = []
    if let hidden = scene.context.hiddenSize { widths.insert(hidden) }
    let suffix = tensor.name.dropFirst(prefix.count)
    let feeding = [
      ".down_proj": [".up_proj", ".gate_proj"], ".o_proj": [".q_proj"], ".fc2": [".fc1"],
    ]
    for (layer, sources) in feeding where prefix.hasSuffix(layer) {
      widths = []
      if layer == ".down_proj", let size = config?["intermediate_size"]?.integer {
        widths.insert(size)
      }
      for source in sources {
        guard let index = scene.indexes[prefix.dropLast(layer.count) + source + suffix],
          let rows = scene.model.tensors[index].shape.first
        else { continue }
        widths.insert(Int(clamping: rows))
      }
    }
    return widths
  }
}
