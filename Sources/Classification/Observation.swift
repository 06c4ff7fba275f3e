internal import ModelFile
internal import TensorStats

/// Everything that a verdict rests on.
struct Observation {
  let model: Model
  let plan: Plan
  let measurements: Measurements
  /// What samples of values say about grids.
  let grids: [Int: GridEvidence]
  let mode: MeasuredMode
  let claims: QuantizationClaims
  /// Tensors with two values that are no weights: masks, selections, Hadamard matrices.
  let twoValued: Set<Int>
  /// Large matrices of zeros whose siblings are not zero either.
  let neverTrained: Set<Int>
  /// Layers of which every large matrix is zero, while others have some.
  let passedOver: Set<Int>
  /// The sampled tensors by their template: what holds for one layer holds for its like.
  private let samples: [Int: [GridSample]]
  /// The share of zeros of each measured weight.
  private let zeroShares: [Int: Double]

  /// A tensor that was sampled for grids.
  private struct GridSample {
    var tensor: Int
    var zeroShare: Double
    var grid: GridVerdict?
  }

  init(
    _ model: Model, _ plan: Plan, _ measurements: Measurements,
    _ grids: [Int: GridEvidence] = [:], _ mode: MeasuredMode
  ) {
    self.model = model
    self.plan = plan
    self.measurements = measurements
    self.grids = grids
    self.mode = mode
    claims = QuantizationClaims(model)
    var zeroShares: [Int: Double] = [:]
    var twoValued: Set<Int> = []
    var zero: [Int] = []
    var livingTemplates: Set<Int> = []
    for (index, measurement) in measurements
    where plan.tensors[index].role == .weight && measurement.count > 0 {
      let template = plan.names.places[index].template
      zeroShares[index] = Double(measurement.zeros) / Double(measurement.count)
      if measurement.zeros == measurement.count {
        zero.append(index)
      } else {
        livingTemplates.insert(template)
        if measurement.coverage == 1, Self.isTwoValued(measurement),
          !Self.isBinaryWeight(index, measurement, plan)
        {
          twoValued.insert(index)
        }
      }
    }
    var samples: [Int: [GridSample]] = [:]
    // Differences of BF16 numbers are multiples of its steps, whatever was done to them.
    for (index, evidence) in grids.sorted(by: { $0.key < $1.key }) where plan.fileRole != .delta {
      samples[plan.names.places[index].template, default: []].append(
        GridSample(
          tensor: index, zeroShare: zeroShares[index] ?? 0, grid: GridVerdict(evidence)))
    }
    self.samples = samples
    self.zeroShares = zeroShares
    let living = Set(
      measurements.lazy.filter { index, measured in
        plan.tensors[index].isPrunable && measured.zeros < measured.count
      }.map { plan.names.places[$0.0].layer })
    let inLayers = Set(
      zero.filter { plan.tensors[$0].isPrunable }.map { plan.names.places[$0].layer })
    passedOver = living.isEmpty ? [] : inLayers.subtracting(living).filter { $0 >= 0 }
    self.twoValued = twoValued
    neverTrained = Set(zero.filter { !livingTemplates.contains(plan.names.places[$0].template) })
  }

  /// The measured tensors of which something holds, with their measurements.
  func measured(
    where holds: @escaping (Int) -> Bool
  ) -> some Sequence<(index: Int, measured: Measurement)> {
    model.tensors.indices.lazy.filter(holds).compactMap { index in
      measurements[index].map { (index, $0) }
    }
  }

  /// The grid that the values of a tensor of plain numbers lie on; `nil` where none was found.
  func grid(of index: Int) -> GridVerdict? {
    guard let sample = sample(for: index) else { return nil }
    if let grid = sample.grid { return grid }
    // A grid that shows in one tensor explains as many zeros in its like, where it was missed.
    let share = zeroShares[index] ?? 0
    let like = nearest(share, { $0.grid != nil }, index)
    return like.flatMap { ZeroContrast.areUnlike($0.zeroShare, share) ? nil : $0.grid }
  }

