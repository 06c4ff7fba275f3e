internal import ModelFile
internal import TensorStats

/// Where the zeros are, which of them pruning made, and whether anything can use them.
struct SparsityFacet {
  var sparsity: Verdict.Sparsity
  var isSparse = false
  var isPruned = false
  /// How sure that is.
  var confidence = 1.0
  var evidence: [Verdict.Evidence] = []

  private var prunable: [Int] = []
  /// Those of them in which runs of zeros mean anything, and those in which whole rows and tiles do.
  private var patternable: [Int] = []
  private var structurable: [Int] = []
  private var prunableParameters = 0
  /// Those of them that were not left out of the measurement: what shares are taken of.
  private var judgedParameters = 0
  private var countedMatrices = 0
  private var counted = 0
  private var zeros = 0
  /// Those of them at the ends of matrices, which are padding.
  private var padded = 0
  private var excess = 0.0
  private var excessParameters = 0
  /// The matrices that look pruned.
  private var prunedMatrices: [Int] = []
  private var hiddenParameters = 0
  private var unjudgedParameters = 0
  private var quantizedParameters = 0
  /// Weights in codes with an offset, and those of them that are near zero.
  private var offsetCount = 0
  private var nearZeros = 0

  init(_ observed: Observation) {
    sparsity = Verdict.Sparsity(
      zeroFraction: nil, zeroFractionAll: nil, prunableParameters: 0, excessZeroFraction: nil,
      measurable: true, level: nil, pattern: nil, n: nil, m: nil, axis: nil, methodHint: nil,
      storage: .dense, naturalZeros: [])
    count(observed)
    judgeLayout(observed)
    judgeZeros(observed)
    if observed.plan.fileRole == .delta, sparsity.storage == .dense {
      (isPruned, isSparse) = (false, false)
      add("zeros of a difference are weights that did not change, not pruned ones", 1)
    }
    sparsity.naturalZeros = NaturalZeros.explain(observed)
  }

  // MARK: - Counting

  private mutating func count(_ observed: Observation) {
    var countedAll = 0
    var zerosAll = 0
    for (index, planned) in observed.plan.tensors.enumerated() {
      let measured = observed.measurements[index]
      if planned.role.holdsParameters, !observed.twoValued.contains(index), let measured {
        countedAll = countedAll.addingClamped(measured.countInAll)
        zerosAll = zerosAll.addingClamped(measured.zerosInAll)
      }
      guard observed.isPrunable(index) else { continue }
      prunable.append(index)
      if !makesRunsOfZeros(index, observed) { patternable.append(index) }
      if !makesRowsOfZeros(index, observed) { structurable.append(index) }
      prunableParameters = prunableParameters.addingClamped(planned.parameters)
      if observed.isQuantized(index) || observed.grid(of: index) != nil {
        quantizedParameters = quantizedParameters.addingClamped(planned.parameters)
      }
      if observed.model.tensors[index].type.codeKind == .offsetInteger, let measured,
        let near = measured.nearZeros
      {
        offsetCount = offsetCount.addingClamped(measured.count)
        nearZeros = nearZeros.addingClamped(near)
      }
      let isHidden = hidesZeros(index, observed)
      if isHidden { hiddenParameters = hiddenParameters.addingClamped(planned.parameters) }
      if isHidden || measured != nil {
        judgedParameters = judgedParameters.addingClamped(planned.parameters)
      }
      guard let origin = ZeroOrigin(index, observed) else { continue }
      countedMatrices += 1
      counted = counted.addingClamped(origin.count)
      zeros = zeros.addingClamped(origin.zeros)
      padded = padded.addingClamped(
        observed.measurements[index]?.structure.map(Padding.init)?.zeros ?? 0)
      excess += origin.excess * Double(origin.count)
      if origin.excess >= Threshold.prunedZeros.value {
        prunedMatrices.append(index)
        excessParameters = excessParameters.addingClamped(planned.parameters)
      }
      if !origin.isJudged {
        unjudgedParameters = unjudgedParameters.addingClamped(planned.parameters)
      }
    }
    sparsity.prunableParameters = prunableParameters
    sparsity.zeroFraction = counted > 0 ? Double(zeros) / Double(counted) : nil
    sparsity.zeroFractionAll = countedAll > 0 ? Double(zerosAll) / Double(countedAll) : nil
    sparsity.measurable = hiddenParameters <= max(prunableParameters, 1) - hiddenParameters
    if counted > 0, quantizedParameters > 0 {
      sparsity.excessZeroFraction = excess / Double(counted)
    }
  }

