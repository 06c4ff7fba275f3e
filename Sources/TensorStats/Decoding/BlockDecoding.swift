import CKernels
public import ModelFile

extension ElementType {
  /// Whether data of this type can be decoded from a file of this byte order.
  ///
  /// A big-endian GGUF swaps the numbers of several bytes inside blocks. Only for some block types is
  /// it agreed which those are (gguf-py's `gguf_convert_endian`); for the others such a file has no
  /// meaning.
  public func isDefined(in byteOrder: ByteOrder) -> Bool {
    switch family {
    case .foreign: false
    case .block: byteOrder == .little || fields16 != nil
    case .float, .integer, .boolean, .complex, .scale: true
    }
  }

  /// Decodes whole blocks, or plain elements, to float32.
  ///
  /// Block types agree bit by bit with ggml's `dequantize_row_*`; numbers wider than float32 are
  /// rounded to it. Nothing is flushed: subnormal results stay, so that a result compares equal to 0
  /// exactly where the weight is zero. C64 and foreign types have no float32 and give nothing.
  ///
  /// - Parameters:
  ///   - bytes: whole blocks; what follows the last whole one is left alone.
  ///   - floats: receives the elements of as many blocks as it has room for.
  ///   - byteOrder: the file's; where it is not defined for the type nothing is decoded.
  ///   - scale: the factor of all of I2_S, which stands behind the last block; not asked for other
  ///     types.
  /// - Returns: the elements written.
  @discardableResult
  public func decodeBlocks(
    _ bytes: UnsafeRawBufferPointer,
    into floats: UnsafeMutableBufferPointer<Float>,
    byteOrder: ByteOrder = .little,
    scale: Float = 1
  ) -> Int {
    guard let layout, isDefined(in: byteOrder), self != .c64,
      let input = bytes.baseAddress, let output = floats.baseAddress
    else { return 0 }
    let blocks = min(bytes.count / layout.bytes, floats.count / layout.elements)
    guard family == .block else {
      decodePlain(input, blocks * layout.elements, byteOrder, output)
      return blocks * layout.elements
    }
    if byteOrder == .little {
      decodeLittleEndian(input, blocks, scale, output)
    } else {
      decodeSwapped(input, blocks, layout, output)
    }
    return blocks * layout.elements
  }

  /// The offsets in a block of its 16-bit fields, where big-endian blocks are defined.
  private var fields16: [Int]? {
    switch self {
    case .q4_0, .q8_0: [0]
    case .q4K: [0, 2]
    case .q6K: [208]
    case .mxfp4, .nvfp4: []
    default: nil
    }
  }

  private func decodeSwapped(
    _ input: UnsafeRawPointer,
    _ blocks: Int,
    _ layout: BlockLayout,
    _ output: UnsafeMutablePointer<Float>
  ) {
    let batch = 64
    withUnsafeTemporaryAllocation(byteCount: batch * layout.bytes, alignment: 16) { copy in
      guard let start = copy.baseAddress else { return }
      for first in stride(from: 0, to: blocks, by: batch) {
        let count = min(batch, blocks - first)
        start.copyMemory(from: input + first * layout.bytes, byteCount: count * layout.bytes)
        for block in 0..<count {
          for field in fields16 ?? [] {
            copy.swapAt(block * layout.bytes + field, block * layout.bytes + field + 1)
          }
        }
        decodeLittleEndian(UnsafeRawPointer(start), count, 1, output + first * layout.elements)
      }
    }
  }

