public import ModelFile

/// Some values of a tensor, decoded for showing them by index.
public enum ValuePage {
  /// The elements from an index on, as stored: a packed code is a number, not a weight.
  ///
  /// - Parameters:
  ///   - tensor: a readable tensor of a decodable type.
  ///   - part: its file's byte order is taken from here.
  ///   - file: its file.
  ///   - start: the index of the first element in row-major order.
  ///   - count: how many are wanted.
  /// - Returns: the elements, fewer where the tensor or the file ends first.
  /// - Throws: ``FileError`` with the system's reason.
  public static func elements(
    of tensor: Tensor, in part: Part, file: FileReader, from start: Int, count: Int
  ) throws(FileError) -> [Double] {
    guard let layout = tensor.type.layout, tensor.isReadable, start >= 0, count > 0,
      start < tensor.elementCount, layout.rowBytes == 0
    else { return [] }
    // Whole blocks are decoded, what was not asked for is dropped.
    let firstBlock = start / layout.elements
    let end = min(start + count, tensor.elementCount)
    let blocks = (end + layout.elements - 1) / layout.elements - firstBlock
    let bytes = try file.bytes(
      at: tensor.offset + firstBlock * layout.bytes, count: blocks * layout.bytes)
    var scale: Float = 1
    if layout.tailBytes > 0 {
      let tail = try file.bytes(
        at: tensor.offset + tensor.byteCount - layout.tailBytes, count: layout.tailBytes)
      scale = tail.withUnsafeBytes { $0.count < 4 ? 1 : $0.loadUnaligned(as: Float.self) }
    }
    var floats = [Float](repeating: 0, count: blocks * layout.elements)
    let decoded = bytes.withUnsafeBytes { bytes in
      floats.withUnsafeMutableBufferPointer { floats in
        tensor.type.decodeBlocks(bytes, into: floats, byteOrder: part.byteOrder, scale: scale)
      }
    }
    let first = start - firstBlock * layout.elements
    return floats[min(first, decoded)..<min(end - firstBlock * layout.elements, decoded)]
      .map(Double.init)
  }
}
