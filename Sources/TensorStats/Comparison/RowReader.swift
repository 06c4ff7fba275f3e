import ModelFile

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Reads rows of one side of a pair, however it is stored.
struct RowReader {
  private let side: ReadingPair.Side
  private var source: Source

  private enum Source {
    case plain(ElementReader)
    case packed(PackedReader)
  }

  /// Rows that are best read at once.
  var preferredRowCount: Int {
    switch source {
    case .plain: 1
    case .packed(let reader): reader.preferredRowCount
    }
  }

  /// Prepares to read.
  ///
  /// - Parameter raw: belongs to the reader until it is done.
  init(
    _ side: ReadingPair.Side, model: Model, files: [FileReader?],
    raw: UnsafeMutableRawBufferPointer
  ) throws(ReadFailure) {
    self.side = side
    switch side.reading.decoder {
    case .plain(let type):
      source = .plain(
        try ElementReader(
          model.tensors[side.reading.tensor], as: type, of: model, files: files, raw: raw))
    case .packed(let decoder):
      source = .packed(
        try ReadFailure.decoding { () throws(DecodingError) in
          try PackedReader(decoder, shape: side.reading.shape, model: model, files: files)
        })
    }
  }

  /// Reads rows, counted from the first that takes part.
  ///
  /// - Parameter floats: room for as many rows.
  mutating func read(
    _ rows: Range<Int>, into floats: UnsafeMutableBufferPointer<Float>
  ) throws(ReadFailure) {
    let rows = rows.lowerBound + side.firstRow..<rows.upperBound + side.firstRow
    switch source {
    case .packed(var reader):
      guard rows.upperBound <= reader.rows else { throw .endedEarly }
      // What it has read ahead is kept for the next rows.
      defer { source = .packed(reader) }
      try ReadFailure.decoding { () throws(DecodingError) in
        try reader.read(rows: rows, into: floats)
      }
    case .plain(let reader):
      let end = rows.upperBound * side.columns
      var element = rows.lowerBound * side.columns
      var done = 0
      while element < end {
        let count = min(ElementReader.mostElements, end - element)
        try reader.read(
          element..<element + count,
          into: UnsafeMutableBufferPointer(rebasing: floats[done..<done + count]))
        element += count
        done += count
      }
    }
    switch side.conversion {
    case .none: break
    case .addingOne:
      for index in 0..<rows.count * side.columns { floats[index] += 1 }
    case .negatedExponential:
      for index in 0..<rows.count * side.columns { floats[index] = -exp(floats[index]) }
    }
  }
}
