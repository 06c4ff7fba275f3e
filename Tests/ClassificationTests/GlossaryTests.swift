import Testing

@testable import Classification

@Suite struct GlossaryTests {
  @Test func explainsEveryWordInSentences() {
    for entry in Glossary.entries {
      #expect(entry.text.count > 10 && entry.text.hasSuffix("."), "\(entry.kind) \(entry.term)")
    }
  }

  @Test(arguments: ["sparse", "Q4_K"])
  func findsWordsByTheirNames(_ term: String) {
    #expect(Glossary.entries(of: term).isEmpty == (term == "Q4_K"))
  }

  @Test func explainsThresholdsWithTheirNumbers() {
    #expect(Glossary.entries(of: "pruned_zeros").first?.kind == "threshold")
    #expect(Threshold.prunedZeros.value == 0.05)
  }

  @Test func hasEachWordOfAKindOnce() {
    let words = Glossary.entries.map { "\($0.kind) \($0.term)" }
    #expect(Set(words).count == words.count)
  }
}
