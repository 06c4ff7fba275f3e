import Browser
import Classification
import Curses
import Dispatch
import ModelFile
import Report
import Synchronization
import TensorStats

/// A comparison in the terminal: its work on threads of its own, its screen on the main one.
enum DiffBrowsing {
  /// Shows a comparison until the user leaves.
  ///
  /// - Returns: its result; `nil` where the user left before the end.
  /// - Throws: why the terminal cannot be used, before anything is drawn.
  static func show(_ comparison: ModelComparison, isColored: Bool) throws -> DiffReport? {
    let terminal = try Terminal(color: isColored)
    let mailbox = Mailbox<DiffBrowser.Update>(wake: terminal.wake) {
      if case .progress = $0 { true } else { false }
    }
    let cancellation = Scan.Cancellation()
    let result = Mutex<DiffReport?>(nil)
    let start = ContinuousClock.now
    DispatchQueue.global().async {
      let report = comparison.report(cancellation: cancellation) { event in
        switch event {
        case .planned(let count): mailbox.post(.planned(count), isUrgent: true)
        case .compared(let name, let role, let difference):
          mailbox.post(.compared(name: name, role: role, DiffReport.Numbers(difference)))
        case .progress(let bytesRead, let bytesInAll):
          let seconds = (ContinuousClock.now - start) / .seconds(1)
          mailbox.post(
            .progress(
              .init(bytesRead: bytesRead, bytesInAll: bytesInAll, secondsElapsed: seconds)))
        }
      }
      guard !cancellation.isCancelled else { return }
      result.withLock { $0 = report }
      mailbox.post(.report(report), isUrgent: true)
    }
    var session = Session(
      terminal: terminal,
      shown: DiffBrowser(
        reference: comparison.reference, other: comparison.other, rows: terminal.size.rows,
        columns: terminal.size.columns),
      mailbox: mailbox
    ) { effect in
      switch effect {
      case .quit: return .leave
      case .redraw:
        terminal.redrawAll()
        return .goOn
      case .explain(let terms):
        mailbox.post(.explanations(Explanations.of(terms, about: .comparison)), isUrgent: true)
        return .goOn
      case .complete(let path):
        DispatchQueue.global().async {
          mailbox.post(.completions(of: path, Export.completions(of: path)), isUrgent: true)
        }
        return .goOn
      case .export(let path, let overwriting):
        guard let report = result.withLock({ $0 }) else { return .goOn }
        let sides = [comparison.reference, comparison.other]
        DispatchQueue.global().async {
          let sources = sides.flatMap {
            Export.sources(of: Model.open($0, environment: Environment.variables))
          }
          let outcome = Export.write(
            { try report.json() }, to: path, overwriting: overwriting, sources: sources)
          mailbox.post(DiffBrowser.Update(outcome), isUrgent: true)
        }
        return .goOn
      }
    }
    session.run()
    cancellation.cancel()
    terminal.close()
    return session.shown.report
  }
}
