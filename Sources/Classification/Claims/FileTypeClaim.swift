internal import ModelFile

extension Glossary {
  /// What a number in `general.file_type` claims, as llama.cpp calls it: `Q4_K_M`.
  public static func fileTypeName(_ number: Int) -> String? { FileTypeClaim(number: number)?.name }
}

/// The names of llama.cpp's mixtures of types (`LLAMA_FTYPE` in include/llama.h), and the types that a
/// file of that name may consist of.
struct FileTypeClaim {
  /// The name: `Q4_K_M`.
  var name: String
  /// The types of which at least one holds a good part of the matrices.
  var types: [ElementType]

  /// A claim by its number in `general.file_type`.
  init?(number: Int) {
    // Flags above 1024 say that the number was guessed.
    guard let found = Self.all.first(where: { $0.number == number & 1023 }) else { return nil }
    (name, types) = (found.name, found.types)
  }

  /// A claim in a file name, the longest that fits.
  init?(fileName: String) {
    guard let longest = Self.claims(in: fileName).max(by: { $0.name.count < $1.name.count }) else {
      return nil
    }
    self = longest
  }

  private init(_ entry: (number: Int, name: String, types: [ElementType])) {
    (name, types) = (entry.name, entry.types)
  }

  /// All claims in a file name: `BF16-to-Q8_0` has two.
  static func claims(in fileName: String) -> [FileTypeClaim] {
    let text = "." + fileName.uppercased().replacing("-", with: ".").replacing("/", with: ".") + "."
    return all.filter { entry in
      text.contains(".\(entry.name).") || text.contains("_\(entry.name).")
    }.map(FileTypeClaim.init)
  }

  private static let all: [(number: Int, name: String, types: [ElementType])] = [
    (0, "F32", [.f32]), (1, "F16", [.f16]), (32, "BF16", [.bf16]), (2, "Q4_0", [.q4_0]),
    (3, "Q4_1", [.q4_1]), (7, "Q8_0", [.q8_0]), (8, "Q5_0", [.q5_0]), (9, "Q5_1", [.q5_1]),
    (10, "Q2_K", [.q2K, .q3K]), (21, "Q2_K_S", [.q2K]), (11, "Q3_K_S", [.q3K]),
    (12, "Q3_K_M", [.q3K]), (13, "Q3_K_L", [.q3K]), (12, "Q3_K", [.q3K]),
    (14, "Q4_K_S", [.q4K]), (15, "Q4_K_M", [.q4K]), (15, "Q4_K", [.q4K]),
    (16, "Q5_K_S", [.q5K]), (17, "Q5_K_M", [.q5K]), (17, "Q5_K", [.q5K]), (18, "Q6_K", [.q6K]),
    (19, "IQ2_XXS", [.iq2XXS]), (20, "IQ2_XS", [.iq2XS]), (28, "IQ2_S", [.iq2XS, .iq2S]),
    (29, "IQ2_M", [.iq2S]), (22, "IQ3_XS", [.iq3S, .iq3XXS]), (23, "IQ3_XXS", [.iq3XXS]),
    (26, "IQ3_S", [.iq3S]), (27, "IQ3_M", [.iq3S]), (24, "IQ1_S", [.iq1S]), (31, "IQ1_M", [.iq1M]),
    (25, "IQ4_NL", [.iq4NL]), (30, "IQ4_XS", [.iq4XS]), (36, "TQ1_0", [.tq1_0]),
    (37, "TQ2_0", [.tq2_0]), (38, "MXFP4_MOE", [.mxfp4]), (38, "MXFP4", [.mxfp4]),
    (39, "NVFP4", [.nvfp4]),
  ]
}
