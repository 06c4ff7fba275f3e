import ModelFile

/// The bytes of one tensor, read at positions.
///
/// A stack of matrices has its bytes divided evenly among them; a tensor with the bytes of one matrix
/// serves all.
struct TensorBytes: Sendable {
  let index: Int
  /// The bytes of one matrix.
  private(set) var byteCount: Int
  private let file: FileReader
  private let offset: Int
  /// Rows of at most so many bytes are read whole where pieces of several are wanted.
  private static let shortRow = 4096

  /// From one matrix to the next; 0 where all share the bytes.
  private var stride = 0

  /// Pieces of rows that are kept, as what is read next lies in them.
  private var window: Window?

  private struct Window: Sendable {
    var rows: Range<Int>
    var rowBytes: Int
    var piece: Range<Int>
    var matrix: Int
    var bytes: [UInt8]
  }

  /// A window is no larger: each worker of a scan has one of each tensor that it reads from.
  static let windowBytes = 2 << 20

  /// Finds a tensor that can be read.
  init(_ index: Int, in model: Model, files: [FileReader?]) throws(DecodingError) {
    guard model.tensors.indices.contains(index) else {
      throw DecodingError(index, .mismatch("the description names a tensor that is not there"))
    }
    let tensor = model.tensors[index]
    guard tensor.isReadable, model.parts.indices.contains(tensor.part),
      files.indices.contains(tensor.part), let file = files[tensor.part]
    else { throw DecodingError(index, .mismatch("the tensor cannot be read")) }
    guard model.parts[tensor.part].byteOrder == .little else {
      throw DecodingError(index, .mismatch("packed weights are not defined in big-endian files"))
    }
    self.index = index
    self.file = file
    offset = tensor.offset
    byteCount = tensor.byteCount
  }

  /// Divides the bytes among matrices, each of which needs so many.
  mutating func divide(among matrices: Int, needing needed: Int) throws(DecodingError) {
    let (all, overflow) = needed.multipliedReportingOverflow(by: matrices)
    if !overflow, byteCount >= all {
      byteCount /= matrices
      stride = byteCount
    } else if byteCount < needed {
      throw DecodingError(
        index, .mismatch("the tensor has \(byteCount) bytes where its codes need \(needed)"))
    }
  }

  /// Reads equal pieces of consecutive rows, one behind the other.
  ///
  /// - Parameters:
  ///   - rows: the rows, each `rowBytes` long.
  ///   - piece: the bytes of each row that are wanted.
  ///   - matrix: the matrix of the stack.
  ///   - padding: zero bytes behind the last piece, so that a load may reach beyond it.
  func read(
    rows: Range<Int>, of rowBytes: Int, piece: Range<Int>, matrix: Int, padding: Int = 0
  ) throws(DecodingError) -> [UInt8] {
    guard rows.lowerBound >= 0, piece.lowerBound >= 0, piece.upperBound <= rowBytes,
      rows.isEmpty || (rows.upperBound - 1) * rowBytes + piece.upperBound <= byteCount
    else {
      throw DecodingError(index, .mismatch("the description leads beyond the tensor's bytes"))
    }
    if let window, window.matrix == matrix, window.rowBytes == rowBytes,
      window.rows.clamped(to: rows) == rows, window.piece.clamped(to: piece) == piece
    {
      return Self.pieces(of: window, rows, piece, padding)
    }
    var bytes = [UInt8](repeating: 0, count: rows.count * piece.count + padding)
    let start = offset + matrix * stride
    try bytes.withUnsafeMutableBufferPointer { target throws(DecodingError) in
      let buffer = UnsafeMutableRawBufferPointer(target)
      if piece.count == rowBytes {
        try fill(buffer, 0..<rows.count * rowBytes, from: start + rows.lowerBound * rowBytes)
      } else if rows.count > 1, rowBytes <= Self.shortRow {
        try fillPieces(buffer, rows, of: rowBytes, piece, from: start)
      } else {
        for (i, row) in rows.enumerated() {
          try fill(
            buffer, i * piece.count..<(i + 1) * piece.count,
            from: start + row * rowBytes + piece.lowerBound)
        }
      }
    }
    return bytes
  }

  /// Reads equal pieces of rows and keeps them, unless they are kept already or too large: many small
  /// pieces that are read one by one cost a system call each.
  mutating func keep(
    rows: Range<Int>, of rowBytes: Int, piece: Range<Int>, matrix: Int
  ) throws(DecodingError) {
    let (size, overflow) = rows.count.multipliedReportingOverflow(by: piece.count)
    guard !overflow, size <= Self.windowBytes else { return }
    window = nil
    let bytes = try read(rows: rows, of: rowBytes, piece: piece, matrix: matrix)
    window = Window(rows: rows, rowBytes: rowBytes, piece: piece, matrix: matrix, bytes: bytes)
  }

  private static func pieces(
    of window: Window, _ rows: Range<Int>, _ piece: Range<Int>, _ padding: Int
  ) -> [UInt8] {
    let count = rows.count * piece.count + padding
    return [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      let target = UnsafeMutableRawBufferPointer(target)
      window.bytes.withUnsafeBytes { bytes in
        for (i, row) in rows.enumerated() {
          let from =
            (row - window.rows.lowerBound) * window.piece.count + piece.lowerBound
            - window.piece.lowerBound
          UnsafeMutableRawBufferPointer(rebasing: target[(i * piece.count)...]).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: bytes[from..<from + piece.count]))
        }
      }
      for i in count - padding..<count { target[i] = 0 }
      initialized = count
    }
  }

  /// Reads all bytes of a matrix.
  func readAll(matrix: Int = 0) throws(DecodingError) -> [UInt8] {
    try read(rows: 0..<1, of: byteCount, piece: 0..<byteCount, matrix: matrix)
  }

  /// Reads rows whole, many at once, and copies their pieces: cheaper than a system call for each.
  private func fillPieces(
    _ buffer: UnsafeMutableRawBufferPointer, _ rows: Range<Int>, of rowBytes: Int,
    _ piece: Range<Int>, from start: Int
  ) throws(DecodingError) {
    let most = min(rows.count, 64 * Self.shortRow / rowBytes)
    var block = [UInt8](repeating: 0, count: most * rowBytes)
    var row = rows.lowerBound
    while row < rows.upperBound {
      let count = min(most, rows.upperBound - row)
      let to = (row - rows.lowerBound) * piece.count
      try block.withUnsafeMutableBufferPointer { block throws(DecodingError) in
        let block = UnsafeMutableRawBufferPointer(block)
        // The last row need not be there beyond its piece.
        try fill(
          block, 0..<(count - 1) * rowBytes + piece.upperBound, from: start + row * rowBytes)
        for i in 0..<count {
          let from = i * rowBytes + piece.lowerBound
          UnsafeMutableRawBufferPointer(rebasing: buffer[(to + i * piece.count)...]).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: block[from..<from + piece.count]))
        }
      }
      row += count
    }
  }

  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer, _ range: Range<Int>, from position: Int
  ) throws(DecodingError) {
    guard !range.isEmpty else { return }
    let count: Int
    do throws(FileError) {
      count = try file.read(
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[range]), at: position)
    } catch {
      throw DecodingError(index, .unreadable(error))
    }
    guard count == range.count else { throw DecodingError(index, .endedEarly) }
  }
}

extension [UInt8] {
  /// Little-endian words of so many bytes, at most eight.
  func words(of width: Int) -> [UInt64] {
    stride(from: 0, to: count - width + 1, by: width).map { start in
      (0..<width).reduce(0) { $0 | UInt64(self[start + $1]) << UInt64(8 * $1) }
    }
  }
}
