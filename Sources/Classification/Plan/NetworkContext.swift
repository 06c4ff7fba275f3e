internal import ModelFile

/// What the tensors together say about how single ones are to be understood.
struct NetworkContext: Sendable {
  /// Whether any tensor belongs to an expert: only then is a gate a router.
  var hasExperts = false
  /// The width of the stream between the layers: the length of most norms, or without any what the
  /// configuration says.
  var hiddenSize: Int?
  /// The width of the stream in each layer, by the layer's name: `model.layers.0`.
  var streams: [String: Int] = [:]
  /// Whether linear layers are stored as inputs × outputs, as in GPT-2.
  var usesConv1D = false

  /// Whether stacked experts are stored as inputs × outputs, where two matrices of one stack tell.
  var storesFusedExpertInputsAsRows: Bool?

  /// Looks at all names and shapes of a model.
  init(_ model: Model, _ names: NameIndex) {
    hasExperts = names.templates.contains {
      $0.expertNumber != nil || $0.text.contains("experts") || $0.text.contains("_exps.")
    }
    var lengths: [Int: Int] = [:]
    for (index, tensor) in model.tensors.enumerated() where tensor.shape.count == 1 {
      guard names.template(index).role == .norm, tensor.elementCount > 1 else { continue }
      lengths[tensor.elementCount, default: 0] += 1
    }
    // The largest of equally frequent lengths: norms of single heads are shorter.
    let config = model.sidecar(.config)
    hiddenSize =
      lengths.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
      ?? (config?["hidden_size"] ?? config?["text_config"]?["hidden_size"])?.integer
    // Only words of MLX need them.
    if model.tensors.contains(where: { $0.type == .u32 }) {
      streams = Self.streams(model, names, hiddenSize)
    }
    storesFusedExpertInputsAsRows = Self.storesFusedExpertInputsAsRows(model, names)
    usesConv1D = model.tensors.indices.contains { index in
      let shape = model.tensors[index].shape
      guard model.format == .safetensors, shape.count == 2 else { return false }
      // The same names hold torch's Linear in GPTBigCode; only GPT-2 widens from rows to columns.
      return names.template(index).text.hasSuffix(".mlp.c_fc.weight") && shape[1] > shape[0]
    }
  }

  /// The width of the stream in each layer: that of the model where one of the layer's norms has it,
  /// else the longest norm, since those of single heads are shorter.
  private static func streams(
    _ model: Model, _ names: NameIndex, _ hiddenSize: Int?
  ) -> [String: Int] {
    var streams: [String: Int] = [:]
    for (index, tensor) in model.tensors.enumerated() where tensor.shape.count == 1 {
      guard names.template(index).role == .norm, tensor.elementCount > 1 else { continue }
      guard let name = layerName(of: tensor.name) else { continue }
      guard streams[name] != hiddenSize || hiddenSize == nil else { continue }
      streams[name] =
        tensor.elementCount == hiddenSize
        ? tensor.elementCount : max(streams[name] ?? 0, tensor.elementCount)
    }
    return streams
  }

  /// A name up to its first number: `model.layers.0`; `nil` where it has none.
  static func layerName(of name: String) -> String? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.firstIndex { $0.allSatisfy(\.isNumber) && !$0.isEmpty }
      .map { parts[...$0].joined(separator: ".") }
  }

  /// Whether a matrix is stored as inputs × outputs, as GPT-2's `Conv1D` and the `kernel` of Flax are.
  func isConv1D(_ template: NameTemplate) -> Bool {
    template.leaf == "kernel"
      || usesConv1D && template.leaf == "weight"
        && ["c_attn", "c_proj", "c_fc", "q_attn"].contains(template.owner)
  }

  /// How `experts.gate_up_proj` and the `down_proj` beside it are stored.
  ///
  /// What the one puts out, for gate and up each, the other takes in. So gpt-oss, [E, h, 2·i] and
  /// [E, i, h] (transformers' `modeling_gpt_oss.py`), differs from others, [E, 2·i, h] and [E, h, i].
  private static func storesFusedExpertInputsAsRows(_ model: Model, _ names: NameIndex) -> Bool? {
    var fused: [[String]: [UInt64]] = [:]
    var down: [[String]: [UInt64]] = [:]
    for (index, tensor) in model.tensors.enumerated()
    where tensor.shape.count == 3 && names.template(index).owner == "experts" {
      let template = names.template(index)
      let owner = Array(template.parts.dropLast())
      if template.leaf == "gate_up_proj", fused[owner] == nil { fused[owner] = tensor.shape }
      if template.leaf == "down_proj", down[owner] == nil { down[owner] = tensor.shape }
    }
    let told = fused.compactMap { owner, first -> Bool? in
      guard let second = down[owner] else { return nil }
      if first[1] == second[2], first[2] / 2 == second[1], first[2] % 2 == 0 { return true }
      if first[2] == second[1], first[1] / 2 == second[2], first[1] % 2 == 0 { return false }
      return nil
    }
    return Set(told).count == 1 ? told.first : nil
  }

  /// Whether stacked experts are stored as inputs × outputs: hub names without `.weight` whose
  /// input dimension, the hidden size or its counterpart, stands first.
  func storesExpertInputsAsRows(_ template: NameTemplate, rows: Int, columns: Int) -> Bool {
    if let isTold = storesFusedExpertInputsAsRows, template.owner == "experts",
      ["gate_up_proj", "down_proj"].contains(template.leaf)
    {
      return isTold
    }
    guard let hiddenSize, template.leaf != "weight", rows != columns else { return false }
    return switch template.leaf {
    case "gate_up_proj", "w#", "up_proj", "gate_proj": rows == hiddenSize
    case "down_proj": columns == hiddenSize
    default: false
    }
  }
}
