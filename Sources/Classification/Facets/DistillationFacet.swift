internal import ModelFile

/// What speaks for a distilled model: names, families, declarations; weights alone show nothing.
struct DistillationFacet {
  var distillation: Verdict.Distillation

  init(_ observed: Observation) {
    let names = ClaimedNames(observed.model)
    distillation =
      Self.declared(names) ?? Self.described(observed.model) ?? Self.family(observed) ?? Self.named(
        names, observed)
      ?? Verdict.Distillation(
        level: .none, confidence: 0,
        statement:
          "No distillation evidence in this file. (Distillation usually leaves no trace in "
          + "weights.)")
  }

  /// A card or metadata that says so in so many words.
  private static func declared(_ names: ClaimedNames) -> Verdict.Distillation? {
    guard
      let tag = names.tags.first(where: { tag in
        let words = tag.text.words
        return tag.source != "model card base_model" && tag.text.saysDistilled
          && words.contains { ["distillation", "distilled", "distill", "distil"].contains($0) }
      })
    else { return nil }
    return declared(
      "the \(tag.source) say “\(tag.text)”", isData: tag.text.lowercased().contains("r1"))
  }

  /// - Parameter isData: whether samples of a larger model were learned, not its outputs matched.
  private static func declared(_ words: String, isData: Bool) -> Verdict.Distillation {
    Verdict.Distillation(
      level: .declared, confidence: Threshold.distilledDeclared.value,
      statement: "Declared distilled: \(words)"
        + (isData
          ? " (trained on samples of a larger model: distilled data, not matched outputs)" : "")
        + ". Not verifiable from weights.")
  }

  /// Words with which cards say it of the model itself; others speak of models it is compared with.
  private static let declarations = [
    "distilled version of", "distilled from", "is a distilled", "was distilled", "were distilled",
    "we distill", "distillation of", "knowledge distillation from", "using knowledge distillation",
    "by knowledge distillation", "with knowledge distillation", "through knowledge distillation",
  ]

  /// A sentence of the card that says so.
  private static func described(_ model: Model) -> Verdict.Distillation? {
    let prose = model.sidecars.first { $0.kind == .card }?.prose ?? ""
    let sentences = prose.split { $0.isNewline || ".!?".contains($0) }
    guard
      let sentence = sentences.first(where: { sentence in
        let text = sentence.lowercased()
        return declarations.contains { text.contains($0) } && text.saysDistilled
      })
    else { return nil }
    let text = sentence.lowercased()
    let isData = ["data", "samples", "generated"].contains { text.contains($0) }
    let words = sentence.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let quoted = words.count > quoteLimit ? words.prefix(quoteLimit) + "…" : words[...]
    return declared("the model card says “\(quoted)”", isData: isData)
  }

  /// Characters of a sentence that are quoted.
  private static let quoteLimit = 160

  /// An architecture that exists only as a student.
  private static func family(_ observed: Observation) -> Verdict.Distillation? {
    let config = observed.model.sidecar(.config)
    let classes = config?["architectures"]?.array?.compactMap(\.string) ?? []
    let isDistilBERT =
      config?["model_type"]?.string == "distilbert"
      || classes.contains { $0.hasPrefix("DistilBert") }
      || observed.plan.names.templates.contains { $0.text.hasPrefix(".distilbert.") }
    if isDistilBERT {
      let layers = config?["n_layers"]?.integer ?? observed.plan.architecture?.layers
      return Verdict.Distillation(
        level: .family, confidence: Threshold.distilledFamily.value,
        statement:
          "Likely a distilled student: names and configuration are of the DistilBERT family"
          + (layers.map { " (\(counting($0, "layer")); BERT has 12)" } ?? "")
          + ". A known family, not provable from weights.")
    }
    // distil-whisper keeps the encoder and two layers of the decoder.
    if config?["model_type"]?.string == "whisper",
      let encoder = config?["encoder_layers"]?.integer,
      let decoder = config?["decoder_layers"]?.integer, decoder == 2, encoder >= 12
    {
      return Verdict.Distillation(
        level: .family, confidence: Threshold.distilledFamily.value,
        statement:
          "Likely a distilled student: \(encoder) encoder and \(decoder) decoder layers are "
          + "the shape of distil-whisper. Not provable from weights.")
    }
    return nil
  }

  /// Names of students: `distil…`, `…-Distill-…`, and a few that published students carry.
  private static func named(
    _ names: ClaimedNames, _ observed: Observation
  ) -> Verdict.Distillation? {
    let students = ["tinybert", "minilm", "mobilebert", "minitron"]
    // Steps of a diffusion model can be distilled too.
    let steps = ["schnell", "lightning", "lcm", "hyper", "turbo"]
    let isDiffusion =
      observed.model.sidecar(.config)?["_class_name"] != nil
      || observed.plan.names.templates.contains {
        $0.text.contains(".diffusion_model.") || $0.text.contains(".transformer_blocks.")
          || $0.text.contains(".double_blocks.") || $0.text.contains(".down_blocks.")
      }
    guard
      let name = names.first(where: { text in
        text.saysDistilled
          || students.contains { text.hasWord(beginningWith: $0) }
          || isDiffusion && text.words.contains { steps.contains(String($0)) }
      })
    else { return nil }
    return Verdict.Distillation(
      level: .name, confidence: Threshold.distilledName.value,
      statement: "The \(name.source) “\(name.text)” says distilled"
        + (name.text.lowercased().contains("r1-distill")
          ? " (these models were trained on samples of a larger one: distilled data)" : "")
        + ". A name is a claim; nothing in weights can confirm it.")
  }
}
