import Foundation
import ModelFile
import TensorStats

/// A file of one type's tensors, with values as trained weights have them.
struct Input {
  let type: ElementType
  let url: URL
  let model: Model
  let readings: [Reading]

  /// What is measured unless asked otherwise.
  static let types: [ElementType] = [.f32, .bf16, .f16, .q8_0, .q4_0, .q4K, .q6K]

  /// Rows and columns of each tensor.
  private static let side = 4096

  /// Copies of the same values in a tensor: they hardly matter to the caches, and need not all be in
  /// memory.
  private static let copies = 16

  /// Writes the file.
  init(type: ElementType, megabytes: Int, in folder: URL) throws {
    self.type = type
    url = folder.appendingPathComponent("\(type.name).bin")
    let shape = [UInt64(Self.side), UInt64(Self.side)]
    let tensorBytes = type.byteCount(shape: shape) ?? 0
    let count = max(1, megabytes * 1_000_000 / tensorBytes)
    let weights = Weights(type, byteCount: tensorBytes / Self.copies)
    _ = FileManager.default.createFile(atPath: url.path, contents: nil)
    let file = try FileHandle(forWritingTo: url)
    for _ in 0..<count * Self.copies { try file.write(contentsOf: weights.data) }
    try file.close()
    let part = Part(path: url.path, byteCount: count * tensorBytes, headerByteCount: 0)
    model = Model(
      path: url.path, parts: [part],
      tensors: (0..<count).map { index in
        Tensor(
          name: "weight.\(index)", type: type, shape: shape, elementCount: Self.side * Self.side,
          part: 0, offset: index * tensorBytes, byteCount: tensorBytes, isReadable: true)
      })
    readings = model.tensors.indices.map {
      Reading(tensor: $0, decoder: .plain(type), shape: [Self.side, Self.side])
    }
  }

  var byteCount: Int { model.parts[0].byteCount }
  var weightCount: Int { readings.count * Self.side * Self.side }
}

/// The bytes of one tensor.
private struct Weights {
  var data: Data

  init(_ type: ElementType, byteCount: Int) {
    var random = SplitMix(state: 1)
    data = Data(count: byteCount)
    data.withUnsafeMutableBytes { bytes in
      switch type {
      case .f32:
        for i in 0..<byteCount / 4 {
          bytes.storeBytes(of: random.normal(), toByteOffset: 4 * i, as: Float.self)
        }
      case .bf16:
        for i in 0..<byteCount / 2 {
          let bits = random.normal().bitPattern
          bytes.storeBytes(of: UInt16(bits >> 16), toByteOffset: 2 * i, as: UInt16.self)
        }
      case .f16:
        for i in 0..<byteCount / 2 {
          bytes.storeBytes(of: half(random.normal()), toByteOffset: 2 * i, as: UInt16.self)
        }
      default:
        for i in 0..<byteCount / 8 {
          bytes.storeBytes(of: random.next(), toByteOffset: 8 * i, as: UInt64.self)
        }
        for (first, place) in Self.scales(of: type) {
          let size = type.layout?.bytes ?? 1
          for start in stride(from: first, to: byteCount - 1, by: size) {
            bytes.storeBytes(
              of: half(random.normal().magnitude * place), toByteOffset: start, as: UInt16.self)
          }
        }
      }
    }
  }

  /// Where a block has its float16 fields, and how large they are against the weights.
  private static func scales(of type: ElementType) -> [(offset: Int, size: Float)] {
    switch type {
    case .q4K, .q5K: [(0, 0.01), (2, 0.01)]
    case .q6K: [(208, 0.001)]
    default: [(0, 0.1)]
    }
  }
}

/// The float16 of a number below 65504, rounded towards zero.
private func half(_ value: Float) -> UInt16 {
  let bits = value.bitPattern
  let exponent = Int(bits >> 23 & 255) - 112
  let sign = UInt16(bits >> 31) << 15
  guard exponent > 0 else { return sign | UInt16(value.magnitude * 0x1p24) }
  return sign | UInt16(exponent) << 10 | UInt16(bits >> 13 & 1023)
}

/// Random numbers, the same on every run.
private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Normally distributed with a standard deviation of 0.02 (Box and Muller 1958).
  mutating func normal() -> Float {
    let bits = next()
    let radius = (-2 * log((Double(bits >> 32) + 1) / 4_294_967_296)).squareRoot()
    return Float(0.02 * radius * cos(2 * .pi * Double(bits & 0xFFFF_FFFF) / 4_294_967_296))
  }
}
