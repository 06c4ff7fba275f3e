internal import ModelFile

/// What `inspect explain` says of storage types.
///
/// Bits and blocks come from the table of types; a new type does not compile without its sentence.
extension ElementType {
  /// A paragraph: bits, block, and what can hold a zero.
  var explanation: String {
    guard let layout else { return meaning }
    let bits = "\(decimal(layout.bitsPerElement)) bits each"
    let block =
      layout.elements == 1 ? "" : " (\(layout.bytes) bytes for \(layout.elements))"
    return "\(meaning) Elements take \(bits)\(block)."
  }

  private var meaning: String {
    switch self {
    case .bool: "Truth values: masks, never weights."
    case .u8: "Whole numbers of 8 bits without sign: mostly packed codes, masks or bytes of text."
    case .i8:
      "Whole numbers of 8 bits: codes whose zero is 0 unless a zero point stands beside them."
    case .u16, .i16: "Whole numbers of 16 bits: indexes, or codes packed by kernels."
    case .u32, .i32: "Whole numbers of 32 bits: indexes, or words with packed codes."
    case .u64, .i64: "Whole numbers of 64 bits: indexes, shapes and positions."
    case .f16:
      "IEEE half precision. Holds ±0; magnitudes below 2⁻²⁵ become zero, one weight in a million."
    case .bf16: "The upper half of F32. Holds ±0; trained weights have no exact zeros in it."
    case .f32: "IEEE single precision. Holds ±0; trained weights have no exact zeros in it."
    case .f64: "IEEE double precision. Holds ±0; rare in models."
    case .c64: "Complex numbers, two F32 each; zero where both parts are ±0."
    case .f8e5m2:
      "Floats with 5 bits of exponent and 2 of mantissa. Holds ±0; a cast leaves 0.05 % zeros at most."
    case .f8e4m3:
      "Floats with 4 bits of exponent and 3 of mantissa, up to 448, no infinities. Holds ±0; a cast "
        + "without a scale turns 4 to 7 % of usual weights into zeros, one with a scale hardly any."
    case .f8e8m0: "Powers of two that scale other tensors. Holds no zero and no weights."
    case .f8e4m3fnuz: "E4M3 with one NaN in the place of −0. Holds one zero."
    case .f8e5m2fnuz: "E5M2 with one NaN in the place of −0. Holds one zero."
    case .f4: "E2M1 floats: 0, ½, 1, 1½, 2, 3, 4, 6. Holds ±0; dense weights have 7 to 16 % zeros."
    case .f6e2m3: "Floats with 2 bits of exponent and 3 of mantissa, up to 7.5. Holds ±0."
    case .f6e3m2: "Floats with 3 bits of exponent and 2 of mantissa, up to 28. Holds ±0."
    case .q4_0:
      "4-bit codes around zero with a scale. Zeros are exact; dense weights have about 12 %."
    case .q4_1, .q5_1:
      "Codes with a scale and an offset. Zeros do not survive exactly: pruning shows as near zeros."
    case .q5_0:
      "5-bit codes around zero with a scale. Zeros are exact; dense weights have about 6 %."
    case .q8_0:
      "8-bit codes around zero with a scale. Zeros are exact; dense weights have under 1 %."
    case .q8_1, .q8K: "8-bit codes with a scale, used for activations. Zeros are exact."
    case .q2K:
      "2-bit codes with scales and offsets. Zeros do not survive, and pruning cannot be seen."
    case .q4K, .q5K:
      "Codes with scales and offsets of small groups. Zeros do not survive exactly: pruning shows as "
        + "near zeros."
    case .q3K:
      "3-bit codes around zero with scales. Zeros are exact; dense weights have about 20 %."
    case .q6K: "6-bit codes around zero with scales. Zeros are exact; dense weights have about 3 %."
    case .iq2XXS, .iq2XS, .iq2S, .iq3XXS, .iq3S, .iq1S, .iq1M:
      "Entries of a lattice codebook with scales. No entry is zero: pruning cannot be seen."
    case .iq4NL, .iq4XS:
      "Entries of a table of 16 with scales. None is zero, the nearest is 1: no exact zeros."
    case .tq1_0, .tq2_0:
      "Ternary codes −1, 0, 1 with a scale. A third or more are zeros by nature."
    case .mxfp4:
      "E2M1 floats with a power of two as scale. Holds ±0; dense weights have about 8 % zeros."
    case .nvfp4:
      "E2M1 floats with an FP8 scale for every 16. Holds ±0; dense weights have about 7 % zeros."
    case .q1_0: "1-bit codes −1 and 1 with a scale. No code is zero."
    case .q2_0: "2-bit codes with a scale. Zeros are exact, and natural."
    case .i2S: "Ternary codes with one scale for the tensor. A third or more are zeros by nature."
    case .foreign: "A type that is sized but not decoded; its zeros cannot be measured."
    }
  }
}
