/// What a key means.
enum Command: Sendable {
  case showOverview, showTensors, showHistogram, showMetadata, nextView, previousView
  case up, down, left, right, pageUp, pageDown, halfUp, halfDown, first, last
  case open, back, close, help, quit, redraw, export, openModel
  case search, searchNext, searchPrevious, filter, clearFilter
  case sort, reverseSort, toggleTree, foldAll, unfoldAll, mark, clearMarks
  case cycleColor, toggleLog, toggleBins, cycleSubject, toggleWeighting
  case showValues, toggleHex, goTo, nextTensor, previousTensor
}

/// Where keys mean something: a view, or what lies over it.
enum Context: Sendable, CaseIterable {
  case overview, tensors, histogram, metadata
  /// The pictures of the overview.
  case pictures
  case detail, values, elements, pager, models
  /// Of a comparison.
  case summary, groups

  /// What the help calls it.
  var title: String {
    switch self {
    case .overview: "Overview"
    case .tensors: "Tensors"
    case .histogram: "Histogram"
    case .metadata: "Metadata"
    case .pictures: "The map of layers"
    case .detail: "A tensor"
    case .values: "Values"
    case .elements: "An array"
    case .pager: "Text"
    case .models: "Models"
    case .summary: "Summary"
    case .groups: "Groups"
    }
  }
}

/// Keys, their meaning and where they have it: the one table from which keys are looked up and
/// footer and help are drawn.
struct KeyBinding: Sendable {
  var keys: [Key]
  var command: Command
  /// `nil` is everywhere.
  var contexts: [Context]?
  /// What the help says.
  var meaning: String
  /// What the footer says; `nil` for what only the help tells.
  var short: String?

  /// Where text or values fill the window.
  private static let paged: [Context] = [.pager, .values, .elements]

  /// What holds in every interface.
  private static let common: [KeyBinding] = [
    KeyBinding([.character("?")], .help, "explain what is selected, and list the keys", "help"),
    KeyBinding([.character("q")], .close, "close what lies over the view, else quit", "quit"),
    KeyBinding([.character("Q")], .quit, "quit from anywhere"),
    KeyBinding([.up, .character("k")], .up, "up"),
    KeyBinding([.down, .character("j")], .down, "down"),
    KeyBinding([.pageUp, .control("B")], .pageUp, "a page up"),
    KeyBinding([.pageDown, .control("F")], .pageDown, "a page down"),
    // As in less; where these letters mean something else, only what is free.
    KeyBinding([.character(" ")], .pageDown, in: paged + [.detail], "a page down"),
    KeyBinding([.character("f")], .pageDown, in: paged, "a page down"),
    KeyBinding([.character("b")], .pageUp, in: paged, "a page up"),
    KeyBinding([.character("u")], .halfUp, in: paged, "half a page up"),
    KeyBinding([.character("d")], .halfDown, in: paged, "half a page down"),
    KeyBinding([.control("U")], .halfUp, "half a page up"),
    KeyBinding([.control("D")], .halfDown, "half a page down"),
    KeyBinding([.home, .character("g")], .first, "to the beginning"),
    KeyBinding([.end, .character("G")], .last, "to the end"),
    KeyBinding([.tab], .nextView, "next view", "view"),
    KeyBinding([.backTab], .previousView, "previous view"),
    KeyBinding([.escape], .back, "back"),
    KeyBinding(
      [.backspace], .back, in: Context.allCases.filter { $0 != .models }, "back"),
    KeyBinding([.control("L")], .redraw, "draw everything anew"),
  ]