  /// Whether whole groups become zero by nature: with one or two bits, a float zero point often rounds
  /// to a code, which then stands for most of a group.
  private func makesRunsOfZeros(_ index: Int, _ observed: Observation) -> Bool {
    guard let packed = observed.packedWeight(index), let bits = packed.bits else { return false }
    return packed.codes == .offsetInteger && bits <= 2
  }

  /// Whether whole rows, columns and tiles become zero by nature: with up to three bits, outliers leave
  /// to their neighbours no code but zero.
  private func makesRowsOfZeros(_ index: Int, _ observed: Observation) -> Bool {
    if let grid = observed.grid(of: index) { return grid.bits <= 3 }
    let packed = observed.packedWeight(index)
    let type = observed.elementType(index)
    guard let bits = packed?.bits ?? type.codeBits.map(Double.init) else { return false }
    switch packed?.codes ?? type.codeKind {
    case .offsetInteger, .integer, .ternary: return bits <= 3
    default: return false
    }
  }

  /// Whether no count of zeros says anything of a tensor.
  private func hidesZeros(_ index: Int, _ observed: Observation) -> Bool {
    let type = observed.elementType(index)
    if let packed = observed.packedWeight(index), packed.decoder == nil { return true }
    switch observed.packedWeight(index)?.codes ?? type.codeKind {
    case .hidden, .compressed: return true
    // Types with an offset do not keep zeros; near zeros tell of heavy pruning only.
    case .offsetInteger where type.family == .block:
      return (ZeroOrigin(index, observed)?.excess ?? 0) == 0
    default: return false
    }
  }

  // MARK: - Layouts

  private mutating func judgeLayout(_ observed: Observation) {
    var parameters: [Verdict.Sparsity.Storage: (weights: Int, stored: Int)] = [:]
    for packed in observed.plan.packed where packed.sparseStorage != .dense {
      guard observed.plan.tensors[packed.carrier].isPrunable else { continue }
      let stored =
        packed.sparseStorage == .marlin24
        ? packed.parameters / 2 : observed.model.tensors[packed.carrier].elementCount
      let sum = parameters[packed.sparseStorage, default: (0, 0)]
      parameters[packed.sparseStorage] = (
        sum.weights.addingClamped(packed.parameters), sum.stored.addingClamped(stored)
      )
    }
    guard
      let (storage, sum) = parameters.max(by: {
        ($0.value.weights, $1.key.rawValue) < ($1.value.weights, $0.key.rawValue)
      }), sum.weights > 0
    else { return }
    let share = Double(sum.weights) / Double(max(prunableParameters, 1))
    guard share >= Threshold.prunedParameterShare.value else { return }
    sparsity.storage = storage
    isSparse = true
    let absent = 1 - Double(min(sum.stored, sum.weights)) / Double(sum.weights)
    isPruned = absent >= Threshold.prunedZeros.value
    if storage == .bitmask24 || storage == .marlin24 {
      (sparsity.pattern, sparsity.n, sparsity.m, sparsity.axis) = (.nOfM, 2, 4, .input)
    }
    add(
      "\(percent(absent)) of \(inUnits(sum.weights)) weights are not stored: the layout is "
        + storage.rawValue.replacing("_", with: " "), 1)
  }

  // MARK: - Zeros

