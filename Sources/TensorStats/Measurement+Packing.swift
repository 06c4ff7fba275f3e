/// Numbers one behind the other, small ones in few bytes.
struct PackedNumbers {
  var bytes: [UInt8]

  /// Seven bits in a byte, the lowest first; the eighth says whether more follow (LEB128).
  mutating func add(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  mutating func add(_ value: Int) { add(UInt64(bitPattern: Int64(value))) }

  /// The last bits of round numbers are zero, so those come at the top.
  mutating func add(_ value: Double) { add(value.bitPattern.byteSwapped) }

  mutating func add(_ value: Scalar) {
    switch value {
    case .integer(let number):
      add(1)
      add(UInt64(truncatingIfNeeded: number))
      add(UInt64(truncatingIfNeeded: number >> 64))
    case .real(let number):
      add(0)
      add(number)
    }
  }

  mutating func add<Value>(_ values: [Value], _ addValue: (inout Self, Value) -> Void) {
    add(values.count)
    for value in values { addValue(&self, value) }
  }

  mutating func add(_ values: [Int]) { add(values) { $0.add($1) } }
  mutating func add(_ values: [Double]) { add(values) { $0.add($1) } }

  mutating func add<Value>(_ value: Value?, _ addValue: (inout Self, Value) -> Void) {
    add(value == nil ? 0 : 1)
    if let value { addValue(&self, value) }
  }

  /// Reads numbers in the order in which they were added.
  struct Reader {
    private var rest: UnsafeRawBufferPointer.SubSequence

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

    mutating func word() -> UInt64 {
      var value: UInt64 = 0
      var shift: UInt64 = 0
      while let byte = rest.popFirst() {
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { break }
        shift += 7
      }
      return value
    }

    mutating func integer() -> Int { Int(truncatingIfNeeded: word()) }
    mutating func double() -> Double { Double(bitPattern: word().byteSwapped) }

    mutating func scalar() -> Scalar {
      guard word() == 1 else { return .real(double()) }
      let low = Int128(word())
      return .integer(Int128(Int64(bitPattern: word())) << 64 | low)
    }

    mutating func array<Value>(_ value: (inout Self) -> Value) -> [Value] {
      let count = integer()
      var values: [Value] = []
      values.reserveCapacity(count)
      for _ in 0..<count { values.append(value(&self)) }
      return values
    }

    mutating func byteArray() -> [UInt8] {
      let count = integer()
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }

    mutating func integers() -> [Int] { array { $0.integer() } }
    mutating func doubles() -> [Double] { array { $0.double() } }

    mutating func optional<Value>(_ value: (inout Self) -> Value) -> Value? {
      word() == 1 ? value(&self) : nil
    }
  }
}

extension Measurement {
  /// Adds all that is needed to have it again.
  func pack(into numbers: inout PackedNumbers) {
    numbers.add(coverage)
    for value in [count, zeros, nans, infinities] { numbers.add(value) }
    numbers.add(zeroShareInterval) {
      $0.add($1.lowerBound)
      $0.add($1.upperBound)
    }
    numbers.add(nearZeros) { $0.add($1) }
    for value in [minimum, maximum] { numbers.add(value) { $0.add($1) } }
    for value in [mean, standardDeviation] { numbers.add(value) { $0.add($1) } }
    numbers.add(quantiles) { $0.add($1) }
    numbers.add(distinct) { $0.add($1) }
    numbers.add(entropyBits) { $0.add($1) }
    for value in [zeroRows, zeroColumns] { numbers.add(value) { $0.add($1) } }
    for histogram in [linearHistogram, magnitudeHistogram] {
      numbers.add(histogram) {
        $0.add($1.edges)
        $0.add($1.counts)
      }
    }
    numbers.add(lossless) { $1.pack(into: &$0) }
    numbers.add(codes) { $0.add($1) }
    numbers.add(gap) {
      $0.add($1.percentileOverMedian)
      $0.add($1.smallestOverMedian)
      $0.add($1.kurtosis) { $0.add($1) }
    }
    numbers.add(blockCodes) {
      for value in [$1.blocks, $1.median, $1.most] { $0.add(value) }
    }
    numbers.add(codeUse) { $0.add($1) }
    numbers.add(codesNearZero) { for value in [$1.zeros, $1.ones, $1.twos] { $0.add(value) } }
    numbers.add(structure) { $1.pack(into: &$0) }
  }

