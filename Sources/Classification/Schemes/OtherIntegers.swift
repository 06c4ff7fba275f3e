internal import ModelFile
internal import TensorStats

/// Integer codes of smaller projects and of kernels.
///
///     Marlin      qweight or B I32 [in/16, out·16·b/32], scales or s F16 [in/g, out]; no zero points
///     QQQ         B I32 [in/16, out·2], s_channel F32 [1, out], s_group F16 [in/g, out] or [0]
///     SVDQuant    qweight I8 [out, in/2], wscales [in/64, out] (nvfp4: F8_E4M3 [in/16, out]), proj_down [in, r],
///                 proj_up [out, r], smooth_factor [in]: what a low-rank branch leaves over (nunchaku)
///     EETQ        weight or qweight I8 [in, out] interleaved, 128 more than the codes, weight_scales F16 [out]
///     BitNet      weight U8 [out/4, in], weight_scale [1] that divides (transformers)
///     others      weight I8 [out, in], scale [], [out], [out, 1] or [out, in/g]
enum OtherIntegers {
  static let signatures = [
    Signature(".qweight", [.i8, .u8], with: [".wscales"], match: svdquant),
    Signature(".B", [.i32], with: [".s_channel"], match: qqq),
    Signature(".qweight", [.i32], with: [".scales"]) { marlin($0, ".scales") },
    Signature(".B", [.i32], with: [".s"]) { marlin($0, ".s") },
    Signature(".weight", [.i8], with: [".weight_scales"], match: eetq),
    Signature(".qweight", [.i8], with: [".weight_scales"], match: eetq),
    Signature(".weight", [.u8], with: [".weight_scale"], match: bitnet),
    Signature(".weight", [.i8], with: [".scale"], match: scaled),
  ]

  private static func scaled(_ module: Module) -> PackedWeight? {
    guard let matrix = module.matrix, let scale = module.shape(".scale"),
      module.type(".scale")?.family == .float,
      let sharing = module.sharing(of: scale, rows: matrix.rows, columns: matrix.columns)
    else { return nil }
    let group = sharing.groupSize(in: matrix.columns)
    return PackedWeight(
      .int8,
      group == nil ? "scaled" : "scaled by groups",
      module,
      auxiliary: [".scale"],
      shape: [matrix.rows, matrix.columns],
      codes: .integer(zeroCode: 0),
      bits: 8,
      groupSize: group,
      symmetric: true,
      actOrder: false,
      decoder: .bytes(module, .signed, scales: module.scale(".scale", sharing: sharing))
    )
  }

  private static func svdquant(_ module: Module) -> PackedWeight? {
    guard let matrix = module.matrix, let scale = module.shape(".wscales"), scale.count == 2,
      scale[1] == matrix.rows, scale[0] > 0
    else { return nil }
    let inputs = matrix.columns.multipliedClamped(by: 2)
    guard inputs % scale[0] == 0 else { return nil }
    let group = inputs / scale[0]
    let isFloat = module.type(".wscales") == .f8e4m3
    let rank = module.shape(".proj_down")?.last
    let words = Packing.dense(bits: 4, wordBits: 8)
    let scales =
      module.scale(
        ".wscales",
        sharing: .tiles(rows: 1, columns: group),
        arrangement: .transposed
      )
    return PackedWeight(
      .svdquant,
      (isFloat ? "nvfp4" : "int4") + (rank.map { " rank \($0)" } ?? ""),
      module,
      auxiliary: [
        ".wscales", ".wcscales", ".wtscale", ".smooth_factor", ".smooth_factor_orig", ".proj_down",
        ".proj_up", ".wzeros",
      ],
      shape: [matrix.rows, inputs],
      codes: .hidden,
      bits: 4,
      groupSize: group,
      symmetric: true,
      // nunchaku orders the codes for its kernels; their counts do not depend on the order.
      decoder: PackedDecoder(
        storage: .codes(StoredCodes(tensor: module.carrier, bits: 4, packing: words), .rowMajor),
        numbers: isFloat ? .float(.f4) : .signed,
        scales: scales
      )
    )
  }

