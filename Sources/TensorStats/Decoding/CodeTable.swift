internal import ModelFile

extension CodeNumbers {
  /// The number of every code of a width.
  func table(
    bits: Int, of carrier: Int, _ model: Model, _ files: [FileReader?]
  ) throws(DecodingError) -> [Float] {
    let count = 1 << bits
    let table: [Float]
    switch self {
    case .unsigned: table = (0..<count).map { Float($0) }
    case .signed: table = (0..<count).map { Float($0 < count / 2 ? $0 : $0 - count) }
    case .float(let type): table = type.valueTable ?? []
    case .table(let numbers): table = numbers
    case .tensor(let index):
      let bytes = try TensorBytes(index, in: model, files: files)
      // Wider than any number, so that a false description cannot ask for much memory.
      guard bytes.byteCount <= 8 * count else {
        throw DecodingError(index, .mismatch("a table of \(count) numbers is too long"))
      }
      table = model.tensors[index].type.floats(try bytes.readAll())
    }
    guard table.count == count else {
      throw DecodingError(
        carrier, .mismatch("codes of \(bits) bits have a table of \(table.count) numbers"))
    }
    return table
  }
}
