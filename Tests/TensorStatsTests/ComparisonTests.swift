import Foundation
import ModelFile
import Synchronization
import TestSupport
import Testing

@testable import TensorStats

@Suite struct ComparisonTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A file with one tensor.
  private func model(
    _ name: String, _ type: String, _ shape: [UInt64], _ data: [UInt8]
  ) throws -> Model {
    var builder = SafetensorsBuilder()
    builder.add("w", type, shape, data)
    return Model.open(try folder.write(builder.bytes, to: "\(name).safetensors"))
  }

  private func model(_ name: String, _ shape: [UInt64], _ values: [Float]) throws -> Model {
    try model(name, "F32", shape, values.flatMap { littleEndian($0.bitPattern) })
  }

  private func pair(
    _ a: Model, _ b: Model, _ order: ReadingPair.Order = .same,
    conversion: ReadingPair.Conversion = .none
  ) -> ReadingPair {
    func side(_ model: Model) -> ReadingPair.Side {
      let tensor = model.tensors[0]
      return .init(
        Reading(tensor: 0, decoder: .plain(tensor.type), shape: tensor.shape.map { Int($0) }))
    }
    var pair = ReadingPair(reference: side(a), other: side(b), order: order)
    pair.reference.conversion = conversion
    return pair
  }

  private func compare(
    _ a: Model, _ b: Model, _ order: ReadingPair.Order = .same,
    conversion: ReadingPair.Conversion = .none,
    workers: Int = 2
  ) -> Difference? {
    let result = Mutex<Difference?>(nil)
    Comparison(
      reference: a, other: b, pairs: [pair(a, b, order, conversion: conversion)], workers: workers
    ).run { event in
      if case .compared(0, let difference) = event { result.withLock { $0 = difference } }
    }
    return result.withLock { $0 }
  }

  /// Integers that float64 rounds to the same number, at the ends of their types, too.
  @Test func integersAreComparedExactly() throws {
    func words(_ values: [UInt64]) -> [UInt8] { values.flatMap { littleEndian($0) } }
    let a: [UInt64] = [1 << 53, (1 << 62) + 1, .max, 1 << 63, 7, .max - 5]
    let b: [UInt64] = [(1 << 53) + 1, (1 << 62) + 1, .max - 1, 1 << 63, 7, .max - 5]
    for type in ["U64", "I64"] {
      let difference = try #require(
        compare(
          try model("a", type, [6], words(a)), try model("b", type, [6], words(b))))
      #expect(difference.identical == 4)
      #expect(difference.maximum == 1)
    }
    let doubles = try model("c", "F64", [1], words([Double(1 << 53).bitPattern]))
    #expect(
      compare(try model("d", "I64", [1], words([(1 << 53) + 1])), doubles)?.identical == 0)
    #expect(compare(try model("e", "I64", [1], words([1 << 53])), doubles)?.identical == 1)
  }

  @Test func equalValuesThatAreNotFiniteAreCountedApart() throws {
    let difference = try #require(
      compare(
        try model("a", [4], [.infinity, .nan, 1, .infinity]),
        try model("b", [4], [.infinity, .nan, .nan, 2])))
    #expect(difference.notFinite == 4)
    #expect(difference.notFiniteIdentical == 2)
  }

  /// What the definitions give, without lanes or runs.
  private func plain(_ a: [Float], _ b: [Float]) -> (identical: Int, rmse: Double, cosine: Double) {
    var (identical, finite) = (0, 0)
    var (squares, ab, aa, bb) = (0.0, 0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      if x == y || x.isNaN && y.isNaN { identical += 1 }
      guard x.isFinite, y.isFinite else { continue }
      finite += 1
      squares += (Double(y) - Double(x)) * (Double(y) - Double(x))
      ab += Double(x) * Double(y)
      aa += Double(x) * Double(x)
      bb += Double(y) * Double(y)
    }
    return (
      identical, (squares / Double(finite)).squareRoot(), ab / (aa.squareRoot() * bb.squareRoot())
    )
  }

  private func random(_ count: Int, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(state: seed)
    return (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
  }

  @Test(arguments: [1, 7, 8, 9, 130, 4096, 4097])
  func agreesWithTheDefinitions(count: Int) throws {
    var a = random(count, seed: 1)
    var b = zip(a, random(count, seed: 2)).map { $0 + 0.1 * $1 }
    if count > 100 {
      for (index, special) in [Float.nan, .infinity, -.infinity, -0.0, .leastNonzeroMagnitude]
        .enumerated()
      {
        a[index * 7] = special
        b[index * 11 + 1] = special
      }
      b[0] = .nan
    }
    let shape = [UInt64(count)]
    let difference = try #require(compare(try model("a", shape, a), try model("b", shape, b)))
    let (identical, rmse, cosine) = plain(a, b)
    #expect(difference.count == count)
    #expect(difference.identical == identical)
    #expect(abs((difference.rootMeanSquare ?? 0) - rmse) < 1e-9)
    #expect(abs((difference.cosine ?? 0) - cosine) < 1e-9)
    #expect(difference.notFinite == zip(a, b).count { !$0.isFinite || !$1.isFinite })
  }

  /// Long runs are summed in float32, but not where it has no squares for them.
  @Test(arguments: [1e-30, 1e-12, 1, 1e12, 1e30] as [Float])
  func sumsLongRuns(scale: Float) throws {
    var a = random(10_007, seed: 4).map { $0 * scale }
    var b = zip(a, random(10_007, seed: 5)).map { $0 + 0.3 * scale * $1 }
    for index in stride(from: 0, to: 6000, by: 5) { b[index] = 0 }
    for index in stride(from: 0, to: 9000, by: 7) { a[index] = -0.0 }
    b[9000...9500] = a[9000...9500]
    let difference = try #require(
      compare(try model("a", [10_007], a), try model("b", [10_007], b)))
    let pairs = zip(a, b).map { (Double($0), Double($1)) }
    let (identical, rmse, cosine) = plain(a, b)
    #expect(difference.identical == identical)
    #expect(difference.signFlips == pairs.count { $0 * $1 < 0 })
    #expect(difference.zeros == b.count { $0 == 0 })
    #expect(difference.newZeros == pairs.count { $0 != 0 && $1 == 0 })
    #expect(difference.maximum == pairs.map { abs($1 - $0) }.max())
    #expect(difference.notFinite == 0)
    #expect(abs((difference.rootMeanSquare ?? 0) / rmse - 1) < 1e-8)
    #expect(abs((difference.cosine ?? 0) - cosine) < 1e-8)
    let removed = pairs.filter { $0 != 0 && $1 == 0 }.map { abs($0.0) }
    let weights = Double(pairs.count { $0.0 != 0 })
    let size = (pairs.reduce(0) { $0 + $1.0 * $1.0 } / weights).squareRoot()
    let wanted = removed.reduce(0, +) / Double(removed.count) / size
    #expect(abs((difference.removedMagnitude ?? 0) / wanted - 1) < 1e-8)
  }

  @Test func countsZerosAndSigns() throws {
    let a: [Float] = [0, -0.0, 1, 2, -3, 4, 5, -6]
    let b: [Float] = [-0.0, 1, 0, 2, 3, -0.0, 6, -6]
    let difference = try #require(compare(try model("a", [8], a), try model("b", [8], b)))
    #expect(difference.identical == 3)
    #expect(difference.signFlips == 1)
    #expect(difference.newZeros == 2)
    #expect(difference.filledZeros == 1)
    #expect(difference.commonZeros == 1)
    #expect(difference.maximum == 6)
    #expect(difference.meanAbsolute == Double(1 + 1 + 6 + 4 + 1) / 8)
    // 1 and 4 became zero; the squares of the six weights of a sum to 91.
    #expect(abs((difference.removedMagnitude ?? 0) - 2.5 / (91.0 / 6).squareRoot()) < 1e-12)
  }

  @Test func numbersWithoutMeaningAreAbsent() throws {
    let same = try #require(
      compare(try model("a", [4], [1, 1, 1, 1]), try model("b", [4], [1, 1, 1, 1])))
    #expect(same.isIdentical)
    #expect(same.relativeRootMeanSquare == nil)
    #expect(same.signalToNoise == nil)
    #expect(same.correlation == nil)
    let zero = try #require(compare(try model("a", [2], [0, 0]), try model("b", [2], [1, 2])))
    #expect(zero.cosine == nil)
    #expect(zero.signalToNoise == nil)
  }

  @Test func wideTypesAreComparedExactly() throws {
    func doubles(_ values: [Double]) -> [UInt8] { values.flatMap { littleEndian($0.bitPattern) } }
    let difference = try #require(
      compare(
        try model("a", "F64", [3], doubles([1, 2, 1e300])),
        try model("b", "F64", [3], doubles([1 + 1e-12, 2, 1e300]))))
    #expect(difference.identical == 2)
    #expect(difference.maximum == 1 + 1e-12 - 1)
    func words(_ values: [Int64]) -> [UInt8] { values.flatMap { littleEndian($0) } }
    let integers = try #require(
      compare(
        try model("c", "I64", [2], words([1 << 40, 7])),
        try model("d", "I64", [2], words([1 << 40 + 1, 7]))))
    #expect(integers.identical == 1)
  }

  @Test func typesNeedNotAgree() throws {
    let values = random(64, seed: 3)
    let halves = values.flatMap { littleEndian(UInt16($0.bitPattern >> 16)) }
    let difference = try #require(
      compare(try model("a", [2, 32], values), try model("b", "BF16", [2, 32], halves)))
    let truncated = values.map { Float(bitPattern: $0.bitPattern & 0xFFFF_0000) }
    #expect(difference.rootMeanSquare == plain(values, truncated).rmse)
  }

  @Test func workersDoNotChangeTheResult() throws {
    // More than one run, and a part of one.
    func long(_ name: String, _ block: [Float]) throws -> Model {
      let bytes = block.flatMap { littleEndian(UInt16($0.bitPattern >> 16)) }
      var data: [UInt8] = []
      for _ in 0..<1100 { data += bytes }
      return try model(name, "BF16", [1100, UInt64(block.count)], data)
    }
    let block = random(1000, seed: 4)
    let models = (try long("a", block), try long("b", block.map { $0 * 1.1 }))
    let one = try #require(compare(models.0, models.1, workers: 1))
    #expect(compare(models.0, models.1, workers: 3) == one)
    #expect(one.count == 1_100_000)
  }

  @Test(arguments: [2, 4, 8]) func ordersOfHeadsAreInverse(head: Int) {
    for row in 0..<24 / head * head {
      let there = ReadingPair.Order.interleaved(head: head).referenceRow(row)
      #expect(ReadingPair.Order.separated(head: head).referenceRow(there) == row)
    }
  }

  @Test func rowsOfHeadsAreFound() throws {
    // Two heads of four rows: halves apart in the reference, interleaved in the other.
    let a = (0..<8).flatMap { row in [Float(row), Float(row) + 0.5] }
    let b = [0, 2, 1, 3, 4, 6, 5, 7].flatMap { row in [Float(row), Float(row) + 0.5] }
    let models = (try model("a", [8, 2], a), try model("b", [8, 2], b))
    #expect(compare(models.0, models.1)?.isIdentical == false)
    #expect(compare(models.0, models.1, .interleaved(head: 4))?.isIdentical == true)
    #expect(compare(models.1, models.0, .separated(head: 4))?.isIdentical == true)
  }

  @Test(arguments: [(4, 4), (8, 2), (6, 3)]) func groupsOfHeadsAreInverse(
    heads: Int, keyHeads: Int
  ) throws {
    let rows = (heads + 2 * keyHeads) * 3
    let groups = try #require(
      ReadingPair.HeadGroups(heads: heads, keyHeads: keyHeads, rows: rows))
    let there = (0..<rows).map(ReadingPair.Order.ungrouped(groups).referenceRow)
    #expect(there.sorted() == Array(0..<rows))
    #expect(there.map(ReadingPair.Order.grouped(groups).referenceRow) == Array(0..<rows))
    #expect(ReadingPair.HeadGroups(heads: heads, keyHeads: keyHeads, rows: rows + 1) == nil)
  }

  /// GPT-NeoX has the query, the key and the value of each head below each other; llama.cpp has all
  /// queries, all keys and all values (`GPTNeoXModel.modify_tensors`).
  @Test func joinedProjectionsAreFound() throws {
    func rows(_ order: [Int]) -> [Float] { order.flatMap { [Float($0), Float($0) + 0.5] } }
    let byHead = try model("a", [12, 2], rows(Array(0..<12)))
    let byPart = try model("b", [12, 2], rows([0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11]))
    let groups = try #require(ReadingPair.HeadGroups(heads: 2, keyHeads: 2, rows: 12))
    #expect(compare(byHead, byPart)?.isIdentical == false)
    #expect(compare(byHead, byPart, .ungrouped(groups))?.isIdentical == true)
    #expect(compare(byPart, byHead, .grouped(groups))?.isIdentical == true)
  }

  @Test func repeatedHeadsAreFound() throws {
    func rows(_ order: [Int]) -> [Float] { order.flatMap { [Float($0), Float($0) + 0.5] } }
    let once = try model("a", [4, 2], rows([0, 1, 2, 3]))
    let twice = try model("b", [8, 2], rows([0, 1, 0, 1, 2, 3, 2, 3]))
    let repeated = try #require(compare(once, twice, .repeated(head: 2, times: 2)))
    #expect(repeated.isIdentical && repeated.count == 16)
    for place in 0..<2 {
      let back = compare(twice, once, .selected(head: 2, times: 2, place: place))
      #expect(back?.isIdentical == true && back?.count == 8)
    }
  }

  @Test(arguments: [1e300, 1e-300]) func squaresBeyondTheRangeOfExponents(factor: Double) throws {
    let values = random(200, seed: 8).map { Double($0) * factor }
    func wide(_ name: String, _ values: [Double]) throws -> Model {
      try model(
        name, "F64", [UInt64(values.count)], values.flatMap { littleEndian($0.bitPattern) })
    }
    let difference = try #require(
      compare(try wide("a", values), try wide("b", values.map { 2 * $0 })))
    let power = random(200, seed: 8).reduce(0.0) { $0 + Double($1) * Double($1) } / 200
    let root = try #require(difference.rootMeanSquare)
    #expect(abs(root / factor - power.squareRoot()) < 1e-9)
    #expect(abs((difference.gain ?? 0) - 2) < 1e-9)
    #expect(abs((difference.cosine ?? 0) - 1) < 1e-9)
    var sum = difference
    sum.merge(try #require(compare(try wide("c", [1, 2]), try wide("d", [1, 3]))))
    #expect(sum.count == 202 && sum.identical == 1)
    #expect(sum.rootMeanSquare.map { $0 > 0 && $0.isFinite } == true)
  }

  @Test func columnsBecomeRows() throws {
    let a = random(30 * 1100, seed: 5)
    var b = a
    for row in 0..<30 { for column in 0..<1100 { b[column * 30 + row] = a[row * 1100 + column] } }
    let models = (try model("a", [30, 1100], a), try model("b", [1100, 30], b))
    #expect(compare(models.0, models.1, .transposed)?.isIdentical == true)
    #expect(compare(models.1, models.0, .transposed)?.count == a.count)
  }

  @Test func storedGainsMayLackOne() throws {
    let models = (try model("a", [3], [0, 0.5, -0.5]), try model("b", [3], [1, 1.5, 0.5]))
    #expect(compare(models.0, models.1, conversion: .addingOne)?.isIdentical == true)
  }

  /// Exponentials of two libraries differ in the last places.
  @Test func decayIsTheExponentialOfItsLogarithm() throws {
    let logarithms: [Float] = [0, 0.693, 1.5, 2.7, -3]
    let decays = logarithms.map { -exp($0) * (1 + 0x1p-23) }
    let models = (try model("a", [5], logarithms), try model("b", [5], decays))
    #expect(compare(models.0, models.1, conversion: .negatedExponential)?.isIdentical == true)
    #expect(compare(models.0, models.0, conversion: .negatedExponential)?.isIdentical == false)
  }

  @Test func aFileThatShrankIsAProblem() throws {
    let a = try model("a", [64], random(64, seed: 6))
    let b = try model("b", [64], random(64, seed: 6))
    try folder.write([1, 2, 3], to: "b.safetensors")
    let problem = Mutex<Problem?>(nil)
    Comparison(reference: a, other: b, pairs: [pair(a, b)], workers: 1).run { event in
      if case .failed(0, let found) = event { problem.withLock { $0 = found } }
    }
    let found = try #require(problem.withLock { $0 })
    #expect(found.code == .changedWhileReading)
    #expect(found.file == b.parts[0].path)
  }

  @Test func samplesAreTheValuesAsked() throws {
    let a = try model("a", [4, 5], (0..<20).map(Float.init))
    let values = ValueSampler(a).values(of: pair(a, a).reference, rows: [1, 3], columns: [4, 0])
    #expect(values == [9, 5, 19, 15])
    #expect(ValueSampler(a).values(of: pair(a, a).reference, rows: [4], columns: [0]) == nil)
    #expect(evenlySpaced(3, below: 9) == [1, 4, 7])
    #expect(evenlySpaced(5, below: 2) == [0, 1])
    #expect(evenlySpaced(5, below: 0) == [])
  }
}

