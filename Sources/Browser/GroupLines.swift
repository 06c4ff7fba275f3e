import Report

extension Browser {
  /// Members of a group that are drawn, more than any window has lines.
  private static let memberLimit = 256

  /// What is known of a group of tensors.
  func groupLines(of index: Int, width: Int) -> [StyledLine] {
    let node = list.tree.nodes[index]
    let sums = list.sums[index]
    var lines = wrappedLines(groupName(node), to: width).prefix(4).map { StyledLine($0, .headline) }
    if node.memberCount > 0 {
      lines.append(StyledLine("\(node.memberCount) alike: the same names and shapes", .dim))
    }
    lines.append(.blank)
    func add(_ name: String, _ value: String) {
      lines.append(StyledLine(leftAligned(name, 14), .dim).adding(value))
    }
    add("tensors", Format.count(sums.tensors))
    add("parameters", Format.count(sums.parameters))
    add("size", Format.bytes(sums.bytes))
    if sums.parameters > 0 {
      add("bits/weight", Numbers.bits(Double(sums.bytes) * 8 / Double(sums.parameters)))
    }
    if sums.counts > 0 {
      let share = Double(sums.zeros) / Double(sums.counts)
      lines.append(
        StyledLine(leftAligned("zeros", 14), .dim).adding(
          Bars.horizontal(share, width: 20), Style.zeros(share)
        ).adding(" " + Numbers.percent(share), Style.zeros(share)))
    }
    // Its members side by side: a layer that differs is seen at once.
    var members: [Int] = []
    var child = index + 1
    while child < node.end, members.count < Self.memberLimit {
      members.append(child)
      child = max(list.tree.nodes[child].end, child + 1)
    }
    let shares = members.compactMap { member -> (Int, Double)? in
      let sums = list.sums[member]
      return sums.counts > 0 ? (member, Double(sums.zeros) / Double(sums.counts)) : nil
    }
    guard !shares.isEmpty else { return lines }
    lines += Self.heading("Zeros of each", width: width)
    let names = shares.map { groupName(list.tree.nodes[$0.0]) }
    let nameWidth = min(names.map(displayWidth).max() ?? 0, max(width / 3, 6))
    let barWidth = min(max(width - nameWidth - 10, 4), 40)
    for (name, (_, share)) in zip(names, shares) {
      lines.append(
        StyledLine(rightAligned(name, nameWidth) + " ", .dim).adding(
          Bars.horizontal(share, width: barWidth), Style.zeros(share)
        ).adding(" " + Numbers.percent(share), Style.zeros(share)))
    }
    return lines
  }
}
