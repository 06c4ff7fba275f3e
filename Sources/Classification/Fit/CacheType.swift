internal import ModelFile

/// How the elements of a key-value cache are stored; the raw value is what users write.
public enum CacheType: String, Sendable, Hashable, CaseIterable {
  case fp32, fp16, bf16, fp8
  // llama.cpp's `--cache-type-k` and `--cache-type-v`.
  case q8_0, q5_1, q5_0, q4_1, q4_0

  private var layout: BlockLayout {
    switch self {
    case .fp32: BlockLayout(elements: 1, bytes: 4)
    case .fp16, .bf16: BlockLayout(elements: 1, bytes: 2)
    case .fp8: BlockLayout(elements: 1, bytes: 1)
    case .q8_0: BlockLayout(elements: 32, bytes: 34)
    case .q5_1: BlockLayout(elements: 32, bytes: 24)
    case .q5_0: BlockLayout(elements: 32, bytes: 22)
    case .q4_1: BlockLayout(elements: 32, bytes: 20)
    case .q4_0: BlockLayout(elements: 32, bytes: 18)
    }
  }

  /// Bytes of one element, scales included.
  public var bytesPerElement: Double { layout.bitsPerElement / 8 }

  /// Bytes of a row of elements, the last block filled up; `nil` where the number does not fit.
  func byteCount(elements: Int) -> Int? {
    let blocks = elements / layout.elements + (elements % layout.elements > 0 ? 1 : 0)
    return checkedProduct(blocks, layout.bytes)
  }
}
