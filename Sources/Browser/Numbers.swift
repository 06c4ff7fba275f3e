import Report

/// Numbers as the terminal writes them; `–` stands for one that does not exist.
enum Numbers {
  static let missing = "–"

  /// A share of 0…1 in percent.
  static func percent(_ share: Double?) -> String { share.map(Format.percent) ?? missing }

  /// The share that a count has of another; `nil` where there is nothing to have a share of.
  static func share(_ part: Int, of whole: Int) -> Double? {
    whole > 0 ? Double(part) / Double(whole) : nil
  }

  /// A confidence of 0…1 in whole percent.
  static func confidence(_ share: Double) -> String {
    guard share.isFinite else { return missing }
    return "\(Int((min(max(share, 0), 1) * 100).rounded())) %"
  }

  /// Bits of a weight: 16, 4.35.
  static func bits(_ value: Double?) -> String {
    guard let value, value.isFinite else { return missing }
    let text = Format.decimal(value, places: 2)
    return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
  }

  /// A value in four significant digits.
  static func value(_ value: Double?) -> String { value.map(Format.number) ?? missing }

  /// A value in four significant digits, or whole where it has no more than ten.
  static func exact(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e10 ? "\(Int(value))" : Format.number(value)
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
}
