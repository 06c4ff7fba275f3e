internal import TensorStats
internal import ModelFile

/// The weights that are stored as codes, and in what convention.
struct QuantizedFacet {
  /// What the report says; `nil` where all weights are stored plainly.
  var quantization: Verdict.Quantization?
  /// Whether codes hold most of the matrices' parameters, so that the model is called quantized.
  var holdsMostWeights = false
  var evidence: [Verdict.Evidence] = []

  /// One layer, or one tensor of a type that is a quantization by itself.
  fileprivate struct Layer {
    var scheme: Scheme
    var variant: String?
    var bits: Double?
    var groupSize: Int?
    var columns: Int
    var symmetric: Bool?
    var actOrder: Bool?
    var parameters: Int
    var bytes: Int
    var role: Role
    var isQuantized: Bool
  }

  init(_ observed: Observation) {
    let layers = Self.layers(observed)
    let quantized = layers.filter(\.isQuantized)
    // Layouts that lose nothing hold embeddings and norms as they come; what counts are matrices.
    let matricesInLayout = layers.filter { $0.role == .weight }
    let chosen =
      quantized.isEmpty ? (matricesInLayout.isEmpty ? layers : matricesInLayout) : quantized
    guard !chosen.isEmpty else { return }

    let matrices = Self.parameters(observed) { $0 == .weight }
    let matrixCodes = quantized.filter { $0.role == .weight }.total
    let weights = Self.parameters(observed) { $0.decidesPrecision }
    let (part, whole) = matrices > 0 ? (matrixCodes, matrices) : (quantized.total, weights)
    holdsMostWeights =
      part > 0 && Double(part) >= Threshold.quantizedShare.value * Double(max(whole, 1))

    let scheme = Self.most(chosen) { $0.scheme } ?? .unknown
    let own = chosen.filter { $0.scheme == scheme }
    let total = chosen.total
    let bits = chosen.filter { $0.bits != nil }
    let bitSum = bits.reduce(0.0) { $0 + ($1.bits ?? 0) * Double($1.parameters) }
    let bytes = chosen.reduce(0) { $0.addingClamped($1.bytes) }
    quantization = Verdict.Quantization(
      scheme: scheme.rawValue,
      bits: bits.isEmpty || bits.total == 0 ? nil : bitSum / Double(bits.total),
      groupSize: Self.groupSize(own), symmetric: Self.most(own) { $0.symmetric },
      actOrder: own.contains { $0.actOrder == true } ? true : Self.most(own) { $0.actOrder },
      variant: Self.most(own) { $0.variant },
      bitsPerWeight: total > 0 ? 8 * Double(bytes) / Double(total) : nil, parameters: total,
      share: observed.plan.totals.parameters > 0
        ? min(1, Double(total) / Double(observed.plan.totals.parameters)) : 0,
      declared: observed.claims.declared)
    evidence = Self.evidence(chosen, quantized.isEmpty, observed)
  }

  /// All layers that are not stored plainly.
  private static func layers(_ observed: Observation) -> [Layer] {
    let tensors = observed.model.tensors
    var layers: [Layer] = observed.plan.packed.compactMap { packed in
      let planned = observed.plan.tensors[packed.carrier]
      guard planned.role.decidesPrecision else { return nil }
      return Layer(
        scheme: packed.scheme, variant: packed.variant,
        bits: bits(packed.bits, of: packed.carrier, observed),
        groupSize: packed.groupSize, columns: packed.shape.last ?? 0, symmetric: packed.symmetric,
        actOrder: packed.actOrder, parameters: packed.parameters,
        bytes: packed.auxiliary.reduce(tensors[packed.carrier].byteCount) {
          $0.addingClamped(tensors[$1].byteCount)
        },
        role: planned.role, isQuantized: packed.codes.isQuantized)
    }
    let plain = observed.plan.tensors.indices.compactMap { index -> Layer? in
      let planned = observed.plan.tensors[index]
      let type = tensors[index].type
      guard planned.packing == nil, observed.decidesPrecision(index), let bits = type.codeBits
      else { return nil }
      let isBlock = type.family == .block || type.family == .foreign
      return Layer(
        scheme: isBlock ? .ggml : type == .i8 ? .int8 : type == .f4 ? .fp4 : .fp8,
        variant: isBlock ? type.name : type == .i8 ? "unscaled" : "unscaled cast",
        bits: Self.bits(Double(bits), of: index, observed), groupSize: type.scaleGroup,
        columns: planned.matrix?.columns ?? 0,
        symmetric: type.isSymmetric, actOrder: nil, parameters: planned.parameters,
        bytes: tensors[index].byteCount, role: planned.role, isQuantized: true)
    }
    // A cast turns every tensor of a file into one type; what counts as quantized are its matrices.
    let hasMatrices = plain.contains { $0.role == .weight }
    layers += plain.filter { $0.scheme == .ggml || !hasMatrices || $0.role == .weight }
    return layers
  }