  private func decodeLittleEndian(
    _ input: UnsafeRawPointer,
    _ count: Int,
    _ scale: Float,
    _ output: UnsafeMutablePointer<Float>
  ) {
    let blocks = input.assumingMemoryBound(to: UInt8.self)
    switch self {
    case .q4_0: decode_q4_0(blocks, count, output)
    case .q4_1: decode_q4_1(blocks, count, output)
    case .q5_0: decode_q5_0(blocks, count, output)
    case .q5_1: decode_q5_1(blocks, count, output)
    case .q8_0: decode_q8_0(blocks, count, output)
    case .q8_1: decode_q8_1(blocks, count, output)
    case .q2K: decode_q2_k(blocks, count, output)
    case .q3K: decode_q3_k(blocks, count, output)
    case .q4K: decode_q4_k(blocks, count, output)
    case .q5K: decode_q5_k(blocks, count, output)
    case .q6K: decode_q6_k(blocks, count, output)
    case .q8K: decode_q8_k(blocks, count, output)
    case .iq2XXS: decode_iq2_xxs(blocks, count, output)
    case .iq2XS: decode_iq2_xs(blocks, count, output)
    case .iq2S: decode_iq2_s(blocks, count, output)
    case .iq3XXS: decode_iq3_xxs(blocks, count, output)
    case .iq3S: decode_iq3_s(blocks, count, output)
    case .iq1S: decode_iq1_s(blocks, count, output)
    case .iq1M: decode_iq1_m(blocks, count, output)
    case .iq4NL: decode_iq4_nl(blocks, count, output)
    case .iq4XS: decode_iq4_xs(blocks, count, output)
    case .tq1_0: decode_tq1_0(blocks, count, output)
    case .tq2_0: decode_tq2_0(blocks, count, output)
    case .mxfp4: decode_mxfp4(blocks, count, output)
    case .nvfp4: decode_nvfp4(blocks, count, output)
    case .q1_0: decode_q1_0(blocks, count, output)
    case .q2_0: decode_q2_0(blocks, count, output)
    case .i2S: decode_i2_s(blocks, count, scale, output)
    default: break
    }
  }

  private func decodePlain(
    _ input: UnsafeRawPointer,
    _ count: Int,
    _ byteOrder: ByteOrder,
    _ output: UnsafeMutablePointer<Float>
  ) {
    let swaps = byteOrder == .big
    switch self {
    case .f16 where !swaps: decode_f16(input.assumingMemoryBound(to: UInt8.self), count, output)
    case .bf16 where !swaps: decode_bf16(input.assumingMemoryBound(to: UInt8.self), count, output)
    case .f16:
      convert(input, count, swaps, output) { (bits: UInt16) in float(fromF16: bits) }
    case .bf16:
      convert(input, count, swaps, output) { (bits: UInt16) in
        Float(bitPattern: UInt32(bits) << 16)
      }
    case .f32: convert(input, count, swaps, output) { Float(bitPattern: $0) }
    case .f64: convert(input, count, swaps, output) { Float(Double(bitPattern: $0)) }
    case .u16: convert(input, count, swaps, output) { (value: UInt16) in Float(value) }
    case .i16: convert(input, count, swaps, output) { (value: Int16) in Float(value) }
    case .u32: convert(input, count, swaps, output) { (value: UInt32) in Float(value) }
    case .i32: convert(input, count, swaps, output) { (value: Int32) in Float(value) }
    case .u64: convert(input, count, swaps, output) { (value: UInt64) in Float(value) }
    case .i64: convert(input, count, swaps, output) { (value: Int64) in Float(value) }
    default:
      guard let table = valueTable, let layout else { return }
      if layout.elements == 1 {
        for i in 0..<count {
          output[i] = table[Int(input.load(fromByteOffset: i, as: UInt8.self))]
        }
      } else {
        decodeSubByte(input, count, layout, table, output)
      }
    }
  }

  /// F4 and F6, a few at a time.
  private func decodeSubByte(
    _ input: UnsafeRawPointer,
    _ count: Int,
    _ layout: BlockLayout,
    _ table: [Float],
    _ output: UnsafeMutablePointer<Float>
  ) {
    let batch = 1024
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: batch) { codes in
      for first in stride(from: 0, to: count, by: batch) {
        let part = min(batch, count - first)
        let bytes = UnsafeRawBufferPointer(
          start: input + first / layout.elements * layout.bytes,
          count: part / layout.elements * layout.bytes
        )
        unpackCodes(bytes, into: UnsafeMutableBufferPointer(rebasing: codes[..<part]))
        for i in 0..<part { output[first + i] = table[Int(codes[i])] }
      }
    }
  }
}

/// The number of a binary16 bit pattern, exactly, whatever the CPU can do.
public func float(fromF16 bits: UInt16) -> Float { decode_one_f16(bits) }

@inline(__always)
private func convert<Word: FixedWidthInteger & BitwiseCopyable>(
  _ input: UnsafeRawPointer,
  _ count: Int,
  _ swaps: Bool,
  _ output: UnsafeMutablePointer<Float>,
  _ number: (Word) -> Float
) {
  let size = MemoryLayout<Word>.size
  for i in 0..<count {
    let word = input.loadUnaligned(fromByteOffset: i * size, as: Word.self)
    output[i] = number(swaps ? word.byteSwapped : word)
  }
}
