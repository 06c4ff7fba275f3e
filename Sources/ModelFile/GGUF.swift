enum GGUF {
  static func header(of file: FileReader, part: Int) -> Header {
    Header(part: Part(path: file.path, byteCount: file.byteCount, headerByteCount: 0))
  }
}
