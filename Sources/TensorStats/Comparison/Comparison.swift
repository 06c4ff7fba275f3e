import CKernels
public import ModelFile
import Synchronization

/// Compares pairs of readings, in parallel over runs of their weights, in memory that does not grow
/// with the files.
///
/// Results are the same for any number of workers: what is summed in floating point is summed for
/// each run and merged in the order of the runs.
public struct Comparison: Sendable {
  /// The model whose weights are taken for granted.
  public var reference: Model
  /// What is compared with it.
  public var other: Model
  /// What is compared.
  public var pairs: [ReadingPair]
  /// Worker threads.
  public var workers: Int

  /// Prepares a comparison.
  public init(reference: Model, other: Model, pairs: [ReadingPair], workers: Int) {
    self.reference = reference
    self.other = other
    self.pairs = pairs
    self.workers = workers
  }

  /// What happened during a comparison.
  public enum Event: Sendable {
    /// `pairs[index]` was compared.
    case compared(index: Int, Difference)
    /// `pairs[index]` could not be compared.
    case failed(index: Int, Problem)
    /// More was compared; at most about twenty times a second.
    case progress(Scan.Progress)
  }

  /// A run of one pair: rows of the other, or elements where both are plain and lie alike.
  private struct Run {
    var pair: Int
    var number: Int
    var range: Range<Int>
  }

  /// Weights of a run: enough that handing them out costs nothing.
  private static let runLength = 1 << 20
  /// Weights that are decoded at a time: those of both sides stay in the first cache.
  private static let tileLength = 4096

  /// Runs the comparison and returns when all is compared, failed or cancelled.
  ///
  /// - Parameters:
  ///   - cancellation: stops it early.
  ///   - handler: called from the workers' threads, never two at a time.
  public func run(
    cancellation: Scan.Cancellation = Scan.Cancellation(),
    handler: @escaping @Sendable (Event) -> Void
  ) {
    let runs = self.runs
    let collector = Collector(
      runCounts: runs.reduce(into: Array(repeating: 0, count: pairs.count)) { $0[$1.pair] += 1 },
      bytesPerWeight: pairs.map { Double(byteCount($0)) / Double(max(1, $0.count)) },
      bytesInAll: pairs.reduce(0) { $0 + byteCount($1) }, handler: handler)
    let files = (reference.openFiles(), other.openFiles())
    let next = Atomic(0)
    let rawBytes = pairs.reduce(0) { max($0, rawByteCount($1)) }
    Threads.run(min(workers, runs.count)) {
      let bench = Bench(rawByteCount: rawBytes)
      while !cancellation.isCancelled {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < runs.count else { return }
        let run = runs[index]
        guard !collector.hasFailed(run.pair) else { continue }
        let pair = pairs[run.pair]
        do throws(PairFailure) {
          let difference =
            isFlat(pair)
            ? try elements(run.range, of: pair, files, bench)
            : try rows(run.range, of: pair, files, bench)
          collector.add(difference, of: run.pair, number: run.number)
        } catch {
          collector.fail(run.pair, problem(error, of: pair))
        }
      }
    }
  }

  private var runs: [Run] {
    pairs.enumerated().flatMap { index, pair -> [Run] in
      let (length, step): (Int, Int) =
        isFlat(pair) ? (pair.count, Self.runLength) : (pair.other.rows, bandRows(pair))
      return stride(from: 0, to: length, by: step).enumerated().map { number, start in
        Run(pair: index, number: number, range: start..<min(start + step, length))
      }
    }
  }

  /// Whether both sides are plain runs of elements in the same order.
  private func isFlat(_ pair: ReadingPair) -> Bool {
    guard pair.order == .same, pair.reference.conversion == .none,
      pair.other.conversion == .none
    else { return false }
    if case (.plain, .plain) = (pair.reference.reading.decoder, pair.other.reading.decoder) {
      return true
    }
    return false
  }

  /// Rows of a band: whole heads where they are permuted.
  private func bandRows(_ pair: ReadingPair) -> Int {
    let rows = max(1, Self.runLength / max(1, pair.other.columns))
    if let block = pair.order.blockRows { return max(1, rows / block) * block }
    switch pair.order {
    case .same, .ungrouped, .grouped, .repeated, .selected: return rows
    case .interleaved(let head), .separated(let head): return max(1, rows / head) * head
    // Every band reads the reference anew, so it should be high.
    case .transposed:
      let most = Self.transposedBandLength / max(1, pair.other.columns)
      return max(rows, min(most, Self.transposedBandRows))
    }
  }

  private static let transposedBandRows = 1024
  private static let transposedBandLength = 1 << 23

  private func rawByteCount(_ pair: ReadingPair) -> Int {
    func bytes(_ side: ReadingPair.Side) -> Int {
      if case .plain(let type) = side.reading.decoder {
        ElementReader.rawByteCount(of: type)
      } else {
        0
      }
    }
    return max(bytes(pair.reference), bytes(pair.other))
  }

