import ModelFile

/// The finite numbers that bit patterns stand for, in ascending order, with how often each occurs; and
/// how many patterns stand for none.
struct PatternCounts {
  /// Patterns of equal numbers (±0) are entries of their own.
  private(set) var finite: [(value: Double, pattern: UInt32, count: Int)] = []
  private(set) var nans = 0
  private(set) var infinities = 0

  /// Patterns of a type of at most 16 bits.
  init(_ list: CountList, of type: ElementType) {
    let table = type.valueTable ?? []
    let order = type == .f16 || type == .bf16 ? Self.signMagnitude(list, signBit: 15) : nil
    add(order ?? list) { type.number($0, table: table) }
    if order == nil { finite.sort { $0.value < $1.value } }
  }

  /// Floats that end in 13 zero bits, by the bits before.
  init(narrow list: CountList) {
    add(Self.signMagnitude(list, signBit: 18)) { Double(Float(bitPattern: $0 << 13)) }
  }

  private mutating func add(_ list: CountList, _ number: (UInt32) -> Double) {
    finite.reserveCapacity(list.keys.count)
    for (pattern, count) in zip(list.keys, list.counts) {
      let value = number(pattern)
      if value.isNaN {
        nans += count
      } else if value.isInfinite {
        infinities += count
      } else {
        finite.append((value, pattern, count))
      }
    }
  }

  /// The patterns in the order of their numbers: those with the sign bit from the largest magnitude
  /// down, then the others.
  private static func signMagnitude(_ list: CountList, signBit: Int) -> CountList {
    let split = list.keys.firstIndex { $0 >> UInt32(signBit) != 0 } ?? list.keys.count
    return CountList(
      keys: list.keys[split...].reversed() + list.keys[..<split],
      counts: list.counts[split...].reversed() + list.counts[..<split])
  }

  /// The values, ±0 as one.
  var values: ValueCounts {
    var values: [Double] = []
    var counts: [Int] = []
    values.reserveCapacity(finite.count)
    counts.reserveCapacity(finite.count)
    for entry in finite {
      if values.last == entry.value {
        counts[counts.count - 1] += entry.count
      } else {
        values.append(entry.value)
        counts.append(entry.count)
      }
    }
    return ValueCounts(values: values, counts: counts)
  }
}
