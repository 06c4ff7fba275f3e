public import Classification
public import ModelFile
public import TensorStats

extension Report {
  /// Tells all that is known of a model.
  ///
  /// - Parameters:
  ///   - measurements: by the index of the tensor; of none where only the header was read.
  ///   - problems: what went wrong after the model was opened.
  public init(
    _ model: Model, plan: Plan, measurements: Measurements, verdict: Verdict,
    summary: MeasurementSummary, problems later: [ModelFile.Problem] = []
  ) {
    let found = model.problems + later
    let partPaths = model.parts.map(\.path)
    let (described, planned, details) = (model.tensors, plan.tensors, verdict.details)
    let tensors = Tensors(count: described.count) { index in
      Tensor(
        described[index], planned[index], file: partPaths[described[index].part],
        measurement: measurements[index], detail: details[index])
    }
    path = model.path
    status = Status(found)
    self.problems = found.map(Problem.init)
    format = model.format?.rawValue
    files = model.parts.map(File.init)
    fileRole = plan.fileRole.rawValue
    architecture = plan.architecture.map(Architecture.init)
    metadata = MetadataObject(model.metadata)
    totals = Totals(
      tensors: plan.totals.tensors, parameters: plan.totals.parameters,
      storedBytes: plan.totals.storedBytes, bitsPerWeight: finite(plan.totals.bitsPerWeight))
    storage = Storage.all(of: model.tensors)
    classification = Classification(verdict)
    measurement = summary
    // Without measurements no tensor has to be described for it.
    sparsityHistogram = SparsityHistogram(measurements.isEmpty ? [] : tensors)
    self.tensors = tensors
  }
}

extension Report.Tensor {
  fileprivate init(
    _ tensor: ModelFile.Tensor, _ planned: PlannedTensor, file: String, measurement: Measurement?,
    detail: TensorDetail?
  ) {
    self.init(
      name: tensor.name, file: file, type: tensor.type.name, shape: tensor.shape,
      logicalShape: planned.logicalShape,
      // The product of a shape that overflows does not exist.
      elements: elementCount(shape: tensor.shape), parameters: planned.parameters,
      bytes: tensor.byteCount, offset: tensor.offset, role: planned.role.rawValue,
      measurement: measurement.map { Report.TensorMeasurement($0, detail: detail) })
  }
}
