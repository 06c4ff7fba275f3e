import Browser
import Curses
import Synchronization

/// The loop of the terminal interface: events go to the browser, its screen to the terminal, its
/// effects to closures that know about files.
///
/// Only the thread that calls ``run()`` touches the browser and the terminal. Workers hand their
/// results to a ``Mailbox``, which wakes the loop at most about twenty times a second.
struct Session {
  /// A model on the screen, and where its workers put their results.
  struct Shown {
    var browser: Browser
    var mailbox: Mailbox
  }

  let terminal: Terminal
  private var shown: Shown
  /// Performs an effect other than quitting and drawing.
  ///
  /// Slow ones run on a thread of their own, with their results into the mailbox. What is returned
  /// is shown instead: another model, with a mailbox that the old one's workers do not know.
  private let perform: (Browser.Effect) -> Shown?

  /// Prepares a session.
  init(terminal: Terminal, shown: Shown, perform: @escaping (Browser.Effect) -> Shown?) {
    self.terminal = terminal
    self.shown = shown
    self.perform = perform
  }

  /// Shows the browser until the user leaves.
  mutating func run() {
    terminal.show(shown.browser.render())
    while true {
      var next = terminal.nextEvent()
      // Whatever has piled up is handled before one screen is drawn.
      while let event = next {
        let effect =
          event == .wake
          ? shown.browser.update(shown.mailbox.takeAll()) : shown.browser.update(event)
        if handle(effect) { return }
        next = terminal.nextEvent(waiting: false)
      }
      terminal.show(shown.browser.render())
    }
  }

  /// Performs an effect.
  ///
  /// - Returns: whether the user leaves.
  private mutating func handle(_ effect: Browser.Effect?) -> Bool {
    switch effect {
    case nil: return false
    case .quit: return true
    case .redraw:
      terminal.redrawAll()
      return false
    case .some(let effect):
      if let other = perform(effect) { shown = other }
      return false
    }
  }
}

/// Results on their way from workers to the browser.
final class Mailbox: Sendable {
  private struct State {
    var updates: [Browser.Update] = []
    var lastWake: ContinuousClock.Instant?
    var isWakePending = false
  }

  private let state = Mutex(State())
  private let wake: @Sendable () -> Void

  /// The least time between two wake-ups for progress: more often nobody can read.
  private static let interval = Duration.milliseconds(50)

  /// A mailbox that calls `wake` when it has something.
  init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  /// Adds a result, from any thread.
  ///
  /// - Parameter isUrgent: wakes the loop at once: an answer that the user waits for, or the end of
  ///   a scan. Others wait for the next of their kind, so a scan must end with an urgent one.
  func post(_ update: Browser.Update, isUrgent: Bool = false) {
    let shouldWake = state.withLock { state in
      if case .progress = update, case .progress = state.updates.last {
        state.updates.removeLast()
      }
      state.updates.append(update)
      let now = ContinuousClock.now
      let isDue = state.lastWake.map { now - $0 >= Self.interval } ?? true
      guard isUrgent || isDue, !state.isWakePending else { return false }
      state.lastWake = now
      state.isWakePending = true
      return true
    }
    if shouldWake { wake() }
  }

  /// Empties the mailbox.
  func takeAll() -> [Browser.Update] {
    state.withLock { state in
      state.isWakePending = false
      defer { state.updates = [] }
      return state.updates
    }
  }
}
