internal import ModelFile

/// What the words of a name or of tags promise of how weights are stored.
struct ClaimedStorage {
  /// The words that promise something, as they stand: `4-bit`, `Q4_K_M`.
  var words: [String] = []
  /// Those words, each once however it is spelled.
  var differentWords: [String] {
    var seen: Set<String> = []
    return words.filter { seen.insert($0.lowercased()).inserted }
  }
  /// What each of them promises.
  private var promises: [Promise] = []

  private enum Promise: Equatable {
    case floats(Set<Verdict.Label>)
    case blocks([ElementType])
    case schemes(Set<String>)
    /// Floats of so many bits as codes.
    case narrowFloats(Int)
    case bits(Int)
    case codes
  }

  /// How the weights of a model really are stored; what holds only a small part is not in it.
  struct Found {
    var labels: Set<Verdict.Label> = []
    var names: Set<String> = []
    var types: Set<ElementType> = []
    var bits: Set<Int> = []
    var scheme: String?
  }

  /// Whether nothing is promised.
  var isEmpty: Bool { promises.isEmpty }

  /// Reads a name.
  ///
  /// What a name says of where weights come from is no promise: `bf16-from-gptq`, `BF16-to-Q8_0`,
  /// `GPTQ-dequantized`; nor is how they were trained: `qat`, `adamw-8bit`.
  init(name: String) {
    var words = name.words.map(String.init)
    if let from = words.firstIndex(of: "from") { words.removeSubrange(from...) }
    if let to = words.lastIndex(of: "to"), Self(words: Array(words[to...])).isEmpty == false {
      words.removeSubrange(...to)
    }
    self.init(words: words)
    let isOtherwise = words.indices.contains { index in
      let word = words[index]
      return Self.undone.contains { word.hasPrefix($0) } || Self.training.contains(word)
        || word.hasPrefix("quant") && index > 0 && Self.denials.contains(words[index - 1])
    }
    if isOtherwise {
      keep { if case .floats = $0 { true } else { false } }
    } else if let type = FileTypeClaim(fileName: name), !Self.isPlain(type) {
      add(type.name, .blocks(type.types))
    }
  }

  /// Reads the tags of a card.
  ///
  /// Types of floats are no promise there: tags name the types that a model can be used with.
  init(tags: [String]) {
    let all = tags.map { $0.lowercased() }
    // Cards of such repositories speak of several files, of training, or of files of other formats.
    guard !all.contains(where: { tag in tag.words.contains { Self.others.contains(String($0)) } })
    else {
      return
    }
    for tag in tags {
      var claimed = Self(name: tag)
      claimed.keep { if case .floats = $0 { false } else { true } }
      guard !claimed.isEmpty else { continue }
      words.append(tag)
      promises += claimed.promises
    }
  }

  private init(words: [String]) {
    for (index, word) in words.enumerated() {
      let before = index > 0 ? words[index - 1] : ""
      let after = index + 1 < words.count ? words[index + 1] : ""
      guard !Self.denials.contains(before), let promise = Self.promise(word, before, after) else {
        continue
      }
      add(Int(word) == nil ? word : "\(word)-\(after)", promise)
    }
  }

  private mutating func add(_ word: String, _ promise: Promise) {
    words.append(word)
    promises.append(promise)
  }

  private mutating func keep(_ isKept: (Promise) -> Bool) {
    let kept = promises.indices.filter { isKept(promises[$0]) }
    (words, promises) = (kept.map { words[$0] }, kept.map { promises[$0] })
  }

  // MARK: - Words

  private static let denials: Set = ["not", "non", "no", "de", "un", "without"]
  private static let undone = ["dequant", "unquant", "undequant"]
  private static let training: Set = [
    "adam", "adamw", "optim", "optimizer", "qlora", "lora", "qat", "fake", "simulated",
  ]
  private static let others: Set = [
    "gguf", "ggml", "onnx", "openvino", "coreml", "qlora", "lora", "peft", "qat",
  ]

  private static func promise(_ word: String, _ before: String, _ after: String) -> Promise? {
    if let fixed = fixed[word] { return fixed }
    // `4bit`, `4-bit`, `8bits`; of `2.5bit` the digits after the point are no number of their own.
    let digits = word.prefix { $0.isNumber }
    let rest = digits.count == word.count ? after : String(word.dropFirst(digits.count))
    if rest == "bit" || rest == "bits", let bits = Int(digits), Int(before) == nil {
      return switch bits {
      case 2...8: .bits(bits)
      case 16: .floats([.fp16, .bf16])
      case 32: .floats([.fp32])
      default: nil
      }
    }
    if word == "quantized" || word == "quantised" {
      return ["vector", "product", "residual", "pre"].contains(before) ? nil : .codes
    }
    let letters = Array(word)
    // `w4a16`
    if letters.count >= 4, letters[0] == "w", letters[2] == "a",
      let bits = letters[1].wholeNumberValue,
      letters[3...].allSatisfy(\.isNumber)
    {
      return .bits(bits)
    }
    if letters.count == 4, word.hasPrefix("int"), let bits = letters[3].wholeNumberValue, bits > 1 {
      return .bits(bits)
    }
    return nil
  }

