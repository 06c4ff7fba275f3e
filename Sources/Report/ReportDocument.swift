import FoundationEssentials

/// The JSON document of `--json`: a report for each model.
public struct ReportDocument: Encodable, Sendable {
  /// Names the keys and their meaning; a change of one of them changes it.
  public static let schemaName = "inspect-report/1"

  /// The program that made it.
  public var tool: Tool
  /// One for each path, in the order of the arguments.
  public var reports: [Report]

  /// Puts reports together.
  public init(version: String, reports: [Report]) {
    tool = Tool(name: "inspect", version: version)
    self.reports = reports
  }

  /// A program and its version.
  public struct Tool: Encodable, Sendable, Equatable {
    var name: String
    var version: String
  }

  enum CodingKeys: String, CodingKey {
    case schema, tool, reports
  }

  /// Encodes the document with the name of its schema.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.schemaName, forKey: .schema)
    try container.encode(tool, forKey: .tool)
    try container.encode(reports, forKey: .reports)
  }

  /// The document as JSON, indented, ending in a newline.
  ///
  /// - Throws: what `JSONEncoder` throws.
  public func json() throws -> [UInt8] {
    try Report.encoded(self, indented: true)
  }
}

extension Report {
  /// The report as one line of JSON, ending in a newline.
  ///
  /// - Throws: what `JSONEncoder` throws.
  public func jsonLine() throws -> [UInt8] {
    try Self.encoded(self, indented: false)
  }

  /// The report in a document of its own.
  ///
  /// - Throws: what `JSONEncoder` throws.
  public func json(version: String) throws -> [UInt8] {
    try ReportDocument(version: version, reports: [self]).json()
  }

  static func encoded(_ value: some Encodable, indented: Bool) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting =
      indented
      ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
      : [.sortedKeys, .withoutEscapingSlashes]
    return JSONEscaping.escapingForTerminals([UInt8](try encoder.encode(value))) + [0x0A]
  }
}
