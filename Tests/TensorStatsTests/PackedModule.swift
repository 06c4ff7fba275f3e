import Foundation
import ModelFile
import TensorStats

/// The tensors of one packed weight: a prefix, and what stands behind it in the names.
struct PackedModule {
  var model: Model
  var files: [FileReader?]
  var prefix: String
  /// The logical shape.
  var shape: [Int]

  var columns: Int { shape.last ?? 1 }

  /// The index of a tensor.
  subscript(_ suffix: String) -> Int {
    model.tensors.firstIndex { $0.name == prefix + suffix } ?? -1
  }

  func has(_ suffix: String) -> Bool { self[suffix] >= 0 }

  func shape(_ suffix: String) -> [Int] {
    has(suffix) ? model.tensors[self[suffix]].shape.map { Int($0) } : []
  }

  func type(_ suffix: String) -> ElementType { model.tensors[self[suffix]].type }

  /// The bytes of a small tensor.
  func bytes(_ suffix: String) -> [UInt8] {
    let tensor = model.tensors[self[suffix]]
    return (try? files[tensor.part]?.bytes(at: tensor.offset, count: tensor.byteCount)) ?? []
  }

  /// Elements of a tensor as shared numbers.
  func values(
    _ suffix: String, as type: ElementType? = nil, _ sharing: GroupValues.Sharing,
    _ arrangement: Arrangement = .rowMajor
  ) -> GroupValues {
    GroupValues(
      .elements(tensor: self[suffix], as: type ?? self.type(suffix)), sharing: sharing,
      arrangement: arrangement)
  }

  func scale(
    _ suffix: String, as type: ElementType? = nil, _ sharing: GroupValues.Sharing,
    _ arrangement: Arrangement = .rowMajor, divides: Bool = false
  ) -> Scale {
    Scale(values(suffix, as: type, sharing, arrangement), divides: divides)
  }

  /// One of `sharing.matrix`, a row, or a group, by the number of values in a row.
  func sharing(_ valuesInARow: Int) -> GroupValues.Sharing {
    .tiles(rows: 1, columns: (columns + valuesInARow - 1) / valuesInARow)
  }

  /// A byte for each weight.
  func bytesDecoder(
    _ suffix: String, _ numbers: CodeNumbers, zero: GroupValues? = nil, _ scales: [Scale]
  ) -> PackedDecoder {
    PackedDecoder(
      storage: .codes(
        StoredCodes(tensor: self[suffix], bits: 8, packing: .dense(bits: 8, wordBits: 8)),
        .rowMajor),
      numbers: numbers, zero: zero, scales: scales)
  }

  /// Reads all rows, so many at a time.
  func weights(_ decoder: PackedDecoder, rowsAtOnce: Int) throws -> [Float] {
    var reader = try PackedReader(decoder, shape: shape, model: model, files: files)
    var all = [Float](repeating: .nan, count: reader.rows * reader.columns)
    for first in stride(from: 0, to: reader.rows, by: rowsAtOnce) {
      let range = first..<min(first + rowsAtOnce, reader.rows)
      try all.withUnsafeMutableBufferPointer { buffer in
        try reader.read(
          rows: range,
          into: UnsafeMutableBufferPointer(
            rebasing: buffer[range.lowerBound * reader.columns..<range.upperBound * reader.columns])
        )
      }
    }
    return all
  }
}

