internal import ModelFile

/// What a file is for.
public enum FileRole: String, Sendable, Hashable, CaseIterable, Explained {
  /// A model, whole.
  case model
  /// One shard of a model that lies there without the others.
  case part
  /// Low-rank or other additions to a model.
  case adapter
  /// The difference between two models.
  case delta
  /// A tokenizer without weights.
  case vocabulary
  /// Activation statistics that guide quantization.
  case importanceMatrix = "importance_matrix"
  /// The bridge from images or sound to a language model.
  case projector
  /// Token vectors without a network.
  case embedding
  /// Tensors that make no network: recordings, tables, test data.
  case other

  /// A paragraph for `inspect explain`.
  public var explanation: String {
    switch self {
    case .model:
      "A whole model."
    case .part:
      "One part of a set that lies there without the others: nothing is said of "
        + "the model."
    case .adapter:
      "Additions to a model that is not in the file."
    case .delta:
      "The difference between two models; zeros are unchanged weights, not "
        + "pruned ones."
    case .vocabulary:
      "A tokenizer without weights."
    case .importanceMatrix:
      "Statistics of activations that guide quantization."
    case .projector:
      "The part that turns images or sound into a language model's input."
    case .embedding:
      "Vectors of tokens without a network."
    case .other:
      "Tensors that make no network: recordings, tables, test data."
    }
  }
}

extension FileRole {
  /// Tells a file's role from its metadata and its tensors.
  init(_ model: Model, _ tensors: [PlannedTensor], _ names: NameIndex) {
    let general = model[metadata: "general.type"]?.string
    let architecture = model[metadata: "general.architecture"]?.string
    let roles = Set(tensors.map(\.role))
    let weightlike = tensors.contains { $0.role == .weight || $0.role == .head }
    let known =
      names.templates.contains { ($0.role ?? .auxiliary).holdsParameters }
      || tensors.contains { $0.packing != nil }

    self =
      if general == "imatrix" || Self.isImportanceMatrix(names) {
        .importanceMatrix
      } else if general == "mmproj" || architecture == "clip" {
        .projector
      } else if tensors.isEmpty {
        model[metadata: "tokenizer.ggml.tokens"] != nil
          || model[metadata: "tokenizer.ggml.model"] != nil
          ? .vocabulary : .other
      } else if general == "adapter" || Self.isPEFT(model, names)
        || roles.contains(.adapter) && !Self.isMostlyWeights(tensors)
      {
        .adapter
      } else if Self.isDelta(model, names, roles) {
        .delta
      } else if model.isLonePart {
        .part
      } else if roles.contains(.embedding), !weightlike {
        .embedding
      } else if known, tensors.contains(where: { $0.role.holdsParameters && $0.role != .vector }) {
        .model
      } else {
        .other
      }
  }

  private static func isImportanceMatrix(_ names: NameIndex) -> Bool {
    names.templates.contains { $0.text.hasSuffix(".in_sum#") || $0.text.hasSuffix(".amax") }
  }

  /// Whether PEFT says so beside the file, and the names are those that it gives: some of its methods
  /// name their tensors as no other does.
  private static func isPEFT(_ model: Model, _ names: NameIndex) -> Bool {
    model.sidecar(.adapterConfig)?["peft_type"]?.string != nil
      && names.templates.contains { $0.text.hasPrefix(".base_model.model.") }
  }

  /// Whether full weights outweigh adapters, as in a model that keeps a small one for one purpose.
  private static func isMostlyWeights(_ tensors: [PlannedTensor]) -> Bool {
    var weights = 0
    var adapters = 0
    for tensor in tensors {
      if tensor.role == .adapter { adapters = adapters.addingClamped(tensor.parameters) }
      if tensor.role == .weight { weights = weights.addingClamped(tensor.parameters) }
    }
    return weights > adapters
  }

  /// Whether a name says so, or whole weights stand under the names that PEFT gives to additions,
  /// without the embeddings and norms that a model saved from its wrapper has.
  private static func isDelta(_ model: Model, _ names: NameIndex, _ roles: Set<Role>) -> Bool {
    let isWhole = roles.contains(.embedding) && roles.contains(.norm)
    if !isWhole, names.templates.contains(where: { $0.text.hasPrefix(".base_model.model.") }) {
      return true
    }
    guard let file = model.path.split(separator: "/").last?.lowercased() else { return false }
    return file.words.contains("delta") || file.contains("task_vector")
      || file.contains("task-vector")
  }
}
