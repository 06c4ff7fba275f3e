import Dispatch
import Report
import Synchronization

/// A line on standard error that says how far a scan has come.
final class ProgressBar: Sendable {
  private let start = DispatchTime.now().uptimeNanoseconds
  private let isDrawn = Mutex(false)

  /// A bar, or `nil` where none is wanted.
  init?(_ when: When) {
    guard when == .always || when == .auto && Output.complainsToTerminal else { return nil }
  }

  /// Draws the bar anew.
  func show(bytesRead: Int, of bytesInAll: Int) {
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
    let share = bytesInAll > 0 ? Double(bytesRead) / Double(bytesInAll) : 0
    // What takes less than a moment needs no bar.
    guard seconds > 0.2, share > 0 else { return }
    let left = Int((seconds / share - seconds).rounded())
    let rate = Format.bytes(Int(Double(bytesRead) / seconds))
    let bar = Bars.horizontal(share, width: 30)
    isDrawn.withLock { $0 = true }
    Output.complainInPlace(
      "\(bar) \(padded(Format.percent(share), to: 7, right: true))  \(rate)/s  \(left) s left")
  }

  /// Removes the bar.
  func clear() {
    if isDrawn.withLock({ $0 }) { Output.complainInPlace("") }
  }
}
