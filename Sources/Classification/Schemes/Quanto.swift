internal import ModelFile
internal import TensorStats

/// optimum-quanto: tensors of a tensor.
///
///     8 bits     weight._data I8 or F8 [out, in], weight._scale [out, 1]
///     4, 2 bits  weight._data._data U8: groups as rows, packed with rows far apart;
///                weight._scale and weight._shift [groups, 1]
///     both       input_scale [], output_scale []
///
/// `optimum/quanto/tensor/packed.py`, `grouped.py`; value = scale · code − shift.
enum Quanto {
  static let signatures = [
    Signature("._data._data", [.u8], with: ["._scale", "._shift"], match: grouped),
    Signature(
      "._data",
      [.i8, .f8e4m3, .f8e5m2, .f8e4m3fnuz],
      with: ["._scale"],
      match: bytes
    ),
  ]

  private static func bytes(_ module: Module) -> PackedWeight? {
    guard let (rows, columns) = module.lastMatrix, let scale = module.shape("._scale"),
      let sharing = module.sharing(of: scale, rows: rows, columns: columns)
    else { return nil }
    let type = module.tensor.type
    let names: [ElementType: String] = [
      .i8: "qint8", .f8e4m3: "qfloat8_e4m3fn", .f8e5m2: "qfloat8_e5m2",
      .f8e4m3fnuz: "qfloat8_e4m3fnuz",
    ]
    return packed(
      module,
      names[type] ?? "qfloat8",
      shape: module.shape,
      codes: type == .i8 ? .integer(zeroCode: 0) : .scaledFloat,
      bits: 8,
      group: nil,
      isSymmetric: true,
      .bytes(
        module,
        type == .i8 ? .signed : .float(type),
        scales: module.scale("._scale", sharing: sharing)
      )
    )
  }

  private static func grouped(_ module: Module) -> PackedWeight? {
    guard let matrix = module.matrix, let groups = module.elements("._scale"),
      module.elements("._shift") == groups, groups > 0
    else { return nil }
    // Packed rows hold 2 or 4 groups.
    let bits: Int
    switch ceilingQuotient(groups, matrix.rows) {
    case 2: bits = 4
    case 4: bits = 2
    default: return nil
    }
    let weights = groups.multipliedClamped(by: matrix.columns)
    return packed(
      module,
      "qint\(bits)",
      shape: module.guessedShape(of: weights),
      codes: .offsetInteger,
      bits: bits,
      group: matrix.columns,
      isSymmetric: false,
      PackedDecoder(
        storage: .codes(
          StoredCodes(
            tensor: module.carrier,
            bits: bits,
            packing: .dense(bits: bits, wordBits: 8),
            direction: .rowsApart
          ),
          .lines(matrix.columns)
        ),
        scales: module.scale("._scale", sharing: .runs(matrix.columns)),
        bias: module.values("._shift", sharing: .runs(matrix.columns)),
        subtractsBias: true
      )
    )
  }

  private static func packed(
    _ module: Module,
    _ variant: String,
    shape: [Int],
    codes: PackedWeight.CodeKind,
    bits: Int,
    group: Int?,
    isSymmetric: Bool,
    _ decoder: PackedDecoder
  ) -> PackedWeight {
    var found = PackedWeight(
      .quanto,
      variant,
      module,
      auxiliary: ["._scale", "._shift"],
      shape: shape,
      codes: codes,
      bits: Double(bits),
      groupSize: group,
      symmetric: isSymmetric,
      actOrder: false,
      decoder: decoder
    )
    let layer =
      module.prefix.hasSuffix(".weight") ? String(module.prefix.dropLast(7)) : module.prefix
    found.auxiliary += [".input_scale", ".output_scale"].compactMap {
      module.scene.indexes[layer + $0]
    }
    return found
  }
}

extension Module {
  /// Rows and columns of so many weights whose shape nothing states: one side is the hidden size,
  /// the rows for layers that lead back into the stream.
  func guessedShape(of weights: Int) -> [Int] {
    guard let hidden = scene.context.hiddenSize, hidden > 0, weights % hidden == 0 else {
      return [weights]
    }
    let leadsBack = ["o_proj", "down_proj", "out_proj", "c_proj", "fc2", "dense_4h_to_h", "wo"]
    let name = prefix.hasSuffix(".weight") ? prefix.dropLast(7) : prefix[...]
    let isOutput = leadsBack.contains { name.hasSuffix("." + $0) }
    return isOutput ? [hidden, weights / hidden] : [weights / hidden, hidden]
  }
}
