/// What a cell means; the terminal's driver knows how that looks.
///
/// The raw value is the letter that stands for it in ``Screen/description``.
public enum Style: Character, CaseIterable, Sendable {
  case plain = "."
  /// The top line.
  case title = "t"
  /// The view in the top line that is shown.
  case tab = "T"
  /// The name of a section or a column.
  case heading = "h"
  /// The one sentence that matters most.
  case headline = "H"
  /// What supports other text: units, hints, lines.
  case dim = "d"
  /// A key to press.
  case key = "k"
  /// The row that keys act on.
  case selected = "s"
  /// Text that a search has found.
  case match = "m"
  /// A row that was marked.
  case marked = "M"
  /// A bar or a column of a chart.
  case bar = "b"
  /// The chosen column of a chart.
  case chosenBar = "B"
  case good = "g"
  case warning = "w"
  case error = "e"
  // Badges, one for each kind of model.
  case precisionBadge = "P"
  case quantizedBadge = "Q"
  case prunedBadge = "U"
  case sparseBadge = "S"
  case distilledBadge = "D"
  /// That a model is damaged.
  case errorBadge = "E"
  // Temperatures from nothing special to extreme.
  case heat0 = "0"
  case heat1 = "1"
  case heat2 = "2"
  case heat3 = "3"
  case heat4 = "4"
  case heat5 = "5"

  /// The temperature for a fraction 0…1; 0 itself is always the lowest.
  static func heat(_ fraction: Double) -> Style {
    guard fraction > 0 else { return .heat0 }
    let heats: [Style] = [.heat1, .heat2, .heat3, .heat4, .heat5]
    return heats[min(Int(min(fraction, 1) * Double(heats.count)), heats.count - 1)]
  }
}
