extension MetadataArray {
  /// Whether two arrays have the same elements, those beyond ``first`` included; where they lie in
  /// their files is no part of that.
  ///
  /// - Parameters:
  ///   - other: the array that this one is compared with.
  ///   - file: the file of this array's part.
  ///   - part: the array's part, for its version and byte order.
  ///   - otherFile: the file of the other's part.
  ///   - otherPart: the other's part.
  /// - Throws: ``FileError`` with the system's reason.
  public func hasElements(
    of other: MetadataArray, in file: FileReader, _ part: Part,
    and otherFile: FileReader, _ otherPart: Part
  ) throws(FileError) -> Bool {
    guard elementType == other.elementType, count == other.count else { return false }
    var a = GGUFValueReader(file: file, array: self, of: part)
    var b = GGUFValueReader(file: otherFile, array: other, of: otherPart)
    let isWrittenAlike =
      part.byteOrder == otherPart.byteOrder && a.lengthByteCount == b.lengthByteCount
    do throws(GGUFValueReader.Stop) {
      guard isWrittenAlike else {
        return try Self.hasSameElements(&a, &b, elementType, count: count, depth: 1)
      }
      try a.skip(elementType, count: count, depth: 1)
      try b.skip(elementType, count: count, depth: 1)
    } catch {
      if let failure = error.fileError { throw failure }
      return false
    }
    let byteCount = a.cursor.offset - offset
    guard byteCount == b.cursor.offset - other.offset else { return false }
    for start in stride(from: 0, to: byteCount, by: Self.comparedAtOnce) {
      let length = min(Self.comparedAtOnce, byteCount - start)
      let bytes = try file.bytes(at: offset + start, count: length)
      guard try bytes == otherFile.bytes(at: other.offset + start, count: length) else {
        return false
      }
    }
    return true
  }

  /// Bytes, or elements, that are compared at a time.
  private static let comparedAtOnce = 1 << 18

  /// Compares elements that two files write in their own ways, one after another.
  private static func hasSameElements(
    _ a: inout GGUFValueReader, _ b: inout GGUFValueReader, _ type: GGUFValueType, count: Int,
    depth: Int
  ) throws(GGUFValueReader.Stop) -> Bool {
    for _ in 0..<count {
      if type == .array {
        let (typeA, typeB) = (try a.valueType(), try b.valueType())
        let (countA, countB) = (try a.length(), try b.length())
        guard typeA == typeB, countA == countB, depth < GGUF.deepestArray,
          let count = Int(exactly: countA),
          try hasSameElements(&a, &b, typeA, count: count, depth: depth + 1)
        else { return false }
      } else {
        let x = try a.elements(type, count: 1, depth: depth)
        let y = try b.elements(type, count: 1, depth: depth)
        guard zip(x, y).allSatisfy({ $0.isSame(as: $1) }) else { return false }
      }
    }
    return true
  }
}

extension MetadataValue {
  /// Whether two values have the same bits; of arrays only what is kept of them counts.
  ///
  /// NaN is itself, 0 is not −0, and characters that look the same may be written differently.
  public func isSame(as other: MetadataValue) -> Bool {
    switch (self, other) {
    case (.float32(let x), .float32(let y)): x.bitPattern == y.bitPattern
    case (.float64(let x), .float64(let y)): x.bitPattern == y.bitPattern
    case (.string(let x), .string(let y)): x.utf8.elementsEqual(y.utf8)
    case (.array(let x), .array(let y)):
      x.elementType == y.elementType && x.count == y.count && x.first.count == y.first.count
        && zip(x.first, y.first).allSatisfy { $0.isSame(as: $1) }
    default: self == other
    }
  }
}

extension GGUFValueReader {
  /// A reader that stands before the first element of an array.
  init(file: FileReader, array: MetadataArray, of part: Part) {
    self.init(file: file, offset: min(array.offset, file.byteCount), part: array.part)
    version = part.version ?? 3
    cursor.byteOrder = part.byteOrder
  }
}
