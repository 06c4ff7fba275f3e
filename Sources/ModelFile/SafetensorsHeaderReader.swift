/// Reads the JSON of a safetensors header into entries and metadata.
///
/// An entry of the wrong form is a problem on that tensor and reading goes on; only text that is no
/// JSON ends it.
struct SafetensorsHeaderReader {
  /// The entries in their order; of a name that stands twice the last one.
  var entries: [SafetensorsEntry] {
    if superseded.isEmpty { return slots }
    return slots.indices.filter { !superseded.contains($0) }.map { slots[$0] }
  }
  private(set) var metadata: [MetadataEntry] = []
  private(set) var problems: [Problem] = []
  /// Whether every entry could be read, so that gaps between them mean something.
  private(set) var isComplete = true

  private let file: String
  private var scanner: JSONScanner
  private var slots: [SafetensorsEntry] = []
  /// The entries whose name stands again further on.
  private var superseded: Set<Int> = []
  private var slotOfName: [String: Int] = [:]
  private var hasMetadata = false

  init(text: [UInt8], file: FileReader, part: Int) {
    self.file = file.path
    scanner = JSONScanner(text)
    // Entries of real headers take about a hundred bytes; growing step by step would hash anew.
    slots.reserveCapacity(text.count / 100)
    slotOfName.reserveCapacity(text.count / 100)
  }

  /// Reads the whole header.
  mutating func read() {
    var start = scanner
    start.skipWhitespace()
    if start.position > 0, start.position < scanner.bytes.count {
      report(.headerWhitespace, "white space stands before the header's \"{\"", at: 0)
    }
    if !scanner.bytes.count.isMultiple(of: 8) {
      report(
        .headerUnpadded,
        "the header has \(scanner.bytes.count) bytes, no multiple of 8, so no tensor is aligned",
        at: -8)
    }
    do throws(JSONScanner.Failure) {
      guard try scanner.kind() == .object else {
        isComplete = false
        return report(.headerNotJSON, "the header is JSON but no object", at: start.position)
      }
      // The scanner is moved out for the walk, as its closures change other members of self.
      var walker = scanner
      try walker.object { scanner, key, position throws(JSONScanner.Failure) in
        if key == "__metadata__" {
          try readMetadata(&scanner, at: position)
        } else {
          try readEntry(&scanner, name: key, at: position)
        }
      }
      try walker.end()
    } catch {
      isComplete = false
      report(.headerNotJSON, "the header is no JSON: \(error.message)", at: error.position)
    }
  }

  // MARK: - Metadata

  private mutating func readMetadata(
    _ scanner: inout JSONScanner, at position: Int
  ) throws(JSONScanner.Failure) {
    if hasMetadata {
      report(.duplicateField, "\"__metadata__\" stands twice", at: position)
    }
    hasMetadata = true
    switch try scanner.kind() {
    case .null: try scanner.null()
    case .object:
      var indexOfKey: [String: Int] = [:]
      try scanner.object { scanner, key, position throws(JSONScanner.Failure) in
        guard try scanner.kind() == .string else {
          report(
            .invalidMetadata, "the metadata value of \(quoted(key)) is no string", at: position)
          return try scanner.skipValue()
        }
        let value = MetadataValue.string(try scanner.string())
        if let index = indexOfKey[key] {
          report(
            .duplicateKey, "the metadata key \(quoted(key)) stands twice, the last one counts",
            severity: .warning, at: position)
          metadata[index].value = value
        } else {
          indexOfKey[key] = metadata.count
          metadata.append(MetadataEntry(key: key, value: value))
        }
      }
    default:
      report(.invalidMetadata, "\"__metadata__\" is no object", at: position)
      try scanner.skipValue()
    }
  }

  // MARK: - Entries

  /// The fields of an entry as far as they were read.
  private struct Fields {
    var dtype: String?
    var shape: [UInt64]?
    var offsets: [UInt64]?
  }

  private mutating func readEntry(
    _ scanner: inout JSONScanner, name: String, at position: Int
  ) throws(JSONScanner.Failure) {
    var fields = Fields()
    let problemCount = problems.count
    switch try scanner.kind() {
    case .object: try readFields(&scanner, of: name, into: &fields)
    case .array:
      // serde takes the fields of a struct in their order, too.
      report(
        .unusualEntry, "the entry of \(quoted(name)) is an array instead of an object",
        tensor: name, at: position)
      var index = 0
      try scanner.array { scanner throws(JSONScanner.Failure) in
        let field = index < 3 ? ["dtype", "shape", "data_offsets"][index] : ""
        index += 1
        try readField(&scanner, field, of: name, into: &fields)
      }
    default:
      report(
        .invalidEntry, "the entry of \(quoted(name)) is no object", tensor: name, at: position)
      isComplete = false
      return try scanner.skipValue()
    }
    guard let dtype = fields.dtype, let shape = fields.shape, let offsets = fields.offsets else {
      let missing = [
        fields.dtype == nil ? "dtype" : nil, fields.shape == nil ? "shape" : nil,
        fields.offsets == nil ? "data_offsets" : nil,
      ].compactMap { $0 }
      if problems.count == problemCount {
        report(
          .invalidEntry,
          "the entry of \(quoted(name)) lacks \(missing.joined(separator: " and "))",
          tensor: name, at: position)
      }
      isComplete = false
      return
    }
    keep(
      SafetensorsEntry(
        name: name, position: 8 + position, dtype: dtype, shape: shape, begin: offsets[0],
        end: offsets[1]))
  }

