internal import ModelFile

/// What the tensors together say about how single ones are to be understood.
struct NetworkContext: Sendable {
  /// Whether any tensor belongs to an expert: only then is a gate a router.
  var hasExperts = false
  /// The width of the stream between the layers: the length of most norms.
  var hiddenSize: Int?
  /// Whether linear layers are stored as inputs × outputs, as in GPT-2.
  var usesConv1D = false

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
    hiddenSize = lengths.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
    usesConv1D = model.tensors.indices.contains { index in
      let shape = model.tensors[index].shape
      guard model.format == .safetensors, shape.count == 2 else { return false }
      // The same names hold torch's Linear in GPTBigCode; only GPT-2 widens from rows to columns.
      return names.template(index).text.hasSuffix(".mlp.c_fc.weight") && shape[1] > shape[0]
    }
  }

  /// Whether a matrix is stored as inputs × outputs, as GPT-2's `Conv1D` and the `kernel` of Flax are.
  func isConv1D(_ template: NameTemplate) -> Bool {
    template.leaf == "kernel"
      || usesConv1D && template.leaf == "weight"
        && ["c_attn", "c_proj", "c_fc", "q_attn"].contains(template.owner)
  }

  /// Whether stacked experts are stored as inputs × outputs: hub names without `.weight` whose
  /// input dimension, the hidden size or its counterpart, stands first.
  func storesExpertInputsAsRows(_ template: NameTemplate, rows: Int, columns: Int) -> Bool {
    guard let hiddenSize, template.leaf != "weight", rows != columns else { return false }
    return switch template.leaf {
    case "gate_up_proj", "w#", "up_proj", "gate_proj": rows == hiddenSize
    case "down_proj": columns == hiddenSize
    default: false
    }
  }
}
