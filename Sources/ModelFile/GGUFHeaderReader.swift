/// Reads the header of a GGUF file from its start to the tensors' infos.
///
/// What is wrong with one item is a problem and reading goes on; only where the next item cannot be
/// located it ends.
struct GGUFHeaderReader: ~Copyable {
  private var reader: GGUFValueReader
  private let file: FileReader
  private let part: Int
  private var alignment = GGUF.defaultAlignment
  private var metadata: [MetadataEntry] = []
  private var infos: [GGUFTensorInfo] = []
  /// What of the header comes after the item that is being read.
  private var rest = ""

  init(file: FileReader, part: Int) {
    self.file = file
    self.part = part
    reader = GGUFValueReader(file: file, part: part)
  }

  /// Reads the whole header.
  consuming func read() -> Header {
    var header = Header(
      part: Part(
        path: file.path, byteCount: file.byteCount, headerByteCount: file.byteCount,
        identity: file.identity))
    do throws(GGUFValueReader.Stop) { try readHeader(into: &header.part) } catch {
      header.isComplete = false
      reader.problems.report(error.code, error.message + rest, at: error.offset)
    }
    header.part.alignment = alignment
    header.metadata = metadata
    if header.isComplete, infos.isEmpty {
      judgeEnd(of: &header.part)
    } else {
      let layout = GGUFLayout(
        file: file, part: part, alignment: alignment,
        dataStart: header.isComplete ? aligned(reader.cursor.offset, to: alignment) : nil)
      header.part.headerByteCount = min(layout.dataStart ?? .max, file.byteCount)
      header.tensors = layout.tensors(infos, problems: &reader.problems)
    }
    header.problems = reader.problems.all
    return header
  }

  private mutating func readHeader(into part: inout Part) throws(GGUFValueReader.Stop) {
    try readVersion()
    part.version = reader.version
    part.byteOrder = reader.cursor.byteOrder
    let tensorPosition = reader.cursor.offset
    let tensorCount = try reader.length()
    let keyPosition = reader.cursor.offset
    let keyCount = try reader.length()
    rest = "; the metadata after it and the tensors cannot be located"
    // A key has a length, a type and a value of at least a byte.
    try readMetadata(
      count(keyCount, of: "keys", shortest: reader.lengthByteCount + 5, at: keyPosition))
    rest = "; the tensors after it cannot be located"
    // An info has a length, a number of dimensions, a type and an offset.
    try readInfos(
      count(tensorCount, of: "tensors", shortest: reader.lengthByteCount + 16, at: tensorPosition))
  }

  private mutating func readVersion() throws(GGUFValueReader.Stop) {
    try reader.skip(4)
    let position = reader.cursor.offset
    var version = try reader.u32()
    // There is no flag for the order of bytes; a version is a small number in only one of them.
    if version & 0xFFFF == 0, version != 0 {
      version = version.byteSwapped
      reader.cursor.byteOrder = .big
    }
    guard (1...3).contains(version) else {
      throw GGUFValueReader.Stop(
        code: .unsupportedVersion,
        message: "the GGUF version is \(version), 1 to 3 are defined; the rest of the file cannot "
          + "be read", offset: position)
    }
    reader.version = Int(version)
    if reader.cursor.byteOrder == .big, version < 3 {
      reader.problems.report(
        .unsupportedVersion,
        "the file is big-endian, which came with version 3, but has version \(version)",
        severity: .warning, at: position)
    }
  }

  /// A count of the header as far as it can be followed; items are read until the file ends.
  private mutating func count(_ count: UInt64, of items: String, shortest: Int, at position: Int)
    throws(GGUFValueReader.Stop) -> Int
  {
    guard count <= GGUF.mostItems else {
      throw GGUFValueReader.Stop(
        code: .countTooLarge,
        message: "the header counts \(Int64(bitPattern: count)) \(items), at most "
          + "\(GGUF.mostItems) are read", offset: position)
    }
    let available = reader.cursor.remaining / shortest
    if count > available {
      reader.problems.report(
        .countTooLarge,
        "the header counts \(count) \(items), the rest of the file has room for \(available)",
        at: position)
    }
    return Int(count)
  }

  // MARK: - Metadata

  private mutating func readMetadata(_ count: Int) throws(GGUFValueReader.Stop) {
    var names = GGUFNames(count: 0)
    for index in 0..<count {
      reader.subject = .key(index)
      let position = reader.cursor.offset
      let length = try reader.stringLength()
      let key = try reader.text(length)
      let isNew =
        key.isPlain ? names.insert(key.string) : names.insert(reader.cursor.lastBytes(length)[...])
      if !isNew {
        reader.problems.report(
          .duplicateKey, "the key \(quoted(key.string)) stands twice; the first one is shown",
          at: position)
      }
      if length == 0 { reader.problems.report(.emptyKey, "key \(index) is empty", at: position) }
      judge(key, as: "key", tensor: nil, at: position)
      reader.subject = .value(key: key.string)
      let type = try reader.valueType()
      let valuePosition = reader.cursor.offset
      let value = try reader.value(type)
      guard isNew else { continue }
      metadata.append(MetadataEntry(key: key.string, value: value))
      if key.string == "general.alignment" { readAlignment(value, at: valuePosition) }
    }
  }

