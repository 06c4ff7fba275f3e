internal import ModelFile
internal import TensorStats

/// How many bits the weights have and how many they use.
struct PrecisionFacet {
  var precision: Verdict.Precision
  var evidence: [Verdict.Evidence] = []
  /// How sure the storage's name is as a label.
  var confidence = 1.0

  init(_ observed: Observation, _ storage: StorageFacet, _ quantized: QuantizedFacet) {
    precision = Verdict.Precision(
      storage: storage.byteCount == 0 ? "none" : storage.dominant?.name ?? "mixed",
      storageBits: storage.parameters > 0
        ? 8 * Double(storage.byteCount) / Double(storage.parameters) : nil,
      effective: nil, effectiveBits: nil, entropyBits: nil, losslessType: nil, losslessBytes: nil,
      container: nil, grid: nil)
    if storage.byteCount > 0 {
      add("\(inUnits(storage.parameters)) weights are stored as \(storage.description)", 1)
    }
    precision.entropyBits = Self.entropy(observed)
    if let container = observed.plan.packed.lazy.compactMap({ $0.containerName }).first {
      precision.container = container
      add("the weights are losslessly compressed (\(container)): no quantization", 1)
    }
    if quantized.holdsMostWeights {
      judgeCodes(observed, quantized)
    } else {
      judgeContent(observed, storage)
      judgeGrids(observed)
    }
  }

  // MARK: - Grids

  /// Looks for values that lie on the grid of an earlier quantization.
  private mutating func judgeGrids(_ observed: Observation) {
    // A sampled matrix stands for those like it, so that a few unusual ones do not count for more.
    var standing: [Int: Int] = [:]
    for index in observed.plan.tensors.indices where observed.isPrunable(index) {
      guard let sample = observed.gridSample(for: index) else { continue }
      standing[sample] = (standing[sample] ?? 0).addingClamped(
        observed.plan.tensors[index].parameters)
    }
    var tested = 0
    var sums: [String: (grid: GridVerdict, parameters: Int, tensors: Int)] = [:]
    var widths: [String: [Int: Int]] = [:]
    var count = 0
    var casts = 0
    var mixtures = 0
    for (index, evidence) in observed.grids.sorted(by: { $0.key < $1.key }) {
      guard observed.isPrunable(index), let parameters = standing[index] else { continue }
      tested = tested.addingClamped(parameters)
      count += 1
      guard var grid = GridVerdict(evidence) else { continue }
      guard !grid.isSum else {
        mixtures += 1
        continue
      }
      // The smallest numbers of a float type step evenly, so that a cast looks like a grid of integers;
      // a table of fewer entries would say more.
      if let cast = cast(observed, index),
        grid.kind == .uniform || grid.kind == .fp8Tile
          || grid.entries ?? 0 > Threshold.tableEntries.count
      {
        guard cast.bits == 8, precision.effective != cast.rawValue else {
          casts += 1
          continue
        }
        grid = GridVerdict(.fp8Tile, bits: 8, confidence: 0.95, content: cast)
      }
      // Matrices whose rows use few of their codes look narrower than others of the same model.
      let key =
        "\(grid.kind) \(grid.content?.rawValue ?? "") \(grid.hasColumnScales) \(grid.entries != nil)"
      var sum = sums[key] ?? (grid, 0, 0)
      sum.parameters = sum.parameters.addingClamped(parameters)
      sum.tensors += 1
      sum.grid.confidence = min(sum.grid.confidence, grid.confidence)
      if sum.grid.groupSize != grid.groupSize { sum.grid.groupSize = nil }
      if let entries = grid.entries { sum.grid.entries = max(sum.grid.entries ?? 0, entries) }
      sums[key] = sum
      widths[key, default: [:]][grid.bits, default: 0] += parameters
    }
    for (key, sum) in sums {
      let usual = widths[key]?.max { ($0.value, $0.key) < ($1.value, $1.key) }
      sums[key]?.grid.bits = usual?.key ?? sum.grid.bits
    }
    guard tested > 0 else { return }
    if mixtures > 0 {
      add(
        "the values of \(mixtures) of \(counting(count, "sampled matrix", "sampled matrices")) lie on few "
          + "of many fine steps, as averages of quantized models do", 0.7)
    }
    guard
      let best = sums.values.max(by: {
        ($0.parameters, $1.grid.bits) < ($1.parameters, $0.grid.bits)
      })
    else {
      guard casts == 0, mixtures == 0 else { return }
      return add(
        "no trace of an earlier quantization in samples of \(counting(count, "matrix", "matrices"))",
        0.9)
    }
    let share = Double(best.parameters) / Double(tested)
    let group = best.grid.groupSize.map { ", groups of \($0)" } ?? ""
    let table = best.grid.entries.map {
      "come from tables of \($0) values for each "
        + (best.grid.groupSize.map { "group of \($0)" }
          ?? ($0 > Threshold.tableEntries.count ? "matrix" : "row"))
    }
    let scaled = best.grid.hasColumnScales ? ", after scaling columns" : ""
    let place =
      best.grid.content.map { "are \($0.rawValue) numbers, as they are or times scales" }
      ?? table ?? "lie on \(article(best.grid.bits)) \(best.grid.bits)-bit grid "
      + "(\(best.grid.kind.rawValue.replacing("_", with: " "))\(group)\(scaled))"
    add(
      "the values of \(best.tensors) of \(counting(count, "sampled matrix", "sampled matrices")) \(place): "
        + "they look dequantized", best.grid.confidence)
    guard share >= Threshold.gridShare.value else {
      let all = sums.values.reduce(0) { $0.addingClamped($1.parameters) }
      let bits = widths.values.flatMap(\.keys)
      if let least = bits.min(), let most = bits.max(),
        Double(all) >= Threshold.partOnGrids.value * Double(tested)
      {
        let part = Verdict.PartOnGrids(share: Double(all) / Double(tested), bits: least...most)
        precision.partOnGrids = part
        let tensors = sums.values.reduce(0) { $0 + $1.tensors }
        if tensors > best.tensors {
          add(
            "\(tensors) of \(counting(count, "sampled matrix", "sampled matrices")) look dequantized from "
              + part.described, best.grid.confidence)
        }
      }
      return
    }
    precision.grid = Verdict.Grid(
      kind: best.grid.kind, bits: best.grid.bits, groupSize: best.grid.groupSize, share: share,
      confidence: best.grid.confidence)
    precision.effectiveBits = Double(best.grid.bits)
    precision.effective =
      switch best.grid.kind {
      case .uniform: "int\(best.grid.bits)"
      case .fp8Tile: (best.grid.content ?? .e4m3).rawValue
      case .codebook, .ternary, .binary: best.grid.kind.rawValue
      }
  }

