/// Numbers as a reader takes them in at a glance; `–` stands for one that does not exist.
enum Numbers {
  static let missing = "–"

  /// 1,234,567.
  static func grouped(_ value: Int) -> String {
    var result = ""
    for (index, digit) in String(value.magnitude).reversed().enumerated() {
      if index > 0, index % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return (value < 0 ? "-" : "") + String(result.reversed())
  }

  /// A count in three digits: 7.24B (thousand millions), 125M, 4.1K, 96.
  static func count(_ value: Int) -> String {
    scaled(Double(value), step: 1000, units: ["", "K", "M", "B", "T"], separator: "")
  }

  /// A size in three digits and binary units: 3.91 GiB.
  static func bytes(_ value: Int) -> String {
    scaled(
      Double(value),
      step: 1024,
      units: ["B", "KiB", "MiB", "GiB", "TiB", "PiB"],
      separator: " "
    )
  }

  /// A share of 0…1 in percent; 0 and 100 only where exactly none or all.
  static func percent(_ share: Double?) -> String {
    guard let share, share.isFinite else { return missing }
    if share == 0 { return "0 %" }
    if share == 1 { return "100 %" }
    if share > 0, share < 0.001 { return "<0.1 %" }
    if share < 1, share > 0.999 { return ">99.9 %" }
    return fixed(share * 100, decimals: 1) + " %"
  }

  /// A confidence of 0…1 in whole percent.
  static func confidence(_ share: Double) -> String {
    guard share.isFinite else { return missing }
    return "\(Int((min(max(share, 0), 1) * 100).rounded())) %"
  }

  /// Bits of a weight: 16, 4.35.
  static func bits(_ value: Double?) -> String {
    guard let value, value.isFinite else { return missing }
    let text = fixed(value, decimals: 2)
    return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
  }

  /// Four significant digits: 0.01234, -12.35, 1.234e-07.
  static func short(_ value: Double?) -> String {
    guard let value, value.isFinite else { return missing }
    if value == 0 { return "0" }
    var exponent = decimalExponent(value.magnitude)
    if exponent >= -3, exponent <= 6 {
      return trimmed(fixed(value, decimals: max(3 - exponent, 0)))
    }
    var digits = value / powerOfTen(exponent)
    // Rounding may carry into another digit.
    if fixed(digits.magnitude, decimals: 3).hasPrefix("10") {
      exponent += 1
      digits = value / powerOfTen(exponent)
    }
    let sign = exponent < 0 ? "-" : "+"
    let magnitude = String(exponent.magnitude)
    return fixed(digits, decimals: 3) + "e" + sign + (magnitude.count < 2 ? "0" : "") + magnitude
  }

  /// A duration in its two largest units: 2 h 05 min, 1 min 20 s, 8 s.
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return missing }
    let whole = Int(min(seconds.rounded(.up), 1e9))
    func two(_ value: Int) -> String { (value < 10 ? "0" : "") + String(value) }
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(two(whole % 60)) s" }
    return "\(whole / 3600) h \(two(whole / 60 % 60)) min"
  }

  /// A number with a fixed count of digits behind the point.
  static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
    let factor = powerOfTen(decimals)
    let scaled = (value.magnitude * factor).rounded()
    guard scaled < 9e18 else { return "\(value)" }
    let digits = String(Int(scaled))
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + digits }
    let padded = String(repeating: "0", count: max(decimals + 1 - digits.count, 0)) + digits
    return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }

  private static func scaled(
    _ value: Double,
    step: Double,
    units: [String],
    separator: String
  ) -> String {
    var value = value
    var unit = 0
    // 999.5 would be written as 1000.
    while value >= (unit == 0 ? step : min(step, 999.5)), unit + 1 < units.count {
      value /= step
      unit += 1
    }
    let decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
    return fixed(value, decimals: decimals) + separator + units[unit]
  }

  /// Without zeros at the end of the digits behind the point.
  private static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var text = text
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text
  }

  /// The position of the first digit: 0 for 1…9.99, −1 for 0.1….
  private static func decimalExponent(_ magnitude: Double) -> Int {
    var exponent = 0
    var value = magnitude
    while value >= 10 {
      value /= 10
      exponent += 1
    }
    while value < 1 {
      value *= 10
      exponent -= 1
    }
    return exponent
  }

  private static func powerOfTen(_ exponent: Int) -> Double {
    var result = 1.0
    for _ in 0..<exponent.magnitude { result *= 10 }
    return exponent < 0 ? 1 / result : result
  }
}
