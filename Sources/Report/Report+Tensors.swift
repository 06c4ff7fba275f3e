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
  public var startIndex: Int { 0 }
  public var endIndex: Int { count }

  public subscript(index: Int) -> Report.Tensor {
    get { changed[index] ?? describe(index) }
    set { changed[index] = newValue }
  }
}

extension Report.Tensors: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: Report.Tensor...) {
    self.init(elements)
  }
}

extension Report.Tensors: Equatable {
  public static func == (a: Report.Tensors, b: Report.Tensors) -> Bool { a.elementsEqual(b) }
}

extension Report.Tensors: Encodable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    for tensor in self { try container.encode(tensor) }
  }
}