  /// The keys of a model.
  static let all: [KeyBinding] =
    common + [
      KeyBinding(
        [.enter], .open, in: [.overview], "list the tensors or the problems behind it", "open"),
      KeyBinding(
        [.right, .character("l")], .right, in: [.overview],
        "go into the map of layers and the bars below it", "map"),
      KeyBinding(
        [.enter], .open, in: [.pictures], "list the tensors of the cell or the bar", "list"),
      KeyBinding([.right, .character("l")], .right, in: [.pictures], "the next part"),
      KeyBinding(
        [.left, .character("h")], .left, in: [.pictures],
        "the part before; from the first back to the text"),
      KeyBinding([.enter], .open, in: [.tensors], "open a tensor, open or close a group", "open"),
      KeyBinding([.enter], .open, in: [.histogram], "list the tensors of a bar", "list"),
      KeyBinding([.enter], .open, in: [.metadata], "read a whole value", "read"),
      KeyBinding([.enter], .open, in: [.models], "open a model or a folder", "open"),
      KeyBinding(
        [.left, .character("h"), .backspace], .left, in: [.models], "the folder above", "up"),
      KeyBinding(
        [.right, .character("l")], .right, in: [.models], "look into a folder, even of one model"),
      KeyBinding(
        [.character("/")], .search, in: searchable, "search while you type", "search"),
      KeyBinding([.character("n")], .searchNext, in: searchable, "next match"),
      KeyBinding([.character("N")], .searchPrevious, in: searchable, "previous match"),
      KeyBinding(
        [.character("f")], .filter, in: [.tensors],
        "filter: text, *glob*, !not, type:F32, role:norm, part:q, layer:0-3, zeros>50%, bits<5, "
          + "size>1MiB, params>1e6, rms<0.1, problem, marked", "filter"),
      KeyBinding([.character("F")], .clearFilter, in: [.tensors], "list everything again"),
      KeyBinding([.character("s")], .sort, in: [.tensors], "sort by the next column", "sort"),
      KeyBinding([.character("S")], .reverseSort, in: [.tensors], "turn the order around"),
      KeyBinding([.character("t")], .toggleTree, in: [.tensors], "tree or flat list", "tree"),
      KeyBinding([.character(" ")], .mark, in: [.tensors], "mark, for sums over several", "mark"),
      KeyBinding([.character("U")], .clearMarks, in: [.tensors], "remove all marks"),
      KeyBinding([.character("+")], .unfoldAll, in: [.tensors], "open all groups"),
      KeyBinding([.character("-")], .foldAll, in: [.tensors], "close all groups"),
      KeyBinding(
        [.character("c")], .cycleColor, in: [.overview, .pictures],
        "colour the map by zeros, bits, RMS or problems", "colour"),
      KeyBinding(
        [.character("s")], .cycleSubject, in: [.histogram], "zeros, roles, layers, values or bits",
        "subject"),
      KeyBinding(
        [.character("p")], .toggleWeighting, in: [.histogram], "count tensors or parameters",
        "parameters"),
      KeyBinding(
        [.character("L")], .toggleLog, in: [.histogram, .detail, .tensors],
        "linear or logarithmic heights", "log"),
      KeyBinding(
        [.character("b")], .toggleBins, in: [.detail, .tensors],
        "histogram of values or of magnitudes", "bins"),
      KeyBinding(
        [.character("v")], .showValues, in: [.detail, .tensors], "read the values", "values"),
      KeyBinding([.character("n")], .nextTensor, in: [.detail], "the next tensor", "next"),
      KeyBinding([.character("N")], .previousTensor, in: [.detail], "the tensor before"),
      KeyBinding([.character("x")], .toggleHex, in: [.values], "values or bytes", "hex"),
      KeyBinding(
        [.character("i"), .character(":")], .goTo, in: [.values, .elements], "go to an index",
        "index"),
      KeyBinding(
        [.left, .character("h")], .left, in: [.tensors], "close a group, or go to its head"),
      KeyBinding([.right, .character("l")], .right, in: [.tensors], "open a group or a tensor"),
      KeyBinding([.left, .character("h")], .left, in: [.histogram], "the subject before"),
      KeyBinding([.right, .character("l")], .right, in: [.histogram], "the next subject"),
      KeyBinding([.left, .character("h")], .left, in: [.detail], "back to the list"),
      KeyBinding([.character("1")], .showOverview, "what kind of model it is"),
      KeyBinding([.character("2")], .showTensors, "its tensors"),
      KeyBinding([.character("3")], .showHistogram, "its numbers as a whole"),
      KeyBinding([.character("4")], .showMetadata, "its metadata"),
      KeyBinding([.character("e")], .export, "export the report as JSON", "export"),
      KeyBinding([.character("o")], .openModel, "open another model"),
    ]

  /// Where text can be looked for.
  private static let searchable: [Context] = [.tensors, .metadata, .pager, .models, .elements]

  /// The keys of a comparison.
  static let comparison: [KeyBinding] =
    common + [
      KeyBinding(
        [.enter], .open, in: [.summary, .groups], "list the tensors of a group", "list"),
      KeyBinding([.enter], .open, in: [.tensors], "open a tensor", "open"),
      KeyBinding(
        [.character("/")], .search, in: [.tensors], "search while you type", "search"),
      KeyBinding([.character("n")], .searchNext, in: [.tensors], "next match"),
      KeyBinding([.character("N")], .searchPrevious, in: [.tensors], "previous match"),
      KeyBinding(
        [.character("f")], .filter, in: [.tensors],
        "filter: text, *glob*, role:norm, layer:0-3, change:pruned, error>0.1", "filter"),
      KeyBinding([.character("F")], .clearFilter, in: [.tensors], "list everything again"),
      KeyBinding([.character("s")], .sort, in: [.tensors], "sort by the next column", "sort"),
      KeyBinding([.character("S")], .reverseSort, in: [.tensors], "turn the order around"),
      KeyBinding([.character("e")], .export, "export the comparison as JSON", "export"),
      KeyBinding([.character("1")], .showOverview, "what happened"),
      KeyBinding([.character("2")], .showTensors, "every tensor, the most changed first"),
      KeyBinding([.character("3")], .showHistogram, "types, roles and layers"),
    ]

  private init(
    _ keys: [Key], _ command: Command, in contexts: [Context]? = nil, _ meaning: String,
    _ short: String? = nil
  ) {
    self.keys = keys
    self.command = command
    self.contexts = contexts
    self.meaning = meaning
    self.short = short
  }

  /// Whether it holds in a context.
  func applies(in context: Context) -> Bool { contexts?.contains(context) ?? true }

  /// The keys as the help writes them.
  var keyNames: String { keys.map(\.name).joined(separator: " ") }
}

extension Key {
  /// The key as it is written on it.
  var name: String {
    switch self {
    case .character(" "): "Space"
    case .character(let scalar) where scalar.value < 0x20:
      "^" + String(Unicode.Scalar(UInt8(scalar.value) | 0x40))
    case .character(let scalar): String(scalar)
    case .up: "↑"
    case .down: "↓"
    case .left: "←"
    case .right: "→"
    case .pageUp: "PgUp"
    case .pageDown: "PgDn"
    case .home: "Home"
    case .end: "End"
    case .enter: "Enter"
    case .escape: "Esc"
    case .backspace: "Backspace"
    case .delete: "Del"
    case .tab: "Tab"
    case .backTab: "Shift-Tab"
    }
  }
}
