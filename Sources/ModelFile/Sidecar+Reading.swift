extension Sidecar {
  /// The files of known names in a folder.
  static func all(in folder: String, problems: inout [Problem]) -> [Sidecar] {
    Kind.allCases.compactMap { kind in
      let path = joined(folder, kind.rawValue)
      guard let file = try? FileReader(path: path),
        let bytes = try? file.bytes(at: 0, count: min(file.byteCount, kind.longest))
      else { return nil }
      if kind == .card {
        let card = FrontMatter.parse(String(decoding: bytes, as: UTF8.self))
        return Sidecar(kind: kind, path: path, content: card.keys, prose: card.prose)
      }
      if kind == .chatTemplate {
        let text = JSONValue.string(String(decoding: bytes, as: UTF8.self))
        return Sidecar(kind: kind, path: path, content: .object(["chat_template": text]))
      }
      do throws(JSONScanner.Failure) {
        return Sidecar(kind: kind, path: path, content: try JSONValue(parsing: bytes))
      } catch {
        problems.append(
          Problem(
            .invalidSidecar, "\(kind.rawValue) is no JSON: \(error.message)", file: path,
            byteOffset: error.position))
        return nil
      }
    }
  }
}

extension Sidecar.Kind {
  /// Bytes that are read at most: real configurations have a few KiB (those that list every
  /// quantized module some MiB); a card says what matters at its start.
  fileprivate var longest: Int { self == .card ? 1 << 16 : 1 << 24 }
}
