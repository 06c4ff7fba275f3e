internal import ModelFile

/// Weights that are compressed without any loss: no quantization, whatever the bytes look like.
///
///     DFloat11   encoded_exponent U8, sign_mantissa U8 [numel], luts U8 [n, 256], output_positions, gaps, split_positions
///     ZipNN      U8 blobs; metadata `znn_compressed_vectors`: {name: {dtype, shape}}
enum LosslessContainers {
  static let signatures = [
    Signature(".sign_mantissa", [.u8], with: [".encoded_exponent", ".luts"], match: dfloat11)
  ]

  private static func dfloat11(_ module: Module) -> PackedWeight? {
    PackedWeight(
      .dfloat11,
      "lossless",
      module,
      auxiliary: [
        ".encoded_exponent", ".luts", ".output_positions", ".gaps", ".split_positions",
      ],
      shape: [module.tensor.elementCount],
      codes: .compressed(.bf16),
      bits: nil
    )
  }

  /// The tensors that ZipNN's metadata lists.
  static func zipNN(_ scene: Module.Scene) -> [PackedWeight] {
    guard let text = scene.model[metadata: "znn_compressed_vectors"]?.string,
      let tensors = JSONValue.document(in: Array(text.utf8))?.object
    else { return [] }
    let types: [String: ElementType] = [
      "torch.bfloat16": .bf16, "torch.float16": .f16, "torch.float32": .f32,
    ]
    return tensors.sorted { $0.key < $1.key }.compactMap { name, entry in
      guard let carrier = scene.indexes[name], scene.model.tensors[carrier].type == .u8,
        let shape = entry["shape"]?.array?.compactMap(\.integer), shape.allSatisfy({ $0 >= 0 }),
        let type = entry["dtype"]?.string.flatMap({ types[$0] })
      else { return nil }
      let module = Module(scene: scene, prefix: name, carrier: carrier)
      return PackedWeight(
        .zipnn,
        "lossless",
        module,
        auxiliary: [],
        shape: shape,
        codes: .compressed(type),
        bits: nil
      )
    }
  }
}
