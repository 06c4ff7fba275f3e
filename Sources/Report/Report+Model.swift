public import ModelFile

// What the headers alone tell.

extension Report.Problem {
  /// The problem as reports have it.
  public init(_ problem: ModelFile.Problem) {
    severity = problem.severity.rawValue
    code = problem.code.rawValue
    message = problem.message
    file = problem.file
    tensor = problem.tensor
    byteOffset = problem.byteOffset
  }
}

extension Report.Status {
  /// `ok` exactly when no problem is an error; `unreadable` where something could not be opened or
  /// read, else `invalid`.
  init(_ problems: [ModelFile.Problem]) {
    let errors = problems.lazy.filter { $0.severity == .error }
    if errors.isEmpty {
      self = .ok
    } else {
      let isUnreadable = errors.contains { $0.code == .unreadable || $0.code == .readFailed }
      self = isUnreadable ? .unreadable : .invalid
    }
  }
}

extension Report.File {
  /// One of a model's files.
  init(_ part: Part) {
    path = part.path
    bytes = part.byteCount
    headerBytes = part.headerByteCount
    dataBytes = max(0, part.byteCount - part.headerByteCount)
    version = part.version
    byteOrder = part.byteOrder.rawValue
    alignment = part.alignment
  }
}

extension Report.Storage {
  /// The storage types of tensors, by bytes descending, then by name.
  static func all(of tensors: [ModelFile.Tensor]) -> [Self] {
    var byType: [String: Self] = [:]
    for tensor in tensors {
      var entry =
        byType[tensor.type.name] ?? Self(type: tensor.type.name, tensors: 0, elements: 0, bytes: 0)
      entry.tensors += 1
      entry.elements = entry.elements.addingClamped(tensor.elementCount)
      entry.bytes = entry.bytes.addingClamped(tensor.byteCount)
      byType[tensor.type.name] = entry
    }
    return byType.values.sorted { ($1.bytes, $0.type) < ($0.bytes, $1.type) }
  }
}

extension MetadataObject {
  /// A model's metadata as one flat object; of a key that stands twice the last value counts.
  public init(_ metadata: [MetadataEntry]) {
    entries = metadata.map { Entry(key: $0.key, value: Value($0.value)) }
  }
}

extension MetadataObject.Value {
  /// A value of GGUF's metadata.
  public init(_ value: MetadataValue) {
    switch value {
    case .string(let text): self = .string(text)
    case .unsigned(let number, _): self = .integer(Int128(number))
    case .signed(let number, _): self = .integer(Int128(number))
    // A float is written with the digits that tell it from its neighbours, not with a double's.
    case .float32(let number): self = .number(Double("\(number)") ?? Double(number))
    case .float64(let number): self = .number(number)
    case .bool(let flag): self = .bool(flag)
    case .array(let array):
      let first = array.first.map(Self.init)
      self =
        array.count > MetadataArray.wholeLimit
        ? .begun(arrayOf: array.elementType.name, count: array.count, first: first)
        : .array(first)
    }
  }

  /// A value of a sidecar.
  public init(_ value: JSONValue) {
    switch value {
    case .null: self = .null
    case .bool(let flag): self = .bool(flag)
    case .integer(let number): self = .integer(Int128(number))
    case .number(let number): self = .number(number)
    case .string(let text): self = .string(text)
    case .array(let values): self = .array(values.map(Self.init))
    case .object(let members):
      self = .object(
        MetadataObject(
          entries: members.sorted { $0.key < $1.key }
            .map { MetadataObject.Entry(key: $0.key, value: Self($0.value)) }))
    }
  }
}

extension Int {
  /// A sum that stops at the largest number: headers may claim any sizes.
  func addingClamped(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
