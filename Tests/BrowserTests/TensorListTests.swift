@testable import Browser
import Report
import Testing

@Suite struct TensorListTests {
  private static let names = [
    "model.embed.weight",
    "model.layers.0.q.weight", "model.layers.0.q.bias", "model.layers.0.k.weight",
    "model.layers.1.q.weight", "model.layers.1.q.bias", "model.layers.1.k.weight",
    "model.layers.2.q.weight", "model.layers.2.q.bias", "model.layers.2.k.weight",
    "model.layers.10.other.weight",
    "head.weight",
  ]

  private static func browser(_ names: [String] = names) -> Browser {
    let tensors = names.map { name -> Report.Tensor in
      let shape: [UInt64] =
        name.hasSuffix("bias")
        ? [8] : name.contains(".k.") ? [4, 8] : name.contains(".q.") ? [16, 8] : [100, 8]
      return Sample.tensor(name, name.hasSuffix("bias") ? "F32" : "BF16", shape)
    }
    var browser = Browser(
      report: Sample.report(
        path: "m", tensors: tensors,
        classification: Sample.classification(label: "fp32", labels: [], headline: "")),
      rows: 40, columns: 80, isComplete: true)
    browser.type("2")
    return browser
  }

  /// The rows as text: indentation, name, and whether a group is closed.
  private static func rows(_ browser: Browser) -> [String] {
    (0..<browser.list.count).map { position in
      switch browser.list.row(position) {
      case .tensor(let tensor): return browser.table.names[tensor]
      case .node(let index):
        let node = browser.list.tree.nodes[index]
        let mark = node.tensor >= 0 ? "" : browser.list.isFolded(node: index) ? "+" : "-"
        let label = browser.groupName(node)
        return String(repeating: " ", count: node.depth) + mark + label
      case nil: return "?"
      }
    }
  }

