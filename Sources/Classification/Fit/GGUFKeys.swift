internal import ModelFile

/// GGUF's keys under the name of the architecture (ggml/docs/gguf.md).
struct GGUFKeys {
  let model: Model
  let architecture: String

  /// - Returns: `nil` for a model that does not name its architecture.
  init?(_ model: Model) {
    guard let name = model[metadata: "general.architecture"]?.string else { return nil }
    self.model = model
    architecture = name
  }

  subscript(key: String) -> MetadataValue? { model[metadata: "\(architecture).\(key)"] }

  /// A number of things: not negative.
  func count(_ key: String) -> Int? {
    self[key]?.integer.flatMap { $0 >= 0 ? $0 : nil }
  }

  /// A number for each layer, written once or as an array.
  ///
  /// - Returns: `nil` where it is absent, or an array that is not as long as there are layers or of
  ///   which only the beginning is kept.
  func countOfLayers(_ key: String, layers: Int) -> [Int]? {
    switch self[key] {
    case .array(let array):
      let numbers = array.first.compactMap(\.integer).filter { $0 >= 0 }
      return numbers.count == layers ? numbers : nil
    case let value?:
      guard let number = value.integer, number >= 0 else { return nil }
      return Array(repeating: number, count: layers)
    case nil: return nil
    }
  }

  var layers: Int? {
    count("block_count").flatMap { $0 <= NetworkConfiguration.mostLayers ? $0 : nil }
  }

  /// Tokens of the vocabulary.
  var vocabularySize: Int? {
    if let declared = count("vocab_size") { return declared }
    if case .array(let tokens) = model[metadata: "tokenizer.ggml.tokens"] { return tokens.count }
    return nil
  }
}
