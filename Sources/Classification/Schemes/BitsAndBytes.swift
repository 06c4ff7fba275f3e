internal import ModelFile
internal import TensorStats

/// bitsandbytes: weights flattened, a scale for every 64 in a row.
///
///     4 bits  weight U8 [n/2, 1] (or any type of `bnb_4bit_quant_storage`), weight.absmax F32 [n/64],
///             weight.quant_map F32 [16], weight.quant_state.bitsandbytes__nf4 U8: JSON;
///             double quantization: absmax U8, nested_absmax F32 [n/64/256], nested_quant_map F32 [256]
///     8 bits  weight I8 [out, in], SCB F32 [out], weight_format U8 []
///
/// `bitsandbytes/functional.py`, `QuantState.as_dict`; the high nibble comes first.
enum BitsAndBytes {
  static let signatures =
    ["nf4", "fp4"].map { type in
      Signature(".quant_state.bitsandbytes__" + type) { fourBits($0, type) }
    } + [
      Signature(".weight", [.i8], with: [".SCB"], match: eightBits)
    ]

  private static func fourBits(_ state: Module, _ type: String) -> PackedWeight? {
    // The tensor that names the scheme is the state; the codes lie in the one it is named after.
    guard let carrier = state[""] else { return nil }
    let module = Module(scene: state.scene, prefix: state.prefix, carrier: carrier)
    let json = state.document(".quant_state.bitsandbytes__" + type)
    let weights = module.byteCount.multipliedClamped(by: 2)
    var shape = json?["shape"]?.array?.compactMap(\.integer) ?? []
    let product = shape.reduce(1) { $0.multipliedClamped(by: max($1, 0)) }
    // An odd number of weights leaves a nibble unused.
    if shape.isEmpty || ceilingQuotient(product, 2) != module.byteCount { shape = [weights] }
    let block = json?["blocksize"]?.integer ?? 64
    guard block > 0, weights > 0 else { return nil }

    let isNested = module[".nested_absmax"] != nil
    var scale: GroupValues?
    if isNested, let absmax = module[".absmax"], let map = module[".nested_quant_map"],
      let offset = json?["nested_offset"]?.number
    {
      let nested = PackedDecoder(
        storage: .codes(
          StoredCodes(tensor: absmax, bits: 8, packing: .dense(bits: 8, wordBits: 8)),
          .lines(module.elements(".absmax") ?? 1)
        ),
        numbers: .tensor(map),
        scales: module.scale(
          ".nested_absmax",
          sharing: .runs(json?["nested_blocksize"]?.integer ?? 256)
        ),
        bias: GroupValues(.constant(Float(offset)), sharing: .matrix)
      )
      scale = GroupValues(.packed(nested), sharing: .runs(block))
    } else if !isNested {
      scale = module.values(".absmax", sharing: .runs(block))
    }
    let decoder = module[".quant_map"].flatMap { map in
      scale.map { scale in
        PackedDecoder(
          storage: .codes(
            StoredCodes(tensor: carrier, bits: 4, packing: .highFirst(bits: 4, wordBits: 8)),
            .lines(weights)
          ),
          numbers: .tensor(map),
          scales: [Scale(scale)]
        )
      }
    }
    return PackedWeight(
      type == "nf4" ? .bnbNF4 : .bnbFP4,
      isNested ? type + "-double-quant" : type,
      module,
      auxiliary: [
        ".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map",
        ".quant_state.bitsandbytes__" + type,
      ],
      shape: shape,
      codes: type == "nf4" ? .normalFloat4 : .float4,
      bits: 4,
      groupSize: block,
      symmetric: true,
      actOrder: false,
      decoder: decoder
    )
  }

  private static func eightBits(_ module: Module) -> PackedWeight? {
    guard let matrix = module.matrix, module.elements(".SCB") == matrix.rows else { return nil }
    let row = GroupValues.Sharing.tiles(rows: 1, columns: matrix.columns)
    return PackedWeight(
      .bnbInt8,
      "int8",
      module,
      auxiliary: [".SCB", ".weight_format"],
      shape: [matrix.rows, matrix.columns],
      codes: .integer(zeroCode: 0),
      bits: 8,
      symmetric: true,
      actOrder: false,
      decoder: PackedDecoder(
        storage: .codes(
          StoredCodes(tensor: module.carrier, bits: 8, packing: .dense(bits: 8, wordBits: 8)),
          .rowMajor
        ),
        numbers: .signed,
        // The stored value is the largest magnitude of a row, which code 127 stands for.
        scales: module.scale(".SCB", sharing: row)
          + [Scale(GroupValues(.constant(127), sharing: .matrix), divides: true)]
      )
    )
  }
}
