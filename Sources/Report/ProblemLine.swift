extension Report.Problem {
  /// The problem in the form that compilers use: `path: error: message [code] (byte 123)`.
  ///
  /// - Parameter path: stands where the problem is about no single file.
  public func line(path: String) -> String {
    let place = byteOffset.map { " (byte \($0))" } ?? ""
    return escapedForTerminal("\(file ?? path): \(severity): \(message) [\(code)]") + place
  }
}
