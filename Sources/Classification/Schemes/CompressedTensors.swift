internal import ModelFile
internal import TensorStats

/// compressed-tensors (vLLM's llm-compressor): one name for several layouts.
///
///     pack-quantized   weight_packed I32 [out, ⌈in·b/32⌉], weight_scale [out, in/g], weight_shape I64 [2],
///                      asymmetric: weight_zero_point I32 [⌈out·b/32⌉, in/g], or I8 like the scale; act-order:
///                      weight_g_idx I32 [in]; strategy tensor: weight_scale [1]
///     nvfp4            weight_packed U8 [out, in/2], weight_scale F8_E4M3 [out, in/16],
///                      weight_global_scale F32 [1], by which the scales are divided
///     mxfp4, mxfp6     weight_packed U8 [out, in·b/8], weight_scale U8 [out, in/32]: exponents; 6 bits
///                      are E2M3, four in three bytes
///     mxfp8            weight F8_E4M3 [out, in], weight_scale U8 [out, in/32]
///     int, float       weight I8 or F8_E4M3 [out, in], weight_scale [out, 1], [1], [out, in/g] or by tiles
///     marlin-24        weight_packed I32 [in/32, 16·out·b/32], scale_packed F16 [groups, out], meta I16 [in/32, 2·out]
///     sparse-bitmask   compressed [nnz], bitmask U8 [out, ⌈in/8⌉], row_offsets I64 [out], shape I64 [2]
///     24-bitmask       compressed [out, in/2], bitmask U8 [out, in/8], shape I64 [2, 1]; both may hold the
///                      codes of the int and float layouts, with their scales
///
/// Releases before 0.18 pack ⌊32/b⌋ whole codes a word, later ones without gaps; those before 0.10
/// put the sparse layouts' suffixes behind `.weight`.
enum CompressedTensors {
  static let signatures = [
    Signature(".weight_packed", [.i32], with: [".scale_packed", ".meta"], match: marlin24),
    Signature(".weight_packed", [.i32], with: [".weight_scale"], match: packed),
    Signature(
      ".weight_packed",
      [.u8],
      with: [".weight_scale", ".weight_global_scale"],
      match: nvfp4
    ),
    Signature(".weight_packed", [.u8], with: [".weight_scale"], match: microscaled),
    Signature(".weight", [.f8e4m3], with: [".weight_scale"], match: microscaled8),
    Signature(".weight", [.i8, .f8e4m3], with: [".weight_scale"], match: plainCodes),
    Signature(".compressed", with: [".bitmask"], match: bitmask),
  ]

  private static let inputs = [
    ".input_scale", ".input_zero_point", ".input_global_scale", ".input_g_idx", ".output_scale",
    ".output_zero_point",
  ]