  /// Reads what was packed.
  init(_ numbers: inout PackedNumbers.Reader) {
    self.init()
    coverage = numbers.double()
    count = numbers.integer()
    zeros = numbers.integer()
    nans = numbers.integer()
    infinities = numbers.integer()
    zeroShareInterval = numbers.optional {
      let lower = $0.double()
      return lower...$0.double()
    }
    nearZeros = numbers.optional { $0.integer() }
    minimum = numbers.optional { $0.scalar() }
    maximum = numbers.optional { $0.scalar() }
    mean = numbers.optional { $0.double() }
    standardDeviation = numbers.optional { $0.double() }
    quantiles = numbers.optional { $0.doubles() }
    distinct = numbers.optional { $0.integer() }
    entropyBits = numbers.optional { $0.double() }
    zeroRows = numbers.optional { $0.integer() }
    zeroColumns = numbers.optional { $0.integer() }
    linearHistogram = numbers.optional { Histogram(edges: $0.doubles(), counts: $0.integers()) }
    magnitudeHistogram = numbers.optional { Histogram(edges: $0.doubles(), counts: $0.integers()) }
    lossless = numbers.optional { LosslessCounts(&$0) }
    codes = numbers.optional { $0.integers() }
    gap = numbers.optional {
      GapStatistics(
        percentileOverMedian: $0.double(), smallestOverMedian: $0.double(),
        kurtosis: $0.optional { $0.double() })
    }
    blockCodes = numbers.optional {
      BlockCodes(blocks: $0.integer(), median: $0.integer(), most: $0.integer())
    }
    codeUse = numbers.optional { $0.double() }
    codesNearZero = numbers.optional {
      CodesNearZero(zeros: $0.integer(), ones: $0.integer(), twos: $0.integer())
    }
    structure = numbers.optional { ZeroStructure(&$0) }
  }
}

extension LosslessCounts {
  fileprivate func pack(into numbers: inout PackedNumbers) {
    for value in [eligible, float32, bfloat16, float16, f8e4m3, f8e5m2] { numbers.add(value) }
    numbers.add(trailingZeros)
    numbers.add(distinctAtLeast)
  }

  fileprivate init(_ numbers: inout PackedNumbers.Reader) {
    self.init(
      eligible: numbers.integer(), float32: numbers.integer(), bfloat16: numbers.integer(),
      float16: numbers.integer(), f8e4m3: numbers.integer(), f8e5m2: numbers.integer(),
      trailingZeros: numbers.integers(), distinctAtLeast: numbers.integer())
  }
}

extension ZeroStructure {
  fileprivate func pack(into numbers: inout PackedNumbers) {
    numbers.add(rows)
    numbers.add(columns)
    numbers.add(zeroRows)
    numbers.add(zeroRowCount)
    numbers.add(zeroColumns)
    numbers.add(zeroColumnCount)
    numbers.add(zerosPerRow.mean)
    numbers.add(zerosPerRow.variance)
    numbers.add(rowDensity)
    numbers.add(groups) { numbers, counts in
      numbers.add(counts.n << 8 | counts.m << 2 | counts.axis.rawValue)
      numbers.add(counts.groups)
      // Small matrices have none of most patterns.
      guard counts.groups > 0 else { return }
      for value in [
        counts.compliant, counts.exact, counts.shiftedGroups, counts.shiftedCompliant,
      ] { numbers.add(value) }
    }
    numbers.add(tiles) {
      for value in [$1.rows, $1.columns, $1.tiles, $1.zeroTiles] { $0.add(value) }
    }
    numbers.add(map.rows)
    numbers.add(map.columns)
    numbers.add(map.densities.count)
    numbers.bytes += map.densities
  }

  fileprivate init(_ numbers: inout PackedNumbers.Reader) {
    self.init(
      rows: numbers.integer(), columns: numbers.integer(), zeroRows: numbers.integers(),
      zeroRowCount: numbers.integer(), zeroColumns: numbers.integers(),
      zeroColumnCount: numbers.integer(), zerosPerRow: (numbers.double(), numbers.double()),
      rowDensity: numbers.integers(),
      groups: numbers.array {
        let pattern = $0.integer()
        var counts = GroupCounts(
          n: pattern >> 8, m: pattern >> 2 & 63, axis: Axis(rawValue: pattern & 3) ?? .row,
          groups: $0.integer(), compliant: 0, exact: 0, shiftedGroups: 0, shiftedCompliant: 0)
        guard counts.groups > 0 else { return counts }
        counts.compliant = $0.integer()
        counts.exact = $0.integer()
        counts.shiftedGroups = $0.integer()
        counts.shiftedCompliant = $0.integer()
        return counts
      },
      tiles: numbers.array {
        TileCounts(
          rows: $0.integer(), columns: $0.integer(), tiles: $0.integer(), zeroTiles: $0.integer())
      },
      map: ZeroMap(
        rows: numbers.integer(), columns: numbers.integer(), densities: numbers.byteArray()))
  }
}
