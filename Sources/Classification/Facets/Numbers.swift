/// A share as text with as many digits as it needs: `50.0 %`, `0.0012 %`.
func percent(_ part: Double, of whole: Double = 1) -> String {
  guard whole > 0 else { return "0 %" }
  let value = 100 * part / whole
  if value == 0 || value == 100 { return "\(Int(value)) %" }
  if value > 99.99 { return "over 99.99 %" }
  // Nearly all is not all.
  let digits = value >= 99.9 ? 2 : value >= 10 ? 1 : value >= 1 ? 2 : 3
  return "\(decimal(value, digits: digits)) %"
}

/// A number rounded to a few decimals without trailing zeros.
func decimal(_ value: Double, digits: Int = 2) -> String {
  guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
  // Small numbers keep two significant digits.
  var digits = digits
  var size = abs(value)
  while size > 0, size * power(digits) < 9.5, digits < 12 { digits += 1; size = abs(value) }
  let scaled = (value * power(digits)).rounded()
  let whole = Int(scaled.magnitude)
  let unit = Int(power(digits))
  var text = "\(whole / unit)"
  var fraction = String(whole % unit)
  fraction = String(repeating: "0", count: max(0, digits - fraction.count)) + fraction
  while fraction.last == "0" { fraction.removeLast() }
  if !fraction.isEmpty { text += "." + fraction }
  return (scaled < 0 ? "-" : "") + text
}

private func power(_ digits: Int) -> Double {
  var result = 1.0
  for _ in 0..<digits { result *= 10 }
  return result
}

/// A count in the units people use: `6.98 G`, `1.2 M`, `320`.
func inUnits(_ count: Int) -> String {
  let value = Double(count)
  return switch count {
  case 1_000_000_000_000...: "\(decimal(value / 1e12)) T"
  case 1_000_000_000...: "\(decimal(value / 1e9)) G"
  case 1_000_000...: "\(decimal(value / 1e6)) M"
  case 10_000...: "\(decimal(value / 1e3)) k"
  default: "\(count)"
  }
}

/// A size in decimal units, in three digits: `6.98 GB`, `201 kB`.
func inBytes(_ count: Int) -> String {
  var value = Double(count)
  var units = ["kB", "MB", "GB", "TB"][...]
  guard count >= 1000, var unit = units.popFirst() else { return "\(count) bytes" }
  value /= 1000
  while value >= 999.5, let next = units.popFirst() { (value, unit) = (value / 1000, next) }
  return "\(decimal(value, digits: value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)) \(unit)"
}

/// A number of things: `1 matrix`, `12 matrices`.
func counting(_ count: Int, _ one: String, _ many: String? = nil) -> String {
  "\(count) \(count == 1 ? one : many ?? one + "s")"
}

/// The article before a number of bits: `a 4-bit grid`, `an 8-bit grid`.
func article(_ number: Int) -> String { number == 8 ? "an" : "a" }
