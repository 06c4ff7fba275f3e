extension Report {
  /// The tensors of a report, each described when it is asked for: 100,000 of them, described all at
  /// once, would need more memory than everything else.
  public struct Tensors: Sendable {
    /// How many there are.
    public let count: Int
    private let describe: @Sendable (Int) -> Tensor
    /// Those that were changed since.
    private var changed: [Int: Tensor] = [:]

    /// Describes tensors by their index.
    public init(count: Int, _ describe: @escaping @Sendable (Int) -> Tensor) {
      self.count = count
      self.describe = describe
    }

    /// Tensors that are described already.
    public init(_ tensors: [Tensor]) {
      self.init(count: tensors.count) { tensors[$0] }
    }
  }
}

extension Report.Tensors: RandomAccessCollection, MutableCollection {
  /// The first tensor's index.
  public var startIndex: Int { 0 }
  /// The index behind the last tensor's.
  public var endIndex: Int { count }

  /// Describes a tensor, or puts another description in its place.
  public subscript(index: Int) -> Report.Tensor {
    get { changed[index] ?? describe(index) }
    set { changed[index] = newValue }
  }
}

extension Report.Tensors: ExpressibleByArrayLiteral {
  /// Tensors that are written out.
  public init(arrayLiteral elements: Report.Tensor...) {
    self.init(elements)
  }
}

extension Report.Tensors: Equatable {
  /// Whether all descriptions agree.
  public static func == (a: Report.Tensors, b: Report.Tensors) -> Bool { a.elementsEqual(b) }
}

extension Report.Tensors: Encodable {
  /// Encodes an array of descriptions.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for tensor in self { try container.encode(tensor) }
  }
}
