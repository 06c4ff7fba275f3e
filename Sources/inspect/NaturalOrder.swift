/// Whether a name comes before another with the numbers in both compared by their value: `2` before
/// `10`.
func isNaturallyBefore(_ a: String, _ b: String) -> Bool {
  var (first, second) = (Array(a.utf8)[...], Array(b.utf8)[...])
  while let x = first.first, let y = second.first {
    let (m, n) = (digits(of: first), digits(of: second))
    if !m.isEmpty, !n.isEmpty {
      // Without leading zeros the longer number is the greater one.
      let (p, q) = (m.drop { $0 == UInt8(ascii: "0") }, n.drop { $0 == UInt8(ascii: "0") })
      if p.count != q.count { return p.count < q.count }
      if !p.elementsEqual(q) { return p.lexicographicallyPrecedes(q) }
      first = first.dropFirst(m.count)
      second = second.dropFirst(n.count)
    } else if x != y {
      return x < y
    } else {
      first = first.dropFirst()
      second = second.dropFirst()
    }
  }
  return first.count != second.count ? first.count < second.count : a < b
}

private func digits(of text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  text.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
}
