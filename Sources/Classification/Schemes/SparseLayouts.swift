internal import ModelFile
internal import TensorStats

/// Compressed sparse rows and coordinates under the names that people give them.
///
///     CSR   crow_indices [rows + 1], col_indices [nnz], values [nnz]; or indptr, indices, data
///     COO   indices [2, nnz], values [nnz]
///
/// There is no standard; lengths that agree are the signature. Where nothing states the columns, the
/// largest index read tells them, which the rows there come close to; the last index of a row tells the
/// rows of coordinates.
enum SparseLayouts {
  static let signatures = [
    Signature(".values", with: [".crow_indices", ".col_indices"]) {
      rows($0, ".crow_indices", ".col_indices")
    },
    Signature("_values", with: ["_crow_indices", "_col_indices"]) {
      rows($0, "_crow_indices", "_col_indices")
    },
    Signature(".values", with: [".row_ptr", ".col_idx"]) { rows($0, ".row_ptr", ".col_idx") },
    Signature(".data", with: [".indptr", ".indices"]) { rows($0, ".indptr", ".indices") },
    Signature(".values", with: [".indices"], match: coordinates),
  ]

  private static func rows(_ module: Module, _ offsets: String, _ columns: String) -> PackedWeight?
  {
    let count = module.tensor.elementCount
    guard let ends = module.elements(offsets), ends > 1, module.elements(columns) == count,
      module.tensor.type.family == .float
    else { return nil }
    let stated = module.statedShape.flatMap { $0.count == 2 && $0[0] == ends - 1 ? $0 : nil }
    let shape =
      stated ?? module.integers(columns).flatMap(module.columns(reaching:)).map { [ends - 1, $0] }
      ?? module.scene.context.hiddenSize.map { [ends - 1, $0] } ?? [count]
    return packed(
      module, .csr, [offsets, columns], shape, isStated: stated != nil, places: columns,
      starts: offsets)
  }

  private static func coordinates(_ module: Module) -> PackedWeight? {
    let count = module.tensor.elementCount
    guard module.shape(".indices") == [2, count], module.tensor.type.family == .float else {
      return nil
    }
    let stated = module.statedShape
    return packed(
      module, .coo, [".indices"], stated ?? module.shape(reaching: ".indices") ?? [count],
      isStated: stated != nil, places: ".indices", starts: nil)
  }

  private static func packed(
    _ module: Module,
    _ scheme: Scheme,
    _ indexes: [String],
    _ shape: [Int],
    isStated: Bool,
    places: String,
    starts: String?
  ) -> PackedWeight {
    let type = module.tensor.type
    var found = PackedWeight(
      scheme,
      nil,
      module,
      auxiliary: indexes + [".shape", ".size", "_shape"],
      shape: shape,
      codes: .values(type),
      bits: type.codeBits.map(Double.init)
    )
    if shape.count == 2, let places = module[places] {
      found.decoder = .packed(
        PackedDecoder(
          storage: .sparse(
            SparseRows(
              values: module.carrier, places: places, rowStarts: starts.flatMap { module[$0] }))))
    }
    found.sparseStorage = scheme == .csr ? .csr : .coo
    if !isStated {
      found.assumption = "the shapes of sparse matrices: taken to end at the largest indices read"
    }
    return found
  }
}

extension Module {
  /// A number of columns that the indexes read keep within: the width of the stream, where they come
  /// close to it, or the next multiple of 8.
  fileprivate func columns(reaching indexes: some Sequence<Int>) -> Int? {
    guard let last = indexes.max(), (0..<1 << 30).contains(last) else { return nil }
    if let hidden = scene.context.hiddenSize, (last + 1...last + 1 + last / 8).contains(hidden) {
      return hidden
    }
    return ceilingQuotient(last + 1, 8) * 8
  }

  /// The rows that the last stored one and a bias beside the matrix tell, and a number of columns that
  /// the indexes read keep within.
  fileprivate func shape(reaching coordinates: String) -> [Int]? {
    guard let index = self[coordinates], let read = integers(coordinates),
      case let tensor = scene.model.tensors[index], tensor.elementCount > 0,
      case let width = tensor.byteCount / tensor.elementCount, width > 0
    else { return nil }
    let first = Plan.auxiliaryRange(of: tensor).lowerBound / width
    let rowCount = max(0, tensor.elementCount / 2 - first)
    guard let last = read.prefix(rowCount).max(), (0..<1 << 30).contains(last),
      let columns = columns(reaching: read.dropFirst(rowCount))
    else { return nil }
    let owner = prefix.hasSuffix(".weight") ? String(prefix.dropLast(7)) : prefix
    let bias = scene.indexes[owner + ".bias"].map { scene.model.tensors[$0].elementCount }
    let rows = bias.flatMap { $0 > last && $0 < 2 * (last + 1) ? $0 : nil }
    return [rows ?? ceilingQuotient(last + 1, 8) * 8, columns]
  }

  /// A shape in a tensor of its own.
  fileprivate var statedShape: [Int]? {
    (integers(".shape") ?? integers(".size") ?? integers("_shape")).flatMap {
      $0.allSatisfy { $0 > 0 } ? $0 : nil
    }
  }
}
