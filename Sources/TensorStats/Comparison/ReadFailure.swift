import ModelFile

/// Why numbers could not be compared.
enum ReadFailure: Error {
  case file(FileError)
  case notOpen
  case endedEarly
  case decoding(DecodingError)

  /// Does something that reads a file.
  static func wrapping<Value>(
    _ body: () throws(FileError) -> Value
  ) throws(ReadFailure) -> Value {
    do throws(FileError) { return try body() } catch { throw .file(error) }
  }

  /// Does something that decodes packed weights.
  static func decoding<Value>(
    _ body: () throws(DecodingError) -> Value
  ) throws(ReadFailure) -> Value {
    do throws(DecodingError) { return try body() } catch { throw .decoding(error) }
  }

  /// The problem of a tensor.
  func problem(of tensor: Tensor, in model: Model) -> Problem {
    let path = model.parts[tensor.part].path
    let (code, sentence): (ProblemCode, String) =
      switch self {
      case .file(let error): (.readFailed, error.description)
      case .notOpen: (.readFailed, "the file could not be opened again")
      case .decoding(let error): (.readFailed, error.description)
      case .endedEarly: (.changedWhileReading, "the file ends before the tensor does")
      }
    return Problem(
      code, "a tensor could not be read: \(sentence)", file: path, tensor: tensor.name,
      byteOffset: tensor.offset)
  }
}