  /// The width of codes: less than that of their bytes where these hold narrower ones.
  private static func bits(_ bits: Double?, of index: Int, _ observed: Observation) -> Double? {
    guard bits == 8, let used = observed.usedBits(index), used <= Threshold.narrowCodeBits.count
    else { return bits }
    return Double(used)
  }

  private static func parameters(_ observed: Observation, _ isChosen: (Role) -> Bool) -> Int {
    observed.plan.tensors.indices.reduce(0) { sum, index in
      let planned = observed.plan.tensors[index]
      guard isChosen(planned.role), !observed.twoValued.contains(index) else { return sum }
      return sum.addingClamped(planned.parameters)
    }
  }

  /// What most parameters have; `nil` where that is nothing.
  private static func most<Value: Hashable>(_ layers: [Layer], _ value: (Layer) -> Value?) -> Value?
  {
    var sums: [Value?: Int] = [:]
    for layer in layers {
      sums[value(layer)] = (sums[value(layer)] ?? 0).addingClamped(max(layer.parameters, 1))
    }
    return sums.max { ($0.value, "\($1.key, default: "")") < ($1.value, "\($0.key, default: "")") }?
      .key
  }

  /// The group size of most parameters; a layer whose rows are no longer than it has one group each
  /// and fits any.
  private static func groupSize(_ layers: [Layer]) -> Int? {
    let grouped = layers.filter { $0.groupSize != nil }
    guard let size = most(grouped, { $0.groupSize }) else { return nil }
    let fitting = layers.filter {
      $0.groupSize == size || $0.groupSize == nil && $0.columns <= size
    }
    return fitting.total >= layers.total - fitting.total ? size : nil
  }

  /// How the parameters divide over schemes and types, and over roles where those differ.
  private static func evidence(
    _ layers: [Layer], _ isLossless: Bool, _ observed: Observation
  ) -> [Verdict.Evidence] {
    var sums: [String: (parameters: Int, bytes: Int)] = [:]
    for layer in layers {
      let name = [layer.scheme == .ggml ? nil : layer.scheme.rawValue, layer.variant]
        .compactMap { $0 }.joined(separator: " ")
      let sum = sums[name, default: (0, 0)]
      sums[name] = (
        sum.parameters.addingClamped(layer.parameters), sum.bytes.addingClamped(layer.bytes)
      )
    }
    let total = layers.total
    let sorted = sums.sorted { ($0.value.parameters, $1.key) > ($1.value.parameters, $0.key) }
    let mix = sorted.prefix(6).map { name, sum in
      let share = sums.count > 1 ? " (\(percent(Double(sum.parameters), of: Double(total))))" : ""
      return "\(name)\(share)"
    }.joined(separator: ", ")
    let bytes = layers.reduce(0) { $0.addingClamped($1.bytes) }
    let bitsPerWeight = total > 0 ? 8 * Double(bytes) / Double(total) : 0
    let isDecoded = observed.plan.packed.contains {
      $0.decoder != nil && observed.measurements[$0.carrier] != nil
    }
    let assumed = observed.plan.packed.filter {
      $0.assumption != nil && observed.plan.tensors[$0.carrier].role.decidesPrecision
    }
    let assumedParameters = assumed.reduce(0) { $0.addingClamped($1.parameters) }
    let signature =
      !isDecoded || assumedParameters > total / 2
      ? Threshold.signatureConfidence
      : observed.claims.method == nil ? Threshold.decodedConfidence : Threshold.agreedConfidence
    return [
      Verdict.Evidence(
        facet: .quantization,
        statement:
          "\(inUnits(total)) of \(inUnits(observed.plan.totals.parameters)) parameters are "
          + (isLossless ? "stored as \(mix)" : "codes: \(mix)")
          + "; \(decimal(bitsPerWeight)) bits each with all bookkeeping",
        confidence: layers.allSatisfy { $0.scheme == .ggml || $0.scheme == .fp8 } || isLossless
          ? 1 : signature.value)
    ] + assumptions(assumed)
  }

  /// What is open of the layers' forms.
  private static func assumptions(_ layers: [PackedWeight]) -> [Verdict.Evidence] {
    var sums: [String: Int] = [:]
    for layer in layers {
      guard let assumption = layer.assumption else { continue }
      sums[assumption] = (sums[assumption] ?? 0).addingClamped(layer.parameters)
    }
    return sums.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map { assumption, parameters in
      Verdict.Evidence(
        facet: .quantization,
        statement: "nothing tells \(assumption), in layers of \(inUnits(parameters)) parameters",
        confidence: Threshold.assumedConfidence.value)
    }
  }
}

extension [QuantizedFacet.Layer] {
  fileprivate var total: Int { reduce(0) { $0.addingClamped($1.parameters) } }
}
