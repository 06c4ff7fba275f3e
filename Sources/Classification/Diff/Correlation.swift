/// Pearson's coefficient of correlation; `nil` where one of the two does not vary.
func correlation(_ a: [Float], _ b: [Float]) -> Double? {
  guard let x = standardized(a), let y = standardized(b), x.count == y.count else { return nil }
  return dot(x, y)
}

/// Values less their mean, as a vector of length 1; `nil` where they do not vary or are not finite.
func standardized(_ values: [Float]) -> [Double]? {
  guard values.count > 1 else { return nil }
  let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
  let squares = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
  let length = squares.squareRoot()
  guard length.isFinite, length > 0 else { return nil }
  return values.map { (Double($0) - mean) / length }
}

/// The sum of products of as many numbers as both have.
func dot(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for index in 0..<min(a.count, b.count) { sum += a[index] * b[index] }
  return sum
}
