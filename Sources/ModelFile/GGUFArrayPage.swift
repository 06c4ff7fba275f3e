extension MetadataArray {
  /// Some of the elements, read from the file again: those beyond ``first`` are not kept.
  ///
  /// Elements of a fixed size are found at once; strings are counted from the first, which takes a
  /// few milliseconds for the largest vocabularies.
  ///
  /// - Parameters:
  ///   - start: the index of the first element that is wanted.
  ///   - count: how many are wanted.
  ///   - file: the file of the array's part.
  ///   - part: the array's part, for its version and byte order.
  /// - Returns: the elements, fewer where the array or the file ends first.
  /// - Throws: ``FileError`` with the system's reason.
  public func values(from start: Int, count: Int, in file: FileReader, of part: Part)
    throws(FileError) -> [MetadataValue]
  {
    guard start >= 0, start < self.count, count > 0, offset <= file.byteCount else { return [] }
    var reader = GGUFValueReader(file: file, array: self, of: part)
    do throws(GGUFValueReader.Stop) {
      try reader.skip(elementType, count: start, depth: 1)
      return try reader.elements(elementType, count: min(count, self.count - start), depth: 1)
    } catch {
      if let failure = error.fileError { throw failure }
      return []
    }
  }
}
