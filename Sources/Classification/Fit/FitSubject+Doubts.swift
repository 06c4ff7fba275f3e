extension FitSubject {
  /// What measuring found of weights that are less than they are stored as, in words, and the bits
  /// that are left of each.
  static func doubts(_ verdict: Verdict) -> (words: [String], realBits: Double?) {
    var doubts: [String] = []
    var realBits = verdict.precision.storageBits.map { min($0, 16) }
    let precision = verdict.precision
    if let bits = precision.effectiveBits, let stored = precision.storageBits,
      precision.grid != nil || verdict.quantization == nil, bits <= min(stored, 16) * shareOfBits
    {
      realBits = bits
      let name = precision.effective.map { " (\($0))" } ?? ""
      let words = precision.grid == nil ? "" : ": it looks dequantized"
      doubts.append(
        "its \(precision.storage.uppercased()) holds values of \(decimal(bits)) "
          + "bits\(name)\(words)")
    }
    if verdict.labels.contains(where: { $0 == .pruned || $0 == .sparse }) {
      let sparsity = verdict.sparsity
      if let zeros = sparsity.zeroFraction { realBits = realBits.map { $0 * (1 - zeros) } }
      let share = (sparsity.excessZeroFraction ?? sparsity.zeroFraction).map {
        "about \(percent($0))"
      }
      doubts.append("it was pruned: \(share ?? "some") of its prunable weights are gone")
    }
    return (doubts, doubts.isEmpty ? nil : realBits)
  }

  /// BF16 in 32 bits counts as 16 of 16, and no width of codes comes so near to that of its type.
  private static let shareOfBits = 0.75
}
