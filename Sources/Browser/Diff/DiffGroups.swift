import Report

/// The numbers of tensors that have something in common.
extension DiffBrowser {
  /// A line of the groups, and the filter that lists its tensors.
  struct GroupRow: Sendable {
    var line: StyledLine
    var filter: String?
  }

  func drawGroups(on screen: inout Screen) {
    let body = bodyArea
    let rows = groupRows
    if rows.isEmpty {
      let text = report == nil ? "Nothing to add up before the end" : "No weights were compared"
      screen.put(text, row: body.row, column: 1, width: body.columns - 2, style: .dim)
    }
    for (offset, row) in rows.dropFirst(groups.top).prefix(body.rows).enumerated() {
      let isSelected = groups.top + offset == groups.selected
      screen.put(isSelected ? "›" : " ", row: body.row + offset, column: 0, style: .key)
      screen.draw(row.line, row: body.row + offset, column: 1, width: body.columns - 2)
    }
    screen.drawScrollBar(top: groups.top, total: rows.count, in: body)
  }

  var groupRows: [GroupRow] {
    guard let report else { return [] }
    let width = bodyArea.columns - 3
    func rows(
      _ title: String, _ groups: [DiffReport.Group], filter: (DiffReport.Group) -> String
    ) -> [GroupRow] {
      guard !groups.isEmpty else { return [] }
      let rule = String(repeating: "─", count: max(width - displayWidth(title) - 1, 0))
      return [GroupRow(line: StyledLine(title, .heading).adding(" " + rule, .dim))]
        + groups.map {
          GroupRow(line: groupLine($0, of: groups, width: width), filter: filter($0))
        }
    }
    return rows("Types", report.types, filter: Self.typeFilter)
      + rows("Roles", report.roles, filter: Self.roleFilter)
      + rows("Layers", report.layers) { "layer:" + $0.name }
  }

  /// What lists the tensors of two types.
  static func typeFilter(_ group: DiffReport.Group) -> String {
    "types:" + group.name.filter { $0 != " " }
  }

  /// What lists the tensors of a role.
  static func roleFilter(_ group: DiffReport.Group) -> String { "role:" + group.name }

  /// A group with a bar for its error among those of its siblings.
  func groupLine(_ group: DiffReport.Group, of siblings: [DiffReport.Group], width: Int)
    -> StyledLine
  {
    let greatest = siblings.reduce(0) { max($0, $1.numbers.relativeRMSE ?? 0) }
    let share = greatest > 0 ? (group.numbers.relativeRMSE ?? 0) / greatest : 0
    let names = siblings.map { displayWidth(escapedForTerminal($0.name)) }.max() ?? 0
    let nameWidth = min(max(names, 4), max(width / 3, 8))
    let columns = DiffColumns(width: width - nameWidth - 1)
    var line = StyledLine(leftAligned(escapedForTerminal(group.name), nameWidth) + " ")
    line = line + columns.line(group.numbers, share: share)
    let count = Format.quantity(group.tensors, "tensor")
    if width - line.width >= displayWidth(count) + 2 { line.add("  " + count, .dim) }
    return line
  }
}
