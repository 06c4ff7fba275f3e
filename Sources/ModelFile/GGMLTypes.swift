/// The numbers of tensor types in GGUF files (`ggml_type` in ggml/include/ggml.h).
enum GGML {
  /// What the mainline means by a number; `nil` for one that it never gave.
  static func type(_ number: UInt32) -> ElementType? {
    number < types.count ? types[Int(number)] : nil
  }

  /// Whether the mainline once had a type of the number and has removed it.
  static func isRemoved(_ number: UInt32) -> Bool {
    if case .foreign = type(number) { true } else { false }
  }

  /// Whether a removed type was ever in a GGUF file: Q4_2 and Q4_3 went before the format came.
  static func isOlderThanGGUF(_ number: UInt32) -> Bool { number == 4 || number == 5 }

  private static let types: [ElementType] = [
    .f32, .f16, .q4_0, .q4_1, removed("Q4_2", 16, 10), removed("Q4_3", 16, 12),
    .q5_0, .q5_1, .q8_0, .q8_1, .q2K, .q3K, .q4K, .q5K, .q6K, .q8K,
    .iq2XXS, .iq2XS, .iq3XXS, .iq1S, .iq4NL, .iq3S, .iq2S, .iq4XS,
    .i8, .i16, .i32, .i64, .f64, .iq1M, .bf16,
    // Q4_0 and IQ4_NL with the rows interleaved for one processor or another.
    removed("Q4_0_4_4", 32, 18), removed("Q4_0_4_8", 32, 18), removed("Q4_0_8_8", 32, 18),
    .tq1_0, .tq2_0,
    removed("IQ4_NL_4_4", 32, 18), removed("IQ4_NL_4_8", 32, 18), removed("IQ4_NL_8_8", 32, 18),
    .mxfp4, .nvfp4, .q1_0, .q2_0,
  ]

  private static func removed(_ name: String, _ elements: Int, _ bytes: Int) -> ElementType {
    .foreign(ForeignType(name: name, layout: BlockLayout(elements: elements, bytes: bytes)))
  }

  fileprivate static let numbers: [ElementType: UInt32] = Dictionary(
    uniqueKeysWithValues: types.enumerated().map { ($1, UInt32($0)) }
  )
}

extension ElementType {
  /// The number of the type in GGUF files; `nil` for types that ggml does not have.
  public var ggmlNumber: UInt32? { GGML.numbers[self] }
}
