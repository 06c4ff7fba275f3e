import ModelFile

/// Reads ranges of a tensor's rows as float32.
struct RowSource {
  let rows: Int
  let columns: Int
  /// Values that are decoded together: ranges begin and end with a multiple.
  let unit: Int

  private let job: ScanJob
  private let type: ElementType
  private let blockBytes: Int
  private let file: FileReader
  private let scale: Float

  /// Opens a reading; `nil` where it is empty or cannot be decoded.
  init?(_ reading: Reading, of model: Model) {
    guard let job = try? ScanJob(reading, index: 0, of: model), job.kind != .complex,
      case .plain(let type, let layout) = job.source,
      let file = try? FileReader(path: job.part.path),
      job.part.identity == nil || job.part.identity == file.identity
    else { return nil }
    columns = reading.shape.last ?? 1
    guard job.elementCount > 0, columns > 0, columns % layout.elements == 0 else { return nil }
    rows = job.elementCount / columns
    unit = layout.elements
    blockBytes = layout.bytes
    self.type = type
    scale = job.scale(file) ?? 1
    self.job = job
    self.file = file
  }

  /// The values of some columns of a row; `nil` where they cannot be read.
  func values(row: Int, columns range: Range<Int>) -> [Float]? {
    let start = row * columns + range.lowerBound / unit * unit
    let count = (range.upperBound + unit - 1) / unit * unit - range.lowerBound / unit * unit
    let byteCount = count / unit * blockBytes
    guard
      let bytes = try? file.bytes(
        at: job.tensor.offset + start / unit * blockBytes, count: byteCount),
      bytes.count == byteCount
    else { return nil }
    let values = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      bytes.withUnsafeBytes {
        initialized = type.decodeBlocks(
          $0, into: buffer, byteOrder: job.part.byteOrder, scale: scale)
      }
    }
    let first = range.lowerBound % unit
    guard values.count == count else { return nil }
    return first == 0 && range.count == count
      ? values : Array(values[first..<(first + range.count)])
  }
}
