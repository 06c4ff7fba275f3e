internal import ModelFile
internal import TensorStats

/// What is odd in the build of the network.
///
/// Without the model it may come from, little of it is sure.
struct StructureFacet {
  var findings: [Verdict.Finding] = []

  init(_ observed: Observation) {
    let plan = observed.plan
    switch plan.fileRole {
    case .part: describePart(observed)
    case .adapter: describeAdapter(observed)
    case .model:
      checkLayers(observed)
      checkExperts(observed)
      checkWidths(observed)
      checkSize(observed)
    case .delta, .vocabulary, .importanceMatrix, .projector, .embedding, .other: break
    }
    checkRepeats(observed)
    describeUntrained(observed)
  }

  private mutating func describePart(_ observed: Observation) {
    add(
      .lonePart,
      "one part of a larger set: what is said here is about this part, not about the model", 1)
  }

  private mutating func describeAdapter(_ observed: Observation) {
    let zero = observed.measurements.filter {
      observed.plan.tensors[$0.index].role == .adapter && $0.measured.count > 0
        && $0.measured.zeros == $0.measured.count
    }.count
    let all = observed.plan.tensors.count { $0.role == .adapter }
    if zero > 0, zero * 2 >= all {
      add(
        .untrainedAdapter,
        "\(zero) of \(all) adapter tensors are zero throughout, as before training", 0.9)
    }
  }

  /// Numbers that are missing among the layers, or more layers configured than there are.
  private mutating func checkLayers(_ observed: Observation) {
    var numbers: [Int: Set<Int>] = [:]
    for place in observed.plan.names.places where place.layer >= 0 {
      numbers[place.template, default: []].insert(place.layer)
    }
    var layers: [String: Set<Int>] = [:]
    for (template, found) in numbers {
      // What stands before the number names the stack.
      let stack = String(observed.plan.names.templates[template].text.prefix { $0 != "#" })
      layers[stack, default: []].formUnion(found)
    }
    for (stack, numbers) in layers.sorted(by: { $0.key < $1.key }) {
      guard let last = numbers.max(), last < 1 << 12, last >= 2 else { continue }
      let missing = (0...last).filter { !numbers.contains($0) }
      guard !missing.isEmpty, missing.count <= last / 2 else { continue }
      let list = missing.prefix(8).map(String.init).joined(separator: ", ")
      add(
        .missingLayers,
        "of layers 0 to \(last) of \(stack.dropFirst()) these are missing: \(list)"
          + (missing.count > 8 ? ", …" : "")
          + "; consistent with dropped layers or an incomplete file", 0.5)
    }
    guard
      let configured = observed.model.sidecar(.config) == nil
        ? nil : observed.plan.architecture?.layers,
      let found = layers.values.map(\.count).max(), found < configured, layers.count == 1
    else { return }
    add(
      .missingLayers, "the configuration says \(configured) layers, the file has \(found)", 0.5)
  }

  /// Numbers of experts that no published family has.
  private static let usualExperts: Set = [60, 72, 96, 160, 384, 576]

  private mutating func checkExperts(_ observed: Observation) {
    let config = observed.model.sidecar(.config)
    if case .object? = observed.claims.settings?["moe_sparsity_config"] {
      add(
        .expertsPruned, "the configuration says that experts were pruned (moe_sparsity_config)",
        0.5)
    }
    let routers = observed.plan.tensors.indices.filter { observed.plan.tensors[$0].role == .router }
      .compactMap { index -> Int? in
        let shape = observed.model.tensors[index].shape
        return shape.count == 2 && shape[0] > 1 ? Int(clamping: shape[0]) : nil
      }
    let experts = routers.max() ?? observed.plan.architecture?.experts
    guard let experts, experts > 1 else { return }
    if let configured = config == nil ? nil : observed.plan.architecture?.experts,
      configured != experts, !routers.isEmpty
    {
      add(
        .expertsPruned,
        "routers choose among \(experts) experts, the configuration says \(configured)", 0.5)
    } else if experts & (experts - 1) != 0, !Self.usualExperts.contains(experts), experts > 8 {
      add(
        .expertsPruned,
        "\(experts) experts are an unusual number; consistent with pruned experts or a custom design",
        Threshold.structureConfidence.value)
    }
  }