  private mutating func judgeZeros(_ observed: Observation) {
    guard let fraction = sparsity.zeroFraction else {
      if !sparsity.measurable {
        explainHidden(observed); sparsity.level = Verdict.Sparsity.Level.none;
        sparsity.pattern = sparsity.pattern ?? Verdict.Sparsity.Pattern.none
      }
      return
    }
    let isFull = observed.mode == .exact
    confidence =
      isFull && judgedParameters == prunableParameters
      ? Threshold.countedConfidence.value : Threshold.sampledConfidence.value
    let isQuantized = quantizedParameters > prunableParameters - quantizedParameters
    let structures = ZeroedStructure.find(observed, structurable)
    // Zeros that codes have by nature need no explanation.
    let toExplain = isQuantized ? excess : Double(zeros)
    let leastParameters = Threshold.prunedParameterShare.value * Double(judgedParameters)
    var largest = structures.first {
      Double($0.parameters) >= leastParameters
        && Double($0.zeros) >= Threshold.structuredExplained.value * toExplain
    }
    // Rows and columns of fused or neighbouring matrices explain together what neither does alone.
    let crossed = ZeroedStructure.crossed(observed, structurable)
    let areCrossed =
      crossed.zeros > 0 && Double(crossed.parameters) >= leastParameters
      && Double(crossed.zeros) >= Threshold.blockExplained.value * toExplain
    if areCrossed, largest == nil { largest = structures.max { $0.zeros < $1.zeros } }
    if isQuantized, let largest, Double(max(largest.zeros, crossed.zeros)) > excess {
      excess = Double(max(largest.zeros, crossed.zeros))
      sparsity.excessZeroFraction = excess / Double(max(counted, 1))
    }
    let pruned = excess / Double(max(counted, 1))
    let patterned = findGroups(observed)
    let level = Self.level(
      quantizedParameters > 0 && sparsity.storage == .dense && patterned == nil
        ? pruned : fraction - Double(padded) / Double(max(counted, 1)))
    sparsity.level = level
    if Double(excessParameters) >= Threshold.prunedParameterShare.value
      * Double(judgedParameters),
      pruned >= Threshold.prunedZeros.value,
      // A sample must not say what the whole might refute.
      isFull || interval(fraction, observed).lowerBound >= Threshold.prunedZeros.value
    {
      isPruned = true
    }
    describeZeros(fraction, isQuantized, patterned != nil, observed)
    if !sparsity.measurable { explainHidden(observed) }

    for structure in structures { describe(structure) }
    if !observed.passedOver.isEmpty {
      let layers = observed.passedOver.sorted().map(String.init).joined(separator: ", ")
      add("every matrix of layer \(layers) is zero: the network passes it over", 0.95)
    }
    // Fewer zeros are a dead row or a padded one, and no pattern of the model.
    let block = fraction >= Threshold.structuredShare.value ? findBlocks(observed) : nil
    // Where most blocks of a row are zero, some rows are.
    let isStructure =
      largest.map {
        block == nil || areCrossed
          || Double($0.zeros) >= Threshold.blockExplained.value * toExplain
      } ?? false
    if let patterned {
      apply(patterned)
    } else if let largest, isStructure {
      sparsity.pattern = largest.pattern
      sparsity.structureShare = Double(largest.zeroed) / Double(max(largest.all, 1))
      isPruned = true
    } else if let block {
      sparsity.pattern = .block
      isSparse = true
      isPruned = true
      add(
        "all-zero tiles of \(block.rows) × \(block.columns) hold \(percent(block.explained)) of the zeros "
          + "in at least \(percent(Threshold.patternParameterShare.value)) of the prunable parameters",
        0.99)
    } else if sparsity.pattern == nil {
      sparsity.pattern =
        level == .none || level == .incidental
        ? Verdict.Sparsity.Pattern.none : isFull ? .unstructured : nil
    }
    if !isPruned, !isSparse, !prunedMatrices.isEmpty { describePart(observed) }
    if level == .partial || level == .half || level == .high, !isQuantized {
      sparsity.methodHint = MethodHint.find(observed, prunable)
    }
    if !isFull, level != .none {
      add("N:M, block and row patterns were not tested: they need every byte", 1)
    }
  }

  /// The band of a share of zeros.
  static func level(_ fraction: Double) -> Verdict.Sparsity.Level {
    if fraction < Threshold.incidentalZeros.value { return .none }
    if fraction < Threshold.prunedZeros.value { return .incidental }
    if fraction < Threshold.halfZeros.value { return .partial }
    return fraction < Threshold.highZeros.value ? .half : .high
  }

  // MARK: - Patterns

  /// An N:M pattern of the model.
  private struct FoundGroups {
    var pattern: GroupPattern
    /// Whether so many parameters hold it that the model is one for such hardware.
    var isWhole: Bool
  }

