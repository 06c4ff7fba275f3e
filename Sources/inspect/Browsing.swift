import Browser
import Curses
import ModelFile
import Report
import Synchronization
import TensorStats

/// A model in the terminal: the scan on threads of its own, the browser on the main one.
struct Browsing {
  private let options: MeasureOptions

  /// Shows a model until the user leaves.
  static func start(path: String, options: MeasureOptions) throws {
    let browsing = Browsing(options: options)
    let inspection = Inspection(path: path, options: options)
    let terminal: Terminal
    do throws(Terminal.Unavailable) {
      terminal = try Terminal()
    } catch {
      Output.complain("inspect: \(error); --text prints the summary instead")
      throw Failure.noTerminal
    }
    browsing.show(inspection, in: terminal)
  }

  enum Failure: Error, CustomStringConvertible {
    case noTerminal
    var description: String { "the terminal cannot be used" }
  }

  private func show(_ inspection: Inspection, in terminal: Terminal) {
    let mailbox = Mailbox(wake: terminal.wake)
    let cancellation = Scan.Cancellation()
    let browser = Browser(
      report: inspection.report(Inspection.Outcome()), rows: terminal.size.rows,
      columns: terminal.size.columns)
    startScan(inspection, cancellation: cancellation, mailbox: mailbox)
    var session = Session(terminal: terminal, mailbox: mailbox, browser: browser) { effect, _ in
      nil
    }
    session.run()
    cancellation.cancel()
    terminal.close()
  }

  private func startScan(
    _ inspection: Inspection, cancellation: Scan.Cancellation, mailbox: Mailbox
  ) {
  }
}
