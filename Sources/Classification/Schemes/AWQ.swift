internal import ModelFile
internal import TensorStats

/// AWQ: codes packed along the outputs, eight nibbles a word in an order of their own.
///
///     GEMM       qweight I32 [in, out·b/32]  qzeros I32 [in/g, out·b/32]  scales F16 [in/g, out]
///     GEMV       qweight I32 [out, in·b/32]  qzeros I32 [out, zw]         scales F16 [out, zw·8]
///     GEMV fast  qweight I16 [out/4, in]     qzeros F16 [zw·8, out]       scales F16 [zw·8, out]
///                (zeros are called scaled_zeros in some versions)
///
/// AutoAWQ, `awq/modules/linear/{gemm,gemv,gemv_fast}.py`; zw is the padded count of words for the
/// groups of a row. The fast form's zeros are −scale·zero.
enum AWQ {
  static let signatures = [
    Signature(".qweight", [.i32, .u32], with: [".qzeros", ".scales"], match: gemm),
    Signature(".qweight", [.i32, .u32], with: [".qzeros", ".scales"], match: gemv),
    Signature(".qweight", [.i16], with: [".qzeros", ".scales"]) { gemvFast($0, ".qzeros") },
    Signature(".qweight", [.i16], with: [".scaled_zeros", ".scales"]) {
      gemvFast($0, ".scaled_zeros")
    },
  ]

  private static let suffixes = [
    ".qzeros", ".scaled_zeros", ".scales", ".theta", ".pairs", ".channel_scales",
  ]

  private static func gemm(_ module: Module) -> PackedWeight? {
    guard let packed = module.lastMatrix, let scales = module.innerShape(".scales"),
      let zeros = module.innerShape(".qzeros"), zeros[1] == packed.columns,
      zeros[0] == scales[0], scales[0] > 0, module.type(".scales")?.family == .float,
      let bits = module.packedBits(words: zeros[1], codes: scales[1]),
      packed.columns * 32 == scales[1] * bits
    else { return nil }
    let group = module.groupSize(of: packed.rows, groups: scales[0])
    let isParo = module[".theta"] != nil || module[".pairs"] != nil
    let words = bits == 4 ? Packing.awq : module.packing(bits)
    let sharing = GroupValues.Sharing.tiles(rows: 1, columns: group ?? packed.rows)
    let decoder = PackedDecoder(
      storage: .codes(
        StoredCodes(tensor: module.carrier, bits: bits, packing: words),
        .transposed
      ),
      zero: module[".qzeros"].map {
        GroupValues(
          .codes(StoredCodes(tensor: $0, bits: bits, packing: words), plus: 0),
          sharing: sharing,
          arrangement: .transposed
        )
      },
      scales: module.scale(".scales", sharing: sharing, arrangement: .transposed)
    )
    return PackedWeight(
      isParo ? .paroquant : .awq,
      isParo ? "\(bits)-bit" : "gemm",
      module,
      auxiliary: suffixes,
      shape: module.shape.dropLast(2) + [scales[1], packed.rows],
      codes: .integer(zeroCode: nil),
      bits: Double(bits),
      groupSize: group,
      symmetric: isSymmetric(module, bits),
      actOrder: false,
      decoder: isParo ? nil : decoder
    )
  }

