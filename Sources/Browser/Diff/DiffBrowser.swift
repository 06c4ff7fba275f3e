public import Report

/// The interface to a comparison of two models as a value, like ``Browser`` for one.
public struct DiffBrowser: Interface {
  /// The complete comparison; `nil` before its end.
  public private(set) var report: DiffReport?
  /// The paths of the two.
  let paths: (reference: String, other: String)
  var rows: Int
  var columns: Int

  var view = View.summary
  /// What lies over the view, the topmost last.
  var panes: [Pane] = []
  var prompt: Prompt?
  var notice: Browser.Notice?
  /// Where a list of tensors was asked for, and what was listed before; Escape leads back there.
  var drill: (view: View, filter: String)?
  /// What is searched for, and what was before.
  var query: Query?
  var lastQuery: Query?
  var list = DiffList()
  var summary = Position()
  var groups = Position()
  var progress: Browser.Progress?
  /// What differs besides numbers, which takes a look at every tensor.
  var structure: [(title: String, items: [String])] = []
  /// Tensors to compare in all; `nil` before that is known.
  var planned: Int?

  /// The views, in the order of their numbers.
  enum View: Int, CaseIterable, Sendable {
    case summary, tensors, groups

    var title: String {
      switch self {
      case .summary: "Summary"
      case .tensors: "Tensors"
      case .groups: "Groups"
      }
    }
  }

  /// What can lie over a view.
  enum Pane: Sendable {
    /// One tensor, scrolled so far.
    case tensor(top: Int)
    case pager(Pager)
  }

  /// News for the comparison.
  public enum Update: Sendable {
    /// The two are open, and so many of their tensors will be compared.
    case planned(Int)
    /// A tensor of the other model, by its name, was compared.
    case compared(name: String, role: String, DiffReport.Numbers)
    /// The comparison has come so far.
    case progress(Browser.Progress)
    /// The complete comparison: replaces what was known.
    case report(DiffReport)
    /// The meaning of what was asked for.
    case explanations([Explanation])
    /// The path of an export exists already; the user decides.
    case exportExists(path: String, isReadOnly: Bool)
    /// What a path that is being typed could become.
    case completions(of: String, [String])
    /// Something to tell the user in one line.
    case message(String, isError: Bool = false)
  }

  /// What the interface wants done.
  public enum Effect: Sendable, Equatable {
    /// Cancel the comparison and leave.
    case quit
    /// Draw everything anew.
    case redraw
    /// Look up what these words mean.
    case explain([String])
    /// Write the comparison as JSON; an existing file only when `overwriting`.
    case export(path: String, overwriting: Bool)
    /// Look up what a path that is being typed could become.
    case complete(path: String)
  }

  /// Shows a comparison that begins, in a window of a size.
  public init(reference: String, other: String, rows: Int, columns: Int) {
    paths = (reference, other)
    self.rows = rows
    self.columns = columns
  }

  /// Where keys go.
  var context: Context {
    switch panes.last {
    case .tensor: .detail
    case .pager: .pager
    case nil:
      switch view {
      case .summary: .summary
      case .tensors: .tensors
      case .groups: .groups
      }
    }
  }

  /// Whether a prompt asks for text.
  public var takesText: Bool { prompt?.takesText ?? false }

  /// Reacts to a user's action.
  public mutating func update(_ event: Event) -> Effect? {
    switch event {
    case .key(let key): return press(key)
    case .text(let text): enter(text)
    case .press(let row, let column): return click(row: row, column: column)
    case .wheel(let rows, _, _): wheel(rows: rows)
    case .resize(let rows, let columns):
      (self.rows, self.columns) = (rows, columns)
      adaptToSize()
    case .wake: break
    case .hangUp: return .quit
    }
    return nil
  }

  /// Takes news.
  public mutating func update(_ updates: [Update]) -> Effect? {
    var added: [DiffList.Row] = []
    for update in updates {
      switch update {
      case .planned(let count): planned = count
      case .compared(let name, let role, let numbers):
        added.append(DiffList.Row(name: name, role: role, numbers: numbers))
      case .progress(let progress): self.progress = progress
      case .explanations(let explanations): explain(explanations)
      case .exportExists(let path, let isReadOnly):
        prompt = Prompt(.overwrite(path: path, isReadOnly: isReadOnly))
      case .completions(let path, let paths): prompt?.complete(path, to: paths)
      case .message(let text, let isError):
        notice = Browser.Notice(text: escapedForTerminal(text), isError: isError)
      case .report(let report):
        self.report = report
        progress = nil
        added = []
        structure = report.structureLists
        list.replace(report.tensors.map(DiffList.Row.init))
        // The first row names a kind of group.
        groups.select(1, count: groupRows.count, height: bodyArea.rows)
        adaptToSize()
      }
    }
    guard let report else {
      list.add(added)
      return nil
    }
    // Of what cannot be read there is nothing to walk through: the reason is told outside.
    let isReadable = [report.reference, report.other].allSatisfy { $0.status != .unreadable }
    return isReadable ? nil : .quit
  }

  var bodyArea: Area { Area(bodyOf: rows, columns) }

  /// Makes everything fit the window.
  mutating func adaptToSize() {
    for index in panes.indices {
      switch panes[index] {
      case .tensor(let top): panes[index] = .tensor(top: clampedDetailTop(top))
      case .pager(var pager):
        pager.adapt(width: bodyArea.columns - 3, height: bodyArea.rows - 1)
        panes[index] = .pager(pager)
      }
    }
    list.move(by: 0, height: listArea.rows)
    summary.scroll(by: 0, count: summaryLines.count, height: bodyArea.rows)
    groups.select(groups.selected, count: groupRows.count, height: bodyArea.rows)
  }
}
