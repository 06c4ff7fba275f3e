public import Report

/// The interface to one model as a value: events and news change it, ``render()`` draws it.
///
/// It has no clock, no threads and does no I/O; what it wants done it returns as an ``Effect``.
public struct Browser: Sendable {
  var report: Report
  var rows: Int
  var columns: Int

  /// Shows a model in a window of a size; tensors need not be measured yet.
  public init(report: Report, rows: Int, columns: Int) {
    self.report = report
    self.rows = rows
    self.columns = columns
  }

  /// Reacts to a user's action.
  public mutating func update(_ event: Event) -> Effect? {
    switch event {
    case .hangUp, .key(.character("q")): return .quit
    case .resize(let rows, let columns):
      self.rows = rows
      self.columns = columns
      return nil
    default: return nil
    }
  }

  /// Takes news; at most one effect for all of them.
  public mutating func update(_ updates: [Update]) -> Effect? {
    nil
  }

  /// Draws the current state.
  public func render() -> Screen {
    var screen = Screen(rows: rows, columns: columns)
    screen.put(escapedForTerminal(report.classification.headline), row: 0, column: 0)
    return screen
  }
}