  private static func packed(_ module: Module) -> PackedWeight? {
    let isOneForAll = module.elements(".weight_scale") == 1
    guard let matrix = module.lastMatrix,
      let scale = isOneForAll ? 1 : module.blockScale(".weight_scale")
    else { return nil }
    let words = matrix.columns
    let stated = module.integers(".weight_shape").flatMap { $0.count >= 2 ? $0.last : nil }
    guard let (bits, columns) = codeWidth(words: words, columns: stated, module) else { return nil }
    let isDense = ceilingQuotient(columns * bits, 32) == words
    let packing = isDense ? module.packing(bits) : Packing.whole(bits: bits, wordBits: 32)
    let group = module.groupSize(of: columns, groups: scale)
    // A layer that was not ordered may have indexes all the same, of −1.
    let groups = module.integers(".weight_g_idx")
    let indexes = groups?.contains { $0 < 0 } == true ? nil : module[".weight_g_idx"]
    // Without indexes ("static", "weight") only the order of quantization followed the activations.
    let claimed = module.claims.weightSetting("actorder")?.string?.lowercased()
    let isOrdered =
      indexes == nil
      ? claimed.map { ["group", "dynamic"].contains($0) } ?? false
      : groups.map { zip($0, $0.dropFirst()).contains { $0 > $1 } } ?? true
    let sharing: GroupValues.Sharing =
      isOneForAll
      ? .matrix : indexes.map { .indexed(by: $0) } ?? .tiles(rows: 1, columns: group ?? columns)
    let middle = 1 << (bits - 1)
    // Zero points are packed as the codes are, but that of a whole tensor and those of old files, which
    // are signed.
    let isPackedZero = module.shape(".weight_zero_point") != module.shape(".weight_scale")
    let isAsymmetric =
      module[".weight_zero_point"] != nil
      && (isPackedZero || module.isZero(".weight_zero_point") != true)
    let signedZero = isAsymmetric && !isPackedZero
    let packedZero = isAsymmetric && isPackedZero ? module[".weight_zero_point"] : nil
    let zero =
      signedZero
      ? module.values(".weight_zero_point", sharing: sharing)
      : packedZero.map {
        GroupValues(
          .codes(
            StoredCodes(tensor: $0, bits: bits, packing: packing, direction: .downColumn),
            plus: 0
          ),
          sharing: sharing
        )
      } ?? GroupValues(.constant(Float(middle)), sharing: .matrix)
    return PackedWeight(
      .compressedTensors,
      "pack-quantized",
      module,
      auxiliary: [".weight_scale", ".weight_shape", ".weight_zero_point", ".weight_g_idx"] + inputs,
      shape: module.shape.dropLast() + [columns],
      codes: .integer(zeroCode: isAsymmetric ? nil : middle),
      bits: Double(bits),
      groupSize: group,
      symmetric: !isAsymmetric,
      actOrder: isOrdered,
      decoder: PackedDecoder(
        storage: .codes(
          StoredCodes(tensor: module.carrier, bits: bits, packing: packing),
          .rowMajor
        ),
        numbers: signedZero ? .table((0..<1 << bits).map { Float($0 - middle) }) : .unsigned,
        zero: zero,
        scales: module.scale(".weight_scale", sharing: sharing)
      )
    )
  }

  /// Bits and columns that agree with the words of a row, in the old packing or the new.
  private static func codeWidth(words: Int, columns: Int?, _ module: Module) -> (Int, Int)? {
    let claimed = module.claims.weightSetting("num_bits")?.integer ?? module.claims.bits
    let widths = claimed.map { [$0] + [4, 8, 3, 2, 5, 6, 7, 1] } ?? [4, 8, 3, 2, 5, 6, 7, 1]
    guard let columns, columns > 0 else {
      return claimed.flatMap { (1...8).contains($0) ? ($0, words * 32 / $0) : nil }
    }
    let found = widths.first { bits in
      (1...8).contains(bits)
        && (ceilingQuotient(columns.multipliedClamped(by: bits), 32) == words
          || ceilingQuotient(columns, 32 / bits) == words)
    }
    return found.map { ($0, columns) }
  }

  private static func nvfp4(_ module: Module) -> PackedWeight? {
    guard let matrix = module.lastMatrix, let scale = module.blockScale(".weight_scale"),
      scale.multipliedClamped(by: 8) == matrix.columns
    else { return nil }
    return PackedWeight(
      .compressedTensors,
      "nvfp4-pack-quantized",
      module,
      auxiliary: [".weight_scale", ".weight_global_scale", ".weight_shape"] + inputs,
      shape: module.shape.dropLast() + [matrix.columns * 2],
      codes: .float4,
      bits: 4,
      groupSize: 16,
      symmetric: true,
      actOrder: false,
      decoder: .float4(
        module,
        scales: module.scale(".weight_scale", as: .f8e4m3, sharing: .tiles(rows: 1, columns: 16))
          + module.scale(".weight_global_scale", sharing: .matrix, divides: true)
      )
    )
  }

  private static func microscaled(_ module: Module) -> PackedWeight? {
    guard let matrix = module.lastMatrix, let scale = module.blockScale(".weight_scale"),
      module.type(".weight_scale") == .u8 || module.type(".weight_scale") == .f8e8m0
    else { return nil }
    let inputs = scale.multipliedClamped(by: 32)
    let bits: Int
    switch matrix.columns {
    case inputs / 2: bits = 4
    case inputs / 4 * 3: bits = 6
    default: return nil
    }
    let scales = module.scale(
      ".weight_scale",
      as: .f8e8m0,
      sharing: .tiles(rows: 1, columns: 32)
    )
    return PackedWeight(
      .compressedTensors,
      "mxfp\(bits)-pack-quantized",
      module,
      auxiliary: [".weight_scale", ".weight_shape"] + Self.inputs,
      shape: module.shape.dropLast() + [inputs],
      codes: bits == 4 ? .float4 : .scaledFloat,
      bits: Double(bits),
      groupSize: 32,
      symmetric: true,
      actOrder: false,
      decoder: bits == 4
        ? .float4(module, scales: scales) : .float6(module, .f6e2m3, scales: scales)
    )
  }