  /// Keeps an entry; of a name that stands twice the last one, as the reference reader does.
  private mutating func keep(_ entry: SafetensorsEntry) {
    if let slot = slotOfName.updateValue(slots.count, forKey: entry.name) {
      report(
        .duplicateTensor, "the tensor \(quoted(entry.name)) stands twice, the last one counts",
        severity: .warning, tensor: entry.name, at: entry.position - 8)
      superseded.insert(slot)
    }
    if hasUnprintable(entry.name) {
      report(
        .controlCharacter, "the name of tensor \(quoted(entry.name)) holds control characters",
        tensor: entry.name, at: entry.position - 8)
    }
    slots.append(entry)
  }

  private mutating func readFields(
    _ scanner: inout JSONScanner, of name: String, into fields: inout Fields
  ) throws(JSONScanner.Failure) {
    // The three fields are told by a bit each, as a set would cost more than all the rest.
    var known = 0
    var unknown: Set<String> = []
    try scanner.object { scanner, field, position throws(JSONScanner.Failure) in
      let bit = field == "dtype" ? 1 : field == "shape" ? 2 : field == "data_offsets" ? 4 : 0
      if bit > 0 ? known & bit > 0 : !unknown.insert(field).inserted {
        report(
          .duplicateField, "the field \(quoted(field)) of \(quoted(name)) stands twice",
          tensor: name, at: position)
      }
      known |= bit
      try readField(&scanner, field, of: name, into: &fields)
    }
  }

  private mutating func readField(
    _ scanner: inout JSONScanner, _ field: String, of name: String, into fields: inout Fields
  ) throws(JSONScanner.Failure) {
    scanner.skipWhitespace()
    let position = scanner.position
    switch field {
    case "dtype": fields.dtype = try readType(&scanner, of: name)
    case "shape": fields.shape = try readWholeNumbers(&scanner, "shape", of: name)
    case "data_offsets":
      guard let offsets = try readWholeNumbers(&scanner, "data_offsets", of: name) else { return }
      guard offsets.count == 2 else {
        return report(
          .invalidEntry, "the data_offsets of \(quoted(name)) are \(offsets.count) numbers, not 2",
          tensor: name, at: position)
      }
      fields.offsets = offsets
    default:
      report(
        .unknownField, "the entry of \(quoted(name)) has an unknown field \(quoted(field))",
        tensor: name, at: position)
      try scanner.skipValue()
    }
  }

  private mutating func readType(
    _ scanner: inout JSONScanner, of name: String
  ) throws(JSONScanner.Failure) -> String? {
    let kind = try scanner.kind()
    let position = scanner.position
    switch kind {
    case .string: return try scanner.string()
    case .object:
      // serde takes an enum's case as {"U8": null}, too.
      var names: [String] = []
      var isUnit = true
      try scanner.object { scanner, key, _ throws(JSONScanner.Failure) in
        names.append(key)
        if try scanner.kind() != .null { isUnit = false }
        try scanner.skipValue()
      }
      if names.count == 1, isUnit {
        report(
          .unusualEntry, "the dtype of \(quoted(name)) is an object instead of a string",
          tensor: name, at: position)
        return names[0]
      }
    default: try scanner.skipValue()
    }
    report(.invalidEntry, "the dtype of \(quoted(name)) is no string", tensor: name, at: position)
    return nil
  }

  private mutating func readWholeNumbers(
    _ scanner: inout JSONScanner, _ field: String, of name: String
  ) throws(JSONScanner.Failure) -> [UInt64]? {
    let kind = try scanner.kind()
    let position = scanner.position
    var numbers: [UInt64] = []
    var isValid = kind == .array
    if isValid {
      try scanner.array { scanner throws(JSONScanner.Failure) in
        guard try scanner.kind() == .number else {
          isValid = false
          return try scanner.skipValue()
        }
        if case .unsigned(let value) = try scanner.number() {
          numbers.append(value)
        } else {
          isValid = false
        }
      }
    } else {
      try scanner.skipValue()
    }
    if isValid { return numbers }
    report(
      .invalidEntry, "the \(field) of \(quoted(name)) must be an array of whole numbers below 2^64",
      tensor: name, at: position)
    return nil
  }

  // MARK: - Problems

  private mutating func report(
    _ code: ProblemCode, _ message: String, severity: Problem.Severity? = nil,
    tensor: String? = nil, at position: Int
  ) {
    problems.append(
      Problem(
        code, message, severity: severity, file: file, tensor: tensor, byteOffset: 8 + position))
  }
}
