import Foundation
import Report
import TestSupport
import Testing

@testable import Browser

@Suite struct DiffBrowserTests {
  private func browser(_ keys: String = "", rows: Int = 24, columns: Int = 80) -> DiffBrowser {
    var browser = DiffBrowser(
      reference: "models/original.gguf", other: "models/small\u{7}.gguf", rows: rows,
      columns: columns)
    _ = browser.update([.report(Sample.comparison)])
    browser.type(keys)
    return browser
  }

  private func comparing(rows: Int = 24, columns: Int = 80) -> DiffBrowser {
    var browser = DiffBrowser(
      reference: "models/original.gguf", other: "models/small\u{7}.gguf", rows: rows,
      columns: columns)
    _ = browser.update([
      .planned(25),
      .compared(name: "a.weight", role: "weight", Sample.numbers(error: 0.01)),
      .compared(name: "b.weight", role: "weight", Sample.numbers(error: 0.2)),
      .progress(.init(bytesRead: 30_000_000, bytesInAll: 100_000_000, secondsLeft: 42)),
    ])
    return browser
  }

  @Test(arguments: [
    ("", Context.summary), ("2", .tensors), ("3", .groups), ("⇥", .tensors), ("⇥⇥⇥", .summary),
    ("2⏎", .detail), ("2⏎⎋", .tensors), ("?", .pager), ("??", .summary), ("2?⎋", .tensors),
    ("3⏎", .tensors), ("2⏎1", .summary), ("G⏎", .tensors), ("G⏎⎋", .summary), ("3⏎⎋", .groups),
    ("3⏎/attn⏎⎋⎋", .groups), ("3⏎2⎋", .tensors),
  ])
  func keysLeadToPlaces(keys: String, context: Context) {
    #expect(browser(keys).context == context)
  }

  @Test func theMostChangedComesFirst() {
    var browser = browser("2")
    #expect(browser.list.selected?.name == "blk.7.ffn_down.weight")
    // What was not compared is at the end.
    browser.type("G")
    #expect(browser.list.selected?.change == "reshaped")
    browser.type("gS")
    #expect(browser.list.selected?.name == "token_embd.weight")
    browser.type("ssss")
    #expect(browser.list.order == .name)
    #expect(browser.list.selected?.name == "blk.0.attn_q.weight")
  }

  @Test(arguments: [
    ("role:weight", 24), ("layer:0-2", 9), ("change:pruned", 3), ("error>0.3", 3),
    ("error>=0 error<=0.3", 22),
    ("*.ffn_up.*", 8), ("ffn layer:7", 2), ("types:bf16→q4_k", 25), ("nothing", 0), ("", 26),
  ])
  func filters(text: String, count: Int) {
    #expect(browser("2f\(text)⏎").list.listed.count == count)
  }

  @Test func searchesInTheList() {
    var browser = browser("2/attn_q⏎")
    let first = browser.list.selected?.name
    #expect(first?.contains("attn_q") == true)
    browser.type("n")
    #expect(browser.list.selected?.name.contains("attn_q") == true)
    #expect(browser.list.selected?.name != first)
    browser.type("N")
    #expect(browser.list.selected?.name == first)
    browser.type("/zzz⏎")
    #expect(browser.render().text(inRow: 22) == " no name matches")
  }

  @Test func theTitleOfAModelWithItselfKeepsItsArrow() {
    let path = String(repeating: "folder/", count: 20) + "model.gguf"
    let browser = DiffBrowser(reference: path, other: path, rows: 24, columns: 80)
    #expect(browser.render().text(inRow: 0).contains(" → "))
  }

  @Test func escapeTakesTheFilterBack() {
    var browser = browser("2fattn⏎fzzz⎋")
    #expect(browser.list.filter.text == "attn")
    browser.type("⎋")
    #expect(browser.list.filter.isEmpty)
  }

  @Test func aGroupListsItsTensors() {
    var browser = browser("3")
    browser.type("jj⏎")
    #expect(browser.list.filter.text == "role:weight")
    #expect(browser.list.listed.count == 24)
    browser.type("3G⏎")
    #expect(browser.list.filter.text == "layer:7")
    // Names of kinds are passed over.
    browser.type("3ggk")
    let selected = browser.groupRows[browser.groups.selected]
    #expect(selected.filter != nil)
  }

  @Test func listsWhatHasBeenComparedSoFar() {
    var browser = comparing()
    #expect(browser.render().description.contains("2 of 25 tensors compared so far"))
    #expect(browser.render().text(inRow: 22).contains("30 %"))
    browser.type("2")
    #expect(browser.list.selected?.name == "b.weight")
    _ = browser.update([.compared(name: "c", role: "weight", Sample.numbers(error: 0.9))])
    #expect(browser.list.selected?.name == "c")
    _ = browser.update([.report(Sample.comparison)])
    #expect(browser.list.rows.count == 26)
  }

