internal import ModelFile
internal import TensorStats

/// torchao: subclass tensors taken apart, each described in the metadata under the weight's name.
///
///     _weight_qdata, _weight_scale, _weight_zero_point, … (transformers; experts have other names), or
///     weight:qdata, weight:scale, weight:zero_point (torchao's own writer)
///
///     Float8Tensor, Int8Tensor     qdata F8 or I8 [out, in], scale [out, 1], [1, 1] or [out, in/g]
///     IntxUnpackedToInt8Tensor     the same, of a narrower `target_dtype`
///     Int4Tensor                   qdata I8 [out, in/2], scale and float zero_point [in/g, out]
///     Int4PlainInt32Tensor         qdata I32 [out, in/8], scale and I8 zero_point [in/g, out]
///     Int4TilePackedTo4dTensor     qdata I32 [out/8, in/(16·k), 32, k/2], scale_and_zero [in/g, out, 2]
///     NVFP4Tensor                  qdata U8 [out, in/2], scale F8_E4M3, per_tensor_scale F32 []
///     MXTensor                     qdata F8 [out, in], or U8 with 2 codes (FP4) or 1 (FP6) a byte, scale F8_E8M0
///
/// `torchao/prototype/safetensors`, `quantization/quantize_/workflows`, `prototype/mx_formats`.
enum TorchAO {
  static let signatures = ["_", ":"].flatMap { start in
    [
      Signature(start + "qdata", with: [start + "scale"]) {
        match(Part(module: $0, start: start))
      },
      Signature(start + "qdata", [.i32], with: [start + "scale_and_zero"]) {
        tiled(Part(module: $0, start: start))
      },
    ]
  }

  /// One tensor, and what the metadata says of it.
  private struct Part {
    let module: Module
    /// What the names of its pieces begin with after the layer's.
    let start: String
    let kind: String
    let data: JSONValue?

    init(module: Module, start: String) {
      self.module = module
      self.start = start
      // `layer._weight_qdata` is a piece of `layer.weight`.
      var parts = module.prefix.split(separator: ".", omittingEmptySubsequences: false)
      if let last = parts.last, last.hasPrefix("_"), start == "_" {
        parts[parts.count - 1] = last.dropFirst()
      }
      let entry = module.scene.model[metadata: parts.joined(separator: ".")]?.string
      let description = entry.flatMap { JSONValue.document(in: Array($0.utf8)) }
      kind = description?["_type"]?.string ?? ""
      data = description?["_data"]
    }

    var scale: String { start + "scale" }
    var zero: String { start + "zero_point" }
    var block: Int? { data?["block_size"]?.array?.last?.integer ?? data?["block_size"]?.integer }

    func type(_ key: String) -> String? {
      (data?[key]?["_data"] ?? data?[key])?.string?.replacing("torch.", with: "")
    }

    func weight(
      _ variant: String,
      shape: [Int],
      codes: PackedWeight.CodeKind,
      bits: Int,
      groupSize: Int?,
      symmetric: Bool? = nil,
      decoder: PackedDecoder? = nil
    ) -> PackedWeight {
      PackedWeight(
        .torchao,
        variant,
        module,
        auxiliary: [
          "scale", "zero_point", "scale_and_zero", "act_pre_scale", "per_tensor_scale",
          "act_per_tensor_scale",
        ].map { start + $0 },
        shape: shape,
        codes: codes,
        bits: Double(bits),
        groupSize: groupSize,
        symmetric: symmetric,
        actOrder: false,
        decoder: decoder
      )
    }
  }

  private static func match(_ part: Part) -> PackedWeight? {
    let module = part.module
    guard let (rows, columns) = module.lastMatrix, let scale = module.shape(part.scale) else {
      return nil
    }
    let scaleType = module.type(part.scale)
    if scaleType == .f8e8m0 || part.kind == "MXTensor" { return microscaled(part) }
    if module.tensor.type == .u8 || module.tensor.type == .f4 {
      return scaleType == .f8e4m3 ? nvfp4(part) : nil
    }
    let isByColumns =
      scale.count >= 2 && scale[scale.count - 1] == rows && module.shape(part.zero) == scale
    if part.kind.hasPrefix("Int4") || part.kind.isEmpty && isByColumns && scale[0] != rows {
      return int4(part, rows, columns)
    }
    return bytes(part)
  }

