/// Something that is wrong, or worth a doubt, in a model's files.
public struct Problem: Hashable, Sendable {
  /// How bad it is.
  public var severity: Severity
  /// The stable identifier that scripts and `inspect explain` use.
  public var code: ProblemCode
  /// One sentence: what is wrong and what was expected.
  ///
  /// Text from the file is quoted in it as it is; whoever shows it escapes it.
  public var message: String
  /// The path of the part it lies in, where it lies in one.
  public var file: String?
  /// The tensor that it is about, where it is about one.
  public var tensor: String?
  /// Where in `file` the cause stands.
  public var byteOffset: Int?

  /// Describes a problem; its severity is that of its code unless given.
  public init(
    _ code: ProblemCode,
    _ message: String,
    severity: Severity? = nil,
    file: String? = nil,
    tensor: String? = nil,
    byteOffset: Int? = nil
  ) {
    self.severity = severity ?? code.severity
    self.code = code
    self.message = message
    self.file = file
    self.tensor = tensor
    self.byteOffset = byteOffset
  }

  /// How bad a problem is: an error makes a model invalid or unreadable.
  public enum Severity: String, Hashable, Sendable, CaseIterable {
    case error, warning, note
  }
}
