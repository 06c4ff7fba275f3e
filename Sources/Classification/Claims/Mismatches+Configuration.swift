internal import ModelFile

/// What the configuration says of quantization, zeros and types.
extension Mismatches {
  mutating func checkConfiguration(
    _ observed: Observation, _ quantized: QuantizedFacet, _ measured: String
  ) {
    let claims = observed.claims
    guard let method = claims.method, let source = claims.source else { return }
    let isSparseOnly = claims.settings?["config_groups"] == nil && claims.sparsity != nil
    let found = quantized.quantization
    // One part of a model may hold what is never quantized.
    if observed.plan.fileRole == .part, found == nil { return }
    if found == nil, !isSparseOnly, observed.plan.fileRole != .adapter {
      let isOnline =
        claims.settings?["quantization_mode"]?.string == "online"
        || ["fouroversix", "sinq", "higgs"].contains(method)
      if isOnline {
        notes.append(
          Verdict.Finding(
            code: FindingCode.quantizedOnLoad.rawValue,
            statement:
              "the configuration quantizes to \(method) when the model is loaded; the file holds "
              + "plain weights", confidence: 0.9))
      } else {
        let bits = claims.bits.map { " \($0)-bit" } ?? ""
        add("\(method)\(bits)", source, "no packed tensors: \(measured)")
      }
      return
    }
    guard let found, quantized.holdsMostWeights else { return }
    if let expected = Self.schemes[method], !expected.contains(found.scheme) {
      add(method, source, measured)
    }
    checkCodes(observed, source)
    checkForm(claims, found, source)
    // One number cannot be compared where modules have their own.
    if claims.variesByModule { return }
    if let bits = claims.bits, let measuredBits = found.bits,
      abs(Double(bits) - measuredBits) > 0.75,
      method != "exl2", method != "exl3"
    {
      add("\(bits) bits", source, "\(decimal(measuredBits, digits: 1)) bits")
    }
    if let group = claims.groupSize, group > 0, let size = found.groupSize, size != group,
      !["mxfp4", "fp8", "exl2", "exl3", "aqlm", "vptq"].contains(method)
    {
      add("group size \(group)", source, "group size \(size)")
    }
  }

  /// Integers where the configuration of compressed-tensors says floats, and the other way round.
  private mutating func checkCodes(_ observed: Observation, _ source: String) {
    let claims = observed.claims
    guard claims.method == "compressed-tensors" || claims.method == "quark" else { return }
    var integers = 0
    var floats = 0
    for packed in observed.plan.packed {
      switch packed.codes {
      case .integer, .offsetInteger: integers = integers.addingClamped(packed.parameters)
      case .float4, .scaledFloat, .castFloat: floats = floats.addingClamped(packed.parameters)
      default: break
      }
    }
    guard integers > 0 || floats > 0, integers == 0 || floats == 0 else { return }
    let type = claims.weightSetting("type")?.string
    let format = claims.settings?["format"]?.string
    let said: (Bool, String)? =
      if let format, format.hasPrefix("int-") || format.hasPrefix("float-") {
        (format.hasPrefix("int-"), "format \(format)")
      } else if let type, type == "int" || type == "float" {
        (type == "int", "weights of type \(type)")
      } else {
        nil
      }
    guard let (isInteger, claim) = said, isInteger != (integers > 0) else { return }
    let types = Set(observed.plan.packed.map { observed.model.tensors[$0.carrier].type.name })
    add(
      claim, source,
      "the codes are \(integers > 0 ? "integers" : "floats") (\(types.sorted().joined(separator: ", ")))"
    )
  }

  /// Act-order and symmetry against the group indexes and zero points.
  private mutating func checkForm(
    _ claims: QuantizationClaims, _ found: Verdict.Quantization, _ source: String
  ) {
    guard let settings = claims.settings, claims.method == found.scheme,
      ["gptq", "awq"].contains(found.scheme)
    else { return }
    // With static groups, and with one group for a row, act-order leaves no trace.
    if let claim = settings["desc_act"]?.bool, let order = found.actOrder, claim != order,
      settings["static_groups"]?.bool != true, found.groupSize != nil
    {
      add(
        "desc_act \(claim)", source,
        order
          ? "the groups follow the order of activations" : "the groups follow the order of inputs"
      )
    }
    let symmetric =
      found.scheme == "gptq" ? settings["sym"]?.bool : settings["zero_point"]?.bool.map { !$0 }
    if let claim = symmetric, let isSymmetric = found.symmetric, claim != isSymmetric {
      add(
        found.scheme == "gptq" ? "sym \(claim)" : "zero_point \(!claim)", source,
        isSymmetric ? "every zero point is the middle of the codes" : "zero points differ")
    }
  }

  /// The schemes that each `quant_method` may be found as.
  private static let schemes: [String: Set<String>] = [
    "gptq": ["gptq", "marlin", "paroquant"], "awq": ["awq", "marlin", "paroquant"],
    "bitsandbytes": ["bnb-nf4", "bnb-fp4", "bnb-int8"],
    "compressed-tensors": ["compressed-tensors", "fp8", "fp8-block"],
    "fp8": ["fp8", "fp8-block", "fp4"],
    "mxfp4": ["mxfp4"], "aqlm": ["aqlm"], "vptq": ["vptq"], "hqq": ["hqq"], "exl2": ["exl2"],
    "exl3": ["exl3"], "torchao": ["torchao"], "quanto": ["quanto"], "bitnet": ["bitnet"],
    "eetq": ["eetq"], "fbgemm_fp8": ["fbgemm-fp8"], "modelopt": ["modelopt"],
    "mlx": ["mlx"], "gguf": ["ggml"],
  ]

  /// Zeros that compressed-tensors was told of and that are not there; quantizing alone writes an empty
  /// object.
  mutating func checkSparsity(_ observed: Observation, _ sparsity: SparsityFacet) {
    guard let claim = observed.claims.sparsity, let source = observed.claims.source,
      let format = claim["format"]?.string ?? claim["sparsity_structure"]?.string,
      observed.mode != .header, sparsity.sparsity.measurable,
      let zeros = sparsity.sparsity.zeroFraction
    else { return }
    let structure = claim["sparsity_structure"]?.string ?? format
    if var groups = ClaimedZeros(structure) {
      groups.words = "sparsity \(structure)"
      check([groups], source, observed, sparsity)
    } else if !sparsity.isSparse, !sparsity.isPruned {
      let natural = sparsity.sparsity.excessZeroFraction.map {
        ", \(percent($0)) more than dense weights have"
      }
      add(
        "sparsity \(structure)", source,
        "\(percent(zeros)) zeros among the prunable weights\(natural ?? "")")
    }
  }

  /// The claimed type of plain weights.
  mutating func checkDataType(
    _ observed: Observation, _ storage: StorageFacet, _ quantized: QuantizedFacet
  ) {
    let config = observed.model.sidecar(.config)
    guard quantized.quantization == nil, observed.plan.fileRole == .model,
      let claim = (config?["torch_dtype"] ?? config?["dtype"])?.string,
      let dominant = storage.dominant
    else { return }
    let names = ["float32": "fp32", "float16": "fp16", "bfloat16": "bf16", "float64": "fp64"]
    guard let expected = names[claim], expected != dominant.name else { return }
    add("torch_dtype \(claim)", "config.json", storage.description)
  }
}