  @Test func putsAlikeLayersTogether() {
    #expect(
      Self.rows(Self.browser()) == [
        "-model", " embed.weight", " -layers", "  +0…2", "  10.other.weight", "head.weight",
      ])
  }

  @Test(arguments: [
    // Keys, then the selected row.
    ("", "-model"), ("j", " embed.weight"), ("jjjj", "  10.other.weight"), ("G", "head.weight"),
    ("Gg", "-model"), ("Gk", "  10.other.weight"), ("jjjjjjjjj", "head.weight"),
    ("h", "+model"), ("jjh", " +layers"), ("jjjh", " -layers"), ("jjjl", "  -0…2"),
    ("jjjll", "   +0"), ("jjjlllljj", "     bias"), ("jjj⏎", "  -0…2"), ("jjj⏎⏎", "  +0…2"),
    ("/1 k⏎", "    k.weight"), ("/other", "  10.other.weight"), ("/layers bias⏎n", "     bias"),
    ("/wght⏎", " embed.weight"), ("-", "+model"), ("+", "-model"),
  ])
  func selectsInTheTree(keys: String, row: String) {
    var browser = Self.browser()
    browser.type(keys)
    let rows = Self.rows(browser)
    #expect(rows[browser.list.selected] == row)
  }

  @Test func findsTheNextAndThePreviousMatch() {
    var browser = Self.browser()
    var found: [String] = []
    browser.type("/q.weight⏎")
    for key in ["n", "n", "n", "N", "N"] {
      browser.type(key)
      found.append(browser.list.selectedTensor.map { browser.table.names[$0] } ?? "")
    }
    #expect(
      found == [
        "model.layers.1.q.weight", "model.layers.2.q.weight", "model.layers.0.q.weight",
        "model.layers.2.q.weight", "model.layers.1.q.weight",
      ])
  }

  @Test(arguments: [
    ("type:f32", 3), ("type:bf16 layers", 7), ("bias", 3), ("*.k.weight", 3), ("model.*.bias", 3),
    ("layer:1", 3), ("layer:1-2", 6), ("part:k", 3), ("role:norm", 0), ("role:weight", 12),
    ("params>80", 6), ("size<=64", 6), ("zeros<1", 0), ("head *weight", 1), ("problem", 0),
    ("marked", 0),
    ("nothing", 0), ("sparsity>50%", 0), ("", 12), (">>>", 0), ("layer:", 0), ("?ead.weight", 1),
    ("bits=16", 9),
    // Of words that mean several all are meant, unless one is meant by name.
    ("type:b", 9), ("type:BF*", 9), ("type:?F16", 9), ("role:wei", 12), ("part:q", 6),
    ("!bias", 9), ("!type:f32 !head", 8), ("!", 0), ("params>1e2", 6), ("params>0.1k", 6),
    ("params!=8", 9), ("zeros>abc", 0), ("layer:x", 0), ("size>", 0), ("*.K.*", 3), ("BIAS", 0),
  ])
  func filters(text: String, count: Int) {
    var browser = Self.browser()
    browser.type("f" + text + "⏎")
    #expect(browser.list.listed.tensors == count)
    #expect(text.isEmpty || browser.list.count == count)
  }

  @Test func shareBeyondOneIsMeantInPercent() {
    var browser = Browser(report: Sample.small, rows: 24, columns: 80, isComplete: true)
    for (text, count) in [
      ("zeros>50", 1), ("zeros>=50", 2), ("zeros>0.5", 1), ("zeros>50%", 1), ("zeros<=1", 5),
      ("zeros=0", 3), ("zeros!=0", 2), ("rms>1e-3", 5),
    ] {
      browser.type("2Ff" + text + "⏎")
      #expect(browser.list.listed.tensors == count, "\(text)")
    }
  }

  @Test func saysWhatAFilterDoesNotUnderstand() {
    var browser = Self.browser()
    browser.type("fzeros>abc")
    #expect(browser.render().text(inRow: 38).contains("abc is no number"))
    browser.type("⏎")
    #expect(browser.render().text(inRow: 3).contains("abc is no number"))
  }

  /// What is typed letter by letter lists the same as what is typed at once.
  @Test(arguments: ["layers.1 q", "q type:f32 bias", "LAYERS", "we*ght", "layer:1-2 !bias", "zzz"])
  func narrowsWhileTyping(text: String) {
    var browser = Self.browser()
    browser.type("f" + text)
    let expected = Filter(text).passing(
      Array(0..<browser.table.count), in: browser.table, marked: [])
    #expect(Self.rows(browser) == expected.map { browser.table.names[$0] })
    // Taking letters back widens it again.
    browser.type("⌫⌫")
    let wider = Filter(String(text.dropLast(2))).passing(
      Array(0..<browser.table.count), in: browser.table, marked: [])
    #expect(browser.list.listed.tensors == wider.count)
  }

  @Test func marksChangeAListOfTheMarked() {
    var browser = Self.browser()
    browser.type("t  fmarked⏎")
    #expect(browser.list.count == 2)
    browser.type(" ")
    #expect(browser.list.count == 1)
    browser.type("U")
    #expect(browser.list.count == 0)
  }

  @Test func saysThatNothingMatches() {
    var browser = Self.browser()
    browser.type("/q.weight⏎/zzz")
    #expect(browser.render().text(inRow: 38).contains("no name matches"))
    browser.type("⏎")
    #expect(browser.render().text(inRow: 38) == " no name matches")
    browser.type("j⎋/k.weight⏎j/⏎")
    #expect(
      browser.list.selectedTensor.map { browser.table.names[$0] } == "model.layers.1.k.weight")
  }

  @Test func goesBackToTheTreeWithoutAFilter() {
    var browser = Self.browser()
    browser.type("fbias")
    #expect(browser.list.count == 3)
    browser.type("⎋")
    #expect(Self.rows(browser).first == "-model")
    browser.type("fbias⏎F")
    #expect(Self.rows(browser).first == "-model")
    browser.type("fbias⏎⎋")
    #expect(Self.rows(browser).first == "-model")
  }

  @Test func sorts() {
    var browser = Self.browser()
    // From the tree first by size, the largest at the top, equal ones in the order of the file.
    browser.type("s")
    #expect(Self.rows(browser).first == "model.embed.weight")
    browser.type("S")
    #expect(Self.rows(browser).first == "model.layers.0.q.bias")
    browser.type("t")
    #expect(Self.rows(browser).first == "-model")
  }

  @Test func sortsNamesByTheirNumbers() {
    var browser = Self.browser(["b.10", "b.9", "a.2", "b.1"])
    browser.type("t")
    while browser.list.order != .name { browser.type("s") }
    #expect(Self.rows(browser) == ["a.2", "b.1", "b.9", "b.10"])
  }

  @Test func keepsTheSelectionWhenMeasurementsArrive() {
    var browser = Self.browser()
    browser.type("t")
    while browser.list.order != .sparsity { browser.type("s") }
    browser.type("G")
    let selected = browser.list.selectedTensor
    for tensor in [3, 7, 11] {
      _ = browser.update([
        .measured(tensor: tensor, Sample.measurement(count: 100, zeros: tensor * 5), nil)
      ])
    }
    #expect(browser.list.selectedTensor == selected)
    #expect(Self.rows(browser).first == "head.weight")
    _ = browser.update([.report(browser.report)])
    #expect(browser.list.selectedTensor == selected)
  }

  @Test func addsUpWhatIsListedAndMarked() {
    var browser = Self.browser()
    browser.type("fbias⏎ ")
    #expect(browser.list.listed.parameters == 3 * 8)
    #expect(browser.list.markedSums(table: browser.table).parameters == 8)
    browser.type("Fg ")
    #expect(browser.list.marked.count == 11)
    browser.type("U")
    #expect(browser.list.marked.isEmpty)
  }

  @Test func standsHostileNames() {
    let deep = String(repeating: "a.", count: 5000) + "a"
    var browser = Self.browser([
      "", ".", "..", "a..b", "a.", ".a", deep, "a", "a", "a.a", "a.a.a", "a.a", "0", "1", "2", "3",
      "999999999999.x", "00.x",
    ])
    #expect(browser.list.tree.nodes.allSatisfy { $0.depth <= TensorFacts.componentLimit })
    browser.type("+")
    #expect(browser.list.listed.tensors == 18)
    #expect((0..<browser.list.count).filter { browser.list.tensor(atRow: $0) != nil }.count == 18)
  }

  @Test func isDoneWithManyTensorsInFewSteps() {
    var browser = Browser(report: Sample.large(20_000), rows: 50, columns: 200, isComplete: true)
    browser.type("2")
    // Closed: one run of all layers.
    #expect(browser.list.count < 10)
    browser.type("+")
    #expect(browser.list.count > 20_000)
    browser.type("G")
    #expect(browser.list.selected == browser.list.count - 1)
    #expect(browser.render().rows == 50)
  }
}