  /// The sampled tensor that stands for a tensor of plain numbers: itself, or the one of its name with
  /// the most similar share of zeros.
  func gridSample(for index: Int) -> Int? { sample(for: index)?.tensor }

  private func sample(for index: Int) -> GridSample? {
    guard !isQuantized(index) else { return nil }
    let own = samples[plan.names.places[index].template]?.first { $0.tensor == index }
    return own ?? nearest(zeroShares[index] ?? 0, { _ in true }, index)
  }

  private func nearest(
    _ share: Double, _ isMeant: (GridSample) -> Bool, _ index: Int
  ) -> GridSample? {
    samples[plan.names.places[index].template]?.lazy.filter(isMeant).min {
      ZeroContrast.between($0.zeroShare, share) < ZeroContrast.between($1.zeroShare, share)
    }
  }

  /// Whether a tensor belongs to the prunable set now that it was measured.
  func isPrunable(_ index: Int) -> Bool {
    plan.tensors[index].isPrunable && !twoValued.contains(index) && !neverTrained.contains(index)
  }

  /// Whether a tensor is a matrix of a layer that does nothing.
  func isPassedOver(_ index: Int) -> Bool { passedOver.contains(plan.names.places[index].layer) }

  /// Whether a tensor takes part in the precision of the model; of two values only one that is called
  /// a weight.
  func decidesPrecision(_ index: Int) -> Bool {
    plan.tensors[index].role.decidesPrecision
      && (!twoValued.contains(index) || plan.names.template(index).role != nil)
  }

  /// The layer in a scheme that a tensor carries.
  func packedWeight(_ index: Int) -> PackedWeight? {
    guard let number = plan.tensors[index].packing, plan.packed[number].carrier == index else {
      return nil
    }
    return plan.packed[number]
  }

  /// The type of a tensor's elements: the header's, unless its bytes hold those of another.
  func elementType(_ index: Int) -> ElementType {
    if case .plain(let type)? = packedWeight(index)?.decoder {
      type
    } else {
      model.tensors[index].type
    }
  }

  /// Whether a tensor is packed, blocked or narrow by itself.
  func isQuantized(_ index: Int) -> Bool {
    if let packed = packedWeight(index) { return packed.codes.isQuantized }
    return model.tensors[index].type.codeBits != nil
  }

  /// The bits that integer codes of a byte each use: ⌈log₂(largest − smallest + 1)⌉; `nil` where not all
  /// of them were counted.
  func usedBits(_ index: Int) -> Int? {
    guard case .integer = packedWeight(index)?.codes ?? model.tensors[index].type.codeKind,
      let measured = measurements[index], measured.coverage == 1, let codes = measured.codes,
      codes.count == 256, measured.count >= Threshold.leastSample.count
    else { return nil }
    // Stored bytes are two's complement.
    let signed = (0..<256).filter { codes[$0] > 0 }.map { $0 < 128 ? $0 : $0 - 256 }
    guard let low = signed.min(), let high = signed.max(), high > low else { return nil }
    return Int.bitWidth - (high - low).leadingZeroBitCount
  }

  private static func isTwoValued(_ measurement: Measurement) -> Bool {
    if let distinct = measurement.distinct { return distinct == 2 }
    guard let lossless = measurement.lossless else { return false }
    // Different values besides zero, and zero.
    return lossless.distinctAtLeast + (measurement.zeros > 0 ? 1 : 0) == 2
  }

  /// Whether two values are −a and a of a tensor that is called a weight: one-bit weights.
  private static func isBinaryWeight(_ index: Int, _ measurement: Measurement, _ plan: Plan) -> Bool
  {
    guard let low = measurement.minimum?.double, let high = measurement.maximum?.double else {
      return false
    }
    return low == -high && low < 0 && plan.names.template(index).leaf == "weight"
  }
}
