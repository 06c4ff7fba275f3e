import CKernels

/// A worker's counters, allocated when first needed and all zero between tensors.
final class CounterTables {
  private var tables: [Int: UnsafeMutablePointer<UInt32>] = [:]
  private let keys: UnsafeMutablePointer<UInt32>
  private let counts: UnsafeMutablePointer<UInt64>
  /// Whether the tables of 16-bit patterns behind the first were used since the last collection.
  private var usesAll16 = false
  /// Whether the tables of 19-bit patterns were.
  private var uses19 = false

  init() {
    keys = .allocate(capacity: FloatBins.float64.binCount)
    counts = .allocate(capacity: FloatBins.float64.binCount)
  }

  deinit {
    for table in tables.values { table.deallocate() }
    keys.deallocate()
    counts.deallocate()
  }

  func table8() -> UnsafeMutablePointer<UInt32> { table(256 * Int(TABLES_8)) }
  func table16(repeats: Bool) -> UnsafeMutablePointer<UInt32> {
    if repeats { usesAll16 = true }
    return table(65536 * Int(TABLES_16))
  }
  func float32() -> UnsafeMutablePointer<UInt32> { table(Int(F32_TABLES * BINS + SUBNORMAL_BINS)) }
  func float64() -> UnsafeMutablePointer<UInt32> {
    table(FloatBins.float64.binCount + FloatBins.float64.subnormalCount)
  }

  /// How many zeros were counted so far among 16-bit patterns.
  ///
  /// - Parameter mask: the bits that are clear in a zero: all, or all but the sign.
  func zeros16(_ mask: UInt64) -> UInt32 {
    let table = table16(repeats: false)
    var zeros: UInt32 = 0
    for side in 0..<(usesAll16 ? Int(TABLES_16) : 1) {
      zeros &+= table[65536 * side]
      if mask & 0x8000 == 0 { zeros &+= table[65536 * side + 0x8000] }
    }
    return zeros
  }

  func table19() -> UnsafeMutablePointer<UInt32> {
    uses19 = true
    return table(Int(PATTERNS_19 * TABLES_19))
  }

  /// The counts of floats that end in 13 zero bits, by the bits before; clears them.
  ///
  /// - Parameter used: as for the other values.
  func collect19(_ used: [UInt32]?) -> CountList {
    guard uses19 else { return CountList() }
    uses19 = false
    return list(table(Int(PATTERNS_19 * TABLES_19)), Int(PATTERNS_19), Int(TABLES_19), used)
  }

  /// The counts of a kind of values; clears them.
  ///
  /// - Parameter used: the keys that were counted, in any order; `nil` where they are not known, and
  ///   all have to be looked at. Subnormal values need not be among them.
  func collect(_ kind: ValueKind, _ used: [UInt32]?) -> CountList {
    switch kind {
    case .codes8: return list(table8(), 256, Int(TABLES_8), nil)
    case .codes16:
      defer { usesAll16 = false }
      return list(table16(repeats: false), 65536, usesAll16 ? Int(TABLES_16) : 1, used)
    case .float32, .decoded, .int32, .uint32, .int64, .uint64:
      return list(float32(), FloatBins.float32, tables: Int(F32_TABLES), used)
    case .float64: return list(float64(), FloatBins.float64, tables: 1, used)
    case .complex: return CountList()
    }
  }

  private func table(_ size: Int) -> UnsafeMutablePointer<UInt32> {
    if let table = tables[size] { return table }
    let table = UnsafeMutablePointer<UInt32>.allocate(capacity: size)
    table.initialize(repeating: 0, count: size)
    tables[size] = table
    return table
  }

  private func list(
    _ counters: UnsafeMutablePointer<UInt32>, _ bins: FloatBins, tables: Int, _ used: [UInt32]?
  ) -> CountList {
    var result = list(counters, bins.binCount, tables, used?.filter { $0 < bins.binCount })
    let small = list(counters + tables * bins.binCount, bins.subnormalCount, 1, nil)
    result.keys += small.keys.map { $0 + UInt32(bins.binCount) }
    result.counts += small.counts
    return result
  }

  private func list(
    _ counters: UnsafeMutablePointer<UInt32>, _ size: Int, _ tables: Int, _ used: [UInt32]?
  ) -> CountList {
    if let used { return list(counters, size, tables, used: used) }
    let found = collect_counts(counters, size, tables, keys, counts)
    return CountList(
      keys: Array(UnsafeBufferPointer(start: keys, count: found)),
      counts: UnsafeBufferPointer(start: counts, count: found).map { Int($0) })
  }

  private func list(
    _ counters: UnsafeMutablePointer<UInt32>, _ size: Int, _ tables: Int, used: [UInt32]
  ) -> CountList {
    var result = CountList()
    for key in used.sorted() where key != result.keys.last {
      var count = 0
      for table in 0..<tables {
        count += Int(counters[table * size + Int(key)])
        counters[table * size + Int(key)] = 0
      }
      guard count > 0 else { continue }
      result.keys.append(key)
      result.counts.append(count)
    }
    return result
  }
}
