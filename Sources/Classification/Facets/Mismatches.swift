internal import ModelFile

/// Claims of names, metadata and configuration that the tensors contradict.
struct Mismatches {
  var found: [Verdict.Mismatch] = []
  /// Claims that are odd but hold: quantized when it is loaded, not in the file.
  var notes: [Verdict.Finding] = []

  init(
    _ observed: Observation, _ storage: StorageFacet, _ quantized: QuantizedFacet,
    _ sparsity: SparsityFacet
  ) {
    guard storage.byteCount > 0 else { return }
    let measured = Self.description(storage, quantized)
    checkFileType(observed, measured)
    checkConfiguration(observed, quantized, measured)
    checkSparsity(observed, sparsity)
    checkDataType(observed, storage, quantized)
    checkNames(observed, quantized, sparsity, measured)
  }

  private static func description(_ storage: StorageFacet, _ quantized: QuantizedFacet) -> String {
    guard let found = quantized.quantization else { return storage.description }
    let bits = found.bits.map { "\(decimal($0, digits: 1)) bits, " } ?? ""
    return "\(found.scheme)\(found.variant.map { " " + $0 } ?? "") (\(bits)\(storage.description))"
  }

  // MARK: - GGUF

  /// Compares the type in `general.file_type` and in the file name with the types of the matrices.
  private mutating func checkFileType(_ observed: Observation, _ measured: String) {
    guard observed.model.format == .gguf,
      observed.plan.fileRole == .model || observed.plan.fileRole == .part
    else { return }
    var types: [ElementType: Int] = [:]
    var total = 0
    for index in observed.plan.tensors.indices where observed.decidesPrecision(index) {
      let planned = observed.plan.tensors[index]
      guard planned.role == .weight else { continue }
      let type = observed.model.tensors[index].type
      types[type] = (types[type] ?? 0).addingClamped(planned.parameters)
      total = total.addingClamped(planned.parameters)
    }
    guard total > 0 else { return }
    let number = observed.model[metadata: "general.file_type"]?.integer
    let file = observed.model.path.split(separator: "/").last.map(String.init) ?? ""
    let claims = [
      (number.flatMap(FileTypeClaim.init(number:)), "general.file_type"),
      (FileTypeClaim(fileName: file), "file name"),
    ]
    for case (let claim?, let source) in claims {
      let held = claim.types.reduce(0) { $0.addingClamped(types[$1] ?? 0) }
      // Mixtures raise some tensors above the type they are named after, and fall back for odd widths.
      guard Double(held) < 0.2 * Double(total) else { continue }
      let dominant = types.max { ($0.value, $1.key.name) < ($1.value, $0.key.name) }
      let share = percent(Double(dominant?.value ?? 0), of: Double(total))
      add(
        claim.name, source, "\(dominant?.key.name ?? "?") in \(share) of the matrices' parameters")
    }
  }

  // MARK: - Configuration

  private mutating func checkConfiguration(
    _ observed: Observation, _ quantized: QuantizedFacet, _ measured: String
  ) {
    let claims = observed.claims
    guard let method = claims.method, let source = claims.source else { return }
    let isSparseOnly = claims.settings?["config_groups"] == nil && claims.sparsity != nil
    let found = quantized.quantization
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

  /// The schemes that each `quant_method` may be found as.
  private static let schemes: [String: Set<String>] = [
    "gptq": ["gptq", "marlin", "paroquant"], "awq": ["awq", "marlin", "paroquant"],
    "bitsandbytes": ["bnb-nf4", "bnb-fp4", "bnb-int8"],
    "compressed-tensors": ["compressed-tensors", "fp8", "fp8-block"],
    "fp8": ["fp8", "fp8-block", "fp4"],
    "mxfp4": ["mxfp4"], "aqlm": ["aqlm"], "vptq": ["vptq"], "hqq": ["hqq"], "exl2": ["exl2"],
    "exl3": ["exl3"], "torchao": ["torchao"], "quanto": ["quanto"], "bitnet": ["bitnet"],
    "eetq": ["eetq"], "fbgemm_fp8": ["fbgemm-fp8"], "modelopt": ["modelopt"],
    "mlx": ["mlx"],
  ]

  /// Zeros that compressed-tensors was told of and that are not there; quantizing alone writes an empty
  /// object.
  private mutating func checkSparsity(_ observed: Observation, _ sparsity: SparsityFacet) {
    guard let claim = observed.claims.sparsity, let source = observed.claims.source,
      let format = claim["format"]?.string ?? claim["sparsity_structure"]?.string,
      observed.mode != .header, sparsity.sparsity.measurable, !sparsity.isSparse,
      !sparsity.isPruned, let zeros = sparsity.sparsity.zeroFraction
    else { return }
    let structure = claim["sparsity_structure"]?.string ?? format
    let natural = sparsity.sparsity.excessZeroFraction.map {
      ", \(percent($0)) more than dense weights have"
    }
    add(
      "sparsity \(structure)", source,
      "\(percent(zeros)) zeros among the prunable weights\(natural ?? "")")
  }

  /// The claimed type of plain weights.
  private mutating func checkDataType(
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

  // MARK: - Names

  private mutating func checkNames(
    _ observed: Observation, _ quantized: QuantizedFacet, _ sparsity: SparsityFacet,
    _ measured: String
  ) {
    let names = ClaimedNames(observed.model)
    for name in names.names where name.source == "file name" || name.source == "general.name" {
      let words = name.text.words.map(String.init)
      if let claim = words.first(where: { Self.quantizedWords[$0] != nil }),
        let expected = Self.quantizedWords[claim], observed.plan.fileRole == .model
      {
        let scheme = quantized.quantization?.scheme
        let isFound =
          quantized.quantization != nil && (expected.isEmpty || expected.contains(scheme ?? ""))
        if !isFound, observed.model.format != .gguf { add(claim, name.source, measured) }
      }
      let isSparseWord = words.contains {
        ["pruned", "2of4", "sparsity"].contains($0) || $0.hasPrefix("pruned")
      }
      if isSparseWord, !sparsity.isSparse, !sparsity.isPruned, observed.mode != .header,
        let zeros = sparsity.sparsity.zeroFraction, sparsity.sparsity.measurable,
        sparsity.sparsity.level == Verdict.Sparsity.Level.none
      {
        add("pruned", name.source, "\(percent(zeros)) zeros among the prunable weights")
      }
    }
  }

  /// Words in names that promise a kind of quantization, with the schemes that keep the promise.
  private static let quantizedWords: [String: Set<String>] = [
    "gptq": ["gptq", "marlin", "compressed-tensors"],
    "awq": ["awq", "compressed-tensors", "modelopt", "marlin"],
    "nf4": ["bnb-nf4"], "4bit": [], "8bit": [], "int4": [], "int8": [], "fp8": [], "nvfp4": [],
    "mxfp4": [], "w4a16": [], "w8a8": [], "exl2": ["exl2"], "exl3": ["exl3"], "hqq": ["hqq"],
  ]

  private mutating func add(_ claim: String, _ source: String, _ measured: String) {
    found.append(Verdict.Mismatch(claim: claim, source: source, measured: measured))
  }
}