  private static func gemv(_ module: Module) -> PackedWeight? {
    guard let packed = module.matrix, let scales = module.shape(".scales"), scales.count == 2,
      let zeros = module.shape(".qzeros"), zeros.count == 2, zeros[0] == packed.rows,
      scales[0] == packed.rows, scales[1] == zeros[1] * 8
    else { return nil }
    let inputs = packed.columns * 8
    let group = module.claims.groupSize ?? gemvGroup(module, inputs, words: zeros[1])
    guard group > 0, ceilingQuotient(inputs, group) <= scales[1] else { return nil }
    let sharing = GroupValues.Sharing.tiles(rows: 1, columns: group)
    let words = Packing.dense(bits: 4, wordBits: 32)
    let decoder = PackedDecoder(
      storage: .codes(StoredCodes(tensor: module.carrier, bits: 4, packing: words), .rowMajor),
      zero: module[".qzeros"].map {
        GroupValues(
          .codes(StoredCodes(tensor: $0, bits: 4, packing: words), plus: 0),
          sharing: sharing,
          storedColumns: zeros[1] * 8
        )
      },
      scales: module.scale(".scales", sharing: sharing, storedColumns: scales[1])
    )
    return PackedWeight(
      .awq,
      "gemv",
      module,
      auxiliary: suffixes,
      shape: [packed.rows, inputs],
      codes: .integer(zeroCode: nil),
      bits: 4,
      groupSize: group,
      symmetric: isSymmetric(module, 4),
      actOrder: false,
      decoder: decoder
    )
  }

  /// The group sizes whose zero points fill so many words with their padding.
  ///
  /// `calculate_zeros_width` of gemv.py pads groups of 64 to two words and those of 32 to four.
  private static func groupSizes(_ inputs: Int, words: Int) -> [Int] {
    [(128, 1), (64, 2), (32, 4)].filter { size, unit in
      words == ceilingQuotient(ceilingQuotient(inputs / size, 8), unit) * unit
    }.map { $0.0 }
  }

  /// The group size of rows whose zero points are padded with zeros: the one whose groups reach as far
  /// as any zero point, where the file's beginning shows some.
  private static func gemvGroup(_ module: Module, _ inputs: Int, words: Int) -> Int {
    let sizes = groupSizes(inputs, words: words)
    let read = module.integers(".qzeros") ?? []
    var used = 0
    for (place, word) in read.enumerated() where word & 0xFFFF_FFFF != 0 {
      let last = 7 - (word & 0xFFFF_FFFF).leadingZeroBitCount % 32 / 4
      used = max(used, place % words * 8 + last + 1)
    }
    return sizes.first { inputs / $0 == used } ?? sizes.first ?? 128
  }

  private static func gemvFast(_ module: Module, _ zeros: String) -> PackedWeight? {
    guard let packed = module.matrix, let scales = module.shape(".scales"), scales.count == 2,
      module.shape(zeros) == scales, module.type(zeros)?.family == .float,
      scales[1] == packed.rows.multipliedClamped(by: 4)
    else { return nil }
    // Rows of scales are padded as words of zero points are.
    let group =
      module.claims.groupSize ?? groupSizes(packed.columns, words: scales[0] / 8).first ?? 128
    guard group > 0, ceilingQuotient(packed.columns, group) <= scales[0] else { return nil }
    let sharing = GroupValues.Sharing.tiles(rows: 1, columns: group)
    return PackedWeight(
      .awq,
      "gemv_fast",
      module,
      auxiliary: suffixes,
      shape: [packed.rows * 4, packed.columns],
      codes: .offsetInteger,
      bits: 4,
      groupSize: group,
      symmetric: module.claims.settings?["zero_point"]?.bool.map { !$0 },
      actOrder: false,
      decoder: packed.columns % 64 == 0
        ? PackedDecoder(
          storage: .tiled(module.gemvFastTiles()),
          scales: module.scale(".scales", sharing: sharing, arrangement: .transposed),
          bias: module.values(zeros, sharing: sharing, arrangement: .transposed)
        ) : nil
    )
  }

  /// Whether all zero points are the middle of the codes; nibbles count alike in any order.
  private static func isSymmetric(_ module: Module, _ bits: Int) -> Bool? {
    if module.claims.settings?["zero_point"]?.bool == false { return true }
    guard bits == 4, let words = module.integers(".qzeros"), !words.isEmpty else {
      return module.claims.settings?["zero_point"]?.bool.map { !$0 }
    }
    return words.allSatisfy { $0 & 0xFFFF_FFFF == 0x8888_8888 }
  }
}
