// A GGUF file (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, read by gguf.cpp):
//
//   0        4         8           16      24
//   ├ "GGUF" ┼ version ┼ n_tensors ┼ n_kv ─┼─ n_kv keys ─┼─ n_tensors infos ─┼ pad ┼─ data ──┤
//
// A key is a string, a value type (u32) and the value. An info is a name, n_dims (u32), the
// dimensions (fastest first), a type (u32) and an offset (u64) from the start of the data. A string
// is its length and its bytes; an array is an element type (u32), a count and the elements. Lengths,
// counts and dimensions are u64, in version 1 u32. The data, and each tensor in it, starts at a
// multiple of `general.alignment`.

/// Reading of GGUF headers.
enum GGUF {
  /// The alignment of a file that declares none (`GGUF_DEFAULT_ALIGNMENT` in gguf.h).
  static let defaultAlignment = 32

  /// Larger alignments are no use to any machine; ggml has been asked to refuse them
  /// (ggml-org/llama.cpp#24997).
  static let largestSensibleAlignment = 1 << 20

  /// The longest string and array that ggml reads (`GGUF_MAX_STRING_LENGTH`,
  /// `GGUF_MAX_ARRAY_ELEMENTS` in gguf.cpp).
  static let longestItem = 1 << 30

  /// The longest tensor name: ggml's `GGML_MAX_NAME` of 64 counts the NUL.
  static let longestName = 63

  /// ggml's `GGML_MAX_DIMS`.
  static let mostDimensions = 4

  /// The deepest nesting of arrays, as in huggingface.js.
  static let deepestArray = 4

  /// The most keys and the most tensors that are read.
  ///
  /// The largest models known have half a million tensors, and
  /// ggml compares each name with all others, so a file with more could not be loaded anyway.
  static let mostItems = 1 << 20

  /// The header of a file, with everything that is wrong with it.
  static func header(of file: FileReader, part: Int) -> Header {
    GGUFHeaderReader(file: file, part: part).read()
  }
}

/// A tensor's info as it stands in a header, before its type and place are judged.
struct GGUFTensorInfo {
  var name: String
  /// Row-major; the file has the fastest dimension first.
  var shape: [UInt64]
  /// The number of the type.
  var type: UInt32
  /// Counted from the start of the data section.
  var offset: UInt64
  /// Where the info starts in the file.
  var position: Int
}
