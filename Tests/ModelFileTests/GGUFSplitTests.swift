import TestSupport
import Testing

@testable import ModelFile

@Suite struct GGUFSplitTests {
  /// One part: its name, its keys and its number of tensors.
  private func part(
    _ name: String, number: UInt16? = nil, count: UInt16? = nil, total: Int32? = nil,
    tensors: Int = 1
  ) throws -> Header {
    var file = GGUFBuilder()
    if let number { file.set("split.no", .u16(number)) }
    if let count { file.set("split.count", .u16(count)) }
    if let total { file.set("split.tensors.count", .i32(total)) }
    for index in 0..<tensors { file.add("\(name) \(index)", type: .f32, shape: [1]) }
    return try ggufHeader(file.bytes, name: name)
  }

  private func set(count: UInt16 = 2, numbers: [UInt16?] = [0, 1], total: Int32 = 3) throws
    -> [ProblemCode]
  {
    let headers = [
      try part("m-00001-of-00002.gguf", number: numbers[0], count: count, total: total, tensors: 0),
      try part("m-00002-of-00002.gguf", number: numbers[1], count: 2, total: total, tensors: 3),
    ]
    return GGUF.splitProblems(of: headers).map(\.code)
  }

  @Test func judgesTheNumbersOfTheParts() throws {
    #expect(try set() == [])
    #expect(try set(count: 3) == [.wrongSplit])
    #expect(try set(numbers: [1, 0]) == [.wrongSplit, .wrongSplit])
    #expect(try set(numbers: [nil, 1]) == [.wrongSplit])
    #expect(try set(total: 4) == [.wrongSplit])
  }

  @Test func takesCounts0And1AsNotSplit() throws {
    for count in [0, 1] as [UInt16] {
      #expect(GGUF.splitProblems(of: [try part("m.gguf", number: 0, count: count)]).isEmpty)
    }
    #expect(GGUF.splitProblems(of: [try part("m.gguf")]).isEmpty)
    #expect(GGUF.splitProblems(of: [try part("m-00001-of-00001.gguf")]).isEmpty)
  }

  @Test func saysThatTheNameOfAPartHidesTheOthers() throws {
    let problems = GGUF.splitProblems(of: [try part("m.gguf", number: 0, count: 2, total: 2)])
    #expect(problems.map(\.code) == [.wrongSplit])
    #expect(problems.first?.file?.hasSuffix("m.gguf") == true)
  }

  @Test func doesNotCountTheTensorsOfAnIncompleteSet() throws {
    let lone = try part("m-00002-of-00003.gguf", number: 1, count: 3, total: 9)
    #expect(GGUF.splitProblems(of: [lone]).isEmpty)
  }
}

@Suite struct GGUFCompletenessTests {
  private func model(
    layers: [Int], blockCount: UInt32, nextn: UInt32? = nil, tokens: Int? = nil,
    vocabularySize: UInt32? = nil, type: String? = nil
  ) throws -> Model {
    var file = GGUFBuilder.key("general.architecture", .string("glm4moe"))
    file.set("glm4moe.block_count", .u32(blockCount))
    if let nextn { file.set("glm4moe.nextn_predict_layers", .u32(nextn)) }
    if let type { file.set("general.type", .string(type)) }
    if let vocabularySize { file.set("glm4moe.vocab_size", .u32(vocabularySize)) }
    if let tokens {
      file.set("tokenizer.ggml.tokens", .array(.string, (0..<tokens).map { .string("\($0)") }))
    }
    file.add("token_embd.weight", type: .f32, shape: [100, 2])
    for layer in layers { file.add("blk.\(layer).attn_norm.weight", type: .f32, shape: [2]) }
    let header = try ggufHeader(file.bytes)
    return Model(
      path: "model.gguf", format: .gguf, parts: [header.part], tensors: header.tensors,
      metadata: header.metadata)
  }

  @Test func namesMissingLayers() throws {
    #expect(GGUF.completenessProblems(of: try model(layers: [0, 1, 2], blockCount: 3)).isEmpty)
    let problems = GGUF.completenessProblems(of: try model(layers: [0, 2], blockCount: 5))
    #expect(problems.map(\.code) == [.missingLayer])
    #expect(problems.first?.message.hasSuffix("3 of them: 1, 3, 4") == true)
    let hostile = GGUF.completenessProblems(of: try model(layers: [0], blockCount: .max))
    #expect(hostile.first?.message.hasSuffix("1, 2, 3, 4, 5, 6, …") == true)
  }

  @Test func letsLayersThatPredictFurtherTokensBeAbsent() throws {
    #expect(
      GGUF.completenessProblems(of: try model(layers: [0, 1], blockCount: 3, nextn: 1)).isEmpty)
  }

  @Test func letsAdaptersBeIncomplete() throws {
    #expect(
      GGUF.completenessProblems(of: try model(layers: [0], blockCount: 3, type: "adapter")).isEmpty)
  }

  @Test func comparesTheVocabularyWithTheEmbedding() throws {
    let sound = try model(layers: [0], blockCount: 1, tokens: 100, vocabularySize: 100)
    #expect(GGUF.completenessProblems(of: sound).isEmpty)
    let wrong = try model(layers: [0], blockCount: 1, tokens: 99, vocabularySize: 101)
    #expect(
      GGUF.completenessProblems(of: wrong).map(\.code) == [
        .vocabularyMismatch, .vocabularyMismatch,
      ])
  }
}
