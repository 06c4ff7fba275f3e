internal import ModelFile

/// What a tensor is called whatever project wrote it: `blk.0.attn_q.weight` of GGUF and
/// `model.layers.0.self_attn.q_proj.weight` of the hub have one key.
struct TensorKey: Hashable, Sendable {
  /// The stack of layers that it lies in, where there is more than one: `encoder`, `vision_tower`.
  var stack: String
  /// What it is: in GGUF's words where a table knows them, else the rest of its own name.
  var slot: String
  /// Its layer, −1 where it lies in none.
  var layer: Int
  /// Its expert, −1 where it belongs to none or holds all of them.
  var expert: Int

  /// The key of the same tensor in another layer.
  func moved(toLayer layer: Int) -> TensorKey {
    TensorKey(stack: stack, slot: slot, layer: layer, expert: expert)
  }

  /// The key of another part of the same layer.
  func with(slot: String) -> TensorKey {
    TensorKey(stack: stack, slot: slot, layer: layer, expert: expert)
  }

  /// The key of the same part of one expert.
  func with(expert: Int) -> TensorKey {
    TensorKey(stack: stack, slot: slot, layer: layer, expert: expert)
  }

  /// The key of the tensor that holds all experts.
  var stacked: TensorKey { TensorKey(stack: stack, slot: slot, layer: layer, expert: -1) }
}

/// The keys of a model's tensors.
struct TensorKeys: Sendable {
  /// For each tensor its key.
  let keys: [TensorKey]
  /// The tensor of each key.
  let tensors: [TensorKey: Int]
  /// The tensor of each name; of a name that stands twice the first.
  let names: [String: Int]

  /// Works out the keys; two tensors that would share one keep their names.
  init(_ model: Model, _ plan: Plan) {
    let dialect = Dialect(model)
    var keys = model.tensors.indices.map { index in
      let packing = plan.tensors[index].packing.map { plan.packed[$0].carrier == index }
      return dialect.key(of: model.tensors[index].name, isPacked: packing == true)
    }
    let counts = keys.reduce(into: [TensorKey: Int]()) { $0[$1, default: 0] += 1 }
    for index in keys.indices where counts[keys[index]] != 1 {
      keys[index] = TensorKey(
        stack: "", slot: model.tensors[index].name, layer: -1, expert: -1)
    }
    self.keys = keys
    tensors = Dictionary(zip(keys, keys.indices)) { first, _ in first }
    names = Dictionary(zip(model.tensors.map(\.name), keys.indices)) { first, _ in first }
  }
}

/// How a model's names are to be read.
private struct Dialect {
  /// Whether an encoder and a decoder stand beside each other, so that the words tell layers apart.
  let hasEncoderAndDecoder: Bool
  /// Whether layers have a norm before and one after the network of each half (Gemma 2 and later), so
  /// that `post_attention_layernorm` is no longer the norm before the second half.
  let hasSandwichNorms: Bool

  init(_ model: Model) {
    func contains(_ text: String) -> Bool {
      model.tensors.contains { $0.name.contains(text) }
    }
    hasEncoderAndDecoder =
      contains("encoder.") && contains("decoder.")
      || model.tensors.contains { $0.name.hasPrefix("enc.blk.") }
        && model.tensors.contains { $0.name.hasPrefix("dec.blk.") }
    hasSandwichNorms = contains(".pre_feedforward_layernorm.")
  }

  func key(of name: String, isPacked: Bool) -> TensorKey {
    var parts = name.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "/" }
    if let first = parts.first { parts[0] = Self.stacksOfGGUF[first] ?? first }
    var layer = -1
    var expert = -1
    var start = 0
    for index in parts.indices.dropFirst() {
      let before = parts[index - 1].lowercased()
      guard let number = Int(parts[index]), number >= 0 else { continue }
      if layer < 0, NameTemplate.layerWords.contains(before) {
        layer = number
        start = index + 1
      } else if expert < 0,
        NameTemplate.expertWords.contains(before)
          || layer >= 0 && Self.expertsOfTheirOwn.contains(before)
      {
        expert = number
        parts[index] = "#"
      }
    }
    let prefix = parts[..<max(0, start - 2)].filter(isTelling)
    var rest = (layer < 0 ? parts.filter(isTelling) : Array(parts[start...])).joined(separator: ".")
    if isPacked { rest = Self.plainName(rest) }
    let stack = layer < 0 ? "" : prefix.joined(separator: ".")
    return TensorKey(
      stack: stack, slot: slot(rest, layer < 0 ? "" : "\(stack).#"), layer: layer, expert: expert)
  }

  /// What GGUF calls the two stacks of T5.
  private static let stacksOfGGUF: [Substring: Substring] = ["enc": "encoder", "dec": "decoder"]

  /// Whether a component says more than that there is a model.
  private func isTelling(_ part: Substring) -> Bool {
    if part == "encoder" || part == "decoder" { return hasEncoderAndDecoder }
    return !Self.commonPrefixes.contains(part)
  }

  private static let commonPrefixes: Set<Substring> = [
    "model", "transformer", "base_model", "language_model", "text_model", "backbone", "module",
    "bert", "distilbert", "roberta", "electra", "albert", "mpnet", "gpt_neox",
  ]

  /// What GGUF numbered experts behind before it stacked them: `blk.0.ffn_gate.3.weight`; and what
  /// StableLM numbers the norms of heads behind, which GGUF stacks, too.
  private static let expertsOfTheirOwn: Set = ["ffn_gate", "ffn_up", "ffn_down", "norms"]

  /// The name that a packed weight would have if it were stored plainly.
  private static func plainName(_ rest: String) -> String {
    let lower = rest.lowercased()
    if lower.hasSuffix(NameTemplate.maskedSuffix) {
      return String(rest.dropLast(NameTemplate.maskedSuffix.count))
    }
    guard let suffix = NameTemplate.carrierSuffixes.first(where: lower.hasSuffix) else {
      return rest
    }
    let plain = String(rest.dropLast(suffix.count))
    return plain.hasSuffix(".weight") ? plain : plain + ".weight"
  }

  /// - Parameter place: the stack and a sign of layers; empty for what lies in none.
  private func slot(_ rest: String, _ place: String) -> String {
    let end = rest.lastIndex(of: ".") ?? rest.startIndex
    var stem = String(rest[..<end])
    var leaf = rest[end...].drop { $0 == "." }
    // The names of TensorFlow's layer norm.
    if leaf == "gamma" { leaf = "weight" }
    if leaf == "beta" { leaf = "bias" }
    // A parameter of Mamba that other projects make a projection's bias.
    if leaf == "dt_bias" { (stem, leaf) = (stem + ".dt_proj", "bias") }
    // Stacked experts of transformers are parameters of the layer, without a leaf of their own.
    if leaf != "weight", leaf != "bias", let stacked = NameFamilies.slots[rest] {
      return "\(stacked).weight"
    }
    if stem == "post_attention_layernorm", hasSandwichNorms { stem = "post_attention_norm" }
    // What stands behind both stacks of an encoder and a decoder.
    for half in ["encoder.", "decoder."] where stem.hasPrefix(half) {
      let own = String(stem.dropFirst(half.count))
      return "\(half)\(NameFamilies.slots[own] ?? own).\(leaf)"
    }
    return "\(NameFamilies.slots["\(place).\(stem)"] ?? NameFamilies.slots[stem] ?? stem).\(leaf)"
  }
}
