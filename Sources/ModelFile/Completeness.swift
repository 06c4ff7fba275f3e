/// Whether a model holds the layers and the vocabulary that it promises.
enum Completeness {
  /// Layers that are missing in the numbering or against the configuration.
  static func problems(of model: Model) -> [Problem] {
    // An adapter may leave out whichever layers it likes.
    guard model.sidecar(.adapterConfig) == nil,
      model.tensors.first.map({ holds($0.name.utf8, "lora") }) != true
    else { return [] }
    let stacks = stacks(of: model.tensors)
    var problems: [Problem] = []
    for (prefix, counts) in stacks.sorted(by: { $0.key < $1.key }) {
      guard let last = counts.keys.max(), counts.count > 1 else { continue }
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

  /// Names under which transformers keep their stack of layers.
  private static let stackNames = ["layers", "layer", "h", "block", "blocks"].map { Array($0.utf8) }

  /// A layer of a transformer has at least this many tensors; the numbered members of a plain
  /// sequence, between which there are gaps where activations stand, have two.
  private static let fewestTensorsOfLayer = 4

  /// Of each stack of layers, by its dotted prefix, the tensors of each number.
  private static func stacks(of tensors: [Tensor]) -> [String: [Int: Int]] {
    var stacks: [String: [Int: Int]] = [:]
    // Neighbours in a header mostly are of one layer.
    var last: (prefix: Substring.UTF8View, number: Int, count: Int)?
    func add() {
      guard let last else { return }
      stacks[String(Substring(last.prefix)), default: [:]][last.number, default: 0] += last.count
    }
    for tensor in tensors {
      guard let place = layer(of: tensor.name) else { continue }
      if let known = last, known.number == place.number,
        known.prefix.elementsEqual(place.prefix)
      {
        last?.count += 1
      } else {
        add()
        last = (place.prefix, place.number, 1)
      }
    }
    add()
    return stacks.filter { ($0.value.values.min() ?? 0) >= fewestTensorsOfLayer }
  }

  /// The first number in a dotted name that stands behind the name of a stack, and what leads to it.
  private static func layer(of name: String) -> (prefix: Substring.UTF8View, number: Int)? {
    let bytes = name.utf8
    let dot = UInt8(ascii: ".")
    var start = bytes.startIndex
    var isStack = false
    while start < bytes.endIndex {
      let end = bytes[start...].firstIndex(of: dot) ?? bytes.endIndex
      if isStack, let number = number(bytes[start..<end]) {
        return (bytes[..<bytes.index(before: start)], number)
      }
      isStack = stackNames.contains { bytes[start..<end].elementsEqual($0) }
      guard end < bytes.endIndex else { return nil }
      start = bytes.index(after: end)
    }
    return nil
  }

  private static func number(_ digits: Substring.UTF8View) -> Int? {
    var value = 0
    var count = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit), count < 4 else { return nil }
      value = value * 10 + Int(digit - UInt8(ascii: "0"))
      count += 1
    }
    return count > 0 ? value : nil
  }

  private static func holds(_ text: String.UTF8View, _ word: String) -> Bool {
    guard let first = word.utf8.first else { return true }
    return text.indices.contains { text[$0] == first && text[$0...].starts(with: word.utf8) }
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