@Suite struct SingularValuesTests {
  @Test func diagonalMatricesShowTheirs() throws {
    let values = try #require(
      singularValues([3, 0, 0, 0, 0, -5, 0, 0, 0, 0, 1, 0], rows: 3, columns: 4))
    for (value, expected) in zip(values, [5.0, 3, 1]) { #expect(abs(value - expected) < 1e-12) }
  }

  @Test(arguments: [(1, 1), (2, 2), (5, 3), (20, 31), (40, 40)])
  func theirSquaresAddUpToTheMatrixs(rows: Int, columns: Int) throws {
    var generator = SeededGenerator(state: UInt64(rows * 100 + columns))
    let matrix = (0..<rows * columns).map { _ in Double.random(in: -1...1, using: &generator) }
    let values = try #require(singularValues(matrix, rows: rows, columns: columns))
    #expect(values.count == min(rows, columns))
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 >= $1 })
    let squares = values.reduce(0) { $0 + $1 * $1 }
    #expect(abs(squares - matrix.reduce(0) { $0 + $1 * $1 }) < 1e-10)
  }

  @Test func productsOfThinMatricesHaveLowRank() throws {
    var generator = SeededGenerator(state: 9)
    let (n, rank) = (40, 3)
    let a = (0..<n * rank).map { _ in Double.random(in: -1...1, using: &generator) }
    var matrix = [Double](repeating: 0, count: n * n)
    for place in 0..<n * n {
      let (i, j) = (place / n * rank, place % n * rank)
      for k in 0..<rank { matrix[place] += a[i + k] * a[j + k] * 1e200 }
    }
    let values = try #require(singularValues(matrix, rows: n, columns: n))
    #expect(values[2] > 1e-2 * values[0])
    #expect(values[3] < 1e-6 * values[0])
  }

  @Test func whatIsNotFiniteHasNone() {
    #expect(singularValues([1, .nan], rows: 1, columns: 2) == nil)
    #expect(singularValues([0, 0, 0, 0], rows: 2, columns: 2) == [0, 0])
    #expect(singularValues([], rows: 0, columns: 0) == nil)
  }
}
