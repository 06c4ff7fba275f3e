/// What one project means by the numbers of types.
///
/// Nobody reserves numbers, so forks of llama.cpp use the same ones for different types. A file does
/// not say which project wrote it; the distances between its tensors do.
struct GGMLDialect {
  /// The project.
  var name: String
  /// The types that the mainline does not have, or has under other numbers.
  var own: [UInt32: ElementType]

  /// What the project means by a number.
  func type(_ number: UInt32) -> ElementType? {
    own[number] ?? GGML.type(number)
  }

  /// The types of ggml-org/llama.cpp.
  static let mainline = GGMLDialect(name: "llama.cpp", own: [:])

  /// The projects whose sizes are known, the likelier one first.
  static let all = [mainline, ikLlama, bitNet, prism, earlierPrism, qnn]

  /// ikawrakow/ik_llama.cpp: ggml/include/ggml.h and the block structs of ggml-common.h.
  ///
  /// `_R4`, `_R8` and `_R16` have 4, 8 or 16 rows interleaved.
  private static let ikLlama = GGMLDialect(
    name: "ik_llama.cpp",
    own: [
      15: foreign("Q8_K", 256, 296), 36: .i2S,
      97: foreign("Q8_0_X4", 32, 34), 98: foreign("Q8_1_X4", 32, 36),
      99: foreign("Q8_2_X4", 32, 36),
      133: foreign("Q6_0", 32, 26), 134: foreign("IQ1_BN", 64, 13, row: 2),
      135: foreign("IQ2_BN", 64, 16, row: 4), 136: foreign("Q8_K64", 64, 68),
      137: foreign("IQ2_K", 256, 76), 138: foreign("IQ3_K", 256, 110),
      139: foreign("IQ4_K", 256, 144), 140: foreign("IQ5_K", 256, 176),
      141: foreign("IQ6_K", 256, 212), 144: foreign("IQ4_KS", 256, 136, row: 4),
      145: foreign("IQ2_KS", 256, 70, row: 2), 146: foreign("IQ4_KSS", 256, 128, row: 4),
      147: foreign("Q8_K16", 64, 64, row: 20), 148: foreign("Q8_K32", 256, 296),
      149: foreign("Q8_KR8", 256, 296), 150: foreign("Q8_K128", 128, 140),
      151: foreign("Q8_KV", 32, 32, row: 8), 152: foreign("IQ5_KS", 256, 168, row: 4),
      153: foreign("IQ2_KT", 256, 68, row: 4), 154: foreign("IQ3_KT", 256, 100, row: 4),
      155: foreign("IQ4_KT", 256, 128, row: 4), 156: foreign("IQ3_KS", 256, 102, row: 2),
      157: foreign("IQ2_KL", 256, 86, row: 2), 158: foreign("IQ1_KT", 256, 56, row: 4),
      202: foreign("Q4_0_R8", 32, 18), 206: foreign("Q5_0_R4", 32, 22),
      208: foreign("Q8_0_R8", 32, 34), 210: foreign("Q2_K_R4", 256, 84),
      211: foreign("Q3_K_R4", 256, 110), 212: foreign("Q4_K_R4", 256, 144),
      213: foreign("Q5_K_R4", 256, 176), 214: foreign("Q6_K_R4", 256, 210),
      216: foreign("IQ2_XXS_R4", 256, 66), 217: foreign("IQ2_XS_R4", 256, 74),
      218: foreign("IQ3_XXS_R4", 256, 98), 219: foreign("IQ1_S_R4", 32, 6, row: 2),
      220: foreign("IQ4_NL_R4", 32, 18), 221: foreign("IQ3_S_R4", 256, 110),
      222: foreign("IQ2_S_R4", 256, 82), 223: foreign("IQ4_XS_R8", 256, 136),
      229: foreign("IQ1_M_R4", 32, 7, row: 2), 230: foreign("BF16_R16", 1, 2),
      233: foreign("Q6_0_R4", 32, 26), 335: foreign("IQ2_BN_R4", 64, 16, row: 4),
      337: foreign("IQ2_K_R4", 256, 76), 338: foreign("IQ3_K_R4", 256, 110),
      339: foreign("IQ4_K_R4", 256, 144), 340: foreign("IQ5_K_R4", 256, 176),
      344: foreign("IQ4_KS_R4", 256, 136, row: 4), 352: foreign("IQ5_KS_R4", 256, 168, row: 4),
      353: foreign("MXFP4_R8", 32, 17), 397: foreign("Q8_K_R16", 256, 258),
      398: foreign("Q8_KV_R8", 32, 32, row: 4), 399: foreign("Q8_K_R8", 256, 258),
    ]
  )