  /// The 8-bit float type whose numbers a tensor holds as they are, without a scale, or the one of 16
  /// bits whose smallest ones they are.
  private func cast(_ observed: Observation, _ index: Int) -> FloatContent? {
    observed.telling(index).flatMap { measured in
      FloatContent.allCases.first {
        $0.bits == 8 ? $0.isContent(of: measured) : $0.isRangeEnd(of: measured)
      }
    }
  }

  /// Blocks of 8 bits that use as few codes as 4 bits would: quantized twice.
  private mutating func judgeBlocks(_ observed: Observation) {
    var tested = 0
    var narrow = 0
    for (index, measured) in observed.measured(where: observed.isPrunable) {
      let type = observed.model.tensors[index].type
      guard type == .q8_0 || type == .q6K || type == .q8_1, let blocks = measured.blockCodes,
        blocks.blocks >= 8
      else { continue }
      let parameters = observed.plan.tensors[index].parameters
      tested = tested.addingClamped(parameters)
      if measured.requantizedBits != nil { narrow = narrow.addingClamped(parameters) }
    }
    guard tested > 0, Double(narrow) >= Threshold.gridShare.value * Double(tested) else { return }
    precision.effective = "int4"
    precision.effectiveBits = 4
    precision.grid = Verdict.Grid(
      kind: .uniform, bits: 4, groupSize: 32, share: Double(narrow) / Double(tested),
      confidence: 0.9)
    add(
      "no block of 32 weights uses more than 16 codes: these weights had 4 bits before they were stored in 8",
      0.9)
  }