extension PackedModule {
  /// The decoder of a case of the reference schemes; `nil` where its payload is random.
  static func decoder(of name: String) -> (suffix: String, make: (PackedModule) -> PackedDecoder)? {
    switch name {
    case _ where name.hasPrefix("gptq-"): (".qweight", gptq(name))
    case "awq-gemm-4b-g128": (".qweight", awq)
    case "bitnet-u8": (".weight", bitnet)
    case "bnb-int8": (".weight", bnb8)
    case _ where name.hasPrefix("bnb-"): (".weight", bnb4)
    case "comfy-quant-int8":
      (".weight", { $0.bytesDecoder(".weight", .signed, [$0.scale(".weight_scale", .matrix)]) })
    case "comfy-scaled-fp8":
      (
        ".weight",
        { $0.bytesDecoder(".weight", .float(.f8e4m3), [$0.scale(".scale_weight", .matrix)]) }
      )
    case "ct-fp8-block", "fp8-deepseek-block":
      (
        ".weight",
        { m in
          let scale = m.has(".weight_scale_inv") ? ".weight_scale_inv" : ".weight_scale"
          return m.bytesDecoder(
            ".weight", .float(.f8e4m3), [m.scale(scale, .tiles(rows: 128, columns: 128))])
        }
      )
    case "ct-fp8-channel":
      (
        ".weight",
        { $0.bytesDecoder(".weight", .float(.f8e4m3), [$0.scale(".weight_scale", $0.sharing(1))]) }
      )
    case "ct-fp8-tensor":
      (
        ".weight",
        { $0.bytesDecoder(".weight", .float(.f8e4m3), [$0.scale(".weight_scale", .matrix)]) }
      )
    case "ct-int-w8a8":
      (
        ".weight",
        { $0.bytesDecoder(".weight", .signed, [$0.scale(".weight_scale", $0.sharing(1))]) }
      )
    case "ct-mxfp8":
      (
        ".weight",
        {
          $0.bytesDecoder(
            ".weight", .float(.f8e4m3),
            [$0.scale(".weight_scale", as: .f8e8m0, .tiles(rows: 1, columns: 32))])
        }
      )
    case "ct-marlin-24-4b-g128": (".weight_packed", marlin24)
    case "ct-mxfp4":
      (
        ".weight_packed",
        {
          $0.fp4(
            ".weight_packed", [$0.scale(".weight_scale", as: .f8e8m0, .tiles(rows: 1, columns: 32))]
          )
        }
      )
    case "ct-nvfp4":
      (
        ".weight_packed",
        {
          $0.fp4(
            ".weight_packed",
            [
              $0.scale(".weight_scale", .tiles(rows: 1, columns: 16)),
              $0.scale(".weight_global_scale", .matrix, divides: true),
            ])
        }
      )
    case _ where name.hasPrefix("ct-pack-"): (".weight_packed", pack(name))
    case _ where name.hasPrefix("ct-sparse-"):
      (
        ".compressed",
        { m in
          PackedDecoder(
            storage: .bitmask(
              BitmaskRows(
                values: m[".compressed"], type: m.type(".compressed"), mask: m[".bitmask"],
                rowOffsets: m.has(".row_offsets") ? m[".row_offsets"] : nil)))
        }
      )
    case "fp8-unscaled-cast": (".weight", { $0.bytesDecoder(".weight", .float(.f8e4m3), []) })
    case _ where name.hasPrefix("hqq-"): (".W_q", hqq(name))
    case _ where name.hasPrefix("mlx-"): (".weight", mlx(name))
    case "modelopt-int4-awq": (".weight", modelOptInt4)
    case "modelopt-nvfp4":
      (
        ".weight",
        {
          $0.fp4(
            ".weight",
            [
              $0.scale(".weight_scale", .tiles(rows: 1, columns: 16)),
              $0.scale(".weight_scale_2", .matrix),
            ])
        }
      )
    case "mxfp4-gpt-oss":
      (
        "_blocks",
        { $0.fp4("_blocks", [$0.scale("_scales", as: .f8e8m0, .tiles(rows: 1, columns: 32))]) }
      )
    case "quanto-qfloat8":
      (
        ".weight._data",
        {
          $0.bytesDecoder(
            ".weight._data", .float(.f8e4m3), [$0.scale(".weight._scale", $0.sharing(1))])
        }
      )
    case "quanto-qint8":
      (
        ".weight._data",
        { $0.bytesDecoder(".weight._data", .signed, [$0.scale(".weight._scale", $0.sharing(1))]) }
      )
    case "quanto-qint4": (".weight._data._data", quanto(4))
    case "quanto-qint2": (".weight._data._data", quanto(2))
    case "svdquant-int4-r16":
      (
        ".qweight",
        {
          PackedDecoder(
            storage: .codes(
              StoredCodes(
                tensor: $0[".qweight"], bits: 4, packing: .dense(bits: 4, wordBits: 8)), .rowMajor),
            numbers: .signed,
            scales: [$0.scale(".wscales", .tiles(rows: 1, columns: 64), .transposed)])
        }
      )
    case "torchao-fp8-weight-only":
      (
        "._weight_qdata",
        {
          $0.bytesDecoder(
            "._weight_qdata", .float(.f8e4m3), [$0.scale("._weight_scale", $0.sharing(1))])
        }
      )
    case _ where name.hasPrefix("torchao-int"):
      (
        "._weight_qdata",
        { m in
          let sharing = m.sharing(m.shape("._weight_scale").last ?? 1)
          return m.bytesDecoder(
            "._weight_qdata", .signed, zero: m.values("._weight_zero_point", sharing),
            [m.scale("._weight_scale", sharing)])
        }
      )
    case "aqlm-2x8-g8":
      (
        ".codes",
        {
          PackedDecoder(
            storage: .vectors(VectorCodes(codes: $0[".codes"], codebooks: $0[".codebooks"])),
            scales: [$0.scale(".scales", $0.sharing(1))])
        }
      )
    default: nil
    }
  }