  private static func microscaled8(_ module: Module) -> PackedWeight? {
    guard let matrix = module.matrix, let scale = module.shape(".weight_scale"), scale.count == 2,
      module.type(".weight_scale") == .u8 || module.type(".weight_scale") == .f8e8m0,
      scale[0] == matrix.rows, scale[1] == ceilingQuotient(matrix.columns, 32)
    else { return nil }
    return PackedWeight(
      module.claims.method == "modelopt" ? .modelopt : .compressedTensors,
      module.claims.method == "modelopt" ? "MXFP8" : "mxfp8-quantized",
      module,
      auxiliary: [".weight_scale"] + inputs,
      shape: [matrix.rows, matrix.columns],
      codes: .scaledFloat,
      bits: 8,
      groupSize: 32,
      symmetric: true,
      actOrder: false,
      decoder: .bytes(
        module,
        .float(.f8e4m3),
        scales: module.scale(
          ".weight_scale",
          as: .f8e8m0,
          sharing: .tiles(rows: 1, columns: 32)
        )
      )
    )
  }

  private static func plainCodes(_ module: Module) -> PackedWeight? {
    let type = module.tensor.type
    // The same tensors are written by others; without its configuration only I8 is taken for it.
    let method = module.claims.method
    guard method == "compressed-tensors" || type == .i8, let matrix = module.matrix,
      let scale = module.shape(".weight_scale"),
      let sharing = module.sharing(of: scale, rows: matrix.rows, columns: matrix.columns)
    else { return nil }
    let isInteger = type == .i8
    let zero = module.values(".weight_zero_point", sharing: sharing)
    let isSymmetric = zero == nil || module.isZero(".weight_zero_point") == true
    let group = sharing.groupSize(in: matrix.columns)
    // A mixture has a format of its own for every group; one that contradicts the type of the codes is
    // none of theirs.
    let formats = [isInteger ? "int-quantized" : "float-quantized", "naive-quantized"]
    let claimed = module.claims.settings?["format"]?.string.flatMap {
      formats.contains($0) ? $0 : nil
    }
    let bits = isInteger ? (module.claims.weightSetting("num_bits")?.integer ?? 8) : 8
    let (scheme, variant): (Scheme, String) =
      switch method {
      case "compressed-tensors", nil:
        (.compressedTensors, claimed ?? (isInteger ? "int-quantized" : "float-quantized"))
      case "modelopt": (.modelopt, module.claims.settings?["quant_algo"]?.string ?? "INT8")
      case "quark": (.quark, "int8")
      default: (.int8, group == nil ? "scaled" : "scaled by groups")
      }
    return PackedWeight(
      scheme,
      variant,
      module,
      auxiliary: [".weight_scale", ".weight_zero_point", ".pre_quant_scale"] + inputs,
      shape: [matrix.rows, matrix.columns],
      codes: isInteger ? .integer(zeroCode: isSymmetric ? 0 : nil) : .scaledFloat,
      bits: Double((1...8).contains(bits) ? bits : 8),
      groupSize: group,
      symmetric: isSymmetric,
      actOrder: false,
      decoder: .bytes(
        module,
        isInteger ? .signed : .float(type),
        zero: isInteger ? zero : nil,
        scales: module.scale(".weight_scale", sharing: sharing)
      )
    )
  }

  private static func marlin24(_ module: Module) -> PackedWeight? {
    guard let packed = module.matrix, let meta = module.shape(".meta"), meta.count == 2,
      module.type(".meta") == .i16, let metaIndex = module[".meta"], meta[0] == packed.rows,
      meta[0] > 0, meta[1] > 1, let scale = module.shape(".scale_packed"), scale.count == 2
    else { return nil }
    let inputs = meta[0].multipliedClamped(by: 32)
    let outputs = meta[1] / 2
    guard packed.columns.multipliedClamped(by: 2) % outputs == 0, scale[1] == outputs else {
      return nil
    }
    let bits = packed.columns * 2 / outputs
    guard bits == 4 || bits == 8 else { return nil }
    let group = module.groupSize(of: inputs, groups: scale[0])
    var found = PackedWeight(
      .compressedTensors,
      "marlin-24",
      module,
      auxiliary: [".scale_packed", ".meta", ".weight_shape"],
      shape: [outputs, inputs],
      codes: .integer(zeroCode: 1 << (bits - 1)),
      bits: Double(bits),
      groupSize: group,
      symmetric: true,
      actOrder: false,
      decoder: PackedDecoder(
        storage: .marlin24(Marlin24(codes: module.carrier, bits: bits, meta: metaIndex)),
        zero: GroupValues(.constant(Float(1 << (bits - 1))), sharing: .matrix),
        scales: module.scale(
          ".scale_packed",
          sharing: .tiles(rows: 1, columns: group ?? inputs),
          arrangement: .transposed
        )
      )
    )
    found.sparseStorage = .marlin24
    return found
  }

