import FoundationEssentials

/// Writes reports as JSON, piece by piece: the tensors of a large model alone can take more memory
/// than everything else.
public struct ReportDocument {
  /// Names the keys and their meaning; a change of one of them changes it.
  public static let schemaName = "inspect-report/1"

  private let version: String
  private let write: ([UInt8]) -> Void
  private var reportCount = 0

  /// Begins a document.
  ///
  /// - Parameters:
  ///   - version: the program's version.
  ///   - write: gets the pieces in order.
  public init(version: String, write: @escaping ([UInt8]) -> Void) {
    self.version = version
    self.write = write
    write(Array("{\n  \"reports\" : [".utf8))
  }

  /// Writes a report behind those that were written.
  ///
  /// - Throws: what `JSONEncoder` throws.
  public mutating func add(_ report: Report) throws {
    write(Array((reportCount == 0 ? "\n" : ",\n").utf8))
    reportCount += 1
    try report.writeJSON(isIndented: true, write)
  }

  /// Ends the document.
  ///
  /// - Throws: what `JSONEncoder` throws.
  public func end() throws {
    let tool = try Report.encoded(Tool(name: "inspect", version: version), isIndented: false)
    write(Array("\n  ],\n  \"schema\" : \"\(Self.schemaName)\",\n  \"tool\" : ".utf8) + tool)
    write(Array("\n}\n".utf8))
  }

  /// A program and its version.
  public struct Tool: Encodable, Sendable, Equatable {
    var name: String
    var version: String
  }
}

extension Report {
  /// The report as one line of JSON, ending in a newline.
  ///
  /// - Throws: what `JSONEncoder` throws.
  public func writeJSONLine(_ write: ([UInt8]) -> Void) throws {
    try writeJSON(isIndented: false, write)
    write([0x0A])
  }

  /// The report in a document of its own.
  ///
  /// - Throws: what `JSONEncoder` throws.
  public func json(version: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try withoutActuallyEscaping({ bytes += $0 }) { write in
      var document = ReportDocument(version: version, write: write)
      try document.add(self)
      try document.end()
    }
    return bytes
  }

  /// Tensors that are encoded at a time.
  private static let tensorsPerPiece = 256

  /// Writes all but the tensors in one piece, cut in two where they belong.
  fileprivate func writeJSON(isIndented: Bool, _ write: ([UInt8]) -> Void) throws {
    var rest = self
    rest.tensors = []
    // A key that no file can hold, as nobody knows it beforehand, stands for the place.
    let mark = "tensors-\(UInt64.random(in: .min ... .max))"
    let encoded = try Self.encoded(Marked(report: rest, mark: mark), isIndented: isIndented)
    let quotedMark = Array("\"\(mark)\"".utf8)
    guard let place = encoded.firstRange(of: quotedMark) else { return write(encoded) }
    write(Array(encoded[..<place.lowerBound]))
    write([UInt8(ascii: "[")])
    for start in stride(from: 0, to: tensors.count, by: Self.tensorsPerPiece) {
      let piece = tensors[start..<min(start + Self.tensorsPerPiece, tensors.count)]
      var lines: [UInt8] = []
      for (index, tensor) in piece.enumerated() {
        if start + index > 0 { lines.append(UInt8(ascii: ",")) }
        if isIndented { lines += Array("\n    ".utf8) }
        lines += try Self.encoded(tensor, isIndented: false)
      }
      write(lines)
    }
    write([UInt8(ascii: "]")])
    write(Array(encoded[place.upperBound...]))
  }

  /// A report with a mark in the place of its tensors.
  private struct Marked: Encodable {
    var report: Report
    var mark: String

    func encode(to encoder: any Encoder) throws {
      try report.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(mark, forKey: .tensors)
    }
  }

  static func encoded(_ value: some Encodable, isIndented: Bool) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting =
      isIndented
      ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
      : [.sortedKeys, .withoutEscapingSlashes]
    return JSONEscaping.escapingForTerminals([UInt8](try encoder.encode(value)))
  }
}

extension Array<UInt8> {
  /// Where a sequence of bytes stands first.
  fileprivate func firstRange(of sought: [UInt8]) -> Range<Int>? {
    guard let first = sought.first else { return nil }
    var start = 0
    while let found = self[start...].firstIndex(of: first) {
      if self[found...].starts(with: sought) { return found..<(found + sought.count) }
      start = found + 1
    }
    return nil
  }
}