  /// Schemes by the words for them, with the formats that their tools write, too.
  private static let fixed: [String: Promise] = [
    "gptq": .schemes(["gptq", "marlin", "paroquant", "compressed-tensors"]),
    "awq": .schemes(["awq", "marlin", "paroquant", "compressed-tensors", "modelopt"]),
    "nf4": .schemes(["bnb-nf4", "nf4"]), "exl2": .schemes(["exl2"]), "exl3": .schemes(["exl3"]),
    "hqq": .schemes(["hqq"]), "aqlm": .schemes(["aqlm"]), "vptq": .schemes(["vptq"]),
    "bnb": .schemes(["bnb-nf4", "bnb-fp4", "bnb-int8"]),
    "fp8": .narrowFloats(8), "fp4": .narrowFloats(4), "mxfp4": .narrowFloats(4),
    "nvfp4": .narrowFloats(4), "autoround": .codes,
    "fp16": .floats([.fp16]), "f16": .floats([.fp16]), "float16": .floats([.fp16]),
    "bf16": .floats([.bf16]), "bfloat16": .floats([.bf16]),
    "fp32": .floats([.fp32]), "f32": .floats([.fp32]), "float32": .floats([.fp32]),
  ]

  private static func isPlain(_ type: FileTypeClaim) -> Bool {
    type.types.allSatisfy { $0.codeBits == nil }
  }

  // MARK: - Comparing

  /// Whether the weights are stored as promised.
  ///
  /// Of several forms one must hold: `fp16-GPTQ` names what was quantized, too. Bits must hold
  /// besides, but of a model that is as plain as its name says.
  func holds(for found: Found) -> Bool {
    var forms: [Promise] = []
    var bits: [Promise] = []
    for promise in promises {
      if case .bits = promise { bits.append(promise) } else { forms.append(promise) }
    }
    guard forms.isEmpty || forms.contains(where: { Self.holds($0, found) }) else { return false }
    let isPlain = forms.contains {
      if case .floats = $0 { Self.holds($0, found) } else { false }
    }
    return isPlain || bits.isEmpty || bits.contains { Self.holds($0, found) }
  }

  private static func holds(_ promise: Promise, _ found: Found) -> Bool {
    switch promise {
    case .floats(let labels): !labels.isDisjoint(with: found.labels)
    case .blocks(let types): types.contains { found.types.contains($0) }
    case .schemes(let schemes):
      schemes.contains(found.scheme ?? "") || !schemes.isDisjoint(with: found.names)
    case .narrowFloats(let bits):
      found.scheme?.contains("fp\(bits)") == true
        || found.names.contains { $0.lowercased().contains("fp\(bits)") }
    case .bits(let bits): found.bits.contains(bits)
    case .codes: found.scheme != nil
    }
  }
}

extension ClaimedStorage.Found {
  /// Sums a model up.
  init(_ observed: Observation, _ storage: StorageFacet, _ quantized: QuantizedFacet) {
    scheme = quantized.quantization?.scheme
    for share in storage.shares
    where Double(share.bytes) >= Threshold.claimedShare.value * Double(storage.byteCount) {
      names.insert(share.name)
      if let label = share.label { labels.insert(label) }
    }
    var parametersOfType: [ElementType: Int] = [:]
    var parametersOfBits: [Int: Int] = [:]
    for index in observed.plan.tensors.indices where observed.decidesPrecision(index) {
      let planned = observed.plan.tensors[index]
      let type = observed.model.tensors[index].type
      if planned.role == .weight {
        parametersOfType[type] = (parametersOfType[type] ?? 0).addingClamped(planned.parameters)
      }
      let bits = observed.packedWeight(index)?.bits ?? type.codeBits.map(Double.init)
      if let bits, observed.isQuantized(index) {
        let whole = Int(bits.rounded())
        // Codes of 4 bits that stand in bytes are of 8 bits by some names.
        for width in type == .i8 ? [whole, 8] : [whole] {
          parametersOfBits[width] = (parametersOfBits[width] ?? 0).addingClamped(planned.parameters)
        }
      }
    }
    types = Self.large(parametersOfType)
    bits = Self.large(parametersOfBits)
  }

  private static func large<Key>(_ parameters: [Key: Int]) -> Set<Key> {
    let most = parameters.values.max() ?? 0
    return Set(
      parameters.filter { Double($0.value) >= Threshold.claimedShare.value * Double(most) }.keys)
  }
}
