internal import ModelFile

/// Which types hold the weights.
struct StorageFacet {
  /// One kind of storage and what lies in it.
  struct Share {
    /// How precisions are called: `bf16`, `Q4_K`, `int4`.
    var name: String
    /// The label of an unquantized precision.
    var label: Verdict.Label?
    var bytes: Int
    var parameters: Int
  }

  /// By bytes, descending.
  var shares: [Share]
  /// The bytes of all of them.
  var byteCount: Int
  /// The weights in them.
  var parameters: Int

  /// Sums the weight tensors of a model; of one that has only vectors, those.
  init(_ observed: Observation) {
    let plan = observed.plan
    var chosen = plan.tensors.indices.filter { observed.decidesPrecision($0) }
    if chosen.isEmpty {
      chosen = plan.tensors.indices.filter {
        plan.tensors[$0].role.holdsParameters && !observed.twoValued.contains($0)
      }
    }
    var sums: [String: Share] = [:]
    for index in chosen {
      let (name, label) = Self.kind(index, observed)
      var share = sums[name] ?? Share(name: name, label: label, bytes: 0, parameters: 0)
      share.bytes = share.bytes.addingClamped(Self.bytes(index, observed))
      share.parameters = share.parameters.addingClamped(plan.tensors[index].parameters)
      sums[name] = share
    }
    shares = sums.values.sorted { ($0.bytes, $1.name) > ($1.bytes, $0.name) }
    byteCount = shares.reduce(0) { $0.addingClamped($1.bytes) }
    parameters = shares.reduce(0) { $0.addingClamped($1.parameters) }
  }

  /// The kind that holds at least ``Threshold/dominantShare`` of the bytes.
  var dominant: Share? {
    guard let first = shares.first, byteCount > 0 else { return nil }
    return Double(first.bytes) >= Threshold.dominantShare.value * Double(byteCount) ? first : nil
  }

  /// The label where the weights are not quantized.
  var label: Verdict.Label {
    guard byteCount > 0 else { return .none }
    return dominant.map { $0.label ?? .none } ?? .mixed
  }

  /// The one kind, or every kind with its share of the weights: `bf16 96 %, fp32 4 %`.
  var description: String {
    guard shares.count != 1 else { return shares[0].name }
    let largest = shares.sorted { ($0.parameters, $1.name) > ($1.parameters, $0.name) }
    return largest.prefix(4).map {
      "\($0.name) \(percent(Double($0.parameters), of: Double(parameters)))"
    }
    .joined(separator: ", ") + (shares.count > 4 ? ", …" : "")
  }

  private static func bytes(_ index: Int, _ observed: Observation) -> Int {
    let tensors = observed.model.tensors
    return observed.packedWeight(index)?.auxiliary.reduce(tensors[index].byteCount) {
      $0.addingClamped(tensors[$1].byteCount)
    } ?? tensors[index].byteCount
  }

  private static func kind(_ index: Int, _ observed: Observation) -> (String, Verdict.Label?) {
    let type = observed.model.tensors[index].type
    guard let packed = observed.packedWeight(index) else {
      return (type.precisionName, type.precisionLabel)
    }
    return switch packed.codes {
    case .values(let type), .compressed(let type): (type.precisionName, type.precisionLabel)
    case .float4: ("fp4_e2m1", nil)
    case .normalFloat4: ("nf4", nil)
    case .scaledFloat, .castFloat:
      (type.family == .float ? type.precisionName : "fp\(bits(packed))", nil)
    case .ternary: ("ternary", nil)
    case .integer, .offsetInteger: ("int\(bits(packed))", nil)
    case .vectors, .hidden: (packed.scheme.rawValue, nil)
    }
  }

  private static func bits(_ packed: PackedWeight) -> String {
    packed.bits.map { decimal($0, digits: 1) } ?? ""
  }
}

extension ElementType {
  /// How a storage type is called where precisions are: `bf16`, `fp8_e4m3`, `int8`, `Q4_K`.
  var precisionName: String {
    switch self {
    case .f64: "fp64"
    case .f32: "fp32"
    case .f16: "fp16"
    case .bf16: "bf16"
    case .f8e4m3, .f8e4m3fnuz: "fp8_e4m3"
    case .f8e5m2, .f8e5m2fnuz: "fp8_e5m2"
    case .f6e2m3: "fp6_e2m3"
    case .f6e3m2: "fp6_e3m2"
    case .f4: "fp4_e2m1"
    case .i8: "int8"
    default: name
    }
  }

  /// The label of an unquantized precision; `nil` for codes.
  var precisionLabel: Verdict.Label? {
    switch self {
    case .f64: .fp64
    case .f32: .fp32
    case .f16: .fp16
    case .bf16: .bf16
    default: nil
    }
  }
}
