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

  var prunable: [Int] = []
  /// Those of them in which runs of zeros mean anything, and those in which whole rows and tiles do.
  var patternable: [Int] = []
  var structurable: [Int] = []
  var prunableParameters = 0
  /// Those of them that were not left out of the measurement: what shares are taken of.
  var judgedParameters = 0
  var countedMatrices = 0
  var counted = 0
  var zeros = 0
  /// Those of them at the ends of matrices, which are padding.
  private var padded = 0
  var excess = 0.0
  var excessParameters = 0
  /// The matrices that look pruned.
  var prunedMatrices: [Int] = []
  var hiddenParameters = 0
  private var unjudgedParameters = 0
  private var quantizedParameters = 0
  /// Weights in codes with an offset, and those of them that are near zero.
  var offsetCount = 0
  var nearZeros = 0

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
      if !observed.makesRunsOfZeros(index) { patternable.append(index) }
      if !observed.makesRowsOfZeros(index) { structurable.append(index) }
      prunableParameters = prunableParameters.addingClamped(planned.parameters)
      // Zeros of weights too small for their type are as natural as those of codes.
      if observed.isQuantized(index) || observed.grid(of: index) != nil
        || measured?.underflows(observed.model.tensors[index].type) ?? false
      {
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
    // Zeros that codes have by nature need no explanation.
    let structures = findStructures(observed, toExplain: isQuantized ? excess : Double(zeros))
    if isQuantized, structures.largest != nil, Double(structures.zeros) > excess {
      excess = Double(structures.zeros)
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

    for structure in structures.all { describe(structure) }
    describePassedOver(observed)
    // Fewer zeros are a dead row or a padded one, and no pattern of the model.
    let block = fraction >= Threshold.structuredShare.value ? findBlocks(observed) : nil
    if let patterned {
      apply(patterned)
    } else if let largest = structures.largest, block == nil || structures.explainAll {
      // Where most blocks of a row are zero, some rows are.
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
}
