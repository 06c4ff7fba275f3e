internal import ModelFile
internal import TensorStats

/// VPTQ: the weights of v neighbouring outputs are one entry of a codebook, or the sum of two.
///
///     indices            I32 [groups, out/v, words], packed, the bits of both books side by side;
///                        or I16 [groups, out/v, in/groups]
///     centroids.weight   F16 [groups, k·v]
///     res_centroids.weight, res_indices   of the second book, where there is one
///     perm               I16 or I64 [in], the input that each stored place stands for
///     weight_scale, weight_bias   [in], by which inputs are scaled and moved
///     outlier_indices, outlier_centroids.weight   inputs that have a codebook of their own
///
/// `vptq/layers/vqlinear.py`, `vptq/ops/quant_gemm.py`, `vptq/utils/pack.py`.
enum VPTQ {
  static let signatures = [
    Signature(".indices", [.i32, .i16, .u16], with: [".centroids.weight"], match: match)
  ]

  private static let suffixes = [
    ".centroids.weight", ".res_centroids.weight", ".res_indices", ".outlier_indices",
    ".outlier_centroids.weight", ".perm", ".weight_scale", ".weight_bias", ".indices_norm",
  ]

  /// What the vectors of a layer are.
  private struct Form {
    /// Outputs and inputs.
    var shape: [Int]
    /// The outputs of a vector.
    var length: Int
    /// The bits of an index of each book; the second has none where there is none.
    var bits: [Int]
  }

  private static func match(_ module: Module) -> PackedWeight? {
    guard module.shape.count == 3, module.shape.allSatisfy({ $0 > 0 }),
      let centroids = module.shape(".centroids.weight"), centroids.count == 2,
      centroids[0] == module.shape[0], centroids[1] > 0,
      module.type(".centroids.weight")?.family == .float
    else { return nil }
    guard
      let form = claimed(module, centroids[1]) ?? found(module, centroids[1])
        ?? lengthClaimed(module, centroids[1])
    else {
      // How long the vectors are is not known; their number is the least that the weights can be.
      return module.tensor.type == .i32
        ? nil
        : PackedWeight(
          .vptq, "vectors of unknown length", module, auxiliary: suffixes,
          shape: [module.shape[1], module.shape[0].multipliedClamped(by: module.shape[2])],
          codes: .hidden, bits: nil)
    }
    let entries = form.bits.filter { $0 > 0 }.map { "k\(1 << $0)" }.joined(separator: " ")
    return PackedWeight(
      .vptq,
      "v\(form.length) \(entries)",
      module,
      auxiliary: suffixes,
      shape: form.shape,
      codes: .vectors,
      bits: nil,
      decoder: decoder(module, form)
    )
  }

  /// As the configuration has the length of vectors for all layers, and the shapes the rest (GPTQModel).
  private static func lengthClaimed(_ module: Module, _ centroids: Int) -> Form? {
    guard let length = module.claims.settings?["vector_lens"]?.array?.last?.integer,
      (1...1024).contains(length)
    else { return nil }
    let bits = indexBits(module, centroids, length)
    guard bits[0] > 0 else { return nil }
    let places =
      module.tensor.type == .i32
      ? module.shape[2].multipliedClamped(by: 32) / bits.reduce(0, +) : module.shape[2]
    return Form(
      shape: [
        module.shape[1].multipliedClamped(by: length),
        places.multipliedClamped(by: module.shape[0]),
      ],
      length: length, bits: bits)
  }

  /// The bits of an index of each book, by the entries that it has.
  private static func indexBits(_ module: Module, _ centroids: Int, _ length: Int) -> [Int] {
    let residual = module.shape(".res_centroids.weight")?.last ?? 0
    return [centroids / length, residual / length].map {
      $0 > 1 ? Int.bitWidth - ($0 - 1).leadingZeroBitCount : 0
    }
  }

  /// As the configuration has each layer.
  private static func claimed(_ module: Module, _ centroids: Int) -> Form? {
    let layer = module.claims.settings?["config_for_layers"]?[module.prefix]
    guard let outputs = layer?["out_features"]?.integer, outputs > 0,
      let inputs = layer?["in_features"]?.integer, inputs > 0, outputs < 1 << 30, inputs < 1 << 30,
      let length = layer?["vector_lens"]?.array?.last?.integer, (1...1024).contains(length),
      ceilingQuotient(outputs, length) == module.shape[1]
    else { return nil }
    let bits = indexBits(module, centroids, length)
    return bits[0] > 0 ? Form(shape: [outputs, inputs], length: length, bits: bits) : nil
  }

  /// As the shapes of packed indices have it: the bits of both books are those of an index, and both have
  /// vectors of one length.
  private static func found(_ module: Module, _ centroids: Int) -> Form? {
    guard module.tensor.type == .i32,
      let inputs = module.elements(".perm") ?? module.elements(".weight_scale"), inputs > 0,
      inputs % module.shape[0] == 0
    else { return nil }
    let total = module.shape[2].multipliedClamped(by: 32) / (inputs / module.shape[0])
    let residual = module.shape(".res_centroids.weight")?.last
    for bits in stride(from: min(total, 16), to: 0, by: -1) {
      let rest = total - bits
      guard centroids % (1 << bits) == 0, rest < 17, residual != nil || rest == 0 else { continue }
      let length = centroids >> bits
      guard residual == nil || residual == length << rest, (1...1024).contains(length) else {
        continue
      }
      return Form(
        shape: [module.shape[1].multipliedClamped(by: length), inputs], length: length,
        bits: [bits, rest])
    }
    return nil
  }

  private static func decoder(_ module: Module, _ form: Form) -> PackedDecoder? {
    let (groups, inputs) = (module.shape[0], form.shape[1])
    let isPacked = module.tensor.type == .i32
    guard module[".outlier_indices"] == nil, inputs % groups == 0,
      let entries = module[".centroids.weight"],
      ceilingQuotient(form.shape[0], form.length) == module.shape[1]
    else { return nil }
    let width = form.bits.reduce(0, +)
    let places = inputs / groups
    guard
      isPacked
        ? ceilingQuotient(places * width, 32) == module.shape[2] : places == module.shape[2]
    else { return nil }
    var books = [
      IndexedVectors.Book(
        indices: module.carrier, indexBits: isPacked ? width : 16, firstBit: 0, bits: form.bits[0],
        isPacked: isPacked, entries: entries)
    ]
    if form.bits[1] > 0 {
      guard let residual = module[".res_centroids.weight"],
        let indices = isPacked ? module.carrier : module[".res_indices"]
      else { return nil }
      books.append(
        IndexedVectors.Book(
          indices: indices, indexBits: isPacked ? width : 16,
          firstBit: isPacked ? form.bits[0] : 0, bits: form.bits[1], isPacked: isPacked,
          entries: residual))
    }
    let sharing = GroupValues.Sharing.tiles(rows: form.shape[0], columns: 1)
    return PackedDecoder(
      storage: .indexed(
        IndexedVectors(
          length: form.length, groups: groups, books: books, order: module[".perm"])),
      scales: module.scale(".weight_scale", sharing: sharing),
      bias: module.values(".weight_bias", sharing: sharing))
  }
}
