/// What can be odd in the build of a network.
public enum FindingCode: String, Sendable, Hashable, CaseIterable, Explained {
  case lonePart = "lone_part"
  case untrainedAdapter = "untrained_adapter"
  case missingLayers = "missing_layers"
  case expertsPruned = "experts_pruned"
  case unevenWidths = "uneven_widths"
  case oddWidth = "odd_width"
  case testSize = "test_size"
  case repeatedLayers = "repeated_layers"
  case allZeroTensors = "all_zero_tensors"
  case quantizedOnLoad = "quantized_on_load"

  /// A paragraph for `inspect explain`.
  public var explanation: String {
    switch self {
    case .lonePart:
      "The file is one shard or split part and its siblings are not there. One part may hold only experts or "
        + "only embeddings, so nothing is said of the model."
    case .untrainedAdapter:
      "The B matrices of a low-rank adapter start at zero; here they still are, so that the adapter changes "
        + "nothing."
    case .missingLayers:
      "The numbers of the layers have gaps, or there are fewer layers than configured. Depth pruning does "
        + "that, and so does an incomplete file."
    case .expertsPruned:
      "Routers choose among an unusual number of experts. Pruning experts leaves such numbers; so does a "
        + "custom design. Without the base model this is weak evidence."
    case .unevenWidths:
      "Feed-forward layers differ in width. Structured pruning leaves that, and some designs begin so."
    case .oddWidth: "A width that no one chooses for speed. Structured pruning leaves such."
    case .testSize: "Few parameters for a whole network: test data, or an example."
    case .repeatedLayers:
      "Layers whose weights are the same in every matrix, as in models made deeper by copying layers."
    case .allZeroTensors:
      "Matrices that are zero throughout and have no siblings that are not: modules that start at zero, such "
        + "as zero convolutions, and were never trained. They are no sign of pruning."
    case .quantizedOnLoad:
      "The configuration describes a quantization that a library applies while it loads the file. The file "
        + "itself holds plain weights."
    }
  }
}
