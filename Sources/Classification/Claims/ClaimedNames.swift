internal import ModelFile

/// The names under which a model goes: claims, and read as such.
struct ClaimedNames {
  /// One name and where it stands.
  struct Name {
    var text: String
    var source: String
  }

  var names: [Name] = []
  /// Tags of the model card and of GGUF's metadata.
  var tags: [Name] = []

  init(_ model: Model) {
    let asked = model.path.split(separator: "/").map(String.init)
    let part = model.parts.first?.path.split(separator: "/").map(String.init) ?? asked
    // Ollama keeps files under the hash of their bytes; what was asked for is the name.
    if model.path.hasPrefix("ollama:"), let name = asked.last {
      names.append(Name(text: name, source: "name"))
    }
    if let file = part.last { names.append(Name(text: file, source: "file name")) }
    // A snapshot in the hub's cache has its name further up.
    if let cached = part.last(where: { $0.hasPrefix("models--") }) {
      names.append(
        Name(
          text: cached.replacing("models--", with: "").replacing("--", with: "/"),
          source: "folder name"))
    } else if let folder = part.dropLast().last {
      names.append(Name(text: folder, source: "folder name"))
    }
    // Parts of pipelines lie in folders called `transformer` or `unet`.
    if asked == part.dropLast(), let outer = asked.dropLast().last {
      names.append(Name(text: outer, source: "outer folder name"))
    }
    for key in ["general.name", "general.basename", "general.finetune"] {
      if let text = model[metadata: key]?.string { names.append(Name(text: text, source: key)) }
    }
    if let text = model.sidecar(.config)?["_name_or_path"]?.string, !text.isEmpty {
      names.append(Name(text: text, source: "config.json _name_or_path"))
    }
    if case .array(let array) = model[metadata: "general.tags"] {
      tags += array.first.compactMap(\.string).map { Name(text: $0, source: "general.tags") }
    }
    let card = model.sidecar(.card)
    for key in ["tags", "base_model", "model_name", "pipeline_tag", "library_name"] {
      let texts = card?[key]?.array?.compactMap(\.string) ?? [card?[key]?.string].compactMap { $0 }
      tags += texts.map { Name(text: $0, source: "model card \(key)") }
    }
  }

  /// The first name that has a word.
  func first(where isMatch: (String) -> Bool) -> Name? {
    names.first { isMatch($0.text.lowercased()) }
  }
}

extension String {
  /// Whether a word begins here: after nothing, or after what is no letter.
  func hasWord(beginningWith word: String) -> Bool {
    var rest = self[...]
    while let range = rest.firstRange(of: word) {
      let before = range.lowerBound == startIndex ? nil : self[index(before: range.lowerBound)]
      if before.map({ !$0.isLetter }) ?? true { return true }
      rest = rest[range.upperBound...]
    }
    return false
  }

  /// Whether it says distilled, and does not deny it: `distilbert-base`, `R1-Distill`, not
  /// `non-distilled`, `de-distill` or the data set tool `distilabel`.
  var saysDistilled: Bool {
    let words = words
    return words.indices.contains { index in
      guard words[index].hasPrefix("distil") else { return false }
      let isOther = ["distilab", "distiller"].contains { words[index].hasPrefix($0) }
      let isDenied = index > 0 && ["not", "non", "no", "de", "un"].contains(words[index - 1])
      return !isOther && !isDenied
    }
  }

  /// Its words: runs of letters and digits, in lower case.
  var words: [Substring] {
    lowercased().split { !$0.isLetter && !$0.isNumber }
  }
}