  // MARK: - Plain numbers

  /// Looks for an upcast: values that a narrower type holds exactly.
  private mutating func judgeContent(_ observed: Observation, _ storage: StorageFacet) {
    guard let label = storage.dominant?.label, let width = storage.dominant?.label?.floatBits else {
      return
    }
    let matrices = observed.plan.tensors.indices.filter {
      observed.decidesPrecision($0)
        && observed.model.tensors[$0].type.precisionLabel == label
    }
    let informative = matrices.filter { observed.telling($0) != nil }
    let total = informative.reduce(0) { $0.addingClamped(observed.plan.tensors[$1].parameters) }
    guard !matrices.isEmpty, matrices.contains(where: { observed.measurements[$0] != nil }) else {
      return
    }
    precision.effective = label.rawValue
    precision.effectiveBits = width
    // Constants and zeros fit every type.
    guard total > 0 else { return }
    for content in FloatContent.allCases where content.mayBeContent(of: label) {
      let held = informative.filter { observed.telling($0).map(content.isContent) ?? false }
      let parameters = held.reduce(0) { $0.addingClamped(observed.plan.tensors[$1].parameters) }
      guard Double(parameters) >= Threshold.upcastParameters.value * Double(total) else { continue }
      precision.effective = content.rawValue
      precision.effectiveBits = Double(content.bits)
      describe(content, of: informative, label, observed)
      if observed.mode == .exact, Double(content.bits) < width {
        offerConversion(observed, label, content)
      }
      return
    }
  }

  /// Counts the values, not the tensors, that a narrower type holds.
  private mutating func describe(
    _ content: FloatContent, of tensors: [Int], _ label: Verdict.Label, _ observed: Observation
  ) {
    var (held, eligible, all) = (0, 0, 0)
    for index in tensors {
      guard let measured = observed.measurements[index], let counts = measured.lossless else {
        continue
      }
      held = held.addingClamped(content.count(in: counts))
      eligible = eligible.addingClamped(counts.eligible)
      all = all.addingClamped(measured.countInAll)
    }
    let share = percent(Double(held), of: Double(eligible))
    let isSampled = observed.mode == .sample
    let weights =
      isSampled
      ? "the \(inUnits(eligible)) sampled of \(inUnits(all)) \(label.rawValue) weights"
      : "\(inUnits(eligible)) \(label.rawValue) weights other than zero"
    let rest =
      held < eligible && !isSampled ? "; \(inUnits(eligible - held)) are not" : ""
    add(
      "\(share) of \(weights) are exactly \(content.rawValue) values\(rest)",
      isSampled ? Threshold.sampledConfidence.value : 0.999)
  }

  /// Says what a conversion saves where it loses nothing at all.
  private mutating func offerConversion(
    _ observed: Observation, _ label: Verdict.Label, _ content: FloatContent
  ) {
    var bytes = 0
    var others = 0
    for (index, tensor) in observed.model.tensors.enumerated() {
      let isWide = tensor.type.precisionLabel == label
      guard isWide else { bytes = bytes.addingClamped(tensor.byteCount); continue }
      let counts = observed.measurements[index]?.lossless
      let fits =
        counts.map { content.count(in: $0) == $0.eligible } ?? (tensor.elementCount == 0)
      if fits {
        bytes = bytes.addingClamped(Int(Double(tensor.elementCount) * Double(content.bits) / 8))
      } else {
        bytes = bytes.addingClamped(tensor.byteCount)
        others += 1
      }
    }
    guard bytes < observed.plan.totals.storedBytes else { return }
    precision.losslessType = content.rawValue
    precision.losslessBytes = bytes
    add(
      "stored as \(content.rawValue) the file would hold the same values in \(inBytes(bytes)) instead of "
        + "\(inBytes(observed.plan.totals.storedBytes))"
        + (others > 0 ? "; \(others) tensors need \(label.rawValue)" : ""), 0.999)
  }

  // MARK: - Codes

