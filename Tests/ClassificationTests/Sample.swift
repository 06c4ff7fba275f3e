import Foundation
import ModelFile
import TestSupport

@testable import Classification

/// A model for tests, before it is written.
struct Sample {
  var name = "model"
  var config: String?
  var card: String?
  var adapterConfig: String?
  var metadata: [(String, String)] = []
  var tensors: [(name: String, type: String, shape: [Int], bytes: [UInt8])] = []

  /// Adds a tensor of any type.
  mutating func add(_ name: String, _ type: String, _ shape: [Int], _ bytes: [UInt8]) {
    tensors.append((name, type, shape, bytes))
  }

  /// Adds a tensor of floats.
  mutating func add(_ name: String, _ shape: [Int], _ values: [Float], _ stored: Stored = .bf16) {
    add(name, stored.rawValue, shape, stored.bytes(values))
  }

  /// Writes it and takes it the whole way.
  func opened(mode: MeasuredMode = .exact) throws -> Opened {
    let folder = try TemporaryFolder()
    var file = SafetensorsBuilder()
    for (key, value) in metadata { file.add(metadata: key, value) }
    for tensor in tensors {
      file.add(tensor.name, tensor.type, tensor.shape.map { UInt64($0) }, tensor.bytes)
    }
    let path = try folder.write(file.bytes, to: "\(name)/\(name).safetensors")
    if let config { try folder.write(config, to: "\(name)/config.json") }
    if let adapterConfig {
      try folder.write(adapterConfig, to: "\(name)/adapter_config.json")
    }
    if let card { try folder.write(card, to: "\(name)/README.md") }
    return try Opened(path, mode: mode)
  }
}

extension Sample {
  /// What happens to the weights of a matrix before they are stored: name, rows, columns, weights.
  typealias Edit = (String, Int, Int, inout [Float]) -> Void

  static let hidden = 64
  static let wide = 160
  static let vocabulary = 96

  /// A decoder like Llama: one layer, hidden size 64, feed-forward 160.
  static func llama(
    _ stored: Stored = .bf16, layers: Int = 1, sigma: Float = 0.02, edit: Edit = { _, _, _, _ in }
  ) -> Sample {
    var sample = Sample()
    sample.config = """
      {"model_type": "llama", "hidden_size": \(hidden), "num_hidden_layers": \(layers), \
      "num_attention_heads": 4, "num_key_value_heads": 4, "vocab_size": \(vocabulary)}
      """
    var weights = Weights(seed: 1)
    sample.add(
      "model.embed_tokens.weight", [vocabulary, hidden], weights.gaussian(vocabulary * hidden),
      stored)
    for layer in 0..<layers {
      for (name, rows, columns) in linears {
        let full = "model.layers.\(layer).\(name)"
        var values = weights.gaussian(rows * columns, sigma: sigma)
        edit(full, rows, columns, &values)
        sample.add(full, [rows, columns], values, stored)
      }
      for norm in ["input_layernorm", "post_attention_layernorm"] {
        let gains = weights.gaussian(hidden, sigma: 0.05).map { 1 + $0 }
        sample.add("model.layers.\(layer).\(norm).weight", [hidden], gains, stored)
      }
    }
    sample.add(
      "model.norm.weight", [hidden], weights.gaussian(hidden, sigma: 0.05).map { 1 + $0 }, stored)
    return sample
  }

  static let linears: [(String, Int, Int)] =
    ["q", "k", "v", "o"].map { ("self_attn.\($0)_proj.weight", hidden, hidden) } + [
      ("mlp.gate_proj.weight", wide, hidden), ("mlp.up_proj.weight", wide, hidden),
      ("mlp.down_proj.weight", hidden, wide),
    ]
}

/// Sets the share of the weights with the least magnitude to zero.
func pruneByMagnitude(_ values: inout [Float], share: Double) {
  let limit = values.map(\.magnitude).sorted()[Int(Double(values.count) * share)]
  for index in values.indices where values[index].magnitude < limit { values[index] = 0 }
}

/// Keeps the N largest of every M neighbours.
func pruneGroups(_ values: inout [Float], n: Int, m: Int) {
  for start in stride(from: 0, to: values.count - m + 1, by: m) {
    let order = (start..<start + m).sorted { values[$0].magnitude > values[$1].magnitude }
    for index in order.dropFirst(n) { values[index] = 0 }
  }
}
