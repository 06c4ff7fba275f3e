internal import ModelFile

/// Which types hold the weights.
struct StorageFacet {
  /// Bytes of the tensors that decide the precision, by type.
  var bytes: [(type: ElementType, bytes: Int, parameters: Int)]
  /// The bytes of all of them.
  var byteCount: Int
  /// The weights in them.
  var parameters: Int

  /// Sums the weight tensors of a model; of one that has only vectors, those.
  init(_ model: Model, _ plan: Plan, excluding ignored: Set<Int>) {
    var chosen = plan.tensors.indices.filter {
      plan.tensors[$0].role.decidesPrecision && !ignored.contains($0)
    }
    if chosen.isEmpty {
      chosen = plan.tensors.indices.filter {
        plan.tensors[$0].role.holdsParameters && !ignored.contains($0)
      }
    }
    var sums: [ElementType: (bytes: Int, parameters: Int)] = [:]
    for index in chosen {
      let tensor = model.tensors[index]
      let sum = sums[tensor.type, default: (0, 0)]
      sums[tensor.type] = (
        sum.bytes.addingClamped(tensor.byteCount),
        sum.parameters.addingClamped(plan.tensors[index].parameters)
      )
    }
    bytes = sums.map { ($0.key, $0.value.bytes, $0.value.parameters) }
      .sorted { ($0.bytes, $1.type.name) > ($1.bytes, $0.type.name) }
    byteCount = bytes.reduce(0) { $0.addingClamped($1.bytes) }
    parameters = bytes.reduce(0) { $0.addingClamped($1.parameters) }
  }

  /// The type that holds at least ``Thresholds/dominantShare`` of the bytes.
  var dominant: ElementType? {
    guard let first = bytes.first, byteCount > 0 else { return nil }
    return Double(first.bytes) >= Thresholds.dominantShare * Double(byteCount) ? first.type : nil
  }

  /// The share of a type.
  func share(of type: ElementType) -> Double {
    guard byteCount > 0, let found = bytes.first(where: { $0.type == type }) else { return 0 }
    return Double(found.bytes) / Double(byteCount)
  }

  /// Every type with its share of the bytes: `BF16 96 %, F32 4 %`.
  var description: String {
    bytes.prefix(4).map { "\($0.type.name) \(percent(Double($0.bytes), of: Double(byteCount)))" }
      .joined(separator: ", ") + (bytes.count > 4 ? ", …" : "")
  }
}

extension ElementType {
  /// How a storage type is called where precisions are: `bf16`, `fp8_e4m3`, `int8`, `Q4_K`.
  var precisionName: String {
    switch self {
    case .f64: "fp64"
    case .f32: "fp32"
    case .f16: "fp16"
    case .bf16: "bf16"
    case .f8e4m3, .f8e4m3fnuz: "fp8_e4m3"
    case .f8e5m2, .f8e5m2fnuz: "fp8_e5m2"
    case .f6e2m3: "fp6_e2m3"
    case .f6e3m2: "fp6_e3m2"
    case .f4: "fp4_e2m1"
    case .i8: "int8"
    case .bool, .u8, .i16, .u16, .i32, .u32, .i64, .u64, .c64, .f8e8m0, .q4_0, .q4_1, .q5_0, .q5_1,
      .q8_0, .q8_1, .q2K, .q3K, .q4K, .q5K, .q6K, .q8K, .iq2XXS, .iq2XS, .iq2S, .iq3XXS, .iq3S,
      .iq1S, .iq1M, .iq4NL, .iq4XS, .tq1_0, .tq2_0, .mxfp4, .nvfp4, .q1_0, .q2_0, .i2S, .foreign:
      name
    }
  }

  /// The label of an unquantized precision; `nil` for codes.
  var precisionLabel: Verdict.Label? {
    switch self {
    case .f64: .fp64
    case .f32: .fp32
    case .f16: .fp16
    case .bf16: .bf16
    default: nil
    }
  }

  /// The bits of one code without scales, of a type that is a quantization by itself.
  ///
  /// ggml's block types by their names (ggml/src/ggml-common.h); the ternary types count as 2.
  var codeBits: Int? {
    switch self {
    case .f8e4m3, .f8e5m2, .f8e4m3fnuz, .f8e5m2fnuz, .i8, .q8_0, .q8_1, .q8K: 8
    case .f6e2m3, .f6e3m2, .q6K: 6
    case .q5_0, .q5_1, .q5K: 5
    case .f4, .q4_0, .q4_1, .q4K, .iq4NL, .iq4XS, .mxfp4, .nvfp4: 4
    case .q3K, .iq3XXS, .iq3S: 3
    case .q2K, .iq2XXS, .iq2XS, .iq2S, .tq1_0, .tq2_0, .q2_0, .i2S: 2
    case .iq1S, .iq1M, .q1_0: 1
    case .foreign(let type): Self.foreignBits(type.name)
    case .bool, .u8, .i16, .u16, .i32, .u32, .i64, .u64, .f16, .bf16, .f32, .f64, .c64, .f8e8m0: nil
    }
  }

  /// The digit in the name of a type of a fork: `IQ4_KS`, `Q4_0_4_4`.
  private static func foreignBits(_ name: String) -> Int? {
    guard name.contains("Q"), let digit = name.first(where: \.isNumber) else { return nil }
    return digit.wholeNumberValue.flatMap { (1...8).contains($0) ? $0 : nil }
  }
}
