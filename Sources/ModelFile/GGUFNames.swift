/// Names that must differ, compared byte by byte as ggml does.
///
/// Swift's strings are equal where Unicode's canonical forms are, so only those of ASCII serve.
struct GGUFNames {
  private var plain: Set<String> = []
  private var other: Set<ArraySlice<UInt8>> = []

  /// - Parameter count: about how many names are to come.
  init(count: Int) { plain.reserveCapacity(count) }

  /// Takes in a name of printable ASCII and says whether it is new.
  mutating func insert(_ name: String) -> Bool { plain.insert(name).inserted }

  /// Takes in any name and says whether it is new.
  mutating func insert(_ name: ArraySlice<UInt8>) -> Bool {
    name.allSatisfy { (0x20..<0x7F).contains($0) }
      ? insert(String(decoding: name, as: UTF8.self)) : other.insert(name).inserted
  }
}
