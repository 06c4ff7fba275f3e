internal import ModelFile
internal import TensorStats

/// The order of the codes in Quark's words, which only a configuration states (`pack_method`).
///
/// A scale is the largest weight of its group over the largest code, so that among groups of like
/// weights those with the larger scales have the narrower codes: in the right order of the codes of a
/// word the spreads of codes fall where scales rise, in the other only by chance.
extension Quark {
  /// How many layers are read to tell the order.
  private static let sampleCount = 16

  /// The names of the tensors of which the first bytes tell the order.
  static func orderSamples(of model: Model) -> Set<String> {
    let words = model.tensors.lazy.filter { $0.type == .i32 && $0.name.hasSuffix(".weight") }
      .prefix(sampleCount).map(\.name)
    return Set(words.flatMap { [$0, $0 + "_scale", $0 + "_scale_2"] })
  }

  /// Whether the codes of a word follow each other, rather than in AWQ's order; `nil` where what was
  /// read does not tell.
  static func keepsOrder(_ scene: Module.Scene) -> Bool? {
    var advantage = SampledMean()
    for index in scene.auxiliary.keys.sorted() {
      let tensor = scene.model.tensors[index]
      guard tensor.type == .i32, tensor.name.hasSuffix(".weight") else { continue }
      let module = Module(scene: scene, prefix: String(tensor.name.dropLast(7)), carrier: index)
      for found in advantages(module) { advantage.add(found) }
    }
    guard advantage.count >= 32 else { return nil }
    return advantage.mean.magnitude > advantage.error ? advantage.mean > 0 : nil
  }

  /// For each word of outputs and each group of inputs, how much better the spreads of codes and the
  /// scales agree in the plain order than in AWQ's.
  private static func advantages(_ module: Module) -> [Double] {
    let stage = module[".weight_scale_2"] == nil ? "" : "_2"
    guard let matrix = module.matrix, let words = module.integers(".weight"),
      let scale = module.shape(".weight_scale" + stage), scale.count == 2, scale[0] > 0,
      scale[1] == matrix.columns.multipliedClamped(by: 8),
      let scales = module.logarithms(".weight_scale" + stage)
    else { return [] }
    let group = module.groupSize(of: matrix.rows, groups: scale[0]) ?? matrix.rows
    let isSigned = module.isZero(".weight_zero_point" + stage) == true
    let readRows = min(words.count / matrix.columns, matrix.rows)
    var found: [Double] = []
    for (number, start) in stride(from: 0, to: readRows, by: max(group, 1)).enumerated() {
      let rows = start..<min(start + group, readRows)
      // Fewer codes have no spread to speak of.
      guard rows.count >= 8, scales.count >= (number + 1) * scale[1] else { break }
      for column in 0..<matrix.columns {
        let spreads = (0..<8).map { nibble in
          spread(
            rows.map { row in
              let code = words[row * matrix.columns + column] >> (4 * nibble) & 15
              return isSigned && code > 7 ? code - 16 : code
            })
        }
        guard spreads.allSatisfy(\.isFinite) else { continue }
        let first = number * scale[1] + 8 * column
        let own = Array(scales[first..<first + 8])
        func product(_ order: [Int]) -> Double {
          let mean = own.reduce(0, +) / 8
          return (0..<8).reduce(0) { $0 + spreads[$1] * (own[order[$1]] - mean) }
        }
        found.append(product([0, 2, 4, 6, 1, 3, 5, 7]) - product(Array(0..<8)))
      }
    }
    return found
  }

  /// The binary logarithm of the standard deviation, nearly; infinite where there is none.
  private static func spread(_ codes: [Int]) -> Double {
    let sum = codes.reduce(0, +)
    let variance = codes.count * codes.reduce(0) { $0 + $1 * $1 } - sum * sum
    return variance > 0 ? Double(Float(variance).bitPattern) / 0x1p24 : -.infinity
  }
}

extension Module {
  /// The binary logarithms of the positive floats read of a tensor, nearly: their bits are a line from
  /// each power of two to the next.
  fileprivate func logarithms(_ suffix: String) -> [Double]? {
    guard let bytes = bytes(suffix) else { return nil }
    let (width, mantissa): (Int, Double)
    switch type(suffix) {
    case .f32: (width, mantissa) = (4, 0x1p23)
    case .bf16: (width, mantissa) = (2, 0x1p7)
    case .f16: (width, mantissa) = (2, 0x1p10)
    default: return nil
    }
    return stride(from: 0, to: bytes.count - width + 1, by: width).map { start in
      let bits = (0..<width).reduce(UInt32(0)) {
        $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1)
      }
      return Double(bits) / mantissa
    }
  }
}
