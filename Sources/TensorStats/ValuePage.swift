public import ModelFile

/// Some numbers of a tensor, decoded for showing them by index.
public enum ValuePage {
  /// The numbers from an index on, in row-major order of ``Reading/shape``: of packed tensors the
  /// weights that they stand for.
  ///
  /// - Parameters:
  ///   - reading: how the tensor is read.
  ///   - model: where the tensor is.
  ///   - start: the index of the first number.
  ///   - count: how many are wanted.
  /// - Returns: the numbers, fewer where the tensor ends first; none of complex types.
  /// - Throws: ``Unmeasurable`` with the problem that keeps them from being read.
  public static func numbers(
    of reading: Reading, in model: Model, from start: Int, count: Int
  ) throws(Unmeasurable) -> [Double] {
    let job = try ScanJob(reading, index: 0, of: model)
    guard start >= 0, count > 0, start < job.elementCount, job.kind != .complex else { return [] }
    let range = start..<start + min(count, job.elementCount - start)
    switch job.source {
    case .plain(let type, _): return try elements(range, of: job, as: type, in: model)
    case .packed(let decoder):
      do throws(DecodingError) {
        return try weights(range, decoder, shape: reading.shape, in: model)
      } catch {
        throw job.unmeasurable(error, of: model)
      }
    }
  }

  private static func elements(
    _ range: Range<Int>, of job: ScanJob, as type: ElementType, in model: Model
  ) throws(Unmeasurable) -> [Double] {
    var files = [FileReader?](repeating: nil, count: model.parts.count)
    files[job.tensor.part] = try? FileReader(path: job.part.path)
    let raw = UnsafeMutableRawBufferPointer.allocate(
      byteCount: ElementReader.rawByteCount(of: type), alignment: 64)
    defer { raw.deallocate() }
    var numbers = [Double](repeating: 0, count: range.count)
    do throws(ReadFailure) {
      let reader = try ElementReader(job.tensor, as: type, of: model, files: files, raw: raw)
      var done = 0
      while done < range.count {
        let taken = min(ElementReader.mostElements, range.count - done)
        let first = range.lowerBound + done
        try numbers.withUnsafeMutableBufferPointer { numbers throws(ReadFailure) in
          try reader.read(
            first..<first + taken,
            into: UnsafeMutableBufferPointer(rebasing: numbers[done..<done + taken]))
        }
        done += taken
      }
    } catch {
      throw Unmeasurable(error.problem(of: job.tensor, in: model))
    }
    return numbers
  }

  /// Decodes the rows that the weights lie in; what was not asked for is dropped.
  private static func weights(
    _ range: Range<Int>, _ decoder: PackedDecoder, shape: [Int], in model: Model
  ) throws(DecodingError) -> [Double] {
    var reader = try PackedReader(decoder, shape: shape, model: model, files: model.openFiles())
    let columns = reader.columns
    let rows =
      range.lowerBound
      / columns..<min(
        (range.upperBound + columns - 1) / columns, reader.rows)
    guard !rows.isEmpty else { return [] }
    var floats = [Float](repeating: 0, count: rows.count * columns)
    try floats.withUnsafeMutableBufferPointer { floats throws(DecodingError) in
      try reader.read(rows: rows, into: floats)
    }
    let first = range.lowerBound - rows.lowerBound * columns
    return floats[first..<min(first + range.count, floats.count)].map(Double.init)
  }
}
