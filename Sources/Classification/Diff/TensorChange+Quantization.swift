internal import ModelFile
internal import TensorStats

// Whether codes alone explain how far quantized weights are from the others.
extension TensorChange {
  /// The error that codes make of normal weights, in deviations; `nil` for floats.
  var referenceCodeError: Double? { Self.codeError(referenceStorage, referenceBits) }

  /// The same for the other's codes, or for those whose grid its floats lie on.
  var codeError: Double? {
    Self.codeError(storage, bits)
      ?? gridBits.flatMap {
        kind == .quantized || kind == .unquantized
          ? GaussianError.of(typeNamed: "", bits: Double($0)) : nil
      }
  }

  private static func codeError(_ storage: String, _ bits: Double?) -> Double? {
    floats.contains(storage) || bits == nil
      ? nil : GaussianError.of(typeNamed: storage, bits: bits)
  }

  /// The error of two quantizations of the same weights; of one where the other side has floats.
  var codeErrors: Double {
    let (a, b) = (referenceCodeError ?? 0, codeError ?? 0)
    return (a * a + b * b).squareRoot()
  }

  /// Tells what was quantized from the other side from what was quantized beside it, and from what was
  /// changed besides.
  mutating func explainError(_ pair: ReadingPair, _ samplers: Samplers) {
    guard let error = difference?.relativeRootMeanSquare else { return }
    switch kind {
    case .quantized, .unquantized: break
    case .changed where referenceStorage == storage && codeError != nil && isWeightMatrix: break
    default: return
    }
    let (a, b) = (referenceCodeError, codeError)
    let own = (kind == .unquantized ? a ?? b : b) ?? 0
    let isPlain = a == nil || b == nil
    if isPlain, error <= own * DiffThresholds.usualQuantization { return }
    let tails = Self.tails(
      kind == .unquantized && a != nil ? pair.reference : pair.other,
      kind == .unquantized && a != nil ? samplers.reference : samplers.other)
    let normal = error / tails
    if kind == .changed {
      let difference = self.difference ?? Difference()
      // Where most codes stayed, some were edited.
      guard 2 * difference.identical < difference.count,
        normal <= codeErrors * DiffThresholds.quantizationMargin
      else { return }
      kind = .requantized
      return
    }
    if isPlain {
      isDoubtful = normal > own * DiffThresholds.usualQuantization
      if normal <= own * DiffThresholds.quantizationMargin { return }
    } else {
      // Half-way between the error of the other's codes and that of both.
      let isCoarse = 2 * (a ?? 0) >= own
      let limit = isCoarse ? (own + codeErrors) / 2 : own * DiffThresholds.quantizationMargin
      if normal <= limit { return }
      if isCoarse, normal <= codeErrors * DiffThresholds.quantizationMargin {
        kind = .requantized
        return
      }
    }
    excess = normal / codeErrors
    kind = kind == .quantized && hasZeros(beyond: own * tails) ? .pruned : .quantizedChanged
  }

  /// Takes a quantized tensor for one that was changed before.
  mutating func doubt() {
    guard isDoubtful, kind == .quantized, let error = difference?.relativeRootMeanSquare else {
      return
    }
    kind = .quantizedChanged
    excess = error / codeErrors
  }

  /// Whether there are zeros that were too large to be rounded to zero.
  private func hasZeros(beyond error: Double) -> Bool {
    // The code for zero takes a step of √12 errors at the density of normal weights there, 0.4.
    let rounded = 12.0.squareRoot() * 0.4 * error
    guard let difference, bits ?? 0 >= 4,
      difference.newZeroShare >= rounded + DiffThresholds.pruned,
      let magnitude = difference.removedMagnitude
    else { return false }
    return magnitude > DiffThresholds.roundedToZero * error
  }

  /// By how much more the largest of 32 weights stand out than those of normal weights do: scales, and
  /// with them errors, follow the largest.
  private static func tails(_ side: ReadingPair.Side, _ sampler: ValueSampler) -> Double {
    let columns = Array(0..<min(side.columns, mostColumns))
    guard
      let values = sampler.values(
        of: side, rows: evenlySpaced(sampledRows, below: side.rows), columns: columns)
    else { return 1 }
    var (peaks, blocks, squares) = (0.0, 0.0, 0.0)
    for start in stride(from: 0, to: values.count, by: blockLength) {
      var peak: Float = 0
      for value in values[start..<min(start + blockLength, values.count)] where value.isFinite {
        peak = max(peak, value.magnitude)
        squares += Double(value) * Double(value)
      }
      peaks += Double(peak) * Double(peak)
      blocks += 1
    }
    guard blocks > 0, squares > 0 else { return 1 }
    let mean = squares / Double(values.count)
    return max(1, (peaks / blocks / mean).squareRoot() / normalPeak)
  }

  private static let sampledRows = 32
  private static let mostColumns = 1024
  private static let blockLength = 32
  /// The root mean square of the greatest of 32 normal numbers.
  private static let normalPeak = 2.39
}