  /// Bytes of both sides.
  private func byteCount(_ pair: ReadingPair) -> Int {
    func bytes(_ side: ReadingPair.Side, _ model: Model) -> Int {
      let rows = ReadingPair.Side(side.reading).rows
      return Int(
        Double(model.tensors[side.reading.tensor].byteCount) * Double(side.rows)
          / Double(max(1, rows)))
    }
    return bytes(pair.reference, reference) + bytes(pair.other, other)
  }

  private func problem(_ failure: PairFailure, of pair: ReadingPair) -> Problem {
    switch failure.side {
    case .reference:
      failure.failure.problem(of: reference.tensors[pair.reference.reading.tensor], in: reference)
    case .other: failure.failure.problem(of: other.tensors[pair.other.reading.tensor], in: other)
    }
  }
}

/// A failure and whose it is.
struct PairFailure: Error {
  enum Side { case reference, other }
  var side: Side
  var failure: ReadFailure

  static func of<Value>(
    _ side: Side, _ body: () throws(ReadFailure) -> Value
  ) throws(PairFailure) -> Value {
    do throws(ReadFailure) { return try body() } catch {
      throw PairFailure(side: side, failure: error)
    }
  }
}

extension Model {
  /// The files of all parts; `nil` for one that cannot be opened.
  func openFiles() -> [FileReader?] { parts.map { try? FileReader(path: $0.path) } }
}

// MARK: - Runs

extension Comparison {
  private typealias Files = (reference: [FileReader?], other: [FileReader?])

  /// Buffers of one worker.
  private final class Bench {
    let rawA, rawB: UnsafeMutableRawBufferPointer
    let floatsA, floatsB: UnsafeMutableBufferPointer<Float>

    init(rawByteCount: Int) {
      rawA = .allocate(byteCount: rawByteCount, alignment: 64)
      rawB = .allocate(byteCount: rawByteCount, alignment: 64)
      floatsA = .allocate(capacity: Comparison.tileLength)
      floatsB = .allocate(capacity: Comparison.tileLength)
    }

    deinit {
      rawA.deallocate()
      rawB.deallocate()
      floatsA.deallocate()
      floatsB.deallocate()
    }
  }

  /// A run of elements of two plain readings.
  private func elements(
    _ range: Range<Int>, of pair: ReadingPair, _ files: Files, _ bench: Bench
  ) throws(PairFailure) -> Difference {
    let sideA = pair.reference
    let sideB = pair.other
    guard case .plain(let typeA) = sideA.reading.decoder,
      case .plain(let typeB) = sideB.reading.decoder
    else { return Difference() }
    let a = try PairFailure.of(.reference) { () throws(ReadFailure) in
      try ElementReader(
        reference.tensors[sideA.reading.tensor], as: typeA, of: reference, files: files.reference,
        raw: bench.rawA)
    }
    let b = try PairFailure.of(.other) { () throws(ReadFailure) in
      try ElementReader(
        other.tensors[sideB.reading.tensor], as: typeB, of: other, files: files.other,
        raw: bench.rawB)
    }
    let firstA = sideA.firstRow * sideA.columns
    let firstB = sideB.firstRow * sideB.columns
    var sums = pair_sums()
    var wide = Difference()
    for start in stride(
      from: range.lowerBound, to: range.upperBound, by: ElementReader.mostElements)
    {
      let end = min(start + ElementReader.mostElements, range.upperBound)
      let rangeA = firstA + start..<firstA + end
      let rangeB = firstB + start..<firstB + end
      if a.isWide || b.isWide {
        wide.merge(try compareWide(a, rangeA, b, rangeB))
        continue
      }
      try PairFailure.of(.reference) { () throws(ReadFailure) in try a.load(rangeA) }
      try PairFailure.of(.other) { () throws(ReadFailure) in try b.load(rangeB) }
      for tile in stride(from: start, to: end, by: Self.tileLength) {
        let tileEnd = min(tile + Self.tileLength, end)
        a.decode(firstA + tile..<firstA + tileEnd, of: rangeA, into: bench.floatsA)
        b.decode(firstB + tile..<firstB + tileEnd, of: rangeB, into: bench.floatsB)
        compare_f32(bench.floatsA.baseAddress, bench.floatsB.baseAddress, tileEnd - tile, &sums)
      }
    }
    var difference = Difference(sums, count: range.count - wide.count)
    difference.merge(wide)
    return difference
  }

