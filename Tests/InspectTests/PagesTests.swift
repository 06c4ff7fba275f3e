import ArgumentParser
import Browser
import Classification
import Foundation
import ModelFile
import Synchronization
import TensorStats
import TestSupport
import Testing

@testable import inspect

@Suite struct PagesTests {
  /// Models whose weights are packed in tensors of other types.
  private static let packed =
    ["models/gptq-4bit"]
    + ["awq-gemm-4b-g128", "bnb-nf4", "mlx-affine-3b-g64", "ct-sparse-24-bitmask-fp8"]
    .map { "schemes/\($0)" }

  private func inspection(_ path: String) -> Inspection {
    Inspection(
      path: Paths.fixtures.appending(path: path).path, options: MeasureOptions.parseOrExit([]))
  }

  private func values(of tensor: Int, from start: Int, count: Int, in inspection: Inspection)
    -> [Double]
  {
    guard
      case .values(tensor, start, let values) = Pages.values(
        of: tensor, from: start, count: count, in: inspection)
    else { return [] }
    return values
  }

  @Test func findsElementsOfAnArray() throws {
    let model = inspection("models/tiny-llama-Q8_0.gguf").model
    let key = "tokenizer.ggml.tokens"
    func index(_ text: String, from start: Int, backwards: Bool = false) -> Int? {
      guard
        case .found(key, let index) = Pages.element(
          of: key, holding: text, from: start, backwards: backwards, in: model)
      else { return nil }
      return index
    }
    guard
      case .array(_, _, let tokens) = Pages.array(key, from: 0, count: 288, of: model)
    else {
      Issue.record("no tokens")
      return
    }
    let text = tokens[200].text
    let places = tokens.indices.filter { tokens[$0].text.lowercased().contains(text.lowercased()) }
    #expect(index(text, from: 200) == 200)
    #expect(index(text, from: 201) == places.first { $0 > 200 } ?? places.first)
    #expect(index(text, from: 199, backwards: true) == places.last { $0 < 200 } ?? places.last)
    #expect(index("no such token", from: 3) == nil)
  }

  @Test(arguments: packed) func weightsByIndexAreThoseThatAreMeasured(_ path: String) throws {
    let inspection = inspection(path)
    let packed = inspection.plan.readings.first {
      if case .packed = $0.decoder { true } else { false }
    }
    let reading = try #require(packed)
    let measured = Mutex<TensorStats.Measurement?>(nil)
    Scan(model: inspection.model, readings: [reading], mode: .exact, workers: 1).run { event in
      if case .measured(_, let measurement) = event { measured.withLock { $0 = measurement } }
    }
    let measurement = try #require(measured.withLock { $0 })
    let count = reading.shape.reduce(1, *)
    let all = values(of: reading.tensor, from: 0, count: count + 5, in: inspection)
    #expect(all.count == count)
    #expect(all.count { $0 == 0 } == measurement.zeros)
    #expect(all.min() == measurement.minimum?.double)
    #expect(all.max() == measurement.maximum?.double)
    // The same numbers from any index on.
    let columns = try #require(reading.shape.last)
    for start in [1, columns - 1, columns, count - 3] {
      let some = values(of: reading.tensor, from: start, count: columns + 2, in: inspection)
      #expect(some == Array(all[start..<min(start + columns + 2, count)]))
    }
    #expect(values(of: reading.tensor, from: count, count: 1, in: inspection) == [])
  }

  @Test func elementsByIndexAreThoseOfTheFile() throws {
    let inspection = inspection("models/fp32")
    let all = values(of: 0, from: 0, count: .max / 2, in: inspection)
    #expect(all.count == inspection.model.tensors[0].elementCount)
    #expect(values(of: 0, from: 70, count: 9, in: inspection) == Array(all[70..<79]))
  }

  @Test(arguments: [
    ("/a/b", "/a"), ("/a", "/"), ("/", "/"), ("a/b", "a"), ("a", "."), (".", ".."),
    ("..", "../.."), ("../..", "../../.."),
  ])
  func goesToTheFolderAbove(folder: String, parent: String) {
    #expect(Folder.parent(of: folder) == parent)
  }

  @Test func tellsModelsOfOneNameApart() {
    let choices = Folder.choices(of: ["a/model.safetensors", "b/model.safetensors", "c/x.gguf"])
    #expect(choices.map(\.name) == ["a/model.safetensors", "b/model.safetensors", "x.gguf"])
    let alike = Folder.choices(of: ["m/a/model.gguf", "m/b/c/model.gguf"])
    #expect(alike.map(\.name) == ["a", "b/c"])
  }

  @Test(arguments: [
    ("1", "2"), ("2", "10"), ("a2", "a10"), ("a-007", "a-8"), ("a", "a1"), ("a1b", "a1c"),
    ("B", "a"), ("1", "a"), ("a01", "a1b"), ("007", "07"), ("", "a"),
    ("99999999999999999999", "100000000000000000000"),
  ])
  func countsInNames(first: String, second: String) {
    #expect(isNaturallyBefore(first, second))
    #expect(!isNaturallyBefore(second, first))
    #expect(!isNaturallyBefore(first, first))
  }

  @Test func saysWhatCannotBeRead() throws {
    let inspection = inspection("models/damaged")
    let broken = try #require(inspection.model.tensors.firstIndex { !$0.isReadable })
    guard
      case .message(_, isError: true) = Pages.values(
        of: broken, from: 0, count: 1, in: inspection)
    else {
      Issue.record("values of a tensor behind the end of the file")
      return
    }
  }
}
