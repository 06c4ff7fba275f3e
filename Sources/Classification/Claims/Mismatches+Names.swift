internal import ModelFile
internal import TensorStats

/// What names and the model card say of precision and zeros.
extension Mismatches {
  /// The file's name, its folder's and the one in the metadata.
  mutating func checkNames(
    _ names: ClaimedNames, _ observed: Observation, _ stored: ClaimedStorage.Found,
    _ sparsity: SparsityFacet, _ measured: String
  ) {
    let isModel = observed.plan.fileRole == .model
    for name in names.names
    where ["name", "file name", "folder name", "general.name"].contains(name.source) {
      // An owner of many models is called after their kind.
      let text = name.text.split(separator: "/").last.map(String.init) ?? name.text
      // Names of GGUF files are compared as those of llama.cpp's types; what was quantized keeps the
      // name of what it was quantized from.
      if isModel, observed.model.format != .gguf {
        let claimed = ClaimedStorage(name: text)
        if !claimed.isEmpty, !claimed.holds(for: stored) {
          add(claimed.differentWords.joined(separator: ", "), name.source, measured)
        }
      }
      if isModel, let claim = ClaimedZeros(text) {
        check([claim], name.source, observed, sparsity)
      }
    }
  }

  /// The tags of the card, and what it says of the model's origin.
  mutating func checkCard(
    _ names: ClaimedNames, _ observed: Observation, _ stored: ClaimedStorage.Found,
    _ sparsity: SparsityFacet, _ measured: String
  ) {
    guard observed.plan.fileRole == .model, observed.model.format == .safetensors,
      observed.model.isOfItsFolder, let card = observed.model.sidecar(.card)
    else { return }
    let source = "model card"
    let tags = names.tags.filter { $0.source == "model card tags" }.map(\.text)
    let claimed = ClaimedStorage(tags: tags)
    if !claimed.isEmpty, !claimed.holds(for: stored) {
      add(claimed.differentWords.joined(separator: ", "), source + " tags", measured)
    }
    let isOfOneFormat = !tags.contains { ["gguf", "onnx", "openvino"].contains($0.lowercased()) }
    let relation = card["base_model_relation"]?.string?.lowercased()
    if relation == "quantized", stored.scheme == nil, isOfOneFormat {
      add("base_model_relation quantized", source, "no codes: \(measured)")
    }
    check(ClaimedZeros.all(inTags: tags), source + " tags", observed, sparsity)
    if let text = card["sparsity"]?.string, let claim = ClaimedZeros.sparsity(text) {
      check([claim], source, observed, sparsity)
    }
  }

  // MARK: - Zeros

  /// Compares promised zeros with those that were counted.
  mutating func check(
    _ claims: [ClaimedZeros], _ source: String, _ observed: Observation, _ facet: SparsityFacet
  ) {
    let sparsity = facet.sparsity
    guard observed.mode != .header, sparsity.measurable, let zeros = sparsity.zeroFraction else {
      return
    }
    let counted = "\(percent(zeros)) zeros among the prunable weights"
    let isDense = sparsity.level == Verdict.Sparsity.Level.none && !facet.isSparse
    var broken: [String] = []
    var measured = counted
    for claim in claims {
      switch claim.promise {
      case .share(let share):
        if !observed.holdsZeros(share, zeros) { broken.append(claim.words) }
      case .groups(let n, let m):
        guard !holdsGroups(n, m, observed, sparsity) else { continue }
        broken.append(claim.words)
        if let foundN = sparsity.n, let foundM = sparsity.m {
          measured = "\(counted), in a pattern of \(foundN):\(foundM)"
        } else if !isDense {
          measured = "\(counted), in no such groups"
        }
      case .some: if isDense { broken.append(claim.words) }
      case .parts:
        guard isDense else { continue }
        evidence.append(
          Verdict.Evidence(
            facet: .sparsity,
            statement:
              "by the \(source) it is \(claim.words), but \(percent(zeros)) of the prunable weights are zero: "
              + "parts that were taken out whole would leave no trace in this file", confidence: 0.5
          ))
      }
    }
    guard !broken.isEmpty else { return }
    add(broken.joined(separator: ", "), source, measured)
  }

  private func holdsGroups(
    _ n: Int, _ m: Int, _ observed: Observation, _ sparsity: Verdict.Sparsity
  ) -> Bool {
    // Groups are counted where every byte was read.
    if observed.mode != .exact {
      return (sparsity.zeroFraction ?? 0) >= Threshold.prunedZeros.value
    }
    func fits(_ foundN: Int, _ foundM: Int) -> Bool { foundM <= m && foundN * m <= n * foundM }
    if let foundN = sparsity.n, let foundM = sparsity.m, fits(foundN, foundM) { return true }
    var held = 0
    for (index, measured) in observed.measured(where: observed.isPrunable) {
      guard let pattern = observed.groupPattern(index, measured), fits(pattern.n, pattern.m) else {
        continue
      }
      held = held.addingClamped(observed.plan.tensors[index].parameters)
    }
    return Double(held)
      >= Threshold.prunedParameterShare.value * Double(max(sparsity.prunableParameters, 1))
  }
}

extension Observation {
  /// Whether so many weights are zero: of all that can be pruned, or of the matrices that were.
  fileprivate func holdsZeros(_ share: Double, _ all: Double) -> Bool {
    let tolerance = Threshold.claimedZeros.value
    if abs(all - share) <= tolerance { return true }
    var held = 0
    var total = 0
    for (index, measured) in measured(where: isPrunable) where measured.count > 0 {
      let parameters = plan.tensors[index].parameters
      total = total.addingClamped(parameters)
      if abs(Double(measured.zeros) / Double(measured.count) - share) <= tolerance {
        held = held.addingClamped(parameters)
      }
    }
    return total > 0
      && Double(held) >= Threshold.prunedParameterShare.value * Double(total)
  }
}

extension Model {
  /// Whether what lies beside the file speaks of it: it was not picked out of a folder of several by
  /// a name of its own.
  var isOfItsFolder: Bool {
    guard let part = parts.first, parts.count == 1, part.path == path else { return true }
    let components = path.split(separator: "/")
    guard let file = components.last else { return false }
    let usual = [
      "model.", "model-", "pytorch_model.", "consolidated.", "diffusion_pytorch_model.", "weights.",
    ]
    if usual.contains(where: file.hasPrefix) { return true }
    // Downloads keep the name of the repository.
    guard let folder = components.dropLast().last else { return false }
    return file.hasPrefix(folder + ".")
  }
}
