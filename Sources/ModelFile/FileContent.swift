/// What a file's first bytes say that it is.
enum FileContent {
  case safetensors
  case gguf
  /// Something else that people take for a model, named for a sentence: "a ZIP archive (PyTorch)".
  case other(String)
  case unknown

  /// Recognises a file; safetensors has no magic number, so its length and brace must be plausible.
  init(of file: FileReader) throws(FileError) {
    let start = try file.bytes(at: 0, count: 512)
    if start.starts(with: "GGUF".utf8) {
      self = .gguf
    } else if Self.isPlausibleSafetensors(start, byteCount: file.byteCount) {
      self = .safetensors
    } else if let name = Self.name(of: start) {
      self = .other(name)
    } else if file.path.hasSuffix(".safetensors") {
      self = .safetensors
    } else {
      self = .unknown
    }
  }

  private static func isPlausibleSafetensors(_ start: [UInt8], byteCount: Int) -> Bool {
    guard start.count > 8, start[5] == 0, start[6] == 0, start[7] == 0 else { return false }
    let length = start[0..<5].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard (2...Safetensors.longestHeader).contains(length), 8 + length <= byteCount else {
      return false
    }
    return [UInt8(ascii: "{"), 0x20, 0x09, 0x0A, 0x0D].contains(start[8])
  }

  /// Magic numbers from the formats' own documentation (as in file(1)'s database).
  private static func name(of start: [UInt8]) -> String? {
    let text = String(decoding: start, as: UTF8.self)
    let trimmed = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
    if trimmed.hasPrefix("<!doctype html") || trimmed.hasPrefix("<html") {
      return "a web page: the download saved a site's answer in the place of the model"
    }
    if trimmed.hasPrefix("<?xml") { return "an XML document, perhaps an error message of a server" }
    if text.hasPrefix("version https://git-lfs") {
      return "a Git LFS pointer: the model itself was not fetched (git lfs pull)"
    }
    let magics: [(bytes: [UInt8], name: String)] = [
      (Array("PK\u{3}\u{4}".utf8), "a ZIP archive, perhaps a PyTorch checkpoint"),
      (Array("lmgg".utf8), "an older GGML file, from before GGUF"),
      (Array("fmgg".utf8), "an older GGML file (GGMF), from before GGUF"),
      (Array("tjgg".utf8), "an older GGML file (GGJT), from before GGUF"),
      (Array("algg".utf8), "an older GGML adapter (GGLA), from before GGUF"),
      ([0x89] + Array("HDF\r\n".utf8), "an HDF5 file (Keras)"),
      (Array("%PDF".utf8), "a PDF document"),
      ([0x1F, 0x8B], "a gzip archive"),
      ([0x28, 0xB5, 0x2F, 0xFD], "a Zstandard archive"),
      ([0x80, 0x02], "a Python pickle, perhaps an old PyTorch checkpoint"),
      ([0x80, 0x03], "a Python pickle, perhaps an old PyTorch checkpoint"),
      ([0x80, 0x04], "a Python pickle, perhaps an old PyTorch checkpoint"),
      ([0x93] + Array("NUMPY".utf8), "a NumPy array"),
      ([0x7F] + Array("ELF".utf8), "a program"),
    ]
    if let magic = magics.first(where: { start.starts(with: $0.bytes) }) { return magic.name }
    if start.count >= 262, Array(start[257..<262]) == Array("ustar".utf8) { return "a tar archive" }
    let json = trimmed.first == "{" || trimmed.first == "["
    return json ? "a JSON document" : nil
  }
}
