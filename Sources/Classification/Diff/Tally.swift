internal import TensorStats

/// How many weights each kind of change has.
struct Tally {
  private var weights: [TensorChange.Kind: Double] = [:]
  private var tensors: [TensorChange.Kind: Int] = [:]
  private var sums: [TensorChange.Kind: Difference] = [:]
  private var errors: [(storage: String, tensors: Int, sum: Difference)] = []
  private var changedBookkeeping = 0
  /// Weights of the matrices that training works on; of all tensors where there are none.
  private let matrices: Double

  init(_ diff: Diff) {
    for tensor in diff.tensors {
      if tensor.isBookkeeping {
        if tensor.kind != .identical { changedBookkeeping += 1 }
        continue
      }
      tensors[tensor.kind, default: 0] += 1
      if let difference = tensor.difference {
        sums[tensor.kind, default: Difference()].merge(difference)
        if [.quantized, .requantized, .quantizedChanged].contains(tensor.kind) {
          let place = errors.firstIndex { $0.storage == tensor.storage }
          let index = place ?? errors.count
          if place == nil { errors.append((tensor.storage, 0, Difference())) }
          errors[index].tensors += 1
          errors[index].sum.merge(difference)
        }
      }
    }
    let isNetwork = diff.tensors.contains(where: \.isWeightMatrix)
    for tensor in diff.tensors
    where (tensor.isWeightMatrix || !isNetwork) && !tensor.isBookkeeping && tensor.kind != .unread {
      weights[tensor.kind, default: 0] += Double(max(1, tensor.parameters))
    }
    matrices = weights.values.reduce(0, +)
  }

  /// The share of the matrices' weights.
  func share(_ kind: TensorChange.Kind) -> Double {
    guard matrices > 0 else { return 0 }
    return (weights[kind] ?? 0) / matrices
  }

  /// The share of the matrices' weights that are the reference's.
  var untouched: Double { share(.identical) + share(.cast) }

  /// The numbers of all tensors of a kind together.
  func sum(_ kind: TensorChange.Kind) -> Difference { sums[kind] ?? Difference() }

  /// A sentence for each kind, and one for each type that was quantized to.
  var sentences: [(text: String, kind: TensorChange.Kind?)] {
    var all: [(String, TensorChange.Kind?)] = TensorChange.Kind.allCases.compactMap { kind in
      guard let count = tensors[kind], let words = Self.words[kind] else { return nil }
      var text = "\(count) \(count == 1 ? "tensor" : "tensors") \(words)"
      if let sum = sums[kind], kind != .identical, kind != .cast {
        if let error = sum.relativeRootMeanSquare {
          text += ": error \(decimal(error, digits: 4)) σ"
        }
        if let cosine = sum.cosine { text += ", cosine \(decimal(cosine, digits: 4))" }
        if kind == .pruned {
          text += ", \(percent(Double(sum.newZeros), of: Double(sum.count))) newly zero"
          if sum.referenceZeros > 0 {
            let kept = percent(Double(sum.commonZeros), of: Double(sum.referenceZeros))
            text += ", \(kept) of the reference's zeros kept"
          }
          text += ", \(percent(sum.survivorShare)) of the others unchanged"
        }
      }
      return (text, kind)
    }
    for (storage, count, sum) in errors.sorted(by: { $0.sum.count > $1.sum.count }) {
      guard let error = sum.relativeRootMeanSquare else { continue }
      var text =
        "\(storage), \(count) \(count == 1 ? "tensor" : "tensors"): error "
        + "\(decimal(error, digits: 4)) σ"
      if let expected = GaussianError.of(typeNamed: storage) {
        text += " (rounding normal weights to the nearest: \(expected) σ)"
      }
      all.append((text, nil))
    }
    if changedBookkeeping > 0 {
      all.append(("scales and other bookkeeping: \(changedBookkeeping) tensors changed", nil))
    }
    return all
  }

  static let words: [TensorChange.Kind: String] = [
    .identical: "identical", .cast: "with the same numbers in another type",
    .rounded: "rounded to another float type", .unrounded: "with more digits than the reference",
    .quantized: "quantized", .unquantized: "quantized in the reference only",
    .requantized: "quantized another way from the same weights",
    .quantizedChanged: "quantized and changed besides",
    .pruned: "pruned", .filled: "pruned in the reference only",
    .scaled: "multiplied by a constant",
    .changed: "changed", .unrelated: "unrelated", .reshaped: "with other dimensions",
    .unread: "not compared",
  ]
}
