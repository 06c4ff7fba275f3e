/// The problems of one GGUF file, and a bound on how many are listed.
struct GGUFProblems {
  private(set) var list: [Problem] = []
  private let path: String
  private var unlisted = 0
  private var worstUnlisted: Problem?

  /// A header made to have a problem in every 24 bytes shall not cost more memory than an honest
  /// one; no person reads more than this.
  private static let mostListed = 10_000

  init(path: String) { self.path = path }

  mutating func report(
    _ code: ProblemCode, _ message: String, severity: Problem.Severity? = nil,
    tensor: String? = nil, at offset: Int? = nil
  ) {
    guard list.count < Self.mostListed else {
      unlisted += 1
      let severity = severity ?? code.severity
      if worstUnlisted == nil || (severity == .error && worstUnlisted?.severity != .error) {
        worstUnlisted = Problem(
          code, message, severity: severity, file: path, tensor: tensor, byteOffset: offset)
      }
      return
    }
    list.append(
      Problem(code, message, severity: severity, file: path, tensor: tensor, byteOffset: offset))
  }

  /// All problems, the last one standing for those that are not listed.
  var all: [Problem] {
    guard var last = worstUnlisted else { return list }
    if unlisted > 1 { last.message += " (and \(unlisted - 1) further problems are not listed)" }
    return list + [last]
  }
}