  private func fp4(_ suffix: String, _ scales: [Scale]) -> PackedDecoder {
    PackedDecoder(
      storage: .codes(
        StoredCodes(tensor: self[suffix], bits: 4, packing: .dense(bits: 4, wordBits: 8)),
        .rowMajor),
      numbers: .float(.f4), scales: scales)
  }

  private static func gptq(_ name: String) -> (PackedModule) -> PackedDecoder {
    let bits = name.contains("-3b") ? 3 : name.contains("-8b") ? 8 : 4
    let packing = Packing.dense(bits: bits, wordBits: 32)
    return { m in
      let sharing = GroupValues.Sharing.indexed(by: m[".g_idx"])
      return PackedDecoder(
        storage: .codes(
          StoredCodes(
            tensor: m[".qweight"], bits: bits, packing: packing, direction: .downColumn),
          .transposed),
        zero: GroupValues(
          .codes(
            StoredCodes(tensor: m[".qzeros"], bits: bits, packing: packing),
            plus: name.contains("v1") ? 1 : 0), sharing: sharing, arrangement: .transposed),
        scales: [m.scale(".scales", sharing, .transposed)])
    }
  }

  private static func awq(_ m: PackedModule) -> PackedDecoder {
    let sharing = GroupValues.Sharing.tiles(rows: 1, columns: 128)
    return PackedDecoder(
      storage: .codes(StoredCodes(tensor: m[".qweight"], bits: 4, packing: .awq), .transposed),
      zero: GroupValues(
        .codes(StoredCodes(tensor: m[".qzeros"], bits: 4, packing: .awq), plus: 0),
        sharing: sharing, arrangement: .transposed),
      scales: [m.scale(".scales", sharing, .transposed)])
  }

  private static func bitnet(_ m: PackedModule) -> PackedDecoder {
    PackedDecoder(
      storage: .codes(
        StoredCodes(
          tensor: m[".weight"], bits: 2, packing: .dense(bits: 2, wordBits: 8),
          direction: .rowsApart), .rowMajor),
      zero: GroupValues(.constant(1), sharing: .matrix),
      scales: [m.scale(".weight_scale", .matrix, divides: true)])
  }

  private static func bnb8(_ m: PackedModule) -> PackedDecoder {
    m.bytesDecoder(
      ".weight", .signed,
      [
        m.scale(".SCB", m.sharing(1)),
        Scale(GroupValues(.constant(127), sharing: .matrix), divides: true),
      ])
  }

  private static func bnb4(_ m: PackedModule) -> PackedDecoder {
    var absmax = m.has(".weight.absmax") ? GroupValues(.constant(0), sharing: .matrix) : nil
    if m.has(".weight.nested_absmax") {
      let state = Data(m.bytes(".weight.quant_state.bitsandbytes__nf4"))
      let json = try? JSONSerialization.jsonObject(with: state) as? [String: Any]
      let offset = (json?["nested_offset"] as? NSNumber)?.floatValue ?? .nan
      let nested = PackedDecoder(
        storage: .codes(
          StoredCodes(
            tensor: m[".weight.absmax"], bits: 8, packing: .dense(bits: 8, wordBits: 8)), .rowMajor),
        numbers: .tensor(m[".weight.nested_quant_map"]),
        scales: [m.scale(".weight.nested_absmax", .runs(256))],
        bias: GroupValues(.constant(offset), sharing: .matrix))
      absmax = GroupValues(.packed(nested), sharing: .runs(64))
    } else {
      absmax = m.values(".weight.absmax", .runs(64))
    }
    return PackedDecoder(
      storage: .codes(
        StoredCodes(
          tensor: m[".weight"], bits: 4, packing: .highFirst(bits: 4, wordBits: 8)),
        .lines(m.shape.reduce(1, *))),
      numbers: .tensor(m[".weight.quant_map"]),
      scales: absmax.map { [Scale($0)] } ?? [])
  }

