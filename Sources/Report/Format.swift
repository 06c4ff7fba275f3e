/// Numbers as people read them.
public enum Format {
  /// Dimensions: `64×128`; `scalar` where there are none.
  public static func shape(_ shape: [some BinaryInteger]) -> String {
    shape.isEmpty ? "scalar" : shape.map { "\($0)" }.joined(separator: "×")
  }

  /// Thousands set off by commas: 8,030,261,248.
  public static func count(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }

  /// Bytes in decimal units, as hubs and disks count them: 16.1 GB.
  public static func bytes(_ value: Int) -> String {
    value < 1000
      ? "\(value) B" : scaled(Double(value), units: ["B", "kB", "MB", "GB", "TB", "PB", "EB"], " ")
  }

  /// Bytes in binary units, as memory is counted: 14.96 GiB.
  public static func gibibytes(_ value: Int) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var number = Double(value)
    var unit = 0
    while number >= 1023.995, unit < units.count - 1 {
      number /= 1024
      unit += 1
    }
    return "\(decimal(number, places: unit == 0 ? 0 : 2)) \(units[unit])"
  }

  /// Parameters in the field's units: 8.03B.
  public static func parameters(_ value: Int) -> String {
    value < 1000 ? "\(value)" : scaled(Double(value), units: ["", "K", "M", "B", "T", "Q"], "")
  }

  /// A share that is never rounded to none or all when it is neither.
  public static func percent(_ share: Double) -> String {
    guard share.isFinite else { return "–" }
    let percent = share * 100
    if percent == 0 { return "0 %" }
    if percent == 100 { return "100 %" }
    if percent > 0, percent < 0.01 { return "<0.01 %" }
    if percent < 100, percent > 99.99 { return ">99.99 %" }
    return decimal(percent, places: percent < 1 ? 2 : percent < 99 ? 1 : 2) + " %"
  }

  /// A number with a fixed count of decimal places.
  public static func decimal(_ value: Double, places: Int) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return number(value) }
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = (value.magnitude * scale).rounded()
    let whole = Int(scaled / scale)
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(whole)" }
    let fraction = String(Int(scaled - Double(whole) * scale))
    let zeros = String(repeating: "0", count: max(0, places - fraction.count))
    return "\(sign)\(whole).\(zeros)\(fraction)"
  }

  /// A round number as people write it, without zeros at its end: 0.0003, 0.02, 1e-05.
  public static func roundNumber(_ value: Double) -> String {
    var text = number(value)
    if text.contains("."), !text.contains("e") {
      while text.last == "0" { text.removeLast() }
      if text.last == "." { text.removeLast() }
    }
    return text.replacing(".00e", with: "e")
  }

  /// A value of any magnitude in at most four significant digits: 0.02137, 1.2e-08, 448.
  public static func number(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Inf" : "Inf" }
    if value == 0 { return "0" }
    let magnitude = value.magnitude
    if magnitude >= 1e-4, magnitude < 1e6 {
      if value == value.rounded() { return "\(Int(value))" }
      let places =
        magnitude >= 1000
        ? 1
        : magnitude >= 100
          ? 2
          : magnitude >= 10
            ? 2
            : magnitude >= 1
              ? 3 : magnitude >= 0.1 ? 4 : magnitude >= 0.01 ? 5 : magnitude >= 0.001 ? 6 : 7
      return decimal(value, places: places)
    }
    var exponent = 0
    var mantissa = magnitude
    while mantissa >= 10 {
      mantissa /= 10
      exponent += 1
    }
    while mantissa < 1 {
      mantissa *= 10
      exponent -= 1
    }
    return "\(value < 0 ? "-" : "")\(decimal(mantissa, places: 2))e\(exponent)"
  }

  /// A count and its noun: 1 tensor, 2 tensors.
  public static func quantity(_ count: Int, _ noun: String) -> String {
    "\(self.count(count)) \(noun)\(count == 1 ? "" : "s")"
  }

  private static func scaled(_ value: Double, units: [String], _ space: String) -> String {
    var value = value
    var unit = 0
    // 999.95 would be written as 1000.
    while value >= 999.5, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    let places = value >= 100 ? 0 : value >= 10 ? 1 : 2
    return "\(decimal(value, places: places))\(space)\(units[unit])"
  }
}