  /// A band of rows of the other and what belongs to them.
  private func rows(
    _ rows: Range<Int>, of pair: ReadingPair, _ files: Files, _ bench: Bench
  ) throws(PairFailure) -> Difference {
    var a = try PairFailure.of(.reference) { () throws(ReadFailure) in
      try RowReader(pair.reference, model: reference, files: files.reference, raw: bench.rawA)
    }
    var b = try PairFailure.of(.other) { () throws(ReadFailure) in
      try RowReader(pair.other, model: other, files: files.other, raw: bench.rawB)
    }
    let columns = pair.other.columns
    let valuesA = UnsafeMutableBufferPointer<Float>.allocate(capacity: rows.count * columns)
    let valuesB = UnsafeMutableBufferPointer<Float>.allocate(capacity: rows.count * columns)
    defer {
      valuesA.deallocate()
      valuesB.deallocate()
    }
    try PairFailure.of(.other) { () throws(ReadFailure) in try b.read(rows, into: valuesB) }
    try PairFailure.of(.reference) { () throws(ReadFailure) in
      if pair.order == .transposed {
        try columnsOfRows(rows, &a, pair.reference, into: valuesA)
      } else if let block = pair.order.blockRows {
        for row in stride(from: 0, to: rows.count, by: block) {
          let first = pair.order.referenceRow(rows.lowerBound + row)
          try a.read(
            first..<first + min(block, rows.count - row),
            into: UnsafeMutableBufferPointer(rebasing: valuesA[(row * columns)...]))
        }
      } else {
        // A permutation stays within heads, and a band holds whole ones.
        try a.read(rows, into: valuesA)
      }
    }
    if [pair.reference.conversion, pair.other.conversion].contains(.negatedExponential) {
      // Libraries differ in the last places of an exponential.
      for index in valuesA.indices
      where (valuesA[index] - valuesB[index]).magnitude <= valuesB[index].magnitude * 0x1p-21 {
        valuesA[index] = valuesB[index]
      }
    }
    var sums = pair_sums()
    guard let startA = valuesA.baseAddress, let startB = valuesB.baseAddress else {
      return Difference()
    }
    for row in 0..<rows.count {
      let isInPlace = pair.order == .transposed || pair.order.blockRows != nil
      let rowA =
        isInPlace ? row : pair.order.referenceRow(rows.lowerBound + row) - rows.lowerBound
      guard (0..<rows.count).contains(rowA) else { continue }
      compare_f32(startA + rowA * columns, startB + row * columns, columns, &sums)
    }
    return Difference(sums, count: rows.count * columns)
  }

  /// The reference's columns of a range, each as a row.
  private func columnsOfRows(
    _ columns: Range<Int>, _ reader: inout RowReader, _ side: ReadingPair.Side,
    into values: UnsafeMutableBufferPointer<Float>
  ) throws(ReadFailure) {
    let step = max(reader.preferredRowCount, ElementReader.mostElements / max(1, side.columns), 1)
    let block = UnsafeMutableBufferPointer<Float>.allocate(
      capacity: min(step, side.rows) * side.columns)
    defer { block.deallocate() }
    for first in stride(from: 0, to: side.rows, by: step) {
      let part = first..<min(first + step, side.rows)
      try reader.read(part, into: block)
      for row in part {
        let start = (row - first) * side.columns
        for column in columns {
          values[(column - columns.lowerBound) * side.rows + row] = block[start + column]
        }
      }
    }
  }
}

// MARK: - Results

extension Comparison {
  /// Gathers the runs of each pair and reports it when the last is there.
  private final class Collector: Sendable {
    private struct State {
      var parts: [[Difference?]]
      var missing: [Int]
      var failed: Set<Int> = []
      var bytesRead = 0.0
      var lastProgress = ContinuousClock.now
    }

    private let state: Mutex<State>
    private let bytesPerWeight: [Double]
    private let bytesInAll: Int
    private let handler: @Sendable (Event) -> Void

    init(
      runCounts: [Int], bytesPerWeight: [Double], bytesInAll: Int,
      handler: @escaping @Sendable (Event) -> Void
    ) {
      state = Mutex(
        State(
          parts: runCounts.map { Array(repeating: nil, count: $0) }, missing: runCounts))
      self.bytesPerWeight = bytesPerWeight
      self.bytesInAll = bytesInAll
      self.handler = handler
    }

    func hasFailed(_ pair: Int) -> Bool { state.withLock { $0.failed.contains(pair) } }

    func add(_ difference: Difference, of pair: Int, number: Int) {
      state.withLock { state in
        state.parts[pair][number] = difference
        state.missing[pair] -= 1
        state.bytesRead += Double(difference.count) * bytesPerWeight[pair]
        if state.missing[pair] == 0 {
          var sum = Difference()
          for case let part? in state.parts[pair] { sum.merge(part) }
          state.parts[pair] = []
          handler(.compared(index: pair, sum))
        }
        let now = ContinuousClock.now
        if now - state.lastProgress > .milliseconds(50) {
          state.lastProgress = now
          handler(
            .progress(Scan.Progress(bytesRead: Int(state.bytesRead), bytesInAll: bytesInAll)))
        }
      }
    }

    func fail(_ pair: Int, _ problem: Problem) {
      state.withLock { state in
        if state.failed.insert(pair).inserted { handler(.failed(index: pair, problem)) }
      }
    }
  }
}