  /// A code a byte.
  private static func bytes(_ part: Part) -> PackedWeight? {
    let module = part.module
    let isFloat = module.tensor.type.family == .float
    guard isFloat || module.tensor.type == .i8, let matrix = module.matrix,
      let scale = module.shape(part.scale),
      let sharing = module.sharing(of: scale, rows: matrix.rows, columns: matrix.columns)
    else { return nil }
    let isDynamic =
      part.data?["act_quant_kwargs"].map { $0 != .null }
      ?? part.data?["activation_quantization"].map { $0 != .null } ?? false
    let variant =
      switch part.kind {
      case "Float8Tensor": isDynamic ? "float8_dynamic" : "float8_weight_only"
      case "Int8Tensor": isDynamic ? "int8_dynamic" : "int8_weight_only"
      case "IntxUnpackedToInt8Tensor": isDynamic ? "int8_dynamic_intx" : "intx_weight_only"
      case "": isFloat ? "float8_weight_only" : "int8_weight_only"
      default: part.kind
      }
    var bits = 8
    if let target = part.type("target_dtype"), target.hasPrefix("int"),
      let width = Int(target.dropFirst(3)), (1...8) ~= width
    {
      bits = width
    }
    var group = sharing.groupSize(in: matrix.columns)
    if group == nil, let block = part.block, block < matrix.columns { group = block }
    let isSymmetric = module[part.zero] == nil || module.isZero(part.zero) == true
    return part.weight(
      variant,
      shape: [matrix.rows, matrix.columns],
      codes: isFloat ? .scaledFloat : .integer(zeroCode: isSymmetric ? 0 : nil),
      bits: bits,
      groupSize: group,
      symmetric: isSymmetric,
      decoder: .bytes(
        module,
        isFloat ? .float(module.tensor.type) : .signed,
        zero: isFloat ? nil : module.values(part.zero, sharing: sharing),
        scales: module.scale(part.scale, sharing: sharing)
      )
    )
  }

  /// Codes of 4 bits along the rows: value = code · scale + zero, the code in two's complement.
  private static func int4(_ part: Part, _ rows: Int, _ columns: Int) -> PackedWeight? {
    let module = part.module
    let isWords = module.tensor.type == .i32
    guard isWords || module.tensor.type == .i8, let scale = module.shape(part.scale),
      scale.count >= 2, scale[scale.count - 1] == rows
    else { return nil }
    let inputs = columns.multipliedClamped(by: isWords ? 8 : 2)
    let group = module.groupSize(of: inputs, groups: scale[scale.count - 2])
    let sharing = GroupValues.Sharing.tiles(rows: 1, columns: group ?? inputs)
    if isWords, module.type(part.zero) == .i8 { return plainWords(part, inputs, group, sharing) }
    let isSymmetric = module.isZero(part.zero) == true
    let storage = StoredCodes(
      tensor: module.carrier, bits: 4, packing: .dense(bits: 4, wordBits: 8))
    return part.weight(
      part.kind.isEmpty ? (isWords ? "Int4PlainInt32Tensor" : "Int4Tensor") : part.kind,
      shape: module.shape.dropLast() + [inputs],
      codes: isSymmetric ? .integer(zeroCode: 0) : .offsetInteger,
      bits: 4,
      groupSize: group,
      symmetric: isSymmetric,
      // Words with float zero points are ordered by the kernels of NPUs.
      decoder: isWords
        ? nil
        : PackedDecoder(
          storage: .codes(storage, .rowMajor),
          numbers: .signed,
          scales: module.scale(part.scale, sharing: sharing, arrangement: .transposed),
          bias: isSymmetric
            ? nil : module.values(part.zero, sharing: sharing, arrangement: .transposed)
        )
    )
  }

  /// Words of eight codes from the lowest bits up, as XPUs have them; value = (code − zero) · scale.
  ///
  /// `_convert_weight_to_int4pack_xpu` of torch-xpu-ops, `_from_hp_xpu` of int4_plain_int32_tensor.py.
  private static func plainWords(
    _ part: Part, _ inputs: Int, _ group: Int?, _ sharing: GroupValues.Sharing
  ) -> PackedWeight {
    let module = part.module
    let isSymmetric = module.bytes(part.zero)?.allSatisfy { $0 == 8 } == true
    return part.weight(
      part.kind.isEmpty ? "Int4PlainInt32Tensor" : part.kind,
      shape: module.shape.dropLast() + [inputs],
      codes: .integer(zeroCode: isSymmetric ? 8 : nil),
      bits: 4,
      groupSize: group,
      symmetric: isSymmetric,
      decoder: PackedDecoder(
        storage: .codes(
          StoredCodes(tensor: module.carrier, bits: 4, packing: module.packing(4)), .rowMajor),
        zero: module.values(part.zero, sharing: sharing, arrangement: .transposed),
        scales: module.scale(part.scale, sharing: sharing, arrangement: .transposed)
      )
    )
  }