  /// Widths that differ from layer to layer, or that no one chooses for speed.
  private mutating func checkWidths(_ observed: Observation) {
    let hidden = observed.plan.context.hiddenSize ?? 0
    var widths: [Int: Int] = [:]
    for index in observed.plan.tensors.indices where observed.plan.tensors[index].role == .weight {
      let place = observed.plan.names.places[index]
      guard place.layer >= 0, place.expert < 0, let view = observed.plan.tensors[index].matrix,
        view.count == 1
      else { continue }
      let owner = observed.plan.names.template(index).owner
      if ["up_proj", "ffn_up", "w#", "fc#"].contains(owner), view.columns == hidden {
        widths[view.rows, default: 0] += 1
      }
    }
    guard hidden >= 512 else { return }
    if widths.count > 2 {
      add(
        .unevenWidths,
        "feed-forward layers have \(widths.count) different widths; consistent with structured pruning "
          + "or a design of that kind", 0.4)
    } else if let odd = widths.keys.first(where: { $0 % 16 != 0 }) {
      add(
        .oddWidth,
        "feed-forward layers are \(odd) wide, no multiple of 16; consistent with structured pruning or a "
          + "custom design", Threshold.structureConfidence.value)
    }
  }

  private mutating func checkSize(_ observed: Observation) {
    let layers = observed.plan.architecture?.layers ?? 0
    let parameters = observed.plan.totals.parameters
    guard layers > 0, parameters > 0, parameters < 5_000_000,
      observed.model.sidecar(.config) != nil || observed.model.format == .gguf
    else { return }
    add(
      .testSize, "\(inUnits(parameters)) parameters: a model for tests rather than for use", 0.6)
  }

  /// Layers whose every statistic is the same as another's: copies, as in models made deeper.
  private mutating func checkRepeats(_ observed: Observation) {
    var groups: [Int: [String: [Int]]] = [:]
    for (index, measured) in observed.measured(where: observed.isPrunable) {
      let place = observed.plan.names.places[index]
      guard place.layer >= 0, measured.coverage == 1,
        let mean = measured.mean, let sigma = measured.standardDeviation, sigma > 0
      else { continue }
      groups[place.template, default: [:]][
        "\(place.expert) \(mean) \(sigma) \(measured.zeros)", default: []
      ]
      .append(place.layer)
    }
    guard !groups.isEmpty else { return }
    // Copies agree in every template.
    var pairs: [[Int]: Int] = [:]
    for group in groups.values {
      for layers in group.values where layers.count > 1 { pairs[layers.sorted(), default: 0] += 1 }
    }
    let copies = pairs.filter { $0.value >= groups.count }.keys.sorted {
      $0.lexicographicallyPrecedes($1)
    }
    guard let first = copies.first, groups.count >= 2 else { return }
    add(
      .repeatedLayers,
      "\(copies.count) sets of layers have the same weights, the first are layers "
        + first.prefix(4).map(String.init).joined(separator: " and ")
        + "; consistent with a model made deeper by copying", 0.8)
  }

  private mutating func describeUntrained(_ observed: Observation) {
    let names = observed.neverTrained.map { observed.model.tensors[$0].name }.sorted()
    guard let first = names.first else { return }
    add(
      .allZeroTensors,
      "\(counting(names.count, "matrix is", "matrices are")) zero throughout, as modules that start at zero and "
        + "were never trained (the first is \(first))", 0.9)
  }

  private mutating func add(_ code: FindingCode, _ statement: String, _ confidence: Double) {
    findings.append(
      Verdict.Finding(code: code.rawValue, statement: statement, confidence: confidence))
  }
}