/// Against the meaning of a pattern, letter by letter.
@Test(arguments: [
  "", "*", "**", "a", "a*", "*a", "*a*", "a*a", "?", "?*", "*?", "a?a", "*ab*ba*", "ab*b", "*aba",
  "*a?b*", "b**a",
])
func matchesWholeNamesByAPattern(pattern: String) {
  func isMatch(_ pattern: Substring, _ name: Substring) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    if first == "*" {
      return isMatch(pattern.dropFirst(), name)
        || !name.isEmpty && isMatch(pattern, name.dropFirst())
    }
    return !name.isEmpty && (first == "?" || first == name.first)
      && isMatch(pattern.dropFirst(), name.dropFirst())
  }
  let glob = Glob(Array(pattern.utf8))
  for length in 0...7 {
    for number in 0..<1 << length {
      let name = String((0..<length).map { number >> $0 & 1 == 1 ? Character("a") : "b" })
      // Within a longer text, whose other letters do not count.
      let text = Array(("a" + name + "b").utf8)
      #expect(
        glob.matches(text.span, 1..<1 + length) == isMatch(pattern[...], name[...]), "\(name)")
    }
  }
}

/// Typed letter by letter, with changes of mind, the list is that of the whole filter.
@Test func findsTheSameHoweverAFilterIsTyped() {
  var typed = Browser(report: Sample.llama, rows: 24, columns: 80, isComplete: true)
  typed.measureAll()
  typed.type("2f")
  for key in "*q_pro*⌫_x⌫⌫* zeros>50% layer:1⌫20 !role:norm q_p ⌫⌫x⌫⌫roj down⌫⌫⌫⌫⌫⌫⌫⌫⌫⌫⌫⌫⌫⌫" {
    typed.type(String(key))
    let filter = Filter(typed.prompt?.text ?? "")
    #expect(typed.list.filter == filter)
    let all = Array(0..<typed.table.count)
    let wanted = filter.passing(all, in: typed.table, marked: [])
    #expect(typed.list.listed.tensors == wanted.count, "\(filter.text)")
  }
}
