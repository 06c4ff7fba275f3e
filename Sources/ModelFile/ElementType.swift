/// How the elements of a tensor are stored: a safetensors dtype or a ggml type.
///
/// The case names are Swift's spelling, ``name`` is the file's. Types that only size a tensor
/// (removed ones, those of forks, and those nobody has heard of) are ``foreign(_:)``.
public enum ElementType: Hashable, Sendable {
  // Plain numbers, in safetensors, GGUF or both.
  case bool
  case u8, i8, u16, i16, u32, i32, u64, i64
  case f16, bf16, f32, f64, c64
  case f8e5m2, f8e4m3, f8e8m0, f8e4m3fnuz, f8e5m2fnuz
  case f4, f6e2m3, f6e3m2

  // ggml blocks.
  case q4_0, q4_1, q5_0, q5_1, q8_0, q8_1
  case q2K, q3K, q4K, q5K, q6K, q8K
  case iq2XXS, iq2XS, iq2S, iq3XXS, iq3S, iq1S, iq1M, iq4NL, iq4XS
  case tq1_0, tq2_0, mxfp4, nvfp4, q1_0, q2_0

  /// BitNet's 2-bit type with one scale behind the whole tensor.
  case i2S

  /// A type whose values are not decoded.
  case foreign(ForeignType)

  /// Every type whose values can be decoded.
  public static let decodable: [ElementType] = [
    .bool, .u8, .i8, .u16, .i16, .u32, .i32, .u64, .i64, .f16, .bf16, .f32, .f64, .c64,
    .f8e5m2, .f8e4m3, .f8e8m0, .f8e4m3fnuz, .f8e5m2fnuz, .f4, .f6e2m3, .f6e3m2,
    .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .q8_1, .q2K, .q3K, .q4K, .q5K, .q6K, .q8K,
    .iq2XXS, .iq2XS, .iq2S, .iq3XXS, .iq3S, .iq1S, .iq1M, .iq4NL, .iq4XS,
    .tq1_0, .tq2_0, .mxfp4, .nvfp4, .q1_0, .q2_0, .i2S,
  ]
}

/// A type that is known by its name and, at best, its size.
public struct ForeignType: Hashable, Sendable {
  /// The name as its project writes it, or `type 200` where there is none.
  public var name: String
  /// Where the bytes lie; `nil` for a type that nobody here has heard of.
  public var layout: BlockLayout?

  /// Describes a type that is not decoded.
  public init(name: String, layout: BlockLayout?) {
    self.name = name
    self.layout = layout
  }
}

/// How many bytes hold how many elements.
public struct BlockLayout: Hashable, Sendable {
  /// Elements of one block; a row holds whole blocks.
  public var elements: Int
  /// Bytes of one block.
  public var bytes: Int
  /// Bytes at the start of each row besides its blocks (types of ik_llama.cpp).
  public var rowBytes: Int
  /// Bytes behind the last row (I2_S keeps its scale there).
  public var tailBytes: Int

  /// Describes a block.
  public init(elements: Int, bytes: Int, rowBytes: Int = 0, tailBytes: Int = 0) {
    self.elements = elements
    self.bytes = bytes
    self.rowBytes = rowBytes
    self.tailBytes = tailBytes
  }

  /// Stored bits for each element, without ``rowBytes`` and ``tailBytes``.
  public var bitsPerElement: Double { Double(bytes) * 8 / Double(elements) }
}

extension ElementType {
  /// The name as the file's own format spells it: `BF16`, `Q4_K`.
  public var name: String { row.name }

  /// Where the bytes lie; `nil` only for an unknown type.
  public var layout: BlockLayout? { row.layout }

  /// What the elements are.
  public var family: Family { row.family }

  /// What the elements of a type are.
  public enum Family: Sendable {
    /// Floating-point numbers, each on its own.
    case float
    /// Whole numbers, each on its own.
    case integer
    /// One byte for a truth value.
    case boolean
    /// Pairs of floats.
    case complex
    /// Powers of two that scale other tensors, never weights (F8_E8M0).
    case scale
    /// Blocks of codes that share scales.
    case block
    /// A type that is not decoded.
    case foreign
  }