  /// Codes in the order of tinygemm's kernels; value = (code − 8) · scale + zero.
  private static func tiled(_ part: Part) -> PackedWeight? {
    let module = part.module
    let shape = module.shape
    let pairs = part.start + "scale_and_zero"
    guard shape.count == 4, shape[2] == 32, [1, 2, 4].contains(shape[3]),
      let scale = module.shape(pairs), scale.count == 3, scale[2] == 2, scale[0] > 0,
      let type = module.type(pairs), let tensor = module[pairs], type.family == .float,
      scale[1] == shape[0].multipliedClamped(by: 8)
    else { return nil }
    let stored = shape[1].multipliedClamped(by: 32 * shape[3])
    guard stored % scale[0] == 0, stored > 0 else { return nil }
    // Rows and columns are padded; only the metadata tells what the weights are.
    var logical = [scale[1], stored]
    if let stated = part.data?["shape"]?.array?.compactMap(\.integer), stated.count == 2,
      (scale[1] - 7...scale[1]).contains(stated[0]),
      (max(1, stored - 1023)...stored).contains(stated[1])
    {
      logical = stated
    }
    let group = stored / scale[0]
    let sharing = GroupValues.Sharing.tiles(rows: 1, columns: group)
    func half(_ second: Bool) -> GroupValues {
      GroupValues(
        .pairs(tensor: tensor, as: type, second: second), sharing: sharing,
        arrangement: .transposed, storedColumns: scale[1])
    }
    return part.weight(
      part.kind.isEmpty ? "Int4TilePackedTo4dTensor" : part.kind,
      shape: logical,
      codes: .offsetInteger,
      bits: 4,
      groupSize: group,
      symmetric: false,
      decoder: logical[0] == scale[1] && group <= stored
        ? PackedDecoder(
          storage: .tiled(module.tinygemmTiles(width: 32 * shape[3], storedColumns: stored)),
          zero: GroupValues(.constant(8), sharing: .matrix),
          scales: [Scale(half(false))],
          bias: half(true)
        ) : nil
    )
  }

  private static func nvfp4(_ part: Part) -> PackedWeight? {
    scaledBlocks(part, size: 16, bits: 4, variant: "NVFP4Tensor", .float(.f4))
  }

  private static func microscaled(_ part: Part) -> PackedWeight? {
    let type = part.module.tensor.type
    if type.family == .float, type != .f4 {
      return scaledBlocks(part, size: 32, bits: 8, variant: "MXTensor", .float(type))
    }
    switch part.type("elem_dtype") {
    case "fp6_e2m3":
      return scaledBlocks(part, size: 32, bits: 6, variant: "MXTensor", .float(.f6e2m3))
    case "fp6_e3m2":
      return scaledBlocks(part, size: 32, bits: 6, variant: "MXTensor", .float(.f6e3m2))
    default:
      return scaledBlocks(part, size: 32, bits: 4, variant: "MXTensor", .float(.f4))
    }
  }

  /// Floats with a scale for each block of a row; scales lie as the matrix, or in the order of tensor
  /// cores.
  private static func scaledBlocks(
    _ part: Part, size: Int, bits: Int, variant: String, _ numbers: CodeNumbers
  ) -> PackedWeight? {
    let module = part.module
    guard let (rows, stored) = module.lastMatrix, let scale = module.shape(part.scale),
      scale.count >= 2, case let block = part.block ?? size, block > 0
    else { return nil }
    // F4 counts weights; codes of 6 bits take a byte each.
    let perElement = bits == 4 && module.tensor.type != .f4 ? 2 : 1
    let columns = stored.multipliedClamped(by: perElement)
    let blocks = ceilingQuotient(columns, block)
    let isPlain = scale[scale.count - 2] == rows && scale[scale.count - 1] == blocks
    let isSwizzled =
      scale[scale.count - 2] == ceilingQuotient(rows, 128) * 32
      && scale[scale.count - 1] == ceilingQuotient(blocks, 4) * 16
    let claimed = part.data?["is_swizzled_scales"]?.bool
    guard isPlain || isSwizzled else { return nil }
    let arrangement: Arrangement = (claimed ?? !isPlain) && isSwizzled ? .blocked : .rowMajor
    let scaleType: ElementType = size == 16 ? .f8e4m3 : .f8e8m0
    let width = bits == 6 ? 8 : bits
    var table = numbers
    if bits == 6, case .float(let type) = numbers {
      // The upper two bits of a byte are not used.
      table = .table((type.valueTable ?? []) + [Float](repeating: .nan, count: 192))
    }
    return part.weight(
      part.kind.isEmpty ? variant : part.kind,
      shape: module.shape.dropLast() + [columns],
      codes: bits == 4 ? .float4 : .scaledFloat,
      bits: bits,
      groupSize: block,
      symmetric: true,
      decoder: PackedDecoder(
        storage: .codes(
          StoredCodes(
            tensor: module.carrier, bits: width, packing: .dense(bits: width, wordBits: 8)),
          .rowMajor),
        numbers: table,
        scales: module.scale(
          part.scale, as: scaleType, sharing: .tiles(rows: 1, columns: block),
          arrangement: arrangement)
          + module.scale(part.start + "per_tensor_scale", sharing: .matrix)
      )
    )
  }
}
