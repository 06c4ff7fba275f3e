/// Whether a model holds the layers and the vocabulary that it promises.
enum Completeness {
  /// Layers that are missing in the numbering or against the configuration.
  static func problems(of model: Model) -> [Problem] {
    // An adapter may leave out whichever layers it likes.
    guard model.sidecar(.adapterConfig) == nil,
      !model.tensors.contains(where: { $0.name.contains("lora") })
    else { return [] }
    let stacks = stacks(of: model.tensors)
    var problems: [Problem] = []
    for (prefix, counts) in stacks.sorted(by: { $0.key < $1.key }) {
      guard let last = counts.keys.max(), last < mostLayers, counts.count > 1 else { continue }
      let missing = (0...last).filter { counts[$0] == nil }
      if !missing.isEmpty {
        problems.append(
          Problem(
            .missingLayer,
            "the layers \(quoted(prefix)) are numbered to \(last), but \(listed(missing)) "
              + "\(missing.count == 1 ? "is" : "are") not there"))
      }
    }
    problems += missingAgainstConfiguration(of: model, stacks: stacks)
    return problems
  }

  /// Numbers above this are no layers; the deepest published networks have some hundreds.
  private static let mostLayers = 4096

  /// Names under which transformers keep their stack of layers.
  private static let stackNames: Set<Substring> = ["layers", "layer", "h", "block", "blocks"]

  /// A layer of a transformer has at least this many tensors; the numbered members of a plain
  /// sequence, between which there are gaps where activations stand, have two.
  private static let fewestTensorsOfLayer = 4

  /// Of each stack of layers, by its dotted prefix, the tensors of each number.
  private static func stacks(of tensors: [Tensor]) -> [String: [Int: Int]] {
    var stacks: [String: [Int: Int]] = [:]
    for tensor in tensors {
      let components = tensor.name.split(separator: ".", omittingEmptySubsequences: false)
      let place = components.indices.dropFirst().first { index in
        stackNames.contains(components[index - 1]) && components[index].utf8.count <= 4
          && Int(components[index]) != nil
      }
      guard let place, let number = Int(components[place]), number >= 0 else { continue }
      stacks[components[..<place].joined(separator: "."), default: [:]][number, default: 0] += 1
    }
    return stacks.filter { ($0.value.values.min() ?? 0) >= fewestTensorsOfLayer }
  }

  private static func missingAgainstConfiguration(
    of model: Model, stacks: [String: [Int: Int]]
  ) -> [Problem] {
    let config = model.sidecar(.config)
    let keys = ["num_hidden_layers", "n_layer", "n_layers", "num_layers"]
    guard let config, let declared = keys.lazy.compactMap({ config[$0]?.integer }).first else {
      return []
    }
    guard let deepest = stacks.values.map(\.count).max(), deepest < declared else { return [] }
    return [
      Problem(
        .missingLayer, "config.json declares \(declared) layers, the files hold \(deepest)")
    ]
  }

  private static func listed(_ numbers: [Int]) -> String {
    let first = numbers.prefix(6).map(String.init).joined(separator: ", ")
    return numbers.count > 6 ? "\(first), … (\(numbers.count) in all)" : first
  }
}
