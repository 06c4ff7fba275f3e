internal import ModelFile
internal import TensorStats

/// bitsandbytes: weights flattened, a scale for every 64 in a row.
///
///     4 bits  weight U8 [n/2, 1] (or any type of `bnb_4bit_quant_storage`), weight.absmax F32 [n/64],
///             weight.quant_map F32 [16], weight.quant_state.bitsandbytes__nf4 U8: JSON;
///             double quantization: absmax U8, nested_absmax F32 [n/64/256], nested_quant_map F32 [256]
///     8 bits  weight I8 [out, in], SCB F32 [out], weight_format U8 []
///
/// `bitsandbytes/functional.py`, `QuantState.as_dict`; the high nibble comes first. GPTQModel joins the
/// names by `_`: weight_absmax, weight_quant_state and weight_scb
/// (`gptqmodel/nn_modules/qlinear/bitsandbytes.py`).
enum BitsAndBytes {
  static let signatures =
    ["nf4", "fp4"].map { type in
      Signature(".quant_state.bitsandbytes__" + type) {
        fourBits($0, state: ".quant_state.bitsandbytes__" + type, type)
      }
    } + [
      Signature("_quant_state", [.u8], with: ["_absmax", "_quant_map"]) {
        fourBits($0, state: "_quant_state", nil)
      },
      Signature(".weight", [.i8], with: [".SCB"]) { eightBits($0, scale: ".SCB") },
      Signature(".weight", [.i8], with: [".weight_scb"]) { eightBits($0, scale: ".weight_scb") },
    ]

  /// The codes that a state is named after; the state is JSON, which names their type where its own
  /// name does not.
  private static func fourBits(
    _ found: Module, state: String, _ named: String?
  ) -> PackedWeight? {
    guard let carrier = found[""] else { return nil }
    let module = Module(scene: found.scene, prefix: found.prefix, carrier: carrier)
    let json = found.document(state)
    guard let type = named ?? json?["quant_type"]?.string, type == "nf4" || type == "fp4" else {
      return nil
    }
    let joint = String(state.prefix(1))
    func name(_ part: String) -> String { joint + part }
    let weights = module.byteCount.multipliedClamped(by: 2)
    var shape = json?["shape"]?.array?.compactMap(\.integer) ?? []
    let product = shape.reduce(1) { $0.multipliedClamped(by: max($1, 0)) }
    // An odd number of weights leaves a nibble unused.
    if shape.isEmpty || ceilingQuotient(product, 2) != module.byteCount { shape = [weights] }
    let block = json?["blocksize"]?.integer ?? 64
    guard block > 0, weights > 0 else { return nil }

    let isNested = module[name("nested_absmax")] != nil
    var scale: GroupValues?
    if isNested, let absmax = module[name("absmax")],
      let map = module[name("nested_quant_map")],
      let offset = json?["nested_offset"]?.number
    {
      let nested = PackedDecoder(
        storage: .codes(
          StoredCodes(tensor: absmax, bits: 8, packing: .dense(bits: 8, wordBits: 8)),
          .lines(module.elements(name("absmax")) ?? 1)
        ),
        numbers: .tensor(map),
        scales: module.scale(
          name("nested_absmax"),
          sharing: .runs(json?["nested_blocksize"]?.integer ?? 256)
        ),
        bias: GroupValues(.constant(Float(offset)), sharing: .matrix)
      )
      scale = GroupValues(.packed(nested), sharing: .runs(block))
    } else if !isNested {
      scale = module.values(name("absmax"), sharing: .runs(block))
    }
    let decoder = module[name("quant_map")].flatMap { map in
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
      auxiliary: ["absmax", "quant_map", "nested_absmax", "nested_quant_map"].map(name) + [state],
      shape: shape,
      codes: type == "nf4" ? .normalFloat4 : .float4,
      bits: 4,
      groupSize: block,
      symmetric: true,
      actOrder: false,
      decoder: decoder
    )
  }

  private static func eightBits(_ module: Module, scale: String) -> PackedWeight? {
    guard let matrix = module.matrix, module.elements(scale) == matrix.rows else { return nil }
    let row = GroupValues.Sharing.tiles(rows: 1, columns: matrix.columns)
    return PackedWeight(
      .bnbInt8,
      "int8",
      module,
      auxiliary: [scale, ".weight_format"],
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
        scales: module.scale(scale, sharing: row)
          + [Scale(GroupValues(.constant(127), sharing: .matrix), divides: true)]
      )
    )
  }
}
