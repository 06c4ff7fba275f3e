import Report

/// Which columns of the list of tensors have room, and how wide they are.
struct ListColumns {
  /// What a row says.
  struct Cells {
    var name: String
    var indent: Int
    var type: String
    var shape: String
    var parameters: String
    var size: String
    var sparsity: Double?
    var bits: Double
    var hasProblem: Bool
    var isMeasured: Bool
    /// Whether it holds scales, indexes and the like: its zeros are nothing to look for.
    var isBookkeeping = false
    /// Whether the name is a tensor's whole one.
    var isWholeName = false
  }

  private enum Column: CaseIterable {
    case type, shape, parameters, size, sparsity, bar, bits

    var width: Int {
      switch self {
      case .type: 9
      case .shape: 15
      case .parameters: 8
      case .size: 10
      case .sparsity: 9
      case .bar: 7
      case .bits: 6
      }
    }

    var title: String {
      switch self {
      case .type: "type"
      case .shape: "shape"
      case .parameters: "params"
      case .size: "size"
      case .sparsity: "zeros"
      case .bar: ""
      case .bits: "bits"
      }
    }

    var order: TensorList.Order? {
      switch self {
      case .type: .type
      case .shape, .parameters: .parameters
      case .size: .size
      case .sparsity, .bar: .sparsity
      case .bits: .bits
      }
    }
  }

  private let columns: [Column]
  private let nameWidth: Int

  /// Columns by importance; the name keeps at least as much as all of them need.
  init(width: Int) {
    var room = width - min(max(width * 2 / 5, 20), 60)
    var chosen: [Column] = []
    for column in [Column.sparsity, .type, .shape, .size, .bits, .bar, .parameters]
    where column.width <= room {
      chosen.append(column)
      room -= column.width
    }
    columns = Column.allCases.filter(chosen.contains)
    nameWidth = max(width - columns.reduce(0) { $0 + $1.width }, 0)
  }

  func heading(order: TensorList.Order?, reversed: Bool) -> StyledLine {
    let arrow = order.map { $0.isDescending != reversed ? "↓" : "↑" } ?? ""
    func title(_ text: String, _ own: TensorList.Order?) -> String {
      order != nil && own == order ? text + arrow : text
    }
    // What the list is sorted by is said beside the name where its column has no room.
    let carriers = columns.filter { $0 != .bar && $0 != .shape && $0.order == order }
    let shapeCarries = carriers.isEmpty && order == .parameters && columns.contains(.shape)
    let isHidden = carriers.isEmpty && !shapeCarries && order != nil && order != .name
    let name =
      isHidden
      ? "name (\(order == .file ? "" : "by ")\(order?.title ?? "")\(arrow))" : title("name", .name)
    var line = StyledLine(leftAligned("  " + name, nameWidth), .heading)
    for column in columns {
      // The first of two columns of one order carries the arrow.
      let own = column == .bar || column == .shape && !shapeCarries ? nil : column.order
      let text = title(column.title, own)
      switch column {
      case .type, .shape, .bar: line.add(" " + leftAligned(text, column.width - 1), .heading)
      default: line.add(rightAligned(text, column.width), .heading)
      }
    }
    return line
  }

  func line(_ cells: Cells, isMarked: Bool) -> StyledLine {
    var line = StyledLine()
    line.add(isMarked ? "•" : cells.hasProblem ? "!" : " ", isMarked ? .marked : .error)
    // Deep nesting must not push the name out of its column.
    let indent = min(cells.indent, max(nameWidth / 2 - 1, 0))
    line.add(String(repeating: " ", count: indent))
    let room = max(nameWidth - indent - 1, 0)
    line.add(
      cells.isWholeName ? leftAlignedName(cells.name, room) : leftAligned(cells.name, room),
      isMarked ? .marked : .plain)
    let zeroStyle = cells.isBookkeeping ? Style.dim : Style.zeros(cells.sparsity)
    for column in columns {
      switch column {
      case .type: line.add(" " + leftAligned(cells.type, column.width - 1))
      case .shape: line.add(" " + leftAligned(cells.shape, column.width - 1), .dim)
      case .parameters: line.add(rightAligned(cells.parameters, column.width))
      case .size: line.add(rightAligned(cells.size, column.width))
      case .sparsity:
        let text = cells.isMeasured ? Numbers.percent(cells.sparsity) : "…"
        line.add(rightAligned(text, column.width), zeroStyle)
      case .bar:
        line.add(
          " " + Bars.horizontal(cells.sparsity ?? 0, width: column.width - 1), zeroStyle)
      case .bits: line.add(rightAligned(Numbers.bits(cells.bits), column.width))
      }
    }
    return line
  }

  /// The order that a click on the heading means.
  func order(at position: Int) -> TensorList.Order? {
    if position < nameWidth { return .name }
    var start = nameWidth
    for column in columns {
      start += column.width
      if position < start { return column.order }
    }
    return nil
  }
}

extension Style {
  /// The colour of a share of zeros: none is nothing special.
  static func zeros(_ share: Double?) -> Style {
    guard let share, share > 0 else { return .dim }
    return heat(share)
  }
}
