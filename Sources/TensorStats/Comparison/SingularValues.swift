/// The singular values of a matrix, descending.
///
/// They are the roots of the eigenvalues of A·Aᵀ, found by Householder's reduction to a tridiagonal
/// matrix and QL iteration with implicit shifts (Golub and Van Loan, "Matrix Computations", 8.3), so
/// those below about 10⁻⁸ of the greatest are noise. Takes rows² · (rows + columns) operations: meant for
/// samples of some hundred rows.
///
/// - Parameters:
///   - matrix: row by row.
///   - rows: no more than columns, else the matrix is taken as its transpose.
/// - Returns: `nil` for a matrix with something that is not finite.
public func singularValues(_ matrix: [Double], rows: Int, columns: Int) -> [Double]? {
  guard rows > 0, columns > 0, matrix.count == rows * columns, matrix.allSatisfy(\.isFinite) else {
    return nil
  }
  if rows > columns {
    var transpose = [Double](repeating: 0, count: matrix.count)
    for row in 0..<rows {
      for column in 0..<columns { transpose[column * rows + row] = matrix[row * columns + column] }
    }
    return singularValues(transpose, rows: columns, columns: rows)
  }
  // Scaled, so that squares stay within the range of exponents.
  let greatest = matrix.reduce(0) { max($0, $1.magnitude) }
  guard greatest > 0 else { return Array(repeating: 0, count: rows) }
  var gram = [Double](repeating: 0, count: rows * rows)
  matrix.map { $0 / greatest }.withUnsafeBufferPointer { matrix in
    guard let start = matrix.baseAddress else { return }
    for i in 0..<rows {
      for j in 0...i {
        let product = dot(start + i * columns, start + j * columns, columns)
        gram[i * rows + j] = product
        gram[j * rows + i] = product
      }
    }
  }
  var (diagonal, side) = tridiagonal(&gram, rows)
  return eigenvalues(&diagonal, &side).map { max(0, $0).squareRoot() * greatest }.sorted(by: >)
}

/// The sum of products, in eight lanes.
private func dot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
  var lanes = SIMD8<Double>()
  var index = 0
  while index + 8 <= count {
    let x = UnsafeRawPointer(a + index).loadUnaligned(as: SIMD8<Double>.self)
    lanes += x * UnsafeRawPointer(b + index).loadUnaligned(as: SIMD8<Double>.self)
    index += 8
  }
  var sum = lanes.sum()
  while index < count {
    sum += a[index] * b[index]
    index += 1
  }
  return sum
}

/// Reduces a symmetric matrix to its diagonal and the one beside it.
private func tridiagonal(_ matrix: inout [Double], _ n: Int) -> ([Double], [Double]) {
  var diagonal = [Double](repeating: 0, count: n)
  var side = [Double](repeating: 0, count: n)
  let work = UnsafeMutablePointer<Double>.allocate(capacity: 2 * n)
  work.initialize(repeating: 0, count: 2 * n)
  defer { work.deallocate() }
  let (vector, product) = (work, work + n)
  matrix.withUnsafeMutableBufferPointer { matrix in
    guard let a = matrix.baseAddress else { return }
    for k in 0..<max(0, n - 2) {
      let first = k + 1
      let count = n - first
      diagonal[k] = a[k * n + k]
      // The matrix is symmetric: its column is the row from here on.
      let row = a + k * n + first
      let norm = dot(row, row, count).squareRoot()
      guard norm > 0 else { continue }
      let alpha = row[0] > 0 ? -norm : norm
      side[k] = alpha
      for i in 0..<count { vector[i] = row[i] }
      vector[0] -= alpha
      let length = dot(vector, vector, count)
      guard length > 0 else { continue }
      // A ← H·A·H with H = 1 − 2·v·vᵀ/|v|².
      for i in 0..<count {
        product[i] = 2 * dot(a + (first + i) * n + first, vector, count) / length
      }
      let overlap = dot(vector, product, count) / length
      for i in 0..<count { product[i] -= overlap * vector[i] }
      for i in 0..<count {
        let target = a + (first + i) * n + first
        let (x, y) = (vector[i], product[i])
        for j in 0..<count { target[j] -= x * product[j] + y * vector[j] }
      }
    }
    if n >= 2 {
      diagonal[n - 2] = a[(n - 2) * n + n - 2]
      side[n - 2] = a[(n - 1) * n + n - 2]
    }
    diagonal[n - 1] = a[n * n - 1]
  }
  return (diagonal, side)
}

/// The eigenvalues of a symmetric tridiagonal matrix.
private func eigenvalues(_ d: inout [Double], _ e: inout [Double]) -> [Double] {
  let n = d.count
  for l in 0..<n {
    // Convergence takes two or three steps; the limit is for what cannot happen.
    for _ in 0..<60 {
      var m = l
      while m < n - 1, e[m].magnitude > .ulpOfOne * (d[m].magnitude + d[m + 1].magnitude) { m += 1 }
      if m == l { break }
      var g = (d[l + 1] - d[l]) / (2 * e[l])
      var r = (g * g + 1).squareRoot()
      g = d[m] - d[l] + e[l] / (g + (g >= 0 ? r : -r))
      var (s, c, p) = (1.0, 1.0, 0.0)
      var isSplit = false
      for i in stride(from: m - 1, through: l, by: -1) {
        let f = s * e[i]
        let b = c * e[i]
        r = (f * f + g * g).squareRoot()
        e[i + 1] = r
        if r == 0 {
          d[i + 1] -= p
          e[m] = 0
          isSplit = true
          break
        }
        s = f / r
        c = g / r
        g = d[i + 1] - p
        r = (d[i] - g) * s + 2 * c * b
        p = s * r
        d[i + 1] = g + p
        g = c * r - b
      }
      if isSplit { continue }
      d[l] -= p
      e[l] = g
      e[m] = 0
    }
  }
  return d
}
