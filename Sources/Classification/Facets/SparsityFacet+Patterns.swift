internal import ModelFile
internal import TensorStats

extension SparsityFacet {
  /// Whole rows, columns and what they are parts of.
  struct FoundStructures {
    var all: [ZeroedStructure]
    /// The one that explains the zeros of the model, where one does.
    var largest: ZeroedStructure?
    /// The zeros in it, or in all rows and columns together.
    var zeros = 0
    /// Whether hardly any zeros lie outside.
    var explainAll = false
  }

  func findStructures(_ observed: Observation, toExplain: Double) -> FoundStructures {
    let leastParameters = Threshold.prunedParameterShare.value * Double(judgedParameters)
    func explain(_ parameters: Int, _ zeros: Int, _ least: Threshold) -> Bool {
      zeros > 0 && Double(parameters) >= leastParameters
        && Double(zeros) >= least.value * toExplain
    }
    var found = FoundStructures(all: ZeroedStructure.find(observed, structurable))
    found.largest = found.all.first { explain($0.parameters, $0.zeros, .structuredExplained) }
    // Rows and columns of fused or neighbouring matrices explain together what neither does alone.
    let crossed = ZeroedStructure.crossed(observed, structurable)
    let areCrossed = explain(crossed.parameters, crossed.zeros, .blockExplained)
    if areCrossed, found.largest == nil { found.largest = found.all.max { $0.zeros < $1.zeros } }
    guard let largest = found.largest else { return found }
    found.zeros = max(largest.zeros, crossed.zeros)
    found.explainAll = areCrossed || explain(largest.parameters, largest.zeros, .blockExplained)
    return found
  }

  /// An N:M pattern of the model.
  struct FoundGroups {
    var pattern: GroupPattern
    /// Whether so many parameters hold it that the model is one for such hardware.
    var isWhole: Bool
  }

  /// The pattern that most prunable parameters or nearly all zeros hold; `nil` where it is neither.
  mutating func findGroups(_ observed: Observation) -> FoundGroups? {
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

  mutating func apply(_ found: FoundGroups) {
    sparsity.pattern = .nOfM
    sparsity.n = found.pattern.n
    sparsity.m = found.pattern.m
    sparsity.axis = found.pattern.axis
    isPruned = true
    if found.isWhole, found.pattern.axis == .input { isSparse = true }
    confidence = 0.99
  }

  func findBlocks(_ observed: Observation) -> BlockPattern? {
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

  /// Whether whole groups become zero by nature: with one or two bits, a float zero point often rounds
  /// to a code, which then stands for most of a group.
  func makesRunsOfZeros(_ index: Int) -> Bool {
    guard let packed = packedWeight(index), let bits = packed.bits else { return false }
    return packed.codes == .offsetInteger && bits <= 2
  }

  /// Whether whole rows, columns and tiles become zero by nature: with up to three bits, outliers leave
  /// to their neighbours no code but zero.
  func makesRowsOfZeros(_ index: Int) -> Bool {
    if let grid = grid(of: index) { return grid.bits <= 3 }
    let packed = packedWeight(index)
    let type = elementType(index)
    guard let bits = packed?.bits ?? type.codeBits.map(Double.init) else { return false }
    switch packed?.codes ?? type.codeKind {
    case .offsetInteger, .integer, .ternary: return bits <= 3
    default: return false
    }
  }
}
