import ModelFile

extension GridEvidence.FP8Tiles {
  /// Of tiles of 128 × 128 values; `nil` where there are none.
  init?(_ tiles: [[Float]]) {
    let numbers = Self.numbers
    var counts: [Int] = []
    var near = 0
    var all = 0
    for tile in tiles {
      let largest = tile.reduce(0) { max($0, $1.magnitude) }
      guard largest > 0 else { continue }
      counts.append(GridEvidence.distinctCount(tile))
      let scale = Double(largest) / 448
      for value in tile where value != 0 {
        let scaled = Double(value.magnitude) / scale
        let place = numbers.firstIndex { $0 >= scaled } ?? numbers.count - 1
        let distance = min(
          (numbers[place] - scaled).magnitude, (scaled - numbers[max(0, place - 1)]).magnitude)
        // Both the value and the largest, from which the scale follows, were rounded to 16 bits.
        if distance <= scaled / 128 { near += 1 }
        all += 1
      }
    }
    guard !counts.isEmpty else { return nil }
    counts.sort()
    self.init(
      tiles: counts.count, medianDistinct: counts[counts.count / 2],
      mostDistinct: counts[counts.count - 1], share: Double(near) / Double(all))
  }

  /// The numbers of F8_E4M3 that are not negative, ascending.
  private static var numbers: [Double] {
    (ElementType.f8e4m3.valueTable ?? []).prefix(128).filter(\.isFinite).map { Double($0) }
  }
}

/// Values other than zero that a group must have: its largest fits by definition.
private let fewestGroupValues = 8

extension GridEvidence.CodebookFit {
  /// Of groups of values; `nil` where none has enough values other than zero.
  init?(_ codebook: GridEvidence.Codebook, _ windows: [ArraySlice<Float>], group: Int) {
    var near = 0
    var all = 0
    var groups = 0
    var nearZero = CodesNearZero()
    let entries = codebook.entries
    let zero = entries.firstIndex(of: 0) ?? 0
    for window in windows {
      let largest = window.reduce(0) { Swift.max($0, $1.magnitude) }
      let values = window.filter { $0 != 0 }
      guard values.count >= fewestGroupValues else { continue }
      groups += 1
      all += values.count
      let steps = codebook.largest.map { top in
        values.compactMap { value in
          let scaled = Double(value) / Double(largest) * top
          return entries.firstIndex { abs($0 - scaled) <= top / 256 }.map { $0 - zero }
        }
      }.max { $0.count < $1.count }
      near += steps?.count ?? 0
      nearZero.zeros += window.count - values.count
      for step in steps ?? [] where step != 0 { nearZero.add(step: step) }
    }
    guard groups > 0 else { return nil }
    self.init(
      codebook: codebook, group: group, groups: groups, share: Double(near) / Double(all),
      nearZero: nearZero)
  }
}

extension GridEvidence.Codebook {
  /// The entries.
  var entries: [Double] {
    switch self {
    case .nf4: Self.nf4Entries
    case .e2m1: Self.e2m1Entries
    }
  }

  /// What the largest magnitude of a group can be: E2M1 scales are rounded, so the largest value of a
  /// group need not get the largest code.
  var largest: [Double] {
    switch self {
    case .nf4: [1]
    case .e2m1: [6, 4, 3]
    }
  }

  /// bitsandbytes/functional.py (`create_normal_map`), QLoRA (arXiv 2305.14314) appendix E.
  private static let nf4Entries = [
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
    -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
    0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
    0.7229568362236023, 1.0,
  ]

  private static let e2m1Entries = [
    -6.0, -4, -3, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3, 4, 6,
  ]
}

extension GridEvidence.FewValues {
  /// Different values that are still few: ternary weights have three.
  private static let most = 3

  /// Of rows; `nil` where some row has more different values.
  init?(_ rows: [[Float]]) {
    var all: Set<Float> = []
    var mostOfRow = 0
    var areSymmetric = true
    var haveBothSigns = true
    var zeros = 0
    for row in rows {
      let values = Set(row.map { $0 + 0 })
      guard values.count <= Self.most else { return nil }
      mostOfRow = max(mostOfRow, values.count)
      areSymmetric = areSymmetric && Self.isSymmetric(values)
      haveBothSigns = haveBothSigns && Self.hasBothSigns(values)
      all.formUnion(values)
      zeros += row.reduce(0) { $0 + ($1 == 0 ? 1 : 0) }
    }
    let number = rows.reduce(0) { $0 + $1.count }
    guard number > 0 else { return nil }
    let isTensor = all.count <= Self.most
    self.init(
      scope: isTensor ? .tensor : .row, distinct: isTensor ? all.count : mostOfRow,
      isSymmetric: isTensor ? Self.isSymmetric(all) : areSymmetric,
      hasBothSigns: isTensor ? Self.hasBothSigns(all) : haveBothSigns,
      zeroShare: Double(zeros) / Double(number))
  }

  private static func hasBothSigns(_ values: Set<Float>) -> Bool {
    values.count { $0 < 0 } == 1 && values.count { $0 > 0 } == 1
  }

  /// Whether the values other than zero are one number and its negative.
  private static func isSymmetric(_ values: Set<Float>) -> Bool {
    let nonzero = values.filter { $0 != 0 }
    return nonzero.count <= 2 && nonzero.allSatisfy { nonzero.contains(-$0) }
  }
}

extension GridEvidence.GridResidual {
  /// Of groups whose largest magnitude is 127 steps; `nil` where none has enough values other than zero.
  init?(_ windows: [ArraySlice<Float>], group: Int?) {
    var squares = 0.0
    var near = 0
    var all = 0
    var groups = 0
    var nearZero = CodesNearZero()
    for window in windows {
      let largest = window.reduce(0) { max($0, $1.magnitude) }
      let zeros = window.count { $0 == 0 }
      // The largest are on the grid by definition, and clipping makes many of them.
      let values = window.filter { $0 != 0 && $0.magnitude < largest }
      guard values.count >= fewestGroupValues else { continue }
      groups += 1
      all += values.count
      nearZero.zeros += zeros
      for value in values {
        let steps = Double(value) / Double(largest) * 127
        let code = steps.rounded()
        // What is not zero is nowhere near the grid where its nearest point is zero.
        let distance = code == 0 ? 0.5 : steps - code
        if code != 0 { nearZero.add(step: Int(code)) }
        squares += distance * distance
        if distance.magnitude <= 1 / 16 { near += 1 }
      }
    }
    guard groups > 0 else { return nil }
    self.init(
      group: group, groups: groups, residual: (squares / Double(all)).squareRoot(),
      share: Double(near) / Double(all), nearZero: nearZero)
  }
}
