import Browser
import Dispatch
import ModelFile
import Report
import Synchronization

/// Opening a model on a thread of its own: one of 100,000 tensors takes longer than anybody looks at
/// an empty screen.
final class Opening: Sendable {
  /// A model that can be shown.
  struct Opened: Sendable {
    var inspection: Inspection
    /// What the header tells.
    var header: Report
    /// `nil` when it is shown: a copy would double what it holds.
    var browser: Browser?

    /// Whether there is anything to look at.
    var isReadable: Bool { header.status == .ok || !header.tensors.isEmpty }
  }

  private struct State {
    var stage = Browser.Stage.header
    var opened: Opened?
    var handler: (@Sendable (Browser.Update) -> Void)?
  }

  private let state = Mutex(State())
  private let isDone = DispatchSemaphore(value: 0)
  /// Whether what cannot be read is not shown at all.
  private let mustBeReadable: Bool

  /// Begins to open what is at a path.
  init(path: String, options: MeasureOptions, mustBeReadable: Bool) {
    self.mustBeReadable = mustBeReadable
    DispatchQueue.global().async {
      let inspection = Inspection(path: path, options: options)
      self.tell { state in
        state.stage = .tensors(count: inspection.model.tensors.count)
        return .opening(state.stage)
      }
      let header = inspection.report(Inspection.Outcome())
      let browser = Browser(report: header, rows: 0, columns: 0)
      self.tell { state in
        let opened = Opened(inspection: inspection, header: header, browser: browser)
        state.opened = opened
        return self.news(of: opened)
      }
      self.isDone.signal()
    }
  }

  /// The model, where it is open within a time.
  func opened(within time: DispatchTimeInterval) -> Opened? {
    _ = isDone.wait(timeout: .now() + time)
    return opened
  }

  /// The model, where it is open.
  var opened: Opened? { state.withLock { $0.opened } }

  /// Tells how it goes on, from any thread, and how far it has come at once.
  func report(to handler: @escaping @Sendable (Browser.Update) -> Void) {
    handler(
      state.withLock { state in
        state.handler = handler
        return state.opened.map(news) ?? .opening(state.stage)
      })
  }

  private func tell(_ change: (inout State) -> Browser.Update) {
    let (update, handler) = state.withLock { (change(&$0), $0.handler) }
    handler?(update)
  }

  private func news(of opened: Opened) -> Browser.Update {
    if opened.inspection.isOtherFolder {
      return .notOpened(folder: opened.inspection.model.path)
    }
    guard let browser = opened.browser, !mustBeReadable || opened.isReadable else {
      return .notOpened(folder: nil)
    }
    return .opened(browser)
  }

  /// Keeps only what is known of the model.
  func forgetBrowser() { state.withLock { $0.opened?.browser = nil } }
}
