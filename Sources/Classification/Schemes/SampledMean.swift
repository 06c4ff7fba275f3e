/// The mean of what codes that were read tell, and how far it may be off.
struct SampledMean {
  private(set) var count = 0.0
  private var sum = 0.0
  private var squares = 0.0

  mutating func add(_ value: Double) {
    count += 1
    sum += value
    squares += value * value
  }

  var mean: Double { sum / count }

  /// Five standard errors: by chance the mean is as far off once in a million times.
  var error: Double { 5 * max(0, (squares / count - mean * mean) / count).squareRoot() }
}
