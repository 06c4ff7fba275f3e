import Browser
import Curses
import Synchronization

/// The loop of the terminal interface: events go to what is shown, its screen to the terminal, its
/// effects to a closure that knows about files.
///
/// Only the thread that calls ``run()`` touches the interface and the terminal. Workers hand their
/// results to a ``Mailbox``, which wakes the loop at most about twenty times a second.
struct Session<Shown: Interface> {
  /// What is done about an effect.
  enum Outcome {
    case goOn, leave
    /// Shows something else in the place of what is shown: another model, with a mailbox that the
    /// old one's workers do not know.
    case show((Shown) -> Shown, Mailbox<Shown.Update>)
  }

  let terminal: Terminal
  private(set) var shown: Shown
  private var mailbox: Mailbox<Shown.Update>
  /// Performs an effect; slow ones on a thread of their own, with their results into the mailbox.
  private let perform: (Shown.Effect) -> Outcome

  /// Prepares a session.
  init(
    terminal: Terminal, shown: Shown, mailbox: Mailbox<Shown.Update>,
    perform: @escaping (Shown.Effect) -> Outcome
  ) {
    self.terminal = terminal
    self.shown = shown
    self.mailbox = mailbox
    self.perform = perform
  }

  /// Shows the interface until the user leaves.
  mutating func run() {
    terminal.show(shown.render())
    while true {
      var next = terminal.nextEvent()
      // Whatever has piled up is handled before one screen is drawn.
      while var event = next {
        next = nil
        if shown.takesText { (event, next) = text(from: event) }
        let effect =
          event == .wake ? shown.update(mailbox.takeAll()) : shown.update(event)
        switch effect.map(perform) {
        case nil, .goOn: break
        case .leave: return
        case .show(let successor, let mailbox):
          (shown, self.mailbox) = (successor(shown), mailbox)
        }
        next = next ?? terminal.nextEvent(waiting: false)
      }
      terminal.show(shown.render())
    }
  }

  /// Characters that have piled up as one event, as every single one of a pasted text would be
  /// searched for; and the event behind them.
  private func text(from event: Event) -> (Event, next: Event?) {
    var text: [Unicode.Scalar] = []
    var next: Event? = event
    while case .key(.character(let scalar)) = next, scalar.value >= 0x20 {
      text.append(scalar)
      next = terminal.nextEvent(waiting: false)
    }
    return text.isEmpty ? (event, nil) : (.text(text), next)
  }
}

/// Results on their way from workers to the interface.
final class Mailbox<Update: Sendable>: Sendable {
  private struct State {
    var updates: [Update] = []
    var lastWake: ContinuousClock.Instant?
    var isWakePending = false
  }

  private let state = Mutex(State())
  private let wake: @Sendable () -> Void
  private let isProgress: @Sendable (Update) -> Bool

  /// The least time between two wake-ups for progress: more often nobody can read.
  private static var interval: Duration { .milliseconds(50) }

  /// A mailbox that calls `wake` when it has something.
  ///
  /// - Parameter isProgress: whether an update only tells how far work has come, so that the next of
  ///   its kind takes its place.
  init(
    wake: @escaping @Sendable () -> Void, isProgress: @escaping @Sendable (Update) -> Bool
  ) {
    self.wake = wake
    self.isProgress = isProgress
  }

  /// Adds a result, from any thread.
  ///
  /// - Parameter isUrgent: wakes the loop at once: an answer that the user waits for, or the end of
  ///   a scan. Others wait for the next of their kind, so a scan must end with an urgent one.
  func post(_ update: Update, isUrgent: Bool = false) {
    let shouldWake = state.withLock { state in
      if isProgress(update), let last = state.updates.last, isProgress(last) {
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
  func takeAll() -> [Update] {
    state.withLock { state in
      state.isWakePending = false
      defer { state.updates = [] }
      return state.updates
    }
  }
}