  private static func marlin24(_ m: PackedModule) -> PackedDecoder {
    PackedDecoder(
      storage: .marlin24(Marlin24(codes: m[".weight_packed"], bits: 4, meta: m[".meta"])),
      zero: GroupValues(.constant(8), sharing: .matrix),
      scales: [m.scale(".scale_packed", .tiles(rows: 1, columns: 128), .transposed)])
  }

  private static func pack(_ name: String) -> (PackedModule) -> PackedDecoder {
    let bits = name.contains("-3b") ? 3 : name.contains("-8b") ? 8 : 4
    let packing =
      name.contains("padded")
      ? Packing.whole(bits: bits, wordBits: 32) : Packing.dense(bits: bits, wordBits: 32)
    return { m in
      let sharing = m.sharing(m.shape(".weight_scale").last ?? 1)
      var zero = GroupValues(.constant(Float(1 << (bits - 1))), sharing: .matrix)
      if m.has(".weight_zero_point") {
        zero = GroupValues(
          .codes(
            StoredCodes(
              tensor: m[".weight_zero_point"], bits: bits, packing: packing, direction: .downColumn),
            plus: 0), sharing: sharing)
      }
      return PackedDecoder(
        storage: .codes(
          StoredCodes(tensor: m[".weight_packed"], bits: bits, packing: packing), .rowMajor),
        zero: zero, scales: [m.scale(".weight_scale", sharing)])
    }
  }

  private static func hqq(_ name: String) -> (PackedModule) -> PackedDecoder {
    let bits = name.contains("-3b") ? 3 : name.contains("-8b") ? 8 : 4
    return { m in
      PackedDecoder(
        storage: .codes(
          StoredCodes(
            tensor: m[".W_q"], bits: bits,
            packing: .highFirst(bits: bits, wordBits: bits == 3 ? 32 : 8), direction: .rowsApart),
          .lines(64)),
        zero: m.values(".zero", .runs(64)), scales: [m.scale(".scale", .runs(64))])
    }
  }

  private static func mlx(_ name: String) -> (PackedModule) -> PackedDecoder {
    { m in
      let words = m.shape(".weight").last ?? 1
      let bits = words * 32 / m.columns
      let codes = StoredCodes(
        tensor: m[".weight"], bits: bits, packing: .dense(bits: bits, wordBits: 32))
      let sharing = m.sharing(m.shape(".scales").last ?? 1)
      if m.has(".biases") {
        return PackedDecoder(
          storage: .codes(codes, .rowMajor), scales: [m.scale(".scales", sharing)],
          bias: m.values(".biases", sharing))
      }
      return PackedDecoder(
        storage: .codes(codes, .rowMajor), numbers: .float(bits == 4 ? .f4 : .f8e4m3),
        scales: [m.scale(".scales", as: name == "mlx-nvfp4" ? .f8e4m3 : .f8e8m0, sharing)])
    }
  }

  private static func modelOptInt4(_ m: PackedModule) -> PackedDecoder {
    PackedDecoder(
      storage: .codes(
        StoredCodes(
          tensor: m[".weight"], bits: 4, packing: .dense(bits: 4, wordBits: 8),
          direction: .downColumn), .rowMajor),
      numbers: .signed,
      scales: [m.scale(".weight_scale", m.sharing(m.shape(".weight_scale").last ?? 1))])
  }

  private static func quanto(_ bits: Int) -> (PackedModule) -> PackedDecoder {
    { m in
      let group = m.shape.reduce(1, *) / m.shape(".weight._scale").reduce(1, *)
      return PackedDecoder(
        storage: .codes(
          StoredCodes(
            tensor: m[".weight._data._data"], bits: bits, packing: .dense(bits: bits, wordBits: 8),
            direction: .rowsApart), .lines(group)),
        scales: [m.scale(".weight._scale", .runs(group))],
        bias: m.values(".weight._shift", .runs(group)), subtractsBias: true)
    }
  }
}
