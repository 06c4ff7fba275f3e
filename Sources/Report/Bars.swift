/// Pictures of numbers in characters, for the terminal and for plain text alike.
///
/// All are drawn in block elements and braille; ``limited(_:to:)`` makes them fit a terminal that
/// lacks those.
public enum Bars {
  /// A bar of `fraction` of `width` columns, to an eighth of a column, padded with spaces.
  ///
  /// A fraction above 0 always shows at least an eighth, one below 1 never fills the last eighth.
  public static func horizontal(_ fraction: Double, width: Int) -> String {
    guard width > 0 else { return "" }
    let eighths = eighths(of: fraction, cells: width)
    let full = String(repeating: "█", count: eighths / 8)
    guard eighths % 8 > 0 else { return full + spaces(width - eighths / 8) }
    return full + leftEighths[eighths % 8 - 1] + spaces(width - eighths / 8 - 1)
  }

  /// One column for each value, its height relative to the greatest; a space where there is none.
  public static func sparkline(_ values: [Double]) -> String {
    columnChart(values, rows: 1).first ?? ""
  }

  /// Columns of `rows` characters height, one for each value, from the top row to the bottom row;
  /// heights are relative to the greatest value and to an eighth of a row.
  public static func columnChart(_ values: [Double], rows: Int) -> [String] {
    guard rows > 0 else { return [] }
    let greatest = values.reduce(0, max)
    let heights = values.map { value in
      greatest > 0 ? eighths(of: value / greatest, cells: rows) : 0
    }
    return (0..<rows).reversed().map { row in
      heights.map { height in
        let eighths = min(max(height - row * 8, 0), 8)
        return eighths == 0 ? " " : lowerEighths[eighths - 1]
      }.joined()
    }
  }

  /// Counts as `columns` values: neighbours are summed where there are more, repeated where fewer.
  public static func resampled(_ counts: [Int], to columns: Int) -> [Double] {
    guard columns > 0, !counts.isEmpty else { return [] }
    return (0..<columns).map { column in
      let start = column * counts.count / columns
      let end = max((column + 1) * counts.count / columns, start + 1)
      return counts[start..<end].reduce(0) { $0 + Double($1) }
    }
  }

  /// Heights for a logarithmic scale on which a single occurrence is still seen.
  public static func logarithmic(_ values: [Double]) -> [Double] {
    values.map { $0 > 0 ? log2Approximation($0) + 1 : 0 }
  }

  /// How many characters of a side let every cell have as many dots as its neighbours, or every dot
  /// as many cells: else a pattern shows that is in the rounding only.
  ///
  /// - Parameters:
  ///   - characters: the room, at least 1; taken whole where that would leave more than half of it
  ///     empty.
  ///   - dots: those of a character along this side.
  public static func wholeDots(_ cells: Int, characters: Int, dots: Int) -> Int {
    let room = characters * dots
    guard cells > 0, cells <= 1 << 16 else { return characters }
    let counts =
      cells <= room
      ? (1...room / cells).reversed().map { cells * $0 }
      : (cells / room...2 * cells / room).filter { cells % $0 == 0 }.map { cells / $0 }
    let fitting = counts.first { $0 % dots == 0 && $0 <= room && $0 * 2 >= room }
    return fitting.map { $0 / dots } ?? characters
  }

  /// A grid of shares (0 none … 255 all), row by row, in braille: 2 × 4 dots a character, dithered,
  /// so that the share of dots is the share in the grid.
  ///
  /// An empty cell has no dot and a full one all its dots, wherever the picture's size allows to see
  /// a single cell.
  public static func dotMap(
    _ shares: [UInt8],
    rows: Int,
    columns: Int,
    width: Int,
    height: Int
  ) -> [String] {
    guard rows > 0, columns > 0, shares.count == rows * columns, width > 0, height > 0 else {
      return []
    }
    let dotColumns = (0..<width * 2).map { span($0, of: width * 2, over: columns) }
    return (0..<height).map { line in
      var dots = [UInt32](repeating: 0, count: width)
      for dotRow in 0..<4 {
        let y = line * 4 + dotRow
        let rowSpan = span(y, of: height * 4, over: rows)
        for x in 0..<width * 2 {
          let share = mean(shares, rows: rowSpan, columns: dotColumns[x], stride: columns)
          if share > threshold[(y % 4) * 4 + x % 4] { dots[x / 2] |= brailleDots[dotRow][x % 2] }
        }
      }
      var text = String.UnicodeScalarView()
      for pattern in dots { text.append(Unicode.Scalar(0x2800 + pattern) ?? " ") }
      return String(text)
    }
  }

  /// The mean share of each of `height` × `width` characters, row by row, for colouring a
  /// ``dotMap(_:rows:columns:width:height:)``.
  public static func meanShares(
    _ shares: [UInt8],
    rows: Int,
    columns: Int,
    width: Int,
    height: Int
  ) -> [Double] {
    guard rows > 0, columns > 0, shares.count == rows * columns, width > 0, height > 0 else {
      return []
    }
    return (0..<height).flatMap { line in
      let rowSpan = span(line, of: height, over: rows)
      return (0..<width).map { column in
        mean(
          shares,
          rows: rowSpan,
          columns: span(column, of: width, over: columns),
          stride: columns
        )
          / 255
      }
    }
  }

  private static let leftEighths = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
  private static let lowerEighths = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// Bits of the dots of a braille character by row and column (Unicode, block 2800).
  private static let brailleDots: [[UInt32]] = [
    [0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80],
  ]

  /// Bayer's 4 × 4 matrix, spread over 0…255.
  private static let threshold: [Double] = [
    0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5,
  ].map { $0 * 254 / 15 }

  private static func eighths(of fraction: Double, cells: Int) -> Int {
    guard fraction > 0 else { return 0 }
    guard fraction < 1 else { return cells * 8 }
    return min(max(Int((fraction * Double(cells) * 8).rounded()), 1), cells * 8 - 1)
  }

  private static func span(_ index: Int, of parts: Int, over count: Int) -> Range<Int> {
    let start = index * count / parts
    return start..<max((index + 1) * count / parts, start + 1)
  }

  private static func mean(
    _ shares: [UInt8],
    rows: Range<Int>,
    columns: Range<Int>,
    stride: Int
  ) -> Double {
    var sum = 0
    for row in rows { for column in columns { sum += Int(shares[row * stride + column]) } }
    return Double(sum) / Double(rows.count * columns.count)
  }

  private static func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

  /// The logarithm to the base 2, linear between powers of two: enough for the height of a bar.
  private static func log2Approximation(_ value: Double) -> Double {
    Double(value.exponent) + value.significand - 1
  }
}