  @Test func leaves() {
    var browser = browser()
    #expect(browser.type("2⏎qq") == [.quit])
    #expect(browser.update(.hangUp) == .quit)
    #expect(browser.update(.key(.control("L"))) == .redraw)
  }

  @Test func exports() {
    var browser = browser()
    #expect(browser.type("e⏎") == [.export(path: "diff.json", overwriting: false)])
    _ = browser.update([.exportExists(path: "diff.json", isReadOnly: false)])
    #expect(browser.render().text(inRow: 22).contains("Overwrite it? y/n"))
    #expect(browser.type("n").isEmpty)
    _ = browser.update([.exportExists(path: "diff.json", isReadOnly: false)])
    #expect(browser.type("y") == [.export(path: "diff.json", overwriting: true)])
    _ = browser.update([.message("wrote diff.json")])
    #expect(browser.render().text(inRow: 22) == " wrote diff.json")
    var early = comparing()
    #expect(early.type("e⏎").isEmpty)
  }

  @Test func leavesWhereThereIsNothingToShow() {
    var browser = DiffBrowser(reference: "a", other: "b", rows: 24, columns: 80)
    var report = Sample.comparison
    report.other.status = .unreadable
    #expect(browser.update([.report(report)]) == .quit)
    #expect(browser.report?.other.status == .unreadable)
  }

  @Test func theMouseSelectsOpensAndSorts() {
    var browser = browser("2")
    _ = browser.update(.press(row: 4, column: 3))
    #expect(browser.list.position.selected == 2)
    _ = browser.update(.press(row: 4, column: 3))
    #expect(browser.context == .detail)
    _ = browser.update(.press(row: 0, column: 78))
    #expect(browser.context == .groups)
    browser.type("2")
    _ = browser.update(.press(row: 1, column: 3))
    #expect(browser.list.order == .name)
    _ = browser.update(.press(row: 1, column: 3))
    #expect(browser.list.isReversed)
    _ = browser.update(.press(row: 1, column: 78))
    #expect(browser.list.order == .equal)
  }

  @Test func explainsWhatIsShownAboveTheKeys() {
    var browser = browser("2", rows: 24, columns: 80)
    let change = browser.list.selected?.change
    let effects = browser.type("?")
    guard case .explain(let terms) = effects.last else {
      Issue.record("nothing is looked up")
      return
    }
    #expect(terms.first == change)
    _ = browser.update([.explanations([Explanation(term: "snr_db", text: "What is left.")])])
    #expect(browser.render().text(inRow: 2).contains("snr_db"))
    #expect(browser.render().text(inRow: 3).contains("What is left."))
    browser.type("?")
    #expect(browser.panes.isEmpty)
    _ = browser.update([.explanations([Explanation(term: "snr_db", text: "Too late.")])])
    #expect(browser.panes.isEmpty)
  }

  @Test func everyKeyMeansOneThingInAPlace() {
    for context in Context.allCases {
      var seen: Set<Key> = []
      for binding in KeyBinding.comparison where binding.applies(in: context) {
        for key in binding.keys { #expect(seen.insert(key).inserted, "\(key) in \(context)") }
      }
    }
  }

  @Test func noSizeAndNoKeyTraps() {
    for (rows, columns) in [(0, 0), (1, 1), (5, 200), (6, 24), (7, 25), (200, 30), (24, 131)] {
      for start in [browser(), comparing()] {
        var browser = start
        _ = browser.update(.resize(rows: rows, columns: columns))
        for scalar in "2jjGg⏎jk⎋3jjG⏎sssssS?⎋1jGf".unicodeScalars {
          browser.type(String(scalar))
          _ = browser.render()
          _ = browser.update(.wheel(rows: 3, row: 2, column: 2))
          _ = browser.update(.press(row: rows / 2, column: columns / 2))
          _ = browser.render()
        }
      }
    }
  }

  @Test(arguments: [
    ("diff", ""), ("diff-tensors", "2jj"), ("diff-tensor", "2⏎"), ("diff-groups", "3j"),
    ("diff-filter", "2frole:weight error>0.1"), ("diff-help", "2?"),
    ("diff-comparing", "comparing"),
  ])
  func isDrawnAsRecorded(name: String, keys: String) throws {
    for (rows, columns) in [(24, 80), (40, 120), (10, 40), (50, 200)] {
      let shown =
        keys == "comparing"
        ? comparing(rows: rows, columns: columns) : browser(keys, rows: rows, columns: columns)
      try Snapshot.compare(shown.render(), name: "\(name)-\(columns)x\(rows)")
    }
  }
}
