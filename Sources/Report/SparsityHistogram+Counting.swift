extension Report.SparsityHistogram {
  /// The edges of the bins: fine where incidental zeros end, then tenths.
  static let standardEdges = [0, 0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]

  /// Counts the measured tensors of role weight.
  init(_ measured: some Sequence<Report.Tensor>) {
    edges = Self.standardEdges
    tensors = Array(repeating: 0, count: edges.count - 1)
    parameters = tensors
    for tensor in measured where tensor.role == "weight" {
      guard let share = tensor.measurement?.zeroFraction else { continue }
      // Bins are closed on the left, the last one on both sides.
      let bin = (edges.lastIndex { $0 <= share } ?? 0).clamped(to: edges.count - 2)
      tensors[bin] += 1
      parameters[bin] += tensor.parameters
    }
  }
}

extension Int {
  fileprivate func clamped(to limit: Int) -> Int { Swift.min(self, limit) }
}