  private static func qqq(_ module: Module) -> PackedWeight? {
    guard let matrix = module.matrix, matrix.columns % 2 == 0,
      module.elements(".s_channel") == matrix.columns / 2
    else { return nil }
    let shape = [matrix.columns / 2, matrix.rows.multipliedClamped(by: 16)]
    let groups = module.shape(".s_group").flatMap { $0.count == 2 && $0[0] > 0 ? $0 : nil }
    guard groups == nil || groups?[1] == shape[0] else { return nil }
    let group = groups.flatMap { module.groupSize(of: shape[1], groups: $0[0]) }
    let sharing = GroupValues.Sharing.tiles(rows: 1, columns: group ?? shape[1])
    // Rows were packed as the upper halves of bytes, so that their scales are a sixteenth.
    var scales = [Scale(GroupValues(.constant(16), sharing: .matrix))]
    if groups != nil {
      scales = module.scale(
        ".s_group", sharing: sharing, arrangement: .transposed, rowOrder: Module.marlinGroupOrder)
    }
    scales += module.scale(
      ".s_channel", sharing: .tiles(rows: 1, columns: shape[1]), rowOrder: Module.marlinRowOrder)
    return PackedWeight(
      .qqq,
      groups == nil ? "w4a8 per channel" : "w4a8 grouped",
      module,
      auxiliary: [".s_channel", ".s_group"],
      shape: shape,
      codes: .integer(zeroCode: groups == nil ? 0 : 8),
      bits: 4,
      groupSize: group,
      symmetric: true,
      actOrder: false,
      decoder: shape[0] % 64 == 0
        ? PackedDecoder(
          storage: .tiled(module.qqqTiles(isGrouped: groups != nil)),
          numbers: groups == nil ? .signed : .unsigned,
          zero: groups == nil ? nil : GroupValues(.constant(8), sharing: .matrix),
          scales: scales
        ) : nil
    )
  }

  private static func marlin(_ module: Module, _ scales: String) -> PackedWeight? {
    guard let matrix = module.matrix, let scale = module.shape(scales), scale.count == 2,
      scale[1] > 0, module.type(scales)?.family == .float,
      matrix.columns.multipliedClamped(by: 2) % scale[1] == 0
    else { return nil }
    let bits = matrix.columns * 2 / scale[1]
    guard bits == 4 || bits == 8 else { return nil }
    let inputs = matrix.rows.multipliedClamped(by: 16)
    let group = module.groupSize(of: inputs, groups: scale[0])
    let isPermuted = (module.elements(".g_idx") ?? 0) > 0
    let decoder = PackedDecoder(
      storage: .tiled(module.marlinTiles(bits: bits, isGrouped: scale[0] > 1)),
      zero: GroupValues(.constant(Float(1 << (bits - 1))), sharing: .matrix),
      scales: module.scale(
        scales, sharing: .tiles(rows: 1, columns: group ?? inputs), arrangement: .transposed)
    )
    return PackedWeight(
      .marlin,
      "\(bits)-bit",
      module,
      auxiliary: [scales, ".workspace", ".g_idx", ".g_idx_sort_indices"],
      shape: [scale[1], inputs],
      codes: .integer(zeroCode: 1 << (bits - 1)),
      bits: Double(bits),
      groupSize: group,
      symmetric: true,
      actOrder: isPermuted,
      // Kernels want permuted inputs in an order that the file does not tell.
      decoder: isPermuted || scale[1] % 64 != 0 ? nil : decoder
    )
  }

  private static func eetq(_ module: Module) -> PackedWeight? {
    guard let matrix = module.matrix, module.elements(".weight_scales") == matrix.columns,
      module.type(".weight_scales") == .f16
    else {
      return nil
    }
    return PackedWeight(
      .eetq,
      "int8",
      module,
      auxiliary: [".weight_scales"],
      shape: [matrix.columns, matrix.rows],
      codes: .integer(zeroCode: 128),
      bits: 8,
      symmetric: true,
      actOrder: false,
      decoder: matrix.rows % 64 == 0 && matrix.columns % 2 == 0
        ? PackedDecoder(
          storage: .tiled(module.mixedGemmTiles()),
          zero: GroupValues(.constant(128), sharing: .matrix),
          scales: module.scale(
            ".weight_scales", sharing: .tiles(rows: 1, columns: matrix.rows))
        ) : nil
    )
  }

  private static func bitnet(_ module: Module) -> PackedWeight? {
    guard let matrix = module.matrix, module.elements(".weight_scale") == 1 else { return nil }
    // A field of two bits has no fourth value.
    let isTernary = module.bytes(".weight").map { $0.allSatisfy { $0 & ($0 >> 1) & 0x55 == 0 } }
    guard isTernary ?? (module.claims.method == "bitnet") else { return nil }
    return PackedWeight(
      .bitnet,
      "ternary",
      module,
      auxiliary: [".weight_scale"],
      shape: [matrix.rows.multipliedClamped(by: 4), matrix.columns],
      codes: .ternary,
      bits: 2,
      symmetric: true,
      decoder: PackedDecoder(
        storage: .codes(
          StoredCodes(
            tensor: module.carrier,
            bits: 2,
            packing: .dense(bits: 2, wordBits: 8),
            direction: .rowsApart
          ),
          .rowMajor
        ),
        zero: GroupValues(.constant(1), sharing: .matrix),
        scales: module.scale(".weight_scale", sharing: .matrix, divides: true)
      )
    )
  }
}