  /// The llama.cpp of microsoft/BitNet.
  ///
  /// Its TL1 (38) and TL2 (39, later 42) are laid out for the matrices of one model or another, so
  /// no table has their sizes.
  private static let bitNet = GGMLDialect(
    name: "BitNet",
    own: [36: .i2S, 37: foreign("I8_S", 1, 1)]
  )

  /// PrismML-Eng/llama.cpp: ternary in groups of 128, two bits each or five trits a byte.
  private static let prism = GGMLDialect(
    name: "PrismML's llama.cpp",
    own: [142: foreign("PQ2_0", 128, 34), 143: foreign("PTQ1_0", 128, 28)]
  )

  /// The same project before the mainline took the number 42 for groups of 64.
  private static let earlierPrism = GGMLDialect(
    name: "an early llama.cpp of PrismML",
    own: [42: foreign("Q2_0 (group 128)", 128, 34)]
  )

  /// A port to Qualcomm's processors with 8-bit floats.
  private static let qnn = GGMLDialect(
    name: "a QNN port",
    own: [31: foreign("BF8", 1, 1), 32: foreign("HF8", 1, 1), 33: foreign("E4M3FN", 1, 1)]
  )

  private static func foreign(
    _ name: String,
    _ elements: Int,
    _ bytes: Int,
    row: Int = 0
  ) -> ElementType {
    .foreign(
      ForeignType(
        name: name,
        layout: BlockLayout(elements: elements, bytes: bytes, rowBytes: row)
      )
    )
  }

  // MARK: - Which one wrote a file

  /// Numbers of the mainline that other projects use, too.
  private static let contested: Set<UInt32> = [15, 31, 32, 33, 36, 37, 38, 39, 41, 42]

  /// Numbers whose meaning depends on who wrote the file.
  static let ambiguous = all.reduce(into: contested) { $0.formUnion($1.own.keys) }

  /// The bytes from a tensor to the next one, or to the end of the file.
  struct Space {
    var type: UInt32
    /// Row-major.
    var shape: [UInt64]
    var byteCount: Int
    /// Whether the file ends there, so that padding may be missing and other bytes may follow.
    var isLast: Bool

    /// Whether a tensor of a type, padded, takes exactly this space.
    func isFilled(by type: ElementType?, alignment: Int) -> Bool {
      guard let size = type?.byteCount(shape: shape), size <= byteCount else { return false }
      guard let padded = aligned(size, to: alignment) else { return false }
      return isLast ? padded >= byteCount : padded == byteCount
    }

    func hasRoom(for type: ElementType?) -> Bool {
      type?.byteCount(shape: shape).map { $0 <= byteCount } ?? false
    }
  }

  /// The dialect that explains the most distances, of equal ones the first: the mainline unless a
  /// fork explains more.
  ///
  /// - Parameters:
  ///   - spaces: of the tensors with ``ambiguous`` numbers.
  ///   - alignment: what tensors are padded to.
  /// - Returns: the mainline where nothing is ambiguous.
  static func explaining(_ spaces: [Space], alignment: Int) -> GGMLDialect {
    if spaces.isEmpty { return mainline }
    var best = (dialect: mainline, filled: -1, roomy: -1)
    for dialect in all {
      let filled = spaces.count {
        $0.isFilled(by: dialect.type($0.type), alignment: alignment)
      }
      let roomy = spaces.count { $0.hasRoom(for: dialect.type($0.type)) }
      if (filled, roomy) > (best.filled, best.roomy) { best = (dialect, filled, roomy) }
    }
    return best.dialect
  }

  /// Numbers in a file that stand for a type nobody here has heard of: several projects use them,
  /// and no tensor of them has the size that this dialect gives it.
  func unexplained(_ spaces: [Space], alignment: Int) -> Set<UInt32> {
    let telling = spaces.filter {
      Self.contested.contains($0.type) && !$0.isLast && $0.byteCount > 0
        && type($0.type)?.byteCount(shape: $0.shape) != nil
    }
    let explained = telling.filter { $0.isFilled(by: type($0.type), alignment: alignment) }
    return Set(telling.map(\.type)).subtracting(explained.map(\.type))
  }
}
