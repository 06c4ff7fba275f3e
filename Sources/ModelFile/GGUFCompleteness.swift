extension GGUF {
  /// Layers and vocabulary that a model's keys promise and its tensors do not keep.
  ///
  /// They are warnings. Of a lone part nothing can be said.
  static func completenessProblems(of model: Model) -> [Problem] {
    guard !model.tensors.isEmpty, !model.isLonePart,
      let architecture = model[metadata: "general.architecture"]?.string,
      // Adapters, importance matrices and projectors hold what they like.
      (model[metadata: "general.type"]?.string ?? "model") == "model"
    else { return [] }
    return missingLayers(of: model, architecture: architecture)
      + vocabularyMismatch(of: model, architecture: architecture)
  }

  /// Layers below `block_count` without any tensor `blk.N.…`.
  ///
  /// The last `nextn_predict_layers` of them predict further tokens, and many files leave them out.
  private static func missingLayers(of model: Model, architecture: String) -> [Problem] {
    guard let count = model[metadata: "\(architecture).block_count"]?.integer else { return [] }
    let optional = model[metadata: "\(architecture).nextn_predict_layers"]?.integer ?? 0
    let (needed, overflow) = count.subtractingReportingOverflow(max(0, optional))
    guard !overflow, needed > 0 else { return [] }
    let present = Set(model.tensors.compactMap { layer(of: $0.name) }.filter { $0 < needed })
    // Without any such name the model numbers its layers in another way.
    guard !present.isEmpty, present.count < needed else { return [] }
    // The count is the file's claim: only as many numbers are tried as tensors and a few.
    let missing = (0..<min(needed, present.count + 6)).filter { !present.contains($0) }.prefix(6)
    let listed = missing.map(String.init).joined(separator: ", ")
    let absent = needed - present.count
    return [
      Problem(
        .missingLayer,
        "\(architecture).block_count promises \(count) layers, but there are no tensors of "
          + (absent == 1 ? "layer \(listed)" : "\(absent) of them: \(listed)")
          + (absent > missing.count ? ", …" : ""), file: model.parts.first?.path)
    ]
  }

  /// The number in `blk.N.…`.
  private static func layer(of name: String) -> Int? {
    guard name.hasPrefix("blk.") else { return nil }
    return Int(name.dropFirst(4).prefix { $0 != "." })
  }

  /// llama.cpp wants a row of the token embedding for each token.
  private static func vocabularyMismatch(of model: Model, architecture: String) -> [Problem] {
    guard let embedding = model.tensors.first(where: { $0.name == "token_embd.weight" }),
      embedding.shape.count == 2
    else { return [] }
    let rows = embedding.shape[0]
    var claims: [(key: String, count: Int)] = []
    if case .array(let tokens) = model[metadata: "tokenizer.ggml.tokens"] {
      claims.append(("tokenizer.ggml.tokens", tokens.count))
    }
    if let count = model[metadata: "\(architecture).vocab_size"]?.integer {
      claims.append(("\(architecture).vocab_size", count))
    }
    return claims.filter { UInt64(exactly: $0.count) != rows }.map { claim in
      Problem(
        .vocabularyMismatch,
        "\(claim.key) promises \(claim.count) tokens, but token_embd.weight has \(rows) rows",
        file: model.parts[embedding.part].path, tensor: embedding.name)
    }
  }
}