  private mutating func readAlignment(_ value: MetadataValue, at position: Int) {
    guard case .unsigned(let number, .u32) = value else {
      return reader.problems.report(
        .invalidAlignment, "\"general.alignment\" is no u32; \(GGUF.defaultAlignment) is assumed",
        at: position)
    }
    guard number.nonzeroBitCount == 1 else {
      return reader.problems.report(
        .invalidAlignment,
        "the alignment \(number) is no power of two; \(GGUF.defaultAlignment) is assumed",
        at: position)
    }
    if number > GGUF.largestSensibleAlignment {
      reader.problems.report(
        .invalidAlignment, "the alignment \(number) is larger than any reader needs",
        severity: .warning, at: position)
    }
    alignment = Int(number)
  }

  // MARK: - Infos

  private mutating func readInfos(_ count: Int) throws(GGUFValueReader.Stop) {
    // No info is shorter than 24 bytes, so the file justifies what is allocated.
    let available = min(count, reader.cursor.remaining / 24)
    var names = GGUFNames(count: available)
    infos.reserveCapacity(available)
    for index in 0..<count {
      reader.subject = .info(index)
      let position = reader.cursor.offset
      let length = try reader.stringLength()
      let name = try reader.text(length)
      judge(name, as: "name of tensor", tensor: name.string, at: position)
      // ggml keeps names as C strings, which end at a NUL.
      let isNew =
        name.isPlain
        ? names.insert(name.string)
        : names.insert(reader.cursor.lastBytes(length).prefix { $0 != 0 })
      if !isNew {
        reader.problems.report(
          .duplicateTensor, "the tensor name \(quoted(name.string)) stands twice",
          tensor: name.string, at: position)
      }
      if length > GGUF.longestName {
        reader.problems.report(
          .nameTooLong,
          "the name of tensor \(quoted(name.string)) has \(length) bytes, ggml takes at most "
            + "\(GGUF.longestName)", tensor: name.string, at: position)
      }
      let shape = try readShape(of: name.string)
      let type = try reader.u32()
      let offset = try reader.number(8)
      infos.append(
        GGUFTensorInfo(
          name: name.string, shape: shape, type: type, offset: offset, position: position))
    }
  }

  private mutating func readShape(of name: String) throws(GGUFValueReader.Stop) -> [UInt64] {
    let position = reader.cursor.offset
    let count = Int(try reader.u32())
    if count > GGUF.mostDimensions {
      let message =
        "tensor \(quoted(name)) has \(count) dimensions, ggml knows at most "
        + "\(GGUF.mostDimensions)"
      guard count <= reader.cursor.remaining / reader.lengthByteCount else {
        throw GGUFValueReader.Stop(code: .tooManyDimensions, message: message, offset: position)
      }
      reader.problems.report(.tooManyDimensions, message, tensor: name, at: position)
    }
    var shape: [UInt64] = []
    shape.reserveCapacity(count)
    for _ in 0..<count { shape.append(try reader.length()) }
    shape.reverse()
    return shape
  }

  // MARK: - Text and the end

  private mutating func judge(
    _ text: ByteCursor.Text, as role: String, tensor: String?, at position: Int
  ) {
    if text.isPlain { return }
    if !text.isValid {
      reader.problems.report(
        .invalidUTF8,
        "the \(role) \(quoted(text.string)) is no valid UTF-8; the broken bytes are replaced",
        tensor: tensor, at: position)
    }
    if text.string.unicodeScalars.contains(where: isUnprintable) {
      reader.problems.report(
        .controlCharacter, "the \(role) \(quoted(text.string)) holds control characters",
        tensor: tensor, at: position)
    }
  }

  /// A file without tensors ends with its metadata, or with padding after it.
  private mutating func judgeEnd(of part: inout Part) {
    let end = reader.cursor.offset
    part.headerByteCount = min(aligned(end, to: alignment) ?? .max, file.byteCount)
    let byteCount = file.byteCount - end
    // The alignment is the file's claim; no more is read by it than a sensible one asks for.
    let padding =
      (try? file.bytes(
        at: end, count: min(part.headerByteCount - end, GGUF.largestSensibleAlignment))) ?? []
    guard part.headerByteCount < file.byteCount || padding.contains(where: { $0 != 0 }) else {
      return
    }
    reader.problems.report(
      .trailingBytes, "\(byteCount) bytes follow the metadata, but the file has no tensors",
      severity: .warning, at: end)
  }
}

/// The next multiple of an alignment; `nil` where it does not fit.
func aligned(_ offset: Int, to alignment: Int) -> Int? {
  let excess = offset % alignment
  if excess == 0 { return offset }
  let (result, overflow) = offset.addingReportingOverflow(alignment - excess)
  return overflow ? nil : result
}
