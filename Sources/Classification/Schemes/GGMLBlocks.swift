internal import ModelFile
internal import TensorStats

/// Blocks of ggml in tensors of bytes, as GPTQModel writes them.
///
///     qweight U8 [out, bytes of a row], the inputs padded to whole blocks
///
/// `gptqmodel/nn_modules/qlinear/gguf.py`. No tensor tells the type: the configuration does, 4 `bits`
/// and format `q_k_m` for Q4_K, but layers may have their own bits, and of these only the length of a
/// row tells.
enum GGMLBlocks {
  static let signatures = [Signature(".qweight", [.u8], match: match)]

  private static func match(_ module: Module) -> PackedWeight? {
    guard let matrix = module.matrix, module.claims.method == "gguf" else { return nil }
    let fitting = blockTypes.filter { inputs(matrix.columns, as: $0) != nil }
    let widths = widths(module)
    let likely = fitting.filter { inputs(matrix.columns, as: $0).map(widths.contains) == true }
    let claimed = module.claims.blockName
    let type =
      (likely.isEmpty ? fitting : likely).first { $0.name == claimed }
      // Layers with other bits than the rest have types of the same kind: Q6_K beside Q4_K.
      ?? likely.first { $0.name.suffix(2) == claimed?.suffix(2) }
    guard let type, let columns = inputs(matrix.columns, as: type) else { return nil }
    return PackedWeight(type, module, shape: [matrix.rows, columns])
  }

  private static let blockTypes = ElementType.decodable.filter {
    $0.family == .block && $0.layout?.tailBytes == 0
  }

  /// The inputs of a row of so many bytes, where they are whole blocks.
  private static func inputs(_ bytes: Int, as type: ElementType) -> Int? {
    guard let layout = type.layout, bytes % layout.bytes == 0 else { return nil }
    return (bytes / layout.bytes).multipliedClamped(by: layout.elements)
  }

  /// The numbers of inputs that layers of the network may have: every whole number that the
  /// configuration states, and the width of the stream.
  private static func widths(_ module: Module) -> Set<Int> {
    let config = module.scene.model.sidecar(.config)
    let sections = [config, config?["text_config"]].compactMap { $0?.object }
    return Set(
      sections.flatMap { $0.values.compactMap(\.integer) } + [module.scene.context.hiddenSize ?? 0])
  }
}

extension QuantizationClaims {
  /// The type of ggml that `bits` and `format` name together: `Q4_K` of 4 and `q_k_m`, or of `q4_k_m`.
  fileprivate var blockName: String? {
    let names = [settings?["bits"]?.string, settings?["format"]?.string].compactMap { $0 }
    let width = bits ?? names.lazy.flatMap { $0 }.first(where: \.isNumber)?.wholeNumberValue
    guard let width, let kind = names.last?.lowercased() else { return nil }
    let parts = kind.split { $0 == "_" || $0 == "-" }.map(String.init)
    guard let first = parts.first, first.hasPrefix("q") || first.hasPrefix("iq"), parts.count > 1
    else { return nil }
    return "\(first.prefix { $0.isLetter }.uppercased())\(width)_\(parts[1].uppercased())"
  }
}
