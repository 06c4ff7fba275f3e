import ModelFile

/// By which loop the values of a reading are measured.
enum ValueKind: Equatable {
  /// Codes of at most 8 bits, counted by code.
  case codes8
  /// Patterns of 16 bits, counted by pattern.
  case codes16
  case float32
  case float64
  /// Integers of 32 and 64 bits.
  case int32, uint32, int64, uint64
  case complex
  /// Computed in float32 from blocks or from packed codes.
  case decoded

  /// How a storage type is measured; `nil` where it is not decoded.
  init?(_ type: ElementType) {
    switch type {
    case .f32: self = .float32
    case .f64: self = .float64
    case .i32: self = .int32
    case .u32: self = .uint32
    case .i64: self = .int64
    case .u64: self = .uint64
    case .c64: self = .complex
    case .f16, .bf16, .i16, .u16: self = .codes16
    default:
      switch type.family {
      case .float, .integer, .boolean, .scale: self = .codes8
      case .block: self = .decoded
      case .complex, .foreign: return nil
      }
    }
  }
}

extension ElementType {
  /// Bytes that a number occupies, where its byte order matters; else 1.
  var wordBytes: Int {
    switch self {
    case .f16, .bf16, .i16, .u16: 2
    case .f32, .i32, .u32, .c64: 4
    case .f64, .i64, .u64: 8
    default: 1
    }
  }

  /// The bits of a pattern that are zero in a zero; `nil` where no pattern is zero.
  ///
  /// The sign does not matter to formats that have a −0. Those without (FNUZ) use its code for NaN.
  var zeroMask: UInt64? {
    switch self {
    case .f4: 0x7
    case .f6e2m3, .f6e3m2: 0x1F
    case .f8e4m3, .f8e5m2: 0x7F
    case .f16, .bf16: 0x7FFF
    case .f32: 0x7FFF_FFFF
    case .f64: 0x7FFF_FFFF_FFFF_FFFF
    case .f8e8m0: nil
    default: ~0
    }
  }

  /// The number of a pattern of at most 16 bits.
  func number(_ pattern: UInt32, table: [Float]) -> Double {
    switch self {
    case .f16: Double(float(fromF16: UInt16(truncatingIfNeeded: pattern)))
    case .bf16: Double(Float(bitPattern: pattern << 16))
    case .u16: Double(pattern)
    case .i16: Double(Int16(truncatingIfNeeded: pattern))
    // A byte other than 0 and 1 is no truth value, and shows as the number it is.
    case .bool: Double(pattern)
    default: Double(table[Int(pattern)])
    }
  }
}