  /// The codes' own precision, and containers wider than them.
  private mutating func judgeCodes(_ observed: Observation, _ quantized: QuantizedFacet) {
    guard let bits = quantized.quantization?.bits else { return }
    precision.effectiveBits = bits
    if let used = Self.usedBits(observed), used < 8 {
      precision.effectiveBits = min(used, bits)
      add("the codes use \(decimal(used)) of the 8 bits that hold them", 0.95)
    }
    let effectiveBits = precision.effectiveBits ?? bits
    var kinds: [String: Int] = [:]
    for index in observed.plan.tensors.indices
    where observed.decidesPrecision(index) && observed.isQuantized(index) {
      let type = observed.model.tensors[index].type
      let kind = observed.packedWeight(index)?.codes ?? type.codeKind
      let name: String =
        switch kind {
        case .float4: "fp4_e2m1"
        case .normalFloat4, .vectors: "codebook"
        case .ternary: "ternary"
        case .scaledFloat, .castFloat:
          type.precisionName.hasPrefix("fp") ? type.precisionName : "fp8_e4m3"
        case .values(let value): value.precisionName
        case .integer, .offsetInteger: "int"
        case .hidden:
          type.family == .block && type != .q2K ? "codebook" : type == .q2K ? "int" : "codebook"
        case .compressed, nil: "int"
        }
      kinds[name] = (kinds[name] ?? 0).addingClamped(observed.plan.tensors[index].parameters)
    }
    guard let kind = kinds.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key else { return }
    precision.effective = kind == "int" ? "int\(Int(effectiveBits.rounded()))" : kind
    judgeBlocks(observed)
  }

  /// The mean number of bits that codes of a byte each use.
  private static func usedBits(_ observed: Observation) -> Double? {
    var sum = 0.0
    var parameters = 0
    for index in observed.plan.tensors.indices where observed.decidesPrecision(index) {
      guard let bits = observed.usedBits(index) else { continue }
      let weight = observed.plan.tensors[index].parameters
      sum += Double(bits) * Double(weight)
      parameters = parameters.addingClamped(weight)
    }
    return parameters > 0 ? sum / Double(parameters) : nil
  }

  /// The mean entropy of the weights, by parameters, where nearly all have one: that of the few
  /// which are not packed says nothing of the others.
  private static func entropy(_ observed: Observation) -> Double? {
    var sum = 0.0
    var parameters = 0
    var measuredParameters = 0
    for (index, measured) in observed.measured(where: observed.decidesPrecision) {
      let weight = observed.plan.tensors[index].parameters
      measuredParameters = measuredParameters.addingClamped(weight)
      guard let entropy = measured.entropyBits else { continue }
      sum += entropy * Double(weight)
      parameters = parameters.addingClamped(weight)
    }
    let least = Threshold.dominantShare.value * Double(measuredParameters)
    return parameters > 0 && Double(parameters) >= least ? sum / Double(parameters) : nil
  }

  private mutating func add(_ statement: String, _ confidence: Double) {
    evidence.append(
      Verdict.Evidence(facet: .precision, statement: statement, confidence: confidence))
  }
}

extension Observation {
  /// The measurement of a tensor with enough values to show what narrower type they came from.
  func telling(_ index: Int) -> Measurement? {
    guard let measured = measurements[index], let counts = measured.lossless,
      counts.eligible >= Threshold.upcastSample.count,
      counts.distinctAtLeast >= Threshold.narrowDistinct.count
        || FloatContent.allCases.contains(where: { $0.isRangeEnd(of: measured) })
    else { return nil }
    return measured
  }
}

extension Verdict.PartOnGrids {
  /// `4 bits`, `2 to 8 bits`.
  var described: String {
    bits.lowerBound == bits.upperBound
      ? counting(bits.lowerBound, "bit", "bits") : "\(bits.lowerBound) to \(bits.upperBound) bits"
  }
}

extension Verdict.Label {
  /// The bits of a plain precision.
  var floatBits: Double? {
    switch self {
    case .fp64: 64
    case .fp32: 32
    case .fp16, .bf16: 16
    case .sparse, .quantized, .pruned, .mixed, .none, .distilled: nil
    }
  }
}

extension PackedWeight {
  /// The lossless container that holds the weights.
  var containerName: String? {
    if case .compressed = codes { scheme.rawValue } else { nil }
  }
}
