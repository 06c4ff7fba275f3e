internal import ModelFile

/// Claims of names, metadata, cards and configuration that the tensors contradict.
struct Mismatches {
  var found: [Verdict.Mismatch] = []
  /// Claims that are odd but hold: quantized when it is loaded, not in the file.
  var notes: [Verdict.Finding] = []
  /// Claims that the tensors can neither bear out nor contradict.
  var evidence: [Verdict.Evidence] = []

  init(
    _ observed: Observation, _ storage: StorageFacet, _ quantized: QuantizedFacet,
    _ sparsity: SparsityFacet
  ) {
    checkIndex(observed.model)
    guard storage.byteCount > 0 else { return }
    let measured = Self.description(storage, quantized)
    checkFileType(observed, measured)
    checkConfiguration(observed, quantized, measured)
    checkSparsity(observed, sparsity)
    checkDataType(observed, storage, quantized)
    checkSizes(observed)
    let names = ClaimedNames(observed.model)
    let stored = ClaimedStorage.Found(observed, storage, quantized)
    checkNames(names, observed, stored, sparsity, measured)
    checkCard(names, observed, stored, sparsity, measured)
  }

  private static func description(_ storage: StorageFacet, _ quantized: QuantizedFacet) -> String {
    guard let found = quantized.quantization else { return storage.description }
    let bits = found.bits.map { "\(decimal($0, digits: 1)) bits, " } ?? ""
    return "\(found.scheme)\(found.variant.map { " " + $0 } ?? "") (\(bits)\(storage.description))"
  }

  mutating func add(_ claim: String, _ source: String, _ measured: String) {
    let mismatch = Verdict.Mismatch(claim: claim, source: source, measured: measured)
    // A folder often repeats what its file is called.
    if !found.contains(mismatch) { found.append(mismatch) }
  }

  // MARK: - Index

  /// What the index of a sharded model says of its files.
  private mutating func checkIndex(_ model: Model) {
    let codes: [(ProblemCode, String)] = [
      (.wrongTotalSize, "total_size"), (.misplacedTensor, "weight_map"),
      (.unindexedTensor, "weight_map"),
    ]
    for (code, key) in codes {
      let problems = model.problems.filter { $0.code == code }
      guard let first = problems.first else { continue }
      let others = problems.count > 1 ? "; and \(problems.count - 1) more like it" : ""
      add(key, "index", first.message + others)
    }
  }

  // MARK: - GGUF

  /// Compares the type in `general.file_type` and in the file name with the types of the matrices.
  private mutating func checkFileType(_ observed: Observation, _ measured: String) {
    guard observed.model.format == .gguf,
      observed.plan.fileRole == .model || observed.plan.fileRole == .part
    else { return }
    var types: [ElementType: Int] = [:]
    var total = 0
    for index in observed.plan.tensors.indices where observed.decidesPrecision(index) {
      let planned = observed.plan.tensors[index]
      guard planned.role == .weight else { continue }
      let type = observed.model.tensors[index].type
      types[type] = (types[type] ?? 0).addingClamped(planned.parameters)
      total = total.addingClamped(planned.parameters)
    }
    guard total > 0 else { return }
    var claims: [([FileTypeClaim], String)] = []
    if let number = observed.model[metadata: "general.file_type"]?.integer,
      let claim = FileTypeClaim(number: number)
    {
      claims.append(([claim], "general.file_type"))
    }
    // A folder is often called after the model that a file was made from.
    if let name = ClaimedNames(observed.model).names.first(where: {
      ["name", "file name", "folder name"].contains($0.source)
        && !FileTypeClaim.claims(in: $0.text).isEmpty
    }) {
      claims.append((FileTypeClaim.claims(in: name.text), name.source))
    }
    for (claims, source) in claims {
      // Of two types in a name one is where the file comes from.
      let held = Set(claims.flatMap(\.types)).reduce(0) { $0.addingClamped(types[$1] ?? 0) }
      // Mixtures raise some tensors above the type they are named after, and fall back for odd widths.
      guard Double(held) < Threshold.claimedShare.value * Double(total) else { continue }
      let dominant = types.max { ($0.value, $1.key.name) < ($1.value, $0.key.name) }
      let share = percent(Double(dominant?.value ?? 0), of: Double(total))
      add(
        claims.map(\.name).joined(separator: ", "), source,
        "\(dominant?.key.name ?? "?") in \(share) of the matrices' parameters")
    }
  }
}
