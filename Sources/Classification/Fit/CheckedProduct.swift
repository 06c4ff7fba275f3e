/// The product of numbers that may be anything, for they come from a file.
///
/// - Returns: `nil` where one is negative or the product does not fit.
func checkedProduct(_ factors: Int...) -> Int? {
  var product = 1
  for factor in factors {
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    guard factor >= 0, !overflow else { return nil }
    product = next
  }
  return product
}

/// The sum of numbers that may be anything.
///
/// - Returns: `nil` where it does not fit.
func checkedSum(_ terms: Int...) -> Int? {
  var sum = 0
  for term in terms {
    let (next, overflow) = sum.addingReportingOverflow(term)
    guard !overflow else { return nil }
    sum = next
  }
  return sum
}
