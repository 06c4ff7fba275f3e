@testable import Browser
import Foundation
import Report
import Testing

/// Times of single steps with 100,000 tensors, printed; `BENCH=1` runs them, best in release:
/// `BENCH=1 swift test -c release -Xswiftc -enable-testing --filter SpeedTests`.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["BENCH"] == "1"))
struct SpeedTests {
  /// What a key may take to the next frame.
  private static let frame = Duration.milliseconds(16)

  @Test func aKeyPressTakesLessThanAFrame() {
    let report = Sample.large(100_000)
    let clock = ContinuousClock()
    var browser: Browser?
    let start = clock.measure {
      browser = Browser(report: report, rows: 60, columns: 200)
    }
    print("init: \(start)")
    guard var browser else { return }
    func step(_ name: String, _ keys: String) { press(keys, on: &browser, name) }
    step("overview", "jc")
    step("tensors", "2jjj")
    step("open all", "+")
    step("move", "jjjjGgG")
    step("flat", "t")
    step("sort", "ssssss")
    step("search", "/9999 down_proj⏎nN")
    step("fuzzy search", "/9999dwnprj⏎")
    step("filter", "f*.99*.q_proj.weight⏎F")
    step("mark", " ")
    step("histogram", "3sssssp")
    step("metadata", "4j")
    let updates = (0..<5000).map {
      Browser.Update.measured(
        tensor: $0, Sample.measurement(count: 4096, zeros: $0 % 4096), nil)
    }
    browser.type("1")
    let news = clock.measure {
      _ = browser.update(updates)
      _ = browser.render()
    }
    print("5000 measurements: \(news)")
  }

  @Test func aKeyPressInAComparisonTakesLessThanAFrame() {
    var report = Sample.comparison
    let sample = report.tensors
    report.tensors = (0..<100_000).map { index in
      var tensor = sample[index % sample.count]
      tensor.name = "layers.\(index / 10).experts.\(index % 10).weight"
      return tensor
    }
    let clock = ContinuousClock()
    var browser = DiffBrowser(reference: "a", other: "b", rows: 60, columns: 200)
    let news = clock.measure { _ = browser.update([.report(report)]) }
    print("report of a comparison: \(news)")
    for (name, keys) in [
      ("summary", "jG"), ("list", "2jGg⏎j⎋"), ("sort", "ssssssS"), ("filter", "flayers.99⏎F"),
      ("groups", "3jG"),
    ] {
      press(keys, on: &browser, "comparison, \(name)")
    }
  }

  /// Each key with the frame that it brings.
  private func press(_ keys: String, on shown: inout some Interface, _ name: String) {
    let clock = ContinuousClock()
    var slowest = Duration.zero
    for scalar in keys.unicodeScalars {
      let time = clock.measure {
        shown.type(String(scalar))
        _ = shown.render()
      }
      slowest = max(slowest, time)
    }
    print("\(name): \(slowest)")
    #if !DEBUG
    #expect(slowest < Self.frame, "\(name)")
    #endif
  }
}
