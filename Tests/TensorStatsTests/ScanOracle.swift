import ModelFile
import Synchronization
import TestSupport

@testable import TensorStats

/// Statistics of values written as their definitions read, to hold the engine against.
struct ScanOracle {
  var count = 0
  var zeros = 0
  var nans = 0
  var infinities = 0
  /// Finite values in ascending order.
  var sorted: [Double] = []
  /// Bits for every value: whether it is zero.
  var isZero: [Bool] = []

  init(_ type: ElementType, _ bytes: [UInt8]) {
    for value in Self.values(type, bytes) {
      count += 1
      isZero.append(value == 0)
      if value == 0 { zeros += 1 }
      if value.isNaN {
        nans += 1
      } else if value.isInfinite {
        infinities += 1
      } else {
        sorted.append(value)
      }
    }
    sorted.sort()
  }

  /// The values of plain elements, of blocks by the decoder that has its own tests.
  static func values(_ type: ElementType, _ bytes: [UInt8]) -> [Double] {
    func words<Word: FixedWidthInteger>(_: Word.Type) -> [Word] {
      let size = MemoryLayout<Word>.size
      return stride(from: 0, to: bytes.count, by: size).map { start in
        (0..<size).reduce(Word(0)) { $0 | Word(truncatingIfNeeded: bytes[start + $1]) << ($1 * 8) }
      }
    }
    switch type {
    case .f64: return words(UInt64.self).map { Double(bitPattern: $0) }
    case .f32: return words(UInt32.self).map { Double(Float(bitPattern: $0)) }
    case .bf16: return words(UInt16.self).map { Double(Float(bitPattern: UInt32($0) << 16)) }
    case .f16: return words(UInt16.self).map { Double(ReferenceBlock.f16(Int($0))) }
    case .i64: return words(Int64.self).map { Double($0) }
    case .u64: return words(UInt64.self).map { Double($0) }
    case .i32: return words(Int32.self).map { Double($0) }
    case .u32: return words(UInt32.self).map { Double($0) }
    case .i16: return words(Int16.self).map { Double($0) }
    case .u16: return words(UInt16.self).map { Double($0) }
    case .bool, .u8: return bytes.map { Double($0) }
    case .f4, .f6e2m3, .f6e3m2:
      let bits = type == .f4 ? 4 : 6
      let table = type.valueTable ?? []
      return (0..<bytes.count * 8 / bits).map { index in
        let code = (0..<bits).reduce(0) { code, bit in
          let place = index * bits + bit
          return code | Int(bytes[place / 8] >> (place % 8) & 1) << bit
        }
        return Double(table[code])
      }
    default:
      if type.family == .block {
        let layout = type.layout ?? BlockLayout(elements: 1, bytes: 1)
        var floats = [Float](repeating: 0, count: bytes.count / layout.bytes * layout.elements)
        bytes.withUnsafeBytes { bytes in
          floats.withUnsafeMutableBufferPointer { _ = type.decodeBlocks(bytes, into: $0) }
        }
        return floats.map { Double($0) }
      }
      let table = type.valueTable ?? []
      return bytes.map { Double(table[Int($0)]) }
    }
  }

  /// Corrected for what the first sum loses.
  var mean: Double {
    let first = sorted.reduce(0) { $0 + $1 / Double(sorted.count) }
    return first + sorted.reduce(0) { $0 + ($1 - first) / Double(sorted.count) }
  }

  var deviation: Double {
    let mean = mean
    let scale = sorted.reduce(0) { max($0, ($1 - mean).magnitude) }
    guard scale > 0 else { return 0 }
    var (rest, squares) = (0.0, 0.0)
    for value in sorted {
      rest += (value - mean) / scale
      squares += (value - mean) / scale * ((value - mean) / scale)
    }
    rest /= Double(sorted.count)
    return (squares / Double(sorted.count) - rest * rest).squareRoot() * scale
  }

  /// The smallest value with at least so many hundredths of the values up to it.
  func quantile(_ hundredths: Int) -> Double {
    sorted[max(0, (sorted.count * hundredths + 99) / 100 - 1)]
  }

  var distinct: Int {
    zip(sorted.dropFirst(), sorted).reduce(1) { $0 + ($1.0 != $1.1 ? 1 : 0) }
  }
}

extension SeededGenerator {
  /// Many random bytes at little cost.
  mutating func manyBytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: (count + 7) / 8 * 8) { buffer, initialized in
      let words = UnsafeMutableRawBufferPointer(buffer).bindMemory(to: UInt64.self)
      for index in words.indices { words[index] = next() }
      initialized = count
    }
  }
}

/// A model of one file with the given tensors.
struct ScanFixture {
  let folder: TemporaryFolder
  let model: Model
  var readings: [Reading]

  init(_ tensors: [(type: ElementType, shape: [Int], bytes: [UInt8])]) throws {
    folder = try TemporaryFolder()
    let path = try folder.write(tensors.flatMap(\.bytes), to: "values.bin")
    let identity = FileSystem.identity(of: path)
    var described: [Tensor] = []
    var offset = 0
    for (index, tensor) in tensors.enumerated() {
      let layout = tensor.type.layout ?? BlockLayout(elements: 1, bytes: 1)
      described.append(
        Tensor(
          name: "tensor \(index)", type: tensor.type, shape: tensor.shape.map { UInt64($0) },
          elementCount: tensor.bytes.count / layout.bytes * layout.elements, part: 0,
          offset: offset, byteCount: tensor.bytes.count, isReadable: true))
      offset += tensor.bytes.count
    }
    model = Model(
      path: path,
      parts: [Part(path: path, byteCount: offset, headerByteCount: 0, identity: identity)],
      tensors: described)
    readings = tensors.indices.map {
      Reading(tensor: $0, decoder: .plain(tensors[$0].type), shape: tensors[$0].shape)
    }
  }

  /// What a scan tells of each reading.
  func scan(
    mode: Scan.Mode = .exact, workers: Int = 2
  ) -> (measured: [Int: TensorStats.Measurement], problems: [Int: Problem]) {
    let results = Mutex<([Int: TensorStats.Measurement], [Int: Problem])>(([:], [:]))
    Scan(model: model, readings: readings, mode: mode, workers: workers).run { event in
      results.withLock { results in
        switch event {
        case .measured(let index, let measurement): results.0[index] = measurement
        case .failed(let index, let problem): results.1[index] = problem
        case .progress: break
        }
      }
    }
    return results.withLock { ($0.0, $0.1) }
  }
}
