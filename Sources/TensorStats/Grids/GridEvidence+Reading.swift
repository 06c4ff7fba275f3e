public import ModelFile

extension GridEvidence {
  /// Samples a tensor, along the axis on which a grid shows best.
  ///
  /// Values share a scale along the inputs of a layer, which are neighbours in a row of most files;
  /// some store matrices the other way round, and names do not always tell.
  ///
  /// - Parameters:
  ///   - model: the model of the reading.
  ///   - matrixHeight: the rows of each of the tensor's matrices; `nil` where only rows are sampled.
  ///   - areInputsRows: whether the inputs are known to lie below one another.
  /// - Returns: `nil` where the tensor is empty or cannot be read.
  public init?(
    _ reading: Reading, of model: Model, matrixHeight: Int? = nil, areInputsRows: Bool = false
  ) {
    guard let samples = SampleRows(reading, of: model) else { return nil }
    let storage = model.tensors[reading.tensor].type
    self.init(samples, storage: storage)
    // Codes round small weights to zero; hardly any other dense weight is zero.
    let zeros = samples.rows.reduce(0) { $0 + $1.count { $0 == 0 } }
    let hasZeros = Double(zeros) >= Self.zeroShareOfGrids * Double(sampleCount)
    guard let matrixHeight, areInputsRows || hasZeros,
      let columns = SampleRows(reading, of: model, columnsOf: matrixHeight)
    else { return }
    let other = GridEvidence(columns, storage: storage)
    if other.clarity > clarity { self = other }
  }

  /// The share of zeros from which values are worth a second look: 4-bit codes have 7 % and more.
  static let zeroShareOfGrids = 0.05

  /// How clearly the values lie on some grid: that of a periodogram's peak, more for a codebook.
  private var clarity: Double {
    let fits = codebooks.contains { $0.share >= 0.99 && $0.groups >= 8 }
    return (lattices.map(\.medianPeak).max() ?? 0) + (fits ? 1 : 0)
  }
}
