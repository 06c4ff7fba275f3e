internal import ModelFile

/// The sizes that the tensors of a language model have.
struct MeasuredSizes {
  /// The width of the stream, on which the table of tokens and the norms agree.
  var width: Int
  /// Rows of the table of tokens.
  var tokens: Int
  /// The one stack of layers that is no encoder; `nil` where there are several.
  var stack: Stack?

  /// A stack of layers; matrices by the rows that matter, with the layers that have them.
  struct Stack {
    var numbers: Set<Int> = []
    var feedForward: [Int: Set<Int>] = [:]
    var queries: [Int: Set<Int>] = [:]
    var keys: [Int: Set<Int>] = [:]
    var layers: Int { numbers.count }
  }

  /// Looks at names and logical shapes; `nil` where there is no table of tokens as wide as the norms.
  init?(_ observed: Observation) {
    let plan = observed.plan
    func shape(_ index: Int) -> [Int] {
      plan.tensors[index].logicalShape
        ?? observed.model.tensors[index].shape.map { Int(clamping: $0) }
    }
    let tables = Set(
      plan.tensors.indices.filter { index in
        plan.tensors[index].role == .embedding
          && Self.tables.contains { plan.names.template(index).text.hasSuffix($0) }
      }.map(shape))
    guard tables.count == 1, let table = tables.first, table.count == 2,
      table[1] == plan.context.hiddenSize
    else { return nil }
    (tokens, width) = (table[0], table[1])
    stack = Self.stack(observed, width, shape)
  }

  private static let tables = [
    ".embed_tokens.weight", ".wte.weight", ".word_embeddings.weight", ".tok_embeddings.weight",
    ".embed_in.weight", ".token_embd.weight", ".shared.weight",
  ]

  private static func stack(
    _ observed: Observation, _ width: Int, _ shape: (Int) -> [Int]
  ) -> Stack? {
    let names = observed.plan.names
    // What stands before the number of a layer names the stack.
    let stackOfTemplate = names.templates.map { template -> Substring? in
      guard let number = template.layerNumber else { return nil }
      var seen = 0
      for index in template.text.indices where template.text[index] == "#" {
        if seen == number { return template.text[..<index] }
        seen += 1
      }
      return nil
    }
    var stacks: [Substring: Stack] = [:]
    for (index, place) in names.places.enumerated() where place.layer >= 0 {
      guard let name = stackOfTemplate[place.template] else { continue }
      stacks[name, default: Stack()].numbers.insert(place.layer)
      let planned = observed.plan.tensors[index]
      let text = names.templates[place.template].text
      guard planned.role == .weight, place.expert < 0, !text.contains("exp"),
        !text.contains("shared")
      else { continue }
      let (owner, dimensions) = (owner(text), shape(index))
      guard dimensions.count == 2 else { continue }
      switch owner {
      case "gate_proj", "up_proj", "down_proj", "fc#", "ffn_up", "ffn_down", "dense_h_to_#h",
        "dense_#h_to_h", "intermediate.dense":
        guard let side = dimensions.firstIndex(of: width) else { continue }
        stacks[name]?.feedForward[dimensions[1 - side], default: []].insert(place.layer)
      case "q_proj", "attn_q": stacks[name]?.queries[dimensions[0], default: []].insert(place.layer)
      case "k_proj", "attn_k": stacks[name]?.keys[dimensions[0], default: []].insert(place.layer)
      default: break
      }
    }
    let others = [
      "vision", "visual", "audio", "mtp", "draft", "resampler", "perceiver", "projector",
    ]
    let main = stacks.filter { name, _ in !others.contains { name.contains($0) } }
    return main.count == 1 ? main.first?.value : nil
  }

  /// The component that names a matrix: `up_proj`, of BERT's `intermediate.dense` both.
  private static func owner(_ text: String) -> String {
    // Codes stand under names of their own beside the layer.
    let parts = text.split(separator: ".").dropLast()
    guard let last = parts.last else { return "" }
    if last == "dense", let before = parts.dropLast().last { return "\(before).dense" }
    return String(last)
  }
}