  /// The pattern that most prunable parameters or nearly all zeros hold; `nil` where it is neither.
  private mutating func findGroups(_ observed: Observation) -> FoundGroups? {
    var sums: [String: (pattern: GroupPattern, parameters: Int, zeros: Int, tensors: Int)] = [:]
    for index in patternable {
      guard let measured = observed.measurements[index],
        let pattern = observed.groupPattern(index, measured)
      else { continue }
      let key = "\(pattern.n):\(pattern.m) \(pattern.axis)"
      var sum = sums[key] ?? (pattern, 0, 0, 0)
      sum.parameters = sum.parameters.addingClamped(observed.plan.tensors[index].parameters)
      sum.zeros = sum.zeros.addingClamped(measured.zerosInAll)
      sum.pattern.groups =
        sum.tensors == 0 ? pattern.groups : sum.pattern.groups.addingClamped(pattern.groups)
      sum.pattern.compliance = min(sum.pattern.compliance, pattern.compliance)
      sum.tensors += 1
      sums[key] = sum
    }
    guard
      let best = sums.values.max(by: {
        ($0.parameters, $1.pattern.m) < ($1.parameters, $0.pattern.m)
      })
    else { return nil }
    let share = Double(best.parameters) / Double(max(judgedParameters, 1))
    let pattern = best.pattern
    let along =
      pattern.axis == .input ? "along the inputs" : "along the outputs, where no hardware uses it"
    add(
      "\(pattern.n):\(pattern.m) \(along) holds in \(best.tensors) of \(prunable.count) matrices "
        + "(\(percent(share)) of the prunable parameters, at least \(percent(pattern.compliance)) of "
        + "\(inUnits(pattern.groups)) groups; chance \(percent(pattern.chance)))", 0.99)
    let isWhole = share >= Threshold.patternParameterShare.value
    let holdsZeros =
      share >= Threshold.prunedParameterShare.value
      && Double(best.zeros) >= Threshold.blockExplained.value * Double(zeros)
    return isWhole || holdsZeros ? FoundGroups(pattern: pattern, isWhole: isWhole) : nil
  }

  private mutating func apply(_ found: FoundGroups) {
    sparsity.pattern = .nOfM
    sparsity.n = found.pattern.n
    sparsity.m = found.pattern.m
    sparsity.axis = found.pattern.axis
    isPruned = true
    if found.isWhole, found.pattern.axis == .input { isSparse = true }
    confidence = 0.99
  }

  private func findBlocks(_ observed: Observation) -> BlockPattern? {
    var sums: [String: (pattern: BlockPattern, parameters: Int)] = [:]
    for index in structurable {
      guard let pattern = observed.blockPattern(index) else { continue }
      let key = "\(pattern.rows)x\(pattern.columns)"
      var sum = sums[key] ?? (pattern, 0)
      sum.parameters = sum.parameters.addingClamped(observed.plan.tensors[index].parameters)
      sum.pattern.explained = min(sum.pattern.explained, pattern.explained)
      sums[key] = sum
    }
    guard
      let best = sums.values.max(by: {
        ($0.parameters, $0.pattern.rows) < ($1.parameters, $1.pattern.rows)
      }),
      Double(best.parameters) >= Threshold.patternParameterShare.value * Double(judgedParameters)
    else { return nil }
    return best.pattern
  }

  // MARK: - Words

  private mutating func describeZeros(
    _ fraction: Double, _ isQuantized: Bool, _ isPatterned: Bool, _ observed: Observation
  ) {
    guard zeros > 0 || !isQuantized else {
      add("none of \(inUnits(counted)) decoded weights is zero", confidence)
      return
    }
    let matrices = counting(prunable.count, "prunable matrix", "prunable matrices")
    let part = countedMatrices < prunable.count ? "\(countedMatrices) of " : ""
    let scope = "\(inUnits(counted)) weights in \(part)\(matrices)"
    let share = "\(percent(fraction)) of \(scope)"
    guard isQuantized else {
      return add("\(share) are zero" + sampledInterval(fraction, observed), confidence)
    }
    let zeros = "\(share) decode to zero" + sampledInterval(fraction, observed)
    let more = percent(excess / Double(max(counted, 1)))
    if !sparsity.measurable {
      add("\(zeros), which tells nothing of pruning", confidence)
    } else if excess > 0 || isPatterned {
      add("\(zeros); \(more) are more than dense weights have", confidence)
    } else if fraction < Threshold.prunedZeros.value {
      add("\(zeros), too few for pruning", confidence)
    } else {
      add(
        "\(zeros), as those of dense weights may in these codes; pruning that removed no more than "
          + "what the codes round to zero would not show", Threshold.hiddenPruning.value)
    }
  }

