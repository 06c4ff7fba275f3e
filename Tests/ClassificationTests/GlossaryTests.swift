import ModelFile
import Testing

@testable import Classification

@Suite struct GlossaryTests {
  @Test func explainsEveryWordInSentences() {
    for entry in Glossary.entries {
      #expect(entry.text.count > 10 && entry.text.hasSuffix("."), "\(entry.kind) \(entry.term)")
    }
  }

  @Test(arguments: ["sparse", "Q4_K", "f8_e4m3", "Q4_Z"])
  func findsWordsByTheirNames(_ term: String) {
    #expect(Glossary.entries(of: term).isEmpty == (term == "Q4_Z"))
  }

  /// Keys begin with architectures, and members of configurations with the objects around them.
  @Test(arguments: [
    ("llama.block_count", "block_count"), ("general.file_type", "general.file_type"),
    ("gemma3.attention.head_count_kv", "attention.head_count_kv"),
    ("text_config.hidden_size", "hidden_size"), ("my_block_count", nil), ("", nil), (".", nil),
  ])
  func findsKeysOfMetadataWhateverTheyBeginWith(_ name: String, _ key: String?) {
    #expect(Glossary.entries(of: name).map(\.term) == (key.map { [$0] } ?? []))
  }

  @Test(arguments: ["lora_merged", "snr_db", "dequantizes", "cache", "q8_0", "largest_context"])
  func explainsWordsOfComparingAndChoosing(_ term: String) {
    #expect(!Glossary.entries(of: term).isEmpty)
  }

  @Test func explainsEveryStorageTypeWithItsBits() {
    let types = Glossary.entries.filter { $0.kind == "storage type" }
    #expect(types.map(\.term) == ElementType.decodable.map(\.name))
    for (entry, type) in zip(types, ElementType.decodable) {
      let bits = type.layout.map { decimal($0.bitsPerElement) } ?? "?"
      #expect(entry.text.contains("\(bits) bits each"), "\(entry.term)")
    }
    #expect(Glossary.entries(of: "Q4_K").first?.text.contains("4.5 bits each (144 bytes") == true)
  }

  @Test func explainsThresholdsWithTheirNumbers() {
    #expect(Glossary.entries(of: "pruned_zeros").first?.kind == "threshold")
    #expect(Threshold.prunedZeros.value == 0.0499)
  }

  @Test func hasEachWordOfAKindOnce() {
    let words = Glossary.entries.map { "\($0.kind) \($0.term)" }
    #expect(Set(words).count == words.count)
  }
}
