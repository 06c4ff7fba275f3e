@testable import Browser
import Report
import Testing

@Suite struct BrowserTests {
  private func browser(_ report: Report = Sample.small, keys: String = "") -> Browser {
    var browser = Browser(report: report, rows: 24, columns: 80, isComplete: true)
    browser.type(keys)
    return browser
  }

  @Test(arguments: [
    ("", Context.overview), ("2", .tensors), ("3", .histogram), ("4", .metadata), ("⇥", .tensors),
    ("⇥⇥⇥⇥", .overview), ("2t⏎", .detail), ("2t⏎v", .values), ("2t⏎v⎋", .detail),
    ("2t⏎v⎋⎋", .tensors), ("2t⏎1", .overview), ("?", .pager), ("??", .overview), ("?⎋", .overview),
    ("4⏎", .metadata), ("2?3", .histogram), ("?q", .overview), ("2t⏎vq", .detail),
    // Escape leads back to where a list was asked for.
    ("⏎", .tensors), ("⏎⎋", .overview), ("3jjjjjjjj⏎⎋", .histogram), ("⏎ta⏎⎋⎋", .overview),
    ("⏎fnorm⏎⎋", .tensors), ("⏎2⎋", .tensors),
  ])
  func keysLeadToPlaces(keys: String, context: Context) {
    #expect(browser(keys: keys).context == context)
  }

  @Test(arguments: [
    ("q", [Browser.Effect.quit]),
    ("2q", [.quit]), ("4?q", []), ("4?Q", [.quit]), ("4?qq", [.quit]),
    ("e⏎", [.export(path: "small.report.json", overwriting: false)]),
    ("e⌫⌫⎋", []),
    ("exyz⏎", [.export(path: "small.report.jsonxyz", overwriting: false)]),
    ("o", [.listModels(directory: nil)]),
    ("2/q⏎", []),
  ])
  func keysHaveEffects(keys: String, effects: [Browser.Effect]) {
    var browser = browser()
    #expect(browser.type(keys) == effects)
  }

  @Test func asksBeforeItOverwrites() {
    var browser = browser()
    browser.type("e⏎")
    _ = browser.update([.exportExists(path: "small.report.json", isReadOnly: false)])
    #expect(browser.render().text(inRow: 22).contains("Overwrite it? y/n"))
    #expect(browser.type("n").isEmpty)
    _ = browser.update([.exportExists(path: "small.report.json", isReadOnly: false)])
    #expect(browser.type("y") == [.export(path: "small.report.json", overwriting: true)])
    _ = browser.update([.message("wrote small.report.json")])
    #expect(browser.render().text(inRow: 22) == " wrote small.report.json")
    browser.type("j")
    #expect(!browser.render().text(inRow: 22).contains("wrote"))
  }

  /// Left, Home and the like move in what is typed.
  @Test(
    arguments: [
      ([], "abc"), ([.left, .backspace], "ac"), ([.home, .delete], "bc"), ([.left, .delete], "ab"),
      ([.home, .right, .character("x")], "axbc"), ([.control("A"), .control("K")], ""),
      ([.left, .control("U")], "c"), ([.home, .end, .character(" "), .character("d")], "abc d"),
      ([.character(" "), .character("d"), .control("W")], "abc "),
      ([.control("E"), .delete], "abc"),
      ([.home, .backspace, .left], "abc"),
    ] as [([Key], String)])
  func editsWhatIsTyped(keys: [Key], text: String) {
    var browser = browser(keys: "2fabc")
    for key in keys { _ = browser.update(.key(key)) }
    #expect(browser.prompt?.text == text)
    #expect(browser.list.filter.text == text)
  }

  @Test func exportsToNoEmptyName() {
    var browser = browser(keys: "e")
    _ = browser.update(.key(.control("U")))
    #expect(browser.type("  ⏎") == [])
    browser.type("e")
    _ = browser.update(.key(.control("U")))
    #expect(browser.type(" a b ⏎") == [.export(path: "a b", overwriting: false)])
  }

