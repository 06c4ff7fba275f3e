/// The measurements of a model's tensors, by the index of the tensor.
///
/// A model may have 100,000 tensors, and a measurement as it is used has kilobytes; so each is kept
/// packed, in a fraction of that, and unpacked when it is asked for.
public struct Measurements: Sendable {
  /// Packed measurements, one behind the other.
  private var pages: [[UInt8]] = []
  /// Where that of each tensor begins: the page and the place in it; −1 where there is none.
  private var places: [Int] = []
  /// How many there are.
  public private(set) var count = 0

  /// A page that has reached so many bytes takes no more.
  private static let pageBytes = 1 << 16

  /// No measurements.
  public init() {}

  /// Whether there are none.
  public var isEmpty: Bool { count == 0 }

  /// The measurement of a tensor; `nil` where there is none.
  public subscript(tensor: Int) -> Measurement? {
    get {
      guard places.indices.contains(tensor), places[tensor] >= 0 else { return nil }
      let (page, start) = places[tensor].quotientAndRemainder(dividingBy: 2 * Self.pageBytes)
      return pages[page].withUnsafeBytes { bytes in
        var packed = PackedNumbers.Reader(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        return Measurement(&packed)
      }
    }
    set {
      while places.count <= tensor { places.append(-1) }
      count += (newValue == nil ? 0 : 1) - (places[tensor] < 0 ? 0 : 1)
      guard let newValue else { return places[tensor] = -1 }
      if pages.last.map({ $0.count >= Self.pageBytes }) ?? true { pages.append([]) }
      let page = pages.count - 1
      places[tensor] = page * 2 * Self.pageBytes + pages[page].count
      var packed = PackedNumbers(bytes: [])
      swap(&packed.bytes, &pages[page])
      newValue.pack(into: &packed)
      swap(&packed.bytes, &pages[page])
    }
  }
}

extension Measurements: Sequence {
  /// Goes through the measurements in the order of their tensors.
  public func makeIterator() -> AnyIterator<(index: Int, measured: Measurement)> {
    var next = 0
    return AnyIterator {
      while next < places.count {
        defer { next += 1 }
        if let measured = self[next] { return (next, measured) }
      }
      return nil
    }
  }
}

extension Measurements: ExpressibleByDictionaryLiteral {
  /// Keeps measurements that were written out.
  public init(dictionaryLiteral elements: (Int, Measurement)...) {
    for (tensor, measured) in elements { self[tensor] = measured }
  }
}
