public import Classification
public import TensorStats

// What was measured.

extension Report.Number {
  init(_ scalar: Scalar) {
    switch scalar {
    case .integer(let value): self = .integer(value)
    case .real(let value): self = .real(value)
    }
  }

  fileprivate var magnitude: Report.Number {
    switch self {
    case .integer(let value): .integer(value < 0 ? -value : value)
    case .real(let value): .real(value.magnitude)
    }
  }
}

extension Report.Histogram {
  /// A histogram of one kind.
  public init(kind: String, _ histogram: Histogram) {
    self.kind = kind
    edges = histogram.edges
    counts = histogram.counts
  }
}

extension Report.TensorMeasurement {
  /// A measurement as reports have it.
  ///
  /// - Parameter detail: what was judged of it; `nil` while other tensors are still measured.
  public init(_ measured: Measurement, detail: TensorDetail? = nil) {
    coverage = measured.coverage
    count = measured.count
    zeros = measured.zeros
    zeroFraction = share(measured.zeros, of: measured.count)
    nearZeroFraction = measured.nearZeros.flatMap { share($0, of: measured.count) }
    nans = measured.nans
    infinities = measured.infinities
    min = measured.minimum.map(Report.Number.init)
    max = measured.maximum.map(Report.Number.init)
    if let min, let max {
      let (low, high) = (min.magnitude, max.magnitude)
      absMax = low.double > high.double ? low : high
    }
    mean = finite(measured.mean)
    std = finite(measured.standardDeviation)
    quantiles = measured.quantiles.flatMap { values in
      guard values.count == Measurement.quantileShares.count else { return nil }
      return Report.Quantiles(
        q01: finite(values[0]), q05: finite(values[1]), q25: finite(values[2]),
        q50: finite(values[3]), q75: finite(values[4]), q95: finite(values[5]),
        q99: finite(values[6]))
    }
    distinct = measured.distinct
    entropyBits = finite(measured.entropyBits)
    zeroRows = measured.zeroRows
    zeroColumns = measured.zeroColumns
    // Powers of two suit weights of any scale; whole numbers have no other scale than their own.
    effectiveType = detail?.effectiveType
    nm = detail?.groups.map {
      Report.NM(
        n: $0.n, m: $0.m, axis: $0.axis.rawValue, compliance: $0.compliance, exact: $0.exact)
    }
    blocks = detail?.blocks.map {
      Report.Blocks(
        rows: $0.rows, columns: $0.columns, zeroShare: $0.zeroShare, explained: $0.explained)
    }
    histogram =
      measured.magnitudeHistogram.map { Report.Histogram(kind: "log2_magnitude", $0) }
      ?? measured.linearHistogram.map { Report.Histogram(kind: "linear", $0) }
  }
}

/// A share, `nil` of nothing.
func share(_ part: Int, of whole: Int) -> Double? {
  whole > 0 ? Double(part) / Double(whole) : nil
}

/// A number that JSON can hold.
func finite(_ value: Double?) -> Double? {
  value.flatMap { $0.isFinite ? $0 : nil }
}
