internal import ModelFile

/// What the block types of ggml, and plain types narrower than 16 bits, are as quantizations
/// (ggml/src/ggml-common.h).
extension ElementType {
  /// The bits of one code without scales, of a type that is a quantization by itself; the ternary
  /// types count as 2.
  var codeBits: Int? {
    switch self {
    case .f8e4m3, .f8e5m2, .f8e4m3fnuz, .f8e5m2fnuz, .i8, .q8_0, .q8_1, .q8K: 8
    case .f6e2m3, .f6e3m2, .q6K: 6
    case .q5_0, .q5_1, .q5K: 5
    case .f4, .q4_0, .q4_1, .q4K, .iq4NL, .iq4XS, .mxfp4, .nvfp4: 4
    case .q3K, .iq3XXS, .iq3S: 3
    case .q2K, .iq2XXS, .iq2XS, .iq2S, .tq1_0, .tq2_0, .q2_0, .i2S: 2
    case .iq1S, .iq1M, .q1_0: 1
    case .foreign(let type): Self.bits(inName: type.name)
    case .bool, .u8, .i16, .u16, .i32, .u32, .i64, .u64, .f16, .bf16, .f32, .f64, .c64, .f8e8m0: nil
    }
  }

  /// The digit in the name of a type of a fork: `IQ4_KS`, `Q4_0_4_4`.
  private static func bits(inName name: String) -> Int? {
    guard name.contains("Q"), let digit = name.first(where: \.isNumber) else { return nil }
    return digit.wholeNumberValue.flatMap { (1...8).contains($0) ? $0 : nil }
  }

  /// Weights that share a scale; `nil` where there is one for all.
  var scaleGroup: Int? {
    switch self {
    case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q8_1, .iq4NL, .mxfp4, .q4K, .q5K, .iq4XS: 32
    case .q2K, .q3K, .q6K, .nvfp4: 16
    case .iq2XXS, .iq3XXS, .iq3S, .iq1S: 32
    case .iq2XS, .iq2S, .iq1M: 16
    case .q8K, .tq1_0, .tq2_0: 256
    case .q1_0: 128
    case .q2_0: 64
    default: nil
    }
  }

  /// Whether codes are even on both sides of zero; `nil` for codebooks and floats.
  var isSymmetric: Bool? {
    switch self {
    case .q4_0, .q5_0, .q8_0, .q8_1, .q8K, .q3K, .q6K, .tq1_0, .tq2_0, .i2S: true
    case .mxfp4, .nvfp4, .f4, .q1_0, .q2_0: true
    case .q4_1, .q5_1, .q2K, .q4K, .q5K: false
    default: nil
    }
  }

  /// What the codes of a quantized type are; `nil` for plain numbers of 16 bits and more.
  var codeKind: PackedWeight.CodeKind? {
    switch self {
    case .i8, .q8_0, .q8_1, .q8K: .integer(zeroCode: 0)
    case .q6K: .integer(zeroCode: 32)
    case .q5_0: .integer(zeroCode: 16)
    case .q4_0: .integer(zeroCode: 8)
    case .q3K: .integer(zeroCode: 4)
    case .q4_1, .q5_1, .q4K, .q5K: .offsetInteger
    case .f4, .mxfp4, .nvfp4: .float4
    case .f8e4m3, .f8e5m2, .f8e4m3fnuz, .f8e5m2fnuz, .f6e2m3, .f6e3m2: .castFloat
    case .tq1_0, .tq2_0, .i2S, .q2_0: .ternary
    case .q2K, .iq2XXS, .iq2XS, .iq2S, .iq3XXS, .iq3S, .iq1S, .iq1M, .iq4NL, .iq4XS, .q1_0,
      .foreign:
      .hidden
    case .bool, .u8, .i16, .u16, .i32, .u32, .i64, .u64, .f16, .bf16, .f32, .f64, .c64, .f8e8m0: nil
    }
  }

  /// Half of the smallest number of a narrow float type: what is smaller became zero in a cast.
  var castLimit: Double? {
    switch self {
    case .f16: 0x1p-25
    case .f8e4m3: 0x1p-10
    case .f8e4m3fnuz: 0x1p-11
    case .f8e5m2: 0x1p-17
    case .f8e5m2fnuz: 0x1p-18
    case .f6e2m3: 0x1p-4
    case .f6e3m2: 0x1p-5
    default: nil
    }
  }
}
