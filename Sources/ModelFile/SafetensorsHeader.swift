// A safetensors file (https://github.com/huggingface/safetensors):
//
//   0      8        8 + N                end
//   ├── N ─┼─ header ─┼─ tensors' bytes ──┤   N: u64, little-endian
//
// The header is a JSON object: tensor name → {"dtype", "shape", "data_offsets": [begin, end)},
// offsets counted from 8 + N, and "__metadata__" → {string: string}.

/// Reading of safetensors headers.
enum Safetensors {
  /// The longest header that the reference reader takes (`MAX_HEADER_SIZE`).
  static let longestHeader = 100_000_000

  /// The header of a file, with everything that is wrong with it.
  static func header(of file: FileReader, part: Int) -> Header {
    var header = Header(
      part: Part(
        path: file.path, byteCount: file.byteCount, headerByteCount: 0, identity: file.identity))
    func report(_ code: ProblemCode, _ message: String, at offset: Int) -> Header {
      header.problems.append(Problem(code, message, file: file.path, byteOffset: offset))
      return header
    }
    do throws(FileError) {
      let prefix = try file.bytes(at: 0, count: 8)
      guard prefix.count == 8 else {
        let message = "the file has \(file.byteCount) bytes, the header's length alone takes 8"
        return report(.headerTooSmall, message, at: 0)
      }
      let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard length <= longestHeader else {
        let message = "the header's length is \(length), at most \(longestHeader) is allowed"
        return report(.headerTooLarge, message, at: 0)
      }
      let headerEnd = 8 + Int(length)
      guard headerEnd <= file.byteCount else {
        let message = "the header should end at byte \(headerEnd), the file has \(file.byteCount)"
        return report(.headerPastEnd, message, at: 0)
      }
      header.part.headerByteCount = headerEnd
      let text = try file.bytes(at: 8, count: Int(length))
      guard text.count == length else {
        return report(.changedWhileReading, "the file shrank while it was read", at: 8)
      }
      if let invalid = firstInvalidUTF8(in: text) {
        return report(.headerNotUTF8, "the header is no valid UTF-8", at: 8 + invalid)
      }
      var reader = SafetensorsHeaderReader(text: text, file: file, part: part)
      reader.read()
      header.metadata = reader.metadata
      header.problems += reader.problems
      header.tensors = SafetensorsLayout.tensors(
        reader.entries, of: header.part, index: part, isComplete: reader.isComplete,
        problems: &header.problems)
    } catch {
      header.problems.append(Problem(.readFailed, error.description, file: file.path))
    }
    return header
  }

  /// The type of a dtype name; the names are case-sensitive.
  static func type(named name: String) -> ElementType? { types[name] }

  private static let types: [String: ElementType] = {
    let types: [ElementType] = [
      .bool, .f4, .f6e2m3, .f6e3m2, .u8, .i8, .f8e5m2, .f8e4m3, .f8e8m0, .f8e4m3fnuz, .f8e5m2fnuz,
      .i16, .u16, .f16, .bf16, .i32, .u32, .f32, .c64, .f64, .i64, .u64,
    ]
    return Dictionary(uniqueKeysWithValues: types.map { ($0.name, $0) })
  }()
}

/// A tensor's entry as it stands in a header, before its place is judged.
struct SafetensorsEntry {
  var name: String
  /// Where the entry's key stands in the file.
  var position: Int
  var dtype: String
  var shape: [UInt64]
  /// Counted from the start of the data section.
  var begin: UInt64
  var end: UInt64
}