  /// The 95 % interval of a sampled share: from those of the tensors, which know how zeros cluster in
  /// pages; what is missed in one tensor is independent of what is missed in another.
  private func interval(_ fraction: Double, _ observed: Observation) -> ClosedRange<Double> {
    var (below, above) = (0.0, 0.0)
    for index in prunable {
      guard let measured = observed.measurements[index], measured.count > 0,
        let interval = measured.zeroShareInterval
      else { continue }
      let weight = Double(measured.countInAll) / Double(counted)
      let share = Double(measured.zeros) / Double(measured.count)
      below += weight * weight * (share - interval.lowerBound) * (share - interval.lowerBound)
      above += weight * weight * (interval.upperBound - share) * (interval.upperBound - share)
    }
    let least = max(0, fraction - below.squareRoot())
    let most = min(1, fraction + above.squareRoot())
    return min(least, most)...max(least, most)
  }

  private func sampledInterval(_ fraction: Double, _ observed: Observation) -> String {
    guard observed.mode == .sample, counted > 0 else { return "" }
    let interval = interval(fraction, observed)
    return
      " (95 % interval \(percent(interval.lowerBound)) to \(percent(interval.upperBound)), sampled)"
  }

  private mutating func describe(_ structure: ZeroedStructure) {
    let names: [Verdict.Sparsity.Pattern: String] = [
      .experts: "experts", .neurons: "feed-forward neurons", .heads: "attention heads",
      .rows: "rows", .columns: "columns",
    ]
    add(
      "\(structure.zeroed) of \(structure.all) \(names[structure.pattern] ?? "parts") are zero throughout",
      0.95)
  }

  /// Some matrices are pruned, but not enough for the model to be.
  private mutating func describePart(_ observed: Observation) {
    sparsity.prunedPart = Verdict.Sparsity.PrunedPart(
      matrices: prunedMatrices.count, all: prunable.count)
    let names = prunedMatrices.prefix(3).map { observed.model.tensors[$0].name }
    let others = prunedMatrices.count - names.count
    add(
      "\(prunedMatrices.count) of \(counting(prunable.count, "matrix", "matrices")) have zeros as pruning makes, with "
        + "\(percent(Double(excessParameters), of: Double(max(judgedParameters, 1)))) of the prunable "
        + "parameters: \(names.joined(separator: ", "))"
        + (others > 0 ? " and \(others) more" : ""), 0.95)
  }

  private mutating func explainHidden(_ observed: Observation) {
    guard prunableParameters > 0 else { return }
    let share = percent(Double(hiddenParameters), of: Double(prunableParameters))
    add(
      "zeros cannot be measured in \(share) of the prunable parameters: their codes have none, tell no "
        + "single weight, or lie in an order that is not known", 1)
    let near = Double(nearZeros)
    guard offsetCount > 0, near > Threshold.nearZeros.value * Double(offsetCount) else { return }
    add(
      "\(percent(near, of: Double(offsetCount))) of the weights in codes with an offset lie within 0.05 σ of "
        + "zero, where dense weights have 4 to 7 %: they may have been pruned before", 0.6)
  }

  private mutating func add(_ statement: String, _ confidence: Double) {
    evidence.append(
      Verdict.Evidence(facet: .sparsity, statement: statement, confidence: confidence))
  }
}

extension Observation {
  /// The N:M pattern of a matrix, where every byte was read and one holds.
  func groupPattern(_ index: Int, _ measured: Measurement) -> GroupPattern? {
    guard let structure = measured.structure, let view = plan.tensors[index].matrix,
      measured.count > 0
    else { return nil }
    return GroupPattern(
      structure, view: view, zeroShare: Double(measured.zeros) / Double(measured.count),
      isQuantized: isQuantized(index) || grid(of: index) != nil)
  }

  /// The block pattern of a matrix, where every byte was read and one holds.
  func blockPattern(_ index: Int) -> BlockPattern? {
    guard let measured = measurements[index], let structure = measured.structure else { return nil }
    // Zeros at the ends of a matrix are padding, and lie in tiles by nature.
    let padded = Padding(structure).zeros
    guard padded < measured.zeros - padded else { return nil }
    // Codes have zeros besides, which lie anywhere.
    let origin = isQuantized(index) ? ZeroOrigin(index, self) : nil
    let natural = origin.map { $0.excess > 0 ? $0.zeros - Int($0.excess * Double($0.count)) : 0 }
    return BlockPattern(
      structure, zeros: measured.zeros - (natural ?? 0), count: measured.count,
      isQuantized: origin != nil)
  }
}
