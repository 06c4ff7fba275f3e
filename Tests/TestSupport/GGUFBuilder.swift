public import ModelFile

/// Writes GGUF files for tests, wrong ones too.
///
/// ```swift
/// var file = GGUFBuilder()
/// file.set("general.architecture", .string("llama"))
/// file.add("output.weight", type: .q8_0, shape: [2, 32], data: blocks)
/// let bytes = file.bytes
/// ```
public struct GGUFBuilder: Sendable {
  /// The version number, of which 1 has 32-bit lengths and counts.
  public var version: UInt32 = 3
  /// The order of bytes in the header; data is taken as it is.
  public var byteOrder = ByteOrder.little
  /// Where tensors are placed; it is not declared unless ``set(_:_:)`` does so.
  public var alignment = 32
  /// The first four bytes.
  public var magic: [UInt8] = Array("GGUF".utf8)
  /// The counts of the header, where they should not be true.
  public var declaredTensorCount: UInt64?
  /// As ``declaredTensorCount``.
  public var declaredKeyCount: UInt64?
  /// Whether the last tensor is padded, too.
  public var padsLastTensor = true
  /// What follows the data.
  public var trailingBytes: [UInt8] = []

  private var entries: [(key: [UInt8], type: UInt32, value: Value)] = []
  private var tensors: [TensorEntry] = []

  private struct TensorEntry {
    var name: [UInt8]
    var type: UInt32
    var shape: [UInt64]
    var data: [UInt8]
    var offset: UInt64?
  }

  /// A value of a key.
  public indirect enum Value: Sendable {
    case u8(UInt8), i8(Int8), u16(UInt16), i16(Int16), u32(UInt32), i32(Int32)
    case u64(UInt64), i64(Int64), f32(Float), f64(Double)
    /// A bool's byte.
    case bool(UInt8)
    case string(String)
    /// A string that may be no UTF-8.
    case text([UInt8])
    /// An array of elements of one type.
    case array(GGUFValueType, [Value])
    /// A value type and bytes that need not fit it.
    case raw(UInt32, [UInt8])

    var type: UInt32 {
      switch self {
      case .u8: GGUFValueType.u8.rawValue
      case .i8: GGUFValueType.i8.rawValue
      case .u16: GGUFValueType.u16.rawValue
      case .i16: GGUFValueType.i16.rawValue
      case .u32: GGUFValueType.u32.rawValue
      case .i32: GGUFValueType.i32.rawValue
      case .u64: GGUFValueType.u64.rawValue
      case .i64: GGUFValueType.i64.rawValue
      case .f32: GGUFValueType.f32.rawValue
      case .f64: GGUFValueType.f64.rawValue
      case .bool: GGUFValueType.bool.rawValue
      case .string, .text: GGUFValueType.string.rawValue
      case .array: GGUFValueType.array.rawValue
      case .raw(let type, _): type
      }
    }
  }

  /// Begins a file of version 3 without keys and tensors.
  public init() {}

  /// Appends a key; one that is there already then stands twice.
  public mutating func set(_ key: String, _ value: Value) { set(Array(key.utf8), value) }

  /// Appends a key that may be no UTF-8.
  public mutating func set(_ key: [UInt8], _ value: Value) {
    entries.append((key, value.type, value))
  }

  /// Appends a tensor.
  ///
  /// - Parameters:
  ///   - name: its name.
  ///   - type: a type that ggml has.
  ///   - shape: row-major.
  ///   - data: its bytes; zeros as many as type and shape need where it is `nil`.
  ///   - offset: where the header says that it lies, if not where it does.
  public mutating func add(
    _ name: String, type: ElementType, shape: [UInt64], data: [UInt8]? = nil, offset: UInt64? = nil
  ) {
    add(
      Array(name.utf8), typeNumber: type.ggmlNumber ?? .max, shape: shape,
      data: data ?? [UInt8](repeating: 0, count: type.byteCount(shape: shape) ?? 0), offset: offset)
  }

  /// Appends a tensor with any number as its type and a name that may be no UTF-8.
  public mutating func add(
    _ name: [UInt8], typeNumber: UInt32, shape: [UInt64], data: [UInt8], offset: UInt64? = nil
  ) {
    tensors.append(
      TensorEntry(name: name, type: typeNumber, shape: shape, data: data, offset: offset))
  }

  /// The whole file.
  public var bytes: [UInt8] {
    var out = magic
    append(version, to: &out)
    appendLength(declaredTensorCount ?? UInt64(tensors.count), to: &out)
    appendLength(declaredKeyCount ?? UInt64(entries.count), to: &out)
    for entry in entries {
      appendText(entry.key, to: &out)
      append(entry.type, to: &out)
      append(entry.value, to: &out)
    }
    var data: [UInt8] = []
    for (index, tensor) in tensors.enumerated() {
      appendText(tensor.name, to: &out)
      append(UInt32(tensor.shape.count), to: &out)
      for dimension in tensor.shape.reversed() { appendLength(dimension, to: &out) }
      append(tensor.type, to: &out)
      append(tensor.offset ?? UInt64(data.count), to: &out)
      data += tensor.data
      if padsLastTensor || index < tensors.count - 1 { pad(&data) }
    }
    if !tensors.isEmpty { pad(&out) }
    return out + data + trailingBytes
  }

  private func pad(_ out: inout [UInt8]) {
    while !out.count.isMultiple(of: alignment) { out.append(0) }
  }

  private func append(_ value: Value, to out: inout [UInt8]) {
    switch value {
    case .u8(let number): append(number, to: &out)
    case .i8(let number): append(number, to: &out)
    case .u16(let number): append(number, to: &out)
    case .i16(let number): append(number, to: &out)
    case .u32(let number): append(number, to: &out)
    case .i32(let number): append(number, to: &out)
    case .u64(let number): append(number, to: &out)
    case .i64(let number): append(number, to: &out)
    case .f32(let number): append(number.bitPattern, to: &out)
    case .f64(let number): append(number.bitPattern, to: &out)
    case .bool(let byte): append(byte, to: &out)
    case .string(let string): appendText(Array(string.utf8), to: &out)
    case .text(let bytes): appendText(bytes, to: &out)
    case .array(let type, let elements):
      append(type.rawValue, to: &out)
      appendLength(UInt64(elements.count), to: &out)
      for element in elements { append(element, to: &out) }
    case .raw(_, let bytes): out += bytes
    }
  }

  private func appendText(_ text: [UInt8], to out: inout [UInt8]) {
    appendLength(UInt64(text.count), to: &out)
    out += text
  }

  private func appendLength(_ length: UInt64, to out: inout [UInt8]) {
    if version == 1 {
      append(UInt32(truncatingIfNeeded: length), to: &out)
    } else {
      append(length, to: &out)
    }
  }

  private func append(_ number: some FixedWidthInteger, to out: inout [UInt8]) {
    let stored = byteOrder == .little ? number.littleEndian : number.bigEndian
    withUnsafeBytes(of: stored) { out += $0 }
  }
}