  /// One line of the table of types.
  private var row: (name: String, layout: BlockLayout?, family: Family) {
    func plain(_ name: String, _ bits: Int, _ family: Family) -> (String, BlockLayout?, Family) {
      // Sub-byte elements are counted in the smallest run that fills whole bytes.
      switch bits {
      case 4: (name, BlockLayout(elements: 2, bytes: 1), family)
      case 6: (name, BlockLayout(elements: 4, bytes: 3), family)
      default: (name, BlockLayout(elements: 1, bytes: bits / 8), family)
      }
    }
    func block(_ name: String, _ elements: Int, _ bytes: Int) -> (String, BlockLayout?, Family) {
      (name, BlockLayout(elements: elements, bytes: bytes), .block)
    }
    return switch self {
    // safetensors/src/tensor.rs (`Dtype`), ggml/include/ggml.h (`ggml_type`).
    case .bool: plain("BOOL", 8, .boolean)
    case .u8: plain("U8", 8, .integer)
    case .i8: plain("I8", 8, .integer)
    case .u16: plain("U16", 16, .integer)
    case .i16: plain("I16", 16, .integer)
    case .u32: plain("U32", 32, .integer)
    case .i32: plain("I32", 32, .integer)
    case .u64: plain("U64", 64, .integer)
    case .i64: plain("I64", 64, .integer)
    case .f16: plain("F16", 16, .float)
    case .bf16: plain("BF16", 16, .float)
    case .f32: plain("F32", 32, .float)
    case .f64: plain("F64", 64, .float)
    case .c64: plain("C64", 64, .complex)
    case .f8e5m2: plain("F8_E5M2", 8, .float)
    case .f8e4m3: plain("F8_E4M3", 8, .float)
    case .f8e8m0: plain("F8_E8M0", 8, .scale)
    case .f8e4m3fnuz: plain("F8_E4M3FNUZ", 8, .float)
    case .f8e5m2fnuz: plain("F8_E5M2FNUZ", 8, .float)
    case .f4: plain("F4", 4, .float)
    case .f6e2m3: plain("F6_E2M3", 6, .float)
    case .f6e3m2: plain("F6_E3M2", 6, .float)
    // ggml/src/ggml-common.h.
    case .q4_0: block("Q4_0", 32, 18)
    case .q4_1: block("Q4_1", 32, 20)
    case .q5_0: block("Q5_0", 32, 22)
    case .q5_1: block("Q5_1", 32, 24)
    case .q8_0: block("Q8_0", 32, 34)
    case .q8_1: block("Q8_1", 32, 36)
    case .q2K: block("Q2_K", 256, 84)
    case .q3K: block("Q3_K", 256, 110)
    case .q4K: block("Q4_K", 256, 144)
    case .q5K: block("Q5_K", 256, 176)
    case .q6K: block("Q6_K", 256, 210)
    case .q8K: block("Q8_K", 256, 292)
    case .iq2XXS: block("IQ2_XXS", 256, 66)
    case .iq2XS: block("IQ2_XS", 256, 74)
    case .iq2S: block("IQ2_S", 256, 82)
    case .iq3XXS: block("IQ3_XXS", 256, 98)
    case .iq3S: block("IQ3_S", 256, 110)
    case .iq1S: block("IQ1_S", 256, 50)
    case .iq1M: block("IQ1_M", 256, 56)
    case .iq4NL: block("IQ4_NL", 32, 18)
    case .iq4XS: block("IQ4_XS", 256, 136)
    case .tq1_0: block("TQ1_0", 256, 54)
    case .tq2_0: block("TQ2_0", 256, 66)
    case .mxfp4: block("MXFP4", 32, 17)
    case .nvfp4: block("NVFP4", 64, 36)
    case .q1_0: block("Q1_0", 128, 18)
    case .q2_0: block("Q2_0", 64, 18)
    // microsoft/BitNet: four codes a byte in runs of 128, then 32 bytes that begin with the scale.
    case .i2S: ("I2_S", BlockLayout(elements: 128, bytes: 32, tailBytes: 32), .block)
    case .foreign(let type): (type.name, type.layout, .foreign)
    }
  }

  /// Bytes of a tensor of this type.
  ///
  /// - Parameter shape: row-major, the last dimension is a row.
  /// - Returns: `nil` where the number does not fit 63 bits, a row is no whole number of blocks, or
  ///   the type has no known layout.
  public func byteCount(shape: [UInt64]) -> Int? {
    guard let layout, let elements = elementCount(shape: shape) else { return nil }
    guard layout.rowBytes > 0 || family == .block || family == .foreign else {
      // Plain types pack all elements, without regard to rows (safetensors), into whole bytes.
      guard elements % layout.elements == 0 else { return nil }
      let (bytes, overflow) = (elements / layout.elements).multipliedReportingOverflow(
        by: layout.bytes)
      return overflow ? nil : bytes
    }
    let columns = shape.last.flatMap { Int(exactly: $0) } ?? 1
    guard columns % layout.elements == 0 else { return nil }
    guard elements > 0 else { return 0 }
    let rows = elements / columns
    let (blockBytes, overflow1) = (elements / layout.elements).multipliedReportingOverflow(
      by: layout.bytes)
    let (rowBytes, overflow2) = rows.multipliedReportingOverflow(by: layout.rowBytes)
    let (sum, overflow3) = blockBytes.addingReportingOverflow(rowBytes)
    let (bytes, overflow4) = sum.addingReportingOverflow(layout.tailBytes)
    return overflow1 || overflow2 || overflow3 || overflow4 ? nil : bytes
  }
}

/// The product of a shape's dimensions, multiplied in order.
///
/// - Returns: `nil` where a partial product does not fit 64 bits unsigned or the product 63 bits;
///   the order decides, as in the safetensors crate: `[0, 2⁶³]` is 0, `[2⁶³, 2, 0]` overflows.
public func elementCount(shape: [UInt64]) -> Int? {
  var product: UInt64 = 1
  for dimension in shape {
    let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
    if overflow { return nil }
    product = next
  }
  return Int(exactly: product)
}
