internal import ModelFile
internal import TensorStats

/// Codes for several weights at once: vectors, lattices, trellises.
///
///     AQLM    codes I8/I16 [out/og, in/ig, nc], codebooks F16 [nc, 2ⁿ, og, ig], scales F16 [out/og, 1, 1, 1]
///     QuIP#   Qidxs I64 [out, in/32], SU F16 [in], SV F16 [out], Wscale [], codebook_id I64 []
///     EXL3    trellis I16 [in/16, out/16, 16·K], suh F16 [in], svh F16 [out]
///     SpQR    dense_weights I64 [out·in/16], row_offsets I32 [out + 1] or [out/16 + 1], col_vals I32,
///             in_perm I32 [in/2]; sparse are its outliers
///     HIGGS   weight I16 [out·b/16, in], scales [out, in/256], tables, tables2
enum VectorQuantization {
  static let signatures = [
    Signature(".codes", with: [".codebooks", ".scales"], match: aqlm),
    Signature(".Qidxs", [.i64, .i32, .i16, .u8], with: [".SU", ".SV"], match: quip),
    Signature(".trellis", [.i16], match: exl3),
    Signature(
      ".dense_weights", [.i64, .u64], with: [".row_offsets", ".col_vals", ".in_perm"], match: spqr),
    Signature(".weight", [.i16], with: [".scales", ".tables"], match: higgs),
  ]

  private static func aqlm(_ module: Module) -> PackedWeight? {
    guard let books = module.shape(".codebooks"), books.count == 4, module.shape.count == 3,
      let codebooks = module[".codebooks"], books[0] == module.shape[2], books[1] > 1,
      books[2] > 0, books[3] > 0
    else { return nil }
    let shape = [
      module.shape[0].multipliedClamped(by: books[2]),
      module.shape[1].multipliedClamped(by: books[3]),
    ]
    let width = Int.bitWidth - (books[1] - 1).leadingZeroBitCount
    let group = books[2] * books[3]
    return PackedWeight(
      .aqlm,
      "\(books[0])x\(width) g\(group)",
      module,
      auxiliary: [".codebooks", ".scales"],
      shape: shape,
      codes: .vectors,
      bits: Double(books[0] * width) / Double(group),
      groupSize: group,
      decoder: PackedDecoder(
        storage: .vectors(VectorCodes(codes: module.carrier, codebooks: codebooks)),
        scales: module.scale(
          ".scales",
          sharing: .tiles(rows: books[2], columns: max(shape[1], 1))
        )
      )
    )
  }

  private static func quip(_ module: Module) -> PackedWeight? {
    guard let inputs = module.elements(".SU"), let outputs = module.elements(".SV"), inputs > 0,
      outputs > 0
    else { return nil }
    let bits = Double(module.byteCount) * 8 / (Double(inputs) * Double(outputs))
    guard bits >= 1, bits <= 8, bits == bits.rounded() else { return nil }
    let params = module.scene.model.sidecar(.config)?["quip_params"]
    let codebook = params?["codebook"]?.string ?? (bits == 2 ? "E8P12" : "E8P12RVQ\(Int(bits))B")
    return PackedWeight(
      .quipSharp,
      codebook,
      module,
      auxiliary: [".SU", ".SV", ".Wscale", ".codebook_id", ".A", ".B", ".fuse_scales"],
      shape: [outputs, inputs],
      codes: .hidden,
      bits: bits
    )
  }

  private static func exl3(_ module: Module) -> PackedWeight? {
    let shape = module.shape
    guard shape.count == 3, shape[2] > 0, shape[2] % 16 == 0,
      module[".suh"] != nil || module[".su"] != nil
    else { return nil }
    let bits = shape[2] / 16
    return PackedWeight(
      .exl3,
      "trellis K=\(bits)",
      module,
      auxiliary: [".suh", ".svh", ".su", ".sv", ".mcg", ".mul1"],
      shape: [shape[1].multipliedClamped(by: 16), shape[0].multipliedClamped(by: 16)],
      codes: .hidden,
      bits: Double(bits)
    )
  }

  private static func spqr(_ module: Module) -> PackedWeight? {
    // Each word has 16 weights of a row; there are as many rows as row starts, or a start for every 16.
    let weights = module.tensor.elementCount.multipliedClamped(by: 16)
    guard let starts = module.elements(".row_offsets"), starts > 1, weights > 0,
      let places = module.elements(".in_perm")
    else { return nil }
    // Offsets of rows ascend from zero.
    if let offsets = module.integers(".row_offsets") {
      guard offsets.first == 0, zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 }) else {
        return nil
      }
    }
    // The order of the inputs is stored two to a word.
    let found = [starts - 1, (starts - 1).multipliedClamped(by: 16)].lazy.compactMap {
      rows -> [Int]? in
      guard weights % rows == 0 else { return nil }
      let inputs = weights / rows
      let isKnown = places == 0 ? inputs % 16 == 0 : inputs == places * 2 || inputs == places
      return isKnown ? [rows, inputs] : nil
    }.first
    guard let shape = found else { return nil }
    let bits = module.claims.bits ?? 3
    var decoder: PackedDecoder?
    if bits == 3, let starts = module[".row_offsets"], let outliers = module[".col_vals"],
      places == 0 || places * 2 == shape[1], shape[0] % 16 == 0, shape[1] % 16 == 0
    {
      decoder = PackedDecoder(
        storage: .outlierTiles(
          OutlierTiles(
            words: module.carrier, outliers: outliers, starts: starts,
            order: places > 0 ? module[".in_perm"] : nil)))
    }
    return PackedWeight(
      .spqr,
      nil,
      module,
      auxiliary: [".row_offsets", ".col_vals", ".in_perm"],
      shape: shape,
      codes: .offsetInteger,
      bits: Double(bits),
      groupSize: 16,
      decoder: decoder
    )
  }

  private static func higgs(_ module: Module) -> PackedWeight? {
    guard let matrix = module.matrix, let scale = module.shape(".scales"), scale.count == 2,
      scale[0] > 0, matrix.rows.multipliedClamped(by: 16) % scale[0] == 0
    else { return nil }
    let bits = matrix.rows * 16 / scale[0]
    guard (1...8).contains(bits) else { return nil }
    return PackedWeight(
      .higgs,
      "\(bits)-bit",
      module,
      auxiliary: [".scales", ".tables", ".tables2"],
      shape: [scale[0], matrix.columns],
      codes: .hidden,
      bits: Double(bits),
      groupSize: module.groupSize(of: matrix.columns, groups: scale[1])
    )
  }
}