  private static func bitmask(_ module: Module) -> PackedWeight? {
    guard let mask = module.shape(".bitmask"), let maskIndex = module[".bitmask"],
      module.type(".bitmask") == .u8,
      module.tensor.type.family == .float || module.tensor.type == .i8
    else { return nil }
    let offsets = module[".row_offsets"]
    let is24 = offsets == nil && module.shape.count == 2
    let stated = module.integers(".shape")?.map { max($0, 0) }
    let shape: [Int]
    if let stated, !stated.isEmpty,
      mask == Array(stated.dropLast()) + [ceilingQuotient(stated[stated.count - 1], 8)]
    {
      shape = stated
    } else if is24, let rows = module.matrix?.rows, let columns = module.matrix?.columns {
      shape = [rows, columns.multipliedClamped(by: 2)]
    } else {
      // The last byte of a row may hold unused bits; without the shape that is not known.
      shape = Array(mask.dropLast()) + [(mask.last ?? 0).multipliedClamped(by: 8)]
    }
    let type = module.tensor.type
    // Old releases put all suffixes behind `.weight`, whose scale stands beside it.
    let scale = [".weight_scale", "_scale"].first { module[$0] != nil } ?? ".scale"
    let sharing =
      type.codeBits != nil && shape.count == 2
      ? module.shape(scale).flatMap { module.sharing(of: $0, rows: shape[0], columns: shape[1]) }
      : nil
    var found = PackedWeight(
      .compressedTensors,
      is24 ? "sparse-24-bitmask" : "sparse-bitmask",
      module,
      auxiliary: [".bitmask", ".row_offsets", ".shape", scale, ".weight_zero_point"] + inputs,
      shape: shape,
      codes: .values(type),
      bits: type.codeBits.map(Double.init),
      symmetric: type.isSymmetric,
      decoder: PackedDecoder(
        storage: .bitmask(
          BitmaskRows(
            values: module.carrier,
            type: type,
            mask: maskIndex,
            rowOffsets: offsets
          )
        ),
        scales: sharing.map { module.scale(scale, sharing: $0) } ?? []
      )
    )
    found.sparseStorage = is24 ? .bitmask24 : .bitmask
    return found
  }
}

extension PackedDecoder {
  /// E2M1 codes along the rows, the low nibble first.
  static func float4(_ module: Module, scales: [Scale]) -> PackedDecoder {
    PackedDecoder(
      storage: .codes(
        StoredCodes(tensor: module.carrier, bits: 4, packing: .dense(bits: 4, wordBits: 8)),
        .rowMajor
      ),
      numbers: .float(.f4),
      scales: scales
    )
  }

  /// Floats of 6 bits along the rows, four in three bytes from the lowest bit up.
  static func float6(_ module: Module, _ type: ElementType, scales: [Scale]) -> PackedDecoder {
    PackedDecoder(
      storage: .codes(
        StoredCodes(tensor: module.carrier, bits: 6, packing: .dense(bits: 6, wordBits: 8)),
        .rowMajor
      ),
      numbers: .float(type),
      scales: scales
    )
  }

  /// A byte for each weight, as the matrix lies.
  static func bytes(
    _ module: Module,
    _ numbers: CodeNumbers,
    zero: GroupValues? = nil,
    scales: [Scale]
  ) -> PackedDecoder {
    PackedDecoder(
      storage: .codes(
        StoredCodes(tensor: module.carrier, bits: 8, packing: .dense(bits: 8, wordBits: 8)),
        .rowMajor
      ),
      numbers: numbers,
      zero: zero,
      scales: scales
    )
  }
}