  @Test func completesThePathOfAnExport() {
    var browser = browser(keys: "e")
    _ = browser.update(.key(.control("U")))
    #expect(browser.type("out/r⇥") == [.complete(path: "out/r")])
    func complete(_ path: String, _ paths: [String]) {
      #expect(browser.update([.completions(of: path, paths)]) == nil)
    }
    complete("out/r", ["out/run-1.json", "out/run-2.json", "out/run\u{1b}/"])
    #expect(browser.prompt?.text == "out/run")
    #expect(browser.type("⇥") == [.complete(path: "out/run")])
    complete("out/run", ["out/run-1.json", "out/run-2.json", "out/run\u{1b}/"])
    #expect(browser.render().text(inRow: 23) == " run-1.json  run-2.json  run\\u001b/")
    browser.type("-1")
    #expect(browser.render().text(inRow: 23).contains("Tab complete"))
    // What was asked for before the last key comes too late.
    complete("out/run", ["out/run-2.json"])
    #expect(browser.prompt?.text == "out/run-1")
    complete("out/run-1", ["out/run-1.json"])
    #expect(browser.prompt?.text == "out/run-1.json")
    complete("out/run-1.json", [])
    #expect(browser.render().text(inRow: 22).contains("nothing there"))
    _ = browser.update(.key(.left))
    #expect(browser.type("⇥") == [])
    #expect(
      browser.type("⏎") == [.export(path: "out/run-1.json", overwriting: false)])
    _ = browser.update([.exportExists(path: "out/run-1.json", isReadOnly: true)])
    #expect(
      browser.render().text(inRow: 22) == " out/run-1.json is READ-ONLY. Replace it? y/n")
    #expect(browser.type("⏎") == [])
    #expect(browser.prompt == nil)
  }

  /// The models that are seen are asked about first, one after the other.
  @Test func describesTheModelsThatAreSeen() {
    var browser = browser()
    let choices = (0..<100).map { ModelChoice(path: "/m/\($0)", name: "m\($0)", bytes: 1) }
    #expect(browser.update([.models(directory: "100 models", choices)]) == .describe(path: "/m/0"))
    #expect(browser.type("G") == [])
    #expect(browser.update([.described(path: "/m/0", "BF16")]) == .describe(path: "/m/80"))
    #expect(browser.update([.described(path: "/m/80", nil)]) == .describe(path: "/m/81"))
    browser.type("g")
    #expect(browser.render().text(inRow: 2).contains("BF16"))
    #expect(browser.update([.described(path: "/m/81", "")]) == .describe(path: "/m/1"))
    // A list from elsewhere has no folder above; where the selected one lies is said below.
    #expect(!browser.render().text(inRow: 23).contains("up"))
    #expect(browser.render().text(inRow: 22) == " /m/0")
    let folder = [ModelChoice(path: "/", name: "..", bytes: nil, isDirectory: true)] + choices
    _ = browser.update([.models(directory: "/m", folder)])
    #expect(browser.render().text(inRow: 23).contains("up"))
  }

  @Test func theSecondOfADoubleClickIsNone() {
    var browser = browser(keys: "2t")
    let click = Event.press(row: 2, column: 4)
    _ = browser.update(click)
    #expect(browser.context == .detail)
    _ = browser.update(click)
    browser.type("⎋")
    _ = browser.update(.press(row: 3, column: 4))
    #expect(browser.list.selected == 1)
    let choices = ["a", "b"].map { ModelChoice(path: $0, name: $0, bytes: 1) }
    _ = browser.update([.models(directory: "m", choices)])
    #expect(browser.update(click) == .openModel(path: "a"))
    #expect(
      browser.update([.opened(Browser(report: Sample.small, rows: 0, columns: 0))]) == .measure)
    // It would have explained the badges.
    #expect(browser.update(click) == nil)
    #expect(browser.update(click) != nil)
  }

  @Test func showsObjectsOfManyMembersAsOneRow() {
    var browser = browser(keys: "4")
    let tokens = (0..<300).map {
      MetadataObject.Entry(key: "\($0)", value: .string("<\u{1b}\($0)>"))
    }
    _ = browser.update([
      .claims([
        .init(
          source: "tokenizer_config.json",
          entries: .init(entries: [
            .init(key: "added_tokens_decoder", value: .object(.init(entries: tokens))),
            .init(key: "few", value: .object(.init(entries: [.init(key: "a", value: .null)]))),
          ]))
      ])
    ])
    #expect(browser.render().text(inRow: 3).contains("added_tokens_decoder"))
    #expect(browser.render().text(inRow: 4).contains("few.a"))
    browser.type("j⏎/<\\u001b299⏎")
    #expect(browser.render().text(inRow: 2).contains("299"))
  }

  @Test(
    arguments: [
      ("63,999", 63999), ("100,5", 6405), ("[100, 5]", 6405), ("1, 2", 66), ("1,64", nil),
      ("64000", nil), ("-1", nil), ("x", nil), ("1,2,3", nil), ("", nil), ("1,000", 1000),
      ("99999999999999999999", nil), ("9223372036854775807, 5", nil),
    ] as [(String, Int?)])
  func findsValuesByIndexAndPlace(text: String, index: Int?) {
    let pane = PagedPane(source: .tensor(0), valueCount: 64000, byteCount: 0, rowLength: 64)
    #expect(pane.index(text) == index)
  }

  @Test func walksFromTensorToTensor() {
    var browser = browser(keys: "2t⏎")
    for (key, tensor) in [("n", 1), ("n", 2), ("N", 1), ("N", 0), ("N", 0)] {
      browser.type(key)
      #expect(browser.shownTensor == tensor)
    }
    #expect(browser.render().text(inRow: 22).contains("the first tensor"))
    browser.type("h")
    #expect(browser.context == .tensors)
    // In the tree groups are passed over.
    browser.type("tg+l")
    while browser.context != .detail { browser.type("l") }
    browser.type("nn")
    #expect(browser.context == .detail)
  }

  @Test func readsOnAsInLess() {
    var browser = browser(Sample.llama, keys: "4G⏎")
    func top() -> Int? { if case .pager(let pager) = browser.panes.last { pager.top } else { nil } }
    for (key, line) in [(" ", 19), ("b", 0), ("f", 19), ("u", 10), ("d", 19), ("g", 0)] {
      browser.type(key)
      #expect(top() == line, "\(key)")
    }
  }

  @Test func aClickOnTheFooterIsItsKey() {
    var browser = browser()
    func click(_ text: String) -> Browser.Effect? {
      let footer = Array(browser.render().text(inRow: 23).utf8)
      let place = Query(text)?.occurrences(in: footer).first
      return browser.update(.press(row: 23, column: place?.lowerBound ?? 79))
    }
    #expect(click("quit") == .quit)
    #expect(click("view") == nil)
    #expect(browser.context == .tensors)
    #expect(click("filter") == nil)
    #expect(browser.prompt != nil)
  }

  @Test func looksForElementsOfAnArray() {
    var browser = browser(Sample.llama, keys: "4jjjj⏎")
    let key = "tokenizer.ggml.tokens"
    _ = browser.update([.array(key: key, start: 0, (0..<2048).map { .string("token \($0)") })])
    #expect(
      browser.type("/1500⏎")
        == [.findElement(key: key, text: "1500", start: 1, backwards: false)])
    _ = browser.update([.found(key: key, index: 1500)])
    #expect(browser.render().text(inRow: 2).contains("token 1500"))
    #expect(
      browser.type("nN")
        == [true, false].map {
          .findElement(key: key, text: "1500", start: $0 ? 1501 : 1499, backwards: !$0)
        })
    _ = browser.update([.found(key: key, index: nil)])
    #expect(browser.render().text(inRow: 22).contains("no element matches"))
    // There is no other form of an array.
    #expect(!browser.render().text(inRow: 23).contains("hex"))
    #expect(browser.type("?") == [])
  }

  @Test func takesPastedTextAtOnce() {
    var pasted = browser(Sample.llama, keys: "2f")
    #expect(pasted.takesText)
    _ = pasted.update(.text(Array("q_proj".unicodeScalars)))
    let typed = browser(Sample.llama, keys: "2fq_proj")
    #expect(pasted.render() == typed.render())
    pasted.type("⏎")
    #expect(!pasted.takesText)
  }

  @Test func saysWhatAHistogramCannotDo() {
    var browser = browser(Sample.small, keys: "3s")
    browser.measureAll()
    for (keys, text) in [("L", "no logarithm"), ("p", "shares are"), ("ssp", "every weight")] {
      browser.type(keys)
      #expect(browser.render().text(inRow: 22).contains(text), "\(keys)")
    }
    browser.type("⏎")
    #expect(browser.render().text(inRow: 22).contains("values of this size"))
  }

  @Test func explainsWhatTheFileClaims() {
    var report = Sample.llama
    report.metadata.entries[0] = .init(key: "general.file_type", value: .integer(15))
    var browser = browser(report, keys: "4")
    #expect(browser.type("?") == [.explain(["general.file_type 15", "general.file_type"])])
    #expect(browser.type("?j?") == [.explain([report.metadata.entries[1].key])])
  }

  /// The end of a name tells it from others.
  @Test(arguments: [
    ("a.b.weight", 10, "a.b.weight"), ("a.b.weight", 9, "a.b…     "),
    ("model.layers.10.post_norm.weight", 14, "….10.post_norm"),
    ("model.layers.10.post_norm.bias", 12, "…t_norm.bias"), ("abc", 1, "…"), ("abc", 0, ""),
    ("中文字", 4, "…字 "),
  ])
  func shortensNamesAtTheirBeginning(name: String, width: Int, shown: String) {
    #expect(leftAlignedName(name, width) == shown)
  }

  @Test func tellsNoTimeLeftAtTheBeginning() {
    func left(_ read: Int, _ seconds: Double) -> Double? {
      Browser.Progress(bytesRead: read, bytesInAll: 1000, secondsElapsed: seconds).secondsLeft
    }
    #expect(left(1, 0.5) == nil)
    #expect(left(0, 9) == nil)
    #expect(left(500, 1) == 1)
    #expect(left(10, 2) == 198)
  }

  @Test func explainsTheSelectedTypeAndTensor() {
    var browser = browser()
    while !browser.overviewTerms.contains("F32") { browser.type("j") }
    #expect(browser.overviewTerms == ["F32", "storage"])
    #expect(browser.type("2tj?").first == .explain(["F32", "weight", "storage"]))
  }

  @Test func asksForWhatIsShownOnce() {
    var browser = browser()
    // The first tensor is opened: its first values, then its picture.
    #expect(browser.type("2t⏎") == [.loadValues(tensor: 0, start: 0, count: 32)])
    #expect(browser.type("j") == [.loadPicture(tensor: 0)])
    #expect(browser.type("j") == [])
    #expect(browser.update([.values(tensor: 0, start: 0, [1, 2])]) == nil)
    #expect(browser.update([.picture(tensor: 0, Sample.picture)]) == nil)
    #expect(browser.type("⎋j⏎") == [.loadValues(tensor: 1, start: 0, count: 32)])
  }

  @Test func doesNotAskForPicturesOfWhatIsNotMeasured() {
    var browser = browser(Sample.llama, keys: "2t⏎")
    _ = browser.update([.values(tensor: 0, start: 0, [])])
    #expect(browser.type("j") == [])
  }

  @Test func readsValuesPageByPage() {
    var browser = browser(keys: "2t")
    let effects = browser.type("v")
    #expect(effects == [.loadValues(tensor: 0, start: 0, count: 2048)])
    _ = browser.update([.values(tensor: 0, start: 0, (0..<2048).map(Double.init))])
    #expect(browser.type("jjjj") == [])
    #expect(browser.type("G") == [.loadValues(tensor: 0, start: 63408, count: 592)])
    _ = browser.update([.values(tensor: 0, start: 63408, (0..<592).map(Double.init))])
    #expect(browser.type("i64000⏎") == [])
    #expect(browser.render().text(inRow: 22).contains("63,999"))
    #expect(browser.type("i100⏎") == [.loadValues(tensor: 0, start: 0, count: 2048)])
    // What cannot be read is asked for once.
    #expect(browser.update([.values(tensor: 0, start: 0, [])]) == nil)
    #expect(browser.render().text(inRow: 2).contains("could not be read"))
    #expect(browser.type("x") == [.loadBytes(tensor: 0, start: 0, count: 2048)])
  }

  @Test func readsArraysPageByPage() {
    var browser = browser(Sample.llama, keys: "4")
    #expect(
      browser.type("jjjj⏎") == [.loadArray(key: "tokenizer.ggml.tokens", start: 0, count: 2048)])
    _ = browser.update([
      .array(
        key: "tokenizer.ggml.tokens", start: 0,
        (0..<2048).map { .string("token\u{1b}\($0)") })
    ])
    #expect(browser.render().text(inRow: 2).contains("token\\u001b0"))
  }

  @Test func explainsWhatIsSelected() {
    var browser = browser()
    let terms = browser.selectedFinding?.terms ?? []
    #expect(terms.first == "zero_fraction")
    #expect(browser.type("?") == [.explain(terms)])
    _ = browser.update([.explanations([.init(term: "sparsity", text: "The share of zeros.")])])
    #expect(browser.render().text(inRow: 4).hasPrefix(" sparsity"))
    #expect(browser.render().text(inRow: 5).hasPrefix(" The share of zeros."))
    browser.type("⎋")
    #expect(browser.context == .overview)
  }

  @Test func listsTheTensorsBehindAFinding() {
    var browser = browser()
    // The first is selected from the beginning.
    #expect(browser.selectedFinding?.scope != nil)
    browser.type("Gg")
    let statement = browser.selectedFinding?.statement
    browser.type("?")
    #expect(browser.render().text(inRow: 2).contains(statement ?? "nothing"))
    browser.type("⎋⏎")
    #expect(browser.context == .tensors)
    #expect(browser.list.filter.text == "role:weight")
    #expect(browser.list.order == .sparsity)
    #expect(browser.list.listed.tensors > 0)
  }

  @Test func saysWhichFindingsATensorIsPartOf() {
    let browser = browser()
    let weight = browser.table.roles.firstIndex { browser.table.roleNames[$0] == "weight" } ?? 0
    #expect(!browser.findings(about: weight).isEmpty)
    let norm = browser.table.roles.firstIndex { browser.table.roleNames[$0] == "norm" } ?? 0
    #expect(browser.findings(about: norm).allSatisfy { $0.scope?.filter != "role:weight" })
  }

  @Test func readsWeightsOfPackedTensorsByTheirOwnIndex() {
    var report = Sample.small
    report.tensors[0].logicalShape = [512, 1000]
    var browser = Browser(report: report, rows: 24, columns: 80, isComplete: true)
    browser.type("2t")
    #expect(browser.type("v") == [.loadValues(tensor: 0, start: 0, count: 2048)])
    #expect(browser.render().text(inRow: 1).contains("512,000 decoded weights"))
    _ = browser.update([.values(tensor: 0, start: 0, (0..<2048).map(Double.init))])
    browser.type("i1001⏎")
    #expect(browser.render().text(inRow: 2).contains("[1, 0]"))
  }

  @Test func cutsNoDigitOfACount() {
    let browser = Browser(report: Sample.large(100_000), rows: 24, columns: 80, isComplete: true)
    #expect(browser.render().description.contains("100,000 tensors"))
    var tree = browser
    tree.type("2")
    #expect(tree.render().description.contains("100K tensors"))
  }

  @Test func listsTheTensorsBehindABar() {
    var browser = browser(keys: "3")
    browser.type("jjjjjjjj⏎")
    #expect(browser.context == .tensors)
    #expect(browser.list.listed.tensors == 2)
  }

  @Test func opensAnotherModel() {
    var browser = browser()
    let choices = [
      ModelChoice(path: "/m/sub", name: "sub", bytes: nil, isDirectory: true),
      ModelChoice(path: "/m/a.gguf", name: "a.gguf", bytes: 5),
    ]
    _ = browser.update([.models(directory: "/m", choices)])
    // A folder may be a model, too; `l` lists it anyway.
    #expect(browser.type("⏎l") == [.openModel(path: "/m/sub"), .listModels(directory: "/m/sub")])
    // One is opened after the other.
    #expect(browser.type("⏎") == [])
    _ = browser.update([.models(directory: "/m", choices)])
    #expect(browser.type("/gguf⏎⏎") == [.openModel(path: "/m/a.gguf")])
    _ = browser.update([.models(directory: "/m", choices)])
    browser.type("j")
    #expect(browser.update(.press(row: 3, column: 4)) == .openModel(path: "/m/a.gguf"))
    browser.type("⎋")
    #expect(browser.context == .overview)
  }

  @Test func theListOfModelsIsAKeyAway() {
    var list = Browser(
      report: Sample.unreadable, rows: 24, columns: 80, isComplete: true, hasModel: false)
    let choices = ["..", "a", "b"].map {
      ModelChoice(path: "/m/\($0)", name: $0, bytes: nil, isDirectory: true)
    }
    _ = list.update([.models(directory: "/m", choices)])
    // There is nothing else to go to, and no verdict on the folder.
    for keys in ["⎋", "2", "⇥", "e", "o", "?⎋"] {
      #expect(list.type(keys) == [])
      #expect(list.context == .models, "\(keys)")
    }
    #expect(list.type("⌫h") == [.listModels(directory: "/m/.."), .listModels(directory: "/m/..")])
    #expect(list.type("j⏎") == [.openModel(path: "/m/b")])
    for key in ["o", "⎋", "2⎋", "3⎋", "4⎋"] {
      var model = list
      #expect(
        model.update([.opened(Browser(report: Sample.small, rows: 0, columns: 0))]) == .measure)
      _ = model.update([.described(path: "/m/b", "FP32")])
      model.type(key)
      #expect(model.context == .models, "\(key)")
      #expect(model.render().text(inRow: 4).contains("FP32"))
      #expect(model.type("⏎") == [.openModel(path: "/m/b")])
      model.type("⎋")
      #expect(model.context != .models)
    }
    #expect(list.type("q") == [.quit])
  }

  @Test func saysWhatItWaitsFor() {
    var unknown = Sample.empty
    unknown.path = "/models/large.safetensors"
    var browser = Browser(opening: unknown, rows: 24, columns: 80)
    #expect(browser.render().text(inRow: 22) == " opening large.safetensors: reading the header…")
    _ = browser.update([.opening(.tensors(count: 100_000))])
    #expect(browser.render().description.contains("putting 100,000 tensors in order…"))
    // Nothing can be done but leave.
    #expect(browser.type("2⇥e?l⏎ /x") == [])
    #expect(browser.context == .overview)
    #expect(browser.update(.press(row: 5, column: 5)) == nil)
    for key in ["q", "Q"] {
      var leaving = browser
      #expect(leaving.type(key) == [.quit])
    }
    var none = browser
    #expect(none.update([.notOpened(folder: nil)]) == .quit)
    #expect(none.update([.notOpened(folder: "/models")]) == .listModels(directory: "/models"))
    _ = none.update([.models(directory: "/models", [.init(path: "/m/a", name: "a", bytes: 1)])])
    #expect(none.type("⏎⏎") == [.openModel(path: "/m/a")])
    #expect(none.render().text(inRow: 22).contains("opening a: reading the header"))
    let opened = Browser(report: Sample.small, rows: 0, columns: 0)
    #expect(none.update([.opened(opened)]) == .measure)
    #expect(browser.update([.opened(opened)]) == .measure)
    #expect(browser.render().rows == 24)
    #expect(browser.type("2").isEmpty)
    #expect(browser.context == .tensors)
    #expect(none.type("o").isEmpty)
    #expect(none.context == .models)
  }

  @Test func aClickOnTheSelectedLineOpensIt() {
    var browser = browser()
    let row = (0..<24).first { browser.render().text(inRow: $0).contains("›") } ?? 0
    _ = browser.update(.press(row: row, column: 5))
    #expect(browser.context == .tensors)
    browser.type("1")
    // The badges are explained.
    #expect(
      browser.update(.press(row: 2, column: 3)) == .explain(["pruned", "fp32", "confidence"]))
    var wide = Browser(report: Sample.small, rows: 40, columns: 120, isComplete: true)
    let bar = (0..<40).last { wide.render().text(inRow: $0).contains("50 – 60 %") } ?? 0
    _ = wide.update(.press(row: bar, column: 90))
    #expect(wide.list.listed.tensors == 2)
  }

  @Test func valuesThatAreNoNumbersAreAProblem() {
    var browser = Browser(report: Sample.damaged, rows: 24, columns: 80)
    #expect(browser.render().description.contains("400 NaN and 1 infinite values in"))
    browser.type("2fproblem⏎")
    // Those of the header and of the scan.
    #expect(browser.list.listed.tensors == 4)
    #expect(browser.render().text(inRow: 2).hasPrefix("!"))
    browser.type("F")
    #expect(browser.render().text(inRow: 2).hasPrefix("!"))
  }

  @Test func theMouseSelectsAndScrolls() {
    var browser = browser(keys: "2t")
    _ = browser.update(.press(row: 4, column: 3))
    #expect(browser.list.selected == 2)
    _ = browser.update(.press(row: 4, column: 3))
    #expect(browser.context == .detail)
    _ = browser.update(.press(row: 0, column: 79))
    #expect(browser.context == .metadata)
    _ = browser.update(.press(row: 0, column: 0))
    #expect(browser.context == .metadata)
    browser.type("2")
    // A click on a heading sorts, another one turns the order around.
    _ = browser.update(.press(row: 1, column: 75))
    #expect(browser.list.order == .sparsity)
    _ = browser.update(.press(row: 1, column: 75))
    #expect(browser.list.isReversed)
    for event in [Event.wheel(rows: 3, row: 5, column: 5), .wheel(rows: -3, row: 5, column: 5)] {
      #expect(browser.update(event) == nil)
    }
  }

  @Test func aCellOfTheMapListsItsTensors() {
    var browser = browser(Sample.llama)
    let map = browser.overviewAreas.map
    #expect(map != nil)
    guard let map else { return }
    // The first line of cells, first column, behind title, heading and label.
    _ = browser.update(.press(row: map.row + 2, column: map.column + 7))
    #expect(browser.context == .tensors)
    #expect(browser.list.filter.text.hasPrefix("layer:0-"))
    #expect(browser.list.filter.text.hasSuffix("part:q"))
  }

  /// Keys walk over the map and the bars below it, at each size.
  @Test(arguments: [(24, 80), (40, 120), (50, 200), (10, 40)])
  func keysWalkOverTheMap(rows: Int, columns: Int) {
    var browser = Browser(report: Sample.llama, rows: rows, columns: columns, isComplete: true)
    browser.measureAll()
    func words() -> String { browser.render().text(inRow: rows - 2) }
    func cursor() -> [Int] {
      let screen = browser.render()
      return (1..<rows - 2).filter { row in
        (0..<columns).contains { screen.style(row: row, column: $0) == .selected }
      }
    }
    #expect(browser.render().text(inRow: rows - 1).contains("→ map"))
    #expect(cursor().isEmpty)
    browser.type("l")
    #expect(browser.context == .pictures)
    #expect(words().contains(columns < 80 ? ", q: 0 % zeros" : "query (q): 0 % zeros"))
    for key in "jjjjllkGghljjc" {
      browser.type(String(key))
      #expect(cursor().count == 1, "\(key)")
    }
    #expect(words().contains(columns < 80 ? ", v: " : "value (v): "))
    #expect(words().contains(" bits a weight"))
    // Behind the last part there is nothing; before the first is the text.
    browser.type("ccc" + String(repeating: "l", count: 20))
    #expect(words().contains("norm: "))
    browser.type(String(repeating: "h", count: 7))
    #expect(browser.context == .pictures)
    browser.type("⏎")
    #expect(browser.context == .tensors)
    #expect(browser.list.filter.text.hasSuffix("part:q"))
    browser.type("⎋")
    #expect(browser.context == .pictures)
    #expect(browser.type("?") == [.explain(["zero_fraction"])])
    #expect(browser.render().description.contains("A cell of the map"))
    browser.type("⎋h")
    #expect(browser.context == .overview)
    browser.type("l⎋")
    #expect(browser.context == .overview)
    #expect(cursor().isEmpty)
  }

  @Test func theBarsBelowTheMapHaveTheKeysToo() {
    var browser = Browser(report: Sample.small, rows: 40, columns: 120, isComplete: true)
    browser.type("lG")
    #expect(browser.render().text(inRow: 38).contains("90 – 100 % zeros: 0 tensors 0 parameters"))
    browser.type("kkkk")
    #expect(browser.render().text(inRow: 38).contains("50 – 60 % zeros: 2 tensors"))
    browser.type("⏎")
    #expect(browser.list.listed.tensors == 2)
    browser.type("⎋")
    #expect(browser.context == .pictures)
    // A smaller window has the map in its text, without bars.
    _ = browser.update(.resize(rows: 10, columns: 40))
    #expect(browser.context == .pictures)
    #expect(browser.render().text(inRow: 8).contains("layer"))
    // Without layers there is no map.
    var none = Browser(report: Sample.empty, rows: 24, columns: 80, isComplete: true)
    none.type("l")
    #expect(none.context == .overview)
    #expect(none.render().text(inRow: 22).contains("no map"))
    #expect(!none.render().text(inRow: 23).contains("map"))
  }

  @Test func constantNormsAreNoOutliers() {
    var browser = browser(Sample.llama)
    browser.measureAll()
    // All layers alike: nothing is unusual, whatever the values are.
    let map = HeatMap(table: browser.table, quantity: .rms, lines: 24)
    #expect(map.cells.allSatisfy { $0.allSatisfy { ($0?.heat ?? 0) == 0 } })
  }

  @Test func anUnusualLayerIsHot() {
    var browser = browser(Sample.llama)
    for (index, tensor) in browser.report.tensors.enumerated() {
      var measurement = Sample.measurement(count: 100, zeros: 0)
      let layer = browser.table.layers[index]
      measurement.std = 0.02 + Double(layer) / 10_000 + (layer == 7 ? 1 : 0)
      if tensor.parameters > 0 { _ = browser.update([.measured(tensor: index, measurement)]) }
    }
    let map = HeatMap(table: browser.table, quantity: .rms, lines: 24)
    for (layer, cells) in map.cells.enumerated() {
      #expect(cells.allSatisfy { (($0?.heat ?? 0) > 0) == (layer == 7) })
    }
  }

  @Test func endsWithTheTerminal() {
    var browser = browser()
    #expect(browser.update(.hangUp) == .quit)
  }

  @Test func everyKeyOfTheTableMeansOneThingInAPlace() {
    for context in Context.allCases {
      var seen: Set<Key> = []
      for binding in KeyBinding.all where binding.applies(in: context) {
        for key in binding.keys { #expect(seen.insert(key).inserted, "\(key) in \(context)") }
      }
    }
  }

  @Test(arguments: ["small", "hostile", "empty"])
  func standsAnySizeInEveryPlace(name: String) {
    let report =
      switch name {
      case "small": Sample.small
      case "hostile": Sample.hostile
      case "empty": Sample.empty
      default: Sample.llama
      }
    let places = [
      "", "?", "1jjj⏎", "l", "ljG", "2", "2+", "2t", "2tjjj⏎", "2tjj⏎v", "2tvx", "2fx", "2/x", "3",
      "3s", "3ss",
      "3sss", "3ssss", "4", "4⏎", "4G⏎", "4jj⏎", "e", "2tv:",
    ]
    for (rows, columns) in [
      (0, 0), (1, 1), (2, 5), (5, 24), (6, 23), (6, 24), (7, 30), (8, 70), (3, 300), (24, 80),
      (60, 250), (-1, -1),
    ] {
      for keys in places {
        var browser = Browser(report: report, rows: 24, columns: 80)
        browser.type(keys)
        _ = browser.update(.resize(rows: rows, columns: columns))
        _ = browser.update([
          .picture(tensor: 0, Sample.picture), .values(tensor: 0, start: 0, [.nan, 0, .infinity]),
          .bytes(tensor: 2, start: 0, [0, 255]), .progress(.init(bytesRead: 1, bytesInAll: 0)),
        ])
        for event in [
          Event.key(.down), .key(.pageDown), .key(.end), .key(.home), .key(.left), .key(.right),
          .press(row: 3, column: 3), .wheel(rows: 3, row: 3, column: 3),
        ] {
          _ = browser.update(event)
          let screen = browser.render()
          #expect(screen.rows == max(rows, 0) && screen.columns == max(columns, 0))
        }
      }
    }
  }

  @Test func showsNoControlCharacterOfAStranger() {
    for keys in ["", "?", "2", "2t", "2t⏎", "2tv", "3", "4", "4⏎", "4jj⏎", "e", "2f\u{9b}"] {
      var browser = Browser(report: Sample.hostile, rows: 40, columns: 130, isComplete: true)
      browser.type(keys)
      _ = browser.update([
        .message("\u{1b}"), .explanations([.init(term: "\u{1b}", text: "\u{9b}\n\u{7}")]),
        .models(directory: "\u{1b}", [.init(path: "\u{1b}", name: "\u{1b}", bytes: 1)]),
        .claims([.init(source: "\u{1b}", entries: Sample.hostile.metadata)]),
      ])
      for scalar in browser.render().description.unicodeScalars where scalar != "\n" {
        #expect(scalar.properties.generalCategory != .control)
        // Text that is escaped, not merely made harmless by the screen.
        #expect(scalar.value != 0x202E && scalar.value != 0x2066)
      }
      #expect(!browser.render().description.contains("?[2J"))
    }
  }
}
