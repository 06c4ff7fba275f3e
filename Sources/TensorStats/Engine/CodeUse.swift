/// How many codes of groups with one step are used, and how many would be if the values of each two
/// neighbouring codes had fallen on either: codes that were fewer bits before leave out every second
/// one, or more.
struct CodeUse {
  private(set) var used: UInt64 = 0
  /// In 256ths.
  private(set) var expected: UInt64 = 0

  private var counts = [UInt8](repeating: 0, count: 256)

  /// Adds the codes of one group, −128 … 127; others are taken for the nearest of those.
  mutating func add(_ codes: some Sequence<Int>) {
    var (low, high) = (128, 128)
    for code in codes {
      let place = min(max(code, -128), 127) + 128
      (low, high) = (min(low, place), max(high, place))
      counts[place] &+= 1
    }
    // 1 shares its pair with zero, which has reasons of its own.
    for pair in (low / 2)...(high / 2) where pair != 64 {
      let (a, b) = (counts[2 * pair], counts[2 * pair + 1])
      let both = UInt64(a) + UInt64(b)
      guard both > 0 else { continue }
      used += (a > 0 ? 1 : 0) + (b > 0 ? 1 : 0)
      // 2 · (1 − 2⁻ⁿ) of n values.
      expected += 512 - 512 >> min(both, 10)
    }
    for place in (low & ~1)...(high | 1) { counts[place] = 0 }
  }
}
