extension FileRole {
  /// Why a file of this role cannot be run on its own, in words; `nil` for a model.
  var obstacle: String? {
    switch self {
    case .model: nil
    case .part: "it is one part of a model that lies here without the others"
    case .adapter: "it is an adapter: it runs with its base model only, which is not in the file"
    case .delta: "it is the difference between two models: it has to be added to its base model"
    case .vocabulary: "it is a vocabulary: it has no weights"
    case .importanceMatrix: "it is an importance matrix: it guides quantization and is no model"
    case .projector:
      "it is a projector of images or sound: it runs beside its language model only, which is "
        + "not in the file"
    case .embedding:
      "it holds vectors of tokens: they are used with a model, which is not in the file"
    case .other: "its tensors make no network that is known"
    }
  }
}
