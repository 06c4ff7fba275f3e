internal import ModelFile

/// The names of a model's tensors, sorted into templates: names that differ in numbers only.
///
/// A model of 100,000 tensors has a few hundred templates, and what a name says is worked out once
/// for each of them.
struct NameIndex: Sendable {
  /// The templates in the order of their first tensors.
  var templates: [NameTemplate] = []
  /// For each tensor its template, layer and expert.
  var places: [Place] = []

  /// Where a name stands.
  struct Place: Sendable {
    /// The index of its template.
    var template: Int
    /// The number of its layer, −1 where it lies in none.
    var layer: Int
    /// The number of its expert, −1 where it belongs to none.
    var expert: Int
  }

  /// Sorts the names of a model's tensors.
  init(_ model: Model) {
    // Templates by the hash of their text: an array of bytes as a key would be hashed byte by byte.
    var known: [UInt64: Int] = [:]
    var texts: [[UInt8]] = []
    var text: [UInt8] = []
    var numbers: [Int] = []
    places.reserveCapacity(model.tensors.count)
    for tensor in model.tensors {
      var hash = NameTemplate.split(tensor.name, text: &text, numbers: &numbers)
      while let other = known[hash], texts[other] != text { hash &+= 1 }
      let template = known[hash] ?? templates.count
      if template == templates.count {
        known[hash] = template
        texts.append(text)
        templates.append(NameTemplate(String(decoding: text, as: UTF8.self)))
      }
      let form = templates[template]
      places.append(
        Place(
          template: template,
          layer: form.layerNumber.map { numbers[$0] } ?? -1,
          expert: form.expertNumber.map { numbers[$0] } ?? -1
        )
      )
    }
  }

  /// The template of a tensor.
  func template(_ tensor: Int) -> NameTemplate { templates[places[tensor].template] }
}

/// A tensor's name in lower case with `#` for every number.
struct NameTemplate: Sendable {
  /// A dot and the name: `.model.layers.#.self_attn.q_proj.weight`; other separators are dots too.
  var text: String
  /// Its components.
  var parts: [String]
  /// Which of the name's numbers counts layers.
  var layerNumber: Int?
  /// Which of the name's numbers counts experts.
  var expertNumber: Int?
  /// What the name says of the role.
  var role: Role?

  /// The last component: `weight`, `bias`, `qzeros`.
  var leaf: String { parts.last ?? "" }
  /// The component before the last: `q_proj`, `ln_#`.
  var owner: String { parts.count > 1 ? parts[parts.count - 2] : "" }

  /// Works out what a template says.
  init(_ name: String) {
    text = "." + name
    parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    var number = 0
    for (index, part) in parts.enumerated() {
      let count = part.count { $0 == "#" }
      defer { number += count }
      guard count > 0 else { continue }
      let before = index > 0 ? parts[index - 1] : ""
      if part == "#" {
        if Self.expertWords.contains(before) {
          expertNumber = expertNumber ?? number
        } else if Self.layerWords.contains(before) {
          layerNumber = layerNumber ?? number
        }
      }
    }
    role = RoleTable.role(of: text, owner: owner, leaf: leaf)
  }

  /// The template that a packed layer's weight would have if it were stored plainly.
  init(layer name: String, of scheme: Scheme) {
    var text: [UInt8] = []
    var numbers: [Int] = []
    Self.split(name, text: &text, numbers: &numbers)
    var plain = String(decoding: text, as: UTF8.self)
    if plain.hasSuffix(Self.maskedSuffix) {
      self.init(String(plain.dropLast(Self.maskedSuffix.count)))
      return
    }
    for suffix in Self.carrierSuffixes where plain.hasSuffix(suffix) {
      plain.removeLast(suffix.count)
      break
    }
    self.init(plain.hasSuffix(".weight") ? plain : plain + ".weight")
  }

  /// What PyTorch's pruning adds to the name of a weight that it masks: `weight_orig`.
  static let maskedSuffix = "_orig"

  static let carrierSuffixes = [
    ".weight._data._data", ".weight._data", "._data._data", "._data", "._weight_qdata",
    ".weight.qdata",
    ".qdata", "_qdata", ".embedding_quantized", ".weight_packed", ".compressed", ".qweight",
    ".q_weight", ".w_q", ".qidxs", ".codes",
    ".indices", ".trellis", ".dense_weights", ".sign_mantissa", "_blocks", ".blocks", ".values",
    ".data",
    ".b", ".weight",
  ]

  /// The components before the number of a layer.
  static let layerWords: Set = [
    "layers", "layer", "h", "blk", "blocks", "block", "resblocks", "transformer_blocks",
    "double_blocks", "single_blocks", "single_transformer_blocks", "joint_blocks", "stages",
  ]
  /// The components before the number of an expert.
  static let expertWords: Set = ["experts", "expert", "local_experts"]

  private static let hashStart = UInt64.random(in: .min ... .max)

  /// Writes a name's template and its numbers.
  ///
  /// - Returns: a hash of the template (FNV-1a from a start that no file can know).
  @discardableResult
  static func split(_ name: String, text: inout [UInt8], numbers: inout [Int]) -> UInt64 {
    var hash = hashStart
    func append(_ byte: UInt8) {
      text.append(byte)
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    text.removeAll(keepingCapacity: true)
    numbers.removeAll(keepingCapacity: true)
    var inNumber = false
    for byte in name.utf8 {
      if byte &- 48 < 10 {
        let digit = Int(byte &- 48)
        if inNumber {
          let last = numbers.count - 1
          // Numbers beyond any count of layers need no exact value.
          numbers[last] = numbers[last] > 1 << 40 ? numbers[last] : numbers[last] * 10 + digit
        } else {
          numbers.append(digit)
          append(UInt8(ascii: "#"))
          inNumber = true
        }
        continue
      }
      inNumber = false
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): append(byte | 0x20)
      // Flax and ONNX separate by slashes, torchao's flat tensors by colons.
      case UInt8(ascii: "/"), UInt8(ascii: ":"): append(UInt8(ascii: "."))
      // A sign of the name's own must not pass for a number.
      case UInt8(ascii: "#"): append(UInt8(ascii: "?"))
      default: append(byte)
      }
    }
    return hash
  }
}
