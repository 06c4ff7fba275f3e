import CKernels
import ModelFile

/// Reads codes that are packed down the columns of a stored matrix, in bands of different widths.
///
///     stored   band of 6 bits   words 0 ..< 6·n/32     a row of words has a word for each output
///              band of 4 bits   words … ..< …
///              …
struct BandedReader: Sendable {
  private let bytes: TensorBytes
  private let bands: [BandedCodes.Band]
  private let rows: Int
  private let columns: Int
  /// For each column the place where it is stored; empty where they lie in order.
  private let order: [Int32]
  /// The last rows that were read.
  private var panel: RowPanel

  /// Codes of all widths are raised so that the middle of each is this.
  static let middle = 128

  init(
    _ description: BandedCodes, rows: Int, columns: Int, matrices: Int, panelRows: Int,
    model: Model, files: [FileReader?]
  ) throws(DecodingError) {
    func mismatch(_ sentence: String) -> DecodingError {
      DecodingError(description.tensor, .mismatch(sentence))
    }
    bytes = try TensorBytes(description.tensor, in: model, files: files)
    let (rowBytes, overflow) = rows.multipliedReportingOverflow(by: 4)
    guard matrices == 1, !overflow, rowBytes > 0 else {
      throw mismatch("bands of a stack are not decoded")
    }
    var (codes, words) = (0, 0)
    for band in description.bands {
      guard (1...8).contains(band.bits), band.count > 0, band.count % 32 == 0,
        band.count <= columns
      else { throw mismatch("the bands cannot be read") }
      codes += band.count
      words += band.count / 32 * band.bits
      guard codes <= columns else { throw mismatch("the bands have more codes than the matrix") }
    }
    guard codes == columns, words <= bytes.byteCount / rowBytes else {
      throw mismatch("the bands do not fill the matrix")
    }
    bands = description.bands
    order =
      try description.order.map { tensor throws(DecodingError) in
        try GroupReader.indexes(
          tensor, columns: columns, matrices: 1, model: model, files: files)
      } ?? []
    self.rows = rows
    self.columns = columns
    panel = RowPanel(rows: rows, rowBytes: columns, panelRows: panelRows)
  }

  /// Reads rows of codes.
  mutating func read(_ range: Range<Int>, matrix: Int) throws(DecodingError) -> [UInt8] {
    if let rows = panel.missing(range, matrix: matrix) {
      panel.hold(try codes(of: rows), of: rows, matrix: matrix)
    }
    return panel.bytes(of: range)
  }

  private func codes(of range: Range<Int>) throws(DecodingError) -> [UInt8] {
    let count = range.count
    var stored = [UInt8](repeating: 0, count: columns * count)
    var (first, done) = (0, 0)
    for band in bands {
      let words = band.count / 32 * band.bits
      let read = try bytes.read(
        rows: first..<first + words, of: rows * 4,
        piece: range.lowerBound * 4..<range.upperBound * 4, matrix: 0)
      stored.withUnsafeMutableBufferPointer { stored in
        read.withUnsafeBufferPointer { read in
          guard let from = read.baseAddress, var to = stored.baseAddress else { return }
          to += done * count
          for code in 0..<band.count {
            let (word, shift) = (code * band.bits).quotientAndRemainder(dividingBy: 32)
            let start = from + word * count * 4
            let below = shift + band.bits > 32 ? start + count * 4 : start
            packed_column(start, below, count, 4, Int32(shift), Int32(band.bits), to)
            to += count
          }
        }
      }
      let raise = UInt8(Self.middle - (1 << (band.bits - 1)))
      if raise > 0 {
        for index in done * count..<(done + band.count) * count { stored[index] += raise }
      }
      first += words
      done += band.count
    }
    return turned(stored, count)
  }

  /// Rows of codes, in the order of the columns, out of columns as they are stored.
  private func turned(_ stored: [UInt8], _ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: stored.count) { result, filled in
      stored.withUnsafeBufferPointer { stored in
        guard let from = stored.baseAddress, let to = result.baseAddress else { return }
        if order.isEmpty {
          packed_transpose(from, columns, count, to)
        } else {
          for column in 0..<columns {
            let line = from + Int(order[column]) * count
            for row in 0..<count { to[row * columns + column] = line[row] }
          }
        }
      }
      filled = stored.count
    }
  }
}
