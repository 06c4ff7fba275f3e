internal import ModelFile

/// transformers' `config.json`, asked for the numbers of its language model.
///
/// Composite models keep those in an object of their own; a number that is not there is looked for
/// outside.
struct NetworkConfiguration {
  /// The whole file.
  let whole: JSONValue
  /// The part about the language model.
  let text: JSONValue

  init(_ config: JSONValue) {
    whole = config
    let thinker = config["thinker_config"] ?? config
    text =
      ["text_config", "llm_config", "language_config", "decoder"].lazy
      .compactMap { key in thinker[key].flatMap { $0.object == nil ? nil : $0 } }.first ?? config
  }

  /// The first of some keys that is there and not `null`.
  subscript(keys: String...) -> JSONValue? {
    keys.lazy.compactMap { present(text[$0]) ?? present(whole[$0]) }.first
  }

  /// The first of some keys that holds a number of things: not negative.
  func count(_ keys: String...) -> Int? {
    keys.lazy.compactMap { text[$0]?.integer ?? whole[$0]?.integer }.first { $0 >= 0 }
  }

  /// What the network is called.
  var name: String? { text["model_type"]?.string ?? whole["model_type"]?.string }

  /// The layers of the decoder; `nil` where they are not declared or are no plausible number.
  var layers: Int? {
    let declared = count(
      "num_hidden_layers",
      "n_layer",
      "n_layers",
      "num_layers",
      "num_transformer_layers"
    )
    return declared.flatMap { $0 <= Self.mostLayers ? $0 : nil }
  }

  /// The deepest published networks have some hundreds of layers; a list of them is made, so a
  /// hostile number must not decide its length.
  static let mostLayers = 4096

  var hiddenSize: Int? { count("hidden_size", "n_embd", "d_model", "dim", "model_dim") }
  var heads: Int? { count("num_attention_heads", "n_head", "n_heads", "num_heads") }
  var vocabularySize: Int? { count("vocab_size") }

  /// The longest context that the model was made for.
  var contextLength: Int? {
    count(
      "max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "seq_length",
      "max_context_length", "max_sequence_length", "max_target_positions"
    )
  }

  private func present(_ value: JSONValue?) -> JSONValue? {
    value == .null ? nil : value
  }
}
